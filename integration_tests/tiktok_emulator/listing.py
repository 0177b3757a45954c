"""Lists that are answered page by page."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

import orjson


class Listing(Protocol):
    """Anything with numbered rows."""

    @property
    def total(self) -> int:
        """Number of rows."""

    def render(self, start: int, stop: int) -> bytes:
        """Return rows as JSON, joined by commas."""


@dataclass(frozen=True)
class RecordListing:
    """A list of records in memory."""

    records: list[dict[str, Any]]

    @property
    def total(self) -> int:
        """Number of records."""
        return len(self.records)

    def render(self, start: int, stop: int) -> bytes:
        """Return records as JSON, joined by commas."""
        return b",".join(orjson.dumps(record) for record in self.records[start:stop])


@dataclass(frozen=True)
class Slice:
    """A part of another list: what a reader sees while rows come and go."""

    whole: Listing
    first: int
    last: int

    @property
    def total(self) -> int:
        """Number of rows in the part."""
        return max(0, min(self.last, self.whole.total) - self.first)

    def render(self, start: int, stop: int) -> bytes:
        """Return rows of the part."""
        return self.whole.render(self.first + start, min(self.first + stop, self.first + self.total))


@dataclass(frozen=True)
class OutOfReach:
    """A list of which only the first rows can be had, although its total counts them all."""

    whole: Listing
    reach: int

    @property
    def total(self) -> int:
        """Number of rows, with those that cannot be had."""
        return self.whole.total

    def render(self, start: int, stop: int) -> bytes:
        """Return rows, but none beyond the reach."""
        return self.whole.render(start, min(stop, self.reach))


@dataclass(frozen=True)
class Page:
    """A paged answer.

    Attributes:
        listing: all rows.
        list_key: name of the list in `data`.
        page: number from 1.
        size: rows per page.
        cache_key: what the rows depend on; None when they are not worth keeping.
        throttled: whether rows were left out, which TikTok tells by a header only.
        beside: members of `data` beside the list, as JSON with a comma behind each.
    """

    listing: Listing
    list_key: str
    page: int
    size: int
    cache_key: Hashable = None
    throttled: bool = False
    beside: bytes = b""

    @property
    def start(self) -> int:
        """Number of the first row of the page."""
        return (self.page - 1) * self.size

    @property
    def total_page(self) -> int:
        """Number of pages, 0 for an empty list."""
        return -(-self.listing.total // self.size)


@dataclass(frozen=True)
class Plain:
    """An answer without pages."""

    data: dict[str, Any]
