"""Everything that the emulator knows while it runs."""

import time
from collections.abc import Callable
from itertools import count

from integration_tests.tiktok_emulator.access import Access
from integration_tests.tiktok_emulator.clock import Clock
from integration_tests.tiktok_emulator.faults import Faults
from integration_tests.tiktok_emulator.growth import small_world
from integration_tests.tiktok_emulator.limits import RateLimits
from integration_tests.tiktok_emulator.listing import Page
from integration_tests.tiktok_emulator.log import LoggedRequest, RequestLog
from integration_tests.tiktok_emulator.lru import Recent
from integration_tests.tiktok_emulator.time_outs import TimeOuts
from integration_tests.tiktok_emulator.world import World

_KEPT_PAGES = 32


class Site:
    """The state behind the server.

    Args:
        world: what exists; a small world when None.
        tier: rate-limit tier to enforce; None enforces nothing.
        monotonic: seconds, for rate limits and for the request log.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        tier: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.world = world or small_world()
        self.access = Access(self.world)
        self.faults = Faults()
        self.log = RequestLog()
        self.monotonic = monotonic
        self.time_outs = TimeOuts(monotonic)
        self.limits: RateLimits | None = None
        self.enforce(tier)
        self._pages: Recent[bytes] = Recent(_KEPT_PAGES)
        self._numbers = count(1)

    @property
    def clock(self) -> Clock:
        """The emulated clock, which can be set."""
        return self.world.clock

    @property
    def requests(self) -> list[LoggedRequest]:
        """All requests so far, in the order in which they were answered."""
        return self.log.entries()

    def enforce(self, tier: str | None) -> None:
        """Enforce the rate limits of a tier from now on, or none."""
        self.limits = RateLimits(tier, self.world.clock, self.monotonic) if tier else None

    def reset(self) -> None:
        """Forget requests, faults, refusals and used-up allowances; the world stays as it is."""
        self.log.clear()
        self.faults = Faults()
        self.time_outs = TimeOuts(self.monotonic)
        self.access.refusals.clear()
        self.access.vanished.clear()
        self.enforce(self.limits.tier if self.limits else None)

    def next_number(self) -> int:
        """Return the number of the next request, from 1."""
        return next(self._numbers)

    def rendered(self, page: Page) -> bytes:
        """Return the rows of a page, from memory when they were asked for lately."""
        stop = page.start + page.size
        if page.cache_key is None:
            return page.listing.render(page.start, stop)
        return self._pages.get(page.cache_key, lambda: page.listing.render(page.start, stop))
