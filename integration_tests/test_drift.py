"""Lists that move while they are paged, and odd pages: read whole and once each, or said to be incomplete."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import pytest

from integration_tests.conftest import NOW, Stage
from integration_tests.connector import production_config, stored_state
from integration_tests.tiktok_emulator import Options, World, actions, populate
from integration_tests.tiktok_emulator.actions import Action
from integration_tests.truth import united

MOMENT = datetime(2024, 3, 15, 20, 0, tzinfo=timezone.utc)
START = date(2024, 3, 15)  # Today in Reykjavik.
CONFIG = production_config(start_date=str(START), attribution_window=0)
REPORT, AUDIENCES, ADS = "report/integrated/get/", "dmp/custom_audience/list/", "ad/get/"
NAMES = {AUDIENCES: "audiences", ADS: "ads", REPORT: "ads_reports_daily"}
LARGE = {"campaigns": 2, "adgroups": 10, "ads": 55, "assets": 230}  # 1100 ads are two pages, 230 assets three.
# As often may a list be read before the connector has to give up.
MOST_READS = 10
FOR_EVER = None


def shop(world: World, name: str, **sizes: int) -> str:
    """Add an account in which everything was changed just now, so that every stream has all of it to emit."""
    account = world.add_account(name, "Atlantic/Reykjavik", history_days=40).advertiser_id
    populate(world, account, plain=True, **sizes)
    for level in ("campaign", "adgroup", "ad"):
        for entity in world.entities(level, account):
            world.touch(entity.entity_id)
    return account


@pytest.fixture
def world() -> World:
    return World(now=NOW)


@pytest.fixture
def account(world: World) -> str:
    return shop(world, "Moving Shop", **LARGE)


def listings(stage: Stage, endpoint: str) -> int:
    """How often a list was begun."""
    return len(stage.asked(endpoint, page="1"))


ROTATIONS = [
    pytest.param(("insert", "delete", "exchange"), id="insert-delete-exchange"),
    pytest.param(("delete", "exchange", "insert"), id="delete-exchange-insert", marks=pytest.mark.soak),
    pytest.param(("exchange", "insert", "delete"), id="exchange-insert-delete", marks=pytest.mark.soak),
]


@pytest.mark.parametrize("kinds", ROTATIONS)
def test_rows_that_shift_between_pages_come_once_each(stage: Stage, account: str, kinds: tuple[str, ...]) -> None:
    for endpoint, kind in zip(NAMES, kinds, strict=True):
        stage.emulator.faults.drift(endpoint, kind, rows=3, listings=2)

    output = stage.read(CONFIG, *NAMES.values())

    assert output.exit_code == 0, output.errors
    for endpoint, name in NAMES.items():
        truth = stage.truth(name, START)
        assert truth
        assert not stage.mistakes(output, name, truth), name
        assert output.statuses[name][-1] == "COMPLETE"
        assert listings(stage, endpoint) >= 3, "two lists moved, the third stood still"
    assert output.marks("ads_reports_daily") == {account: "2024-03-15"}


@pytest.mark.parametrize("kinds", ROTATIONS)
def test_a_list_that_never_stands_still_is_told_and_completed_by_the_next_sync(
    stage: Stage, account: str, kinds: tuple[str, ...]
) -> None:
    for endpoint, kind in zip(NAMES, kinds, strict=True):
        stage.emulator.faults.drift(endpoint, kind, rows=3, listings=10**6)
    stored = stored_state("ads", "modify_time", {account: "2024-03-01 00:00:00"})

    first = stage.read(CONFIG, *NAMES.values(), state=[stored])

    assert first.exit_code == 1
    assert first.verdict["failure_type"] == "transient_error"
    for endpoint, name in NAMES.items():
        assert first.complaints(f"{name}:", account)
        assert first.statuses[name][-1] == "INCOMPLETE"
        assert listings(stage, endpoint) <= 2 * MOST_READS
        found = stage.mistakes(first, name, stage.truth(name, START))
        assert not [mistake for mistake in found if not mistake.startswith("missing")]
    assert first.complaints("ads_reports_daily:", account, str(START)), "the window is named"
    assert first.marks("ads") == {account: "2024-03-01 00:00:00"}
    assert first.marks("ads_reports_daily") == {}

    stage.emulator.reset()
    second = stage.read(CONFIG, *NAMES.values(), state=first.last_states)

    assert second.exit_code == 0, second.errors
    for name in NAMES.values():
        assert not stage.mistakes(second, name, stage.truth(name, START)), name


def test_a_window_that_never_adds_up_keeps_the_state_before_it_and_the_windows_behind_it(
    stage: Stage, world: World
) -> None:
    account = shop(world, "Small Shop", campaigns=1, adgroups=1, ads=1)
    start, name = date(2024, 3, 13), "campaigns_reports_hourly"
    config = CONFIG | {"start_date": str(start)}
    odd = {"start_date": "2024-03-14"}
    stage.emulator.faults.add(actions.wrong_total(1), REPORT, where=odd, times=FOR_EVER)

    first = stage.read(config, name)

    assert first.exit_code == 1
    assert first.complaints(f"{name}:", account, "2024-03-14")
    assert not stage.mistakes(first, name, stage.truth(name, start))
    assert first.marks(name) == {account: "2024-03-13 00:00:00"}

    stage.emulator.reset()
    second = stage.read(config, name, state=first.last_states)

    assert second.exit_code == 0, second.errors
    assert min(request.params["start_date"] for request in stage.asked(REPORT)) == "2024-03-13"
    assert stage.held(name, second) == stage.truth(name, start)
    assert second.marks(name) == {account: "2024-03-15 00:00:00"}


@dataclass(frozen=True)
class Oddity:
    """Something strange about one page of a list of three."""

    action: Action
    page: int | None = None

    def befall(self, stage: Stage, account: str, times: int | None) -> None:
        """Let it happen in the audiences of an account."""
        where = {"advertiser_id": account} | ({"page": str(self.page)} if self.page else {})
        stage.emulator.faults.add(self.action, AUDIENCES, where=where, times=times)


PASSING = {
    "a repeated page": Oddity(actions.repeated_page(), 2),
    "an empty first page": Oddity(actions.empty_page(), 1),
    "an empty page in the middle": Oddity(actions.empty_page(), 2),
    "an empty last page": Oddity(actions.empty_page(), 3),
    "a total too large by one": Oddity(actions.wrong_total(1), 2),
    "a total too small by a page": Oddity(actions.wrong_total(-100), 1),
    "a total of nothing": Oddity(actions.wrong_total(-LARGE["assets"]), 1),
    "a total far too large": Oddity(actions.wrong_total(10**6), 1),
    "no page_info": Oddity(actions.no_page_info(), 2),
    "total_page 0": Oddity(actions.no_pages(), 1),
}
HARMLESS = {
    "never a page_info": Oddity(actions.no_page_info()),
    "always total_page 0": Oddity(actions.no_pages()),
}
LASTING = {
    "always the same page": Oddity(actions.repeated_page(), 2),
    "always an empty page": Oddity(actions.empty_page(), 2),
    "always one too many": Oddity(actions.wrong_total(1)),
    "always one too few": Oddity(actions.wrong_total(-1)),
    "always a page too few": Oddity(actions.wrong_total(-100)),
}


def test_odd_pages_are_healed(stage: Stage, world: World) -> None:
    accounts = {}
    for name, oddity in PASSING.items():
        accounts[name] = shop(world, name, campaigns=0, assets=LARGE["assets"])
        oddity.befall(stage, accounts[name], times=1)
    for name, oddity in HARMLESS.items():
        accounts[name] = shop(world, name, campaigns=0, assets=LARGE["assets"])
        oddity.befall(stage, accounts[name], times=FOR_EVER)
    # With a full last page nothing but the emptiness of the next one tells the end.
    accounts["full"] = shop(world, "never a page_info, and full pages", campaigns=0, assets=200)
    HARMLESS["never a page_info"].befall(stage, accounts["full"], times=FOR_EVER)

    output = stage.read(CONFIG, "audiences")

    assert output.exit_code == 0, output.errors
    for name, account in accounts.items():
        truth = stage.truth("audiences", START, accounts=[account])
        records = [record for record in output.records["audiences"] if str(record["advertiser_id"]) == account]
        assert united(stage.streams["audiences"], records) == truth, name
        assert len(stage.asked(AUDIENCES, advertiser_id=account)) <= 3 * MOST_READS, name


def test_pages_that_are_odd_for_ever_are_told(stage: Stage, world: World) -> None:
    accounts = {}
    for name, oddity in LASTING.items():
        accounts[name] = shop(world, name, campaigns=0, assets=LARGE["assets"])
        oddity.befall(stage, accounts[name], times=FOR_EVER)
    sound = shop(world, "sound", campaigns=0, assets=LARGE["assets"])

    output = stage.read(CONFIG, "audiences")

    assert output.exit_code == 1
    assert output.statuses["audiences"][-1] == "INCOMPLETE"
    assert output.verdict["failure_type"] == "transient_error"
    found = stage.mistakes(output, "audiences", stage.truth("audiences", START))
    assert not [mistake for mistake in found if not mistake.startswith("missing") or sound in mistake]
    for name, account in accounts.items():
        assert output.complaints("audiences:", account), name
        assert len(stage.asked(AUDIENCES, advertiser_id=account)) <= 3 * MOST_READS, name
    assert not output.complaints("audiences:", sound)


def test_a_total_without_measure_does_not_send_the_connector_through_endless_empty_pages(
    stage: Stage, account: str
) -> None:
    stage.emulator.faults.add(actions.wrong_total(100_000), AUDIENCES, times=FOR_EVER)

    output = stage.read(CONFIG, "audiences")

    assert output.exit_code == 1
    assert output.complaints("audiences:", account)
    assert not stage.mistakes(output, "audiences", stage.truth("audiences", START))
    assert len(stage.emulator.requests) <= 5 * MOST_READS


def test_a_full_last_page_is_the_last_and_an_empty_list_is_no_error(stage: Stage, world: World) -> None:
    full = shop(world, "Full Shop", campaigns=1, adgroups=10, ads=100, assets=200)
    empty = shop(world, "Empty Shop", campaigns=0, assets=0)

    output = stage.read(CONFIG, *NAMES.values())

    assert output.exit_code == 0, output.errors
    for name in NAMES.values():
        truth = stage.truth(name, START)
        assert len(truth) == (200 if name == "audiences" else 1000)
        assert not stage.mistakes(output, name, truth), name
    usual = [
        request for request in stage.emulator.requests if "TOP_VIEW" not in request.params.get("filtering", "")
    ]
    pages = Counter((request.endpoint, request.params.get("advertiser_id")) for request in usual)
    assert [pages[endpoint, full] for endpoint in NAMES] == [2, 1, 1]
    assert [pages[endpoint, empty] for endpoint in NAMES] == [1, 1, 1]


def test_an_empty_list_may_say_that_it_has_one_page(stage: Stage, world: World) -> None:
    world.options = Options(empty_total_page=1)
    shop(world, "Empty Shop", campaigns=0, assets=0)

    output = stage.read(CONFIG, *NAMES.values())

    assert output.exit_code == 0, output.errors
    assert not output.records
    assert {statuses[-1] for statuses in output.statuses.values()} == {"COMPLETE"}


def test_a_page_of_which_nothing_is_new_does_not_end_the_list(stage: Stage, world: World, account: str) -> None:
    *others, last = world.entities("ad", account)
    for ad in others:
        world.touch(ad.entity_id, at=MOMENT - timedelta(days=20))
    world.touch(last.entity_id, at=MOMENT - timedelta(hours=1), name="Changed on the last page")
    stored = stored_state("ads", "modify_time", {account: "2024-03-10 00:00:00"})

    output = stage.read(CONFIG | {"start_date": "2024-01-01"}, "ads", state=[stored])

    assert output.exit_code == 0, output.errors
    assert [record["ad_name"] for record in output.records["ads"]] == ["Changed on the last page"]


def test_what_happens_behind_the_page_that_is_being_read_is_picked_up_by_the_next_sync(
    stage: Stage, world: World, account: str
) -> None:
    deleted, touched, *_, oldest = world.entities("ad", account)
    assert deleted.parent

    def meanwhile(world: World) -> None:
        # Page 1 is read. One of its ads goes, one comes, so that the total and the border to page 2 stay.
        world.delete(deleted.entity_id)
        world.add_object("ad", touched.parent.entity_id, created=MOMENT + timedelta(seconds=20))
        world.touch(touched.entity_id, at=MOMENT + timedelta(seconds=30), name="Changed unseen")
        # Then an ad changes that page 2 is about to show, with a later time.
        world.touch(oldest.entity_id, at=MOMENT + timedelta(seconds=60), name="Changed in sight")

    stage.emulator.faults.add(actions.mutate(meanwhile), ADS, where={"page": "2"})
    first = stage.read(CONFIG, "ads")
    stage.emulator.clock.advance(hours=1)
    second = stage.read(CONFIG, "ads", state=first.last_states)

    assert (first.exit_code, second.exit_code) == (0, 0), first.errors + second.errors
    assert "Changed in sight" in {record["ad_name"] for record in first.records["ads"]}
    held = stage.held("ads", first, second)
    gone = next(key for key in held if str(key[1]) == deleted.entity_id)
    del held[gone]  # It was there when page 1 was read.
    assert held == stage.truth("ads", START)
