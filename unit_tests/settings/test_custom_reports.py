"""Every way to define a report that TikTok would refuse ends with one sentence that says what and why."""

from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.catalog.filters import Filter
from source_tiktok_marketing.catalog.report_rules import GROUPING_RULES
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import Report
from source_tiktok_marketing.catalog.vocabulary import AD_ID_V2, Granularity, Level, ReportType
from source_tiktok_marketing.settings.config import Config
from unit_tests.builders import raw_config, sandbox_config

Fields = dict[str, Any]
GOOD: Fields = {"name": "mine", "level": "AD", "metrics": ["spend", "clicks"]}
PEOPLE: Fields = {"report_type": "AUDIENCE", "dimensions": ["gender", "age"]}
ACCOUNT: Fields = {"level": "ADVERTISER", "without_object": True}


def by(*dimensions: str, **fields: Any) -> Fields:
    return {"dimensions": [*dimensions], **fields}


def people(*dimensions: str, **fields: Any) -> Fields:
    return by(*dimensions, report_type="AUDIENCE", **fields)


def metric(*names: str, **fields: Any) -> Fields:
    return {"metrics": [*names], **fields}


def filtered(field: Any, value: Any = "1", kind: Any = "IN", **fields: Any) -> Fields:
    return {"filters": [{"field_name": field, "filter_type": kind, "filter_value": value}], **fields}


def parse(*definitions: Any, **fields: Any) -> tuple[Report, ...]:
    return Config.parse(raw_config(custom_reports=list(definitions), **fields)).custom_reports


