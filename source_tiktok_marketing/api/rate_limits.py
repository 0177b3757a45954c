"""One budget of requests for the whole process: paced, within every limit, and paused as a whole when throttled.

TikTok counts requests per developer app over all endpoints, and a sliding second is enough to be refused, so the
budget hands out evenly spaced slots instead of bursts. Some endpoints, every endpoint of the sandbox, and every
endpoint for one account have limits of their own beside it. Recovery times: TikTok's page on rate limits.
"""

import logging
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock

from source_tiktok_marketing.api.limits import Limit, Limits
from source_tiktok_marketing.clock import Clock

LOGGER = logging.getLogger("airbyte")

# Slots come a little later than the limit allows, and spans are counted a little longer than TikTok counts them:
# on their way, requests bunch.
HEADROOM = 0.975
MARGIN = 1.025
SECOND, MINUTE, DAY = 1.0, 60.0, 86_400.0


class Breach(Enum):
    """The limit that a throttle answer complains of, and the words that tell."""

    SECOND = ("qps", "per second")
    MINUTE = ("qpm", "per minute")
    DAY = ("qpd", "per day", "daily")

    @classmethod
    def named_in(cls, message: str) -> "Breach | None":
        """The limit that TikTok's words name, if any."""
        words = message.lower()
        return next((breach for breach in cls if any(word in words for word in breach.value)), None)


MINUTE_PENALTY = 300.0
SECOND_PENALTY = 1.0
# For so long behind a pause successes may still lack rows without a word.
SECONDS_TO_SETTLE = 5.0
# How far this machine's clock may be ahead of TikTok's at midnight.
CLOCK_TOLERANCE = 60.0
# So many breaches in a row are taken for what they seem; a request or two may just have had bad luck.
SAME_BREACHES = 3
LONG_WAIT = 10.0
SECONDS_BETWEEN_ANNOUNCEMENTS = 60.0
# After a breach requests come at half the pace, and each success wins a little of it back, but not all: the way to
# TikTok bunches them more than was allowed for.
SLOWDOWN, MOST_SLOWDOWN, RECOVERY = 2.0, 8.0, 0.98
LASTING_SLOWDOWN, MOST_LASTING_SLOWDOWN = 1.03, 1.2


@dataclass
class SlidingWindow:
    """Times of the latest requests, of which any span of `seconds` may hold `count`."""

    count: int
    seconds: float
    _taken: deque[float] = field(default_factory=deque)

    def earliest(self) -> float:
        """When the next request may be made."""
        return self._taken[0] + self.seconds if len(self._taken) == self.count else float("-inf")

    def note(self, at: float) -> None:
        """Note a request."""
        if len(self._taken) == self.count:
            self._taken.popleft()
        self._taken.append(at)


class Allowance:
    """What one limit leaves: evenly spaced slots, and no request while a span of time is full.

    Slots are handed out ahead, but a thread may wake late and go out close to the next one; so what counts for
    the limit are the moments at which requests went out.
    """

    def __init__(self, limit: Limit) -> None:
        self._interval = 1 / (limit.per_second * HEADROOM)
        self._next_slot = float("-inf")
        pace_alone_keeps = limit.per_second * MINUTE <= limit.per_minute
        longer = () if pace_alone_keeps else ((limit.per_minute, MINUTE), (limit.per_day, DAY))
        spans = ((max(1, int(limit.per_second)), SECOND), *longer)
        self._windows = [SlidingWindow(count, seconds * MARGIN) for count, seconds in spans]

    def slot(self) -> float:
        """When the next slot comes."""
        return max(self._next_slot, self.free_at())

    def reserve(self, slot: float, slowdown: float) -> None:
        """Use a slot."""
        self._next_slot = slot + self._interval * slowdown

    def free_at(self) -> float:
        """When no limit is in the way of a request."""
        return max(window.earliest() for window in self._windows)

    def note(self, at: float) -> None:
        """Note a request that goes out."""
        for window in self._windows:
            window.note(at)


