"""The proof that a listing was read whole: each row once, or a loud complaint."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from source_tiktok_marketing.api.errors import ApiError, Incomplete, Malformed
from source_tiktok_marketing.streams import stream_of
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.listing import MAX_READS, Pass
from unit_tests.builders import ACCOUNT, ROWS, context_of, raw_config
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure

SIZE = 3
SLICE = {"advertiser_id": ACCOUNT}


def read_by_key() -> Iterator[str]:
    """The keys that a listing with small pages gives; what it emits twice comes twice."""
    stream = stream_of(replace(ROWS["audiences"], page_size=SIZE), context_of(raw_config()))
    for rows in stream.list_pages(SLICE, Keys()):
        yield from [row["audience_id"] for row in rows]


def read_until_error() -> tuple[list[str], Exception | None]:
    found: list[str] = []
    try:
        found.extend(read_by_key())
    except (Incomplete, ApiError) as error:
        return found, error
    return found, None


def keys(count: int) -> list[str]:
    return [f"k{number}" for number in range(count)]


def page(rows: list[str], page_info: dict[str, Any] | None) -> Reply:
    data: dict[str, Any] = {"list": [{"audience_id": key} for key in rows]}
    return envelope(data if page_info is None else data | {"page_info": page_info})


PageInfo = Callable[[int, list[str]], dict[str, Any] | None]


def serve(rows: list[str], page_info: PageInfo) -> Callable[[Request], Reply]:
    def script(request: Request) -> Reply:
        number = int(request.params["page"])
        return page(rows[(number - 1) * SIZE : number * SIZE], page_info(number, rows))

    return script


def usual(number: int, rows: list[str]) -> dict[str, Any]:
    return {"page": number, "page_size": SIZE, "total_number": len(rows), "total_page": -(-len(rows) // SIZE)}


PAGE_INFOS: dict[str, PageInfo] = {
    "as usual": usual,
    "total_page is 0": lambda number, rows: usual(number, rows) | {"total_page": 0},
    "total_page is missing": lambda _, rows: {"total_number": len(rows)},
    "total_page is null": lambda number, rows: usual(number, rows) | {"total_page": None},
    "total_page is one too many": lambda number, rows: usual(number, rows) | {"total_page": len(rows) // SIZE + 2},
    "only total_page": lambda _, rows: {"total_page": -(-len(rows) // SIZE)},
    "no page_info": lambda *_: None,
    "an empty page_info": lambda *_: {},
}


@pytest.mark.parametrize("count", [0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 3 * SIZE + 1])
@pytest.mark.parametrize("page_info", PAGE_INFOS.values(), ids=PAGE_INFOS)
def test_whatever_page_info_says_every_row_comes_once_and_the_listing_ends(
    page_info: PageInfo, count: int, tiktok: Loopback
) -> None:
    tiktok.script = serve(keys(count), page_info)

    assert list(read_by_key()) == keys(count)
    passes = 1 if "total_number" in (page_info(1, keys(count)) or {}) else 2
    assert len(tiktok.requests) <= passes * (count // SIZE + 2)


def test_a_full_last_page_is_the_last_one(tiktok: Loopback) -> None:
    tiktok.script = serve(keys(2 * SIZE), usual)

    list(read_by_key())

    assert [request.params["page"] for request in tiktok.requests] == ["1", "2"]
    assert {request.params["page_size"] for request in tiktok.requests} == {str(SIZE)}


def test_pages_that_are_smaller_than_asked_for_are_all_read(tiktok: Loopback) -> None:
    size = SIZE - 1

    def script(request: Request) -> Reply:
        first = (int(request.params["page"]) - 1) * size
        return page(keys(7)[first : first + size], {"page_size": size, "total_number": 7, "total_page": 4})

    tiktok.script = script

    assert list(read_by_key()) == keys(7)
    assert len(tiktok.requests) == 4


@pytest.mark.parametrize("page_size", [0, None, 10 * SIZE])
def test_a_page_size_that_cannot_be_is_not_counted_by(page_size: int | None, tiktok: Loopback) -> None:
    tiktok.script = serve(keys(2 * SIZE), lambda number, rows: usual(number, rows) | {"page_size": page_size})

    assert list(read_by_key()) == keys(2 * SIZE)


def in_turn(*passes: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """One script for each pass over the listing; the last one for ever."""
    left = list(passes)

    def script(request: Request) -> Reply:
        if request.params["page"] == "1" and script.asked and len(left) > 1:
            left.pop(0)
        script.asked += 1
        return left[0](request)

    script.asked = 0
    return script


def shifted(request: Request) -> Reply:
    """An object was created after the first page: the rows move on by one, and the third comes twice."""
    rows = keys(4) if request.params["page"] == "1" else ["new", *keys(4)]
    return serve(rows, usual)(request)


def lost(request: Request) -> Reply:
    """An object was deleted after the first page: the fourth row moves to the first page unseen."""
    rows = keys(5) if request.params["page"] == "1" else keys(5)[1:]
    return serve(rows, usual)(request)


def cut(request: Request) -> Reply:
    """A page lacks a row that the total counts."""
    return page(keys(2) if request.params["page"] == "1" else ["k3"], usual(1, keys(4)))


def emptied(request: Request) -> Reply:
    """The second page is empty although more rows follow."""
    rows = {"1": keys(3), "2": [], "3": ["k6"]}[request.params["page"]]
    return page(rows, usual(1, keys(7)))


def repeated(_: Request) -> Reply:
    """Every page is the first one."""
    return page(keys(3), usual(1, keys(5)))


def silent(_: Request) -> Reply:
    """A success that holds nothing at all."""
    return envelope({})


def nulled(_: Request) -> Reply:
    """A success whose list is null."""
    return envelope({"list": None})


def emptied_whole(_: Request) -> Reply:
    """An empty list, without a count that would tell."""
    return page([], None)


def uncounted(request: Request) -> Reply:
    """A page that lacks a row, without a count that would tell."""
    return serve(keys(2), lambda *_: None)(request)


FAULTS = {
    "a row too few without a count": (uncounted, keys(3)),
    "neither list nor count": (silent, keys(4)),
    "a list that is null": (nulled, keys(4)),
    "an empty list without a count": (emptied_whole, keys(4)),
    "rows that move on": (shifted, ["new", *keys(4)]),
    "a row that moves back": (lost, keys(5)[1:]),
    "a page with a row too few": (cut, keys(4)),
    "an empty page in the middle": (emptied, keys(7)),
    "a repeated page": (repeated, keys(5)),
}


@pytest.mark.parametrize(("fault", "rows"), FAULTS.values(), ids=FAULTS)
def test_a_pass_that_proves_nothing_is_healed_by_another_without_a_row_twice(
    fault: Callable[[Request], Reply], rows: list[str], tiktok: Loopback
) -> None:
    tiktok.script = in_turn(fault, serve(rows, usual))

    found = list(read_by_key())

    assert len(found) == len(set(found))
    assert set(rows) <= set(found)


# TikTok's own ways, at times, to say that there is nothing, or no more.
SPELLINGS = (uncounted, emptied_whole)
SILENCES = (silent, nulled)
TELLTALE = {name: fault for name, (fault, _) in FAULTS.items() if fault not in (*SPELLINGS, *SILENCES)}


@pytest.mark.parametrize("fault", TELLTALE.values(), ids=TELLTALE)
def test_what_never_adds_up_is_given_up_loudly_after_bounded_reads(
    fault: Callable[[Request], Reply], tiktok: Loopback
) -> None:
    tiktok.script = fault

    found, error = read_until_error()

    assert isinstance(error, Incomplete)
    assert ACCOUNT in str(error)
    assert f"in {MAX_READS} reads" in str(error)
    assert len(found) == len(set(found))
    assert len(tiktok.requests) <= 3 * MAX_READS


def test_given_an_odd_page_that_lasts_then_the_rows_behind_it_are_emitted_all_the_same(tiktok: Loopback) -> None:
    tiktok.script = emptied

    found, error = read_until_error()

    assert isinstance(error, Incomplete)
    assert found == [*keys(3), "k6"]


def test_an_answer_that_says_nothing_is_asked_for_again_by_itself(tiktok: Loopback) -> None:
    rows = serve(keys(60 * SIZE), usual)
    tiktok.script = lambda request: rows(request) if len(tiktok.requests) % 4 else silent(request)

    assert list(read_by_key()) == keys(60 * SIZE)
    assert len(tiktok.requests) == 60 + 60 // 3 - 1


def test_an_empty_list_without_a_count_is_believed_when_it_comes_twice(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.script = emptied_whole

    assert list(read_by_key()) == []
    assert len(tiktok.requests) == 2
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("silence", SILENCES)
def test_neither_list_nor_count_time_after_time_is_no_proof_of_no_rows(
    silence: Callable[[Request], Reply], tiktok: Loopback
) -> None:
    tiktok.script = silence

    with pytest.raises(Incomplete, match=f"{ACCOUNT}.*neither a list nor a count"):
        list(read_by_key())
    assert len(tiktok.requests) == MAX_READS


@pytest.mark.parametrize("list_", [None, {"audience_id": "k0"}, "none"])
def test_a_count_without_a_list_is_no_proof(list_: Any, tiktok: Loopback) -> None:
    tiktok.script = lambda _: envelope({"list": list_, "page_info": {"total_number": 0}})

    with pytest.raises(Incomplete, match="no list"):
        list(read_by_key())


def test_what_tiktok_calls_a_success_in_part_is_emitted_and_proves_nothing(tiktok: Loopback) -> None:
    def in_part(request: Request) -> Reply:
        reply = serve(keys(2), usual)(request)
        return replace(reply, body=reply.body.replace(b'"code": 0', b'"code": 20001'))

    tiktok.script = in_part
    found, error = read_until_error()

    assert found == keys(2)
    assert isinstance(error, Incomplete)
    assert "20001" in str(error)


@pytest.mark.parametrize("size", [1, 2, SIZE])
@pytest.mark.parametrize("page_info", [None, {"page_size": 2}, {"total_page": 1}], ids=str)
def test_without_a_total_pages_are_asked_for_until_one_is_empty(
    page_info: dict[str, Any] | None, size: int, tiktok: Loopback
) -> None:
    def script(request: Request) -> Reply:
        first = (int(request.params["page"]) - 1) * size
        return page(keys(7)[first : first + size], page_info)

    tiktok.script = script

    assert list(read_by_key()) == keys(7)


@pytest.mark.parametrize("page_info", [None, {}], ids=["no page_info", "an empty page_info"])
def test_a_full_page_that_comes_for_every_page_number_does_not_loop_the_listing(
    page_info: dict[str, Any] | None, tiktok: Loopback
) -> None:
    def script(_: Request) -> Reply:
        return page(keys(SIZE), page_info) if len(tiktok.requests) < 100 else failure(40000)

    tiktok.script = script
    found, _ = read_until_error()

    assert len(tiktok.requests) < 100
    assert found == keys(SIZE)


@pytest.mark.parametrize("page_info", ["none", ["none"], {"total_number": [1]}], ids=str)
def test_a_count_of_another_shape_is_told_as_such(page_info: Any, tiktok: Loopback) -> None:
    tiktok.script = lambda _: page(keys(2), page_info)

    with pytest.raises(Malformed, match="another shape"):
        list(read_by_key())


def test_a_total_that_keeps_growing_does_not_loop_the_listing(tiktok: Loopback) -> None:
    def script(request: Request) -> Reply:
        if len(tiktok.requests) >= 300:
            return failure(40000)
        total = len(tiktok.requests) * SIZE + 1
        return serve(keys(total), usual)(request) if request.params["page"] < "9" else page([], usual(9, keys(27)))

    tiktok.script = script
    _, error = read_until_error()

    assert isinstance(error, Incomplete)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(0, 12),
    creations=st.lists(st.tuples(st.integers(1, 8), st.integers(0, 12)), max_size=3),
    deletions=st.lists(st.tuples(st.integers(1, 8), st.integers(0, 11)), max_size=3),
    create=st.booleans(),
)
def test_whenever_objects_come_or_go_the_rows_that_stay_are_all_read_once(
    count: int,
    creations: list[tuple[int, int]],
    deletions: list[tuple[int, int]],
    create: bool,
    tiktok: Loopback,
) -> None:
    live, asked = keys(count), []

    def script(request: Request) -> Reply:
        asked.append(request)
        for number, (moment, place) in enumerate(creations if create else deletions):
            if moment == len(asked) and create:
                live.insert(min(place, len(live)), f"new{number}")
            elif moment == len(asked) and live:
                live.pop(min(place, len(live) - 1))
        return serve(live, usual)(request)

    tiktok.script = script
    found = list(read_by_key())

    assert len(found) == len(set(found))
    assert set(live) & set(keys(count)) <= set(found)


@pytest.mark.parametrize("page_info", [{"total_page": 400}, {}], ids=["only total_page", "nothing"])
def test_a_page_beyond_what_tiktok_lists_is_not_asked_for(page_info: dict[str, Any]) -> None:
    listing = Pass(page_size=SIZE, reach=4 * SIZE)
    while listing.more:
        listing.add(SIZE, 0, page_info)

    assert listing.page == 4


def listing_of(*pages: tuple[int, int, dict[str, Any]]) -> Pass:
    listing = Pass(SIZE)
    for rows, seen_before, page_info in pages:
        listing.add(rows, seen_before, page_info)
    return listing


@pytest.mark.parametrize(
    ("pages", "fault"),
    [
        ([(3, 0, {"total_number": 5}), (2, 0, {"total_number": 5})], None),
        ([(0, 0, {"total_number": 0, "total_page": 0})], None),
        ([(0, 0, {"total_number": 0, "total_page": 1})], None),
        ([(2, 0, {}), (0, 0, {})], None),
        ([(3, 0, {"total_number": 5}), (2, 1, {"total_number": 5})], "1 of its 5 rows came twice"),
        ([(3, 0, {"total_number": 5}), (3, 0, {"total_number": 6})], "moved between 5 and 6 rows"),
        ([(3, 0, {"total_number": 5}), (1, 0, {"total_number": 5})], "4 rows came where TikTok counts 5"),
        ([(3, 0, {"total_number": 4}), (2, 0, {"total_number": 4})], "5 rows came where TikTok counts 4"),
        ([(1, 0, {"total_number": 0})], "1 rows came where TikTok counts 0"),
    ],
    ids=str,
)
def test_a_pass_is_void_if_rows_repeat_the_total_moves_or_the_count_differs(
    pages: list[tuple[int, int, dict[str, Any]]], fault: str | None
) -> None:
    listing = listing_of(*pages)

    assert not listing.more
    assert (listing.fault is None) if fault is None else fault in (listing.fault or "")
