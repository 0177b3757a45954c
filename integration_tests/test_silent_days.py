"""Nothing is asked for where nothing happened, nothing is lost by it, and a total that hides something is found out."""

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from integration_tests.conftest import Stage
from integration_tests.connector import Connector, Json, Output, production_config
from integration_tests.tiktok_emulator import Emulator, Options, World
from integration_tests.truth import Key

NOW, TOMORROW = "2024-03-15T20:00:00Z", "2024-03-16T20:00:00Z"
START = date(2024, 2, 5)
NEVER = datetime(2100, 1, 1, tzinfo=timezone.utc)
REPORT = "report/integrated/get/"
# Days on which the active accounts of a world do not run ads.
PAUSES = [date(2024, 2, 5) + timedelta(days=number) for number in (*range(8), 11, *range(15, 31))]
SHARE = 0.25


def shop(world: World, name: str, *, active: bool, buying_type: str = "AUCTION", **fields: object) -> str:
    """An account with one campaign, whose ad delivers on all days but the pauses, or never."""
    account = world.add_account(name, "Europe/Berlin", history_days=60)
    born = world.clock.now() - timedelta(days=60)
    campaign = world.add_object(
        "campaign", account.advertiser_id, buying_type=buying_type, created=born, **fields
    )
    adgroup = world.add_object("adgroup", campaign.entity_id, created=born)
    world.add_object("ad", adgroup.entity_id, created=born, density=1000 if active else 0)
    for day in PAUSES:
        world.hold_back(account.advertiser_id, day, NEVER, share=1000)
    return account.advertiser_id


def stage_of(world: World, emulator: Emulator, folder: Path, streams: dict[str, Json]) -> Stage:
    return Stage(Connector(emulator.url, folder, NOW), emulator, streams)


def config(**changes: object) -> Json:
    return production_config(start_date=str(START), **changes)


def told(rows: dict[Key, Json]) -> dict[Key, Json]:
    """Records without the metrics that have no value, or that TikTok does not take in that report."""
    return {
        key: {**row, "metrics": {name: value for name, value in row.get("metrics", {}).items() if value is not None}}
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
            stage = stage_of(world, emulator, tmp_path, streams)
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
    print(counts)

    assert counts[True, 1] <= SHARE * counts[False, 1], counts
    assert counts[True, 2] <= counts[False, 2] / 2, counts
