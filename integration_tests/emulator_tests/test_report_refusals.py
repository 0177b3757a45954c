"""What `report/integrated/get/` refuses, and what it must not refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import Options, World
from integration_tests.tiktok_emulator.metrics import metric_table

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client

COMMON = [
    "spend", "cpc", "cpm", "impressions", "clicks", "ctr", "reach", "cost_per_1000_reached", "frequency",
    "video_play_actions", "video_watched_2s", "video_watched_6s", "average_video_play",
    "average_video_play_per_user", "video_views_p25", "video_views_p50", "video_views_p75", "video_views_p100",
    "profile_visits", "likes", "comments", "shares", "follows", "clicks_on_music_disc",
]  # fmt: skip
INSTALLS = ["real_time_app_install", "real_time_app_install_cost", "app_install"]
OBJECT = [
    "campaign_name", "campaign_id", "adgroup_name", "placement_type", "tt_app_id", "tt_app_name",
    "mobile_app_id", "promotion_type", "dpa_target_audience_type",
]  # fmt: skip
CONVERSIONS = [
    "conversion", "cost_per_conversion", "conversion_rate", "real_time_conversion",
    "real_time_cost_per_conversion", "real_time_conversion_rate", "result", "cost_per_result", "result_rate",
    "real_time_result", "real_time_cost_per_result", "real_time_result_rate",
]  # fmt: skip
SECONDARY = ["secondary_goal_result", "cost_per_secondary_goal_result", "secondary_goal_result_rate"]
ENGAGED = [
    "engaged_view", "engagements", "paid_engaged_view", "engaged_view_through_conversions",
    "paid_engagement_engaged_view", "engaged_view_15s", "paid_engaged_view_15s",
    "paid_engagement_engaged_view_15s",
]  # fmt: skip
AD = ["adgroup_id", "ad_name", "ad_text"]
PEOPLE = ["reach", "cost_per_1000_reached", "frequency", "average_video_play_per_user"]
LANDING = [
    "profile_visits_rate",
    "total_landing_page_view",
    "cost_per_landing_page_view",
    "landing_page_view_rate",
]
PAYMENTS = [
    "total_purchase_value", "onsite_shopping", "vta_purchase", "cta_conversion", "total_pageview",
    "complete_payment", "value_per_complete_payment", "total_complete_payment_rate",
]  # fmt: skip
LEVEL = {
    "AUCTION_ADVERTISER": "advertiser_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_AD": "ad_id",
}
AUDIENCE_SPLITS = [["gender", "age"], ["country_code"], ["platform"], ["province_id"]]


def status(name: str, value: Any = '["STATUS_ALL"]', kind: str = "IN") -> list[dict[str, Any]]:
    return [{"field_name": name, "filter_type": kind, "filter_value": value}]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no account": ({"advertiser_id": None}, "advertiser_id"),
    "no report type": ({"report_type": None}, "report_type"),
    "unknown report type": ({"report_type": "RESERVATION"}, "report_type"),
    "no level": ({"data_level": None}, "data_level"),
    "no dimensions": ({"dimensions": None}, "dimensions"),
    "dimensions as Python repr": ({"dimensions": "['ad_id', 'stat_time_day']"}, "dimensions"),
    "dimensions as text": ({"dimensions": "ad_id"}, "dimensions"),
    "dimensions as object": ({"dimensions": {"id": "ad_id"}}, "dimensions"),
    "unknown dimension": ({"dimensions": ["ad_id", "colour"]}, "dimensions"),
    "AUDIENCE for a lifetime": (
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "platform"], "query_lifetime": True},
        "query_lifetime"),
    "lifetime by day": ({"query_lifetime": True}, "query_lifetime"),
    "lifetime by country": ({"query_lifetime": True, "dimensions": ["ad_id", "country_code"]}, "query_lifetime"),
    "lifetime as a number": ({"query_lifetime": "1", "dimensions": ["ad_id"]}, "query_lifetime"),
    "no start": ({"start_date": None}, "start_date"),
    "no end": ({"end_date": None}, "end_date"),
    "start with a time": ({"start_date": "2024-03-01 00:00:00"}, "start_date"),
    "day that does not exist": ({"end_date": "2024-02-30"}, "end_date"),
    "start after end": ({"start_date": "2024-03-16"}, "start_date"),
    "31 days": ({"start_date": "2024-02-14"}, "end_date"),
    "two days of hours": (
        {"dimensions": ["ad_id", "stat_time_hour"], "start_date": "2024-03-14"}, "end_date"),
    "366 days without a time dimension": ({"dimensions": ["ad_id"], "start_date": "2023-03-16"},
        "max time span must be less than 365 days"),
    "page 0": ({"page": 0}, "page"),
    "page_size 1001": ({"page_size": 1001}, "page_size"),
    "101 metrics": ({"metrics": [f"m{number}" for number in range(101)]}, "metrics"),
    "no metrics": ({"metrics": []}, "metrics"),
    "filter value as a list": ({"filtering": status("ad_status", ["STATUS_ALL"])}, "filter_value"),
    "filter value as plain text": ({"filtering": status("ad_status", "STATUS_ALL")}, "filter_value"),
    "filter value as JSON text of a text": ({"filtering": status("ad_status", '"STATUS_ALL"')}, "filter_value"),
    "filter without its type": (
        {"filtering": [{"field_name": "ad_status", "filter_value": "[]"}]}, "filter_type"),
    "filter type that does not exist": ({"filtering": status("ad_status", kind="EQUALS")}, "filter_type"),
    "unknown filter": (
        {"filtering": status("colour")}, "Invalid value for filter field: colour is not supported. "),
    "country without its dimension": ({"filtering": status("country_code", '["US"]')}, "country_code"),
    "ids of Smart+ ads without their dimension": ({"filtering": status("ad_ids_v2", '["1"]')}, "ad_ids_v2"),
    "half a span of time": ({"filtering": status("create_time", '["2024-01-01 00:00:00"]', "BETWEEN")}, "BETWEEN"),
    "order by a name": ({"order_field": "ad_name", "metrics": ["ad_name"]}, "order_field"),
    "six accounts": ({"advertiser_ids": ["1", "2", "3", "4", "5", "6"]}, "advertiser_ids"),
    "filtering as object": ({"filtering": {"ad_status": "STATUS_ALL"}}, "filtering"),
    "unknown status": ({"filtering": status("ad_status", '["AD_STATUS_ALL"]')}, "ad_status"),
    "unknown buying type": ({"filtering": status("buying_type", '["TOP_VIEW"]')}, "buying_type"),
    "no ids": ({"filtering": status("ad_ids", "[]")}, "ad_ids"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_40002_names_the_parameter(client: Client, case: str) -> None:
    changes, name = REFUSED[case]
    reply = client.report(**changes)
    assert reply.code == 40002
    assert name in reply.message


NOT_ACCEPTABLE = "one or more value of the param is not acceptable"
CONFLICT = "Conflict occurs. The input params including metrics and dimensions have no relation."
CONFLICTS: dict[str, dict[str, Any]] = {
    "id of another level": {"dimensions": ["campaign_id", "stat_time_day"]},
    "two ids": {"dimensions": ["ad_id", "campaign_id", "stat_time_day"]},
    "an ad counted twice": {"dimensions": ["ad_id", "ad_id_v2"]},
    "two times": {"dimensions": ["ad_id", "stat_time_day", "stat_time_hour"]},
    "BASIC by gender": {"dimensions": ["ad_id", "stat_time_day", "gender", "age"]},
    "BASIC by platform": {"dimensions": ["ad_id", "stat_time_day", "platform"]},
    "AUDIENCE by two groupings": {"report_type": "AUDIENCE", "dimensions": ["ad_id", "platform", "country_code"]},
    "country and province": {"report_type": "AUDIENCE", "dimensions": ["ad_id", "province_id", "country_code"]},
    "interests by day": {"report_type": "AUDIENCE", "dimensions": ["ad_id", "stat_time_day", "interest_category"]},
    "brands by day": {"report_type": "AUDIENCE", "dimensions": ["ad_id", "stat_time_day", "device_brand_id"]},
    "AUDIENCE by search terms": {"report_type": "AUDIENCE", "dimensions": ["ad_id", "search_terms"]},
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_dimensions_that_do_not_fit_are_refused_without_a_name(client: Client, case: str) -> None:
    reply = client.report(**CONFLICTS[case])
    assert (reply.code, reply.message) == (40002, CONFLICT)


@pytest.mark.parametrize(("number", "code"), [(100, 0), (101, 40011)])
def test_id_filters_hold_up_to_100_ids(client: Client, number: int, code: int) -> None:
    wanted = json.dumps([str(one) for one in range(number)])
    assert client.report(filtering=status("campaign_ids", wanted)).code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"start_date": "2024-02-15"},
        {"dimensions": ["ad_id", "stat_time_hour"], "start_date": "2024-03-15"},
        {"dimensions": ["ad_id"], "start_date": "2023-03-17"},
        {"dimensions": ["ad_id"], "query_lifetime": True, "start_date": None, "end_date": None},
        {"start_date": "2030-01-01", "end_date": "2030-01-30"},
        {"service_type": "AUCTION"},
        {"metrics": None},
        {"page_size": None},
        {"query_lifetime": "True", "dimensions": ["ad_id"]},
        {"query_lifetime": "False"},
        {"order_type": "ASC"},
        {"metrics": ["spend", "spend"]},
        {"filtering": status("ad_ids", "[1678604630215698]")},
        {"filtering": status("ad_status", '["STATUS_DISABLE", "STATUS_DELIVERY_OK"]')},
        {"filtering": status("campaign_automation_type", '["MANUAL"]')},
        {"filtering": status("create_time", "2024-01-01 00:00:00", "GREATER_THAN")},
    ],
    ids=str,
)
def test_widest_requests_are_answered(client: Client, changes: dict[str, Any]) -> None:
    assert client.report(**changes).code == 0


@pytest.mark.parametrize("level", LEVEL)
@pytest.mark.parametrize("split", AUDIENCE_SPLITS, ids=str)
@pytest.mark.parametrize("time", [["stat_time_day"], []], ids=str)
def test_audience_groupings_in_use_are_answered(
    client: Client, level: str, split: list[str], time: list[str]
) -> None:
    reply = client.report(report_type="AUDIENCE", data_level=level, dimensions=[LEVEL[level], *time, *split])
    assert reply.code == 0


@pytest.mark.parametrize("level", LEVEL)
@pytest.mark.parametrize("time", ["stat_time_day", "stat_time_hour"])
def test_basic_by_country_is_answered(client: Client, level: str, time: str) -> None:
    dimensions = ["country_code", LEVEL[level], time]
    assert client.report(data_level=level, dimensions=dimensions, start_date="2024-03-15").code == 0


SINGLE_GROUPS = [
    "gender", "age", "country_code", "platform", "province_id", "dma_id", "language", "placement", "ac",
    "interest_category", "interest_category_tier2", "interest_category_tier3", "interest_category_tier4",
    "device_brand_id", "behavior_id", "contextual_tag", "hashtag", "audience_tags", "additional_interests",
    "purchase_intention", "ad_type",
]  # fmt: skip


@pytest.mark.parametrize("group", SINGLE_GROUPS)
def test_one_audience_dimension_is_answered_with_an_id_and_without(client: Client, group: str) -> None:
    def ask(level: str, *dimensions: str) -> list[Any]:
        reply = client.report(report_type="AUDIENCE", data_level=level, dimensions=[*dimensions, group])
        assert reply.code == 0
        return reply.rows

    assert {len(row["dimensions"]) for row in ask("AUCTION_AD", "ad_id")} == {3 if group in BROUGHT else 2}
    assert all(row["dimensions"][group] for row in ask("AUCTION_ADVERTISER"))


BROUGHT = ("interest_category",)
"""Dimensions that bring another one unasked."""


def test_an_account_by_day_needs_no_id(client: Client) -> None:
    rows = client.report(data_level="AUCTION_ADVERTISER", dimensions=["stat_time_day"]).rows
    assert rows
    assert all(list(row["dimensions"]) == ["stat_time_day"] for row in rows)


# report type, level, dimensions after the id, metrics
ACCEPTED_METRICS = {
    "account": ("BASIC", "AUCTION_ADVERTISER", ["stat_time_day"],
        [*COMMON, *INSTALLS, "cash_spend", "voucher_spend"]),
    "account by hour": ("BASIC", "AUCTION_ADVERTISER", ["stat_time_hour"], [*COMMON, *INSTALLS]),
    "campaign": ("BASIC", "AUCTION_CAMPAIGN", ["stat_time_day"], [*COMMON, *INSTALLS, "campaign_name"]),
    "ad group": ("BASIC", "AUCTION_ADGROUP", ["stat_time_day"],
        [*COMMON, *INSTALLS, *OBJECT, *CONVERSIONS, *SECONDARY]),
    "ad": ("BASIC", "AUCTION_AD", ["stat_time_day"],
        [*COMMON, *OBJECT, *CONVERSIONS, *SECONDARY, *ENGAGED, *AD]),
    "ad payments": ("BASIC", "AUCTION_AD", ["stat_time_hour"], PAYMENTS),
    "ad by country": ("BASIC", "AUCTION_AD", ["stat_time_day", "country_code"],
        [*COMMON, *OBJECT, *AD, *PAYMENTS]),
    "ad lifetime": ("BASIC", "AUCTION_AD", [], [*COMMON, *OBJECT, *ENGAGED]),
    "account audience": ("AUDIENCE", "AUCTION_ADVERTISER", ["stat_time_day", "gender", "age"], COMMON),
    "campaign audience": ("AUDIENCE", "AUCTION_CAMPAIGN", ["stat_time_day", "gender", "age"],
        [*COMMON, "campaign_name", *CONVERSIONS]),
    "campaign audience by country": ("AUDIENCE", "AUCTION_CAMPAIGN", ["stat_time_day", "country_code"],
        [*sorted({*COMMON} - {*PEOPLE}), "campaign_name", *LANDING, "gross_impressions", *CONVERSIONS]),
    "campaign settings": ("BASIC", "AUCTION_CAMPAIGN", ["stat_time_day"],
        ["billing_event", "objective_type", "campaign_budget", "currency", "profile_visits_rate"]),
    "reservations by province": ("AUDIENCE", "AUCTION_CAMPAIGN", ["stat_time_day", "province_id"],
        ["rf_campaign_type", "campaign_name", "gross_impressions"]),
    "landing pages by audience": ("AUDIENCE", "AUCTION_ADVERTISER", ["stat_time_day", "platform"], LANDING),
    "purchases by country": ("BASIC", "AUCTION_AD", ["stat_time_day", "country_code"],
        ["purchase", "purchase_rate", "engaged_view", "profile_visits_rate"]),
    "Smart+ ads": ("BASIC", "AUCTION_AD", ["stat_time_day"], ["ad_id_v2", "campaign_automation_type"]),
    "ad group audience": ("AUDIENCE", "AUCTION_ADGROUP", ["stat_time_day", "platform"],
        [*COMMON, *OBJECT, *CONVERSIONS]),
    "ad audience": ("AUDIENCE", "AUCTION_AD", ["stat_time_day", "province_id"],
        [*COMMON, *OBJECT, *CONVERSIONS, *AD]),
}  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED_METRICS)
def test_metrics_in_production_use_are_answered(client: Client, case: str) -> None:
    report_type, level, others, metrics = ACCEPTED_METRICS[case]
    reply = client.report(
        report_type=report_type,
        data_level=level,
        dimensions=[LEVEL[level], *others],
        metrics=metrics,
        start_date="2024-03-15",
    )
    assert reply.code == 0
    assert all(list(row["metrics"]) == list(dict.fromkeys(row["metrics"])) for row in reply.rows)
    assert all(set(row["metrics"]) == set(metrics) for row in reply.rows)
    assert reply.rows


# report type, level, dimensions after the id, metrics refused
REFUSED_METRICS = {
    "unknown": ("BASIC", "AUCTION_AD", ["stat_time_day"], ["spent"]),
    "withdrawn in 2022": ("BASIC", "AUCTION_AD", ["stat_time_day"], ["placement"]),
    "cash at ad level": ("BASIC", "AUCTION_AD", ["stat_time_day"], ["cash_spend", "voucher_spend"]),
    "cash by hour": ("BASIC", "AUCTION_ADVERTISER", ["stat_time_hour"], ["cash_spend"]),
    "cash without a day": ("BASIC", "AUCTION_ADVERTISER", [], ["voucher_spend"]),
    "cash by country": ("BASIC", "AUCTION_ADVERTISER", ["stat_time_day", "country_code"], ["cash_spend"]),
    "paid engaged views by country": ("BASIC", "AUCTION_AD", ["stat_time_day", "country_code"],
        ["paid_engaged_view", "native_growth_purchase_roas", "cost_per_consideration"]),
    "people by country": ("AUDIENCE", "AUCTION_AD", ["stat_time_day", "country_code"], PEOPLE),
    "texts of Smart+ ads elsewhere": ("BASIC", "AUCTION_AD", ["stat_time_day"], ["ad_text_list"]),
    "image figures without the image": ("BASIC", "AUCTION_AD", [], ["single_image_ctr"]),
    "ad name of a campaign": ("BASIC", "AUCTION_CAMPAIGN", ["stat_time_day"], ["ad_name", "adgroup_name"]),
    "campaign id of a campaign": ("BASIC", "AUCTION_CAMPAIGN", ["stat_time_day"], ["campaign_id"]),
    "campaign name of an account": ("BASIC", "AUCTION_ADVERTISER", ["stat_time_day"], ["campaign_name"]),
    "secondary goal by audience": ("AUDIENCE", "AUCTION_AD", ["platform"], SECONDARY),
    "payments by audience": ("AUDIENCE", "AUCTION_AD", ["platform"], ["complete_payment", "onsite_shopping"]),
    "installs by audience": ("AUDIENCE", "AUCTION_AD", ["platform"], INSTALLS),
    "cash by audience": ("AUDIENCE", "AUCTION_ADVERTISER", ["stat_time_day", "platform"], ["cash_spend"]),
    "paid engaged views by hour": ("BASIC", "AUCTION_AD", ["stat_time_hour"], ["paid_engaged_view"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED_METRICS)
def test_one_bad_metric_fails_the_call_and_is_named(client: Client, case: str) -> None:
    report_type, level, others, metrics = REFUSED_METRICS[case]
    reply = client.report(
        report_type=report_type,
        data_level=level,
        dimensions=[LEVEL[level], *others],
        metrics=["spend", *metrics, "clicks"],
        start_date="2024-03-15",
    )
    text = "Please correct the information in invalid metric fields and try again. Invalid metric fields: "
    assert (reply.code, reply.message) == (40002, f"{text}{metrics!r}. ")


UNKNOWN: dict[str, dict[str, Any]] = {
    "catalogue report": {"report_type": "CATALOG"},
    "Business Center report": {"report_type": "BC"},
    "chunks": {"query_mode": "CHUNK"},
    "retired level": {"data_level": "RESERVATION_AD"},
    "retired service type": {"service_type": "RESERVATION"},
    "several accounts in UTC": {"multi_adv_report_in_utc_time": True},
    "ads by day without an id": {"dimensions": ["stat_time_day"]},
    "the same dimension twice": {"dimensions": ["ad_id", "ad_id"]},
    "search terms": {"dimensions": ["adgroup_id", "search_terms"], "data_level": "AUCTION_ADGROUP"},
    "Smart+ ads by hour": {"dimensions": ["ad_id_v2", "stat_time_hour"], "start_date": "2024-03-15"},
    "AUDIENCE without a group": {"report_type": "AUDIENCE"},
    "AUDIENCE by gender and day": {"report_type": "AUDIENCE", "dimensions": ["ad_id", "gender", "stat_time_day"]},
    "AUDIENCE by hour": {
        "report_type": "AUDIENCE", "start_date": "2024-03-15", "dimensions": ["ad_id", "stat_time_hour", "age"]},
    "brand and platform": {"report_type": "AUDIENCE", "dimensions": ["ad_id", "device_brand_id", "platform"]},
    "totals by country": {"enable_total_metrics": True, "dimensions": ["ad_id", "country_code"]},
    "order by what is not asked for": {"order_field": "clicks"},
    "ids that are excluded": {"filtering": status("campaign_ids", '["1"]', "NOT_IN")},
    "names": {"filtering": status("campaign_type", '["A"]')},
    "auction alone": {"filtering": status("buying_type", '["AUCTION"]')},
    "ids of the level below": {
        "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], "filtering": status("ad_ids", '["1"]')},
    "Promote in the account": {
        "data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id"],
        "filtering": status("campaign_system_origins", '["PROMOTE"]')},
    "Promote by country": {
        "dimensions": ["ad_id", "country_code"], "filtering": status("campaign_system_origins", '["PROMOTE"]')},
    "Promote by interest of the second tier": {
        "report_type": "AUDIENCE", "dimensions": ["ad_id", "interest_category_tier2"],
        "filtering": status("campaign_system_origins", '["PROMOTE"]')},
    "results of an audience of the account": {
        "report_type": "AUDIENCE", "data_level": "AUCTION_ADVERTISER",
        "dimensions": ["advertiser_id", "platform"], "metrics": ["result", "conversion"]},
    "live views by audience": {
        "report_type": "AUDIENCE", "dimensions": ["ad_id", "platform"], "metrics": ["live_views"]},
    "metric known by name only": {"metrics": ["minis_name"]},
    "texts beside Smart+ ads": {"dimensions": ["ad_id_v2"], "metrics": ["ad_text"]},
}  # fmt: skip


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_nobody_knows_fails_loudly(client: Client, case: str) -> None:
    assert client.report(**UNKNOWN[case]).status == 501


@pytest.mark.parametrize(("reading", "code"), [("accepted", 0), ("refused", 40002)])
def test_metrics_that_nobody_knows_by_reading(client: Client, world: World, reading: str, code: int) -> None:
    world.options = Options(unproven_metrics=reading)
    assert client.report(**UNKNOWN["results of an audience of the account"]).code == code


def test_metrics_that_lists_lack_and_clients_ask_by_reading(client: Client, world: World) -> None:
    world.options = Options(disputed_metrics=True)
    by_country = {"report_type": "AUDIENCE", "dimensions": ["ad_id", "country_code"]}
    assert client.report(**by_country, metrics=PEOPLE).code == 0


def test_country_filter_by_reading(client: Client, world: World) -> None:
    by_country = {"dimensions": ["ad_id", "country_code"], "filtering": status("country_code", '["CA"]')}
    assert {row["dimensions"]["country_code"] for row in client.report(**by_country).rows} == {"CA"}
    world.options = Options(country_filter=False)
    refusal = "Invalid value for filter field: country_code is not supported. "
    assert client.report(**by_country).message == refusal


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("conflict", CONFLICT),
        ("fields", "The following fields are invalid: reach, frequency"),
        (
            "values",
            f"reach: {NOT_ACCEPTABLE}; frequency: {NOT_ACCEPTABLE}",
        ),
    ],
)
def test_metrics_are_refused_in_other_words(client: Client, words: str, text: str) -> None:
    client.emulator.faults.quirks.metric_words = words
    reply = client.report(
        report_type="AUDIENCE", dimensions=["ad_id", "country_code"], metrics=["spend", "reach", "frequency"]
    )
    assert (reply.code, reply.message) == (40002, text)


BASIC_METRICS = [name for name, metric in metric_table().items() if "a" in metric.basic]


@pytest.mark.parametrize("start", range(0, len(BASIC_METRICS), 100))
def test_every_metric_of_the_table_has_a_value(client: Client, start: int) -> None:
    names = BASIC_METRICS[start : start + 100]
    plain = [name for name in names if metric_table()[name].needs not in ("ad_id_v2", "image_id", "account_day")]
    for row in client.report(metrics=plain).rows:
        assert list(row["metrics"]) == sorted(plain, key=lambda name: metric_table()[name].figure)
        for name, text in row["metrics"].items():
            assert isinstance(text, str)
            assert not metric_table()[name].figure or text == "-" or float(text) >= 0
            if metric_table()[name].kind in ("rate", "share"):
                assert text == "-" or float(text) <= 100


def test_metric_table_knows_what_reports_can_hold() -> None:
    assert len(metric_table()) == 848
    assert {metric.needs for metric in metric_table().values()} >= {"id", "account_day", "ad_id_v2"}
    assert all(not metric.part or metric.part in metric_table() for metric in metric_table().values())
