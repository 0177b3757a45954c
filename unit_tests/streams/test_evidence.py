"""What may be counted as read: the rows that were asked for, each with its key, and none else."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_tiktok_marketing.api.codes import rule_of
from source_tiktok_marketing.api.errors import Answer, Incomplete
from source_tiktok_marketing.catalog.streams import Entity, Report
from source_tiktok_marketing.streams import stream_of
from source_tiktok_marketing.streams.asked import object_evidence, report_evidence
from source_tiktok_marketing.streams.evidence import ListedPage, StrangeRows
from source_tiktok_marketing.streams.listing import MAX_READS
from unit_tests.builders import ACCOUNT, OTHER_ACCOUNT, ROWS, context_of, raw_config
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure, listing, whole

WINDOW = {"advertiser_id": ACCOUNT, "start_date": "2024-02-01", "end_date": "2024-02-03"}
HOURS = WINDOW | {"end_date": "2024-02-01"}
DAY = "2024-02-02 00:00:00"

Row = dict[str, Any]


def page_of(rows: list[Any], name: str = "ads_reports_daily", **query: Any) -> ListedPage:
    """What evidence there is in some rows of a report that asks for spend and clicks."""
    row = ROWS[name]
    assert isinstance(row, Report)
    evidence = report_evidence(row, WINDOW | query, frozenset({"spend", "clicks"}), frozenset())
    return evidence.page(Answer(rule_of(0), 0, "OK", data={"list": rows}), "list")


def row_of(metrics: Row | None = None, **dimensions: Any) -> Row:
    return {"dimensions": {"ad_id": "17", "stat_time_day": DAY} | dimensions, "metrics": metrics or full()}


def full(**metrics: Any) -> Row:
    return {"spend": "1.5", "clicks": "-"} | metrics


STRANGE: dict[str, tuple[Any, str]] = {
    "the day before": (row_of(stat_time_day="2024-01-31 00:00:00"), "`stat_time_day` is '2024-01-31"),
    "the day behind": (row_of(stat_time_day="2024-02-04 00:00:00"), "`stat_time_day`"),
    "a day in another form": (row_of(stat_time_day="2024-02-02"), "`stat_time_day`"),
    "an hour of a day": (row_of(stat_time_day="2024-02-02 13:00:00"), "`stat_time_day`"),
    "no day": (row_of(stat_time_day="abc"), "`stat_time_day` is 'abc'"),
    "a null day": (row_of(stat_time_day=None), "`stat_time_day` is None"),
    "a day that is a list": (row_of(stat_time_day=[DAY]), "`stat_time_day`"),
    "a null id": (row_of(ad_id=None), "`ad_id` is None"),
    "an empty id": (row_of(ad_id=""), "`ad_id` is ''"),
    "an id that is a word": (row_of(ad_id="abc"), "`ad_id` is 'abc'"),
    "an id below zero": (row_of(ad_id="-5"), "`ad_id` is '-5'"),
    "a number below zero as an id": (row_of(ad_id=-5), "`ad_id` is -5"),
    "a truth as an id": (row_of(ad_id=True), "`ad_id` is True"),
    "an id that lost digits": (row_of(ad_id=1.8e18), "`ad_id` is 1.8e+18"),
    "another account": (row_of(advertiser_id=OTHER_ACCOUNT), f"`advertiser_id` is '{OTHER_ACCOUNT}'"),
    "another account at the root": (row_of() | {"advertiser_id": OTHER_ACCOUNT}, "`advertiser_id`"),
    "another account as a metric": (row_of(full(advertiser_id=OTHER_ACCOUNT)), "`advertiser_id`"),
    "no dimensions": ({"metrics": full()}, "another shape"),
    "a dimension too few": ({"dimensions": {"ad_id": "17"}, "metrics": full()}, "another shape"),
    "no metrics": ({"dimensions": row_of()["dimensions"], "metrics": None}, "another shape"),
    "no row": (None, "another shape"),
    "a text": ("row", "another shape"),
}


@pytest.mark.parametrize(("strange", "why"), STRANGE.values(), ids=STRANGE)
def test_a_row_that_was_not_asked_for_is_told_and_the_others_of_its_page_are_kept(strange: Any, why: str) -> None:
    good = [row_of(ad_id="1"), row_of(ad_id="2")]

    page = page_of([good[0], strange, good[1]])

    assert page.rows == good
    assert page.doubt is not None
    assert page.doubt.strange
    assert "1 of 3 rows" in page.doubt.reason
    assert why in page.doubt.reason


@pytest.mark.parametrize(
    ("hour", "is_good"),
    [("2024-02-01 23:00:00", True), ("2024-02-01 24:00:00", False), ("2024-02-02 00:00:00", False)],
)
def test_an_hour_is_one_of_the_24_of_its_day(hour: str, is_good: bool) -> None:
    row = {"dimensions": {"ad_id": "17", "stat_time_hour": hour}, "metrics": full()}
    page = page_of([row], "ads_reports_hourly", **HOURS)

    assert (page.rows == [row], page.doubt is None) == (is_good, is_good)


@pytest.mark.parametrize("account", [ACCOUNT, int(ACCOUNT), None, "-"])
def test_the_asked_account_may_be_told_in_any_form_or_not_at_all(account: Any) -> None:
    assert page_of([row_of(advertiser_id=account)]).doubt is None


@pytest.mark.parametrize(
    ("field", "ids", "is_good"),
    [
        ("campaign_ids", ["170"], True),
        ("campaign_ids", ["171", "170"], True),
        ("campaign_ids", ["171"], False),
        ("adgroup_ids", ["18"], True),
        ("adgroup_ids", ["19"], False),
    ],
)
def test_a_row_of_an_object_that_was_not_asked_for_is_strange(field: str, ids: list[str], is_good: bool) -> None:
    row = row_of(full(campaign_id="170", adgroup_id="18"))

    assert (page_of([row], filters={field: ids}).doubt is None) is is_good


@pytest.mark.parametrize("dash", ["ad_id", "stat_time_day"])
def test_a_row_whose_time_or_id_is_a_dash_is_no_row_but_counts(dash: str) -> None:
    page = page_of([row_of(), row_of(**{dash: "-"}), row_of(**{dash: "-"})])

    assert (page.rows, page.placeholders, page.doubt) == ([row_of()], 2, None)


def test_a_group_of_people_without_a_name_is_a_group() -> None:
    rows = [row_of(gender=gender, age="-") for gender in ("-", "MALE", "")]
    page = page_of(rows, "ads_audience_reports_daily")

    assert (page.rows, page.placeholders, page.doubt) == (rows, 0, None)
    assert len(set(page.keys)) == 3


@pytest.mark.parametrize("group", [{"gender": None, "age": "-"}, {"gender": "MALE"}], ids=str)
def test_a_null_or_missing_group_is_strange(group: Row) -> None:
    page = page_of([row_of(**group)], "ads_audience_reports_daily")

    assert (page.rows, page.doubt and page.doubt.strange) == ([], True)


@pytest.mark.parametrize("spelling", ["17", 17, "0017"])
def test_keys_are_compared_as_they_are_emitted(spelling: Any) -> None:
    page = page_of([row_of(), row_of(ad_id=spelling)])

    assert len(page.rows) == 2
    assert len(set(page.keys)) == 1


# One whose key is published as a whole number, and one whose key is a text.
OBJECTS = pytest.mark.parametrize("entity", [ROWS["ads"], ROWS["pixels"]], ids=["integer", "string"])
OF_ACCOUNT = {"advertiser_id": ACCOUNT}


@OBJECTS
@pytest.mark.parametrize("id_", [None, "", [], {}, True], ids=repr)
def test_an_object_without_an_id_is_strange(entity: Entity, id_: Any) -> None:
    key = entity.key
    page = object_evidence(entity, OF_ACCOUNT).page(answer([{key: "1"}, {key: id_}]), "list")

    assert page.rows == [{key: "1"}]
    assert page.doubt is not None
    assert page.doubt.strange


@OBJECTS
def test_an_object_of_another_account_is_strange_and_one_whose_id_is_a_dash_is_none(entity: Entity) -> None:
    rows = [
        {entity.key: "1", "advertiser_id": OTHER_ACCOUNT},
        {entity.key: "-"},
        {entity.key: "2", "advertiser_id": ACCOUNT},
    ]
    page = object_evidence(entity, OF_ACCOUNT).page(answer(rows), "list")

    assert (page.rows, page.placeholders) == (rows[2:], 1)
    assert page.doubt is not None
    assert OTHER_ACCOUNT in page.doubt.reason


def test_what_a_list_is_about_is_told_apart_with_its_kind_and_held_against_the_question() -> None:
    products, assets = ROWS["gmv_max_products"], ROWS["business_center_assets"]
    asked = {**OF_ACCOUNT, "params": {"store_id": "7", "bc_id": "8"}}
    of_shop = [{"store_id": "7", "item_group_id": "1"}, {"store_id": "9", "item_group_id": "2"}]
    of_kinds = [{"asset_type": "PIXEL", "asset_id": "1"}, {"asset_type": "CATALOG", "asset_id": "1"}]

    page = object_evidence(products, asked).page(answer(of_shop), "list")

    assert page.rows == of_shop[:1]
    assert len(set(object_evidence(assets, {"bc_id": "8"}).page(answer(of_kinds), "list").keys)) == 2


def test_an_object_without_a_key_is_told_apart_by_all_that_it_says() -> None:
    rows = [{"business_type": "LEAD_GEN", "instant_page_events": {"x": 1}}, {"business_type": "LEAD_GEN"}]
    page = object_evidence(ROWS["pixel_instant_page_events"], OF_ACCOUNT).page(answer([*rows, *rows]), "list")

    assert len(set(page.keys)) == 2


@pytest.mark.parametrize("odd", [{}, {"a": [{}]}, [], "business_type", 0.5, None], ids=repr)
def test_what_has_none_of_the_published_fields_is_no_object(odd: Any) -> None:
    good = {"business_type": "LEAD_GEN"}
    page = object_evidence(ROWS["pixel_instant_page_events"], OF_ACCOUNT).page(answer([good, odd]), "list")

    assert page.rows == [good]
    assert page.doubt is not None
    assert page.doubt.strange


def answer(rows: list[Any]) -> Answer:
    return Answer(rule_of(0), 0, "OK", data={"list": rows})


DAYS = [str(date(2024, 1, 25) + timedelta(days=day)) for day in range(15)]
TEXTS = st.sampled_from(
    [*(f"{day} 00:00:00" for day in DAYS), "-", "", "abc", "2024-02-02", "2024-02-02 01:00:00"]
)
IDS = st.one_of(
    st.integers(1, 9).map(str), st.integers(1, 9), st.sampled_from(["-", "", "007", "x", "-5", None, 1e18])
)


@given(st.lists(st.tuples(IDS, TEXTS, st.sampled_from([None, ACCOUNT, OTHER_ACCOUNT])), max_size=8))
def test_the_look_at_a_page_by_columns_finds_what_the_look_at_each_row_finds(
    values: list[tuple[Any, str, str | None]],
) -> None:
    rows = [row_of(ad_id=id_, stat_time_day=day, advertiser_id=account) for id_, day, account in values]

    page, alone = page_of(rows), [page_of([row]) for row in rows]

    assert page.rows == [row for one in alone for row in one.rows]
    assert list(page.keys) == [key for one in alone for key in one.keys]
    assert page.placeholders == sum(one.placeholders for one in alone)
    assert (page.doubt is None) == all(one.doubt is None for one in alone)
    asked = {f"{day} 00:00:00" for day in DAYS if "2024-02-01" <= day <= "2024-02-03"}
    assert all(row["dimensions"]["stat_time_day"] in asked for row in page.rows)
    assert all(row["dimensions"]["advertiser_id"] != OTHER_ACCOUNT for row in page.rows)


# What a stream makes of it


def daily(tiktok: Loopback, script: Callable[[Request], Reply], name: str = "advertisers_reports_daily") -> Any:
    tiktok.script = script
    raw = raw_config({"advertiser_id": ACCOUNT}, start_date="2024-02-01", end_date="2024-02-03")
    return stream_of(ROWS[name], context_of(raw, infos={ACCOUNT: {"timezone": "UTC"}}))


def read(stream: Any) -> list[Row]:
    return [row for slice_ in stream.stream_slices() for page in stream.read_pages(slice_) for row in page]


def account_row(day: int, request: Request, **changes: Any) -> Row:
    dimensions = {"advertiser_id": ACCOUNT, "stat_time_day": f"2024-02-0{day} 00:00:00"} | changes
    return whole({"dimensions": dimensions, "metrics": {"spend": "1"}}, request)


def warnings(caplog: pytest.LogCaptureFixture, *words: str) -> list[str]:
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    return [line for line in said if all(word in line for word in words)]


def test_a_strange_row_for_once_is_healed_by_reading_again(tiktok: Loopback) -> None:
    stray = {"advertiser_id": OTHER_ACCOUNT}
    stream = daily(
        tiktok,
        lambda request: listing(
            [account_row(1, request), account_row(2, request, **(stray if len(tiktok.requests) == 1 else {}))],
            request,
        ),
    )

    records = read(stream)

    assert [record["stat_time_day"][:10] for record in records] == ["2024-02-01", "2024-02-02"]
    assert len(tiktok.requests) == 2


def test_strange_rows_that_last_fail_the_window_and_are_not_emitted(tiktok: Loopback) -> None:
    stream = daily(
        tiktok,
        lambda request: listing([account_row(1, request), account_row(2, request, stat_time_day="abc")], request),
    )
    (slice_,) = stream.stream_slices()
    found: list[Row] = []

    with pytest.raises(StrangeRows, match=f"{ACCOUNT} from 2024-02-01 to 2024-02-03 .*`stat_time_day` is 'abc'"):
        found.extend(row for page in stream.read_pages(slice_) for row in page)
    assert [record["stat_time_day"] for record in found] == ["2024-02-01 00:00:00"]
    assert len(tiktok.requests) == MAX_READS


def test_placeholders_are_left_out_and_taken_off_the_count_and_told_once(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    stream = daily(
        tiktok,
        lambda request: listing(
            [account_row(1, request), *(account_row(2, request, stat_time_day="-") for _ in range(2))], request
        ),
    )

    assert [len(read(stream)), len(read(stream))] == [1, 1]
    assert len(warnings(caplog, "2 rows", "dash", ACCOUNT)) == 1


def without(name: str, rows: Iterable[Row]) -> list[Row]:
    return [row | {"metrics": {one: text for one, text in row["metrics"].items() if one != name}} for row in rows]


def counted(rows: list[Row]) -> Reply:
    return envelope({"list": rows, "page_info": {"total_number": len(rows)}})


def test_a_metric_missing_for_once_is_read_again(tiktok: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    def script(request: Request) -> Reply:
        rows = [account_row(1, request), account_row(2, request)]
        return counted(without("spend", rows[:1]) + rows[1:] if len(tiktok.requests) == 1 else rows)

    records = read(daily(tiktok, script))

    assert [record["metrics"]["spend"] for record in records] == ["1", "1"]
    assert warnings(caplog) == []


@pytest.mark.parametrize("rows_without", [1, 2], ids=["some rows", "all rows"])
def test_a_metric_that_rows_go_on_lacking_is_null_there_and_told_once(
    rows_without: int, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    def script(request: Request) -> Reply:
        rows = [account_row(1, request), account_row(2, request)]
        return counted(without("spend", rows[:rows_without]) + rows[rows_without:])

    stream = daily(tiktok, script)
    records = read(stream)
    asked = len(tiktok.requests)

    spend = {record["stat_time_day"][9]: record["metrics"]["spend"] for record in records}
    assert spend == {"1": None, "2": None if rows_without == 2 else "1"}
    assert len(read(stream)) == 2
    assert (asked, len(tiktok.requests) - asked) == (3, 1)
    assert len(warnings(caplog, "advertisers_reports_daily", "spend")) == 1


def test_a_success_within_seconds_of_a_throttle_answer_is_read_once_more(tiktok: Loopback) -> None:
    def script(request: Request) -> Reply:
        if len(tiktok.requests) == 1:
            return failure(40100)
        days = (1,) if len(tiktok.requests) == 2 else (1, 2, 3)
        return listing([account_row(day, request) for day in days], request)

    stream = daily(tiktok, script)

    assert [record["stat_time_day"][9] for record in read(stream)] == ["1", "2", "3"]
    assert len(tiktok.requests) == 3
    assert len(read(stream)) == 3
    assert len(tiktok.requests) == 4


def test_in_part_for_ever_is_emitted_and_leaves_the_window_open(tiktok: Loopback) -> None:
    def script(request: Request) -> Reply:
        day = int(request.params["start_date"][-1])
        return envelope({"list": [account_row(day, request)], "page_info": {"total_number": 1}}, code=20001)

    stream = daily(tiktok, script)
    (slice_,) = stream.stream_slices()
    found: list[Row] = []

    with pytest.raises(Incomplete, match="20001"):
        found.extend(record for page in stream.read_pages(slice_) for record in page)
    assert [record["stat_time_day"][9] for record in found] == ["1"]
