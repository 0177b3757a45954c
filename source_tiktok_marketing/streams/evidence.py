"""What makes a page evidence. Lists are proven by counting (`listing.py`); this is what may be counted.

A success of TikTok's may say that it is one in part only, hold no list, or hold rows that nobody asked for: of
another account, of other days, without an id, without a metric. What was asked is compiled once for each list
(`asked.py`), so that a page is looked at by columns and not by rows; only a page that fails is gone through row by
row.

A row is one of three things. It was asked for, and counts. It is a placeholder, whose time or id is TikTok's dash:
no row at all, though TikTok counts it. Or it is strange, and then its page proves nothing.

A page comes as objects, or as the structs that `typed.py` has parsed: such a row holds all that its type says, and
nothing else, so that what is true of the type need not be asked of each row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from airbyte_cdk.models import FailureType

from source_tiktok_marketing.api.client import is_silent
from source_tiktok_marketing.api.codes import SUCCESS
from source_tiktok_marketing.api.errors import Answer, Incomplete
from source_tiktok_marketing.streams.values import (
    NOTHING,
    Cast,
    Record,
    UnreadableValue,
    shortened,
    to_integer,
)

Key = tuple[Any, ...]

DASH = "-"
ONLY_TEXT = frozenset({str})
# Of these types no id, time or group is; Python would make something of them.
NO_VALUES = (dict, list, bool)
NO_LIST = "an answer held no list"
SILENCE = "answers held neither a list nor a count, time after time"
OTHER_SHAPE = "one has another shape than TikTok documents"
IN_PART = "TikTok itself called an answer a success in part"


class StrangeRows(Exception):
    """Rows that were not asked for, time after time; they are not emitted, and nothing is guessed about them."""

    failure_type = FailureType.system_error


class Silence(Incomplete):
    """TikTok answers with a success that says nothing, for which the client has asked again already."""


class MetricsMissing(Exception):
    """Metrics that TikTok leaves out of rows time after time, without a refusal."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(names)
        self.names = names


class _Placeholder(Exception):
    """A row that stands for no data."""


class _Strange(Exception):
    """A row that was not asked for."""


@dataclass(frozen=True)
class Doubt:
    """Why a page proves nothing.

    Attributes:
        reason: For people, as the end of a sentence.
        strange: Whether rows came that were not asked for.
        silent: Whether nothing came at all, however often it was asked.
        lacking: Metrics that rows lack; such rows are held back, since the next reading may have them whole.
    """

    reason: str
    strange: bool = False
    silent: bool = False
    lacking: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ListedPage:
    """A page of a list, as far as the proof is concerned.

    Attributes:
        rows: The rows that were asked for.
        keys: A hash per row that tells it from the others.
        page_info: What TikTok says of page and count.
        placeholders: How many rows stand for no data.
        doubt: Why the page proves nothing, or None.
    """

    rows: list[Record]
    keys: Sequence[int]
    page_info: Mapping[str, int]
    placeholders: int = 0
    doubt: Doubt | None = None


@dataclass(frozen=True)
class KeyField:
    """A field of the key, and what it may hold.

    Attributes:
        name: TikTok's name.
        cast: Into the value that is emitted, since that is what has to be unique.
        asked: The values that were asked for, as they are emitted; None for any.
        is_group: Whether it names a group of people, of which TikTok's dash is one; elsewhere a dash is no value.
    """

    name: str
    cast: Cast
    asked: frozenset[Any] | None = None
    is_group: bool = False

    def read_all(self, values: Sequence[Any]) -> Sequence[Any] | None:
        """The values as they are emitted, or None if they have to be looked at one by one."""
        emitted: Sequence[Any] = values
        if self.cast is to_integer:
            if not all(map(str.isdecimal, values)):
                return None
            emitted = list(map(int, values))
        elif not ONLY_TEXT.issuperset(map(type, values)) or not (self.is_group or NOTHING.isdisjoint(values)):
            return None
        return emitted if self.asked is None or self.asked.issuperset(emitted) else None

    def read(self, value: Any) -> Any:
        """A value as it is emitted.

        Raises:
            _Placeholder: It is TikTok's dash.
            _Strange: It is no value, or was not asked for.
        """
        if value == DASH and not self.is_group:
            raise _Placeholder
        try:
            emitted = None if isinstance(value, NO_VALUES) else self.cast(value)
        except (UnreadableValue, ValueError, TypeError):
            emitted = None
        if emitted is None or not (self.is_group or _is_an_id_or_a_time(emitted)):
            raise _Strange(f"`{self.name}` is {shortened(value)}")
        if self.asked is not None and emitted not in self.asked:
            raise _Strange(f"`{self.name}` is {shortened(value)}, which was not asked for")
        return emitted


@dataclass(frozen=True)
class Claim:
    """What rows say about themselves beside their key, mostly whose they are.

    Attributes:
        name: TikTok's name.
        of: What each row says.
        asked: What they may say.
    """

    name: str
    of: Callable[[Sequence[Record]], Iterable[Any]]
    asked: frozenset[Any]


