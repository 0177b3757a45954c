"""How far an account is read: proven windows move its mark, and every state ever written is understood."""

from datetime import date, datetime
from typing import Any

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date, DateTime

from source_tiktok_marketing.accounts.watermarks import (
    TIME_FORMAT,
    UnreadableState,
    Watermarks,
    WindowProgress,
    parse_time,
)
from source_tiktok_marketing.accounts.windows import split
from unit_tests.builders import ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT

quick = settings(max_examples=60)
START = Date(2024, 1, 1)
DAY, HOUR, CHANGE = "stat_time_day", "stat_time_hour", "modify_time"


def at(text: str) -> DateTime:
    moment = pendulum.parse(text)
    assert isinstance(moment, DateTime)
    return moment


@quick
@given(data=st.data(), length=st.integers(1, 100), max_days=st.sampled_from([1, 7, 30]))
def test_for_windows_closed_in_any_order_the_trusted_day_is_the_last_before_the_first_open_one(
    data: st.DataObject, length: int, max_days: int
) -> None:
    windows = list(split(START, START.add(days=length - 1), max_days))
    order = data.draw(st.permutations(windows))
    closed = order[: data.draw(st.integers(0, len(order)))]
    progress = WindowProgress(windows)

    for done, window in enumerate(closed, 1):
        progress.close(window)
        still_open = [start for start, _ in windows if start not in {begin for begin, _ in closed[:done]}]
        last_trusted = min(still_open).subtract(days=1) if still_open else windows[-1][1]
        assert progress.trusted_until == (last_trusted if last_trusted >= START else None)


def test_given_no_closed_window_then_no_day_is_trusted() -> None:
    assert WindowProgress([(START, START)]).trusted_until is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-10", "2026-01-10T00:00:00Z"),
        ("2026-01-10 08:30:15", "2026-01-10T08:30:15Z"),
        ("2026-01-10T08:30:15", "2026-01-10T08:30:15Z"),
        ("2026-01-10T08:30:15Z", "2026-01-10T08:30:15Z"),
        ("2026-01-10 08:30:15Z", "2026-01-10T08:30:15Z"),
        ("2026-01-10T08:30:15.250Z", "2026-01-10T08:30:15.250Z"),
        ("2026-01-10T08:30:15+02:00", "2026-01-10T06:30:15Z"),
        (" 2026-01-10 ", "2026-01-10T00:00:00Z"),
    ],
)
def test_a_time_is_read_as_utc_in_every_form_in_which_it_was_written(text: str, moment: str) -> None:
    assert parse_time(text) == at(moment)
    assert parse_time(text).utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-",
        "yesterday",
        "08:30:15",
        "2024-13-01",
        "2024-02-30",
        "1704067200",
        1704067200,
        True,
        {},
        ["2024-01-01"],
    ],
)
def test_what_is_no_time_is_refused_by_name(value: Any) -> None:
    with pytest.raises(UnreadableState, match="no date or time"):
        parse_time(value)


def partition(value: Any, account: str = ACCOUNT, field: str = DAY, **more: Any) -> dict[str, Any]:
    return {"partition": {"advertiser_id": account, "parent_slice": {}, **more}, "cursor": {field: value}}


PARENT = {"advertiser_id": ACCOUNT, "parent_slice": {}}
FOURTH_OF_JANUARY = at("2024-01-04T00:00:00Z")
BOTH = {ACCOUNT: FOURTH_OF_JANUARY, OTHER_ACCOUNT: FOURTH_OF_JANUARY}
ONLY_ONE = {ACCOUNT: FOURTH_OF_JANUARY, OTHER_ACCOUNT: None}
NEITHER = {ACCOUNT: None, OTHER_ACCOUNT: None}

