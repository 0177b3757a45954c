"""On which days an account was active, and how to ask for those days only. Pure functions.

TikTok's daily rows of the account itself tell its active days: a day without a row, or with nothing but zeros and
dashes, is silent.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from random import Random
from typing import Any, TypeVar

from pendulum import Date

from source_tiktok_marketing.accounts.windows import Window

T = TypeVar("T")

NO_VALUES = frozenset({None, "", "-"})
# Rows of an account may come later than those of its ads: until then its silence proves nothing.
SETTLING = 3  # days
# One silent window in so many is asked for all the same.
AUDITED_ONE_IN = 50
# A map costs less than a third of what it may save, and a twentieth of what an active account is asked anyway.
LEAST_SAVED_PER_QUESTION = 3
LEAST_ASKED_PER_QUESTION = 20


@dataclass(frozen=True)
class Activity:
    """What is known of the days of an account.

    Attributes:
        first: Ordinal of the first day of which anything is known.
        last: Ordinal of the last one.
        active: Ordinals of the days among them on which anything happened, in order.
    """

    first: int
    last: int
    active: Sequence[int] = field(default_factory=lambda: array("l"))

    @classmethod
    def of(cls, windows: Sequence[Window], active: Iterable[int]) -> "Activity":
        """What proven rows tell of windows that have no gap between them."""
        first, last = min(first for first, _ in windows), max(last for _, last in windows)
        return cls(first.toordinal(), last.toordinal(), array("l", sorted(active)))

    def busy(self, first: Date, last: Date) -> Iterator[int]:
        """Ordinals of the days from first to last that are active or of which nothing is known, in order."""
        start, stop = first.toordinal(), last.toordinal() + 1
        return chain(
            range(start, min(self.first, stop)),
            (day for day in self.active if start <= day < stop),
            range(max(start, self.last + 1), stop),
        )


UNKNOWN = Activity(1, 0)


def active_days(rows: Iterable[Mapping[str, Any]]) -> set[int]:
    """Ordinals of the days on which an account's daily rows show anything.

    Raises:
        ValueError: A row shows something of a day that cannot be read.
    """
    return {
        Date.fromisoformat(str(row["dimensions"]["stat_time_day"])[:10]).toordinal()
        for row in rows
        if any(map(_is_something, row["metrics"].values()))
    }


def _is_something(value: Any) -> bool:
    """Whether a metric tells of activity; what is no number might."""
    if value in NO_VALUES:
        return False
    try:
        return float(value) != 0
    except ValueError:
        return True


def lay(days: Window, max_days: int, activity: Activity) -> Iterator[tuple[Window, bool]]:
    """Cut days into as few windows to ask for as cover every busy day, and the silent stretches between them.

    Args:
        days: First and last day.
        max_days: Longest window that may be asked for.
        activity: What is known of the days.

    Yields:
        Windows and stretches in order and without a gap, each with whether it is to be asked for.
    """
    start, last = days[0].toordinal(), days[1].toordinal()
    busy = list(activity.busy(*days))
    place = 0
    while place < len(busy):
        first = busy[place]
        if first > start:
            yield _window(start, first - 1), False
        while place < len(busy) and busy[place] < first + max_days:
            place += 1
        yield _window(first, busy[place - 1]), True
        start = busy[place - 1] + 1
    if start <= last:
        yield _window(start, last), False


def _window(first: int, last: int) -> Window:
    return Date.fromordinal(first), Date.fromordinal(last)


def cut(window: Window, settled: Date) -> Iterator[Window]:
    """A window in at most two parts: what is settled, and what is not."""
    first, last = window
    if first <= settled:
        yield first, min(last, settled)
    if last > settled:
        yield max(first, settled.add(days=1)), last


def sample(stretches: Iterable[tuple[T, Window]], max_days: int, random: Random) -> Iterator[tuple[T, Window]]:
    """The windows of silent stretches that are asked for all the same: evenly spread, and at least one."""
    counted = [(whose, window, windows_in(window, max_days)) for whose, window in stretches]
    total = sum(count for _, _, count in counted)
    place = random.randrange(min(AUDITED_ONE_IN, total)) if total else 0
    for whose, (first, last), count in counted:
        while place < count:
            start = first.add(days=place * max_days)
            yield whose, (start, min(start.add(days=max_days - 1), last))
            place += AUDITED_ONE_IN
        place -= count


def windows_in(days: Window, max_days: int) -> int:
    """How many windows it takes to ask for all of the days."""
    first, last = days
    return max(0, -(-(last.toordinal() - first.toordinal() + 1) // max_days))


def pays(questions: int, saved: int, asked: int) -> bool:
    """Whether a map is worth its questions.

    Args:
        questions: What it costs.
        saved: Requests that it saves if the account is silent throughout.
        asked: Requests of an account that is active throughout, the questions aside.
    """
    return LEAST_SAVED_PER_QUESTION * questions < saved and LEAST_ASKED_PER_QUESTION * questions <= asked
