"""The fast way of a report page gives the bytes of the other way, or leaves the page to it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_tiktok_marketing.api.answers import Parse, judge, parsed
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import REPORTS, Report
from source_tiktok_marketing.streams import typed
from source_tiktok_marketing.streams.asked import report_evidence
from source_tiktok_marketing.streams.evidence import is_typed
from source_tiktok_marketing.streams.page import Page
from source_tiktok_marketing.streams.report_values import compile_report
from source_tiktok_marketing.streams.typed import TypedPages, TypedRecords
from source_tiktok_marketing.streams.values import type_of
from unit_tests.builders import ACCOUNT, OTHER_ACCOUNT, ROWS, names

Pairs = list[tuple[str, Any]]

ADS = ROWS["ads_reports_daily"]
METRICS = ("campaign_name", "campaign_id", "spend", "likes", "average_video_play")
REFUSED, MISSING = "cash_spend", "likes"
CAMPAIGNS = ("17", "1720000000000000001")


# Both ways


def outcome(report: Report, body: bytes, parse: Parse, *missing: str) -> tuple[Any, ...]:
    """All that the rest of the connector sees of a page: envelope, evidence, lines; or the error."""
    answer = judge(200, body, parse)
    seen = (answer.code, answer.message, answer.request_id)
    filters = {"campaign_ids": [*CAMPAIGNS]} if report.level is not report.level.ADVERTISER else {}
    days = {"start_date": "2024-02-08", "end_date": "2024-02-09"}
    query = {"advertiser_id": ACCOUNT, **days, "filters": filters}
    evidence = report_evidence(report, query, frozenset(asked_of(report)).difference(missing), frozenset())
    try:
        listed = evidence.page(answer, "list")
        proof = (listed.keys, listed.page_info, listed.placeholders, listed.doubt)
        return (*seen, *proof, bytes(Page.of(report.name, records_of(report, listed.rows, *missing), 17).lines))
    except Exception as error:  # noqa: BLE001  # whatever it is, it has to be the same
        return (*seen, type(error), str(error))


def records_of(report: Report, rows: list[Any], *missing: str) -> Any:
    if is_typed(rows):
        return TypedRecords(rows, ACCOUNT, schema_of(report))
    return compile_report(schema_of(report), report.dimensions)(rows, ACCOUNT, {REFUSED, *missing})


@cache
def fast(report: Report, metrics: tuple[str, ...] = METRICS, *missing: str) -> Parse:
    """The fast way, which does not give up."""
    pages_ = TypedPages(schema_of(report), report.dimensions)
    accounts = map(str, count())

    def parse(body: bytes) -> Any:
        return pages_.parser(next(accounts), metrics, {REFUSED}, missing)(body)

    return parse


def asked_of(report: Report) -> tuple[str, ...]:
    """A few metrics of each type, of those that the report offers."""
    return tuple(metric.name for metric in report.metrics if metric.name in METRICS)


def rows_of(body: bytes, report: Report = ADS) -> list[Any]:
    rows: list[Any] = judge(200, body, fast(report)).data["list"]
    return rows


# Pages


def written(value: Any, *, ascii_: bool = False, space: str = "") -> str:
    """JSON in any spelling; a list of pairs is an object, whose keys may come twice."""
    if isinstance(value, list) and all(isinstance(item, tuple) for item in value) and value:
        more = f",{space}"
        fields = (f"{json.dumps(name)}{space}:{space}{written(item, ascii_=ascii_)}" for name, item in value)
        return "{" + more.join(fields) + "}"
    if isinstance(value, list):
        return f"[{','.join(written(item, ascii_=ascii_, space=space) for item in value)}]"
    return value.text if isinstance(value, Literally) else json.dumps(value, ensure_ascii=ascii_)


class Literally:
    """JSON as it stands."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def envelope(rows: Any, **changes: Any) -> Pairs:
    info = {"page": 1, "page_size": 1000, "total_number": 2, "total_page": 1}
    whole = {"code": 0, "message": "OK", "request_id": "2024", "data": [("list", rows), ("page_info", info)]}
    return [*(whole | changes).items()]


