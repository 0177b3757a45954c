"""Streams that are read by days although they are no reports of ads: which days are open, and how far they are."""

from abc import ABC
from collections.abc import Iterator

import pendulum
from pendulum import Date, DateTime

from source_tiktok_marketing.accounts.watermarks import WindowProgress
from source_tiktok_marketing.accounts.windows import Window, split
from source_tiktok_marketing.catalog.rows import Row
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.cdk_stream import Slice

# Airbyte's connector reads until tomorrow in UTC, which is two days ahead in the west.
UNTIL_TOMORROW = pendulum.duration(days=2)


class DatedStream(TiktokStream, ABC):
    """Windows of days per account, shop or Business Center, from its watermark less the attribution window on."""

    def __init__(self, row: Row, context: Context) -> None:
        super().__init__(row, context)
        self._progress: dict[str, WindowProgress] = {}
        self._latest_day: dict[str, Date] = {}

    @property
    def watermarked(self) -> list[str]:
        """Everything of which days were opened in this sync."""
        return list(self._progress)

    def open_days(self, owner: str, whole: Window, running: Date, max_days: int) -> Iterator[Window]:
        """The windows to read.

        Args:
            owner: Whose days they are.
            whole: The first and the last day to read without a state.
            running: The first day that may still grow; no watermark may lie beyond it.
            max_days: Days of a window.
        """
        self._bring_back(owner, _midnight(running), UNTIL_TOMORROW)
        # A full refresh that is cut off goes on behind its watermark, so that must not lie in a running day.
        self._latest_day[owner] = running.subtract(days=1) if self._reads_each_once else running
        first, last = self._first(owner, whole), whole[1]
        self._progress[owner] = WindowProgress(split(first, last, max_days))
        return split(first, last, max_days)

    def _first(self, owner: str, whole: Window) -> Date:
        watermark = self._watermarks.of(owner)
        if watermark is None or watermark.date() < whole[0]:
            return whole[0]
        if self._reads_each_once:
            return watermark.date().add(days=1)
        read_again = min(watermark.date(), whole[1]).subtract(days=self.context.config.attribution_window)
        return max(whole[0], read_again)

    def close_days(self, stream_slice: Slice, window: Window) -> None:
        """Move the watermark as far as there is no hole."""
        owner = self.watermark_owner(stream_slice)
        progress = self._progress[owner]
        progress.close(window)
        if progress.trusted_until:
            self._watermarks.set(owner, _midnight(min(progress.trusted_until, self._latest_day[owner])))


def _midnight(day: Date) -> DateTime:
    return pendulum.datetime(day.year, day.month, day.day)
