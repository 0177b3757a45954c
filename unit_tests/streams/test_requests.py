"""What goes over the wire, for every stream of the catalogue, and what is kept of the answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest
from airbyte_cdk.models import FailureType

from source_tiktok_marketing.api.errors import ApiError, Incomplete
from source_tiktok_marketing.catalog.metrics import MAX_METRICS, further_metrics
from source_tiktok_marketing.catalog.rows import Owner
from source_tiktok_marketing.catalog.schemas import NOT_OFFERED, schema_of
from source_tiktok_marketing.catalog.streams import (
    ENTITIES,
    REPORTS,
    STREAMS,
    Entity,
    Report,
    Row,
    streams_with,
)
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level, ReportType
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams import TiktokStream, base, stream_of
from source_tiktok_marketing.streams.evidence import StrangeRows
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.values import UnreadableValue
from unit_tests.builders import ACCOUNT, OTHER_ACCOUNT, ROWS, context_of, names, raw_config, sandbox_config
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure, listing

# What belongs to other objects, shops or Business Centers is asked for in ways of its own: see `test_breadth.py`.
PLAIN_ENTITIES = tuple(
    row
    for row in ENTITIES
    if row.owner is Owner.ACCOUNT and not (row.each or row.parent or row.key_path or row.within)
)
PAGED_ENTITIES = tuple(row for row in PLAIN_ENTITIES if row.page_size)
PAGED: tuple[Row, ...] = (*PAGED_ENTITIES, *REPORTS)
CHANGING = tuple(row for row in PAGED_ENTITIES if row.cursor)
TOP_VIEW = ["RESERVATION_TOP_VIEW"]

every_report = pytest.mark.parametrize("report", REPORTS, ids=names(REPORTS))
every_paged_stream = pytest.mark.parametrize("row", PAGED, ids=names(PAGED))
every_paged_entity = pytest.mark.parametrize("entity", PAGED_ENTITIES, ids=names(PAGED_ENTITIES))
with_cursor = pytest.mark.parametrize("entity", CHANGING, ids=names(CHANGING))


def context_with(*accounts: str, **fields: Any) -> Context:
    infos = {id_: {"timezone": "UTC"} for id_ in accounts or (ACCOUNT, OTHER_ACCOUNT)}
    return context_of(raw_config(**{"start_date": "2024-02-01", **fields}), infos=infos)


def read(stream: TiktokStream) -> list[dict[str, Any]]:
    return [row for slice_ in stream.stream_slices() for page in stream.read_pages(slice_) for row in page]


def requests_of(row: Row, tiktok: Loopback, **fields: Any) -> list[Request]:
    """The stream's requests for an account that has nothing."""
    tiktok.script = lambda request: listing([], request, row.list_field)
    stream = stream_of(row, context_with(**fields))
    for rows in stream.read_pages(next(iter(stream.stream_slices()))):
        assert rows == []
    found = tiktok.asked(row.endpoint)
    assert found
    return found


@every_paged_stream
def test_a_request_names_endpoint_account_and_page(row: Row, tiktok: Loopback) -> None:
    for request in requests_of(row, tiktok):
        assert request.endpoint == row.endpoint
        assert request.params["advertiser_id"] == ACCOUNT
        assert request.params["page"] == "1"


@every_paged_stream
def test_a_page_is_as_large_as_the_endpoint_serves(row: Row, tiktok: Loopback) -> None:
    for request in requests_of(row, tiktok):
        top_view = isinstance(row, Entity) and request.json("filtering", {}).get("buying_types") == TOP_VIEW
        assert request.params["page_size"] == ("100" if top_view else str(row.page_size))


# Offered at every level, at the ad's only, and by object and day at most.
FURTHER = ("live_views", "image_mode", "native_growth_purchase_roas_d0")
CARRIED = {
    "ads_reports_daily": FURTHER,
    "ads_reports_hourly": FURTHER[:2],
    "campaigns_reports_daily": (FURTHER[0], FURTHER[2]),
    "advertisers_reports_lifetime": (FURTHER[0], FURTHER[2]),
    "ads_audience_reports_daily": (),
}


@pytest.mark.parametrize(("name", "asked"), CARRIED.items(), ids=CARRIED)
def test_further_metrics_are_asked_for_where_tiktok_offers_them_and_are_columns_of_every_basic_report(
    name: str, asked: tuple[str, ...], tiktok: Loopback
) -> None:
    row = {row.name: row for row in streams_with((*FURTHER, "spend"))}[name]

    requested = {name for request in requests_of(row, tiktok) for name in request.json("metrics")}
    assert requested & set(FURTHER) == set(asked)
    columns = schema_of(row)["properties"]["metrics"]["properties"]
    assert set(FURTHER) & columns.keys() == (set(FURTHER) if row.report_type is ReportType.BASIC else set())
    assert [name for name in FURTHER if NOT_OFFERED in columns.get(name, {}).get("description", "")] == [
        name for name in FURTHER if name in columns and name not in asked
    ]


