"""Lists of what belongs to an account's other objects: sessions of campaigns, products of shops, pixel events."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from source_tiktok_marketing.accounts.windows import split
from source_tiktok_marketing.catalog.rows import Entity, Parent
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.entities import EntityStream, narrowed

Params = dict[str, str]

# TikTok counts the events of so many pixels and days at most.
MAX_PIXELS = 10
MAX_DAYS = 30


def params_of(parent: Parent, context: Context, advertiser_id: str, **filters: tuple[str, ...]) -> list[Params]:
    """What to ask for the children of each object of an account; the objects are listed once in a sync."""

    def read() -> list[Params]:
        pages = EntityStream(parent.entity, context).read_raw(
            {"advertiser_id": advertiser_id, "filtering": filters}
        )
        return [
            {param: str(row[field]) for param, field in parent.params}
            for page in pages
            for row in page
            if parent.flag is None or row.get(parent.flag)
        ]

    return context.client.once((parent, advertiser_id, *filters.items()), read)


class ChildStream(EntityStream):
    """What TikTok lists for each of an account's objects of another kind."""

    def _parts(self, stream_slice: Slice) -> Iterator[Slice]:
        for params in self._params(stream_slice):
            yield narrowed(stream_slice, "params", **params)

    def _params(self, stream_slice: Slice) -> Iterator[Params]:
        yield from params_of(_parent(self.row), self.context, stream_slice["advertiser_id"])


class PixelStatisticsStream(ChildStream):
    """Events by pixel, day by day: TikTok gives the totals of a span of days, and of the pixels' own account only.

    There is no cursor, as Airbyte's connector has none, so the last days are read anew each time.
    """

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """One slice per account and day; a day is UTC's."""
        config, today = self.context.config, self.context.clock.now().date()
        last = min(config.end_date or today, today)
        first = max(config.start_date, today.subtract(days=MAX_DAYS - 1))
        for advertiser_id in self.accounts_to_read():
            for day in split(first, last, 1):
                yield {"advertiser_id": advertiser_id, "date": str(day[0])}

    def _params(self, stream_slice: Slice) -> Iterator[Params]:
        day, pixels = stream_slice["date"], (params["pixel_ids"] for params in super()._params(stream_slice))
        while some := list(islice(pixels, MAX_PIXELS)):
            yield {
                "pixel_ids": orjson.dumps(some).decode(),
                "date_range": orjson.dumps({"start_date": day, "end_date": day}).decode(),
            }


def _parent(row: Entity) -> Parent:
    if row.parent is None:
        raise TypeError(row)
    return row.parent
