"""On which days an account was active, and how few windows cover them."""

import itertools
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pendulum import Date

from source_tiktok_marketing.accounts.activity import (
    AUDITED_ONE_IN,
    UNKNOWN,
    Activity,
    active_days,
    cut,
    lay,
    pays,
    sample,
    windows_in,
)
from source_tiktok_marketing.accounts.windows import Window, split

FIRST = Date(2024, 1, 1)


def window(first: int, last: int) -> Window:
    return FIRST.add(days=first), FIRST.add(days=last)


def ordinals(of: Window) -> range:
    return range(of[0].toordinal(), of[1].toordinal() + 1)


def row(day: str = "2024-01-05 00:00:00", **metrics: Any) -> dict[str, Any]:
    return {"dimensions": {"advertiser_id": "7", "stat_time_day": day}, "metrics": metrics}


days_of_a_year = some.integers(0, 365)


@some.composite
def windows(draw: some.DrawFn) -> Window:
    first, last = sorted(draw(some.tuples(days_of_a_year, days_of_a_year)))
    return window(first, last)


@some.composite
def activities(draw: some.DrawFn) -> Activity:
    known = draw(windows())
    days = draw(some.sets(some.sampled_from(ordinals(known)), max_size=40))
    return draw(some.sampled_from([UNKNOWN, Activity.of([known], days)]))


@given(days=windows(), max_days=some.integers(1, 40), activity=activities())
def test_windows_cover_every_busy_day_once_and_stretches_between_them_none(
    days: Window, max_days: int, activity: Activity
) -> None:
    laid = list(lay(days, max_days, activity))
    busy = set(activity.busy(*days))

    assert [day for window, _ in laid for day in ordinals(window)] == list(ordinals(days))
    for found, is_asked in laid:
        covered = busy & set(ordinals(found))
        assert not covered if not is_asked else {ordinals(found)[0], ordinals(found)[-1]} <= covered
        assert not is_asked or len(ordinals(found)) <= max_days


@given(days=windows(), max_days=some.integers(1, 40), activity=activities())
def test_no_other_windows_would_be_fewer(days: Window, max_days: int, activity: Activity) -> None:
    asked = [ordinals(found) for found, is_asked in lay(days, max_days, activity) if is_asked]

    # First days that lie so far apart that no window holds two of them: each needs one of its own.
    firsts = [found[0] for found in asked]
    assert all(later - earlier >= max_days for earlier, later in itertools.pairwise(firsts))


@given(days=windows(), activity=activities())
def test_what_is_not_known_is_busy(days: Window, activity: Activity) -> None:
    busy = list(activity.busy(*days))

    assert busy == sorted(set(busy))
    for day in ordinals(days):
        assert (day in busy) == (not activity.first <= day <= activity.last or day in activity.active)


@given(days=windows(), max_days=some.integers(1, 40))
def test_an_account_of_which_nothing_is_known_is_asked_for_as_without_a_map(days: Window, max_days: int) -> None:
    assert list(lay(days, max_days, UNKNOWN)) == [(found, True) for found in split(*days, max_days)]
    assert windows_in(days, max_days) == len(list(split(*days, max_days)))


def test_no_day_takes_no_window() -> None:
    assert windows_in(window(3, 1), 30) == windows_in(window(3, 2), 30) == 0
    assert list(lay(window(3, 2), 30, UNKNOWN)) == []


@given(days=windows(), settled=days_of_a_year)
def test_a_stretch_is_cut_behind_its_last_settled_day(days: Window, settled: int) -> None:
    border = FIRST.add(days=settled)
    parts = list(cut(days, border))

    assert [day for part in parts for day in ordinals(part)] == list(ordinals(days))
    assert all((part[0] <= border) == (part[1] <= border) for part in parts)


SOMETHING: dict[str, tuple[dict[str, Any], bool]] = {
    "no metrics": ({}, False),
    "zeros of all spellings": ({"spend": "0.00", "clicks": "0", "likes": 0, "ctr": "0.0000"}, False),
    "dashes and nothing": ({"result": "-", "likes": None, "ad_text": ""}, False),
    "money": ({"spend": "0.01", "clicks": "0"}, True),
    "a number": ({"likes": 3}, True),
    "less than nothing": ({"voucher_spend": "-1.00"}, True),
    "what is no number": ({"impressions": "<5"}, True),
}


@pytest.mark.parametrize(("metrics", "expected"), SOMETHING.values(), ids=SOMETHING)
def test_a_day_is_active_if_any_metric_shows_anything(metrics: dict[str, Any], expected: bool) -> None:
    day = Date(2024, 1, 5).toordinal()
    assert active_days([row(**metrics)]) == ({day} if expected else set())


def test_a_day_that_cannot_be_read_is_no_silence() -> None:
    assert active_days([row("-", spend="0")]) == set()
    with pytest.raises(ValueError, match="-"):
        active_days([row("-", spend="1")])


@given(
    stretches=some.lists(some.tuples(some.integers(0, 9), windows()), max_size=12),
    max_days=some.sampled_from([1, 30]),
    seed=some.integers(0, 99),
)
def test_a_sample_holds_one_silent_window_in_fifty_and_at_least_one(
    stretches: list[tuple[int, Window]], max_days: int, seed: int
) -> None:
    every = [(whose, part) for whose, stretch in stretches for part in split(*stretch, max_days)]
    taken = list(sample(stretches, max_days, Random(seed)))
    places = [every.index(one) for one in taken]

    assert len(taken) in {-(-len(every) // AUDITED_ONE_IN), max(bool(every), len(every) // AUDITED_ONE_IN)}
    assert all(place < len(every) for place in places)


@pytest.mark.parametrize(
    ("questions", "saved", "asked", "worth"),
    [
        (0, 1, 1, True),
        (0, 0, 9, False),
        (1, 1, 1, False),
        (1, 3, 99, False),
        (1, 4, 20, True),
        (1, 19, 19, False),
        (2, 200, 215, True),
        (13, 259, 259, False),
    ],
)
def test_a_map_pays_if_it_costs_a_third_of_what_it_saves_and_a_twentieth_of_all(
    questions: int, saved: int, asked: int, worth: bool
) -> None:
    assert pays(questions, saved, asked) is worth