@pytest.mark.parametrize(
    ("sent", "emitted"), [(["one", "two"], ["one", "two"]), ([], []), ("-", None), ("", None)]
)
def test_metrics_that_tiktok_sends_as_lists_are_emitted_as_lists(
    sent: Any, emitted: list[str] | None, tiktok: Loopback
) -> None:
    texts = ("spend", "ad_text_list")
    row = Report("mine", Level.AD, Granularity.DAILY, object_id="ad_id_v2", own_metrics=texts)

    def script(request: Request) -> Reply:
        dimensions = {"ad_id_v2": "7", "stat_time_day": "2024-02-01 00:00:00"}
        metrics = {"spend": "1.50", "ad_text_list": sent}
        rows = [{"dimensions": dimensions, "metrics": metrics}] if request.endpoint == row.endpoint else []
        return listing(rows, request)

    tiktok.script = script
    (record,) = read(stream_of(row, context_with(ACCOUNT)))

    assert record["metrics"] == {"spend": "1.50", "ad_text_list": emitted}
    assert record["ad_id_v2"] == record["dimensions"]["ad_id_v2"] == 7
    assert record["advertiser_id"] == int(ACCOUNT)


def test_a_report_of_more_than_a_hundred_metrics_is_read_in_two_halves_and_joined(tiktok: Loopback) -> None:
    further = tuple(metric.name for metric in further_metrics())[30:80]
    row = {row.name: row for row in streams_with(further)}["ads_reports_daily"]

    def script(request: Request) -> Reply:
        if request.endpoint != row.endpoint:
            return listing([], request)
        metrics = dict.fromkeys(request.json("metrics"), "1")
        day = request.params["start_date"]
        # TikTok leaves out rows without a value of what was asked for.
        ads = ("7", "8") if "spend" in metrics else ("8", "9")
        rows = [
            {"dimensions": {"ad_id": ad, "stat_time_day": f"{day} 00:00:00"}, "metrics": metrics} for ad in ads
        ]
        return listing(rows, request)

    tiktok.script = script
    records = {record["ad_id"]: record["metrics"] for record in read(stream_of(row, context_with(ACCOUNT)))}

    asked = [request.json("metrics") for request in tiktok.asked(row.endpoint)]
    assert max(map(len, asked)) <= MAX_METRICS
    names = {metric.name for metric in row.metrics}
    assert len(names) > MAX_METRICS
    assert {
        ad: {name for name, value in metrics.items() if value is not None} for ad, metrics in records.items()
    } == {
        7: set(asked[0]),
        8: names,
        9: set(asked[1]),
    }
    assert all(metrics.keys() == names for metrics in records.values())


@every_report
def test_a_report_is_asked_for_by_its_row(report: Report, tiktok: Loopback) -> None:
    (request,) = requests_of(report, tiktok)
    params = request.params

    assert params["report_type"] == report.report_type.value
    assert params["data_level"] == f"AUCTION_{report.level.name}"
    assert params["service_type"] == "AUCTION"
    assert json.loads(params["dimensions"]) == list(report.dimensions)
    assert json.loads(params["metrics"]) == [metric.name for metric in report.metrics]
    assert params.get("query_lifetime") == ("true" if report.query_lifetime else None)
    assert ("start_date" in params, "end_date" in params) == (not report.query_lifetime,) * 2
    assert "filtering" not in params
    assert "filters" not in params


