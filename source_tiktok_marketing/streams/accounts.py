"""The accounts themselves: what the sync has looked up about them anyway, as two streams."""

from collections.abc import Iterable, Iterator
from typing import Any

from source_tiktok_marketing.accounts import LIST_ENDPOINT
from source_tiktok_marketing.errors import config_error
from source_tiktok_marketing.schemas import schema_of
from source_tiktok_marketing.streams.base import Record, Slice, TiktokStream
from source_tiktok_marketing.values import compile_entity


class AccountStream(TiktokStream):
    """`advertiser_ids` and `advertisers`: what they say is asked for once and shared by all streams."""

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """One slice for all accounts."""
        yield {}

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The shared look-up, as records."""
        convert = compile_entity(schema_of(self.row))
        for row in self._rows():
            yield convert([dict(row)], str(row["advertiser_id"]))

    def _rows(self) -> Iterable[Record]:
        accounts = self.context.accounts
        if self.row.endpoint == LIST_ENDPOINT:
            return [row for row in accounts.listed if str(row["advertiser_id"]) in accounts.ids]
        if not accounts.infos:
            raise config_error(
                "TikTok refuses advertiser/info/ for every account: grant the app the permission to read ad "
                "account information and authorise it again, or leave the stream `advertisers` out."
            )
        return accounts.infos.values()

    def key_of(self, row: Record) -> Any:
        """The account."""
        return row["advertiser_id"]

    def close(self, stream_slice: Slice) -> None:
        """There is no state to move."""