# What is changed of a good report, and what the sentence says.
ILLEGAL: dict[str, tuple[Fields, str]] = {
    # The definition itself.
    "no name": ({"name": None}, "needs a `name` of letters"),
    "a name of numbers": ({"name": "7"}, "begins with a letter"),
    "a name with a space": ({"name": "my report"}, "letters, digits and underscores"),
    "a name without end": ({"name": "a" * 101}, "needs a `name`"),
    "the name of a stream": ({"name": "ads_reports_daily"}, "has the name of another stream"),
    "the name of a stream in capitals": ({"name": "Campaigns"}, "has the name of another stream"),
    "no level": ({"level": None}, "needs a `level` that is missing: it must be one of ADVERTISER"),
    "no level of TikTok's": ({"level": "GROUP"}, "needs a `level` that is 'GROUP'"),
    "no type of TikTok's": ({"report_type": "CATALOG"}, "must be one of BASIC, AUDIENCE"),
    "no time of TikTok's": ({"granularity": "WEEKLY"}, "must be one of HOURLY, DAILY, LIFETIME"),
    "a time that is a number": ({"granularity": 1}, "needs a `granularity` that is 1"),
    "no metrics": ({"metrics": []}, "has no `metrics`: choose at least one"),
    "metrics in an object": ({"metrics": {}}, "needs a list as `metrics`"),
    "a number as dimensions": ({"dimensions": 7}, "needs a list as `dimensions`"),
    "a field that does not exist": ({"dimension": ["age"]}, "a field 'dimension', which is no field"),
    "filters in an object": ({"filters": {}, "filter": 1}, "has a field 'filter'"),
    "filters that are texts": ({"filters": ["ad_status"]}, "needs a list of objects as `filters`"),
    "a flag in words": ({"without_object": "no"}, "must be true or false"),
    # Names.
    "a metric misspelt": (metric("spent"), "names under `metrics` 'spent', which is no metric"),
    "a metric with its neighbours": (metric("live_view"), "perhaps `live_views`"),
    "a metric of another endpoint": (metric("video_id"), "which is no metric"),
    "a dimension misspelt": (by("country"), "perhaps `country_code`"),
    "a dimension for few": (people("bucket_id"), "which is no dimension"),
    "an id as dimension": (by("campaign_id"), "names under `dimensions` 'campaign_id'"),
    "a time as dimension": (by("stat_time_day"), "names under `dimensions` 'stat_time_day'"),
    # Groupings.
    "people in BASIC": (by("age"), "choose the report type AUDIENCE"),
    "interests in BASIC": (by("interest_category", granularity="LIFETIME"), "choose the report type AUDIENCE"),
    "pages in AUDIENCE": (people("page_id"), "choose the report type BASIC"),
    "search in AUDIENCE": (people("search_terms"), "choose the report type BASIC"),
    "nobody in AUDIENCE": (people(), "needs a dimension that tells people apart"),
    "two dimensions of people": (people("age", "platform"), "takes one dimension beside object and time"),
    "three dimensions of people": (people("gender", "age", "country_code"), "takes one dimension"),
    "country and province": (people("country_code", "province_id"), "takes one dimension"),
    "two dimensions in BASIC": (by("country_code", "ad_type"), "takes one dimension beside object and time"),
    "people by hour": ({**PEOPLE, "granularity": "HOURLY"}, "gives AUDIENCE reports no hours"),
    "devices by day": (people("device_brand_id"), "choose LIFETIME"),
    "interests by day": (people("interest_category_tier3"), "devices and interests as totals"),
    "countries over all time": (by("country_code", granularity="LIFETIME"), "over all time neither by country"),
    "kinds of ads over all time": (by("ad_type", granularity="LIFETIME"), "over all time neither by country"),
    "Smart+ by campaign": (by(AD_ID_V2, level="CAMPAIGN"), "ad_id_v2 at the level AD only"),
    "Smart+ by hour": (by(AD_ID_V2, granularity="HOURLY"), "ad_id_v2 alone or by day"),
    "Smart+ by country": (by(AD_ID_V2, "country_code"), "ad_id_v2 alone or by day"),
    "Smart+ without object": (by(AD_ID_V2, without_object=True), "take one of them out"),
    "no object at the ad": ({"without_object": True}, "for whole accounts only: choose the level ADVERTISER"),
    "no object by hour": ({**ACCOUNT, "granularity": "HOURLY"}, "by day in BASIC reports: choose DAILY"),
    "no object at all": ({**ACCOUNT, "granularity": "LIFETIME"}, "by day in BASIC reports: choose DAILY"),
    "no object by country": (by("country_code", **ACCOUNT), "in AUDIENCE reports only: leave the dimensions out"),
    "people without object by day": ({**PEOPLE, **ACCOUNT}, "by one dimension and without a time"),
    # Metrics where TikTok does not offer them.
    "an ad's name at the campaign": (metric("ad_name", level="CAMPAIGN"), "`ad_name` in BASIC reports only at AD"),
    "a group's name of accounts": (metric("adgroup_name", level="ADVERTISER"), "only at ADGROUP or AD level"),
    "cash at the ad": (metric("cash_spend"), "`cash_spend` in BASIC reports only at ADVERTISER level"),
    "cash by hour": (metric("cash_spend", level="ADVERTISER", granularity="HOURLY"), "only by account and day"),
    "cash of people": (metric("cash_spend", level="ADVERTISER", **PEOPLE), "not in AUDIENCE reports"),
    "the website's events of people": (metric("web_event_add_to_cart", **PEOPLE), "not in AUDIENCE reports"),
    "conversions of an account's people": (metric("conversion", level="ADVERTISER", **PEOPLE), "only at CAMPAIGN"),
    "focused views by hour": (metric("paid_engaged_view", granularity="HOURLY"), "only by object, or by object"),
    "native growth by country": (
        metric("native_growth_purchase_roas_d0", **by("country_code")),
        "by object and day",
    ),
    "an image's metric without image": (metric("single_image_ctr"), "only by image_id"),
    "a list without Smart+": (metric("ad_text_list"), "only by ad_id_v2"),
    "a caption of Smart+": (metric("ad_text", **by(AD_ID_V2)), "other than ad_id_v2"),
    "a name without object": (metric("advertiser_name", **ACCOUNT), "only beside the id of an object"),
    # Filters.
    "no field of a filter": (filtered("campaign_id"), "perhaps `campaign_ids`"),
    "a filter without field": (filtered(None), "filters '', which is no field"),
    "a rumoured filter": (filtered("objective_type"), "filters 'objective_type', which is no field"),
    "no type of a filter": (filtered("ad_ids", kind="EQUALS"), "with 'EQUALS', which is no filter type"),
    "another type of filter": (filtered("ad_ids", kind="NOT_IN"), "the filter `ad_ids` takes IN"),
    "a time that is in": (filtered("create_time", "2024-01-01 00:00:00"), "takes BETWEEN or GREATER_THAN or"),
    "one end of a span": (filtered("create_time", "2024-01-01 00:00:00", "BETWEEN"), "takes 2 values for BETWEEN"),
    "a filter without value": (filtered("ad_ids", " , "), "the filter `ad_ids` has no value"),
    "a filter of null": (filtered("ad_ids", None), "has no value"),
    "a filter by an object": (filtered("ad_ids", {"a": 1}), "by what is no text"),
    "a filter by broken JSON": (filtered("ad_ids", '["1"'), "by a list that is no JSON"),
    "a filter by names": (filtered("campaign_ids", "Summer"), "takes numbers of objects"),
    "a filter by too many": (
        filtered("ad_ids", ",".join(map(str, range(101)))),
        "takes 100 ids at most, and has 101",
    ),
    "a filter below the level": (filtered("ad_ids", level="CAMPAIGN"), "exists at the level AD only"),
    "a status of another level": (filtered("campaign_status", "STATUS_ALL"), "at the level CAMPAIGN only"),
    "a status that is none": (
        filtered("ad_status", "ACTIVE"),
        "is compared with 'ACTIVE': choose from STATUS_ALL",
    ),
    "a buying type": (filtered("buying_type", "AUCTION"), "choose from RESERVATION_TOP_VIEW"),
    "countries without dimension": (filtered("country_code", "US"), "needs the dimension `country_code`"),
    "Smart+ ids without Smart+": (filtered("ad_ids_v2"), "needs the dimension `ad_id_v2`"),
    "ids of creatives for Smart+": (filtered("ad_ids", **by(AD_ID_V2)), "filter by ad_ids_v2"),
    "a promotion of people": (filtered("promotion_type", "APP", **PEOPLE), "exists in BASIC reports only"),
    "boosted posts by hour": (
        filtered("campaign_system_origins", "PROMOTE", granularity="HOURLY"),
        "boosted posts neither by hour nor by further dimensions",
    ),
    "boosted posts by page": (
        filtered("campaign_system_origins", "PROMOTE", **by("page_id")),
        "boosted posts neither by hour nor by further dimensions",
    ),
    "boosted posts by ad_id_v2": (
        filtered("campaign_system_origins", "PROMOTE", **by(AD_ID_V2)),
        "boosted posts neither by hour nor by further dimensions",
    ),
    "boosted posts by language": (
        filtered("campaign_system_origins", "PROMOTE", **people("language")),
        "splits boosted posts by other dimensions only: choose from gender, age",
    ),
    "a field twice": (
        {
            "filters": [
                {"field_name": "ad_ids", "filter_value": "1"},
                {"field_name": "ad_ids", "filter_value": "2"},
            ]
        },
        "comes twice",
    ),
    "a status beside deleted objects": (
        filtered("ad_status", "STATUS_DELETE", include_deleted=True),
        "STATUS_ALL in the filter means the latter",
    ),
}