@every_report
def test_deleted_objects_are_filtered_in_by_the_status_of_the_reports_own_level_only(
    report: Report, tiktok: Loopback
) -> None:
    (request,) = requests_of(report, tiktok, include_deleted=True)
    status = {"AD": "ad_status", "ADGROUP": "adgroup_status", "CAMPAIGN": "campaign_status"}.get(report.level.name)
    expected = [{"field_name": status, "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]

    assert request.json("filtering") == (expected if status else None)


@every_paged_entity
@pytest.mark.parametrize("include_deleted", [False, True], ids=["without deleted", "with deleted"])
def test_deleted_and_top_view_objects_are_asked_for_where_there_are_any(
    entity: Entity, include_deleted: bool, tiktok: Loopback
) -> None:
    status = {entity.status_field: entity.status_all} if include_deleted and entity.status_all else {}
    filters = [
        request.json("filtering") for request in requests_of(entity, tiktok, include_deleted=include_deleted)
    ]

    if entity.buying_types:
        assert filters == [
            {**status, "buying_types": types} for types in (["AUCTION", "RESERVATION_RF"], TOP_VIEW)
        ]
    else:
        assert filters == [status or None]


# TopView rows in reports


DAY = {"stat_time_day": "2024-02-02 00:00:00"}
PROBE = "campaign/get/"


def report_rows(*ids: str) -> list[dict[str, Any]]:
    return [{"dimensions": {"ad_id": id_, **DAY}, "metrics": {"spend": "1.0"}} for id_ in ids]


def account_with_top_view(reports: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    return lambda request: (
        listing([{"campaign_id": "17"}], request) if request.endpoint == PROBE else reports(request)
    )


def buying_types(request: Request) -> list[str]:
    return [
        value
        for item in request.json("filtering", [])
        if item["field_name"] == "buying_type"
        for value in json.loads(item["filter_value"])
    ]


def one_window(name: str, **fields: Any) -> tuple[TiktokStream, Mapping[str, Any]]:
    stream = stream_of(ROWS[name], context_with(ACCOUNT, end_date="2024-02-02", **fields))
    (slice_,) = stream.stream_slices()
    return stream, slice_


@pytest.mark.parametrize("top_view", [["1", "9"], ["9"]], ids=["some were there", "none was there"])
def test_top_view_rows_are_asked_for_by_themselves_and_no_row_comes_twice(
    top_view: list[str], tiktok: Loopback
) -> None:
    tiktok.script = account_with_top_view(
        lambda request: listing(report_rows(*(top_view if buying_types(request) else ["1", "2"])), request)
    )
    stream, slice_ = one_window("ads_reports_daily")

    records = [row for page in stream.read_pages(slice_) for row in page]

    assert sorted(record["ad_id"] for record in records) == [1, 2, 9]
    assert [buying_types(request) for request in tiktok.asked("report/integrated/get/")] == [[], TOP_VIEW]


def test_deleted_top_view_rows_are_asked_for_with_both_filters(tiktok: Loopback) -> None:
    tiktok.script = account_with_top_view(lambda request: listing([], request))
    stream, slice_ = one_window("ads_reports_daily", include_deleted=True)
    assert [row for page in stream.read_pages(slice_) for row in page] == []

    filters = tiktok.asked("report/integrated/get/")[-1].json("filtering")
    assert {item["field_name"]: item["filter_value"] for item in filters} == {
        "buying_type": '["RESERVATION_TOP_VIEW"]',
        "ad_status": '["STATUS_ALL"]',
    }


@pytest.mark.parametrize("code", [40002, 40118])
def test_a_report_that_knows_no_top_view_although_the_account_does_is_read_with_one_warning(
    code: int, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.script = account_with_top_view(
        lambda request: (
            failure(code, "buying_type: No.") if buying_types(request) else listing(report_rows("1"), request)
        )
    )
    stream, slice_ = one_window("ads_reports_daily")

    for _ in range(2):
        assert [row["ad_id"] for page in stream.read_pages(slice_) for row in page] == [1]
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert all(word in warning for word in ("ads_reports_daily", ACCOUNT, "TopView", "buying_type: No."))
    reports = tiktok.asked("report/integrated/get/")
    assert len([request for request in reports if buying_types(request)]) == 1


@pytest.mark.parametrize("code", [40000, 40001, 40002, 40011, 40105])
def test_given_any_other_refusal_of_a_reports_top_view_then_the_window_fails(code: int, tiktok: Loopback) -> None:
    tiktok.script = account_with_top_view(
        lambda request: failure(code) if buying_types(request) else listing(report_rows("1"), request)
    )
    stream, slice_ = one_window("ads_reports_daily")

    with pytest.raises(ApiError, match=f"code {code}"):
        list(stream.read_pages(slice_))


def test_given_a_look_up_of_top_view_with_a_dead_token_then_the_window_fails_too(tiktok: Loopback) -> None:
    tiktok.script = lambda request: (
        failure(40105) if request.endpoint == PROBE else listing(report_rows("1"), request)
    )
    stream, slice_ = one_window("ads_reports_daily")

    with pytest.raises(ApiError, match="code 40105"):
        list(stream.read_pages(slice_))


@pytest.mark.parametrize("code", [40001, 40007, 50000])
def test_an_account_whose_campaigns_cannot_be_looked_up_is_asked_for_top_view(code: int, tiktok: Loopback) -> None:
    tiktok.script = lambda request: (
        failure(code)
        if request.endpoint == PROBE
        else listing(report_rows("2" if buying_types(request) else "1"), request)
    )
    stream, slice_ = one_window("ads_reports_daily")

    assert [row["ad_id"] for page in stream.read_pages(slice_) for row in page] == [1, 2]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param([envelope({}), envelope({"list": [{"campaign_id": "17"}]})], id="nothing at first"),
        pytest.param([envelope({})], id="nothing at all"),
        pytest.param([envelope({"list": []})], id="an empty list without a count"),
        pytest.param([envelope({"list": None, "page_info": {"total_number": 1}})], id="a count without a list"),
    ],
)
def test_in_doubt_about_an_accounts_campaigns_its_reports_are_asked_for_top_view(
    odd: list[Reply], tiktok: Loopback
) -> None:
    answers = iter(odd)
    tiktok.script = lambda request: (
        next(answers, odd[-1])
        if request.endpoint == PROBE
        else listing(report_rows("2" if buying_types(request) else "1"), request)
    )
    stream, slice_ = one_window("ads_reports_daily")

    assert [row["ad_id"] for page in stream.read_pages(slice_) for row in page] == [1, 2]


def hour_rows(*hours: str) -> list[dict[str, Any]]:
    return [
        {
            "dimensions": {"advertiser_id": ACCOUNT, "stat_time_hour": f"2023-11-05 {hour}:00:00"},
            "metrics": {"clicks": str(number)},
        }
        for number, hour in enumerate(hours)
    ]


def clicks_by_hour(zone: str, hours: str, tiktok: Loopback) -> list[int]:
    """Read the hours of the day on which the clocks of America are put back."""
    tiktok.script = lambda request: listing(hour_rows(*hours.split()), request)
    raw = raw_config({"advertiser_id": ACCOUNT}, start_date="2023-11-05", end_date="2023-11-05")
    context = context_of(raw, infos={ACCOUNT: {"display_timezone": zone}})
    stream = stream_of(ROWS["advertisers_reports_hourly"], context)
    (slice_,) = stream.stream_slices()
    return [int(row["metrics"]["clicks"]) for page in stream.read_pages(slice_) for row in page]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Nowhere/Land"])
def test_an_hour_that_the_clocks_show_twice_may_come_twice(zone: str, tiktok: Loopback) -> None:
    assert clicks_by_hour(zone, "00 01 01 02", tiktok) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("America/Los_Angeles", "00 01 02 02"),
        ("America/Los_Angeles", "00 01 01 01"),
        ("Asia/Tokyo", "00 01 01 02"),
    ],
)
def test_any_other_hour_comes_once(zone: str, hours: str, tiktok: Loopback) -> None:
    with pytest.raises(Incomplete, match="came twice"):
        clicks_by_hour(zone, hours, tiktok)