def _is_an_id_or_a_time(value: Any) -> bool:
    return value >= 0 if isinstance(value, int) else value != ""


def is_typed(rows: Sequence[Any]) -> bool:
    """Whether a page came as structs; it comes one way or the other."""
    return bool(rows) and hasattr(rows[0], "__struct_fields__")


@dataclass(frozen=True)
class Evidence:
    """What was asked for, against which pages are held. It knows nothing of the Python type of a row.

    Attributes:
        fields: The fields of the key.
        keys_of: The raw key of each row, in the order of the fields.
        claims: What the rows may say of themselves.
        metrics: What every row has to hold.
        metrics_of: The names of the metrics of each row; said once if all have the same.
        twice: Values of the last time field that two rows of a page may have in common, as an hour that comes
            twice.
    """

    fields: tuple[KeyField, ...]
    keys_of: Callable[[Sequence[Record]], Iterable[Key]]
    claims: tuple[Claim, ...] = ()
    metrics: frozenset[str] = frozenset()
    metrics_of: Callable[[Sequence[Record]], Iterable[list[str]]] = field(default=lambda _: ())
    twice: frozenset[Any] = frozenset()

    def page(self, answer: Answer, list_field: str) -> ListedPage:
        """What an answer proves."""
        rows = answer.data.get(list_field)
        if not isinstance(rows, list):
            silent = is_silent(answer, list_field)
            return ListedPage([], [], answer.page_info, doubt=Doubt(SILENCE if silent else NO_LIST, silent=silent))
        in_part = None if answer.code == SUCCESS else Doubt(f"{IN_PART}, with {answer}")
        keys = self._keys_at_once(rows)
        if keys is not None:
            return ListedPage(rows, self._hashes(keys), answer.page_info, doubt=in_part)
        return self._one_by_one(rows, answer.page_info, in_part)

    def keys(self, rows: list[Record]) -> list[int]:
        """The hashes of the keys of rows that were found good before."""
        return self._hashes([self._key(key) for key in self.keys_of(rows)])

    def _hashes(self, keys: Iterable[Key]) -> list[int]:
        return list(map(hash, _second_ones_apart(keys, self.twice) if self.twice else keys))

    def _keys_at_once(self, rows: list[Record]) -> Iterable[Key] | None:
        """The keys of a page whose rows are all good; None if one is not, or if that takes a closer look."""
        if not rows:
            return ()
        try:
            columns = list(zip(*self.keys_of(rows), strict=True))
            read = [one.read_all(values) for one, values in zip(self.fields, columns, strict=True)]
            own = all(claim.asked.issuperset(claim.of(rows)) for claim in self.claims)
            whole = not self.metrics or self._have_metrics(rows)
        except (KeyError, TypeError, AttributeError, ValueError):
            return None
        return zip(*read, strict=True) if own and whole and None not in read else None

    def _have_metrics(self, rows: list[Record]) -> bool:
        names = next(iter(self.metrics_of(rows)))
        # Rows of a page have them in the same order, mostly.
        return self.metrics.issubset(names) and all(map(names.__eq__, self.metrics_of(rows)))

    def _key(self, raw: Key) -> Key:
        return tuple(one.read(value) for one, value in zip(self.fields, raw, strict=True))

    def _one_by_one(self, rows: list[Record], page_info: Mapping[str, int], doubt: Doubt | None) -> ListedPage:
        good, keys, placeholders, lacking = [], [], 0, set[str]()
        strange: list[str] = []
        for row in rows:
            try:
                key, missing = self._look_at(row)
            except _Placeholder:
                placeholders += 1
            except (_Strange, KeyError, TypeError, AttributeError) as error:
                strange.append(str(error) if isinstance(error, _Strange) else f"{OTHER_SHAPE}, {shortened(row)}")
            else:
                lacking |= missing
                if not missing:
                    good.append(row)
                    keys.append(key)
        if strange:
            doubt = Doubt(
                f"{len(strange)} of {len(rows)} rows are not what was asked for: {strange[0]}", strange=True
            )
        elif lacking:
            names = frozenset(lacking)
            doubt = Doubt(f"rows lack {', '.join(sorted(names))}, which was asked for", lacking=names)
        return ListedPage(good, self._hashes(keys), page_info, placeholders, doubt)

    def _look_at(self, row: Record) -> tuple[Key, frozenset[str]]:
        """The key of a row, and what it lacks."""
        (raw,) = self.keys_of([row])
        key = self._key(raw)
        for claim in self.claims:
            for said in claim.of([row]):
                if said not in claim.asked:
                    raise _Strange(f"`{claim.name}` is {shortened(str(said))}, which was not asked for")
        return key, self.metrics.difference(chain.from_iterable(self.metrics_of([row])))


def _second_ones_apart(keys: Iterable[Key], twice: frozenset[Any]) -> Iterable[tuple[Key, bool]]:
    """Keys, and whether each is the second one of an hour that comes twice."""
    seen = set()
    for key in keys:
        yield key, key in seen and not twice.isdisjoint(key)
        seen.add(key)
