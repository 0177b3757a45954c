"""Numbers: one row per object, time and audience group."""

import logging
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import orjson
import pendulum
import requests
from pendulum import Date, DateTime

from source_tiktok_marketing.accounts import TOP_VIEW, Account
from source_tiktok_marketing.catalog import Report
from source_tiktok_marketing.client import answer_of
from source_tiktok_marketing.cursor import WindowProgress
from source_tiktok_marketing.errors import ApiError, Incomplete, TooLarge, documented_shape
from source_tiktok_marketing.schemas import schema_of
from source_tiktok_marketing.streams.base import (
    MAX_READS,
    Context,
    Emitted,
    Listing,
    Record,
    Slice,
    TiktokStream,
)
from source_tiktok_marketing.streams.narrowing import Narrowing, Pieces, Query
from source_tiktok_marketing.streams.typed import Judge, TypedRecords, is_typed, typed_judge
from source_tiktok_marketing.values import compile_report
from source_tiktok_marketing.vocabulary import Granularity, Level
from source_tiktok_marketing.windows import Window, hours_that_come_twice, split

LOGGER = logging.getLogger("airbyte")

DAY_FORMAT = "YYYY-MM-DD"
# The only sign that TikTok has cut a report at 20,000 ads.
TRUNCATION_HEADER = "X-Tt-Ads-Throttle"
METRICS_REFUSED = 40002
# A row's key takes about 70 bytes until its window is read.
MAX_ROWS = 50_000
READS_BEFORE_DIVIDING = 2


class Truncated(Incomplete):
    """TikTok has cut the answer to the newest 20,000 ads, and says so in a header only."""