@pytest.mark.parametrize(("fields", "told"), ILLEGAL.values(), ids=ILLEGAL)
def test_a_report_that_cannot_be_read_is_told_in_one_sentence(fields: Fields, told: str) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        parse(GOOD | fields)

    sentence = str(caught.value)
    assert told in sentence
    assert sentence.endswith(".")
    assert ". " not in sentence
    assert "\n" not in sentence
    assert "`custom_reports`" in sentence or "without_object" in sentence


def test_sixty_of_them_are_told_and_every_rule_is_among_them() -> None:
    assert len(ILLEGAL) > 60
    sentences = " ".join(_sentence_of(GOOD | fields) for fields, _ in ILLEGAL.values())
    assert [rule.sentence for rule in GROUPING_RULES if rule.sentence not in sentences] == []


def _sentence_of(definition: Fields) -> str:
    try:
        parse(definition)
    except AirbyteTracedException as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        (7, "must be a list"),
        ("mine", "must be a list"),
        (["mine"], "`custom_reports` 1 must be an object"),
        ([GOOD, GOOD], "'mine' has the name of another stream"),
        ([GOOD, GOOD | {"name": "MINE"}], "'MINE' has the name of another stream"),
        ([GOOD, GOOD | {"name": ""}], "`custom_reports` 2 needs a `name`"),
    ],
    ids=["a number", "a text", "a list of texts", "twice", "twice in capitals", "the second without name"],
)
def test_a_list_of_reports_that_is_none_is_told(reports: Any, told: str) -> None:
    with pytest.raises(AirbyteTracedException, match=told):
        Config.parse(raw_config(custom_reports=reports))


