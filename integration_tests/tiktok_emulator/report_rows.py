"""The rows of a report: which exist, in which order, and as which bytes.

What an ad delivers on a day follows from the hash of (ad, day). Every row, of whatever level, time and group, is
the sum of such days or of parts of them; see `pieces.py`. Nothing is stored, so a million rows cost no memory, and
any page can be answered first.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

import orjson

from integration_tests.tiktok_emulator.attributes import (
    ADDED_FOR_SEVERAL_ACCOUNTS,
    Attribute,
    attribute_values,
)
from integration_tests.tiktok_emulator.calendar import (
    MOCK_FIRST,
    MOCK_LAST,
    Period,
    day_periods,
    day_span,
    hour_periods,
)
from integration_tests.tiktok_emulator.coverage import Reported
from integration_tests.tiktok_emulator.figures import (
    ALWAYS,
    MOST_GROUPS,
    NOTHING,
    VARIANTS,
    Figures,
    Parts,
    figures_of,
)
from integration_tests.tiktok_emulator.groupings import COUNTRY
from integration_tests.tiktok_emulator.habits import KINDS_OF_ADS
from integration_tests.tiktok_emulator.hashing import mix
from integration_tests.tiktok_emulator.lru import Lazy
from integration_tests.tiktok_emulator.model import AD_ID_V2, Account, Entity
from integration_tests.tiktok_emulator.pieces import AUDIENCE_VALUES, WHOLE, Breakdown, Span
from integration_tests.tiktok_emulator.report_query import ReportQuery

Row = dict[str, dict[str, Attribute]]

_ALWAYS_DENSITY = 1000
_SUMMED = 1 << 31
"""Added to the place of a row's sum: the row is more than one day of one ad."""
_ONE_GROUP = (0,)
_NAMELESS = "-"
_INTEREST = "interest_category"


@dataclass
class Revisions:
    """What has happened to the reports of an account after the fact.

    Attributes:
        factors: day -> factor by which late data or attribution changed the numbers.
        held_back: day -> (moment from which its late rows show, how many of 1000 rows are late).
    """

    factors: dict[date, float] = field(default_factory=dict)
    held_back: dict[date, tuple[datetime, int]] = field(default_factory=dict)

    def hidden_share(self, day: date, now: datetime) -> int:
        """Return how many rows of 1000 do not show yet."""
        until, share = self.held_back.get(day, (now, 0))
        return share if now < until else 0


@dataclass(frozen=True)
class Ground:
    """What the rows of a report follow from, besides the query.

    Attributes:
        reported: what the filters let through.
        now: the moment of the report, UTC.
        nameless: whether audience groups without a name occur.
        only_with_data: whether rows are left out in which every metric asked for is zero.
    """

    account: Account
    reported: Sequence[Reported]
    revisions: Revisions
    seed: int
    now: datetime
    nameless: bool = False
    only_with_data: bool = False


class _Delivery(NamedTuple):
    """When an ad delivers: days in the account's time zone, and how many of 1000; and what kind of days."""

    draw: int
    first: date
    last: date
    density: int
    days_off: frozenset[date] = frozenset()
    kind: int | None = None


class _Day(NamedTuple):
    """A day, or an hour of it.

    Attributes:
        hidden: how many of 1000 ads do not show yet.
        parts: the figures of what ads deliver in it.
    """

    day: date
    number: int
    hidden: int
    parts: Parts


