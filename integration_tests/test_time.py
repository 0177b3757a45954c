"""Days are the account's own: each is read once, today included, and what comes late is picked up."""

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from integration_tests.conftest import Stage
from integration_tests.connector import Connector, Json, Output, configured, production_config, stored_state
from integration_tests.tiktok_emulator import Emulator, World, populate, small_world
from integration_tests.truth import days, expected, last_day, mistakes, production_accounts

REPORT = "report/integrated/get/"
HOURLY, DAILY, CAMPAIGNS_DAILY = (
    "advertisers_reports_hourly",
    "advertisers_reports_daily",
    "campaigns_reports_daily",
)
NAMES = (HOURLY, DAILY, CAMPAIGNS_DAILY)
NOW = "2024-03-11T06:30:00Z"
ZONES = (
    "Pacific/Pago_Pago",  # UTC-11
    "Etc/GMT+12",  # UTC-12, with the sign of POSIX
    "America/Los_Angeles",
    "America/New_York",
    "America/St_Johns",  # UTC-3:30
    "Europe/Berlin",
    "Asia/Kolkata",  # UTC+5:30
    "Asia/Kathmandu",  # UTC+5:45
    "Australia/Lord_Howe",  # UTC+10:30, and half an hour of daylight saving
    "Pacific/Kiritimati",  # UTC+14
)


def config(start: date, **changes: object) -> dict[str, object]:
    return production_config(start_date=str(start), **{"attribution_window": 0, **changes})


def add_shop(world: World, zone: str, *, name: str = "", history_days: float = 60, published: str = "") -> str:
    """Add an account with one campaign and an ad in it, under the names of its zone that TikTok publishes."""
    account = world.add_account(
        name or zone, published or zone, zone=zone, history_days=history_days, timezone=published or zone
    )
    populate(world, account.advertiser_id, campaigns=1, adgroups=1, ads=1, plain=True)
    return account.advertiser_id


@pytest.fixture
def world() -> World:
    return World(now=NOW)


@pytest.fixture
def connector(connector: Connector) -> Connector:
    connector.now = NOW
    return connector


def later(stage: Stage, moment: str) -> None:
    """Let time pass for both sides."""
    stage.emulator.clock.set(moment)
    stage.connector.now = moment
    stage.emulator.log.clear()


def asked_days(stage: Stage, name: str) -> Counter[tuple[str, date]]:
    """How often each day of an account was asked for to read a report stream."""
    dimensions = [field for (field,) in stage.streams[name]["source_defined_primary_key"]]
    asked: Counter[tuple[str, date]] = Counter()
    for request in stage.asked(REPORT, page="1"):
        params = request.decoded
        if params["dimensions"] == dimensions:
            first, last = date.fromisoformat(params["start_date"]), date.fromisoformat(params["end_date"])
            asked.update((request.params["advertiser_id"], day) for day in days(first, last))
    return asked


def assert_exact(stage: Stage, output: Output, start: date, *names: str) -> None:
    assert output.exit_code == 0, output.errors
    for name in names:
        truth = stage.truth(name, start)
        assert truth
        assert not stage.mistakes(output, name, truth), name


