"""Numbers: one row per object, time and audience group."""

from collections.abc import Iterator, Sequence
from typing import Any

from source_tiktok_marketing.accounts.accounts import Account
from source_tiktok_marketing.accounts.windows import Window, split
from source_tiktok_marketing.api.errors import documented_shape
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.vocabulary import Granularity
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.dated import dated
from source_tiktok_marketing.streams.evidence import is_typed
from source_tiktok_marketing.streams.narrowing import Query
from source_tiktok_marketing.streams.report_requests import ReportRequests
from source_tiktok_marketing.streams.report_values import compile_report
from source_tiktok_marketing.streams.survey import ACCOUNTS_AT_A_TIME, Survey
from source_tiktok_marketing.streams.typed import TypedRecords
from source_tiktok_marketing.streams.values import Record


class ReportStream(ReportRequests):
    """Windows of days per account, from its watermark less the attribution window to its own today."""

    def __init__(self, row: Report, context: Context) -> None:
        super().__init__(row, context)
        self._convert = compile_report(schema_of(row), row.dimensions)
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
        self.begin(account.id, [window for window, _ in laid])
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

    def forget(self) -> None:
        """Let go of what was passed over as well."""
        super().forget()
        self._passed_over.clear()

    @property
    def max_days(self) -> int:
        """Days of a window, of which the user may want fewer where they are rows."""
        granularity = self.row.granularity
        is_daily = granularity is Granularity.DAILY
        return self.context.config.report_granularity if is_daily else granularity.max_days

    def days(self, account: Account) -> Window:
        """The first and the last day to read of an account."""
        first, last = self.whole_days(account)
        if not self.row.cursor:
            # A total over all time does not exist in AUDIENCE reports: the widest range there is stands in.
            return max(first, last.subtract(days=self.row.granularity.max_days - 1)), last
        return self.open_days(account.id, (first, last), self.context.accounts.running_day(account))

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
                pages: Iterator[list[Record]] = question.answer().take_pages()
                return pages
        return self._reader.read(Query.of(stream_slice, self._withdrawn.others))


def _slice(advertiser_id: str, window: Window) -> Slice:
    return dated({"advertiser_id": advertiser_id}, window)