class ReportRows:
    """The rows of one query at one moment, newest object first.

    Args:
        query: what was asked.
        ground: what the answer follows from.
    """

    def __init__(self, query: ReportQuery, ground: Ground) -> None:
        self.query = self._query = query
        self._ground = ground
        self._account = ground.account
        names = (*query.metrics, *(ADDED_FOR_SEVERAL_ACCOUNTS if query.accounts else ()))
        decimals, believable = 0 if query.accounts else 2, bool(ground.account.week)
        self._figures = figures_of(ground.seed, query.metrics, decimals, believable=believable)
        self._attributes = [
            attribute_values(names, ground.account, one.entities, whole=query.id_field == AD_ID_V2)
            for one in ground.reported
        ]
        self._local = ground.now.astimezone(self._account.zone)
        self._groups, self._breakdown = self._break_down()
        self._keys = array("Q")
        self._codes = array("I")
        self._sums: list[int] = []
        self._periods = self._list_periods()
        self._days = [self._day(one.day, one.span) for one in self._periods]
        self._undivided = not query.splits and all(one.span is WHOLE for one in self._periods)
        self._countries = query.filter.countries
        self._mocked = query.sandbox
        self._list_rows()
        if ground.only_with_data:
            self._keep([place for place in range(self.total) if self._has_data(place)])
        if query.order:
            self._sort(*query.order)

    @property
    def total(self) -> int:
        """Number of rows."""
        return len(self._keys)

    @property
    def figures(self) -> Figures:
        """What the numbers of the rows follow from."""
        return self._figures

    def render(self, start: int, stop: int) -> bytes:
        """Return the rows from start up to stop as JSON, joined by commas."""
        openings, attributes, times, groups = self._fragments()
        ready = [self._figures.rendered(self._factor(one.day), one.span, self._breakdown) for one in self._periods]
        summed = self._sums
        parts: list[bytes] = []
        for key, code in zip(self._keys[start:stop], self._codes[start:stop], strict=True):
            rest, group = divmod(key, MOST_GROUPS)
            source, period = divmod(rest, len(times))
            one = ready[period][code] if code < _SUMMED else self._figures.render(summed[code - _SUMMED])
            parts += (openings[source], times[period], groups[group], attributes[source], one, b",")
        return b"".join(parts[:-1])

    def records(self) -> Iterator[Row]:
        """Yield the same rows as plain dictionaries, made without the rendered fragments."""
        query = self._query
        for place, key in enumerate(self._keys):
            rest, group = divmod(key, MOST_GROUPS)
            source, period = divmod(rest, len(self._periods))
            dimensions: dict[str, Attribute] = {}
            if query.id_field:
                dimensions[query.id_field] = self._ground.reported[source].object_id
            if query.time:
                dimensions[query.time] = self._periods[period].label
            dimensions.update(self._groups[group])
            values = self._figures.values(self.packed(place))
            yield {"dimensions": dimensions, "metrics": {**self._attributes[source], **values}}

    def packed(self, place: int) -> int:
        """Return the figures of a row, packed."""
        key, code = self._keys[place], self._codes[place]
        if code >= _SUMMED:
            return self._sums[code - _SUMMED]
        parts = self._days[key // MOST_GROUPS % len(self._periods)].parts
        return parts[code // MOST_GROUPS][code % MOST_GROUPS]

    def _fragments(self) -> tuple[list[bytes], list[bytes], list[bytes], list[bytes]]:
        query = self._query
        ids = [_member(query.id_field, one.object_id) for one in self._ground.reported]
        openings = [b'{"dimensions":{' + one for one in ids]
        separator = b"," if query.id_field else b""
        times = [separator + _member(query.time, one.label) if query.time else b"" for one in self._periods]
        separator = b"," if query.id_field or query.time else b""
        groups = [_members(one, before=separator) + b'},"metrics":{' for one in self._groups]
        attributes = [_members(one, after=b"," if self._figures else b"") for one in self._attributes]
        return openings, attributes, times, groups

    def _day(self, day: date, span: Span) -> _Day:
        hidden = self._ground.revisions.hidden_share(day, self._ground.now)
        parts = self._figures.parts(self._factor(day), span, self._breakdown)
        return _Day(day, day.toordinal(), hidden, parts)

    def _factor(self, day: date) -> float:
        rhythm = self._account.week[day.weekday()] if self._account.week else 1.0
        return self._ground.revisions.factors.get(day, 1.0) * rhythm

    def _break_down(self) -> tuple[list[dict[str, Attribute]], Breakdown]:
        """Return what the groups are called, and which dimensions make them."""
        values = {name: self._values_of(name) for name in self._query.splits}
        breakdown = Breakdown(tuple((name, len(known)) for name, known in values.items()))
        groups = []
        for place in breakdown.places():
            named = {name: known[number] for (name, known), number in zip(values.items(), place, strict=True)}
            if _INTEREST in named:
                named[f"{_INTEREST}_v2"] = named[_INTEREST]  # TikTok: it comes unasked.
            groups.append(dict[str, Attribute](named))
        return groups, breakdown

    def _values_of(self, name: str) -> tuple[str, ...]:
        if name == COUNTRY:
            return self._account.countries
        known = AUDIENCE_VALUES[name]
        return (*known[:-1], _NAMELESS) if self._ground.nameless else known

    def _list_periods(self) -> list[Period]:
        """Return the periods asked for; one without a label when there is no time dimension."""
        query = self._query
        if query.start is None or query.end is None or query.time is None:
            return [Period("", date.min)]
        if query.time == "stat_time_hour":
            return hour_periods(query.start, self._local, self._account.zone)
        return day_periods(query.start, query.end, self._local)

    def _list_rows(self) -> None:
        known: Lazy[date, _Day] = Lazy(lambda day: self._day(day, day_span(day, self._local)))
        for number, one in enumerate(self._ground.reported):
            ads = [self._delivery(ad) for ad in one.ads]
            if self._query.time:
                self._note_periods(number, ads)
            else:
                self._note_total(number, ads, known)

    def _delivery(self, ad: Entity) -> _Delivery:
        if self._query.sandbox:
            return _Delivery(ad.draw, MOCK_FIRST, MOCK_LAST, ad.density)
        last = self._account.local_day(ad.ended) if ad.ended else date.max
        return _Delivery(ad.draw, self._account.local_day(ad.created), last, ad.density, ad.days_off, ad.kind)

    def _codes_of(self, day: _Day, ads: Sequence[_Delivery]) -> list[int]:
        """Return what ads deliver on a day, as codes of `Figures.parts`."""
        date_, number, hidden, _ = day
        codes = []
        for source, first, last, density, days_off, kind in ads:
            if first <= date_ <= last and date_ not in days_off:
                draw = mix(source, number)
                if draw % 1000 < density and (not hidden or draw // 1000 % 1000 >= hidden):
                    variant = 1 + (draw >> 24) % (VARIANTS - 1)
                    if kind is not None:
                        variant += kind - variant % KINDS_OF_ADS
                    if self._mocked and draw >> 23 & 1:
                        variant = NOTHING  # The sandbox: many values are 0.
                    codes.append(variant + ALWAYS if density == _ALWAYS_DENSITY else variant)
        return codes

    def _note_periods(self, number: int, ads: Sequence[_Delivery]) -> None:
        """Note the rows of an object: only those of periods with delivery."""
        for base, day in enumerate(self._days, number * len(self._days)):
            codes = self._codes_of(day, ads)
            if len(codes) == 1:
                # The row of one ad: its numbers are shared with other rows, and not even looked at here.
                code = codes[0] * MOST_GROUPS
                for group in _ONE_GROUP if self._undivided else sorted(day.parts[codes[0]]):
                    if self._countries is None or self._wanted(group):
                        self._keys.append(base * MOST_GROUPS + group)
                        self._codes.append(code + group)
            elif codes:
                sums: defaultdict[int, int] = defaultdict(int)
                for code in codes:
                    for group, packed in day.parts[code].items():
                        sums[group] += packed
                self._note_sums(base, sums)

    def _note_total(self, number: int, ads: Sequence[_Delivery], known: Lazy[date, _Day]) -> None:
        """Note the rows of an object without a time dimension.

        TikTok: when only ids are asked for, objects without delivery come back with zeros.
        """
        query, today = self._query, self._local.date()
        sums: defaultdict[int, int] = defaultdict(int)
        first = max(query.start or date.min, min((ad.first for ad in ads), default=today))
        last = min(query.end or date.max, max((ad.last for ad in ads), default=today), today)
        for offset in range((last - first).days + 1):
            day = known[first + timedelta(days=offset)]
            for code in self._codes_of(day, ads):
                for group, packed in day.parts[code].items():
                    sums[group] += packed
        if not sums and not query.splits and query.id_field:
            sums[0] = 0
        self._note_sums(number, sums)

    def _note_sums(self, base: int, sums: dict[int, int]) -> None:
        for group in sorted(sums):
            if self._countries is None or self._wanted(group):
                self._keys.append(base * MOST_GROUPS + group)
                self._codes.append(_SUMMED + len(self._sums))
                self._sums.append(sums[group])

    def _wanted(self, group: int) -> bool:
        return self._groups[group][COUNTRY] in (self._countries or ())

    def _has_data(self, place: int) -> bool:
        return any(text.strip("0.-") for text in self._figures.values(self.packed(place)).values())

    def _sort(self, name: str, least_first: bool) -> None:
        numbers = [self._figures.number(self.packed(place), name) for place in range(self.total)]
        self._keep(sorted(range(self.total), key=numbers.__getitem__, reverse=not least_first))

    def _keep(self, places: list[int]) -> None:
        self._keys = array("Q", (self._keys[place] for place in places))
        self._codes = array("I", (self._codes[place] for place in places))


def _member(name: str | None, text: str) -> bytes:
    return f'"{name}":"{text}"'.encode() if name else b""


def _members(values: dict[str, Attribute], *, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return the members of a JSON object without its braces."""
    return before + orjson.dumps(values)[1:-1] + after if values else b""