@pytest.mark.parametrize(
    ("now", "start"),
    [
        # Clocks go forward in America on the 10th; most of the world is ahead of California's day.
        pytest.param("2024-03-11T06:30:00Z", date(2024, 3, 8), id="a day of 23 hours in America"),
        # They go back there on the 5th; it is still the 5th in the west.
        pytest.param("2023-11-06T03:15:00Z", date(2023, 11, 3), id="a day of 25 hours in America"),
        # Forward in Europe on the 31st of March, back on the 27th of October; on Lord Howe on the 7th of April.
        pytest.param(
            "2024-04-07T09:59:00Z", date(2024, 3, 30), id="a day of 23 hours in Europe", marks=pytest.mark.soak
        ),
        pytest.param("2024-10-27T23:00:00Z", date(2024, 10, 26), id="a day of 25 hours in Europe"),
        pytest.param("2024-02-29T11:59:00Z", date(2024, 2, 28), id="a leap day", marks=pytest.mark.soak),
    ],
)
def test_each_local_day_is_read_once_in_every_zone_today_included(
    stage: Stage, world: World, now: str, start: date
) -> None:
    later(stage, now)
    accounts = [add_shop(world, zone) for zone in ZONES]

    output = stage.read(config(start), *NAMES)

    assert_exact(stage, output, start, *NAMES)
    for name in NAMES:
        own_days = [(account, day) for account in accounts for day in days(start, last_day(world, account))]
        assert asked_days(stage, name) == Counter(own_days), name
        ends = {account: str(last_day(world, account)) for account in accounts}
        assert {account: mark[:10] for account, mark in output.marks(name).items()} == ends


def test_an_account_is_not_asked_for_days_before_its_birth_on_its_own_calendar(stage: Stage, world: World) -> None:
    for zone in ZONES:
        add_shop(world, zone, history_days=3.5)

    output = stage.read(config(date(2024, 1, 1)), DAILY)

    assert_exact(stage, output, date(2024, 1, 1), DAILY)
    births = {account.advertiser_id: account.local_day(account.created) for account in world.accounts.values()}
    assert all(day >= births[account] for account, day in asked_days(stage, DAILY))


def test_a_posix_name_stands_in_for_a_place_that_nobody_knows(stage: Stage, world: World) -> None:
    account = world.add_account("Posix Shop", "Mars/Olympus_Mons", zone="Etc/GMT+8", timezone="Etc/GMT+8")
    populate(world, account.advertiser_id, campaigns=1, adgroups=1, ads=1, plain=True)

    output = stage.read(config(date(2024, 3, 8)), *NAMES)

    assert_exact(stage, output, date(2024, 3, 8), *NAMES)
    assert max(day for _, day in asked_days(stage, DAILY)) == date(2024, 3, 10), "eight hours behind UTC"


def test_accounts_of_unknown_zone_are_read_whole_over_several_syncs(stage: Stage, world: World) -> None:
    start = date(2024, 3, 9)
    for zone in ("Pacific/Pago_Pago", "Pacific/Kiritimati"):
        account = add_shop(world, zone, published="Mars/Olympus_Mons")
    first = stage.read(config(start), HOURLY, CAMPAIGNS_DAILY)
    assert_exact(stage, first, start, HOURLY, CAMPAIGNS_DAILY)
    assert first.complaints(account, "Mars/Olympus_Mons")
    syncs = [first]

    # A day that may not be over where the account is must be read again, even without a look-back.
    for moment in ("2024-03-11T23:30:00Z", "2024-03-14T00:10:00Z"):
        later(stage, moment)
        syncs.append(stage.read(config(start), HOURLY, CAMPAIGNS_DAILY, state=syncs[-1].last_states))
        for name in (HOURLY, CAMPAIGNS_DAILY):
            assert stage.held(name, *syncs) == stage.truth(name, start), f"{name} at {moment}"


def test_the_day_that_was_running_is_read_again_when_midnight_has_passed(stage: Stage, world: World) -> None:
    start = date(2024, 3, 12)
    for zone in ZONES:
        add_shop(world, zone)
    # Between them lies a midnight of Lord Howe, and then of all the others.
    moments = ("2024-03-14T12:59:00Z", "2024-03-14T13:01:00Z", "2024-03-15T12:30:00Z")
    syncs: list[Output] = []

    for moment in moments:
        later(stage, moment)
        state = syncs[-1].last_states if syncs else None
        syncs.append(stage.read(config(start), *NAMES, state=state))
        assert syncs[-1].exit_code == 0, syncs[-1].errors
        for name in NAMES:
            assert stage.held(name, *syncs) == stage.truth(name, start), f"{name} at {moment}"

    assert max(Counter(account for account, _ in asked_days(stage, DAILY)).values()) <= 2, "only the last days"