DAY = ("stat_time_day", "2024-02-09 00:00:00")
SECOND = [("ad_id", "1790000000003002"), DAY]


def row(dimensions: Pairs | None = None, **metrics: Any) -> Pairs:
    given_ = dimensions or [("ad_id", "1790000000003001"), ("stat_time_day", "2024-02-09 00:00:00")]
    values = {"campaign_name": "Spring", "campaign_id": "17", "spend": "1.50", "likes": "3"}
    return [("dimensions", given_), ("metrics", [*(values | {"average_video_play": "1.52"} | metrics).items()])]


def page(*rows: Pairs, **changes: Any) -> bytes:
    return written(envelope(list(rows), **changes)).encode("utf-8", "surrogatepass")


texts = st.one_of(
    st.sampled_from(
        ["", "-", "--", ':"-"', '"-', "null", "NaN", "0", "Campaign ünï 😀", "a\\b\n\t\x7f", "%b %", "1e5"]
    ),
    st.text(max_size=6),
    st.text("0123456789.-+eE_ ", max_size=9),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.floats().map(repr),
    st.integers(-(10**25), 10**25).map(str),
    st.integers(-(10**6), 10**6).map(lambda number: f"{number / 100:.2f}"),
)
odd_json = """
    17 -0 -0.0 1.0 1.5 1e3 1E400 0.00001 1e16 null true NaN 01 - {} ["a",1] {"a":{"b":"-"}} "\\ud800" "\\u0031"
    18446744073709551616 9223372036854775808
"""
literals = st.sampled_from(odd_json.split())
values = st.one_of(texts, texts, texts, literals.map(Literally))
whole_numbers = st.sampled_from(["0", "17", "-3", "1720000000000000001", "9223372036854775807", "-"])
decimals = st.one_of(whole_numbers, st.integers(-(10**6), 10**9).map(lambda number: f"{number / 1000:.3f}"))
times = st.sampled_from(["2024-02-08 00:00:00", "2024-02-09 00:00:00"])
USUAL = (
    {"likes": decimals, "average_video_play": decimals, "campaign_id": st.sampled_from(CAMPAIGNS)}
    | dict.fromkeys(("adgroup_id", "ad_id"), whole_numbers)
    | {"advertiser_id": st.just(ACCOUNT), "stat_time_day": times, "stat_time_hour": times}
)
# Where a page is odd: at one place, or hardly one would go the fast way.
PLACES = ["nowhere", "a dimension", "a metric", "dimensions", "metrics", "row", "envelope"]
ENVELOPES: list[dict[str, Any]] = [
    {"code": 40001},
    {"code": "0"},
    {"message": None},
    {"more": "-"},
    {"data": None},
]


@st.composite
def mappings(draw: st.DrawFn, asked: tuple[str, ...], odd_value: bool, odd: bool) -> Any:
    """What was asked for; where that is odd, less, more, twice, in another order, or no mapping at all."""
    pairs = [(name, draw(values if odd_value else USUAL.get(name, texts))) for name in asked]
    match draw(st.integers(0, 3)) if odd else None:
        case 0:
            pairs = draw(st.permutations(pairs))
        case 1:
            pairs = pairs[1:]
        case 2:
            pairs.append((draw(st.sampled_from(["of_tomorrow", "cash_spend", "metrics", *asked])), draw(values)))
        case 3:
            return draw(literals.map(Literally))
    return pairs


