"""What every stream shares: request, envelope, paging, and the proof that a listing was read whole."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.streams.http import HttpStream

from source_tiktok_marketing.accounts import TOP_VIEW_REFUSALS, Accounts
from source_tiktok_marketing.catalog import Entity, Report
from source_tiktok_marketing.client import (
    TiktokClient,
    account_and_days,
    answer_of,
    forget_answer,
    is_silent,
)
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.config import Config
from source_tiktok_marketing.cursor import TIME_FORMAT, Marks, State
from source_tiktok_marketing.errors import ApiError, Incomplete, documented_shape
from source_tiktok_marketing.schemas import schema_of

LOGGER = logging.getLogger("airbyte")

# Live data shifts between pages now and then; a listing that is still moving after so many reads is reported.
MAX_READS = 5
MAX_PAGES_WITHOUT_NEWS = 2
NO_CURSOR_STATE: State = {"__ab_no_cursor_state_message": True}

Slice = Mapping[str, Any]
Record = dict[str, Any]
# Hash of a row's key -> the last pass that saw it.
Emitted = dict[int, "Listing"]


@dataclass(frozen=True)
class Context:
    """What the streams of a sync have in common."""

    config: Config
    client: TiktokClient
    accounts: Accounts
    clock: Clock


@dataclass
class Listing:
    """The evidence that one pass over the pages of a listing saw every row exactly once.

    TikTok pages by number over live data: what is created meanwhile pushes rows over the page border, so that
    they are seen twice or not at all. A pass is whole if its keys are unique, the total stood still, and as many
    rows came as the total says; where TikTok gives no total, if the pass before it found the same rows.
    """

    page_size: int
    reach: int | None = None
    totals: set[int] = field(default_factory=set)
    rows: int = 0
    repeated: int = 0
    page: int = 0
    more: bool = True
    largest_total: int = 0
    pages_without_news: int = 0
    silent: bool = False
    fresh: int = 0

    def add(
        self, rows: int, repeated: int, page_info: Mapping[str, Any], *, fresh: int = 0, silent: bool = False
    ) -> None:
        """Note a page: how many of its rows this pass, or none, had seen before, and whether it said nothing."""
        self.page += 1
        self.fresh += fresh
        self.silent = self.silent or silent
        self.rows += rows
        self.repeated += repeated
        total = page_info.get("total_number")
        if total is not None:
            self.totals.add(self._reachable(int(total)))
            self.largest_total = max(self.largest_total, int(total))
        # One page without a new row is TikTok's hiccup; two are the end of what it has.
        self.pages_without_news = 0 if rows > repeated else self.pages_without_news + 1
        self.more = self.page < self._pages(page_info, rows) and self.pages_without_news < MAX_PAGES_WITHOUT_NEWS

    def _pages(self, page_info: Mapping[str, Any], rows: int) -> int:
        """How many pages there are, as far as this page tells."""
        total = page_info.get("total_number")
        if total is not None:
            # Counted here, since `total_page` is 0 at times although there are rows. Pages may be smaller than
            # asked for, never larger.
            size = min(int(page_info.get("page_size") or self.page_size), self.page_size)
            return -(-self._reachable(int(total)) // max(size, 1))
        if page_info.get("total_page") is not None:
            pages = int(page_info["total_page"])
        else:
            # Without page_info an answer is the only one, unless it is as full as a page can be.
            pages = self.page + 1 if rows >= self.page_size else self.page
        return -(-self._reachable(pages * self.page_size) // self.page_size)

    @property
    def cut_off(self) -> bool:
        """Whether there may be more objects than TikTok lists."""
        return self.reach is not None and self.largest_total >= self.reach

    def _reachable(self, total: int) -> int:
        return total if self.reach is None else min(total, self.reach)

    @property
    def fault(self) -> str | None:
        """Why this pass proves nothing, or None if it proves the listing whole."""
        if self.silent:
            return "an answer held neither a list nor a count"
        if self.repeated:
            return f"{self.repeated} of its {self.rows} rows came twice"
        if len(self.totals) > 1:
            return f"its total moved between {min(self.totals)} and {max(self.totals)} rows"
        if self.totals and self.rows not in self.totals:
            return f"{self.rows} rows came where TikTok counts {max(self.totals)}"
        return None

    def proves(self, earlier: "Listing | None") -> bool:
        """Whether this pass saw everything; where TikTok gives no count, a second pass has to find the same."""
        if self.fault:
            return False
        agreed = earlier is not None and earlier.rows == self.rows and not (self.fresh or earlier.fault)
        return bool(self.totals) or agreed


class TiktokStream(HttpStream, ABC):
    """A stream of TikTok, told apart from its siblings by its catalogue row.

    Args:
        row: The stream's catalogue row.
        context: What the sync shares.
    """

    def __init__(self, row: Entity | Report, context: Context) -> None:
        self.row = row
        self.context = context
        super().__init__()
        self._http_client = context.client
        self._marks = Marks(row.cursor or "", None)

    @property
    def name(self) -> str:
        """Stream name."""
        return self.row.name

    @property
    def primary_key(self) -> list[str]:
        """Fields that identify a record."""
        return list(self.row.primary_key)

    @property
    def cursor_field(self) -> str | list[str]:
        """Field that orders records in time; [] for none."""
        return self.row.cursor or []

    @property
    def is_resumable(self) -> bool:
        """Only a stream with a cursor can go on where it was."""
        return bool(self.row.cursor)

    @property
    def url_base(self) -> str:
        """Production or sandbox."""
        return self.context.client.url_base

    def path(self, **_: Any) -> str:
        """Endpoint, with the slash at its end without which TikTok answers 404."""
        return self.row.endpoint

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override]  # the CDK's is wrapped in a cache
        """The published schema."""
        return schema_of(self.row)

    def next_page_token(self, response: requests.Response) -> Mapping[str, Any] | None:
        """The next page by `page_info`, for callers that page by themselves."""
        page_info = answer_of(response).page_info
        page = int(page_info.get("page") or 1)
        return {"page": page + 1} if page < int(page_info.get("total_page") or 0) else None

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        """Account and page."""
        slice_ = stream_slice or {}
        return {
            "advertiser_id": slice_["advertiser_id"],
            "page": str((next_page_token or {}).get("page", 1)),
            "page_size": str(self._page_size(slice_)),
        }

    def parse_response(
        self,
        response: requests.Response,
        *,
        stream_state: Mapping[str, Any] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> list[Record]:
        """The rows of a page as TikTok sent them."""
        return answer_of(response).data.get(self.row.list_field) or []

    def request_kwargs(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """What the client should know: where the list is, and a light question that tells size from outage."""
        return {"list_field": self.row.list_field, "lighter": (stream_slice or {}).get("lighter")}

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[StreamData]:
        """Read a slice record by record, for callers that know the CDK's interface only."""
        for records in self.read_pages(stream_slice or {}):
            yield from records

    @abstractmethod
    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """What to read, in order: a slice per account, or per account and window."""

    def resume(self, state: Mapping[str, Any] | None) -> None:
        """Take up a stored state in any of its forms; None starts anew."""
        self._marks = Marks(self.row.cursor or "", state if self.row.cursor else None)

    @property
    def mark_format(self) -> str:
        """How a mark is written in a state."""
        return TIME_FORMAT

    @abstractmethod
    def read_pages(self, stream_slice: Slice) -> Iterator[Sequence[Record]]:
        """Read a slice whole, page by page.

        Raises:
            ApiError: TikTok's final refusal.
            Incomplete: The slice could not be proven whole.
        """

    @abstractmethod
    def close(self, stream_slice: Slice) -> None:
        """Note that a slice was read whole and its records are emitted."""

    def current_state(self) -> State:
        """The state that covers every closed slice: a mark per account."""
        if not self.row.cursor:
            return NO_CURSOR_STATE
        return self._marks.state(self.context.accounts.ids, self.mark_format)

    def _list(self, stream_slice: Slice, emitted: Emitted, reads: int = MAX_READS) -> Iterator[list[Record]]:
        """Read a listing until one pass over its pages proves it whole, each row once.

        Args:
            stream_slice: What to list.
            emitted: What this sync has emitted of the slice already; grows.
            reads: After so many passes that prove nothing, give up.
        """
        earlier, rows = None, 0
        where, why = account_and_days(stream_slice), ""
        for attempt in range(1, reads + 1):
            listing = Listing(self._page_size(stream_slice), self.row.reach)
            while listing.more:
                yield self._read_page(stream_slice, listing, emitted)
            rows += listing.rows
            if listing.proves(earlier):
                self._tell_if_cut_off(listing, stream_slice)
                return
            if listing.silent and not rows:
                self._tell_silence(where)
                return
            why = listing.fault or "TikTok gave no count"
            LOGGER.info("%s: read %d of %s proves nothing: %s.", self.name, attempt, where, why)
            earlier = listing
        raise Incomplete(f"TikTok's answers for {where} never added up in {reads} reads: {why}.")

    def _tell_silence(self, where: str) -> None:
        LOGGER.warning(
            "%s: TikTok's answers for %s hold neither a list nor a count; that is taken for no rows.",
            self.name,
            where,
        )

    def _tell_if_cut_off(self, listing: Listing, stream_slice: Slice) -> None:
        if listing.cut_off:
            LOGGER.warning(
                "%s: account %s has %d objects or more; TikTok lists %d only.",
                self.name,
                stream_slice["advertiser_id"],
                listing.largest_total,
                self.row.reach,
            )

    def _list_top_view(
        self, stream_slice: Slice, emitted: Emitted, reads: int = MAX_READS
    ) -> Iterator[list[Record]]:
        """List TopView objects, of which most accounts know nothing: a refusal at once is an empty list."""
        pages = self._list(stream_slice, emitted, reads)
        try:
            first = next(pages)
        except ApiError as error:
            if error.answer.code not in TOP_VIEW_REFUSALS or self._is_about_else(error):
                raise
            self._on_top_view_refused(stream_slice["advertiser_id"], error)
            return
        yield first
        yield from pages

    def _on_top_view_refused(self, advertiser_id: str, refusal: ApiError) -> None:
        LOGGER.info("%s: no TopView in account %s. %s", self.name, advertiser_id, refusal)

    def _is_about_else(self, refusal: ApiError) -> bool:
        """Whether a refusal to list TopView objects has another reason."""
        return False

    def _read_page(self, stream_slice: Slice, listing: Listing, emitted: Emitted) -> list[Record]:
        """Read the next page of a listing, and keep what was not emitted before."""
        _, response = self._fetch_next_page(stream_slice, None, {"page": listing.page + 1})
        answer = answer_of(response)
        silent = is_silent(answer, self.row.list_field)
        with documented_shape():
            self.check_response(response, stream_slice)
            rows = self.parse_response(response, stream_slice=stream_slice)
            fresh, repeated = self._sift(rows, listing, emitted, stream_slice)
            listing.add(len(rows), repeated, answer.page_info, fresh=len(fresh), silent=silent)
        forget_answer(response)
        return fresh

    def _sift(
        self, rows: list[Record], listing: Listing, emitted: Emitted, stream_slice: Slice
    ) -> tuple[list[Record], int]:
        """The rows that were not emitted before, and how many rows this very pass has seen before."""
        fresh, repeated = [], 0
        for row, key in zip(rows, map(hash, self.keys_of(rows, stream_slice)), strict=True):
            seen_in = emitted.get(key)
            emitted[key] = listing
            if seen_in is None:
                fresh.append(row)
            elif seen_in is listing:
                repeated += 1
        return fresh, repeated

    def _page_size(self, stream_slice: Slice) -> int:
        """Rows that a full page of the slice has."""
        return self.row.page_size or 1

    def check_response(self, response: requests.Response, stream_slice: Slice) -> None:
        """Raise what makes a page unusable although its code is a success."""

    def keys_of(self, rows: list[Record], stream_slice: Slice) -> Iterable[Any]:
        """What tells the rows of a page apart."""
        return map(self.key_of, rows)

    @abstractmethod
    def key_of(self, row: Record) -> Any:
        """What identifies a raw row within its slice."""