def test_the_sandbox_has_no_reports_of_whole_accounts() -> None:
    with pytest.raises(AirbyteTracedException, match="of which the sandbox has no reports"):
        Config.parse(sandbox_config(custom_reports=[GOOD | {"level": "ADVERTISER"}]))


LEGAL: dict[str, tuple[Fields, Report]] = {
    "the least": ({}, Report("mine", Level.AD, Granularity.DAILY, own_metrics=("spend", "clicks"))),
    "in small letters": (
        {"level": "adgroup", "granularity": "hourly", "report_type": "basic"},
        Report("mine", Level.ADGROUP, Granularity.HOURLY, own_metrics=("spend", "clicks")),
    ),
    "people of no object": (
        people("age", granularity="LIFETIME", **ACCOUNT),
        Report(
            "mine",
            Level.ADVERTISER,
            Granularity.LIFETIME,
            ReportType.AUDIENCE,
            ("age",),
            object_id="",
            own_metrics=("spend", "clicks"),
        ),
    ),
    "pages over all time": (
        by("page_id", granularity="LIFETIME"),
        Report("mine", Level.AD, Granularity.LIFETIME, by=("page_id",), own_metrics=("spend", "clicks")),
    ),
    "boosted posts by country": (
        filtered("campaign_system_origins", "PROMOTE", **people("country_code")),
        Report(
            "mine",
            Level.AD,
            Granularity.DAILY,
            ReportType.AUDIENCE,
            ("country_code",),
            own_metrics=("spend", "clicks"),
            filters=(Filter("campaign_system_origins", "IN", ("PROMOTE",)),),
        ),
    ),
    "Smart+ with lists": (
        by(AD_ID_V2, metrics="spend,ad_text_list"),
        Report("mine", Level.AD, Granularity.DAILY, object_id=AD_ID_V2, own_metrics=("spend", "ad_text_list")),
    ),
    "filters in every spelling": (
        {
            "filters": [
                {"field_name": "campaign_ids", "filter_value": "1, 2"},
                {"field_name": "adgroup_ids", "filter_type": "in", "filter_value": '["3",4]'},
                {"field_name": "ad_ids", "filter_type": "", "filter_value": [5]},
                {
                    "field_name": "create_time",
                    "filter_type": "BETWEEN",
                    "filter_value": "2024-01-01 00:00:00,2024-02-01 00:00:00",
                },
            ],
            "include_deleted": True,
        },
        Report(
            "mine",
            Level.AD,
            Granularity.DAILY,
            own_metrics=("spend", "clicks"),
            filters=(
                Filter("campaign_ids", "IN", ("1", "2")),
                Filter("adgroup_ids", "IN", ("3", "4")),
                Filter("ad_ids", "IN", ("5",)),
                Filter("create_time", "BETWEEN", ("2024-01-01 00:00:00", "2024-02-01 00:00:00")),
            ),
            include_deleted=True,
        ),
    ),
}


@pytest.mark.parametrize(("fields", "report"), LEGAL.values(), ids=LEGAL)
def test_a_report_that_can_be_read_becomes_a_row_of_the_catalogue(fields: Fields, report: Report) -> None:
    assert parse(GOOD | fields) == (report,)


def test_key_cursor_and_schema_follow_from_the_definition() -> None:
    (report,) = parse(GOOD | people("language"))
    schema = schema_of(report)["properties"]

    assert report.primary_key == ("ad_id", "stat_time_day", "language")
    assert report.cursor == "stat_time_day"
    assert list(schema) == ["ad_id", "stat_time_day", "language", "advertiser_id", "dimensions", "metrics"]
    assert list(schema["dimensions"]["properties"]) == ["ad_id", "stat_time_day", "language"]
    assert list(schema["metrics"]["properties"]) == ["spend", "clicks"]


def test_rows_of_no_object_are_told_apart_by_their_account() -> None:
    (report,) = parse(GOOD | people("age", granularity="LIFETIME", **ACCOUNT))
    assert report.primary_key == ("advertiser_id", "age")
    assert report.dimensions == ("age",)
