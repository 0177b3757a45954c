"""Days and hours of an account, as report rows name them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from integration_tests.tiktok_emulator.clock import UTC

MOCK_FIRST = date(2020, 12, 8)
MOCK_LAST = date(2020, 12, 19)
"""TikTok: sandbox reports are mock data of these days only."""


@dataclass(frozen=True)
class Period:
    """A day or an hour of a report.

    Attributes:
        label: as in `stat_time_day` or `stat_time_hour`: the account's wall time, without a zone.
        number: ordinal of the day, or hours since the first day of all.
        running: 0 for a finished period, else a number that grows while the period runs.
    """

    label: str
    day: date
    number: int
    running: int


def day_periods(first: date, last: date, now: datetime) -> list[Period]:
    """Return the days from first to last, but none after today.

    Args:
        first: first day.
        last: last day, included.
        now: local time of the account.
    """
    today = now.date()
    count = (min(last, today) - first).days + 1
    days = [first + timedelta(days=offset) for offset in range(count)]
    return [Period(f"{day} 00:00:00", day, day.toordinal(), now.hour + 1 if day == today else 0) for day in days]


def hour_periods(day: date, now: datetime, zone: tzinfo) -> list[Period]:
    """Return the hours of a day, but none after the running one.

    Args:
        day: the day.
        now: local time of the account.
        zone: the account's time zone.
    """
    if day > now.date():
        return []
    last = now.hour if day == now.date() else 23
    return [_hour(day, hour, now) for hour in wall_hours(day, zone) if hour <= last]


def _hour(day: date, hour: int, now: datetime) -> Period:
    runs = day == now.date() and hour == now.hour
    number = day.toordinal() * 24 + hour
    return Period(f"{day} {hour:02d}:00:00", day, number, now.minute // 10 + 1 if runs else 0)


@lru_cache(maxsize=4096)
def wall_hours(day: date, zone: tzinfo) -> tuple[int, ...]:
    """Return the hours that a wall clock shows on a day.

    When clocks go forward one is missing; when they go back one comes twice and is listed once.
    """
    return tuple(hour for hour in range(24) if _exists(day, hour, zone))


def _exists(day: date, hour: int, zone: tzinfo) -> bool:
    wall = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
    return wall.astimezone(UTC).astimezone(zone).hour == hour
