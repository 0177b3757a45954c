"""How many workers ask TikTok at a time: a fixed number, or as many as the rate limit needs.

What an answer takes need not be measured. If nobody waits when a request goes out, the next slot of the budget may
go by unused: a worker is missing. If many wait, some are too many. So the workers are always about as many as the
pace times the time of an answer, whatever that time is just now; after a throttle answer the pace falls, more of
them wait, and they become fewer.
"""

from collections.abc import Callable
from threading import Lock

from source_tiktok_marketing.api.sharing import Waiting

MOST_WORKERS = 64
# With so many in line, the next slot is taken on time even if one of them wakes late.
LEAST_WAITING = 2
# Answers do not come evenly: who is too many now may be missing in a second.
MOST_WAITING = 8


class Crew:
    """The workers of a sync.

    Args:
        start: Starts a worker.
        waiting: The workers that wait for a slot, or with their answer for room to unpack it. The latter count,
            since where the processor or the reader of the output is the limit, more requests bring nothing.
        number: How many workers there are; None for as many as the limit needs.
    """

    def __init__(self, start: Callable[[], None], waiting: Waiting, number: int | None) -> None:
        self._start = start
        self._waiting = waiting
        self._number = number
        self._lock = Lock()
        self.size = 0

    def begin(self) -> None:
        """Start the workers, or the first one."""
        for _ in range(self._number or 1):
            self._add_one()

    def add_if_short(self) -> None:
        """Start another worker if one is missing; to be called whenever a request goes out."""
        if self._number is None and self._waiting.count < LEAST_WAITING:
            self._add_one()

    @property
    def has_one_too_many(self) -> bool:
        """Whether the worker that asks should go, and not take another slice."""
        return self._number is None and self._waiting.count > MOST_WAITING

    def leave(self) -> None:
        """Note that a worker is gone."""
        with self._lock:
            self.size -= 1

    def _add_one(self) -> None:
        with self._lock:
            if self.size >= MOST_WORKERS:
                return
            self.size += 1
        self._start()
