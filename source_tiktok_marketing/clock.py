"""The one place that knows the time, so that tests can set it."""

import os
import time

import pendulum

NOW_VARIABLE = "TIKTOK_MARKETING_NOW"
SPEED_VARIABLE = "TIKTOK_MARKETING_CLOCK_SPEED"


class Clock:
    """Wall time, and the time that waiting takes.

    Args:
        start: What `now()` says at the start; the machine's time if omitted.
        speed: How many seconds of waiting pass in a real second. Wall time is not affected.
    """

    def __init__(self, start: pendulum.DateTime | None = None, speed: float = 1.0) -> None:
        self._offset = (start - pendulum.now("UTC")).total_seconds() if start else 0.0
        self._speed = speed

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

    def monotonic(self) -> float:
        """Seconds that only ever grow, for measuring waits."""
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds / self._speed)
