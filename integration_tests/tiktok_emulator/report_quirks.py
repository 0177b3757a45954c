"""Answers to valid report requests that are a success and yet not what was asked.

Each quirk changes the whole list of rows, so that pages and `total_number` agree with what comes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from integration_tests.tiktok_emulator.report_query import ReportQuery
from integration_tests.tiktok_emulator.report_rows import Row

Edit = Callable[[list[Row], ReportQuery], list[Row]]
Where = Callable[[ReportQuery], bool]

THROTTLES = frozenset({40016, 40100, 40133, 61000})
_NOTHING = "-"


def _copy(row: Row, dimension: str, value: str, *, zero: bool = False) -> Row:
    metrics = {name: "0" if zero else known for name, known in row["metrics"].items()}
    return {"dimensions": {**row["dimensions"], dimension: value}, "metrics": metrics}


def dash(dimension: str, rows: int = 1) -> Edit:
    """Add rows without data whose value of a dimension (a time, an id or a group) is `-`."""

    def edit(found: list[Row], query: ReportQuery) -> list[Row]:
        if dimension not in query.dimensions:
            return found
        return found + [_copy(row, dimension, _NOTHING, zero=True) for row in found[:1] * rows]

    return edit


def nameless(dimension: str) -> Edit:
    """Call one of the groups of a dimension `-`, as TikTok calls a group without a name."""

    def edit(found: list[Row], _: ReportQuery) -> list[Row]:
        name = min((str(row["dimensions"].get(dimension, "")) for row in found), default="")
        return [
            _copy(row, dimension, _NOTHING) if name and row["dimensions"].get(dimension) == name else row
            for row in found
        ]

    return edit


def short(periods: int = 5) -> Edit:
    """Leave out the last hours or days, as TikTok does for a token that is being throttled."""

    def edit(found: list[Row], query: ReportQuery) -> list[Row]:
        times = sorted({str(row["dimensions"].get(query.time or "")) for row in found})
        missing = times[-periods:] if query.time else []
        return [row for row in found if row["dimensions"].get(query.time or "") not in missing]

    return edit


def without_metrics(*names: str, every: int = 1) -> Edit:
    """Leave metrics out of all rows, or of every so manieth."""

    def edit(found: list[Row], _: ReportQuery) -> list[Row]:
        return [row if place % every else _less(row, names) for place, row in enumerate(found)]

    return edit


def _less(row: Row, names: Sequence[str]) -> Row:
    return {
        **row,
        "metrics": {name: value for name, value in row["metrics"].items() if name not in names},
    }


def other(dimension: str, value: str) -> Edit:
    """Add a row that was not asked for: with another id, hour 24, or a time that is none."""

    def edit(found: list[Row], query: ReportQuery) -> list[Row]:
        if dimension not in query.dimensions:
            return found
        return found + [_copy(row, dimension, value) for row in found[:1]]

    return edit


def other_day(offset: int = 1) -> Edit:
    """Add a row of a day outside the window: so many days behind its end, or before its start if negative."""

    def edit(found: list[Row], query: ReportQuery) -> list[Row]:
        edge = query.end if offset > 0 else query.start
        if edge is None or query.time is None:
            return found
        day: date = edge + timedelta(days=offset)
        return found + [_copy(row, query.time, f"{day} 00:00:00") for row in found[:1]]

    return edit


def hour_24() -> Edit:
    """Add a row of an hour that no day has."""

    def edit(found: list[Row], query: ReportQuery) -> list[Row]:
        return other("stat_time_hour", f"{query.start} 24:00:00")(found, query)

    return edit


@dataclass
class Quirk:
    """An edit of the answers to certain requests.

    Attributes:
        where: which requests; all when None.
        times: how many of them; None for all. Pages count as one request each.
        after_throttle: only within so many seconds of a throttle answer; None for always.
    """

    edit: Edit
    where: Where | None = None
    times: int | None = None
    after_throttle: float | None = None


@dataclass
class Quirks:
    """What is odd about the reports of an emulator; everything can be changed while it runs.

    Attributes:
        metric_words: in which words metrics are refused, a key of `metrics.REFUSAL_WORDS`.
        throttled: monotonic second of the last throttle answer.
    """

    metric_words: str = "named"
    active: list[Quirk] = field(default_factory=list)
    throttled: float = float("-inf")

    def add(
        self,
        edit: Edit,
        *,
        where: Where | None = None,
        times: int | None = None,
        after_throttle: float | None = None,
    ) -> None:
        """Let answers be odd from now on; see `Quirk`."""
        self.active.append(Quirk(edit, where, times, after_throttle))

    def note(self, code: int, moment: float) -> None:
        """Take note of an answer."""
        if code in THROTTLES:
            self.throttled = moment

    def struck(self, query: ReportQuery, moment: float) -> list[Edit]:
        """Return the edits of a request, and count it."""
        edits = []
        for quirk in self.active:
            late = quirk.after_throttle is not None and moment - self.throttled > quirk.after_throttle
            if late or quirk.times == 0 or (quirk.where and not quirk.where(query)):
                continue
            quirk.times = quirk.times and quirk.times - 1
            edits.append(quirk.edit)
        return edits
