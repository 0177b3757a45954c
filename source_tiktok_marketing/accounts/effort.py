"""Which accounts take long: they are asked for first, so that no sync ends with one slow account alone."""

from collections import defaultdict
from collections.abc import Iterable
from math import log2
from statistics import median_low
from threading import Lock

# What takes no longer than that delays nobody.
LEAST_SECONDS = 1.0


class Effort:
    """Seconds that the slices of each account have taken in this sync, over all streams."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def note(self, advertiser_id: str, seconds: float) -> None:
        """Note a slice that was read."""
        with self._lock:
            self._seconds[advertiser_id] += seconds

    def hardest_first(self, advertiser_ids: Iterable[str]) -> list[str]:
        """The accounts, in front of the others those that took several times as long as usual."""
        with self._lock:
            seconds = dict(self._seconds)
        usual = max(LEAST_SECONDS, median_low(seconds.values())) if seconds else LEAST_SECONDS

        def rank(advertiser_id: str) -> int:
            """How many times the usual is to be doubled: like accounts keep their order."""
            return -int(log2(max(1.0, seconds.get(advertiser_id, 0.0) / usual)))

        return sorted(advertiser_ids, key=rank)
