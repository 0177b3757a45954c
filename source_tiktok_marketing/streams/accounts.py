"""The accounts themselves: what the sync has looked up about them anyway, as two streams."""

from collections.abc import Iterator
from typing import Any

from source_tiktok_marketing.accounts.account_list import LIST_ENDPOINT
from source_tiktok_marketing.catalog.rows import Entity
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.asked import object_evidence
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.evidence import Evidence
from source_tiktok_marketing.streams.values import Record, compile_entity


class AccountStream(TiktokStream):
    """`advertiser_ids` and `advertisers`: what they say is asked for once and shared by all streams."""

    row: Entity

    def __init__(self, row: Entity, context: Context) -> None:
        super().__init__(row, context)
        self._convert = compile_entity(schema_of(row))

    @property
    def total(self) -> int:
        """One for each account, unless TikTok refuses it."""
        return len(self.owners)

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """One slice per account, since TikTok may refuse one and not the others."""
        for advertiser_id in self.accounts_to_read():
            yield {"advertiser_id": advertiser_id}

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """What the shared look-up says of the account."""
        accounts, advertiser_id = self.context.accounts, stream_slice["advertiser_id"]
        look_up = accounts.listed if self.row.endpoint == LIST_ENDPOINT else accounts.info
        yield self._convert([dict(look_up(advertiser_id))], stream_slice)

    def evidence_of(self, stream_slice: Slice) -> Evidence:
        """The account; the look-up has held the answer against it."""
        return object_evidence(self.row, stream_slice)

    def close(self, stream_slice: Slice) -> None:
        """There is no state to move."""
