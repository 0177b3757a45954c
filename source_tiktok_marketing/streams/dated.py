"""Streams that are read by days: which days are open, and how far they are read without a hole."""

from abc import ABC
from collections.abc import Iterable

import pendulum
from pendulum import Date, DateTime

from source_tiktok_marketing.accounts.accounts import Account
from source_tiktok_marketing.accounts.watermarks import TIME_FORMAT, WindowProgress
from source_tiktok_marketing.accounts.windows import Window, hours_that_come_twice, split
from source_tiktok_marketing.catalog.rows import Report, Row, ShopReport
from source_tiktok_marketing.catalog.vocabulary import Granularity
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.cdk_stream import Slice

DAY_FORMAT = "YYYY-MM-DD"
# Airbyte's connector reads until tomorrow in UTC, which is two days ahead in the west.
UNTIL_TOMORROW = pendulum.duration(days=2)


class DatedStream(TiktokStream, ABC):
    """Windows of days per account, shop or Business Center, from its watermark less the attribution window on."""

    def __init__(self, row: Row, context: Context) -> None:
        super().__init__(row, context)
        self._progress: dict[str, WindowProgress] = {}
        self._latest_day: dict[str, Date] = {}

    @property
    def look_back(self) -> int:
        """Days before the watermark to read again."""
        return self.context.config.attribution_window

    @property
    def watermark_format(self) -> str:
        """Days."""
        return DAY_FORMAT

    def open_days(self, owner: str, whole: Window, running: Date) -> Window:
        """The first and the last day to read; the first is the later one if there is none.

        Args:
            owner: Whose days they are.
            whole: The first and the last day to read without a state.
            running: The first day that may still grow.
        """
        # A watermark beyond today (from a connector that reads until tomorrow) must not skip the rest of today.
        self._bring_back(owner, _midnight(running), UNTIL_TOMORROW)
        # A full refresh that is cut off goes on behind its watermark, so that must not lie in a running day.
        self._latest_day[owner] = running.subtract(days=1) if self._reads_each_once else running
        first, last = whole
        watermark = self._watermarks.of(owner)
        if watermark is None or watermark.date() < first:
            return whole
        if self._reads_each_once:
            return watermark.date().add(days=1), last
        return max(first, min(watermark.date(), last).subtract(days=self.look_back)), last

    def open_windows(self, owner: str, whole: Window, running: Date, max_days: int) -> list[Window]:
        """The open days in windows of at most so many; see `open_days`."""
        windows = list(split(*self.open_days(owner, whole, running), max_days))
        self.begin(owner, windows)
        return windows

    def begin(self, owner: str, windows: Iterable[Window]) -> None:
        """Note what is to be read of the open days: windows, oldest first, without a gap."""
        self._progress[owner] = WindowProgress(windows)

    def close(self, stream_slice: Slice) -> None:
        """Move the watermark as far as there is no hole."""
        if not self.row.cursor or "start_date" not in stream_slice:
            return
        owner = self.watermark_owner(stream_slice)
        progress = self._progress[owner]
        progress.close(window_of(stream_slice))
        if progress.trusted_until:
            self._watermarks.set(owner, _midnight(min(progress.trusted_until, self._latest_day[owner])))

    def forget(self) -> None:
        """Let go of the windows as well."""
        super().forget()
        self._progress.clear()
        self._latest_day.clear()


class DatedReport(DatedStream, ABC):
    """A report by days or hours of an account's own time zone."""

    row: Report | ShopReport

    @property
    def look_back(self) -> int:
        """Days before the watermark to read again; a throttled TikTok may have kept back hours of the last one."""
        return max(super().look_back, 1 if self.row.granularity is Granularity.HOURLY else 0)

    @property
    def watermark_format(self) -> str:
        """Days, where a row is a day."""
        return DAY_FORMAT if self.row.granularity is Granularity.DAILY else TIME_FORMAT

    def whole_days(self, account: Account) -> Window:
        """The first and the last day to read of an account without a state."""
        accounts = self.context.accounts
        return accounts.first_day(account), accounts.last_day(account)

    def hours_that_come_twice(self, stream_slice: Slice) -> frozenset[str]:
        """The hours of a slice's day that the clocks of its account show twice."""
        if self.row.granularity is not Granularity.HOURLY:
            return frozenset()
        account = self.context.accounts.known[stream_slice["advertiser_id"]]
        return hours_that_come_twice(window_of(stream_slice)[0], account.zone)

    def wait_out_doubt(self) -> bool:
        """Wait until TikTok's throttling is over: while it lasts, successes lack hours, and count without them."""
        return bool(self.row.cursor) and self.context.client.budget.settle()


def dated(owner: Slice, window: Window) -> Slice:
    """The slice of a window."""
    return {**owner, "start_date": str(window[0]), "end_date": str(window[1])}


def window_of(stream_slice: Slice) -> Window:
    """The first and the last day of a slice."""
    return Date.fromisoformat(stream_slice["start_date"]), Date.fromisoformat(stream_slice["end_date"])


def _midnight(day: Date) -> DateTime:
    return pendulum.datetime(day.year, day.month, day.day)