# Who wrote it -> cursor field, state, and the marks of two accounts.
STATES: dict[str, tuple[str, Any, dict[str, DateTime | None]]] = {
    "nobody": (DAY, None, NEITHER),
    "a stream without records": (DAY, {}, NEITHER),
    "3.x": (DAY, {DAY: "2024-01-04"}, BOTH),
    "3.x hourly, with a plain date": (HOUR, {HOUR: "2024-01-04"}, BOTH),
    "3.x entities": (CHANGE, {CHANGE: "2024-01-04 00:00:00"}, BOTH),
    "3.x entities, a date only": (CHANGE, {CHANGE: "2024-01-04"}, BOTH),
    "a stream without a cursor": (DAY, {"__ab_no_cursor_state_message": True}, NEITHER),
    "a full refresh that is done": (DAY, {"__ab_full_refresh_sync_complete": True}, NEITHER),
    "4.4, before any account was read": (
        DAY,
        {"use_global_cursor": False, "states": [], "lookback_window": 0},
        NEITHER,
    ),
    "4.4, an account without records": (
        DAY,
        {"states": [{"partition": {"advertiser_id": ACCOUNT}, "cursor": {}}, partition("2024-01-04")]},
        ONLY_ONE,
    ),
    "stores below an account: the oldest counts": (
        DAY,
        {
            "states": [
                {
                    "partition": {"store_id": str(store), "parent_slice": PARENT},
                    "cursor": {DAY: f"2024-01-0{store}"},
                }
                for store in (6, 4, 5)
            ]
        },
        ONLY_ONE,
    ),
    "3.x with null": (DAY, {DAY: None}, NEITHER),
    "3.x with an empty text": (DAY, {DAY: ""}, NEITHER),
    "0.1.14, nested": (DAY, {"dimensions": {DAY: "2024-01-04"}}, BOTH),
    "0.1.14, mixed: the nested one counts": (DAY, {DAY: "2030-01-01", "dimensions": {DAY: "2024-01-04"}}, BOTH),
    "4.0": (DAY, {"states": [partition("2024-01-04")]}, ONLY_ONE),
    "4.0 hourly": (HOUR, {"states": [partition("2024-01-04 00:00:00", field=HOUR)]}, ONLY_ONE),
    "4.0 entities, Z behind a space": (
        CHANGE,
        {"states": [partition("2024-01-04 00:00:00Z", field=CHANGE)]},
        ONLY_ONE,
    ),
    "4.0 assets": (CHANGE, {"states": [partition("2024-01-04T00:00:00Z", field=CHANGE)]}, ONLY_ONE),
    "4.0 with all accounts": (
        DAY,
        {"states": [partition("2024-01-04"), partition("2024-01-04", OTHER_ACCOUNT)]},
        BOTH,
    ),
    "4.0 with a number for an account": (
        DAY,
        {"states": [{"partition": {"advertiser_id": int(ACCOUNT)}, "cursor": {DAY: "2024-01-04"}}]},
        ONLY_ONE,
    ),
    "4.0 without partitions": (DAY, {"states": []}, NEITHER),
    "4.4": (
        DAY,
        {
            "use_global_cursor": False,
            "states": [partition("2024-01-04")],
            "state": {DAY: "2030-01-01"},
            "lookback_window": 86400,
            "parent_state": {},
        },
        ONLY_ONE,
    ),
    "4.4 with a cursor without value": (
        DAY,
        {"use_global_cursor": False, "states": [partition("2024-01-04"), partition(None, OTHER_ACCOUNT)]},
        ONLY_ONE,
    ),
    "4.4 with nested cursors": (
        DAY,
        {"states": [{"partition": {"advertiser_id": ACCOUNT}, "cursor": {"dimensions": {DAY: "2024-01-04"}}}]},
        ONLY_ONE,
    ),
    "4.4 with a global cursor, which alone counts": (
        DAY,
        {"use_global_cursor": True, "states": [partition("2030-01-01")], "state": {DAY: "2024-01-04"}},
        BOTH,
    ),
    "4.4 with a global cursor that ran ahead": (
        DAY,
        {"use_global_cursor": True, "state": {DAY: "2024-01-06"}, "lookback_window": 2 * 86400},
        BOTH,
    ),
    "4.4 with an empty global cursor": (DAY, {"use_global_cursor": True, "state": {}}, NEITHER),
    "5.0.8, campaigns by buying type: the oldest counts": (
        CHANGE,
        {
            "states": [
                partition("2024-01-06 00:00:00Z", field=CHANGE, buying_type="AUCTION"),
                partition("2024-01-04 00:00:00Z", field=CHANGE, buying_type="RESERVATION_RF"),
                partition("2024-01-05 00:00:00Z", field=CHANGE, buying_type="RESERVATION_TOP_VIEW"),
            ]
        },
        ONLY_ONE,
    ),
}


@pytest.mark.parametrize(("field", "state", "marks"), STATES.values(), ids=STATES)
def test_given_a_state_of_any_version_when_read_then_each_account_goes_on_from_its_mark(
    field: str, state: Any, marks: dict[str, DateTime | None]
) -> None:
    read = Watermarks(field, state)
    assert {account: read.of(account) for account in marks} == marks


