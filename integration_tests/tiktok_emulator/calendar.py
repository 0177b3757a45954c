"""Days and hours of an account, as report rows name them."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from integration_tests.tiktok_emulator.clock import UTC
from integration_tests.tiktok_emulator.pieces import HOURS, WHOLE, Span

MOCK_FIRST = date(2020, 12, 8)
MOCK_LAST = date(2020, 12, 19)
"""TikTok: sandbox reports are mock data of these days only."""


@dataclass(frozen=True)
class Period:
    """A day or an hour of a report.

    Attributes:
        label: as in `stat_time_day` or `stat_time_hour`: the account's wall time, without a zone.
        span: the hours of the day that it holds so far.
    """

    label: str
    day: date
    span: Span = WHOLE


def day_span(day: date, now: datetime) -> Span:
    """Return what has passed of a day at a local time of the account."""
    return Span(0, now.hour + 1, _sixths(now)) if day == now.date() else WHOLE


def day_periods(first: date, last: date, now: datetime) -> list[Period]:
    """Return the days from first to last, but none after today.

    Args:
        first: first day.
        last: last day, included.
        now: local time of the account.
    """
    count = (min(last, now.date()) - first).days + 1
    days = [first + timedelta(days=offset) for offset in range(count)]
    return [Period(f"{day} 00:00:00", day, day_span(day, now)) for day in days]


def hour_periods(day: date, now: datetime, zone: tzinfo) -> list[Period]:
    """Return the hours of a day, but none after the running one.

    Args:
        day: the day.
        now: local time of the account.
        zone: the account's time zone.
    """
    if day > now.date():
        return []
    hours = wall_hours(day, zone)
    spans = [
        # What would fall into an hour that clocks skip belongs to the hour before (or to the first of the day).
        Span(hour if place else 0, stop)
        for place, (hour, stop) in enumerate(zip(hours, (*hours[1:], HOURS), strict=True))
    ]
    if day == now.date():
        begun = [span for hour, span in zip(hours, spans, strict=True) if hour <= now.hour]
        spans = [*begun[:-1], replace(begun[-1], stop=now.hour + 1, sixths=_sixths(now))] if begun else []
    return [Period(f"{day} {hour:02d}:00:00", day, span) for hour, span in zip(hours, spans, strict=False)]


def _sixths(now: datetime) -> int:
    return now.minute // 10 + 1


@lru_cache(maxsize=4096)
def wall_hours(day: date, zone: tzinfo) -> tuple[int, ...]:
    """Return the hours that a wall clock shows on a day.

    When clocks go forward one is missing; when they go back one comes twice and is listed once.
    """
    return tuple(hour for hour in range(24) if _exists(day, hour, zone))


def _exists(day: date, hour: int, zone: tzinfo) -> bool:
    wall = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
    return wall.astimezone(UTC).astimezone(zone).hour == hour
