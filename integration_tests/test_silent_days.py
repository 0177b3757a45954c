"""Where nothing happened nothing is asked for; nothing is lost by it, and what a total hides is found."""

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import Stage
from integration_tests.connector import Connector, Json, Output, production_config
from integration_tests.tiktok_emulator import Emulator, Options, World
from integration_tests.truth import Key, days_asked

NOW, TOMORROW = "2024-03-15T20:00:00Z", "2024-03-16T20:00:00Z"
START = date(2024, 2, 5)
NEVER = datetime(2100, 1, 1, tzinfo=timezone.utc)
REPORT = "report/integrated/get/"
# Days on which the active accounts of a world do not run ads.
PAUSES = [date(2024, 2, 5) + timedelta(days=number) for number in (*range(8), 11, *range(15, 31))]
TOMORROW_MOMENT = datetime(2024, 3, 16, 12, tzinfo=timezone.utc)
DAYS = 40
SHARE = 0.25


def shop(world: World, name: str, *, active: bool, buying_type: str = "AUCTION", **fields: Any) -> str:
    """An account with one campaign, whose ad delivers on all days but the pauses, or never."""
    account = world.add_account(name, "Europe/Berlin", history_days=60)
    born = world.clock.now() - timedelta(days=60)
    campaign = world.add_object("campaign", account.advertiser_id, buying_type=buying_type, created=born, **fields)
    adgroup = world.add_object("adgroup", campaign.entity_id, created=born)
    world.add_object("ad", adgroup.entity_id, created=born, density=1000 if active else 0)
    for day in PAUSES:
        world.hold_back(account.advertiser_id, day, NEVER, share=1000)
    return account.advertiser_id


def stage_of(emulator: Emulator, folder: Path, streams: dict[str, Json]) -> Stage:
    return Stage(Connector(emulator.url, folder, NOW), emulator, streams)


def config(**changes: Any) -> Json:
    return production_config(start_date=str(START), **changes)


def told(rows: dict[Key, Json]) -> dict[Key, Json]:
    """Records without the metrics that have no value, or that TikTok does not take in that report."""
    return {
        key: {
            **row,
            "metrics": {name: value for name, value in row.get("metrics", {}).items() if value is not None},
        }
        for key, row in rows.items()
    }


def inexact(stage: Stage, *syncs: Output) -> list[str]:
    """The streams that hold anything but the truth after these syncs."""
    names = syncs[0].statuses
    return [name for name in names if told(stage.held(name, *syncs)) != told(stage.truth(name, START))]


def test_an_agency_of_mostly_silent_accounts_takes_a_quarter_of_the_requests(
    tmp_path: Path, streams: dict[str, Json]
) -> None:
    world = World(now=NOW)
    for number in range(10):
        shop(world, f"Shop {number}", active=number == 3)
    counts: Counter[tuple[bool, int]] = Counter()
    for skips in (True, False):
        world.clock.set(NOW)
        with Emulator(world) as emulator:
            stage = stage_of(emulator, tmp_path, streams)
            first = stage.read(config(skip_silent_days=skips), *streams)
            counts[skips, 1] = len(emulator.requests)
            assert first.exit_code == 0, first.errors
            assert not first.complaints("total")
            assert inexact(stage, first) == []

            world.clock.set(TOMORROW)
            stage.connector.now = TOMORROW
            second = stage.read(config(skip_silent_days=skips), *streams, state=first.last_states)
            counts[skips, 2] = len(emulator.requests) - counts[skips, 1]
            assert second.exit_code == 0, second.errors
            assert inexact(stage, first, second) == []

    assert counts[True, 1] <= SHARE * counts[False, 1], counts
    assert counts[True, 2] <= counts[False, 2] / 2, counts


REPORTS = (
    "advertisers_reports_daily",
    "ads_reports_hourly",
    "campaigns_reports_daily",
    "ads_audience_reports_daily",
)


@pytest.mark.parametrize("hiding", [1, 3])
def test_an_account_whose_total_hides_reports_is_read_whole(
    tmp_path: Path, streams: dict[str, Json], hiding: int
) -> None:
    world = World(now=NOW, options=Options(account_level_hides=frozenset({"gmv_max"})))
    hidden = [shop(world, f"Hidden {number}", active=True, gmv_max=True) for number in range(hiding)]
    honest = [shop(world, f"Honest {number}", active=number == 0) for number in range(2)]
    with Emulator(world) as emulator:
        stage = stage_of(emulator, tmp_path, streams)
        output = stage.read(config(), *REPORTS)
        asked = days_asked(emulator.requests, streams["ads_reports_hourly"])

    assert output.exit_code == 0, output.errors
    assert inexact(stage, output) == []
    assert len(output.complaints("its own total shows nothing")) == hiding
    assert len(output.complaints("all days of all accounts")) == (hiding == 3)
    whole = hidden + honest if hiding == 3 else hidden
    assert [account for account in hidden + honest if len(asked.get(account, ())) == DAYS] == whole


def test_a_silent_day_that_gets_rows_late_is_read_by_the_next_sync(
    tmp_path: Path, streams: dict[str, Json]
) -> None:
    world = World(now=NOW)
    late, never = shop(world, "Late", active=True), shop(world, "Never", active=False)
    for day in (date(2024, 3, 13), date(2024, 3, 14)):
        world.hold_back(late, day, TOMORROW_MOMENT, share=1000)
    reports = REPORTS[1:]  # A watermark of the accounts' own days moves over what was asked for and was not there.
    with Emulator(world) as emulator:
        stage = stage_of(emulator, tmp_path, streams)
        first = stage.read(config(attribution_window=0), *reports)
        world.clock.set(TOMORROW)
        stage.connector.now = TOMORROW
        second = stage.read(config(attribution_window=0), *reports, state=first.last_states)

    assert inexact(stage, first, second) == []
    assert first.marks("ads_reports_hourly")[never] < "2024-03-13"


@pytest.mark.parametrize("line", [1, 20, 200])
def test_a_sync_that_is_killed_loses_nothing_that_a_total_hides(
    tmp_path: Path, streams: dict[str, Json], line: int
) -> None:
    world = World(now=NOW, options=Options(account_level_hides=frozenset({"gmv_max"})))
    for number in range(6):
        shop(world, f"Shop {number}", active=number % 2 == 0, gmv_max=number in (2, 4))
    with Emulator(world) as emulator:
        stage = stage_of(emulator, tmp_path, streams)
        with stage.connector.start("read", config=config(), catalog=stage.catalog(*REPORTS)) as process:
            assert process.stdout
            head = b"".join(process.stdout.readline() for _ in range(line))
            process.kill()
            first = Output(process.wait(), head + process.stdout.read(), b"")
        second = stage.read(config(), *REPORTS, state=first.last_states)

    assert second.exit_code == 0, second.errors
    assert [name for name in REPORTS if stage.held(name, first, second) != stage.truth(name, START)] == []