class RequestBudget:
    """Slots for requests, shared by every stream and thread.

    Args:
        clock: Where waiting happens.
        limits: What TikTok allows.

    Attributes:
        requests: How many have gone out.
    """

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._app = Allowance(limits.app) if limits.app else None
        self._endpoints = {name: Allowance(limit) for name, limit in (limits.endpoints or {}).items()}
        if every := limits.every_endpoint:
            self._endpoints = defaultdict(lambda: Allowance(every), self._endpoints)
        self._accounts = (
            defaultdict[tuple[str, str], Allowance](lambda: Allowance(account))
            if (account := limits.account)
            else None
        )
        self._lock = Lock()
        self.requests = 0
        self._breaches = 0
        self._slowdown = self._lasting_slowdown = 1.0
        self._paused_at = self._paused_until = float("-inf")
        self._announce_at = float("-inf")
        self.announce: Callable[[], None] = _nobody_listens

    def acquire(self, endpoint: str, advertiser_id: str | None = None) -> float:
        """Wait for the next slot, through pauses that begin meanwhile; return when the request may go out."""
        allowances = self._allowances(endpoint, advertiser_id)
        while True:
            paused_at = self._paused_at
            self.wait_out_pause()
            for allowance in allowances:
                self._wait_until(self._reserve(allowance))
            while paused_at == self._paused_at:
                with self._lock:
                    now = self._clock.monotonic()
                    free_at = max((allowance.free_at() for allowance in allowances), default=now)
                    if free_at <= now and paused_at == self._paused_at:
                        for allowance in allowances:
                            allowance.note(now)
                        self.requests += 1
                        return now
                self._wait_until(free_at)

    def _allowances(self, endpoint: str, advertiser_id: str | None) -> list[Allowance]:
        """The limits that a request counts for, the narrowest first: who waits for it holds no slot of the app."""
        found = []
        with self._lock:
            if self._accounts is not None and advertiser_id:
                found.append(self._accounts[endpoint, advertiser_id])
            if endpoint in self._endpoints or isinstance(self._endpoints, defaultdict):
                found.append(self._endpoints[endpoint])
            if self._app:
                found.append(self._app)
        return found

    def _reserve(self, allowance: Allowance) -> float:
        with self._lock:
            slot = max(self._clock.monotonic(), self._paused_until, allowance.slot())
            allowance.reserve(slot, self._slowdown)
            return slot

    @property
    def pause_left(self) -> float:
        """Seconds until the pause after a throttle answer ends."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    def settle(self) -> bool:
        """Wait until the last throttle answer is some seconds past; whether that was necessary."""
        until = self._paused_until + SECONDS_TO_SETTLE
        doubtful = until > self._clock.monotonic()
        self._wait_until(until)
        return doubtful

    def wait_out_pause(self) -> None:
        """Wait for the end of the pause after a throttle answer, if there is one."""
        self._wait_until(self._paused_until)

    def _wait_until(self, slot: float) -> None:
        while (left := slot - self._clock.monotonic()) > 0:
            if left >= LONG_WAIT:
                self._announce_wait(left)
            self._clock.sleep(min(left, SECONDS_BETWEEN_ANNOUNCEMENTS))

    def _announce_wait(self, seconds: float) -> None:
        """Say now and then that the process waits, and does not hang."""
        with self._lock:
            now = self._clock.monotonic()
            if now < self._announce_at:
                return
            self._announce_at = now + SECONDS_BETWEEN_ANNOUNCEMENTS
        LOGGER.info("Waiting %.0f s for TikTok's rate limit.", seconds)
        self.announce()

    def succeeded(self, sent_at: float) -> None:
        """Note that a request of that moment was not throttled: the next breach is a first one again."""
        with self._lock:
            if sent_at > self._paused_at:
                self._breaches = 0
                self._slowdown = max(self._lasting_slowdown, self._slowdown * RECOVERY)

    def throttled(self, sent_at: float, message: str = "") -> None:
        """Pause every worker because of a throttle answer to a request of that moment.

        Requests that were on their way when a pause began say nothing new and do not lengthen it.
        """
        with self._lock:
            if sent_at <= self._paused_at:
                return
            penalty = self._penalty(message)
            self._breaches += 1
            self._slowdown = min(MOST_SLOWDOWN, self._slowdown * SLOWDOWN)
            self._lasting_slowdown = min(MOST_LASTING_SLOWDOWN, self._lasting_slowdown * LASTING_SLOWDOWN)
            self._paused_at = self._clock.monotonic()
            self._paused_until = self._paused_at + penalty
        LOGGER.warning("TikTok throttles the app: all requests pause for %.0f s. %s", penalty, message)

    def _penalty(self, message: str) -> float:
        """Seconds until the broken limit recovers.

        TikTok mostly does not say which limit it was. If a second was not enough for some times, it was the
        minute's, and if five minutes were not enough either, the day's; but never where TikTok speaks of seconds.
        """
        named = Breach.named_in(message)
        breaches = list(Breach) if named is not Breach.SECOND else [Breach.SECOND, Breach.MINUTE]
        steps = max(0, self._breaches - SAME_BREACHES + 1)
        breach = breaches[min(breaches.index(named or Breach.SECOND) + steps, len(breaches) - 1)]
        if breach is Breach.DAY:
            now = self._clock.now()
            return (now.add(days=1).start_of("day") - now).total_seconds() + CLOCK_TOLERANCE
        return MINUTE_PENALTY if breach is Breach.MINUTE else SECOND_PENALTY


def _nobody_listens() -> None:
    """A check waits silently."""