def test_a_metric_that_another_account_has_lost_is_kept_where_tiktok_answers_it(tiktok: Loopback) -> None:
    rows = [
        {"dimensions": {"ad_id": str(number), "stat_time_day": "2024-02-01 00:00:00"}, "metrics": {"likes": "7"}}
        for number in range(1500)
    ]
    tiktok.script = account_with_top_view(lambda request: listing([] if buying_types(request) else rows, request))
    stream, slice_ = one_window("ads_reports_daily")
    pages = stream.read_pages(slice_)
    next(pages)

    stream._withdrawn.names |= {"likes"}  # What the worker of another account has found meanwhile.

    assert [row["metrics"]["likes"] for row in next(pages)] == [7] * 500


@pytest.mark.parametrize(
    "words",
    [
        "Invalid metric fields: ['likes']",
        "Invalid metric fields for RESERVATION_TOP_VIEW: ['likes']",
        "Conflict occurs.",
    ],
)
def test_a_metric_refused_for_top_view_alone_is_withdrawn_and_top_view_read(words: str, tiktok: Loopback) -> None:
    tiktok.script = account_with_top_view(
        lambda request: (
            failure(40002, words)
            if buying_types(request) and "likes" in request.json("metrics")
            else listing(report_rows("2" if buying_types(request) else "1"), request)
        )
    )
    stream, slice_ = one_window("ads_reports_daily")

    assert [row["ad_id"] for page in stream.read_pages(slice_) for row in page] == [1, 2]


@pytest.mark.parametrize("name", ["ads_reports_daily", "ad_groups"])
@pytest.mark.parametrize("code", [40002, 40118])
def test_a_refusal_of_top_view_behind_its_first_page_is_no_end_of_it(
    code: int, name: str, tiktok: Loopback
) -> None:
    def script(request: Request) -> Reply:
        filters = str(request.json("filtering", []))
        if "RESERVATION_TOP_VIEW" not in filters:
            return listing([], request)
        if request.params["page"] != "1":
            return failure(code)
        size = int(request.params["page_size"])
        rows = [
            {"dimensions": {"ad_id": str(n), "stat_time_day": "2024-02-01 00:00:00"}, "metrics": {}}
            for n in range(size)
        ]
        groups = [{"adgroup_id": str(number)} for number in range(size)]
        return envelope({"list": groups if name == "ad_groups" else rows, "page_info": {"total_number": size + 1}})

    tiktok.script = script
    stream = stream_of(ROWS[name], context_with(ACCOUNT, end_date="2024-02-01"))

    with pytest.raises(ApiError, match=f"code {code}"):
        read(stream)


def test_an_account_is_asked_once_whether_it_has_top_view_for_all_streams_and_windows(tiktok: Loopback) -> None:
    tiktok.script = lambda request: listing([], request)
    context = context_with()
    for name in ("ads_reports_hourly", "campaigns_reports_daily"):
        assert read(stream_of(ROWS[name], context)) == []

    assert [request.params["advertiser_id"] for request in tiktok.asked(PROBE)] == [ACCOUNT, OTHER_ACCOUNT]


def test_in_the_sandbox_nobody_asks_for_top_view(tiktok: Loopback) -> None:
    tiktok.script = lambda request: listing([], request)
    context = context_of(sandbox_config(start_date="2024-02-01"), infos={ACCOUNT: {"timezone": "UTC"}})

    assert read(stream_of(ROWS["ads_reports_daily"], context)) == []
    assert tiktok.asked(PROBE) == []


