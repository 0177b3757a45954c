"""What TikTok lists for a Business Center rather than an ad account: its assets, and the money of its accounts."""

from collections.abc import Iterator, Sequence
from typing import Any

import pendulum

from source_tiktok_marketing.accounts.watermarks import TIME_FORMAT, parse_time
from source_tiktok_marketing.accounts.windows import split
from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.catalog.rows import Entity
from source_tiktok_marketing.catalog.streams import CENTERS
from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.cdk_stream import Slice, check_slice, failing
from source_tiktok_marketing.streams.dated import DatedStream, dated
from source_tiktok_marketing.streams.entities import EntityStream, narrowed
from source_tiktok_marketing.streams.values import Record

# Between the first and the last place on earth to write a time down.
ALL_ZONES = pendulum.duration(hours=26)


def centers_of(context: Context) -> list[str]:
    """The Business Centers of the token's user; listed once in a sync."""

    def read() -> list[str]:
        stream = TokenStream(CENTERS, context)
        return [str(stream.id_of(row)) for page in stream.read_raw({}) for row in page]

    return context.client.once((CENTERS,), read)


class TokenStream(EntityStream):
    """The Business Centers themselves, which belong to the token."""

    owners: Sequence[str] = ()

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """One slice."""
        yield {}


class CenterStream(EntityStream):
    """Every object of every Business Center."""

    def __init__(self, row: Entity, context: Context) -> None:
        super().__init__(row, context)
        self._centers: list[str] = []

    @property
    def owners(self) -> Sequence[str]:
        """The Business Centers, once they are listed."""
        return self._centers

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """One slice per Business Center; if they cannot be listed, one that fails with TikTok's words."""
        for slice_ in self.centers():
            # Those that a full refresh has read before it was cut off are those with a watermark.
            is_read = self._reads_each_once and "bc_id" in slice_ and self._watermarks.of(slice_["bc_id"])
            if not is_read:
                yield slice_

    def centers(self) -> Iterator[Slice]:
        """A slice per Business Center, or one that fails as their list did."""
        try:
            self._centers = centers_of(self.context)
        except ApiError as error:
            yield failing({}, error)
        for center in self._centers:
            yield {"bc_id": center}

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The objects of a Business Center."""
        check_slice(stream_slice)
        return super().read_pages(stream_slice)


class TransactionStream(CenterStream):
    """Transactions, by the year: TikTok gives those of the last months unless told otherwise.

    They are dated in the time zones of their accounts, and whether the filter is too is not documented. So a day
    more is asked for at either end, and what is new is told from what is known with room for all zones.
    """

    def _parts(self, stream_slice: Slice) -> Iterator[Slice]:
        since = parse_time(max(self._watermark_text(stream_slice["bc_id"]), self.start) or FIRST_DAY)
        first, last = since.date().subtract(days=1), self.context.clock.now().date().add(days=1)
        for start, end in split(first, last, self.row.most_days or 1):
            yield narrowed(stream_slice, "filtering", start_time=f"{start} 00:00:00", end_time=f"{end} 23:59:59")

    def _watermark_text(self, owner: str) -> str:
        watermark = self._watermarks.of(owner)
        return (watermark - ALL_ZONES).format(TIME_FORMAT) if watermark else ""


class DailyCostStream(DatedStream, CenterStream):
    """What the accounts of a Business Center spent, day by day: TikTok gives the total of a span of days.

    A day is that of each account's own time zone: it is read as soon as it has begun for one of them, and again
    until it is over for all.
    """

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """One slice per Business Center and day."""
        accounts = self.context.accounts
        known = accounts.known.values()
        whole = min(map(accounts.first_day, known)), max(map(accounts.last_day, known))
        running = min(map(accounts.running_day, known))
        for slice_ in self.centers():
            if "bc_id" not in slice_:
                yield slice_
                continue
            for day in self.open_windows(self.watermark_owner(slice_), whole, running, 1):
                yield {**dated(slice_, day), "date": str(day[0])}

    def _parts(self, stream_slice: Slice) -> Iterator[Slice]:
        day = stream_slice["date"]
        yield narrowed(stream_slice, "filtering", start_date=day, end_date=day)

    def _changed(self, rows: list[Record], owner: str) -> list[Record]:
        return rows  # Which days to read is known, all of a day is wanted, and its watermark may be ahead of UTC.
