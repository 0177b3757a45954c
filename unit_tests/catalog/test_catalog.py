"""The catalogue is a drop-in for what Airbyte's connector publishes, and its rows agree with their names."""

import pytest

from source_tiktok_marketing.catalog.rows import Certainty
from source_tiktok_marketing.catalog.schemas import NOT_OFFERED, schema_of
from source_tiktok_marketing.catalog.streams import (
    ENTITIES,
    REPORTS,
    SHOP_REPORTS,
    STREAMS,
    Entity,
    Report,
    Row,
    ShopReport,
)
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level, ReportType
from unit_tests.builders import METRIC_LEVELS, PUBLISHED, names

PUBLISHED_STREAMS = PUBLISHED["streams"]
AS_PUBLISHED = tuple(row for row in STREAMS if row.certainty is Certainty.PUBLISHED)
PUBLISHED_REPORTS = tuple(row for row in REPORTS if row.certainty is Certainty.PUBLISHED)
OWN = tuple(row for row in STREAMS if row.certainty is not Certainty.PUBLISHED)
every_stream = pytest.mark.parametrize("row", STREAMS, ids=names(STREAMS))
every_published_stream = pytest.mark.parametrize("row", AS_PUBLISHED, ids=names(AS_PUBLISHED))
every_entity = pytest.mark.parametrize("entity", ENTITIES, ids=names(ENTITIES))
every_report = pytest.mark.parametrize("report", REPORTS, ids=names(REPORTS))
every_published_report = pytest.mark.parametrize("report", PUBLISHED_REPORTS, ids=names(PUBLISHED_REPORTS))


def test_the_catalogue_holds_the_published_streams_and_marks_no_other_as_such() -> None:
    assert sorted(names(AS_PUBLISHED)) == sorted(PUBLISHED_STREAMS)
    assert len(AS_PUBLISHED) == 44


def test_every_name_stands_once() -> None:
    assert len(set(names(STREAMS))) == len(STREAMS) == 85


def test_what_is_ours_is_read_in_production_only() -> None:
    assert [row.name for row in OWN if row.in_sandbox] == []


def test_the_sandbox_has_the_28_streams_that_exist_there() -> None:
    in_sandbox = {row.name for row in STREAMS if row.in_sandbox}

    assert in_sandbox == {name for name, facts in PUBLISHED_STREAMS.items() if "sandbox" in facts["environments"]}
    assert len(in_sandbox) == 28


@every_published_stream
def test_the_key_is_the_published_one(row: Row) -> None:
    assert list(row.primary_key) == (PUBLISHED_STREAMS[row.name]["primary_key"] or [])


# The documentation has always promised it for music; the published code reads music in full only.
OUR_CURSORS = {"creative_assets_music": "modify_time"}


@every_published_stream
def test_the_cursor_is_the_published_one(row: Row) -> None:
    published = PUBLISHED_STREAMS[row.name]
    assert row.cursor == OUR_CURSORS.get(row.name, published["cursor_field"])
    assert ("incremental" in published["sync_modes"]) <= bool(row.cursor)


@every_published_stream
def test_the_endpoint_is_the_published_one(row: Row) -> None:
    assert row.endpoint == PUBLISHED_STREAMS[row.name]["endpoint"]


@every_stream
def test_an_endpoint_ends_with_a_slash(row: Row) -> None:
    assert row.endpoint.endswith("/")
    assert not row.endpoint.startswith("/")


# TikTok serves 1,000 pieces of music a page; a tenth of that is ten times the requests.
OUR_PAGE_SIZES = {"creative_assets_music": 1000}


@every_published_stream
def test_the_page_size_is_the_published_one_except_for_music(row: Row) -> None:
    assert row.page_size == OUR_PAGE_SIZES.get(row.name, PUBLISHED_STREAMS[row.name]["page_size"])


LIST_FIELDS = {
    "file/music/get/": "musics",
    "creative/portfolio/list/": "creative_portfolios",
    "pixel/list/": "pixels",
}


@every_published_stream
def test_the_rows_are_looked_for_where_the_endpoint_puts_them(row: Row) -> None:
    assert row.list_field == LIST_FIELDS.get(row.endpoint, "list")


