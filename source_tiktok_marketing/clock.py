"""The one place that knows the time, so that tests can set it."""

import logging
import os
import time
from email.utils import parsedate_to_datetime

import pendulum

LOGGER = logging.getLogger("airbyte")

NOW_VARIABLE = "TIKTOK_MARKETING_NOW"
SPEED_VARIABLE = "TIKTOK_MARKETING_CLOCK_SPEED"
# Clocks that differ by less are taken for right; nothing that is read depends on minutes.
TOLERANCE_SECONDS = 300.0


class Clock:
    """Wall time, and the time that waiting takes.

    Args:
        start: What `now()` says at the start; the machine's time if omitted.
        speed: How many seconds of waiting pass in a real second. Wall time is not affected.
    """

    def __init__(self, start: pendulum.DateTime | None = None, speed: float = 1.0) -> None:
        self._offset = (start - pendulum.now("UTC")).total_seconds() if start else 0.0
        self._speed = speed
        # A moment that was given for development is meant, whatever others say.
        self._is_compared = start is not None

    @classmethod
    def from_environment(cls) -> "Clock":
        """The machine's clock, unless the variables for development set or hasten it."""
        start = os.environ.get(NOW_VARIABLE)
        parsed = pendulum.parse(start) if start else None
        return cls(
            parsed if isinstance(parsed, pendulum.DateTime) else None,
            float(os.environ.get(SPEED_VARIABLE, "1")),
        )

    def now(self) -> pendulum.DateTime:
        """The current moment in UTC."""
        return pendulum.now("UTC").add(seconds=self._offset)

    def compare_with(self, date: str | None) -> None:
        """Go by the clock of the first answer's `Date` header, if this machine's is minutes or more away from it.

        A clock that runs ahead would have days read that have not come, and a state lie beyond them.
        """
        if self._is_compared or date is None:
            return
        self._is_compared = True
        try:
            theirs = pendulum.instance(parsedate_to_datetime(date))
        except ValueError:
            return
        ahead = (pendulum.now("UTC") - theirs).total_seconds()
        if abs(ahead) > TOLERANCE_SECONDS:
            # Set, and not moved: two workers may have the first answers at once.
            self._offset = -ahead
            LOGGER.warning(
                "This machine's clock is %.0f minutes %s TikTok's, which is used instead: set it right.",
                abs(ahead) / 60,
                "ahead of" if ahead > 0 else "behind",
            )

    def monotonic(self) -> float:
        """Seconds that only ever grow, for measuring waits."""
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds / self._speed)
