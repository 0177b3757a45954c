"""What a report asks of TikTok, and what makes an answer to it unusable."""

import logging
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import orjson
import requests

from source_tiktok_marketing.accounts.windows import Window
from source_tiktok_marketing.api.client import answer_of
from source_tiktok_marketing.catalog.filters import Filter
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.vocabulary import Level
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.asked import report_evidence
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.dated import DatedReport
from source_tiktok_marketing.streams.evidence import Evidence
from source_tiktok_marketing.streams.narrowing import Query
from source_tiktok_marketing.streams.report_reader import ReportReader, Truncated
from source_tiktok_marketing.streams.typed import TypedPages
from source_tiktok_marketing.streams.values import Record
from source_tiktok_marketing.streams.withdrawn_metrics import WithdrawnMetrics

LOGGER = logging.getLogger("airbyte")

# The only sign that TikTok has cut a report at 20,000 ads.
TRUNCATION_HEADER = "X-Tt-Ads-Throttle"


class ReportRequests(DatedReport):
    """The requests of a report stream; which days they are for is its subclass's."""

    row: Report

    def __init__(self, row: Report, context: Context) -> None:
        super().__init__(row, context)
        self._typed_pages = TypedPages(schema_of(row), row.dimensions)
        self._withdrawn = WithdrawnMetrics(row.name, [metric.name for metric in row.metrics])
        self._reader = ReportReader(self, row, self._withdrawn)
        self._cut: set[str] = set()

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

    def read_window(self, advertiser_id: str, window: Window, *, top_view: bool = True) -> Iterator[list[Record]]:
        """The rows of a window as TikTok sends them, proven whole."""
        query = Query(advertiser_id, window, self._withdrawn.others, top_view=top_view, as_objects=True)
        return self._reader.read(query)

    def check_response(self, response: requests.Response, stream_slice: Slice) -> None:
        """Refuse a report that TikTok has cut, or that has more rows than should be kept in mind."""
        if TRUNCATION_HEADER in response.headers:
            self._check_cut(stream_slice["advertiser_id"])
        total = answer_of(response).page_info.get("total_number", 0)
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
        return report_evidence(self.row, stream_slice, metrics, self.hours_that_come_twice(stream_slice))