UNREADABLE: dict[str, Any] = {
    "another stream's field": {HOUR: "2024-01-04"},
    "a partition with another stream's field": {"states": [partition("2024-01-04", field=HOUR)]},
    "the wrapper of another runner": {"bookmarks": {"ads": {DAY: "2024-01-04"}}},
    "a time that is none": {DAY: "yesterday"},
    "a number": {DAY: 1704067200},
    "partitions that are no list": {"states": {"advertiser_id": ACCOUNT}},
    "a partition that is text": {"states": [ACCOUNT]},
    "a partition that is null": {"states": [None]},
    "a partition without account": {"states": [{"partition": {}, "cursor": {DAY: "2024-01-04"}}]},
    "a partition without cursor": {"states": [{"partition": {"advertiser_id": ACCOUNT}}]},
    "a cursor that is text": {"states": [{"partition": {"advertiser_id": ACCOUNT}, "cursor": "2024-01-04"}]},
    "a cursor that is null": {"states": [{"partition": {"advertiser_id": ACCOUNT}, "cursor": None}]},
    "a partition's time that is none": {"states": [partition("soon")]},
    "a global cursor that is text": {"use_global_cursor": True, "state": "2024-01-04"},
    "a look-back in words": {
        "use_global_cursor": True,
        "state": {DAY: "2024-01-04"},
        "lookback_window": "two days",
    },
    "a look-back of ages": {"use_global_cursor": True, "state": {DAY: "2024-01-04"}, "lookback_window": 10**15},
}


@pytest.mark.parametrize("state", UNREADABLE.values(), ids=UNREADABLE)
def test_given_a_state_that_no_version_wrote_when_read_then_it_is_refused(state: Any) -> None:
    with pytest.raises(UnreadableState):
        Watermarks(DAY, state)


seconds = st.datetimes(datetime(2012, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001  # UTC, as marks are
    lambda moment: pendulum.instance(moment.replace(microsecond=0), tz="UTC")
)
midnights = st.dates(date(2012, 1, 1), date(2035, 1, 1)).map(
    lambda day: pendulum.datetime(day.year, day.month, day.day)
)
accounts = st.integers(7 * 10**18, 8 * 10**18).map(str)


@quick
@given(marks=st.dictionaries(accounts, seconds, max_size=5))
def test_our_own_state_of_times_reads_back_as_it_was(marks: dict[str, DateTime]) -> None:
    assert_round_trip(CHANGE, marks, TIME_FORMAT)


@quick
@given(marks=st.dictionaries(accounts, midnights, max_size=5))
def test_our_own_state_of_days_reads_back_as_it_was(marks: dict[str, DateTime]) -> None:
    assert_round_trip(DAY, marks, "YYYY-MM-DD")


def assert_round_trip(field: str, marks: dict[str, DateTime], time_format: str) -> None:
    written = Watermarks(field, None)
    for account, mark in marks.items():
        written.set(account, mark)
    state = written.state(marks, time_format)
    read = Watermarks(field, state)

    assert {account: read.of(account) for account in marks} == marks
    assert read.state(marks, time_format) == state


def test_the_state_has_the_shape_that_airbytes_connector_reads() -> None:
    marks = Watermarks(DAY, None)
    marks.set(ACCOUNT, FOURTH_OF_JANUARY)

    assert marks.state([ACCOUNT, OTHER_ACCOUNT], "YYYY-MM-DD") == {
        "use_global_cursor": False,
        "states": [{"partition": {"advertiser_id": ACCOUNT, "parent_slice": {}}, "cursor": {DAY: "2024-01-04"}}],
    }


@quick
@given(steps=st.lists(seconds, min_size=1, max_size=10))
def test_a_mark_never_moves_backwards(steps: list[DateTime]) -> None:
    marks = Watermarks(CHANGE, None)
    for done, step in enumerate(steps, 1):
        marks.set(ACCOUNT, step)
        assert marks.of(ACCOUNT) == max(steps[:done])


def test_given_a_mark_for_all_accounts_when_one_moves_then_it_does_not_fall_behind_and_the_others_stay() -> None:
    marks = Watermarks(DAY, {DAY: "2024-01-04"})
    marks.set(ACCOUNT, at("2024-01-02T00:00:00Z"))
    marks.set(OTHER_ACCOUNT, at("2024-01-06T00:00:00Z"))

    state = Watermarks(DAY, marks.state([ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT], "YYYY-MM-DD"))
    assert {account: state.of(account) for account in (ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT)} == {
        ACCOUNT: FOURTH_OF_JANUARY,
        OTHER_ACCOUNT: at("2024-01-06T00:00:00Z"),
        THIRD_ACCOUNT: FOURTH_OF_JANUARY,
    }


def test_given_an_account_added_later_then_it_has_no_mark_and_is_read_from_the_start() -> None:
    marks = Watermarks(DAY, {"states": [partition("2024-01-04")]})
    assert marks.of(OTHER_ACCOUNT) is None


def test_given_an_account_that_this_sync_does_not_read_then_its_mark_stays_in_the_state() -> None:
    marks = Watermarks(DAY, {"states": [partition("2024-01-04", OTHER_ACCOUNT)]})

    state = Watermarks(DAY, marks.state([ACCOUNT], "YYYY-MM-DD"))
    assert state.of(OTHER_ACCOUNT) == FOURTH_OF_JANUARY
