"""Which days to ask TikTok for: dates, time zones and windows. Pure functions.

TikTok's report dates and `stat_time_*` values are days of the ad account's own time zone.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache

import pendulum
from pendulum import Date, DateTime

from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY

HOURS_BEHIND_UTC = 12  # No place is further behind.

Window = tuple[Date, Date]
Zone = pendulum.Timezone | pendulum.FixedTimezone


def zone_of(*names: object) -> Zone | None:
    """The first of the names that is a time zone, or None.

    TikTok gives `display_timezone`, a place with its daylight saving, and `timezone`, which may be `Etc/GMT+8`
    with the sign of POSIX (eight hours *behind* UTC), as the time zone database has it.
    """
    for name in names:
        try:
            if name and isinstance(name, str):
                return pendulum.timezone(name)
        except (ValueError, TypeError, KeyError, OSError):  # Any of them, for a name that is none.
            continue
    return None


def last_day(now: DateTime, zone: Zone | None) -> Date:
    """The account's today, or, for a zone unknown, the day that is today somewhere already."""
    return now.in_timezone(zone).date() if zone else now.date().add(days=1)


def running_day(now: DateTime, zone: Zone | None) -> Date:
    """The first day that may not be over: the account's today, or today where the day is the latest."""
    return now.in_timezone(zone).date() if zone else now.subtract(hours=HOURS_BEHIND_UTC).date()


def first_day(created: int | None, zone: Zone | None) -> Date:
    """The account's day of birth from its `create_time` (epoch seconds), or the first day of all."""
    if not created:
        return FIRST_DAY
    moment = pendulum.from_timestamp(created)
    return moment.in_timezone(zone).date() if zone else moment.date().subtract(days=1)


@cache
def hours_that_come_twice(day: Date, zone: Zone | None) -> frozenset[str]:
    """The hours of a day, as `stat_time_hour` has them, that the clocks of a zone show twice; any, if unknown."""
    hours = [datetime(day.year, day.month, day.day, hour, tzinfo=zone) for hour in range(24)]
    twice = [hour for hour in hours if zone is None or hour.timestamp() < hour.replace(fold=1).timestamp()]
    return frozenset(f"{hour:%Y-%m-%d %H:%M:%S}" for hour in twice)


def split(start: Date, end: Date, max_days: int) -> Iterator[Window]:
    """Cut the days from start to end, both included, into windows of at most `max_days` days, oldest first."""
    while start <= end:
        stop = min(start.add(days=max_days - 1), end)
        yield start, stop
        start = stop.add(days=1)
