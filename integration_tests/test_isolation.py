"""Each account on its own: what one account refuses or fails costs the others nothing, and is said."""

from datetime import date

import pytest

from integration_tests.conftest import NOW, Stage
from integration_tests.connector import Json, Output, production_config, stored_state
from integration_tests.tiktok_emulator import PRODUCTION_TOKEN, World, actions, populate
from integration_tests.truth import Key, production_accounts

START = date(2024, 2, 20)
CONFIG = production_config(start_date=str(START), attribution_window=0)
REPORT = "report/integrated/get/"
ENTITIES = ("campaigns", "creative_assets_images")
REPORTS = ("ads_reports_daily", "campaigns_reports_daily")
NAMES = (*ENTITIES, *REPORTS)
REFUSALS = (40001, 40106, 40300, 40301, 40302)
WORDS = "Sorry, this account is not for you."
# After TikTok's word that an account or a token is dead, only requests that were on their way may still arrive.
MOST_WORKERS = 64


@pytest.fixture
def world() -> World:
    """Five accounts for the refusals, and two more."""
    world = World(now=NOW)
    for number in range(len(REFUSALS) + 2):
        account = world.add_account(f"Shop {number}", ("America/Los_Angeles", "Asia/Tokyo")[number % 2])
        populate(world, account.advertiser_id, campaigns=4, adgroups=1, ads=2, assets=3)
    return world


@pytest.fixture
def accounts(world: World) -> list[str]:
    return production_accounts(world)


def has(truth: dict[Key, Json], account: str) -> bool:
    return any(str(owner) == account for owner, *_ in truth)


def lines_at_the_end(output: Output) -> list[str]:
    """The log after the last stream has ended."""
    ends = [
        place
        for place, message in enumerate(output.messages)
        if message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS"
    ]
    rest = output.messages[ends[-1] :]
    return [message["log"]["message"] for message in rest if message["type"] == "LOG"]


def test_accounts_that_refuse_everything_cost_only_themselves(stage: Stage, accounts: list[str]) -> None:
    dead, living = dict(zip(accounts, REFUSALS, strict=False)), accounts[len(REFUSALS) :]
    for account, code in dead.items():
        stage.emulator.access.refuse(code, WORDS, advertiser_id=account)

    output = stage.read(CONFIG, *NAMES)

    assert output.exit_code == 0, output.errors
    summary = lines_at_the_end(output)
    for name in NAMES:
        truth = stage.truth(name, START, accounts=living)
        assert not stage.mistakes(output, name, truth), name
        assert output.statuses[name][-1] == "COMPLETE"
        # An account of which the start date leaves nothing has no mark.
        assert set(output.marks(name)) == {account for account in living if name in REPORTS or has(truth, account)}
        for account, code in dead.items():
            told = [line for line in output.complaints(f"{name}:", account, WORDS) if line not in summary]
            assert len(told) == 1, f"{name}: one warning about {code} when it happens"
            assert [line for line in summary if all(word in line for word in (name, account, WORDS, str(code)))]
    for account in dead:
        assert len([r for r in stage.emulator.requests if account in str(r.params)]) <= 2 * MOST_WORKERS


def test_accounts_that_refuse_one_endpoint_are_read_through_the_others_and_keep_their_state(
    stage: Stage, accounts: list[str]
) -> None:
    dead, living = dict(zip(accounts, REFUSALS, strict=False)), accounts[len(REFUSALS) :]
    for account, code in dead.items():
        stage.emulator.access.refuse(code, WORDS, advertiser_id=account, endpoint=REPORT)
    mark = date(2024, 3, 10)
    stored = stored_state("ads_reports_daily", "stat_time_day", dict.fromkeys(accounts, str(mark)))

    output = stage.read(CONFIG, *NAMES, state=[stored])

    assert output.exit_code == 0, output.errors
    for name in ENTITIES:
        truth = stage.truth(name, START)
        assert not stage.mistakes(output, name, truth), name
        assert set(output.marks(name)) == {account for account in accounts if has(truth, account)}
    for name, first in zip(REPORTS, (mark, START), strict=True):
        assert not stage.mistakes(output, name, stage.truth(name, first, accounts=living)), name
    marks = output.marks("ads_reports_daily")
    assert {account: marks[account] for account in dead} == dict.fromkeys(dead, str(mark))
    assert all(marks[account] > str(mark) for account in living)
    assert set(output.marks("campaigns_reports_daily")) == set(living)


def test_the_configured_account_must_not_refuse(stage: Stage, accounts: list[str]) -> None:
    account = accounts[0]
    stage.emulator.access.refuse(40300, WORDS, advertiser_id=account, endpoint=REPORT)
    config = CONFIG | {"credentials": {**CONFIG["credentials"], "advertiser_id": account}}

    output = stage.read(config, "campaigns", "ads_reports_daily")

    assert output.exit_code == 1
    assert output.verdict["failure_type"] == "config_error"
    assert WORDS in output.verdict["message"]
    assert account in output.verdict["message"]
    assert output.statuses["ads_reports_daily"] == ["STARTED", "INCOMPLETE"]
    assert not output.marks("ads_reports_daily")
    assert not stage.mistakes(output, "campaigns", stage.truth("campaigns", START, accounts=[account]))
    assert output.statuses["campaigns"][-1] == "COMPLETE"


