"""What a record costs, from TikTok's answer to the line on stdout, in units of parsing and writing it and no more.

Both are measured in turn in this process, on pages that fit into the processor's cache, so that whatever slows
one slows the other. Two tests show that the bounds notice a little work done for each record that has no place
there.
"""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from time import thread_time
from typing import Any

import orjson
import pendulum
import pytest
import requests

from source_tiktok_marketing.accounts.top_view import TOP_VIEW
from source_tiktok_marketing.accounts.watermarks import Watermarks, parse_time
from source_tiktok_marketing.api.answers import judge, parsed
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import Report
from source_tiktok_marketing.streams import stream_of
from source_tiktok_marketing.streams.page import Page
from source_tiktok_marketing.streams.typed import TypedRecords
from source_tiktok_marketing.streams.values import Record, type_of
from source_tiktok_marketing.sync.messages import SECONDS_PER_WATERMARK
from unit_tests.builders import ACCOUNT, ROWS, context_of, raw_config

pytestmark = pytest.mark.alone

ROWS_PER_PAGE = 40
REPEATS = 150
# A neighbour on the same processor can spoil a whole measurement, though hardly one after the other.
ATTEMPTS = 4
WINDOW = {"start_date": "2024-02-01", "end_date": "2024-02-09"}
DAYS = 9
ACCOUNTS = 1000

# A quarter above what Python 3.11 needs. Whoever makes the converters faster may lower them.
BOUNDS = {"ads_reports_daily": 2.8, "advertisers_audience_reports_daily": 4.3, "ads": 5.6}
# The same for the pages of a report that the parser cannot read into the published types itself.
OTHER_WAY = {"ads_reports_daily": 6.4, "advertisers_audience_reports_daily": 8.2}

EMPTY = b'{"code":0,"data":{"list":[],"page_info":{"total_number":0}}}'

Step = Callable[[Sequence[Record]], Sequence[Record]]


def body_of(name: str) -> bytes:
    """A page as TikTok sends it: a dash here, a decimal there."""
    row = ROWS[name]
    make = report_row if isinstance(row, Report) else object_row
    rows = [make(name, number) for number in range(ROWS_PER_PAGE)]
    info = {"page": 1, "page_size": 1000, "total_number": len(rows), "total_page": 1}
    return orjson.dumps({"code": 0, "message": "OK", "data": {"list": rows, "page_info": info}})


def report_row(name: str, number: int) -> Record:
    """A row of text, as all report rows are."""
    row = ROWS[name]
    assert isinstance(row, Report)
    given = {
        "advertiser_id": ACCOUNT,
        "stat_time_day": f"2024-02-{1 + number % DAYS:02} 00:00:00",
        "gender": "FEMALE",
        "age": f"AGE_{number // DAYS}",
    }
    dimensions = {field: given.get(field, f"{17 * 10**17 + number}") for field in row.dimensions}
    texts = ("0", f"{number}", f"{number}.25", "-")
    metrics = {metric.name: texts[place % 4] for place, metric in enumerate(row.metrics)}
    numbers = {
        field: f"{number + place}.5" if place % 3 == 0 else f"{number + place}"
        for place, (field, spec) in enumerate(schema_of(row)["properties"]["metrics"]["properties"].items())
        if field in metrics and type_of(spec) == "number"
    }
    ids = {field: str(18 * 10**17) for field in metrics if field.endswith("_id")}
    return {"dimensions": dimensions, "metrics": metrics | numbers | ids}


def object_row(name: str, number: int) -> Record:
    """An object with a value in each of its fields."""
    values: dict[str, Any] = {"string": "text", "integer": "17", "number": 1.5, "boolean": True}

    def value_of(spec: Any) -> Any:
        return [value_of(spec["items"])] if type_of(spec) == "array" else values.get(type_of(spec))

    fields = {field: value_of(spec) for field, spec in schema_of(ROWS[name])["properties"].items()}
    own = {ROWS[name].primary_key[0]: f"{number}", "advertiser_id": ACCOUNT}
    return fields | own | {"modify_time": "2024-02-09 10:00:00"}


