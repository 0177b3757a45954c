"""What was asked for, as evidence against which the rows that come are held (`evidence.py`).

It is compiled once for each list: which fields make up the key and what they may hold, what rows may say of
themselves, which metrics they have to hold. Rows come as objects or as the structs of `typed.py`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import chain
from operator import attrgetter, itemgetter, methodcaller
from typing import Any

import orjson

from source_tiktok_marketing.catalog.rows import Entity, Report, ShopReport
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.vocabulary import Granularity
from source_tiktok_marketing.streams.evidence import DASH, Claim, Evidence, Key, KeyField, is_typed
from source_tiktok_marketing.streams.values import (
    SCALARS,
    STAMPS,
    Record,
    to_integer,
    to_text,
    type_of,
)

# Filters by which reports are divided, and the field of the rows that they are about.
ID_FILTERS = {"campaign_ids": "campaign_id", "adgroup_ids": "adgroup_id"}
# What a row may say where it names no one.
ANYONE = frozenset({None, "", DASH})


@lru_cache(maxsize=64)
def claims_of(name: str, asked: tuple[str, ...], *places: str | None) -> tuple[Claim, ...]:
    """The places in which a row may name an id; it need not, but then it has to be one that was asked for.

    Args:
        name: Field name.
        asked: Ids.
        places: Where in a row the field may be: the name of a nested object, or None for the row itself.
    """
    allowed = ANYONE.union(*((id_, int(id_)) for id_ in asked))
    said = methodcaller("get", name)

    def at(place: str | None) -> Callable[[Sequence[Record]], Iterable[Any]]:
        def of(rows: Sequence[Record]) -> Iterable[Any]:
            if is_typed(rows):
                return _said_of_structs(rows, name if place is None else f"{place}.{name}")
            return map(said, rows if place is None else map(itemgetter(place), rows))

        return of

    return tuple(Claim(name, at(place), allowed) for place in places)


def _said_of_structs(rows: Sequence[Any], path: str) -> Iterable[Any]:
    """What structs say in a field; nothing if their type has none."""
    said = attrgetter(path)
    try:
        said(rows[0])
    except AttributeError:
        return ()
    return map(said, rows)


def keys_at(names: Sequence[str], place: str | None = None) -> Callable[[Sequence[Record]], Iterable[Key]]:
    """A reader of keys, out of rows or of an object that is nested in them."""
    values = itemgetter(*names)
    fields = attrgetter(*(f"{place}.{name}" for name in names))

    def keys_of(rows: Sequence[Record]) -> Iterable[Key]:
        if is_typed(rows):
            found = map(fields, rows)
        else:
            found = map(values, rows if place is None else map(itemgetter(place), rows))
        return found if len(names) > 1 else zip(found)

    return keys_of


def metric_names(rows: Sequence[Any]) -> Iterable[list[str]]:
    """The names of each report row's metrics."""
    if is_typed(rows):
        return [list(rows[0].metrics.__struct_fields__)]
    return map(list, map(itemgetter("metrics"), rows))


def object_evidence(entity: Entity, query: Mapping[str, Any]) -> Evidence:
    """Objects of an account or a Business Center; where they have no key, each is told apart by all that it says.

    Args:
        entity: What they are.
        query: Whose they are, and further parameters.
    """
    columns = schema_of(entity)["properties"]
    owner = {name: query[name] for name in ("advertiser_id", "bc_id") if name in query}
    claims = chain.from_iterable(
        claims_of(name, (id_,), None)
        for name, id_ in (query.get("params", {}) | owner).items()
        if name in columns and name.endswith("_id")
    )
    if not entity.key:
        return Evidence((KeyField("", to_text),), _whole_rows(columns.keys()), tuple(claims))
    # What TikTok does not say in the record is the same for all of a list.
    names = [name for name in entity.primary_key if name not in STAMPS] or [entity.key]
    fields = (KeyField(name, SCALARS[type_of(columns[name])]) for name in names)
    place, path = entity.key_path or (None, None)
    return Evidence(tuple(fields), keys_at([path] if path else names, place), tuple(claims))


def _whole_rows(columns: Collection[str]) -> Callable[[Sequence[Record]], Iterable[Key]]:
    """A reader of whole rows as keys; one without any of these columns is no row."""

    def keys_of(rows: Sequence[Record]) -> Iterable[Key]:
        for row in rows:
            if row.keys().isdisjoint(columns):
                raise KeyError
            yield (orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode(),)

    return keys_of


def report_evidence(
    report: Report | ShopReport, query: Mapping[str, Any], metrics: frozenset[str], twice: frozenset[str]
) -> Evidence:
    """Rows of a report.

    Args:
        report: What its rows are grouped by.
        query: Account, days if any, and filters.
        metrics: What every row has to hold.
        twice: Hours that the clocks of the account show twice.
    """
    account, filters = query["advertiser_id"], query.get("filters") or {}
    asked: dict[str, frozenset[Any]] = {"advertiser_id": frozenset({int(account)})}
    if report.cursor:
        asked[report.cursor] = _times(report.granularity, query["start_date"], query["end_date"])
    claims = claims_of("advertiser_id", (account,), None, "dimensions", "metrics")
    for ids_field, id_field in ID_FILTERS.items():
        if ids_field in filters and id_field in report.dimensions:
            asked[id_field] = frozenset(map(int, filters[ids_field]))
        elif ids_field in filters:
            claims += claims_of(id_field, tuple(filters[ids_field]), "metrics")
    fields = (
        KeyField(name, to_integer if name in report.numbers else to_text, asked.get(name), name in report.by)
        for name in report.dimensions
    )
    keys_of = keys_at(report.dimensions, "dimensions")
    return Evidence(tuple(fields), keys_of, claims, metrics, metric_names, twice)


@cache
def _times(granularity: Granularity, start: str, end: str) -> frozenset[str]:
    """Every day or hour of a window as TikTok writes it."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    hours = range(24) if granularity is Granularity.HOURLY else range(1)
    return frozenset(f"{day} {hour:02}:00:00" for day in days for hour in hours)