def test_given_only_deleted_top_view_campaigns_then_their_rows_are_asked_for_too(tiktok: Loopback) -> None:
    def script(request: Request) -> Reply:
        if request.endpoint == PROBE:
            deleted_too = request.json("filtering").get("secondary_status") == ROWS["campaigns"].status_all
            return listing([{"campaign_id": "17"}] if deleted_too else [], request)
        return listing(report_rows("9" if buying_types(request) else "1"), request)

    tiktok.script = script
    stream, slice_ = one_window("ads_reports_daily")

    assert [row["ad_id"] for page in stream.read_pages(slice_) for row in page] == [1, 9]


def test_an_accounts_own_row_holds_top_view_already(tiktok: Loopback) -> None:
    tiktok.script = account_with_top_view(lambda request: listing([], request))
    stream, slice_ = one_window("advertisers_reports_daily")
    assert [row for page in stream.read_pages(slice_) for row in page] == []

    assert len(tiktok.requests) == 1


@pytest.mark.parametrize(
    ("refusal", "asked"),
    [
        (failure(40001), True),
        (failure(40125), True),
        (failure(40002, "secondary_status: No."), True),
        (failure(40002, "buying_types: No."), False),
        (failure(40118), False),
    ],
)
def test_only_an_account_that_knows_no_top_view_has_none_where_its_campaigns_are_refused(
    refusal: Reply, asked: bool, tiktok: Loopback
) -> None:
    tiktok.script = lambda request: (
        refusal
        if request.endpoint == PROBE
        else listing(report_rows("2" if buying_types(request) else "1"), request)
    )
    stream, slice_ = one_window("ads_reports_daily")

    assert [row["ad_id"] for page in stream.read_pages(slice_) for row in page] == [1, 2][: 1 + asked]


def test_given_metrics_that_are_divided_then_no_top_view_row_comes_twice(tiktok: Loopback) -> None:
    def reports(request: Request) -> Reply:
        if len(request.json("metrics")) > 50:
            return failure(40067)
        rows = report_rows(*(("1", "9") if buying_types(request) else ("1", "2")))
        return listing(
            [row | {"metrics": dict.fromkeys(request.json("metrics"), "1")} for row in rows],
            request,
        )

    tiktok.script = account_with_top_view(reports)
    stream, slice_ = one_window("ads_reports_daily", start_date="2024-02-02")

    records = [row for page in stream.read_pages(slice_) for row in page]

    assert sorted(record["ad_id"] for record in records) == [1, 2, 9]


def test_given_a_report_that_is_split_then_top_view_rows_are_asked_for_by_themselves_in_every_piece(
    tiktok: Loopback,
) -> None:
    def reports(request: Request) -> Reply:
        if "campaign_ids" not in {item["field_name"] for item in request.json("filtering", [])}:
            return envelope({"list": [], "page_info": {"total_number": 0}}, X_Tt_Ads_Throttle="20000")
        return listing(report_rows("9" if buying_types(request) else "1"), request)

    tiktok.script = account_with_top_view(reports)
    stream, slice_ = one_window("ads_reports_daily")

    assert [row["ad_id"] for page in stream.read_pages(slice_) for row in page] == [1, 9]


def test_two_windows_of_an_account_that_end_at_the_same_time_do_not_wait_for_each_other_for_ever(
    tiktok: Loopback,
) -> None:
    stream = stream_of(ROWS["ads_reports_hourly"], context_with(ACCOUNT, end_date="2024-02-02"))
    first, second = stream.stream_slices()
    asked, has_page, threads = Event(), Event(), []

    def script(request: Request) -> Reply:
        if request.endpoint == PROBE:
            asked.set()
            has_page.wait(timeout=2)
            return listing([], request)
        hour = f"{request.params['start_date']} 01:00:00"
        return listing(
            [{"dimensions": {"ad_id": "1", "stat_time_hour": hour}, "metrics": {"spend": "1"}}], request
        )

    def read_second() -> None:
        for rows in stream.read_pages(second):
            assert rows
            has_page.set()

    tiktok.script = script
    for read_window in (lambda: list(stream.read_pages(first)), read_second):
        threads.append(Thread(target=read_window, daemon=True))
        threads[-1].start()
        asked.wait(timeout=2)

    for thread in threads:
        thread.join(timeout=5)
    assert [thread.is_alive() for thread in threads] == [False, False]


# Entities


def objects(entity: Entity, *times: str | None) -> list[dict[str, Any]]:
    return [{entity.key: str(number + 1), "modify_time": time} for number, time in enumerate(times)]


def top_view_answers(reply: Reply, rows: list[dict[str, Any]]) -> Any:
    return lambda request: (
        reply if request.json("filtering")["buying_types"] == TOP_VIEW else listing(rows, request)
    )