@st.composite
def pages(draw: st.DrawFn) -> tuple[Report, bytes]:
    report = draw(st.sampled_from(REPORTS))
    place = draw(st.sampled_from(PLACES))
    rows: list[Pairs] = []
    for _ in range(draw(st.integers(1, 3))):
        is_odd = place if draw(st.booleans()) else ""
        parts = [
            ("dimensions", draw(mappings(report.dimensions, is_odd == "a dimension", is_odd == "dimensions"))),
            ("metrics", draw(mappings(asked_of(report), is_odd == "a metric", is_odd == "metrics"))),
        ]
        more = draw(st.sampled_from([[], [("more", "x")], [("advertiser_id", OTHER_ACCOUNT)]]))
        rows.append(draw(st.permutations([*parts, *more])) if is_odd == "row" else parts)
    changes = draw(st.sampled_from(ENVELOPES)) if place == "envelope" else {}
    space = draw(st.sampled_from(["", "", " ", "\n"]))
    text = written(envelope(rows, **changes), ascii_=draw(st.booleans()), space=space)
    return report, text.encode("utf-8", "surrogatepass")


@settings(max_examples=500)
@given(drawn=pages())
def test_any_page_gives_what_it_gives_without_the_fast_way(drawn: tuple[Report, bytes]) -> None:
    report, body = drawn

    assert outcome(report, body, fast(report, asked_of(report))) == outcome(report, body, parsed)


numbers = st.one_of(
    st.decimals(-(10**15), 10**15, allow_nan=False, places=4).map(lambda value: f"{value:f}"),
    st.decimals(-(10**15), 10**15, allow_nan=False).map(lambda value: f"{value:f}"),
    st.floats(-1e15, 1e15).map(repr),
    st.integers(-(2**63), 2**63 - 1).map(str),
)


@settings(max_examples=300)
@given(number=numbers, text=st.text(max_size=20))
def test_a_number_and_a_text_are_written_as_they_are_without_the_fast_way(number: str, text: str) -> None:
    body = page(row(average_video_play=number, campaign_name=text, spend=number))

    assert outcome(ADS, body, fast(ADS)) == outcome(ADS, body, parsed)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_metric_that_rows_may_lack_is_null_where_it_is_missing(is_there: bool) -> None:
    kept = [pair for pair in row(likes="-")[1][1] if is_there or pair[0] != MISSING]
    body = page(row(SECOND), [row()[0], ("metrics", kept)])
    parse = fast(ADS, METRICS, MISSING)

    assert is_typed(judge(200, body, parse).data["list"])
    assert outcome(ADS, body, parse, MISSING) == outcome(ADS, body, parsed, MISSING)


# Which pages go which way

TAKEN = [
    ("campaign_name", 'Spring "sale": "-" ünï 😀'),
    ("campaign_name", ""),
    ("campaign_name", "-"),
    ("campaign_name", "null"),
    ("spend", "0.00"),
    ("spend", "-"),
    ("campaign_id", "9223372036854775807"),
    ("campaign_id", "-"),
    ("likes", "0"),
    ("likes", "-"),
    ("likes", 17),
    ("average_video_play", "1.520"),
    ("average_video_play", "1e2"),
    ("average_video_play", 1.5),
]
LEFT = [
    ("campaign_name", None),
    ("spend", 1.5),
    ("campaign_id", "1.0"),
    ("campaign_id", 1.0),
    ("campaign_id", "9223372036854775808"),
    ("likes", ""),
    ("likes", "null"),
    ("likes", "nan"),
    ("likes", "1_0"),
    ("likes", "007"),
    ("likes", True),
    ("average_video_play", "1e16"),
    ("average_video_play", None),
    ("average_video_play", ["1"]),
    ("of_tomorrow", "1"),
    ("cash_spend", "1"),
]


@pytest.mark.parametrize(("name", "value"), TAKEN, ids=repr)
def test_a_usual_value_goes_the_fast_way(name: str, value: Any) -> None:
    body = page(row(), row(SECOND, **{name: value}))

    assert is_typed(rows_of(body))
    assert outcome(ADS, body, fast(ADS)) == outcome(ADS, body, parsed)


