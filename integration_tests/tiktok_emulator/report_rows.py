"""The rows of a report: which exist, in which order, and as which bytes.

A row exists, and has its numbers, because of the hash of (seed, object, period, split). Nothing is stored,
so a million rows cost no memory, and any page can be answered first.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import product
from typing import Any

import orjson

from integration_tests.tiktok_emulator.attributes import attribute_values
from integration_tests.tiktok_emulator.calendar import (
    MOCK_FIRST,
    MOCK_LAST,
    Period,
    day_periods,
    hour_periods,
)
from integration_tests.tiktok_emulator.figures import NOTHING, VARIANTS, figures_of
from integration_tests.tiktok_emulator.hashing import digest, mix
from integration_tests.tiktok_emulator.model import Account, Entity
from integration_tests.tiktok_emulator.report_query import ReportQuery

_ALWAYS = 1000
_ACCOUNT_DENSITY = 950
_MOST_SPLITS = 64
_SPLIT_VALUES = {
    "gender": ("FEMALE", "MALE", "NONE"),
    "age": ("AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100", "NONE"),
    "platform": ("ANDROID", "IPHONE", "IPAD"),
    "province_id": ("5332921", "4597040", "1861060", "6252001"),
}
# Rows per 1000 possible ones while an object delivers: audience rows come only for combinations with data.
_SPLIT_SHARE = {"gender": 250, "age": 250, "country_code": 600, "platform": 700, "province_id": 300}


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
class Source:
    """What can have rows: an object of the level asked for, or the account itself.

    Attributes:
        draw: number from which its rows follow.
        density: rows per 1000 possible ones.
        first: first day with delivery, in the account's time zone.
        last: last day with delivery.
    """

    object_id: str
    draw: int
    density: int
    first: date
    last: date
    attributes: dict[str, str]


@dataclass(frozen=True)
class Ground:
    """What the rows of a report follow from, besides the query.

    Attributes:
        objects: the objects of the level that the filters let through; None at the advertiser level.
        now: the moment of the report, UTC.
    """

    account: Account
    objects: list[Entity] | None
    revisions: Revisions
    seed: int
    now: datetime


class ReportRows:
    """The rows of one query at one moment, newest object first.

    Args:
        query: what was asked.
        ground: what the answer follows from.
    """

    def __init__(self, query: ReportQuery, ground: Ground) -> None:
        self._query = query
        self._account = ground.account
        self._revisions = ground.revisions
        self._now = ground.now
        self._figures = figures_of(ground.seed, query.metrics)
        self._sources = [self._source(one) for one in ([None] if ground.objects is None else ground.objects)]
        self._splits = list(product(*(self._split_values(name) for name in query.splits)))
        self._share = min((_SPLIT_SHARE[name] for name in query.splits), default=_ALWAYS)
        self._keys = array("I")
        self._variants = array("H")
        self._periods = self._list_periods()
        self._list_rows()

    @property
    def total(self) -> int:
        """Number of rows."""
        return len(self._keys)

    def render(self, start: int, stop: int) -> bytes:
        """Return the rows from start up to stop as JSON, joined by commas."""
        openings, attributes, times, splits, numbers = self._fragments()
        parts: list[bytes] = []
        for key, variant in zip(self._keys[start:stop], self._variants[start:stop], strict=True):
            rest, split = divmod(key, len(splits))
            source, period = divmod(rest, len(times))
            parts += (
                openings[source],
                times[period],
                splits[split],
                attributes[source],
                numbers[period][variant],
                b",",
            )
        return b"".join(parts[:-1])

    def records(self) -> Iterator[dict[str, dict[str, str]]]:
        """Yield the same rows as plain dictionaries, made without the rendered fragments."""
        query = self._query
        for key, variant in zip(self._keys, self._variants, strict=True):
            rest, split = divmod(key, len(self._splits))
            source, period = divmod(rest, len(self._periods))
            dimensions = {query.level.id_field: self._sources[source].object_id}
            if query.time:
                dimensions[query.time] = self._periods[period].label
            dimensions.update(zip(query.splits, self._splits[split], strict=True))
            values = self._figures.values(variant, self._factor(self._periods[period]))
            yield {"dimensions": dimensions, "metrics": {**self._sources[source].attributes, **values}}

    def _fragments(self) -> tuple[list[bytes], list[bytes], list[bytes], list[bytes], list[list[bytes]]]:
        query = self._query
        openings = [
            f'{{"dimensions":{{"{query.level.id_field}":"{one.object_id}"'.encode() for one in self._sources
        ]
        attributes = [self._attribute_fragment(one) for one in self._sources]
        times = [f',"{query.time}":"{one.label}"'.encode() if query.time else b"" for one in self._periods]
        splits = [_members(dict(zip(query.splits, one, strict=True)), before=b",") for one in self._splits]
        splits = [one + b'},"metrics":{' for one in splits]
        numbers = [self._figures.sets(self._factor(one)) for one in self._periods]
        return openings, attributes, times, splits, numbers

    def _attribute_fragment(self, source: Source) -> bytes:
        return _members(source.attributes, after=b"," if self._figures else b"")

    def _factor(self, period: Period) -> float:
        return self._revisions.factors.get(period.day, 1.0)

    def _split_values(self, name: str) -> tuple[str, ...]:
        return self._account.countries if name == "country_code" else _SPLIT_VALUES[name]

    def _source(self, entity: Entity | None) -> Source:
        """Return the row source of an object, or of the account."""
        account = self._account
        origin = entity or account
        ended = entity.ended if entity else None
        source = Source(
            object_id=entity.entity_id if entity else account.advertiser_id,
            draw=origin.draw,
            density=entity.density if entity else _ACCOUNT_DENSITY,
            first=account.local_day(origin.created),
            last=account.local_day(ended) if ended else date.max,
            attributes=attribute_values(self._query.metrics, account, entity),
        )
        return replace(source, first=MOCK_FIRST, last=MOCK_LAST) if self._query.sandbox else source

    def _list_periods(self) -> list[Period]:
        """Return the periods asked for; one without a label when there is no time dimension."""
        query = self._query
        local = self._now.astimezone(self._account.zone)
        if query.start is None or query.end is None or query.time is None:
            return [Period("", date.min, 0, 0)]
        if query.time == "stat_time_hour":
            return hour_periods(query.start, local, self._account.zone)
        return day_periods(query.start, query.end, local)

    def _list_rows(self) -> None:
        for number, source in enumerate(self._sources):
            if self._query.time:
                self._list_periodic(number, source)
            else:
                self._list_total(number, source)

    def _list_periodic(self, number: int, source: Source) -> None:
        """Note the rows of an object with a time dimension: only those with data."""
        wanted = source.density * self._share // _ALWAYS
        for position, period in enumerate(self._periods):
            if not source.first <= period.day <= source.last:
                continue
            hidden = self._revisions.hidden_share(period.day, self._now)
            base = (number * len(self._periods) + position) * len(self._splits)
            for split in range(len(self._splits)):
                draw = mix(source.draw, period.number * _MOST_SPLITS + split)
                if draw % 1000 < wanted and draw // 1000 % 1000 >= hidden:
                    self._note(base + split, draw, period.running)

    def _list_total(self, number: int, source: Source) -> None:
        """Note the rows of an object without a time dimension.

        TikTok: when only ids are asked for, objects without delivery come back with zeros.
        """
        today = self._account.local_day(self._now)
        first = max(source.first, self._query.start or source.first)
        last = min(source.last, self._query.end or today, MOCK_LAST if self._query.sandbox else today)
        delivered = source.density > 0 and first <= last
        if not delivered and not self._query.splits:
            self._keys.append(number)
            self._variants.append(NOTHING)
        running = self._now.hour + 1 if last == today else 0
        basis = digest(source.draw, first, last, sorted(self._revisions.factors.items()))
        for split in range(len(self._splits) if delivered else 0):
            draw = mix(basis, split)
            if draw % 1000 < self._share:
                self._note(number * len(self._splits) + split, draw, running)

    def _note(self, key: int, draw: int, running: int) -> None:
        """Note a row and choose its numbers; those of a running period change as it goes on."""
        variant = 1 + ((draw >> 24) + 37 * running) % (VARIANTS - 1)
        mostly_nothing = self._query.sandbox and draw >> 23 & 1
        self._keys.append(key)
        self._variants.append(NOTHING if mostly_nothing else variant)


def _members(values: dict[str, Any], *, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return the members of a JSON object without its braces."""
    return before + orjson.dumps(values)[1:-1] + after if values else b""