def test_an_endpoint_that_every_account_refuses_is_an_error_and_no_empty_green_stream(stage: Stage) -> None:
    stage.emulator.access.refuse(40001, WORDS, endpoint="campaign/get/")

    output = stage.read(CONFIG, "campaigns", "creative_assets_images")

    assert output.exit_code == 1
    assert output.verdict["failure_type"] == "config_error"
    assert WORDS in output.verdict["message"]
    assert output.statuses["campaigns"] == ["STARTED", "INCOMPLETE"]
    assert not output.marks("campaigns")
    images = stage.truth("creative_assets_images", START)
    assert not stage.mistakes(output, "creative_assets_images", images)


@pytest.mark.parametrize(
    ("hole", "mark"),
    [
        pytest.param(("2023-12-20", "2024-01-18"), None, id="first window"),
        pytest.param(("2024-01-19", "2024-02-17"), "2024-01-18", id="middle window"),
    ],
)
def test_a_window_that_fails_for_ever_leaves_a_hole_that_the_next_sync_closes(
    stage: Stage, accounts: list[str], hole: tuple[str, str], mark: str | None
) -> None:
    start, name = date(2023, 12, 20), "ads_reports_daily"
    config = CONFIG | {"start_date": str(start)}
    victim, *living = accounts
    where = {"advertiser_id": victim, "start_date": hole[0]}
    stage.emulator.faults.add(actions.api(50000), REPORT, where=where, times=None)
    truth = stage.truth(name, start)

    first = stage.read(config, "campaigns", name)

    assert first.exit_code == 1
    assert first.verdict["failure_type"] == "transient_error"
    assert first.statuses[name][-1] == "INCOMPLETE"
    assert first.statuses["campaigns"][-1] == "COMPLETE"
    assert first.complaints(f"{name}:", victim, *hole)
    lost = {
        key
        for key, row in truth.items()
        if str(key[0]) == victim and hole[0] <= row["stat_time_day"][:10] <= hole[1]
    }
    assert not stage.mistakes(first, name, {key: row for key, row in truth.items() if key not in lost})
    assert lost
    assert first.marks(name).get(victim) == mark
    assert set(living) <= set(first.marks(name))

    stage.emulator.reset()
    second = stage.read(config, "campaigns", name, state=first.last_states)

    assert second.exit_code == 0, second.errors
    asked = stage.asked(REPORT, advertiser_id=victim)
    assert min(request.params["start_date"] for request in asked) == (mark or str(start))
    assert stage.held(name, first, second) == truth
    assert second.marks(name)[victim] == "2024-03-15"


def test_an_object_list_that_fails_for_ever_costs_only_its_own_account(stage: Stage, accounts: list[str]) -> None:
    victim, *living = accounts
    stage.emulator.faults.add(actions.http(503), "campaign/get/", where={"advertiser_id": victim}, times=None)
    stored = stored_state("campaigns", "modify_time", dict.fromkeys(accounts, "2024-01-01 00:00:00"))

    first = stage.read(CONFIG, "campaigns", state=[stored])

    assert first.exit_code == 1
    assert first.verdict["failure_type"] == "transient_error"
    assert first.statuses["campaigns"][-1] == "INCOMPLETE"
    assert not stage.mistakes(first, "campaigns", stage.truth("campaigns", START, accounts=living))
    assert first.marks("campaigns")[victim] == "2024-01-01 00:00:00"

    stage.emulator.reset()
    second = stage.read(CONFIG, "campaigns", state=first.last_states)

    assert second.exit_code == 0, second.errors
    assert stage.held("campaigns", first, second) == stage.truth("campaigns", START)


def test_a_token_that_is_revoked_in_the_middle_ends_the_sync_at_once_and_loses_nothing(stage: Stage) -> None:
    token = stage.emulator.access.tokens[PRODUCTION_TOKEN]
    revoke = actions.mutate(lambda _: setattr(token, "revoked", True))
    stage.emulator.faults.add(revoke, REPORT, nth=4)

    first = stage.read(CONFIG, *NAMES)

    assert first.exit_code == 1
    assert first.verdict["failure_type"] == "config_error"
    assert "revoked" in first.verdict["message"]
    assert "access_token" in first.verdict["message"], "the cure names the setting"
    assert PRODUCTION_TOKEN.encode() not in first.stdout + first.stderr
    assert sum(request.code == 40105 for request in stage.emulator.requests) <= MOST_WORKERS
    assert first.statuses["ads_reports_daily"][-1] == "INCOMPLETE"

    token.revoked = False
    stage.emulator.reset()
    second = stage.read(CONFIG, *NAMES, state=first.last_states)

    assert second.exit_code == 0, second.errors
    for name in NAMES:
        assert stage.held(name, first, second) == stage.truth(name, START), name


def test_a_token_that_is_dead_from_the_start_is_told_in_one_sentence(stage: Stage) -> None:
    stage.emulator.access.tokens[PRODUCTION_TOKEN].revoked = True

    output = stage.read(CONFIG, *NAMES)

    assert output.exit_code == 1
    assert output.verdict["failure_type"] == "config_error"
    assert "access_token" in output.verdict["message"]
    assert not output.records
    assert len(stage.emulator.requests) <= MOST_WORKERS
