"""What `report/integrated/get/` refuses, and what it must not refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

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
    "retired level": ({"data_level": "RESERVATION_AD"}, "data_level"),
    "retired service type": ({"service_type": "RESERVATION"}, "service_type"),
    "no dimensions": ({"dimensions": None}, "dimensions"),
    "dimensions as Python repr": ({"dimensions": "['ad_id', 'stat_time_day']"}, "dimensions"),
    "dimensions as text": ({"dimensions": "ad_id"}, "dimensions"),
    "dimensions as object": ({"dimensions": {"id": "ad_id"}}, "dimensions"),
    "no id": ({"dimensions": ["stat_time_day"]}, "dimensions"),
    "id of another level": ({"dimensions": ["campaign_id", "stat_time_day"]}, "dimensions"),
    "two ids": ({"dimensions": ["ad_id", "campaign_id", "stat_time_day"]}, "dimensions"),
    "two times": ({"dimensions": ["ad_id", "stat_time_day", "stat_time_hour"]}, "dimensions"),
    "unknown dimension": ({"dimensions": ["ad_id", "colour"]}, "dimensions"),
    "the same dimension twice": ({"dimensions": ["ad_id", "ad_id"]}, "dimensions"),
    "BASIC by gender": ({"dimensions": ["ad_id", "stat_time_day", "gender", "age"]}, "dimensions"),
    "BASIC by platform": ({"dimensions": ["ad_id", "stat_time_day", "platform"]}, "dimensions"),
    "AUDIENCE without a grouping": ({"report_type": "AUDIENCE"}, "dimensions"),
    "AUDIENCE by gender alone": ({"report_type": "AUDIENCE", "dimensions": ["ad_id", "gender"]}, "dimensions"),
    "AUDIENCE by two groupings": (
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "platform", "country_code"]}, "dimensions"),
    "AUDIENCE by hour": (
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "stat_time_hour", "platform"],
         "start_date": "2024-03-15"}, "dimensions"),
    "AUDIENCE for a lifetime": (
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "platform"], "query_lifetime": True},
        "query_lifetime"),
    "lifetime by day": ({"query_lifetime": True}, "query_lifetime"),
    "lifetime by country": ({"query_lifetime": True, "dimensions": ["ad_id", "country_code"]}, "query_lifetime"),
    "lifetime as Python bool": ({"query_lifetime": "True", "dimensions": ["ad_id"]}, "query_lifetime"),
    "no start": ({"start_date": None}, "start_date"),
    "no end": ({"end_date": None}, "end_date"),
    "start with a time": ({"start_date": "2024-03-01 00:00:00"}, "start_date"),
    "day that does not exist": ({"end_date": "2024-02-30"}, "end_date"),
    "start after end": ({"start_date": "2024-03-16"}, "start_date"),
    "31 days": ({"start_date": "2024-02-14"}, "end_date"),
    "two days of hours": (
        {"dimensions": ["ad_id", "stat_time_hour"], "start_date": "2024-03-14"}, "end_date"),
    "366 days without a time dimension": ({"dimensions": ["ad_id"], "start_date": "2023-03-16"}, "end_date"),
    "page 0": ({"page": 0}, "page"),
    "page_size 1001": ({"page_size": 1001}, "page_size"),
    "101 metrics": ({"metrics": [f"m{number}" for number in range(101)]}, "metrics"),
    "no metrics": ({"metrics": []}, "metrics"),
    "filter value as a list": ({"filtering": status("ad_status", ["STATUS_ALL"])}, "filter_value"),
    "filter value as plain text": ({"filtering": status("ad_status", "STATUS_ALL")}, "filter_value"),
    "filter value as JSON text of a text": ({"filtering": status("ad_status", '"STATUS_ALL"')}, "filter_value"),
    "filter without its type": (
        {"filtering": [{"field_name": "ad_status", "filter_value": "[]"}]}, "filter_type"),
    "filter type of another kind": ({"filtering": status("ad_status", kind="MATCH")}, "filter_type"),
    "unknown filter": ({"filtering": status("colour")}, "colour"),
    "filtering as object": ({"filtering": {"ad_status": "STATUS_ALL"}}, "filtering"),
    "unknown status": ({"filtering": status("ad_status", '["AD_STATUS_ALL"]')}, "ad_status"),
    "unknown buying type": ({"filtering": status("buying_type", '["TOP_VIEW"]')}, "buying_type"),
    "no ids": ({"filtering": status("ad_ids", "[]")}, "ad_ids"),
    "ids of the level below": (
        {"data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], "filtering": status("ad_ids", '["1"]')},
        "ad_ids"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_40002_names_the_parameter(client: Client, case: str) -> None:
    changes, name = REFUSED[case]
    reply = client.report(**changes)
    assert reply.code == 40002
    assert name in reply.message


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
    dimensions = [LEVEL[level], time, "country_code"]
    assert client.report(data_level=level, dimensions=dimensions, start_date="2024-03-15").code == 0


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
    "campaign audience": ("AUDIENCE", "AUCTION_CAMPAIGN", ["stat_time_day", "country_code"],
        [*COMMON, "campaign_name", *CONVERSIONS]),
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
    "engaged views by country": ("BASIC", "AUCTION_AD", ["stat_time_day", "country_code"], ENGAGED),
    "purchases by country": ("BASIC", "AUCTION_AD", ["stat_time_day", "country_code"],
        ["purchase", "purchase_rate"]),
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
    assert (reply.code, reply.message) == (40002, f"{text}{metrics!r}.")


@pytest.mark.parametrize(
    "changes",
    [
        {"report_type": "CATALOG"},
        {"report_type": "BC"},
        {"enable_total_metrics": True},
        {"order_field": "spend"},
        {"advertiser_ids": ["1"]},
        {"query_mode": "CHUNK"},
    ],
    ids=str,
)
def test_what_is_not_modelled_fails_loudly(client: Client, changes: dict[str, Any]) -> None:
    assert client.report(**changes).status == 501
