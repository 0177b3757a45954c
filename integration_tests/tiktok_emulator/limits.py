"""TikTok's rate limits, per app, per endpoint and per advertiser."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from threading import Lock

from integration_tests.tiktok_emulator.clock import Clock
from integration_tests.tiktok_emulator.errors import ApiError

MINUTE_PENALTY_SECONDS = 300.0
ADVERTISER_PER_SECOND = 20


@dataclass(frozen=True)
class Quota:
    """Requests per second, per minute and per day."""

    second: int
    minute: int
    day: int


# TikTok: rate limits page.
TIERS = {
    "Basic": Quota(10, 600, 864_000),
    "Advanced": Quota(20, 1200, 1_728_000),
    "Premium": Quota(30, 1800, 2_592_000),
    "Ultimate": Quota(50, 3000, 4_320_000),
}
_GMV_MAX = {
    "Basic": Quota(8, 240, 20_000),
    "Advanced": Quota(12, 360, 30_000),
    "Premium": Quota(20, 600, 50_000),
    "Ultimate": Quota(20, 600, 50_000),
}
_REPORT_TASK = Quota(2, 60, 4_500)
SANDBOX = Quota(1, 30, 1_000)


class _Counter:
    """Sliding windows and penalties of one quota; refused requests count as well."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._last_minute: deque[float] = deque()
        self._day: date | None = None
        self._today = 0
        self._locked_until = 0.0

    def breach(self, moment: float, day: date) -> str:
        """Count a request; return `second`, `minute` or `day` for the limit that refuses it, else nothing."""
        if day != self._day:
            self._day, self._today = day, 0
        self._today += 1
        self._last_minute.append(moment)
        while self._last_minute[0] <= moment - 60:
            self._last_minute.popleft()
        if self._today > self._quota.day:
            return "day"
        if moment < self._locked_until:
            return "minute"
        if len(self._last_minute) > self._quota.minute:
            self._locked_until = moment + MINUTE_PENALTY_SECONDS
            return "minute"
        return "second" if self._in_last_second(moment) > self._quota.second else ""

    def _in_last_second(self, moment: float) -> int:
        window = self._last_minute
        return next((n for n, one in enumerate(reversed(window)) if one <= moment - 1), len(window))


class RateLimits:
    """The limits of one tier.

    Args:
        tier: Basic, Advanced, Premium or Ultimate.
        clock: tells when 00:00 UTC ends the penalty for a day's breach.
        monotonic: seconds for the shorter windows; a test passes a clock of its own.
    """

    def __init__(self, tier: str, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.tier = tier
        self._clock = clock
        self._monotonic = monotonic
        self._endpoints = {"report/task/create/": _REPORT_TASK, "gmv_max/report/get/": _GMV_MAX[tier]}
        self._counters: dict[Hashable, _Counter] = {}
        self._advertisers: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def check(self, app_id: str, endpoint: str, advertiser_id: str, *, sandbox: bool) -> None:
        """Count a request.

        Raises:
            ApiError: 40100 beyond a limit of the app, 40016 of the endpoint, 40133 of the advertiser.
        """
        moment, day = self._monotonic(), self._clock.now().date()
        with self._lock:
            app = self._counter(("app", app_id), TIERS[self.tier]).breach(moment, day)
            own = self._endpoint_quota(endpoint, sandbox=sandbox)
            narrow = own and self._counter((endpoint, app_id, sandbox), own).breach(moment, day)
            busy = self._advertiser_requests(endpoint, advertiser_id, moment)
        if app:
            restricted = f"Due to too many requests, requests from App {app_id} are temporarily restricted."
            raise ApiError(40100, "App reaches the QPS limit." if app == "second" else restricted)
        if narrow:
            raise ApiError(40016, f"Too many requests to {endpoint} within a {narrow}.")
        if advertiser_id and busy > ADVERTISER_PER_SECOND:
            raise ApiError(
                40133,
                f"Advertiser ({advertiser_id})'s QPS ({busy}) reaches QPS limit {ADVERTISER_PER_SECOND} "
                "for current path, request is temporarily restricted.",
            )

    def _endpoint_quota(self, endpoint: str, *, sandbox: bool) -> Quota | None:
        return SANDBOX if sandbox else self._endpoints.get(endpoint)

    def _counter(self, key: Hashable, quota: Quota) -> _Counter:
        return self._counters.setdefault(key, _Counter(quota))

    def _advertiser_requests(self, endpoint: str, advertiser_id: str, moment: float) -> int:
        window = self._advertisers[endpoint, advertiser_id]
        window.append(moment)
        while window[0] <= moment - 1:
            window.popleft()
        return len(window)