def test_what_changes_late_is_picked_up_within_the_look_back(stage: Stage, world: World) -> None:
    start, today = date(2024, 3, 1), date(2024, 3, 10)
    account = add_shop(world, "America/Los_Angeles")
    for age in (1, 2, 3):
        world.hold_back(account, today - timedelta(days=age), until="2024-03-11T12:00:00Z", share=500)
    settings = config(start, attribution_window=3, skip_silent_days=False)
    first = stage.read(settings, *NAMES)
    assert_exact(stage, first, start, *NAMES)
    early = {name: stage.truth(name, start) for name in NAMES}

    later(stage, "2024-03-11T18:00:00Z")
    world.restate(account, today - timedelta(days=3), 1.5)
    second = stage.read(settings, *NAMES, state=first.last_states)

    for name in NAMES:
        assert stage.truth(name, start) != early[name]
        assert stage.held(name, first, second) == stage.truth(name, start), name
        assert min(day for _, day in asked_days(stage, name)) == today - timedelta(days=3)


def test_a_row_that_appears_later_on_the_day_of_the_mark_is_picked_up(stage: Stage, world: World) -> None:
    start, today = date(2024, 3, 8), date(2024, 3, 10)
    account = add_shop(world, "America/Los_Angeles")
    world.hold_back(account, today, until="2024-03-11T06:50:00Z", share=1000)
    first = stage.read(config(start), *NAMES)
    assert_exact(stage, first, start, *NAMES)
    assert not [row for row in first.records[DAILY] if row["stat_time_day"].startswith(str(today))]

    later(stage, "2024-03-11T06:55:00Z")
    second = stage.read(config(start), *NAMES, state=first.last_states)

    for name in NAMES:
        assert [row for row in second.records[name] if str(today) in str(row["dimensions"])]
        assert stage.held(name, first, second) == stage.truth(name, start), name


def test_a_mark_beyond_today_does_not_skip_the_rest_of_today(stage: Stage, world: World) -> None:
    # Airbyte's connector reads until tomorrow, and its mark says so.
    account = add_shop(world, "America/Los_Angeles")
    stored = stored_state(DAILY, "stat_time_day", {account: "2024-03-12"})

    output = stage.read(config(date(2024, 3, 1)), DAILY, state=[stored])

    assert_exact(stage, output, date(2024, 3, 10), DAILY)


def test_an_end_date_in_the_future_is_each_accounts_today(stage: Stage, world: World) -> None:
    accounts = [add_shop(world, zone) for zone in ("Pacific/Pago_Pago", "Pacific/Kiritimati")]

    output = stage.read(config(date(2024, 3, 8), end_date="2024-03-30"), *NAMES)

    assert_exact(stage, output, date(2024, 3, 8), *NAMES)
    assert output.marks(DAILY) == dict(zip(accounts, ("2024-03-10", "2024-03-11"), strict=True))


def test_a_machine_whose_clock_is_days_ahead_reads_and_stores_tiktoks_days(
    streams: dict[str, Json], tmp_path: Path
) -> None:
    real = datetime.now(timezone.utc)
    world = small_world(now=f"{real - timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}")
    start = (real - timedelta(days=20)).date()
    with Emulator(world) as emulator:
        connector = Connector(emulator.url, tmp_path, now="")  # The machine's own time.
        output = connector.read(config(start), configured([streams[DAILY], streams["ads"]]))

    assert output.exit_code == 0, output.errors
    assert len(output.complaints("clock", "ahead of TikTok's")) == 1
    for name in (DAILY, "ads"):
        assert not mistakes(streams[name], output.records[name], expected(world, streams[name], start))
    assert output.marks(DAILY) == {id_: str(last_day(world, id_)) for id_ in production_accounts(world)}
    assert max(output.marks("ads").values()) <= str(world.clock.now())
