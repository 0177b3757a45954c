"""Making a report query small enough for TikTok, and remembering what was.

TikTok refuses a query whose days x metrics x objects exceed a size that it does not publish (40067), fails over it
in many words, or cuts it at 20,000 ads. So a query is divided: first its days, then its metrics, then its objects,
by campaign and by ad group. What an account needed once is applied to its later queries without asking again.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from source_tiktok_marketing.accounts.windows import Window, split
from source_tiktok_marketing.api.client import account_and_days
from source_tiktok_marketing.api.errors import ApiError, Incomplete
from source_tiktok_marketing.api.retries import HICCUPS
from source_tiktok_marketing.catalog.filters import MAX_FILTER_IDS, ORIGINS
from source_tiktok_marketing.catalog.metrics import MAX_METRICS
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.streams import ADGROUPS, CAMPAIGNS, LIGHTEST_REPORT
from source_tiktok_marketing.catalog.vocabulary import Level
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.dated import dated, window_of
from source_tiktok_marketing.streams.entities import every_id

LOGGER = logging.getLogger("airbyte")

# The filter that asks for TopView.
BUYING_TYPE = "buying_type"
# TikTok's advice for reports of ads that time out.
MAX_IDS_AFTER_TIME_OUT = 30
# Below so few metrics another division saves nothing: the objects' own attributes come along with each part.
MIN_METRICS = 13

# The objects to report: a filter field, and ids.
Ids = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Query:
    """One report query.

    Attributes:
        advertiser_id: The account.
        window: First and last day; None for a lifetime query.
        metrics: What to ask for.
        ids: The objects to report, as filter field and ids; all of them if None.
        buying_type: The kind of campaign to report; TikTok's default choice if None.
        as_objects: Whether its rows are looked into, and therefore not read the fast way.
        top_view: Whether to look for rows of TopView campaigns that TikTok keeps back.
    """

    advertiser_id: str
    window: Window | None
    metrics: tuple[str, ...]
    ids: Ids | None = None
    buying_type: str | None = None
    as_objects: bool = False
    top_view: bool = True

    @classmethod
    def of(cls, slice_: Slice, metrics: tuple[str, ...]) -> "Query":
        """The whole query of a slice."""
        return cls(slice_["advertiser_id"], window_of(slice_) if "start_date" in slice_ else None, metrics)

    @property
    def days(self) -> int:
        """Days of the window; 1 for a lifetime query, which cannot be divided by days."""
        return (self.window[1] - self.window[0]).days + 1 if self.window else 1

    def without(self, metrics: frozenset[str]) -> "Query":
        """The query less some metrics."""
        if not metrics:
            return self
        return replace(self, metrics=tuple(name for name in self.metrics if name not in metrics))

    def as_slice(self, *, divisible: bool) -> Mapping[str, Any]:
        """The query as a stream slice; where it could be divided, with a light question to ask beside it."""
        account = {"advertiser_id": self.advertiser_id}
        filters = {self.ids[0]: list(self.ids[1])} if self.ids else {}
        if self.buying_type:
            filters[BUYING_TYPE] = [self.buying_type]
        return {
            **(dated(account, self.window) if self.window else account),
            "metrics": self.metrics,
            "as_objects": self.as_objects,
            "filters": filters,
            "lighter": {**account, **LIGHTEST_REPORT} if divisible else None,
        }

    def __str__(self) -> str:
        """The query for people."""
        objects = f", {len(self.ids[1])} {self.ids[0]}" if self.ids else ""
        return f"{account_and_days(self.as_slice(divisible=False))}, {len(self.metrics)} metrics{objects}"


@dataclass(frozen=True)
class Pieces:
    """A query in pieces: parts of its rows, or, to be joined, all of its rows with parts of the metrics."""

    queries: list[Query]
    join: bool = False


@dataclass
class Size:
    """What an account was found to need: the widest query that may still work.

    Attributes:
        days: Days of a query.
        metrics: Metrics of a query.
        ids: Ids of a filter, by its field; a field that is missing was not needed yet.
        most_ids: Ids of a filter, to begin with.
        refused: Filters that were too large, each by its field and ids.
    """

    days: int | None = None
    metrics: int = MAX_METRICS
    ids: dict[str, int] = field(default_factory=dict)
    most_ids: int = MAX_FILTER_IDS
    refused: set[Ids] = field(default_factory=set)


@dataclass
class Narrowing:
    """Divides the queries of one report stream.

    Args:
        row: The report.
        context: For the ids of an account's objects.
    """

    row: Report
    context: Context
    _sizes: dict[str, Size] = field(default_factory=dict)

    def can_divide(self, query: Query) -> bool:
        """Whether the query can still be made smaller."""
        return self.can_divide_days(query) or len(query.metrics) > MIN_METRICS or self._can_divide_objects(query)

    def can_divide_days(self, query: Query) -> bool:
        """Whether the query can be asked for in spans of days; a total over all of its days can not."""
        return query.days > 1 and self.row.cursor is not None

    def _can_divide_objects(self, query: Query) -> bool:
        if self.row.level is Level.ADVERTISER:
            return False  # An account's row is a total: a part of its objects would give another number.
        if query.ids is None:
            return True
        return len(query.ids[1]) > 1 or (query.ids[0] == "campaign_ids" and self.row.level is not Level.CAMPAIGN)

    def known(self, query: Query) -> Pieces | None:
        """The pieces that the account is known to need, or None if the query may be asked as it is."""
        size = self._sizes.get(query.advertiser_id) or Size()
        if size.days and query.days > size.days:
            return _by_days(query, size.days)
        if len(query.metrics) > size.metrics:
            return _by_metrics(query)
        return self._known_objects(query, size)

    def _known_objects(self, query: Query, size: Size) -> Pieces | None:
        if query.ids is None:
            return self._by_campaign(query, size) if size.ids else None
        name, ids = query.ids
        if len(ids) > size.ids.get(name, len(ids)):
            return Pieces(_filtered(query, name, ids, size.ids[name]))
        return self._in_halves(query, query.ids, size) if query.ids in size.refused else None

    def divide(self, query: Query, error: Exception) -> Pieces:
        """Divide a query that was too large.

        Raises:
            Exception: The given error, if the query cannot be made smaller.
        """
        if not self.can_divide_days(query) and len(query.metrics) <= MIN_METRICS:
            return self.divide_objects(query, error)
        LOGGER.info("Too large for TikTok, divided: %s. %s", query, error)
        if self.can_divide_days(query):
            return self.divide_rows(query, 2)
        size = self._size(query)
        size.metrics = min(size.metrics, _larger_half(len(query.metrics)))
        return _by_metrics(query)

    def divide_rows(self, query: Query, parts: float) -> Pieces:
        """Divide a query by its days into about so many parts, and the later ones of the account alike."""
        size = self._size(query)
        fewer = max(1, min(query.days - 1, int(query.days / parts)))
        # Another worker may have learnt more since this query went out.
        size.days = min(size.days or fewer, fewer)
        return _by_days(query, size.days)

    def divide_days(self, query: Query, error: Exception) -> Pieces:
        """Halve the days of a query that did not stand still; the next one may.

        Raises:
            Exception: The given error, if the query cannot be made smaller.
        """
        if not self.can_divide_days(query):
            raise error
        return _by_days(query, _larger_half(query.days))

    def divide_objects(self, query: Query, error: Exception) -> Pieces:
        """Divide a query by its objects.

        Raises:
            Exception: The given error, if there is nothing left to divide.
        """
        if not self._can_divide_objects(query):
            raise error
        LOGGER.info("Too many objects for TikTok, divided: %s. %s", query, error)
        size = self._size(query)
        if query.ids is None:
            timed_out = isinstance(error, ApiError) and error.answer.rule.action in HICCUPS
            size.most_ids = MAX_IDS_AFTER_TIME_OUT if timed_out else MAX_FILTER_IDS
            size.ids.setdefault("campaign_ids", size.most_ids)
            pieces = self._by_campaign(query, size)
        else:
            name, ids = query.ids
            # One wide campaign makes every filter too large that holds it; the others should not pay for it. Two
            # filters that have nothing in common tell of the account. Other workers may add to them meanwhile.
            if any(name == field and not set(ids) & set(others) for field, others in tuple(size.refused)):
                size.ids[name] = min(size.ids[name], _larger_half(len(ids)))
            size.refused.add(query.ids)
            pieces = self._in_halves(query, query.ids, size)
        return pieces

    def _in_halves(self, query: Query, ids: Ids, size: Size) -> Pieces:
        name, objects = ids
        if len(objects) > 1:
            return Pieces(_filtered(query, name, objects, _larger_half(len(objects))))
        size.ids.setdefault("adgroup_ids", size.most_ids)
        return self._by_adgroup(query, size)

    def _size(self, query: Query) -> Size:
        return self._sizes.setdefault(query.advertiser_id, Size())

    def _by_campaign(self, query: Query, size: Size) -> Pieces:
        campaigns = self.context.client.once(
            (CAMPAIGNS.name, query.advertiser_id, *self._origins.values()),
            lambda: every_id(CAMPAIGNS, self.context, query.advertiser_id, **self._origins),
        )
        return self._by_objects(query, "campaign_ids", campaigns, size)

    def _by_adgroup(self, query: Query, size: Size) -> Pieces:
        campaigns = query.ids[1] if query.ids else ()
        groups = self.context.client.once(
            (ADGROUPS.name, query.advertiser_id, campaigns, *self._origins.values()),
            lambda: every_id(ADGROUPS, self.context, query.advertiser_id, campaign_ids=campaigns, **self._origins),
        )
        return self._by_objects(query, "adgroup_ids", groups, size)

    @property
    def _origins(self) -> dict[str, tuple[str, ...]]:
        """The filter of lists for a report of posts boosted in TikTok's app: both leave them out otherwise."""
        return {one.field: one.values for one in self.row.filters if one.field == ORIGINS}

    def _by_objects(self, query: Query, name: str, ids: Sequence[str], size: Size) -> Pieces:
        if not ids:
            raise Incomplete(f"Too much for TikTok, which lists no {name} to divide it by: {query}.")
        # The report's own filter of that field gives way to the one that divides it.
        own = next((set(one.values) for one in self.row.filters if one.field == name), None)
        return Pieces(_filtered(query, name, [id_ for id_ in ids if own is None or id_ in own], size.ids[name]))


def _larger_half(number: int) -> int:
    return -(-number // 2)


def _by_days(query: Query, days: int) -> Pieces:
    windows = split(*query.window, days) if query.window else ()
    return Pieces([replace(query, window=window) for window in windows])


def _by_metrics(query: Query) -> Pieces:
    middle = _larger_half(len(query.metrics))
    parts = query.metrics[:middle], query.metrics[middle:]
    return Pieces([replace(query, metrics=part, as_objects=True) for part in parts], join=True)


def _filtered(query: Query, name: str, ids: Sequence[str], most: int) -> list[Query]:
    """The query once per so many ids."""
    return [replace(query, ids=(name, tuple(ids[start : start + most]))) for start in range(0, len(ids), most)]