@every_entity
def test_the_key_and_the_cursor_of_an_entity_are_published_columns(entity: Entity) -> None:
    columns = schema_of(entity)["properties"]
    assert {*entity.primary_key, *([entity.cursor] if entity.cursor else [])} <= columns.keys()


@every_entity
def test_nothing_that_tells_of_people_is_a_column(entity: Entity) -> None:
    assert not set(entity.private) & schema_of(entity)["properties"].keys()


@every_entity
def test_what_each_list_is_about_is_a_column_unless_it_is_a_filter(entity: Entity) -> None:
    columns = schema_of(entity)["properties"]
    assert entity.owner.value is None or entity.owner.value in columns
    assert not entity.by_day or "date" in columns
    assert not entity.each or entity.each.is_filter or entity.each.name in columns


@every_entity
def test_deleted_and_top_view_objects_are_asked_for_where_tiktok_hides_them(entity: Entity) -> None:
    object_name = {"campaigns": "CAMPAIGN", "ad_groups": "ADGROUP", "ads": "AD"}.get(entity.name)

    is_smart_plus = entity.name.startswith("smart_plus_")
    status = f"{object_name}_STATUS_ALL" if object_name else "STATUS_ALL" if is_smart_plus else None
    assert entity.status_all == status
    assert entity.buying_types == bool(object_name)


@every_published_report
def test_the_coordinates_of_a_report_are_the_published_ones(report: Report) -> None:
    published = PUBLISHED_STREAMS[report.name]

    assert report.report_type.value == published["report_type"]
    assert report.level.data_level == published["data_level"]
    assert list(report.dimensions) == published["dimensions"]


STEMS = {Level.AD: "ads", Level.CAMPAIGN: "campaigns", Level.ADVERTISER: "advertisers"}
SPLITS = {
    (): "",
    ("gender", "age"): "",
    ("country_code",): "_by_country",
    ("platform",): "_by_platform",
    ("province_id",): "_by_province",
    ("language",): "_by_language",
    ("placement",): "_by_placement",
}


@every_report
def test_the_name_of_a_report_says_what_its_row_says(report: Report) -> None:
    is_audience = report.report_type is ReportType.AUDIENCE
    stem = STEMS.get(report.level) or ("ad_group" if is_audience else "ad_groups")
    stem = "smart_plus_ads" if report.object_id else stem
    kind = "_audience_reports" if is_audience else "_reports"

    assert report.name == f"{stem}{kind}{SPLITS[report.by]}_{report.granularity.name.lower()}"


@pytest.mark.parametrize(
    ("granularity", "time_dimension", "max_days"),
    [
        (Granularity.HOURLY, "stat_time_hour", 1),
        (Granularity.DAILY, "stat_time_day", 30),
        (Granularity.LIFETIME, None, 365),
    ],
)
def test_a_window_is_as_long_as_tiktok_allows(
    granularity: Granularity, time_dimension: str | None, max_days: int
) -> None:
    assert (granularity.time_dimension, granularity.max_days) == (time_dimension, max_days)


@every_report
def test_only_basic_reports_ask_for_a_lifetime(report: Report) -> None:
    assert report.query_lifetime == (report.cursor is None and report.report_type is ReportType.BASIC)


@every_report
def test_a_report_asks_for_no_metric_that_tiktok_refuses_there(report: Report) -> None:
    kind = report.report_type.value.lower()
    refused = {
        metric.name
        for metric in report.metrics
        if report.level.value not in METRIC_LEVELS[metric.name]["levels"]
        or METRIC_LEVELS[metric.name][kind] is not True
    }

    assert refused == set()
    if report.granularity is not Granularity.DAILY:
        assert not {"cash_spend", "voucher_spend"} & {metric.name for metric in report.metrics}


# They allow one id dimension and, at most, the day beside it.
NEVER_HOURLY = {
    "paid_engaged_view",
    "paid_engaged_view_15s",
    "paid_engagement_engaged_view",
    "paid_engagement_engaged_view_15s",
}


@every_published_report
def test_a_report_asks_for_every_metric_of_airbytes_newest_version(report: Report) -> None:
    asked = {metric.name for metric in report.metrics}
    missing = set(PUBLISHED_STREAMS[report.name]["metrics"]) - asked

    assert missing == (missing & NEVER_HOURLY if report.granularity is Granularity.HOURLY else set())