class TooManyRows(Exception):
    """A window of several days has more rows than the keys that should be kept in mind at a time."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


FAULTS = (ApiError, Incomplete, TooManyRows)


class ReportStream(TiktokStream):
    """Windows of days per account, from its mark less the attribution window to its own today."""

    row: Report

    def __init__(self, row: Report, context: Context) -> None:
        super().__init__(row, context)
        self._convert = compile_report(schema_of(row))
        self._judges: dict[tuple[Iterable[str], ...], Judge] = {}
        self._metrics = tuple(metric.name for metric in row.metrics)
        self._dimensions_of = itemgetter(*row.dimensions)
        self._withdrawn: frozenset[str] = frozenset()
        self._narrowing = Narrowing(row, context)
        self._top_view_refused: set[str] = set()
        self._progress: dict[str, WindowProgress] = {}
        self._running_day: dict[str, Date] = {}

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """The windows of each account, oldest first."""
        if self.row.query_lifetime:
            for advertiser_id in self.context.accounts.ids:
                yield {"advertiser_id": advertiser_id}
            return
        for account in self.context.accounts.known.values():
            first, last = self._days(account)
            max_days = self.row.granularity.max_days
            self._progress[account.id] = WindowProgress(split(first, last, max_days))
            for start, end in split(first, last, max_days):
                yield {"advertiser_id": account.id, "start_date": str(start), "end_date": str(end)}

    def _days(self, account: Account) -> Window:
        """The first and the last day to read of an account."""
        accounts = self.context.accounts
        first, last = accounts.first_day(account), accounts.last_day(account)
        if not self.row.cursor:
            # A total over all time does not exist in AUDIENCE reports: the widest range there is stands in.
            return max(first, last.subtract(days=self.row.granularity.max_days - 1)), last
        # A mark beyond today (from a connector that reads until tomorrow) must not skip the rest of today.
        self._running_day[account.id] = accounts.running_day(account)
        self._marks.lower(account.id, _midnight(self._running_day[account.id]))
        mark = self._marks.of(account.id)
        if mark and mark.date() > first:
            read_again = min(mark.date(), last).subtract(days=self.context.config.attribution_window)
            first = max(first, read_again)
        return first, last

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        """The report's coordinates, its metrics, the window and the page."""
        slice_ = stream_slice or {}
        params = {
            **super().request_params(stream_state, slice_, next_page_token),
            "service_type": "AUCTION",
            "report_type": self.row.report_type.value,
            "data_level": self.row.level.data_level,
            "dimensions": orjson.dumps(self.row.dimensions).decode(),
            "metrics": orjson.dumps(slice_.get("metrics", self._offered)).decode(),
        }
        if self.row.query_lifetime:
            params["query_lifetime"] = "true"
        else:
            params |= {"start_date": slice_["start_date"], "end_date": slice_["end_date"]}
        filters = [_in(name, values) for name, values in self._filters(slice_).items()]
        if filters:
            params["filtering"] = orjson.dumps(filters).decode()
        return params

    @property
    def _offered(self) -> tuple[str, ...]:
        """The metrics to ask for, less those that TikTok has refused during this sync."""
        return tuple(name for name in self._metrics if name not in self._withdrawn)

    def _filters(self, slice_: Slice) -> dict[str, list[str]]:
        """Which objects to report, by filter field.

        TikTok hides deleted objects of the report's own level unless the status field of that level says
        otherwise; the status of another level would lose rows.
        """
        filters = dict(slice_.get("filters") or {})
        status_field = self.row.level.status_field
        if self.context.config.include_deleted and status_field:
            filters[status_field] = ["STATUS_ALL"]
        return filters

    def request_kwargs(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """What the client should know: also how to read a page into rows that need no conversion any more."""
        slice_ = stream_slice or {}
        kwargs = super().request_kwargs(stream_state, slice_, next_page_token)
        if slice_.get("half"):
            return kwargs  # Halves are laid over each other as objects.
        return {**kwargs, "judge": self._judge_of(slice_.get("metrics", self._offered), self._withdrawn)}

    def _judge_of(self, metrics: tuple[str, ...], withdrawn: frozenset[str]) -> Judge:
        if (metrics, withdrawn) not in self._judges:
            judge = typed_judge(schema_of(self.row), self.row.dimensions, metrics, [*withdrawn])
            self._judges[metrics, withdrawn] = judge
        return self._judges[metrics, withdrawn]

    def read_pages(self, stream_slice: Slice) -> Iterator[Sequence[Record]]:
        """The rows of a window, asked for in as many pieces as TikTok needs."""

        def finish(rows: list[Record]) -> Sequence[Record]:
            if is_typed(rows):
                return TypedRecords(rows, stream_slice["advertiser_id"], schema_of(self.row))
            with documented_shape():
                records = self._convert(rows, stream_slice["advertiser_id"])
            # Only now: a null among the texts would send the converter the long way.
            empty = dict.fromkeys(self._withdrawn)
            for record in records if empty else ():
                record["metrics"] = empty | record["metrics"]
            return records

        return map(finish, self._read(Query.of(stream_slice, self._offered), {}))

    def _read(self, query: Query, emitted: Emitted) -> Iterator[list[Record]]:
        """Read a query, or its pieces where the account is known or found to need them."""
        query = query.without(self._withdrawn)
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
            yield from self._read(piece, dict(emitted))

    def _try(self, query: Query, emitted: Emitted) -> Generator[list[Record], None, Pieces | None]:
        """Read a query whole, TopView rows that TikTok keeps back included, or tell what to read in its place."""
        try:
            yield from self._list_query(query, emitted)
        except FAULTS as error:
            return self._instead_of(query, error)
        if not self._may_hide_top_view(query.advertiser_id):
            return None
        try:
            yield from self._list_query(replace(query, buying_type=TOP_VIEW), emitted)
        except FAULTS as error:
            return self._instead_of(query, error)
        return None

    def _may_hide_top_view(self, advertiser_id: str) -> bool:
        if self.row.level is Level.ADVERTISER or advertiser_id in self._top_view_refused:
            return False
        return self.context.accounts.has_top_view(advertiser_id)

    def _list_query(self, query: Query, emitted: Emitted) -> Iterator[list[Record]]:
        reads = READS_BEFORE_DIVIDING if self._narrowing.can_divide_days(query) else MAX_READS
        list_ = self._list_top_view if query.buying_type == TOP_VIEW else self._list
        return list_(query.as_slice(divisible=self._narrowing.can_divide(query)), emitted, reads)

    def _instead_of(self, query: Query, error: Exception) -> Pieces:
        """What to read in place of a query that failed.

        Raises:
            Exception: The given error, if nothing else can be read.
        """
        match error:
            case ApiError() if self._withdraw(error, query):
                return Pieces([query])
            case TooLarge():
                return self._narrowing.divide(query, error)
            case Truncated():
                return self._narrowing.divide_objects(query, error)
            case TooManyRows():
                return self._narrowing.divide_rows(query, error.total / MAX_ROWS)
            case Incomplete():
                # What moves is today, mostly: alone it is read sooner, and the days before it stand still.
                return self._narrowing.divide_days(query, error)
        raise error

    def _on_top_view_refused(self, advertiser_id: str, refusal: ApiError) -> None:
        """The account has TopView campaigns: without the filter their rows may be missing."""
        if advertiser_id not in self._top_view_refused:
            self._top_view_refused.add(advertiser_id)
            LOGGER.warning(
                "%s: account %s has TopView campaigns, and TikTok refuses to report them apart; their rows may be "
                "missing. TikTok said: %s",
                self.name,
                advertiser_id,
                refusal.answer,
            )

    def _is_about_else(self, refusal: ApiError) -> bool:
        return bool(self._refused_metrics(refusal))

    def _join(self, one: Query, other: Query, emitted: Emitted) -> Iterator[list[Record]]:
        """Read the same rows with one half of the metrics, then with the other, and lay them over each other.

        The first half is kept as text, which takes a tenth of the memory.
        """
        for _ in range(MAX_READS):
            halves = {
                # As a text, since the bytes that orjson returns hold on to all of its buffer.
                hash(self.key_of(row)): orjson.dumps(row["metrics"]).decode()
                for page in self._read(one, {})
                for row in page
            }
            unmatched = 0
            for page in self._read(other, {}):
                whole = []
                for row in page:
                    half = halves.pop(hash(self.key_of(row)), None)
                    if half is None:
                        unmatched += 1
                    else:
                        row["metrics"].update(orjson.loads(half))
                        whole.append(row)
                fresh, _ = self._sift(whole, Listing(1), emitted, other.as_slice(divisible=False))
                yield fresh
            if not halves and not unmatched:
                return
        raise Incomplete(
            f"The rows of {one} changed in each of {MAX_READS} reads between one half of the metrics and the "
            "other."
        )

    def _withdraw(self, error: ApiError, query: Query) -> bool:
        """Drop the metrics that TikTok's refusal names; whether there were any, and others are left."""
        refused = self._refused_metrics(error) & set(query.metrics)
        if not refused or refused >= set(query.metrics):
            return False
        new = refused - self._withdrawn
        if new:
            self._withdrawn |= new
            LOGGER.warning(
                "%s: TikTok no longer offers %s; the columns stay empty in this sync. TikTok said: %s",
                self.name,
                ", ".join(sorted(new)),
                error.answer,
            )
        return True

    def _refused_metrics(self, error: ApiError) -> set[str]:
        """Which of the stream's metrics a refusal names."""
        return (
            _named_metrics(error.answer.message, self._metrics) if error.answer.code == METRICS_REFUSED else set()
        )

    def check_response(self, response: requests.Response, stream_slice: Slice) -> None:
        """Refuse a report that TikTok has cut, or that has more rows than should be kept in mind."""
        if TRUNCATION_HEADER in response.headers:
            raise Truncated(f"TikTok has cut a report of {self.name} to its newest ads.")
        total = int(answer_of(response).page_info.get("total_number") or 0)
        if total > MAX_ROWS and self._narrowing.can_divide_days(Query.of(stream_slice, ())):
            raise TooManyRows(total)

    def key_of(self, row: Record) -> Any:
        """The values of the dimensions."""
        return self._dimensions_of(row["dimensions"])

    def keys_of(self, rows: list[Record], stream_slice: Slice) -> Iterable[Any]:
        """The values of the dimensions, and, of an hour that comes twice, whether it is the second one."""
        twice = self._hours_that_come_twice(stream_slice)
        if not twice:
            return map(self._dimensions_of, map(itemgetter("dimensions"), rows))
        seen, keys = set(), []
        for row in rows:
            key, hour = self.key_of(row), row["dimensions"][self.row.granularity.time_dimension]
            keys.append((key, hour in twice and key in seen))
            seen.add(key)
        return keys

    def _hours_that_come_twice(self, stream_slice: Slice) -> frozenset[str]:
        if self.row.granularity is not Granularity.HOURLY:
            return frozenset()
        account = self.context.accounts.known[stream_slice["advertiser_id"]]
        return hours_that_come_twice(_day(stream_slice["start_date"]), account.zone)

    def close(self, stream_slice: Slice) -> None:
        """Move the account's mark as far as there is no hole."""
        if not self.row.cursor:
            return
        advertiser_id = stream_slice["advertiser_id"]
        progress = self._progress[advertiser_id]
        progress.close((_day(stream_slice["start_date"]), _day(stream_slice["end_date"])))
        until = progress.trusted_until
        if until:
            self._marks.set(advertiser_id, _midnight(min(until, self._running_day[advertiser_id])))

    @property
    def mark_format(self) -> str:
        """Days, where a row is a day."""
        return DAY_FORMAT if self.row.granularity is Granularity.DAILY else super().mark_format


def _named_metrics(refusal: str, known: Iterable[str]) -> set[str]:
    """The metrics that a refusal is about.

    Seen is `Invalid metric fields: ['cash_spend', …]`. Where no bracket holds a metric, the sentence about metrics
    counts, up to its colon or, if that names none, behind it.
    """
    sentences = [sentence for sentence in re.split(r"\.(?:\s|$)", refusal) if "metric" in sentence.lower()]
    if not sentences:
        return set()
    names = frozenset(known)
    subject, _, rest = sentences[0].partition(":")
    places = [*re.findall(r"\[(.*?)\]", refusal), subject, rest]
    found = (names.intersection(re.findall(r"\w+", place)) for place in places)
    return set(next(filter(None, found), ()))


def _day(text: str) -> Date:
    return Date.fromisoformat(text)


def _midnight(day: Date) -> DateTime:
    return pendulum.datetime(day.year, day.month, day.day)


def _in(field_name: str, values: list[str]) -> dict[str, str]:
    """A report filter; its value is JSON text inside a text, or TikTok ignores it."""
    return {"field_name": field_name, "filter_type": "IN", "filter_value": orjson.dumps(values).decode()}
