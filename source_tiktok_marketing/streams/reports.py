"""Numbers: one row per object, time and audience group."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import orjson
import pendulum
from pendulum import Date

from source_tiktok_marketing.accounts import Account
from source_tiktok_marketing.catalog import Report
from source_tiktok_marketing.cursor import TIME_FORMAT, Marks, State, WindowProgress
from source_tiktok_marketing.schemas import schema_of
from source_tiktok_marketing.streams.base import NO_CURSOR_STATE, Context, Record, Slice, TiktokStream
from source_tiktok_marketing.values import compile_report
from source_tiktok_marketing.vocabulary import Granularity
from source_tiktok_marketing.windows import Window, split

STATE_FORMATS = {Granularity.DAILY: "YYYY-MM-DD", Granularity.HOURLY: TIME_FORMAT}


class ReportStream(TiktokStream):
    """Windows of days per account, from its mark less the attribution window to its own today."""

    row: Report

    def __init__(self, row: Report, context: Context) -> None:
        super().__init__(row, context)
        self._convert = compile_report(schema_of(row))
        self._metrics = [metric.name for metric in row.metrics]
        self._progress: dict[str, WindowProgress] = {}
        self.resume(None)

    def resume(self, state: Mapping[str, Any] | None) -> None:
        """Take up a stored state."""
        self._marks = Marks(self.row.cursor or "", state if self.row.cursor else None)

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """The windows of each account, oldest first."""
        if self.row.query_lifetime:
            for advertiser_id in self.context.accounts.ids:
                yield {"advertiser_id": advertiser_id}
            return
        for account in self.context.accounts.all:
            windows = list(self._windows(account))
            self._progress[account.id] = WindowProgress(windows)
            for start, end in windows:
                yield {"advertiser_id": account.id, "start_date": str(start), "end_date": str(end)}

    def _windows(self, account: Account) -> Iterator[Window]:
        accounts, max_days = self.context.accounts, self.row.granularity.max_days
        first, last = accounts.first_day(account), accounts.last_day(account)
        if not self.row.cursor:
            # A total over all time does not exist in AUDIENCE reports: the widest range there is stands in.
            first = max(self.context.config.start_date, last.subtract(days=max_days - 1))
            return split(first, last, max_days)
        mark = self._marks.of(account.id)
        if mark:
            # A mark beyond today (from a connector that reads until tomorrow) must not skip the rest of today.
            read_again = min(mark.date(), last).subtract(days=self.context.config.attribution_window)
            first = max(first, read_again)
        return split(first, last, max_days)

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
            "metrics": orjson.dumps(self._metrics).decode(),
        }
        if self.row.query_lifetime:
            params["query_lifetime"] = "true"
        else:
            params |= {"start_date": slice_["start_date"], "end_date": slice_["end_date"]}
        filters = self._filters()
        if filters:
            params["filtering"] = orjson.dumps(filters).decode()
        return params

    def _filters(self) -> list[dict[str, str]]:
        """TikTok hides deleted objects of the report's own level unless its status field says otherwise."""
        status_field = self.row.level.status_field
        if not (self.context.config.include_deleted and status_field):
            return []
        return [{"field_name": status_field, "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The rows of a window."""
        for rows in self._list(stream_slice, {}):
            yield self._convert(rows, stream_slice["advertiser_id"])

    def key_of(self, row: Record) -> Any:
        """The values of the dimensions."""
        dimensions = row["dimensions"]
        return tuple([dimensions[name] for name in self.row.dimensions])

    def close(self, stream_slice: Slice) -> None:
        """Move the account's mark as far as there is no hole."""
        if not self.row.cursor:
            return
        advertiser_id = stream_slice["advertiser_id"]
        progress = self._progress[advertiser_id]
        progress.close((_day(stream_slice["start_date"]), _day(stream_slice["end_date"])))
        until = progress.trusted_until
        if until:
            self._marks.set(advertiser_id, pendulum.datetime(until.year, until.month, until.day))

    def current_state(self) -> State:
        """A mark per account."""
        if not self.row.cursor:
            return NO_CURSOR_STATE
        return self._marks.state(self.context.accounts.ids, STATE_FORMATS[self.row.granularity])


def _day(text: str) -> Date:
    return Date.fromisoformat(text)