SHOP_STEMS = {
    ("advertiser_id", "store_id"): "advertiser",
    ("store_id", "campaign_id", "item_group_id"): "product",
    ("store_id", "campaign_id", "item_group_id", "item_id"): "creative",
    ("store_id", "campaign_id", "room_id"): "live_room",
}


@pytest.mark.parametrize("report", SHOP_REPORTS, ids=names(SHOP_REPORTS))
def test_the_name_of_a_report_of_gmv_max_says_what_its_row_says(report: ShopReport) -> None:
    stem = SHOP_STEMS.get(report.level.key, f"{report.level.promotion or ''}_campaign".lower())

    assert report.name == f"gmv_max_{stem}_reports_{report.granularity.name.lower()}"
    assert report.primary_key == (*report.level.key, report.cursor)
    assert report.dimensions == tuple(name for name in report.primary_key if name != "store_id")


@every_report
def test_a_report_asks_for_each_metric_once_and_publishes_it(report: Report) -> None:
    asked = [metric.name for metric in report.metrics]

    assert len(asked) == len(set(asked))
    assert set(asked) <= schema_of(report)["properties"]["metrics"]["properties"].keys()


# Airbyte shares one schema over all levels. What TikTok does not offer at a level, from the ad upwards:
BEYOND_THE_AD = {"cash_spend", "voucher_spend"}
BEYOND_THE_AD_GROUP = BEYOND_THE_AD | {"adgroup_id", "ad_name", "ad_text"}
BEYOND_THE_CAMPAIGN = BEYOND_THE_AD_GROUP | {
    "campaign_id",
    "adgroup_name",
    "placement_type",
    "promotion_type",
    "tt_app_id",
    "tt_app_name",
    "mobile_app_id",
    "dpa_target_audience_type",
}
# No client is known that asks for them in AUDIENCE reports of whole accounts.
OUTCOMES = {
    f"{real_time}{outcome}"
    for real_time in ("", "real_time_")
    for what in ("conversion", "result")
    for outcome in (what, f"cost_per_{what}", f"{what}_rate")
}
BEYOND_THE_ACCOUNT = (BEYOND_THE_CAMPAIGN | {"campaign_name"}) - BEYOND_THE_AD
EMPTY_COLUMNS = {
    (ReportType.BASIC, Level.AD): BEYOND_THE_AD,
    (ReportType.BASIC, Level.ADGROUP): BEYOND_THE_AD_GROUP,
    (ReportType.BASIC, Level.CAMPAIGN): BEYOND_THE_CAMPAIGN,
    (ReportType.BASIC, Level.ADVERTISER): BEYOND_THE_ACCOUNT,
    # The audience schema never had the cash, and has a dimension among its metrics.
    (ReportType.AUDIENCE, Level.AD): {"province_id"},
    (ReportType.AUDIENCE, Level.ADGROUP): BEYOND_THE_AD_GROUP - BEYOND_THE_AD | {"province_id"},
    (ReportType.AUDIENCE, Level.CAMPAIGN): BEYOND_THE_CAMPAIGN - BEYOND_THE_AD | {"province_id"},
    (ReportType.AUDIENCE, Level.ADVERTISER): BEYOND_THE_ACCOUNT | OUTCOMES | {"province_id"},
}


def empty_columns(report: Report) -> set[str]:
    expected = set(EMPTY_COLUMNS[report.report_type, report.level])
    is_basic = report.report_type is ReportType.BASIC
    if report.granularity is Granularity.HOURLY or (is_basic and (report.by or report.object_id)):
        expected |= NEVER_HOURLY
    if is_basic and (report.granularity is not Granularity.DAILY or report.by):
        expected |= BEYOND_THE_AD
    return expected | ({"ad_text"} if report.object_id else set())


@every_report
def test_the_columns_that_stay_empty_are_these_and_their_description_says_so(report: Report) -> None:
    columns = schema_of(report)["properties"]["metrics"]["properties"]
    asked = {metric.name for metric in report.metrics}

    assert columns.keys() - asked == empty_columns(report)
    assert {name for name in columns if NOT_OFFERED in columns[name]["description"]} == empty_columns(report)