def lines_of(name: str, body: bytes, extra: Step, *, fast: bool = True) -> Callable[[], bytes]:
    """The way of a page through a stream, but for the network."""
    context = context_of(raw_config())
    context.client.once((TOP_VIEW, ACCOUNT), lambda: False)
    stream = stream_of(ROWS[name], context)

    def fetch(slice_: Any, *_: Any) -> tuple[None, requests.Response]:
        response = requests.Response()
        top_view = TOP_VIEW in slice_.get("buying_types", ())
        parse = stream.request_kwargs(None, slice_).get("parse", parsed) if fast else parsed
        vars(response)["tiktok_answer"] = judge(200, EMPTY if top_view else body, parse)
        return None, response

    stream._fetch_next_page = fetch  # type: ignore[assignment,method-assign]
    slice_ = {"advertiser_id": ACCOUNT, **WINDOW}

    def read() -> bytes:
        parts = [Page.of(name, extra(rows), 0).lines for rows in stream.read_pages(slice_) if rows]
        return b"".join(parts)

    return read


def reference_of(body: bytes) -> Callable[[], bytes]:
    """Parse the page, write its rows."""

    def read() -> bytes:
        return b"\n".join([orjson.dumps(row) for row in orjson.loads(body)["data"]["list"]])

    return read


def ratio(work: Callable[[], Any], reference: Callable[[], Any]) -> float:
    """How many times the reference the work costs: each at its best, measured in turn."""
    pairs = [(seconds_of(work), seconds_of(reference)) for _ in range(REPEATS)]
    return min(one for one, _ in pairs) / min(other for _, other in pairs)


def seconds_of(work: Callable[[], Any]) -> float:
    """CPU seconds of this thread."""
    started = thread_time()
    work()
    return thread_time() - started


def nothing(records: Sequence[Record]) -> Sequence[Record]:
    """Nothing more than the connector does."""
    return records


def parse_a_date(records: Sequence[Record]) -> Sequence[Record]:
    """What a cursor that looks at each record would do."""
    for day in days_of(records):
        parse_time(day)
    return records


def days_of(records: Sequence[Record]) -> Iterable[str]:
    if isinstance(records, TypedRecords):
        return (row.dimensions.stat_time_day for row in records._rows)
    return (record["stat_time_day"] for record in records)


def copy_each(records: Sequence[Record]) -> Sequence[Record]:
    """What a converter that does not work in place would do."""
    return [deepcopy(record) for record in records]


def cost_of(name: str, extra: Step, *, fast: bool = True) -> float:
    """What a page costs, with something extra for each record, as a multiple of the reference."""
    body = body_of(name)
    return ratio(lines_of(name, body, extra, fast=fast), reference_of(body))


@pytest.mark.parametrize("name", BOUNDS)
def test_a_record_costs_a_few_times_what_parsing_and_writing_it_costs(name: str) -> None:
    assert any(cost_of(name, nothing) < BOUNDS[name] for _ in range(ATTEMPTS))


@pytest.mark.parametrize("name", OTHER_WAY)
def test_a_record_that_the_converter_reads_costs_a_few_times_as_much(name: str) -> None:
    assert any(cost_of(name, nothing, fast=False) < OTHER_WAY[name] for _ in range(ATTEMPTS))


@pytest.mark.parametrize("extra", [parse_a_date, copy_each])
def test_the_bounds_notice_a_date_that_is_parsed_and_a_record_that_is_copied(extra: Step) -> None:
    name = "advertisers_audience_reports_daily"
    assert cost_of(name, extra) > BOUNDS[name]
    assert cost_of(name, extra, fast=False) > OTHER_WAY[name]


def test_a_measured_page_is_one_that_the_connector_reads_whole() -> None:
    for name in BOUNDS:
        lines = lines_of(name, body_of(name), nothing)().splitlines()
        assert len(lines) == ROWS_PER_PAGE
        assert len(orjson.loads(lines[0])["record"]["data"]) > 2


def test_the_state_of_many_accounts_takes_a_small_share_of_the_time_between_two_states() -> None:
    accounts = [f"{73 * 10**17 + number}" for number in range(ACCOUNTS)]
    marks = Watermarks("stat_time_day", None)
    for account in accounts:
        marks.set(account, pendulum.datetime(2024, 2, 9))

    seconds = seconds_of(lambda: orjson.dumps(marks.state(accounts, "YYYY-MM-DD")))

    assert seconds < 0.1 * ACCOUNTS * SECONDS_PER_WATERMARK