NO_TOP_VIEW = {
    "the permission": failure(40118),
    "the filter": failure(40002, "buying_types: one or more value of the param is not acceptable"),
    "the value": failure(40002, "Invalid value: RESERVATION_TOP_VIEW."),
    "the product": failure(40002, "TopView is not available for this advertiser."),
    "the words": failure(40002, "Unsupported buying type."),
}


@pytest.mark.parametrize("refusal", NO_TOP_VIEW.values(), ids=NO_TOP_VIEW)
def test_an_account_without_top_view_is_read_all_the_same(refusal: Reply, tiktok: Loopback) -> None:
    campaigns = ROWS["campaigns"]
    tiktok.script = top_view_answers(refusal, objects(campaigns, "2024-02-02 00:00:00"))

    assert len(read(stream_of(campaigns, context_with()))) == 2


NO_WORD_OF_TOP_VIEW = {
    **{str(code): failure(code) for code in (40001, 40105, 40000)},
    "40002 of the page": failure(40002, "page_size: one or more value of the param is not acceptable"),
    "40002 without words": failure(40002, ""),
}


@pytest.mark.parametrize("refusal", NO_WORD_OF_TOP_VIEW.values(), ids=NO_WORD_OF_TOP_VIEW)
def test_any_other_refusal_of_top_view_is_a_failure(refusal: Reply, tiktok: Loopback) -> None:
    campaigns = ROWS["campaigns"]
    tiktok.script = top_view_answers(refusal, objects(campaigns, "2024-02-02 00:00:00"))

    with pytest.raises(ApiError):
        read(stream_of(campaigns, context_with()))


def test_an_object_that_both_requests_list_is_emitted_once(tiktok: Loopback) -> None:
    campaigns = ROWS["campaigns"]
    tiktok.script = lambda request: listing(objects(campaigns, "2024-02-02 00:00:00"), request)

    records = read(stream_of(campaigns, context_with()))

    assert [(row["campaign_id"], str(row["advertiser_id"])) for row in records] == [
        (1, ACCOUNT),
        (1, OTHER_ACCOUNT),
    ]


def entity_stream(entity: Entity, state: Any = None, **fields: Any) -> TiktokStream:
    stream = stream_of(replace(entity, page_size=2, buying_types=False), context_with(ACCOUNT, **fields))
    stream.resume(state)
    return stream


def keys(entity: Entity, records: list[dict[str, Any]]) -> list[str]:
    return [str(record[entity.key]) for record in records]


SPACE = ("2024-02-05 09:59:59", "2024-02-05 10:00:00", "2024-02-05 10:00:01")
ISO = ("2024-02-05T09:59:59Z", "2024-02-05T10:00:00Z", "2024-02-05T10:00:01Z")


@with_cursor
@pytest.mark.parametrize("times", [SPACE, ISO], ids=["with a space", "as ISO"])
@pytest.mark.parametrize("mark", ["2024-02-05 10:00:00", "2024-02-05T10:00:00Z", "2024-02-05 10:00:00Z"])
def test_what_changed_at_the_mark_or_later_is_emitted_and_what_has_no_time_always(
    entity: Entity, times: tuple[str, ...], mark: str, tiktok: Loopback
) -> None:
    rows = objects(entity, *times, None, "", "-")
    tiktok.script = lambda request: listing(rows, request, entity.list_field)
    stream = entity_stream(entity, {"modify_time": mark})

    assert keys(entity, read(stream)) == ["2", "3", "4", "5", "6"]


@with_cursor
def test_without_a_state_the_start_date_decides(entity: Entity, tiktok: Loopback) -> None:
    rows = objects(entity, "2024-02-04 23:59:59", "2024-02-05 00:00:00", None, "2024-02-05T00:00:00Z")
    tiktok.script = lambda request: listing(rows, request, entity.list_field)

    emitted = ["2", "3", "4"] if entity.from_start_date else ["1", "2", "3", "4"]
    assert keys(entity, read(entity_stream(entity, start_date="2024-02-05"))) == emitted
    assert keys(entity, read(entity_stream(entity, start_date="2024-02-05", all_objects=True))) == list("1234")


