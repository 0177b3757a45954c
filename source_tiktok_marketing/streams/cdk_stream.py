"""What Airbyte's CDK asks of a stream: its place in the protocol, and its requests."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import requests
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.streams.http import HttpStream

from source_tiktok_marketing.api.client import answer_of
from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.catalog.rows import Row
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.values import Record

Slice = Mapping[str, Any]


class CdkStream(HttpStream, ABC):
    """A stream as the CDK knows it, described by its catalogue row.

    Args:
        row: The stream's catalogue row.
        context: What the sync shares.
    """

    def __init__(self, row: Row, context: Context) -> None:
        self.row = row
        self.context = context
        super().__init__()
        self._http_client = context.client

    @property
    def name(self) -> str:
        """Stream name."""
        return self.row.name

    @property
    def primary_key(self) -> list[str]:
        """Fields that identify a record, within its account or, if the user wants it so, among all accounts."""
        key, owner = self.row.primary_key, self.row.owner.value
        if key and owner and self.context.config.account_in_keys:
            key = (owner, *key)
        return list(dict.fromkeys(key))

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
        page = page_info.get("page") or 1
        return {"page": page + 1} if page < page_info.get("total_page", 0) else None

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        """Account or Business Center, and page."""
        slice_, owner = stream_slice or {}, self.row.owner.value
        params = {owner: slice_[owner]} if owner else {}
        if self.row.page_size:
            params["page"] = str((next_page_token or {}).get("page", 1))
            params["page_size"] = str(self._page_size(slice_))
        return params

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
    def read_pages(self, stream_slice: Slice) -> Iterator[Sequence[Record]]:
        """Read a slice whole, page by page.

        Raises:
            ApiError: TikTok's final refusal.
            Incomplete: The slice could not be proven whole.
            StrangeRows: Rows came that were not asked for, however often it was asked.
        """

    def _page_size(self, stream_slice: Slice) -> int:
        """Rows that a full page of the slice has."""
        return self.row.page_size or 1


def failing(slice_: Slice, error: ApiError) -> Slice:
    """A slice in the place of those that could not be listed, which fails as their list did.

    Raises:
        ApiError: The failure, if every other request would fail alike.
    """
    if error.is_everywhere:
        raise error
    return {**slice_, "failure": error}


def check_slice(slice_: Slice) -> None:
    """Raise the failure that a slice stands for, if it does."""
    if "failure" in slice_:
        raise slice_["failure"].with_traceback(None)
