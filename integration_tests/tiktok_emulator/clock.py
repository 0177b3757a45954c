"""The emulated "now"."""

from datetime import datetime, timedelta, timezone

UTC = timezone.utc
DEFAULT_NOW = "2024-03-15T20:00:00Z"


def parse_utc(text: str) -> datetime:
    """Read `2024-03-15T20:00:00Z` (or any ISO time with an offset) as a UTC moment."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


class Clock:
    """UTC time of the emulated servers.

    It stands still until it is set or advanced, so that a test sees one answer to one question.

    Args:
        start: ISO time with zone; None follows the clock of this machine.
    """

    def __init__(self, start: str | None = DEFAULT_NOW) -> None:
        self._fixed = None if start is None else parse_utc(start)

    def now(self) -> datetime:
        """Return the current emulated moment in UTC."""
        return datetime.now(UTC) if self._fixed is None else self._fixed

    def set(self, moment: str | datetime) -> None:
        """Stop the clock at a moment."""
        self._fixed = parse_utc(moment) if isinstance(moment, str) else moment.astimezone(UTC)

    def advance(self, **step: float) -> None:
        """Move on by a step given as for `timedelta`, for example `advance(hours=3)`."""
        self._fixed = self.now() + timedelta(**step)