@with_cursor
@pytest.mark.parametrize("zero", ["0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "1970-01-01 00:00:00"])
def test_a_change_before_tiktok_existed_is_none_and_the_object_emitted(
    entity: Entity, zero: str, tiktok: Loopback
) -> None:
    tiktok.script = lambda request: listing(objects(entity, zero), request, entity.list_field)

    assert keys(entity, read(entity_stream(entity, {"modify_time": "2024-02-05 00:00:00"}))) == ["1"]


@with_cursor
def test_the_state_is_the_newest_change_once_the_account_is_closed(entity: Entity, tiktok: Loopback) -> None:
    rows = objects(entity, "2024-02-05T10:00:00Z", "2024-02-07 08:00:00", None, "2024-02-06 00:00:00")
    tiktok.script = lambda request: listing(rows, request, entity.list_field)
    stream = entity_stream(entity)
    (slice_,) = stream.stream_slices()

    list(stream.read_pages(slice_))
    before = stream.current_state()["states"]
    stream.close(slice_)

    assert before == []
    (after,) = stream.current_state()["states"]
    assert after["cursor"] == {"modify_time": "2024-02-07 08:00:00"}
    assert keys(entity, read(entity_stream(entity, stream.current_state()))) == ["2", "3"]


@with_cursor
def test_an_account_in_which_nothing_has_changed_keeps_its_state(entity: Entity, tiktok: Loopback) -> None:
    tiktok.script = lambda request: listing(objects(entity, "2024-02-05 10:00:00"), request, entity.list_field)
    stream = entity_stream(entity, {"modify_time": "2024-02-09 00:00:00"})
    (slice_,) = stream.stream_slices()

    assert [row for page in stream.read_pages(slice_) for row in page] == []
    stream.close(slice_)

    assert stream.current_state()["states"][0]["cursor"] == {"modify_time": "2024-02-09 00:00:00"}


@with_cursor
def test_given_a_mark_in_the_future_then_all_is_read_again_and_it_is_not_handed_on(
    entity: Entity, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.script = lambda request: listing(objects(entity, "2024-02-09 00:00:00"), request, entity.list_field)
    stream = entity_stream(entity, {"modify_time": "2122-01-01 00:00:00"})
    (slice_,) = stream.stream_slices()

    assert keys(entity, [row for page in stream.read_pages(slice_) for row in page]) == ["1"]
    stream.close(slice_)

    assert stream.current_state()["states"][0]["cursor"] == {"modify_time": "2024-02-09 00:00:00"}
    assert "a wrong clock has set it" in caplog.text


@with_cursor
def test_given_a_mark_by_a_clock_a_little_ahead_then_it_is_brought_back(entity: Entity, tiktok: Loopback) -> None:
    tiktok.script = lambda request: listing(objects(entity, "2024-02-09 00:00:00"), request, entity.list_field)
    stream = entity_stream(entity, {"modify_time": "2024-02-10 12:05:00"})
    (slice_,) = stream.stream_slices()

    assert keys(entity, [row for page in stream.read_pages(slice_) for row in page]) == []
    stream.close(slice_)

    assert stream.current_state()["states"][0]["cursor"] == {"modify_time": "2024-02-10 11:50:00"}


@with_cursor
def test_pages_whose_rows_are_all_older_than_the_mark_do_not_end_the_listing(
    entity: Entity, tiktok: Loopback
) -> None:
    rows = objects(entity, *["2020-01-01 00:00:00"] * 5, "2024-02-09 00:00:00")
    tiktok.script = lambda request: listing(rows, request, entity.list_field)

    assert keys(entity, read(entity_stream(entity, {"modify_time": "2024-02-08"}))) == ["6"]
    assert len(tiktok.requests) == 3


def mark_behind(entity: Entity, change: str, tiktok: Loopback) -> str:
    """The mark after a listing whose only object changed at that time."""
    tiktok.script = lambda request: listing(objects(entity, change), request, entity.list_field)
    stream = entity_stream(entity)
    (slice_,) = stream.stream_slices()
    list(stream.read_pages(slice_))
    stream.close(slice_)
    mark: str = stream.current_state()["states"][0]["cursor"]["modify_time"]
    return mark


@with_cursor
def test_a_change_during_the_listing_does_not_move_the_mark_beyond_what_may_have_been_missed(
    entity: Entity, tiktok: Loopback
) -> None:
    # The clock of the tests shows noon. An object that changes then may stand on a page that was read before.
    mark = mark_behind(entity, "2024-02-10 12:00:05", tiktok)
    assert "2024-02-10 11:30:00" <= mark <= "2024-02-10 12:00:00"


@with_cursor
def test_given_a_clock_ahead_of_tiktoks_by_minutes_then_a_change_during_the_listing_still_lies_behind_the_mark(
    entity: Entity, tiktok: Loopback
) -> None:
    # The clock of the tests shows noon; at TikTok it is five to twelve.
    assert mark_behind(entity, "2024-02-10 11:55:05", tiktok) <= "2024-02-10 11:55:00"


@pytest.mark.parametrize("time", ["unknown", "1710000000", 1_710_000_000, "2024-13-45 00:00:00", "2024-02-05 8h"])
def test_a_time_of_change_that_cannot_be_compared_is_an_error_that_names_it(time: Any, tiktok: Loopback) -> None:
    campaigns = ROWS["campaigns"]
    tiktok.script = lambda request: listing(objects(campaigns, time), request)

    with pytest.raises(UnreadableValue, match="`modify_time` holds"):
        read(entity_stream(campaigns))


def test_a_time_of_zeroes_is_none(tiktok: Loopback) -> None:
    campaigns = ROWS["campaigns"]
    tiktok.script = lambda request: listing(objects(campaigns, "0000-00-00 00:00:00"), request)

    assert len(read(entity_stream(campaigns))) == 1


def test_a_sandbox_that_knows_no_top_view_is_read_all_the_same(tiktok: Loopback) -> None:
    def script(request: Request) -> Reply:
        if request.json("filtering", {}).get("buying_types") == TOP_VIEW:
            return failure(40009, "The parameter is not supported in the sandbox.")
        return listing(objects(ROWS["campaigns"], "2024-02-02 00:00:00"), request)

    tiktok.script = script
    stream = stream_of(ROWS["campaigns"], context_of(sandbox_config(start_date="2024-02-01"), infos={ACCOUNT: {}}))

    assert len(read(stream)) == 1


@pytest.mark.parametrize(
    "row",
    [
        {"metrics": {}},
        {"dimensions": {"ad_id": "1"}, "metrics": {}},
        {"dimensions": {"ad_id": "1", "stat_time_day": "2024-02-01 00:00:00"}, "metrics": None},
        "row",
        None,
    ],
    ids=str,
)
def test_a_row_of_another_shape_is_told_as_such(row: Any, tiktok: Loopback) -> None:
    tiktok.script = lambda request: listing([row], request)
    stream = stream_of(ROWS["ads_reports_daily"], context_with())

    with pytest.raises(StrangeRows, match="another shape") as caught:
        read(stream)
    assert caught.value.failure_type is FailureType.system_error


@with_cursor
def test_objects_beyond_those_that_tiktok_lists_are_told_of_once_with_their_number(
    entity: Entity, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    rows = objects(entity, *["2024-02-02 00:00:00"] * 7)
    page_info = {"total_number": 7, "total_page": 4}

    def script(request: Request) -> Reply:
        page = int(request.params["page"])
        listed = rows[2 * page - 2 : 2 * page] if page <= 2 else []
        return envelope({entity.list_field: listed, "page_info": page_info})

    tiktok.script = script
    stream = entity_stream(replace(entity, reach=4))

    assert len(read(stream)) == 4
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert all(word in warnings[0] for word in (entity.name, ACCOUNT, "7 objects", "4 only"))


def test_only_some_assets_are_known_to_be_listed_in_part() -> None:
    assert {row.name: row.reach for row in STREAMS if row.reach} == {
        "creative_assets_images": 10_000,
        "creative_assets_videos": 10_000,
        "creative_assets_music": 100_000,
    }


def test_an_object_that_several_accounts_list_is_emitted_once_for_each(tiktok: Loopback) -> None:
    music = ROWS["creative_assets_music"]
    tiktok.script = lambda request: listing(objects(music, None), request, music.list_field)

    records = read(stream_of(music, context_with()))

    assert [(row["music_id"], str(row["advertiser_id"])) for row in records] == [
        ("1", ACCOUNT),
        ("1", OTHER_ACCOUNT),
    ]


def test_a_report_without_rows_is_no_failure(tiktok: Loopback) -> None:
    tiktok.answers(envelope({"list": [], "page_info": {"page": 1, "total_number": 0, "total_page": 0}}))
    assert read(stream_of(ROWS["ads_reports_daily"], context_with())) == []


def test_the_cdk_can_read_a_stream_record_by_record_too(tiktok: Loopback) -> None:
    audiences = ROWS["audiences"]
    tiktok.script = lambda request: listing(objects(audiences, *[None] * 3), request)
    stream = stream_of(replace(audiences, page_size=2), context_with())

    records = list(stream.read_records(None, stream_slice={"advertiser_id": ACCOUNT}))

    assert [record["audience_id"] for record in records] == ["1", "2", "3"]


def test_a_pass_takes_no_page_that_was_fetched_for_the_pass_before(
    tiktok: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stream_of(ROWS["audiences"], context_with())

    def answer(request: Request) -> Reply:
        page = int(request.params["page"])
        is_first = len(tiktok.requests) <= 3
        info = {"page_size": 1, "total_page": 3, "total_number": 2 if page == 2 and is_first else 3}
        return envelope({"list": [{"audience_id": str(page)}], "page_info": info})

    tiktok.script = answer
    monkeypatch.setattr(base, "SLOW_ANSWER", 0.0)
    pages = stream.list_pages({"advertiser_id": ACCOUNT}, Keys())
    rows = next(pages)
    while stream.context.client.ahead.fetch_one():
        pass
    monkeypatch.setattr(base, "SLOW_ANSWER", float("inf"))
    rows += [row for page in pages for row in page]

    assert rows == [{"audience_id": str(page)} for page in (1, 2, 3)]
    assert [request.params["page"] for request in tiktok.requests] == ["1", "2", "3"] * 2


def test_an_endpoint_without_pages_is_asked_once_whatever_its_answer_counts(
    tiktok: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = {"page": 1, "page_size": 10, "total_page": 3, "total_number": 30}
    tiktok.script = lambda _: envelope({"apps": [{"app_id": "1"}], "page_info": info})
    monkeypatch.setattr(base, "SLOW_ANSWER", 0.0)
    stream = stream_of(ROWS["apps"], context_with())
    pages = stream.read_pages({"advertiser_id": ACCOUNT})
    next(pages)

    assert not stream.context.client.ahead.fetch_one()
    assert list(pages) == []
    assert len(tiktok.requests) == 1
