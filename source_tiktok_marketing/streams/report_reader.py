"""How a report query is read: whole if TikTok lets it, else in the pieces that TikTok needs."""

import logging
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from itertools import compress

from source_tiktok_marketing.accounts.top_view import TOP_VIEW, unless_refused
from source_tiktok_marketing.api.errors import ApiError, Incomplete, TooLarge
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.vocabulary import Level
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.evidence import MetricsMissing, Silence
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.listing import MAX_READS
from source_tiktok_marketing.streams.metric_join import MetricJoin
from source_tiktok_marketing.streams.metric_search import MetricSearch
from source_tiktok_marketing.streams.narrowing import BUYING_TYPE, Narrowing, Pieces, Query
from source_tiktok_marketing.streams.values import Record
from source_tiktok_marketing.streams.withdrawn_metrics import (
    GroupingRefused,
    WithdrawnMetrics,
    is_conflict,
    may_be_about_metrics,
)

LOGGER = logging.getLogger("airbyte")

# A row's key is kept until its window is read.
MAX_ROWS = 50_000
READS_BEFORE_DIVIDING = 2


class Truncated(Incomplete):
    """TikTok has cut the answer to the newest 20,000 ads, and says so in a header only."""


class TooManyRows(Exception):
    """A window of several days has more rows than the keys that should be kept in mind at a time."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


FAULTS = (ApiError, Incomplete, MetricsMissing, TooManyRows)


class ReportReader:
    """Reads the queries of one report stream.

    Args:
        stream: Lists single queries.
        row: What the report is.
        withdrawn: The metrics that are not asked for any more.
    """

    def __init__(self, stream: TiktokStream, row: Report, withdrawn: WithdrawnMetrics) -> None:
        self._stream = stream
        self._row = row
        self._withdrawn = withdrawn
        self._narrowing = Narrowing(row, stream.context)
        self._top_view_refused: set[str] = set()
        self._grouping_refused: GroupingRefused | None = None

    def read(self, query: Query) -> Iterator[list[Record]]:
        """The rows of a query, each once.

        Raises:
            ApiError: TikTok's final refusal.
            Incomplete: The query could not be proven whole.
        """
        return self._read(query, Keys())

    def check_total(self, query: Query, total: int) -> None:
        """Refuse more rows than should be kept in mind, as far as they can be read by days.

        Raises:
            TooManyRows: There are.
        """
        if total > MAX_ROWS and self._narrowing.can_divide_days(query):
            raise TooManyRows(total)

    def _read(self, query: Query, emitted: Keys) -> Iterator[list[Record]]:
        """Read a query, or its pieces where the account is known or found to need them."""
        if self._grouping_refused:
            raise self._grouping_refused.with_traceback(None)  # It is raised for every window.
        query = query.without(self._withdrawn.names)
        pieces = self._narrowing.known(query)
        if pieces is None:
            pieces = yield from self._try(query, emitted)
        if pieces is None:
            return
        if pieces.join:
            one, other = pieces.queries
            yield from self._join(one, other, emitted)
            return
        for piece in pieces.queries:
            # Pieces have no row in common, so what was read of one may be forgotten with it.
            yield from self._read(piece, emitted.copy())

    def _try(self, query: Query, emitted: Keys) -> Generator[list[Record], None, Pieces | None]:
        """Read a query whole, TopView rows that TikTok keeps back included, or tell what to read in its place."""
        asked = query
        try:
            yield from self._list(asked, emitted)
            if query.top_view and self._may_hide_top_view(query.advertiser_id):
                asked = replace(query, buying_type=TOP_VIEW)
                note = partial(self._note_top_view_refusal, query.advertiser_id)
                yield from unless_refused(self._list(asked, emitted), note)
        except FAULTS as error:
            return self._instead_of(query, asked, error)
        return None

    def _may_hide_top_view(self, advertiser_id: str) -> bool:
        chosen = any(one.field == BUYING_TYPE for one in self._row.filters)
        if chosen or self._row.level is Level.ADVERTISER or advertiser_id in self._top_view_refused:
            return False
        return self._stream.context.accounts.top_view.has(advertiser_id)

    def _note_top_view_refusal(self, advertiser_id: str, refusal: ApiError) -> None:
        """The account has TopView campaigns: without the filter their rows may be missing."""
        if self._withdrawn.refused_by(refusal):
            raise refusal
        if advertiser_id not in self._top_view_refused:
            self._top_view_refused.add(advertiser_id)
            LOGGER.warning(
                "%s: account %s has TopView campaigns, and TikTok refuses to report them apart; their rows may be "
                "missing. TikTok said: %s",
                self._stream.name,
                advertiser_id,
                refusal.answer,
            )

    def _list(self, query: Query, emitted: Keys) -> Iterator[list[Record]]:
        reads = READS_BEFORE_DIVIDING if self._narrowing.can_divide_days(query) else MAX_READS
        divisible = self._narrowing.can_divide(query)
        return self._stream.list_pages(query.as_slice(divisible=divisible), emitted, reads)

    def _instead_of(self, query: Query, asked: Query, error: Exception) -> Pieces:
        """What to read in place of a query that failed, in the form in which it was asked.

        Raises:
            Exception: The given error, if nothing else can be read.
        """
        match error:
            case ApiError() if may_be_about_metrics(error):
                self._withdraw(asked, error)
                return Pieces([query])
            case MetricsMissing():
                self._withdrawn.do_without(error.names)
                return Pieces([query])
            case TooLarge():
                return self._narrowing.divide(query, error)
            case Truncated():
                return self._narrowing.divide_objects(query, error)
            case TooManyRows():
                return self._narrowing.divide_rows(query, error.total / MAX_ROWS)
            case Silence():
                pass  # Of fewer days TikTok would say no more.
            case Incomplete():
                # What moves is today, mostly: alone it is read sooner, and the days before it stand still.
                return self._narrowing.divide_days(query, error)
        raise error

    def _withdraw(self, query: Query, error: ApiError) -> None:
        """Leave out the metrics for which TikTok refuses a query; where it does not name them, look for them.

        Raises:
            ApiError: The refusal, if it is not about metrics.
        """
        asked = frozenset(query.metrics)
        if asked & self._withdrawn.names:
            return  # Another worker was faster.
        if self._withdrawn.withdraw(self._withdrawn.refused_by(error), asked, error):
            return
        taken = self._stream.context.client.once(
            (self._stream.name, query.metrics, query.buying_type),
            lambda: MetricSearch(partial(self._takes, query)).taken(query.metrics),
        )
        if taken and self._withdrawn.withdraw(asked - taken, asked, error):
            return
        if not taken and not query.buying_type and is_conflict(error):
            grouping = f"{self._row.level.data_level} by {', '.join(self._row.dimensions)}"
            error = self._grouping_refused = GroupingRefused(error, grouping)
        raise error

    def _takes(self, query: Query, metrics: tuple[str, ...]) -> bool:
        """Whether TikTok answers a query with these metrics; a row of the answer is enough."""
        slice_ = replace(query, metrics=metrics).as_slice(divisible=False)
        params = {**self._stream.request_params(None, slice_), "page_size": "1"}
        try:
            self._stream.context.client.get(self._row.endpoint, params)
        except TooLarge:
            return True
        except ApiError as error:
            if may_be_about_metrics(error):
                return False
            raise
        return True

    def _join(self, one: Query, other: Query, emitted: Keys) -> Iterator[list[Record]]:
        """Read the same rows with one half of the metrics, then with the other, and lay them over each other."""
        # Which of the two rows of an hour that comes twice belongs to which half, nobody can tell.
        evidence = replace(self._stream.evidence_of(other.as_slice(divisible=False)), twice=frozenset())
        join = MetricJoin(lambda half: self._read(half, Keys()), evidence.keys)
        for rows in join.rows(one, other):
            yield list(compress(rows, emitted.note(evidence.keys(rows))))
