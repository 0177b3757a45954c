"""What TikTok does to apps whose queries time out."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from threading import Lock

from integration_tests.tiktok_emulator.errors import ApiError

TIME_OUT_STATUSES = frozenset({504})
TIME_OUT_CODES = frozenset({50002, 51010})

# TikTok: so many time-outs of an app within ten seconds cut it to so many requests a second, for five minutes.
_CUTS = ((30, 0), (20, 1), (10, 5))
_CUT_WINDOW_SECONDS = 10.0
_CUT_SECONDS = 300.0
# TikTok: the third time-out of the same request within ten minutes blocks it for ten minutes.
_MOST_TIME_OUTS = 3
_BLOCK_SECONDS = 600.0


class TimeOuts:
    """The time-outs of apps and of their queries, and the penalties for them.

    Args:
        monotonic: seconds; a test passes a clock of its own.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._times: dict[Hashable, deque[float]] = defaultdict(deque)
        self._blocked: dict[str, float] = {}
        self._cut: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def note(self, app_id: str, query: str) -> None:
        """Count a time-out of a query of an app."""
        moment = self._monotonic()
        with self._lock:
            if self._count(query, moment, _BLOCK_SECONDS) >= _MOST_TIME_OUTS:
                self._blocked[query] = moment + _BLOCK_SECONDS
            timed_out = self._count(("time-outs", app_id), moment, _CUT_WINDOW_SECONDS)
            rate = next((rate for most, rate in _CUTS if timed_out >= most), None)
            if rate is not None:
                self._cut[app_id] = (rate, moment + _CUT_SECONDS)

    def check(self, app_id: str, query: str, blocked_code: int) -> None:
        """Refuse what a penalty forbids.

        Raises:
            ApiError: the given code for a blocked query, 40100 beyond a rate that was cut.
        """
        moment = self._monotonic()
        with self._lock:
            asked = self._count(("requests", app_id), moment, 1.0)
            rate, until = self._cut.get(app_id, (0, moment))
            if moment < self._blocked.get(query, moment):
                raise ApiError(blocked_code)
        if moment < until and asked > rate:
            raise ApiError(40100)

    def _count(self, key: Hashable, moment: float, seconds: float) -> int:
        """Count an event and return how many there were in the last seconds."""
        times = self._times[key]
        times.append(moment)
        while times[0] <= moment - seconds:
            times.popleft()
        return len(times)
