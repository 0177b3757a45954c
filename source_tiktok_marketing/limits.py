"""One budget of requests for the whole process: paced, and paused as a whole when TikTok throttles.

TikTok counts requests per developer app over all endpoints, and a sliding second is enough to be refused, so the
budget hands out evenly spaced slots instead of bursts. Recovery times are TikTok's: after a breach of the limit
per second wait a second, per minute five minutes, per day until 00:00 UTC. The answer does not always say which
limit it was; what happens after the pause does.
"""

import logging
from collections.abc import Callable
from threading import Lock

from source_tiktok_marketing.clock import Clock

LOGGER = logging.getLogger("airbyte")

PRODUCTION_RATE = 10.0
# The portal's page on the sandbox says one request a second.
SANDBOX_RATE = 1.0
# Slots are handed out a little slower than the limit: answers that lag bunch the arrivals at TikTok's side.
HEADROOM = 0.97

SECOND_PENALTY = 1.0
MINUTE_PENALTY = 300.0
LONG_WAIT = 10.0


class RequestBudget:
    """Slots for requests, shared by every stream and thread.

    Args:
        rate: Requests per second that the app may make.
        clock: Where waiting happens.
        announce: Called with the seconds of a long wait, so that a platform does not think the process dead.
    """

    def __init__(self, rate: float, clock: Clock, announce: Callable[[float], None] = lambda _: None) -> None:
        self._interval = 1 / (rate * HEADROOM)
        self._clock = clock
        self.announce = announce
        self._lock = Lock()
        self._next_slot = 0.0
        self._breaches = 0
        self._paused_at = float("-inf")

    def acquire(self) -> float:
        """Wait for the next slot, through pauses that begin meanwhile; return when it came."""
        while True:
            with self._lock:
                slot = max(self._next_slot, self._clock.monotonic())
                self._next_slot = slot + self._interval
                paused_at = self._paused_at
            self._clock.sleep(slot - self._clock.monotonic())
            if paused_at == self._paused_at:
                return self._clock.monotonic()

    def succeeded(self) -> None:
        """Note an answer that was not throttled: the next breach is a first one again."""
        self._breaches = 0

    def throttled(self, sent_at: float) -> None:
        """Pause every worker because of a throttle answer to a request of that moment.

        Requests that were on their way when a pause began say nothing new and do not lengthen it.
        """
        with self._lock:
            now = self._clock.monotonic()
            if sent_at <= self._paused_at:
                return
            penalty = self._penalty()
            self._breaches += 1
            self._paused_at = now
            self._next_slot = max(self._next_slot, now + penalty)
        LOGGER.warning("TikTok throttles the app: all requests pause for %.0f seconds.", penalty)
        if penalty >= LONG_WAIT:
            self.announce(penalty)

    def _penalty(self) -> float:
        if self._breaches == 0:
            return SECOND_PENALTY
        if self._breaches == 1:
            return MINUTE_PENALTY
        now = self._clock.now()
        return (now.add(days=1).start_of("day") - now).total_seconds()
