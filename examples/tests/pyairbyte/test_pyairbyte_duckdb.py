"""PyAirbyte's DuckDB holds the truth after two reads and a kill between them."""

import sys
from pathlib import Path
from time import sleep
from typing import Any

import duckdb

from conftest import EXAMPLES, Json, Stage, Truth

# One of each kind: replaced, replaced though dated, merged.
NAMES = ("audiences", "creative_assets_images", "ads_reports_daily")


def command(stage: Stage) -> list[Any]:
    config = stage.file("config.json", stage.config)
    return [EXAMPLES / "pyairbyte_duckdb.py", "--config", config, "--database", "t.duckdb", "--streams"]


def rows(database: Path, name: str) -> list[Json]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(f"FROM tiktok.{name}")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def read(stage: Stage, *names: str) -> "tuple[int, str]":
    example, *options = command(stage)
    done = stage.run(example.name, *options, *names, AIRBYTE_OFFLINE_MODE="1")
    return done.returncode, done.stderr


def test_two_reads_and_a_kill_between_them_equal_the_truth(stage: Stage, truth: Truth) -> None:
    truth.sync(*NAMES)
    code, complaints = read(stage, *NAMES)
    assert code == 0, complaints
    assert not [mistake for name in NAMES for mistake in truth.mistakes(name, held(stage, name), flat=False)]

    stage.emulator.faults.latency = 0.05
    change(stage)
    with (stage.folder / "killed.log").open("wb") as output:
        process = stage.start(
            sys.executable,
            *command(stage),
            *NAMES,
            stdout=output,
            stderr=output,
            env={"AIRBYTE_OFFLINE_MODE": "1"},
        )
        requests = len(stage.emulator.requests)
        while len(stage.emulator.requests) < requests + 14:  # In the midst of a stream.
            assert process.poll() is None
            sleep(0.01)
        process.kill()
        process.wait()
    stage.emulator.faults.latency = 0
    change(stage)
    truth.sync(*NAMES)

    code, complaints = read(stage, *NAMES)

    assert code == 0, complaints
    assert not [mistake for name in NAMES for mistake in truth.mistakes(name, held(stage, name), flat=False)]


def test_a_stream_that_is_refused_costs_itself_only_and_its_reason_is_told(stage: Stage, truth: Truth) -> None:
    stage.emulator.access.refuse(40001, endpoint="campaign/get/")
    names = ("campaigns", "advertisers")
    truth.sync("advertisers")

    code, complaints = read(stage, *names)

    assert code == 1
    (told,) = [line for line in complaints.splitlines() if line.startswith("Not read: ")]
    assert told.startswith("Not read: campaigns: "), told
    assert "40001" in told
    assert not truth.mistakes("advertisers", held(stage, "advertisers"), flat=False)


def held(stage: Stage, name: str) -> list[Json]:
    return rows(stage.folder / "t.duckdb", name)


def change(stage: Stage) -> None:
    """Let time pass in which figures are corrected and assets vanish."""
    world = stage.world
    for account in world.accounts.values():
        if not account.sandbox:
            world.restate(account.advertiser_id, account.local_day(world.clock.now()), 1.25)
            for kind in ("audience", "image"):
                world.add_assets(account.advertiser_id, kind, len(world.assets(kind, account.advertiser_id)) - 1)
    world.clock.advance(hours=6)
