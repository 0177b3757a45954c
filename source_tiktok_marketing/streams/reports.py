"""Numbers: one row per object, time and audience group."""

import logging
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import orjson
import pendulum
import requests
from pendulum import Date, DateTime

from source_tiktok_marketing.accounts.accounts import Account
from source_tiktok_marketing.accounts.watermarks import WindowProgress
from source_tiktok_marketing.accounts.windows import Window, hours_that_come_twice, split
from source_tiktok_marketing.api.client import answer_of
from source_tiktok_marketing.api.errors import documented_shape
from source_tiktok_marketing.catalog.filters import Filter
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import Report
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.evidence import Evidence, is_typed, report_evidence
from source_tiktok_marketing.streams.narrowing import Query
from source_tiktok_marketing.streams.report_reader import ReportReader, Truncated
from source_tiktok_marketing.streams.survey import ACCOUNTS_AT_A_TIME, Survey
from source_tiktok_marketing.streams.typed import TypedPages, TypedRecords
from source_tiktok_marketing.streams.values import Record, compile_report
from source_tiktok_marketing.streams.withdrawn_metrics import WithdrawnMetrics

LOGGER = logging.getLogger("airbyte")

DAY_FORMAT = "YYYY-MM-DD"
# Airbyte's connector reads until tomorrow in UTC, which is two days ahead in the west.
UNTIL_TOMORROW = pendulum.duration(days=2)
# The only sign that TikTok has cut a report at 20,000 ads.
TRUNCATION_HEADER = "X-Tt-Ads-Throttle"


