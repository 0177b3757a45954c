"""Rows of which TikTok cannot give all metrics at once: read with each half of them, and laid over each other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from source_tiktok_marketing.api.errors import Incomplete
from source_tiktok_marketing.streams.listing import MAX_READS
from source_tiktok_marketing.streams.narrowing import Query
from source_tiktok_marketing.streams.values import Record, written

ROWS_PER_PAGE = 500


@dataclass(frozen=True)
class MetricJoin:
    """Joins two halves of the metrics by row.

    TikTok leaves out rows without a value for the metrics asked for, so that a row may have one half only. So has
    a row that came between the two reads. Therefore the first half is then read once more; if it stood still,
    nothing came, and what a row lacks is null.

    Attributes:
        read: Reads a query until it is proven whole.
        keys_of: What identifies each row of a page.
    """

    read: Callable[[Query], Iterator[list[Record]]]
    keys_of: Callable[[list[Record]], list[int]]

    def rows(self, one: Query, other: Query) -> Iterator[list[Record]]:
        """The rows of either query with the metrics of both.

        What waits for its other half is kept as text, which takes a tenth of the memory.

        Raises:
            Incomplete: The rows moved all the time.
        """
        for _ in range(MAX_READS):
            first = {key: _text(row) for page in self._keyed(one) for key, row in page}
            keys, second = frozenset(first), {}
            for page in self._keyed(other):
                whole = []
                for key, row in page:
                    half = first.pop(key, None)
                    if half is None:
                        second[key] = _text(row)
                    else:
                        row["metrics"].update(orjson.loads(half)["metrics"])
                        whole.append(row)
                yield whole
            if not first and not second:
                return
            if keys == {key for page in self._keyed(one) for key, _ in page}:
                yield from _filled(first, other.metrics)
                yield from _filled(second, one.metrics)
                return
        raise Incomplete(
            f"The rows of {one} changed in each of {MAX_READS} reads between one half of the metrics and the "
            "other."
        )

    def _keyed(self, query: Query) -> Iterator[list[tuple[int, Record]]]:
        """The pages of a query, each row with its key, which no other has."""
        seen: set[int] = set()
        for page in self.read(query):
            keyed = list(zip(self.keys_of(page), page, strict=True))
            before = len(seen)
            seen.update(key for key, _ in keyed)
            if len(seen) < before + len(keyed):
                raise Incomplete(
                    f"The rows of {query} have keys that come twice, so that halves cannot be joined."
                )
            yield keyed


def _text(row: Record) -> str:
    """A row as text, since the bytes that orjson returns hold on to all of its buffer."""
    return written(row).decode()


def _filled(halves: dict[int, str], missing: tuple[str, ...]) -> Iterator[list[Record]]:
    """Rows that TikTok has no value of some metrics for."""
    empty = dict.fromkeys(missing)
    while halves:
        page = [orjson.loads(halves.popitem()[1]) for _ in range(min(len(halves), ROWS_PER_PAGE))]
        for row in page:
            row["metrics"] = empty | row["metrics"]
        yield page
