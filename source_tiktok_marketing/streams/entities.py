"""Objects as they are now: campaigns, ad groups, ads, audiences and creative assets."""

import logging
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import partial
from itertools import compress
from operator import itemgetter
from typing import Any

import orjson
import pendulum
from pendulum import DateTime

from source_tiktok_marketing.accounts.top_view import TOP_VIEW, unless_refused
from source_tiktok_marketing.accounts.watermarks import TIME_FORMAT, parse_time
from source_tiktok_marketing.api.client import account_and_days
from source_tiktok_marketing.api.errors import ApiError, Incomplete
from source_tiktok_marketing.catalog.rows import Entity, Owner
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import CAMPAIGNS
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.asked import object_evidence
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.changes import Changes
from source_tiktok_marketing.streams.evidence import Evidence
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.values import Record, compile_entity

LOGGER = logging.getLogger("airbyte")

BUYING_TYPES = (("AUCTION", "RESERVATION_RF"), (TOP_VIEW,))
# TikTok lists at most 100 TopView ad groups a page.
TOP_VIEW_PAGE_SIZE = 100
# How far this machine's clock may be ahead of TikTok's.
CLOCK_TOLERANCE = pendulum.duration(minutes=10)


class EntityStream(TiktokStream):
    """Every object of every account, listed anew each time; what has not changed since the watermark is left out.

    TikTok cannot be asked for changes of most objects, so the listing is always whole and the filter is here.
    Objects without a time of change (Upgraded Smart+ ads, system music) are always emitted.
    """

    row: Entity

    def __init__(self, row: Entity, context: Context) -> None:
        super().__init__(row, context)
        self._convert = compile_entity(schema_of(row))
        self._changes = Changes(row.cursor)
        self._settled: dict[str, DateTime] = {}

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """One slice per account."""
        for advertiser_id in self.accounts_to_read():
            # The accounts that a full refresh has read before it was cut off are those with a watermark.
            if not (self._reads_each_once and self._watermarks.of(advertiser_id)):
                yield {"advertiser_id": advertiser_id}

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        """Account, page, and what TikTok hides unless asked."""
        slice_ = stream_slice or {}
        buying_types = slice_.get("buying_types")
        params = super().request_params(stream_state, slice_, next_page_token)
        params.update(slice_.get("params", {}))
        filtering: dict[str, Any] = dict(slice_.get("filtering") or {})
        if self.context.config.include_deleted and self.row.status_all:
            filtering[self.row.status_field] = self.row.status_all
        if buying_types:
            filtering["buying_types"] = buying_types
        if filtering:
            params["filtering"] = orjson.dumps(filtering).decode()
        return params

    def _page_size(self, stream_slice: Slice) -> int:
        if TOP_VIEW in stream_slice.get("buying_types", ()):
            return TOP_VIEW_PAGE_SIZE
        return super()._page_size(stream_slice)

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The account's objects that changed since its watermark."""
        owner = self.watermark_owner(stream_slice)

        def finish(rows: list[Record]) -> list[Record]:
            records = self._convert(self._published(self._changed(rows, owner)), stream_slice)
            key = self.row.primary_key
            if key and self.row.owner is Owner.ACCOUNT and "advertiser_id" not in key:
                self.shared_keys.note(owner, map(itemgetter(*key), records))
            return records

        return map(finish, self.read_raw(stream_slice))

    def _published(self, rows: list[Record]) -> list[Record]:
        """The rows with their key at the root, and without what tells of people."""
        if self.row.key_path or self.row.private:
            for row in rows:
                if self.row.key:
                    row[self.row.key] = self.id_of(row)
                for name in self.row.private:
                    row.pop(name, None)
        return rows

    def read_raw(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The account's objects as TikTok sends them."""
        emitted = Keys()
        for part in self._parts(stream_slice):
            pages = self.list_pages(part, emitted) if self.row.page_size else self._only_page(part, emitted)
            if TOP_VIEW in part.get("buying_types", ()):
                pages = unless_refused(pages, partial(self._note_no_top_view, part["advertiser_id"]))
                pages = self._note_top_view(part, pages)
            yield from pages

    def _only_page(self, part: Slice, emitted: Keys) -> Iterator[list[Record]]:
        """The one answer of an endpoint without pages; some list an object twice."""
        page = self._fetch_page(part, self.evidence_of(part), 1)
        if page.doubt:
            raise Incomplete(f"TikTok's answer for {account_and_days(part)} proves nothing: {page.doubt.reason}.")
        yield list(compress(page.rows, emitted.note(page.keys)))

    def _note_no_top_view(self, advertiser_id: str, refusal: ApiError) -> None:
        LOGGER.info("%s: no TopView in account %s. %s", self.name, advertiser_id, refusal)

    def _note_top_view(self, part: Slice, pages: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """Save the look-up that reports would need; that there is none only a list with deleted ones tells."""
        found = False
        for rows in pages:
            found = found or bool(rows)
            yield rows
        if self.row is CAMPAIGNS and (found or self.context.config.include_deleted):
            self.context.accounts.top_view.note(part["advertiser_id"], has=found)

    def _parts(self, stream_slice: Slice) -> Iterator[Slice]:
        """What may only be asked for alone: TopView objects, which are hidden otherwise, and kinds of objects."""
        if self.row.buying_types:
            for buying_types in BUYING_TYPES:
                yield {**stream_slice, "buying_types": buying_types}
            return
        parts = list(map(partial(_of_kind, stream_slice), self._kinds()))
        yield from parts
        if self.row.status_deleted and self.context.config.include_deleted:
            for part in parts:
                yield narrowed(part, "filtering", primary_status=self.row.status_deleted)

    def _kinds(self) -> Iterable[Mapping[str, Any]]:
        """What TikTok lists apart, each as further parameters."""
        each = self.row.each
        if each is None:
            return ({},)
        if each.is_filter:
            return ({"filtering": {each.name: [value]}} for value in each.values)
        return ({"params": {each.name: value}} for value in each.values)

    def _changed(self, rows: list[Record], owner: str) -> list[Record]:
        """The rows that changed since the owner's watermark."""
        if owner not in self._settled:
            # Only now: with the first answer the clock is TikTok's.
            settled = self.context.clock.now() - CLOCK_TOLERANCE
            self._settled[owner] = settled
            self._bring_back(owner, settled, 2 * CLOCK_TOLERANCE)
        return self._changes.since(max(self._watermark_text(owner), self.start), rows, owner)

    @property
    def start(self) -> str:
        """What changed last before that is left out; "" where nothing is."""
        config = self.context.config
        return "" if config.all_objects or not self.row.from_start_date else f"{config.start_date} 00:00:00"

    def _watermark_text(self, advertiser_id: str) -> str:
        watermark = self._watermarks.of(advertiser_id)
        return watermark.format(TIME_FORMAT) if watermark else ""

    def evidence_of(self, stream_slice: Slice) -> Evidence:
        """What a part asks for, as a test of the rows that come."""
        return object_evidence(self.row, stream_slice)

    def id_of(self, row: Record) -> Any:
        """The object's own id."""
        if self.row.key_path:
            nested, name = self.row.key_path
            return row[nested][name]
        return row[self.row.key or ""]

    def close(self, stream_slice: Slice) -> None:
        """Move the account's watermark to its latest change, but not into the time of the listing itself.

        What changed behind a page that was read already may be older than what a later page showed.
        """
        owner = self.watermark_owner(stream_slice)
        newest, settled = self._changes.take_newest(owner), self._settled.pop(owner, None)
        if newest and settled:
            self._watermarks.set(owner, min(newest, settled))
        elif self._reads_each_once and self.row.cursor:
            self._watermarks.set(owner, parse_time(self.context.config.start_date))


def narrowed(part: Slice, name: str, **more: Any) -> Slice:
    """A part of a list with further parameters (`params`) or filters (`filtering`)."""
    return {**part, name: {**part.get(name, {}), **more}}


def _of_kind(stream_slice: Slice, kind: Mapping[str, Any]) -> Slice:
    for name, more in kind.items():
        stream_slice = narrowed(stream_slice, name, **more)
    return stream_slice


def every_id(entity: Entity, context: Context, advertiser_id: str, **filters: Sequence[str]) -> list[str]:
    """The ids of an account's campaigns or ad groups, TopView and deleted ones included.

    Posts that were boosted in TikTok's app are left out unless a filter says otherwise, as they are of every
    report below the account.
    """
    stream = EntityStream(entity, context)
    filtering = {"secondary_status": entity.status_all, **filters}
    slice_ = {"advertiser_id": advertiser_id, "filtering": filtering}
    return [str(stream.id_of(row)) for rows in stream.read_raw(slice_) for row in rows]
