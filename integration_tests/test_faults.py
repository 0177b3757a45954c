"""Failures that pass: whatever TikTok and the network come up with at once, the numbers are exact."""

from datetime import date

import pytest

from integration_tests.conftest import NOW, Stage
from integration_tests.connector import Output, production_config
from integration_tests.tiktok_emulator import RandomFailures, World, actions, populate
from integration_tests.tiktok_emulator.actions import TRANSIENT

REPORT = "report/integrated/get/"
SOON, LONG_AGO = date(2024, 3, 14), date(2024, 2, 10)
KINDS = (*TRANSIENT, actions.empty_body(), actions.wrong_json())
SHARE = 0.1


@pytest.fixture
def world() -> World:
    world = World(now=NOW)
    for name, zone in (("North Shop", "America/Los_Angeles"), ("South Shop", "Asia/Tokyo")):
        populate(world, world.add_account(name, zone).advertiser_id, campaigns=4, adgroups=1, ads=2, assets=5)
    return world


def assert_exact(stage: Stage, output: Output, start: date, *, include_deleted: bool = False) -> None:
    assert output.exit_code == 0, output.errors
    assert output.stderr == b""
    for name in stage.streams:
        truth = stage.truth(name, start, include_deleted=include_deleted)
        assert not stage.mistakes(output, name, truth), name
        assert output.statuses[name][-1] == "COMPLETE"
    assert {state["stream"]["stream_descriptor"]["name"] for state in output.states} == set(stage.streams)


def test_every_kind_of_failure_that_passes_costs_nothing(stage: Stage) -> None:
    for place, kind in enumerate(KINDS):
        # Each hits other requests, twice in a row, in every part of the sync.
        stage.emulator.faults.add(kind, nth=2 + 6 * place, times=2)

    output = stage.read(production_config(start_date=str(SOON)))

    assert_exact(stage, output, SOON)
    met = {kind for request in stage.emulator.requests for kind in request.fault.split("+")}
    assert met >= {kind.kind for kind in KINDS}


def test_every_kind_of_failure_at_once_in_a_tenth_of_all_answers_costs_nothing(stage: Stage) -> None:
    stage.emulator.faults.random = RandomFailures(SHARE, kinds=KINDS)
    names = ("campaigns", "creative_assets_videos", "ads_reports_daily", "advertisers_reports_hourly")
    stage.streams = {name: stage.streams[name] for name in names}

    output = stage.read(production_config(start_date=str(LONG_AGO)))

    assert_exact(stage, output, LONG_AGO)
    failed = [request for request in stage.emulator.requests if request.fault]
    assert len(failed) > SHARE * len(stage.emulator.requests) / 2


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("include_deleted", [False, True])
@pytest.mark.parametrize("seed", range(1, 6))
def test_all_streams_stand_every_kind_of_failure_in_a_tenth_of_all_answers(
    stage: Stage, seed: int, include_deleted: bool
) -> None:
    stage.emulator.faults.random = RandomFailures(SHARE, seed, most_in_a_row=3, kinds=KINDS)

    output = stage.read(production_config(start_date=str(LONG_AGO), include_deleted=include_deleted))

    assert_exact(stage, output, LONG_AGO, include_deleted=include_deleted)
    failed = [request for request in stage.emulator.requests if request.fault]
    assert len(failed) > SHARE * len(stage.emulator.requests) / 2