@pytest.mark.parametrize(("name", "value"), LEFT, ids=repr)
def test_an_odd_value_leaves_its_page_to_the_other_way(name: str, value: Any) -> None:
    body = page(row(), row(SECOND, **{name: value}))

    assert not is_typed(rows_of(body))
    assert outcome(ADS, body, fast(ADS)) == outcome(ADS, body, parsed)


ODD_PAGES = {
    "a dimension is missing": page(row([DAY])),
    "a dimension is unknown": page(row([("ad_id", "1"), DAY, ("gender", "MALE")])),
    "a dimension is a number": page(row([("ad_id", 1), DAY])),
    "a metric is missing": page([row()[0], ("metrics", [("spend", "1")])]),
    "the answer is a failure": page(code=40001, data=None),
}


@pytest.mark.parametrize("body", ODD_PAGES.values(), ids=ODD_PAGES)
def test_an_odd_page_goes_the_other_way(body: bytes) -> None:
    answer = judge(200, body, fast(ADS))

    assert not is_typed(answer.data.get("list", [{}]))
    assert outcome(ADS, body, fast(ADS)) == outcome(ADS, body, parsed)


USUAL_PAGES = {
    "dimensions change their order": page(row(SECOND), row([DAY, ("ad_id", "1")])),
    "metrics change their order": page(row(SECOND), [row()[0], ("metrics", row()[1][1][::-1])]),
    "a row holds more": page([*row(), ("more", 1)]),
    "a dimension is a dash": page(row(), row([("ad_id", "-"), DAY])),
    "a row names its account": page([*row(), ("advertiser_id", ACCOUNT)]),
    "a row is another account's": page([*row(), ("advertiser_id", OTHER_ACCOUNT)]),
    "a row is of another day": page(row(), row([("ad_id", "1"), ("stat_time_day", "2024-02-10 00:00:00")])),
    "a row is of another campaign": page(row(), row(SECOND, campaign_id="18")),
    "a row came twice": page(row(), row()),
    "a success in part": page(row(), code=20001),
}


@pytest.mark.parametrize("body", USUAL_PAGES.values(), ids=USUAL_PAGES)
def test_the_rows_of_a_typed_page_are_held_against_what_was_asked_for(body: bytes) -> None:
    assert is_typed(rows_of(body))
    assert outcome(ADS, body, fast(ADS)) == outcome(ADS, body, parsed)


def test_a_body_that_is_no_answer_is_judged_as_ever() -> None:
    for body in (
        b"",
        b"<html>",
        b"[]",
        b'{"code":0',
        b'{"code":0,"data":null}',
        b'{"code":0,"data":{"list":null}}',
    ):
        assert judge(504, body, fast(ADS)) == judge(504, body)


@pytest.mark.parametrize("report", REPORTS, ids=names(REPORTS))
def test_every_report_has_a_fast_way(report: Report) -> None:
    schema = schema_of(report)["properties"]["metrics"]["properties"]
    metrics = {
        metric.name: {"string": "text", "array": ["one", "two"]}.get(type_of(schema[metric.name]), "17")
        for metric in report.metrics
    }
    usual = {"advertiser_id": ACCOUNT, "stat_time_day": DAY[1], "stat_time_hour": DAY[1]}
    dimensions = [(name, usual.get(name, "17")) for name in report.dimensions]
    body = page([("dimensions", dimensions), ("metrics", [*metrics.items()])])
    parse = fast(report, tuple(metrics))

    assert is_typed(judge(200, body, parse).data["list"])
    assert outcome(report, body, parse) == outcome(report, body, parsed)
    assert outcome(report, body, parse)[-1].count(b"\n") == 1


SMART = ROWS["smart_plus_ads_reports_daily"]


