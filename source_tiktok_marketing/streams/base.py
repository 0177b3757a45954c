"""What every stream shares: its place in Airbyte's protocol, its requests, and its progress."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import partial
from typing import Any

import requests
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.streams.http import HttpStream
from pendulum import DateTime, Duration

from source_tiktok_marketing.accounts.watermarks import TIME_FORMAT, State, Watermarks
from source_tiktok_marketing.api.client import account_and_days, answer_of, forget_answer, is_silent
from source_tiktok_marketing.api.errors import documented_shape
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import Entity, Report
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.listing import MAX_READS, Emitted, ListedPage, Listing, Record
from source_tiktok_marketing.streams.shared_keys import SharedKeys

LOGGER = logging.getLogger("airbyte")

NO_CURSOR_STATE: State = {"__ab_no_cursor_state_message": True}

Slice = Mapping[str, Any]


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
        self._watermarks = Watermarks(row.cursor or "", None)
        self._reads_each_once = False
        self._ahead_was_told = False
        self.shared_keys = SharedKeys()

    @property
    def name(self) -> str:
        """Stream name."""
        return self.row.name

    @property
    def primary_key(self) -> list[str]:
        """Fields that identify a record, within its account or, if the user wants it so, among all accounts."""
        account = ["advertiser_id"] if self.context.config.account_in_keys else []
        return list(dict.fromkeys([*account, *self.row.primary_key]))

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

    def resume(self, state: Mapping[str, Any] | None, *, each_once: bool = False) -> None:
        """Take up a stored state in any of its forms; None starts anew.

        Args:
            state: The state.
            each_once: It belongs to a full refresh that goes on where an attempt before was cut off: nothing that
                the state covers is read again.

        Raises:
            UnreadableState: Nobody can read it.
        """
        self._watermarks = Watermarks(self.row.cursor or "", state if self.row.cursor else None)
        self._reads_each_once = each_once

    @property
    def state_version(self) -> int:
        """Grows whenever `current_state` has something new to say."""
        return self._watermarks.version

    def _bring_back(self, advertiser_id: str, latest: DateTime, tolerance: Duration) -> None:
        """Drop or lower a watermark that lies in the future."""
        if self._watermarks.bring_back(advertiser_id, latest, tolerance) and not self._ahead_was_told:
            self._ahead_was_told = True
            LOGGER.warning(
                "%s: the stored state of account %s lies beyond TikTok's today: a wrong clock has set it. Such "
                "accounts are read again from the start date.",
                self.name,
                advertiser_id,
            )

    @property
    def watermark_format(self) -> str:
        """How a watermark is written in a state."""
        return TIME_FORMAT

    @abstractmethod
    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """Read a slice whole, page by page.

        Raises:
            ApiError: TikTok's final refusal.
            Incomplete: The slice could not be proven whole.
        """

    @abstractmethod
    def close(self, stream_slice: Slice) -> None:
        """Note that a slice was read whole and its records are emitted."""

    def current_state(self) -> State:
        """The state that covers every closed slice: a watermark per account."""
        if not self.row.cursor:
            return NO_CURSOR_STATE
        return self._watermarks.state(self.context.accounts.ids, self.watermark_format)

    def list_pages(self, stream_slice: Slice, emitted: Emitted, reads: int = MAX_READS) -> Iterator[list[Record]]:
        """Read the list behind a slice until it is proven whole; see `Listing`."""
        listing = Listing(
            self.name,
            account_and_days(stream_slice),
            partial(self._fetch_page, stream_slice),
            self._page_size(stream_slice),
            self.row.reach,
        )
        return listing.pages(emitted, reads)

    def _fetch_page(self, stream_slice: Slice, number: int) -> ListedPage:
        _, response = self._fetch_next_page(stream_slice, None, {"page": number})
        answer = answer_of(response)
        with documented_shape():
            self.check_response(response, stream_slice)
            rows = self.parse_response(response, stream_slice=stream_slice)
            keys = list(map(hash, self.keys_of(rows, stream_slice)))
        forget_answer(response)
        return ListedPage(rows, keys, answer.page_info, is_silent=is_silent(answer, self.row.list_field))

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
