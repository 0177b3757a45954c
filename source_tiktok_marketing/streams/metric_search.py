"""Which metrics TikTok refuses, where its refusal does not say: found by asking for parts of them.

A request with one metric too many fails whole, at times with words that name none. What is kept was always taken
together in one request, so that metrics which only fail beside each other are told apart as well.
"""

from collections.abc import Callable, Sequence

# What TikTok gives whoever names no metric: a query that is refused with these as well is hardly refused for them.
DEFAULT_METRICS = ("spend", "impressions")
# After so many refusals without one answer it is not the metrics.
HOPELESS_REFUSALS = 16


class MetricSearch:
    """A search for the metrics that a refused query may keep.

    A metric costs about two requests for each halving down to it, so k of n cost O(k log n).

    Args:
        takes: Asks TikTok whether it answers the query with some metrics.
    """

    def __init__(self, takes: Callable[[tuple[str, ...]], bool]) -> None:
        self._takes = takes
        self._kept: list[str] = []
        self._refusals = 0

    def taken(self, metrics: Sequence[str]) -> frozenset[str]:
        """Which of some metrics, refused as they are, TikTok takes together; none if it refuses something else."""
        first = [name for name in metrics if name in DEFAULT_METRICS]
        all_of_first = self._keep(first)
        self._keep([name for name in metrics if name not in DEFAULT_METRICS], is_refused=all_of_first)
        return frozenset(self._kept)

    def _keep(self, part: Sequence[str], *, is_refused: bool = False) -> bool:
        """Keep what TikTok takes of a part beside what is kept already; whether that is all of it.

        A part need not be asked for if it is known to be refused: with its first half kept whole, the second half
        is what made the whole fail.
        """
        if not part:
            return True
        if not is_refused and self._ask(part):
            self._kept += part
            return True
        if len(part) > 1 and not self._is_hopeless:
            middle = len(part) // 2
            all_of_first = self._keep(part[:middle])
            self._keep(part[middle:], is_refused=all_of_first)
        return False

    @property
    def _is_hopeless(self) -> bool:
        return not self._kept and self._refusals >= HOPELESS_REFUSALS

    def _ask(self, part: Sequence[str]) -> bool:
        if self._is_hopeless:
            return False
        answered = self._takes((*self._kept, *part))
        self._refusals += not answered
        return answered