class ReportStream(TiktokStream):
    """Windows of days per account, from its watermark less the attribution window to its own today."""

    row: Report

    def __init__(self, row: Report, context: Context) -> None:
        super().__init__(row, context)
        self._convert = compile_report(schema_of(row), row.dimensions)
        self._typed_pages = TypedPages(schema_of(row), row.dimensions)
        self._withdrawn = WithdrawnMetrics(row.name, [metric.name for metric in row.metrics])
        self._reader = ReportReader(self, row, self._withdrawn)
        self._progress: dict[str, WindowProgress] = {}
        self._latest_day: dict[str, Date] = {}
        self._cut: set[str] = set()
        self._passed_over: list[tuple[str, Window]] = []
        # The streams of a sync share another one; this one finds no day silent.
        self.survey = Survey(context, self)

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """The windows of each account, oldest first, behind the questions that tell which of them are silent."""
        if self.row.query_lifetime:
            for advertiser_id in self.accounts_to_read():
                yield {"advertiser_id": advertiser_id}
            return
        for ids in self.account_batches(ACCOUNTS_AT_A_TIME):
            batch = [self.context.accounts.known[advertiser_id] for advertiser_id in ids]
            if not self.row.is_account_days:
                yield from self.survey.questions(batch)
            for account in batch:
                yield from self._windows(account)
            yield from self.survey.questions(batch)
            if self.survey.is_dropped:
                yield from self._after_all()

    def _after_all(self) -> Iterator[Slice]:
        """What was passed over, and should not have been."""
        for advertiser_id, window in self._passed_over:
            yield from (_slice(advertiser_id, part) for part in split(*window, self.max_days))
        self._passed_over.clear()

    def _windows(self, account: Account) -> Iterator[Slice]:
        """The windows of an account; those that are silent are marked as such."""
        laid = self.survey.laid(self, account)
        self._progress[account.id] = WindowProgress([window for window, _ in laid])
        for window, is_asked in laid:
            if is_asked:
                yield self._asked(account.id, window)
                continue
            self._passed_over.append((account.id, window))
            if window[1] <= self.survey.settled(account):
                yield {**_slice(account.id, window), "is_silent": True}

    def _asked(self, advertiser_id: str, window: Window) -> Slice:
        """A window to ask for; the account's own days are what the survey asks for as well."""
        slice_ = _slice(advertiser_id, window)
        if not self.row.is_account_days:
            return slice_
        return {**slice_, "own_days": self.survey.own_days(advertiser_id, window)}

    @property
    def max_days(self) -> int:
        """Days of a window, of which the user may want fewer where they are rows."""
        granularity = self.row.granularity
        is_daily = granularity is Granularity.DAILY
        return self.context.config.report_granularity if is_daily else granularity.max_days

    def days(self, account: Account) -> Window:
        """The first and the last day to read of an account."""
        accounts = self.context.accounts
        first, last = accounts.first_day(account), accounts.last_day(account)
        if not self.row.cursor:
            # A total over all time does not exist in AUDIENCE reports: the widest range there is stands in.
            return max(first, last.subtract(days=self.row.granularity.max_days - 1)), last
        # A watermark beyond today (from a connector that reads until tomorrow) must not skip the rest of today.
        running = accounts.running_day(account)
        self._bring_back(account.id, _midnight(running), UNTIL_TOMORROW)
        # A full refresh that is cut off goes on behind its watermark, so that must not lie in a running day.
        self._latest_day[account.id] = running.subtract(days=1) if self._reads_each_once else running
        watermark = self._watermarks.of(account.id)
        if watermark is None or watermark.date() < first:
            return first, last
        if self._reads_each_once:
            return watermark.date().add(days=1), last
        return max(first, min(watermark.date(), last).subtract(days=self._look_back)), last

    @property
    def _look_back(self) -> int:
        """Days before the mark to read again; a throttled TikTok may have kept back hours of the last one."""
        least = 1 if self.row.granularity is Granularity.HOURLY else 0
        return max(self.context.config.attribution_window, least)

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
            "metrics": orjson.dumps(slice_.get("metrics", self._withdrawn.others)).decode(),
        }
        if self.row.query_lifetime:
            params["query_lifetime"] = "true"
        else:
            params |= {"start_date": slice_["start_date"], "end_date": slice_["end_date"]}
        filters = [one.as_request() for one in self._filters(slice_).values()]
        if filters:
            params["filtering"] = orjson.dumps(filters).decode()
        return params

    def request_kwargs(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """What the client should know, and that this is a report, with the fast way to read it."""
        slice_ = stream_slice or {}
        kwargs = {**super().request_kwargs(stream_state, slice_, next_page_token), "is_report": True}
        if slice_.get("as_objects"):
            return kwargs
        asked = slice_.get("metrics", self._withdrawn.others)
        withdrawn = self._withdrawn
        parse = self._typed_pages.parser(slice_["advertiser_id"], asked, withdrawn.names, withdrawn.missing)
        return {**kwargs, "parse": parse}

    def _filters(self, slice_: Slice) -> dict[str, Filter]:
        """Which objects to report, by filter field; what a query is divided by is a part of the report's own.

        TikTok hides deleted objects of the report's own level unless the status field of that level says
        otherwise; the status of another level would lose rows.
        """
        row = self.row
        filters = {one.field: one for one in row.filters}
        for name, values in (slice_.get("filters") or {}).items():
            filters[name] = Filter(name, "IN", tuple(values))
        include_deleted = row.include_deleted or self.context.config.include_deleted
        if include_deleted and row.level.status_field:
            filters.setdefault(row.level.status_field, Filter(row.level.status_field, "IN", ("STATUS_ALL",)))
        return filters

    def read_pages(self, stream_slice: Slice) -> Iterator[Sequence[Record]]:
        """The rows of a window, asked for in as many pieces as TikTok needs."""

        def finish(rows: list[Record]) -> Sequence[Record]:
            if is_typed(rows):
                return TypedRecords(rows, stream_slice["advertiser_id"], schema_of(self.row))
            with documented_shape():
                return self._convert(rows, stream_slice["advertiser_id"], self._withdrawn.empty)

        return map(finish, self._pages_of(stream_slice))

    def _pages_of(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The rows of a slice as TikTok sends them; a silent window has none, nor has a question of the survey."""
        match stream_slice:
            case {"question": ask}:
                ask()
                return iter(())
            case {"is_silent": True}:
                return iter(())
            case {"own_days": question}:
                return iter(question.answer().take_pages())
        return self._reader.read(Query.of(stream_slice, self._withdrawn.others))

    def read_window(self, advertiser_id: str, window: Window, *, top_view: bool = True) -> Iterator[list[Record]]:
        """The rows of a window as TikTok sends them, proven whole."""
        query = Query(advertiser_id, window, self._withdrawn.others, top_view=top_view, as_objects=True)
        return self._reader.read(query)

    def check_response(self, response: requests.Response, stream_slice: Slice) -> None:
        """Refuse a report that TikTok has cut, or that has more rows than should be kept in mind."""
        if TRUNCATION_HEADER in response.headers:
            self._check_cut(stream_slice["advertiser_id"])
        total = int(answer_of(response).page_info.get("total_number") or 0)
        self._reader.check_total(Query.of(stream_slice, ()), total)

    def is_cut(self, advertiser_id: str) -> bool:
        """Whether TikTok was seen to leave ads out of an account's own rows."""
        return advertiser_id in self._cut

    def _check_cut(self, advertiser_id: str) -> None:
        """An account's own row cannot be read in parts, and whether it is cut at all is not known."""
        if self.row.level is not Level.ADVERTISER:
            raise Truncated(f"TikTok has cut a report of {self.name} to its newest ads.")
        if advertiser_id not in self._cut:
            self._cut.add(advertiser_id)
            LOGGER.warning(
                "%s: TikTok says that reports of account %s are cut to its newest 20,000 ads; its totals may lack "
                "older ones.",
                self.name,
                advertiser_id,
            )

    def evidence_of(self, stream_slice: Slice) -> Evidence:
        """Rows of the account, of the days and objects that were asked for, with every metric that was."""
        metrics = frozenset(stream_slice.get("metrics", self._withdrawn.others)) - self._withdrawn.missing
        return report_evidence(self.row, stream_slice, metrics, self._hours_that_come_twice(stream_slice))

    def _hours_that_come_twice(self, stream_slice: Slice) -> frozenset[str]:
        if self.row.granularity is not Granularity.HOURLY:
            return frozenset()
        account = self.context.accounts.known[stream_slice["advertiser_id"]]
        return hours_that_come_twice(_day(stream_slice["start_date"]), account.zone)

    def wait_out_doubt(self) -> bool:
        """Wait until TikTok's throttling is over: while it lasts, successes lack hours, and count without them."""
        return bool(self.row.cursor) and self.context.client.budget.settle()

    def close(self, stream_slice: Slice) -> None:
        """Move the account's watermark as far as there is no hole."""
        if not self.row.cursor or "question" in stream_slice:
            return
        advertiser_id = stream_slice["advertiser_id"]
        progress = self._progress[advertiser_id]
        progress.close((_day(stream_slice["start_date"]), _day(stream_slice["end_date"])))
        until = progress.trusted_until
        if until:
            self._watermarks.set(advertiser_id, _midnight(min(until, self._latest_day[advertiser_id])))

    @property
    def watermark_format(self) -> str:
        """Days, where a row is a day."""
        return DAY_FORMAT if self.row.granularity is Granularity.DAILY else super().watermark_format


def _slice(advertiser_id: str, window: Window) -> Slice:
    return {"advertiser_id": advertiser_id, "start_date": str(window[0]), "end_date": str(window[1])}


def _day(text: str) -> Date:
    return Date.fromisoformat(text)


def _midnight(day: Date) -> DateTime:
    return pendulum.datetime(day.year, day.month, day.day)