@pytest.mark.parametrize(
    "texts", [["one"], [], ["-"], "-", "", "one", '["one"]', None, 1, ["one", None], [["one"]]], ids=str
)
def test_lists_of_texts_are_read_alike(texts: Any) -> None:
    body = page(
        [("dimensions", [("ad_id_v2", "17"), DAY]), ("metrics", [("spend", "1"), ("ad_text_list", texts)])]
    )
    metrics = ("spend", "ad_text_list")
    assert outcome(SMART, body, fast(SMART, metrics)) == outcome(SMART, body, parsed)


def test_an_account_whose_pages_go_the_other_way_is_not_tried_for_ever() -> None:
    pages_ = TypedPages(schema_of(ADS), ADS.dimensions)
    usual, odd = page(row()), page(row(likes=""))

    def goes_fast(account: str, body: bytes) -> bool:
        return is_typed(judge(200, body, pages_.parser(account, METRICS, (), ())).data["list"])

    some = [odd, odd, usual, odd, odd, usual, odd, odd, odd, usual]
    assert [goes_fast(ACCOUNT, body) for body in some].count(True) == 2
    assert not goes_fast(ACCOUNT, usual)
    assert goes_fast(OTHER_ACCOUNT, usual)


def test_failures_of_tiktoks_are_no_reason_to_give_up() -> None:
    parse = TypedPages(schema_of(ADS), ADS.dimensions).parser(ACCOUNT, METRICS, (), ())
    for _ in range(10):
        assert judge(200, page(code=40100, data={}), parse).code == 40100

    assert is_typed(judge(200, page(row()), parse).data["list"])


@pytest.mark.parametrize("name", ["of_tomorrow", "of tomorrow", "__init__"])
def test_a_metric_for_which_no_struct_can_be_made_is_read_the_other_way(name: str) -> None:
    pages_ = TypedPages(schema_of(ADS), ADS.dimensions)

    assert pages_.parser(ACCOUNT, (*METRICS, name), (), ()) is parsed


# What callers see that know the protocol only


def test_typed_records_are_objects_too() -> None:
    records = records_of(ADS, rows_of(page(row(), row(SECOND, likes="-"))))

    assert [record["metrics"]["likes"] for record in records] == [3, None]
    assert records[0]["ad_id"] == records[0]["dimensions"]["ad_id"] == 1790000000003001
    assert [record["advertiser_id"] for record in records[:2]] == [int(ACCOUNT)] * 2


# Without msgspec


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """Ask again whether msgspec can be used, before the test and after it."""
    typed.is_available.cache_clear()
    yield
    typed.is_available.cache_clear()


def parser_of_ads() -> Parse:
    return TypedPages(schema_of(ADS), ADS.dimensions).parser(ACCOUNT, METRICS, (), ())


def test_the_connector_starts_without_msgspec() -> None:
    code = (
        "import sys; sys.modules['msgspec'] = None;"
        "from source_tiktok_marketing.run import run;"
        "from source_tiktok_marketing.streams.typed import is_available;"
        "print(is_available())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603

    assert (ran.returncode, ran.stdout) == (0, "False\n"), ran.stderr


@pytest.mark.usefixtures("asked_anew")
def test_without_msgspec_every_page_goes_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed, "msgspec", None)

    assert parser_of_ads() is parsed


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize(("type_", "text", "value"), [("number", "1.50", 1.51), ("integer", "17", None)])
def test_a_msgspec_that_reads_another_way_is_left_alone_with_a_warning(
    type_: str, text: str, value: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(typed.PROBES[type_], text, value)

    assert parser_of_ads() is parsed
    assert f"{text!r} as {type_}" in caplog.text


def test_a_page_that_holds_all_that_msgspec_is_probed_with_is_exact() -> None:
    for type_, name in (("string", "campaign_name"), ("integer", "campaign_id"), ("number", "likes")):
        for text, value in typed.PROBES[type_].items():
            body = page(row(**{name: text}))
            assert is_typed(rows_of(body)) is (value is not None), (type_, text)
            assert outcome(ADS, body, fast(ADS)) == outcome(ADS, body, parsed)
