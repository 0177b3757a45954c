"""Which days are asked for: each once, in the account's own time zone."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date

from source_tiktok_marketing.accounts.windows import (
    FIRST_DAY,
    first_day,
    hours_that_come_twice,
    last_day,
    running_day,
    split,
    zone_of,
)

ZONES = [
    "Pacific/Pago_Pago",
    "America/Los_Angeles",
    "America/St_Johns",
    "UTC",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Etc/GMT+8",
    "Etc/GMT-14",
]
days = st.dates(date(2012, 1, 1), date(2035, 12, 31)).map(lambda day: Date(day.year, day.month, day.day))
moments = st.datetimes(datetime(2012, 1, 2), datetime(2035, 12, 31))  # noqa: DTZ001  # in UTC, made aware below
quick = settings(max_examples=60)


def days_of(*windows: tuple[Date, Date]) -> list[Date]:
    return [start.add(days=day) for start, end in windows for day in range((end - start).days + 1)]


@pytest.mark.parametrize(
    ("zone", "day", "twice"),
    [
        ("America/Los_Angeles", "2023-11-05", ["2023-11-05 01:00:00"]),
        ("America/Los_Angeles", "2023-03-12", []),
        ("America/Los_Angeles", "2023-11-06", []),
        ("Europe/Berlin", "2023-10-29", ["2023-10-29 02:00:00"]),
        ("Asia/Tokyo", "2023-11-05", []),
        ("Etc/GMT+8", "2023-11-05", []),
    ],
)
def test_an_hour_comes_twice_where_the_clocks_are_put_back(zone: str, day: str, twice: list[str]) -> None:
    assert sorted(hours_that_come_twice(Date.fromisoformat(day), zone_of(zone))) == twice


def test_in_a_zone_unknown_any_hour_may_come_twice() -> None:
    assert len(hours_that_come_twice(Date(2023, 11, 5), None)) == 24


def test_a_zone_that_is_no_text_is_unknown() -> None:
    assert zone_of(["Asia/Tokyo"], None, 9) is None


@quick
@given(start=days, length=st.integers(1, 400), max_days=st.sampled_from([1, 2, 7, 30, 365]))
def test_windows_cover_every_day_exactly_once_in_order_and_are_never_too_long(
    start: Date, length: int, max_days: int
) -> None:
    end = start.add(days=length - 1)
    windows = list(split(start, end, max_days))

    assert days_of(*windows) == days_of((start, end))
    assert all((stop - begin).days < max_days for begin, stop in windows)
    assert len(windows) == -(-length // max_days)


@quick
@given(start=days, gap=st.integers(1, 500), max_days=st.integers(1, 365))
def test_there_is_no_window_when_the_end_lies_before_the_start(start: Date, gap: int, max_days: int) -> None:
    assert list(split(start, start.subtract(days=gap), max_days)) == []


NOON = "2024-07-01T12:00:00Z"


@pytest.mark.parametrize(
    ("timezone_names", "hours"),
    [
        (["Etc/GMT+8"], -8),
        (["Etc/GMT-14"], 14),
        (["Etc/GMT+11"], -11),
        (["Etc/GMT"], 0),
        (["Asia/Kolkata"], 5.5),
        (["Asia/Kathmandu"], 5.75),
        (["America/St_Johns"], -2.5),
        (["America/New_York", "Etc/GMT+5"], -4),
        ([None, "Etc/GMT+5"], -5),
        (["", "Etc/GMT+5"], -5),
        (["Nowhere/Land", "Etc/GMT+5"], -5),
    ],
    ids=str,
)
def test_the_first_known_name_gives_the_zone_with_the_sign_of_posix(
    timezone_names: list[str | None], hours: float
) -> None:
    zone = zone_of(*timezone_names)
    assert zone is not None
    assert pendulum.parse(NOON).in_timezone(zone).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "timezone_names",
    [
        *(
            [],
            [None],
            [""],
            ["Nowhere/Land"],
            ["Etc"],
            ["../Etc/UTC"],
            ["/etc/passwd"],
            ["+08:00"],
            ["\0"],
            ["\ud800"],
        ),
        *(
            ["__init__"],
            ["__init__/x"],
            ["Europe/__init__/x"],
            ["zone.tab"],
            ["x" * 5000],
            ["x/" * 5000],
            [["UTC"]],
        ),
    ],
    ids=lambda names: repr(names)[:30],
)
def test_an_unknown_name_gives_no_zone(timezone_names: list[str | None]) -> None:
    assert zone_of(*timezone_names) is None


@pytest.mark.parametrize(
    ("moment", "name", "day"),
    [
        ("2024-02-10T10:59:59Z", "Etc/GMT+11", "2024-02-09"),
        ("2024-02-10T11:00:00Z", "Etc/GMT+11", "2024-02-10"),
        ("2024-02-10T09:59:59Z", "Pacific/Kiritimati", "2024-02-10"),
        ("2024-02-10T10:00:00Z", "Pacific/Kiritimati", "2024-02-11"),
        ("2024-02-10T18:29:59Z", "Asia/Kolkata", "2024-02-10"),
        ("2024-02-10T18:30:00Z", "Asia/Kolkata", "2024-02-11"),
        # New York springs forward on 10 March and falls back on 3 November.
        ("2024-03-10T04:59:59Z", "America/New_York", "2024-03-09"),
        ("2024-03-11T03:59:59Z", "America/New_York", "2024-03-10"),
        ("2024-03-11T04:00:00Z", "America/New_York", "2024-03-11"),
        ("2024-11-04T04:59:59Z", "America/New_York", "2024-11-03"),
        ("2024-11-04T05:00:00Z", "America/New_York", "2024-11-04"),
    ],
)
def test_the_last_day_is_the_accounts_own_today(moment: str, name: str, day: str) -> None:
    assert str(last_day(pendulum.parse(moment), zone_of(name))) == day


@quick
@given(moment=moments, name=st.sampled_from(ZONES))
def test_today_and_birthday_are_the_days_on_the_accounts_wall(moment: datetime, name: str) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone.utc)
    wall = aware.astimezone(ZoneInfo(name)).date()

    assert last_day(pendulum.instance(aware), zone_of(name)) == wall
    assert first_day(int(aware.timestamp()), zone_of(name)) == wall


@quick
@given(moment=moments, name=st.sampled_from(ZONES))
def test_without_a_zone_no_day_of_any_zone_is_lost(moment: datetime, name: str) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone.utc)
    wall = aware.astimezone(ZoneInfo(name)).date()

    assert last_day(pendulum.instance(aware), None) >= wall
    assert first_day(int(aware.timestamp()), None) <= wall


@quick
@given(moment=moments, name=st.sampled_from([*ZONES, "Etc/GMT+12"]))
def test_no_day_that_may_still_grow_is_trusted(moment: datetime, name: str) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone.utc)
    wall = aware.astimezone(ZoneInfo(name)).date()

    assert running_day(pendulum.instance(aware), zone_of(name)) == wall
    assert running_day(pendulum.instance(aware), None) <= wall


@pytest.mark.parametrize("created", [None, 0])
def test_an_account_of_unknown_age_is_read_from_the_first_day_of_all(created: int | None) -> None:
    assert first_day(created, zone_of("Europe/Berlin")) == FIRST_DAY == Date(2012, 1, 1)
