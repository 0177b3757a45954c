"""Everything that exists is read: what TikTok hides unless asked, and what has no date to go by."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone

import pytest

from integration_tests.conftest import NOW, Stage
from integration_tests.connector import Json, production_config, stored_state
from integration_tests.tiktok_emulator import LoggedRequest, Options, World, actions, populate

REPORT = "report/integrated/get/"
ENDPOINTS = {"campaigns": "campaign/get/", "ad_groups": "adgroup/get/", "ads": "ad/get/"}
REPORTS = {
    "campaigns": "campaigns_reports_daily",
    "ad_groups": "ad_group_audience_reports_by_country_daily",
    "ads": "ads_reports_daily",
}
BUYING_TYPES = ("AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW")
TOP_VIEW = BUYING_TYPES[-1]
MOST_LISTED = 10_000
START = date(2024, 2, 1)
CONFIG = production_config(start_date=str(START), attribution_window=0)
MOMENT = datetime(2024, 3, 15, 20, 0, tzinfo=timezone.utc)


@pytest.fixture
def world() -> World:
    """Two accounts with campaigns of every buying type and state, in which everything was changed lately."""
    world = World(now=NOW)
    for name in ("First Shop", "Second Shop"):
        account = world.add_account(name).advertiser_id
        populate(world, account, campaigns=5, adgroups=2, ads=4, assets=2)
        for level in ("campaign", "adgroup", "ad"):
            for entity in world.entities(level, account):
                world.touch(entity.entity_id, at=MOMENT - timedelta(days=3))
    return world


def filters(request: LoggedRequest) -> Json:
    """The filters of an object list, or of a report as field and value."""
    found = request.decoded.get("filtering") or {}
    return found if isinstance(found, dict) else {one["field_name"]: one["filter_value"] for one in found}


# TopView, and Reach & Frequency


def test_objects_of_every_buying_type_are_read(stage: Stage, world: World) -> None:
    output = stage.read(CONFIG, *ENDPOINTS)

    assert output.exit_code == 0, output.errors
    for name, level in zip(ENDPOINTS, ("campaign", "adgroup", "ad"), strict=True):
        truth = stage.truth(name, START)
        assert not stage.mistakes(output, name, truth), name
        ids = {str(key[1]) for key in truth}
        kept = {world.entity(entity_id).buying_type for entity_id in ids}
        assert kept == set(BUYING_TYPES), f"the world holds every kind of {level}"


def test_top_view_is_asked_for_alone_and_in_pages_of_a_hundred(stage: Stage, world: World) -> None:
    account = next(iter(world.accounts))
    campaign = world.add_object("campaign", account, buying_type=TOP_VIEW)
    for _ in range(230):
        world.add_object("adgroup", campaign.entity_id)

    output = stage.read(CONFIG, "ad_groups")

    assert output.exit_code == 0, output.errors
    assert not stage.mistakes(output, "ad_groups", stage.truth("ad_groups", START))
    asked = [r for r in stage.asked("adgroup/get/", advertiser_id=account) if TOP_VIEW in str(r.params)]
    assert len(asked) == 3
    assert all(filters(request)["buying_types"] == [TOP_VIEW] for request in asked)
    assert not any(request.code for request in stage.emulator.requests)


@pytest.mark.parametrize("code", [40002, 40118])
def test_an_account_without_top_view_is_no_error(stage: Stage, world: World, code: int) -> None:
    account = next(iter(world.accounts))

    def of_top_view(params: Mapping[str, str]) -> bool:
        return (
            params.get("advertiser_id") == account
            and TOP_VIEW in params.get("filtering", "")
            and BUYING_TYPES[0] not in params["filtering"]
        )

    stage.emulator.faults.add(actions.api(code, "buying_types: No."), where=of_top_view, times=None)

    output = stage.read(CONFIG, *ENDPOINTS, REPORTS["ads"])

    assert output.exit_code == 0, output.errors
    for name in ENDPOINTS:
        truth = stage.truth(name, START)
        shown = {
            key: row
            for key, row in truth.items()
            if str(key[0]) != account or world.entity(str(key[1])).buying_type != TOP_VIEW
        }
        assert 0 < len(shown) < len(truth)
        assert not stage.mistakes(output, name, shown), name
        assert output.statuses[name][-1] == "COMPLETE"
        assert account in output.marks(name)
    assert not stage.mistakes(output, REPORTS["ads"], stage.truth(REPORTS["ads"], START))


@pytest.mark.parametrize(
    ("shown", "include_deleted"),
    [
        ("hidden", False),
        ("included", True),
        pytest.param("hidden", True, marks=pytest.mark.soak),
        pytest.param("included", False, marks=pytest.mark.soak),
    ],
)
def test_reports_hold_top_view_whether_tiktok_hides_it_or_not(
    stage: Stage, world: World, shown: str, include_deleted: bool
) -> None:
    world.options = Options(topview_in_reports=shown)
    names = (*REPORTS.values(), "ads_reports_lifetime", "advertisers_reports_daily")
    start = date(2024, 3, 10)

    output = stage.read(CONFIG | {"start_date": str(start), "include_deleted": include_deleted}, *names)

    assert output.exit_code == 0, output.errors
    for name in names:
        truth = stage.truth(name, start, include_deleted=include_deleted, buying_types=BUYING_TYPES)
        assert truth
        assert not stage.mistakes(output, name, truth), name
    asked = [filters(request).get("buying_type") for request in stage.asked(REPORT)]
    assert set(asked) == {None, f'["{TOP_VIEW}"]'}, "in requests of their own"


# Deleted objects


def test_deleted_objects_come_with_include_deleted_and_only_then(stage: Stage, world: World) -> None:
    for account in world.accounts:
        for level in ("campaign", "adgroup", "ad"):
            shown = [one for one in world.entities(level, account) if one.density and not one.deleted]
            world.delete(shown[0].entity_id, at=MOMENT - timedelta(days=5))
    with_deleted = stage.read(CONFIG | {"include_deleted": True}, *ENDPOINTS, *REPORTS.values())
    asked = stage.emulator.requests
    stage.emulator.reset()
    without = stage.read(CONFIG | {"include_deleted": False}, *ENDPOINTS, *REPORTS.values())

    assert (with_deleted.exit_code, without.exit_code) == (0, 0)
    for output, include_deleted in ((with_deleted, True), (without, False)):
        for name in (*ENDPOINTS, *REPORTS.values()):
            truth = stage.truth(name, START, include_deleted=include_deleted)
            assert not stage.mistakes(output, name, truth), f"{name}, include_deleted {include_deleted}"
    for name in (*ENDPOINTS, *REPORTS.values()):
        more = stage.truth(name, START, include_deleted=True).keys() - stage.truth(name, START).keys()
        assert {str(key[0]) for key in more} == set(world.accounts), name
    # The status field of another level would lose rows; so only that of the report's own may be there.
    named = Counter(
        (request.params["data_level"], field)
        for request in asked
        if request.endpoint == REPORT
        for field in filters(request)
        if field.endswith("_status")
    )
    assert set(named) == {
        ("AUCTION_CAMPAIGN", "campaign_status"),
        ("AUCTION_ADGROUP", "adgroup_status"),
        ("AUCTION_AD", "ad_status"),
    }


def test_an_object_that_is_deleted_between_two_syncs_is_seen_as_deleted(stage: Stage, world: World) -> None:
    config = CONFIG | {"include_deleted": True}
    first = stage.read(config, *ENDPOINTS)
    assert first.exit_code == 0, first.errors
    account = next(iter(world.accounts))
    stage.emulator.clock.advance(hours=5)
    stage.connector.now = "2024-03-16T01:00:00Z"
    dated = next(ad for ad in world.entities("ad", account) if ad.modified and not ad.deleted)
    assert dated.parent
    assert dated.parent.parent
    for entity in (dated, dated.parent, dated.parent.parent):
        world.delete(entity.entity_id)

    second = stage.read(config, *ENDPOINTS, state=first.last_states)

    for name in ENDPOINTS:
        truth = stage.truth(name, START, include_deleted=True)
        assert stage.held(name, first, second) == truth, name
        assert [row for row in second.records[name] if row["secondary_status"].endswith("_STATUS_DELETE")]


# Objects without a date, and the harshest reading of TikTok's filter by date


def test_smart_plus_ads_without_a_date_come_with_every_sync(stage: Stage, world: World) -> None:
    stored = stored_state("ads", "modify_time", dict.fromkeys(world.accounts, "2024-03-15 19:50:00"))

    output = stage.read(CONFIG, "ads", state=[stored])

    assert output.exit_code == 0, output.errors
    undated = {key: row for key, row in stage.truth("ads", START).items() if not row.get("modify_time")}
    assert len(undated) > len(world.accounts)
    assert not stage.mistakes(output, "ads", undated)
    assert set(output.marks("ads").values()) == {"2024-03-15 19:50:00"}, "a mark that never goes back"


def change_ads(world: World, account: str, mark: datetime) -> None:
    """Change ads in every way that a filter by date could miss."""
    same_second, renamed, deleted, *_ = [
        ad for ad in world.entities("ad", account) if ad.modified and not ad.deleted
    ]
    undated = next(ad for ad in world.entities("ad", account) if not ad.modified and not ad.deleted)
    assert renamed.parent
    world.touch(same_second.entity_id, at=mark, name="In the very second of the mark")
    world.touch(renamed.entity_id, name="Renamed")
    world.touch(undated.entity_id, name="Renamed without a date")
    world.delete(deleted.entity_id)
    world.add_object("ad", renamed.parent.entity_id, name="New")
    world.add_object("ad", renamed.parent.entity_id, name="New without a date", dated=False)
    late = world.add_object("ad", renamed.parent.entity_id, name="In the time of the first listing")
    world.touch(late.entity_id, at=MOMENT + timedelta(seconds=1))


@pytest.mark.parametrize("include_deleted", [False, True])
def test_no_changed_ad_is_lost_under_the_harshest_reading_of_tiktoks_filters(
    stage: Stage, world: World, include_deleted: bool
) -> None:
    world.options = Options(modified_after_inclusive=False, modified_after_keeps_undated=False)
    config = CONFIG | {"include_deleted": include_deleted}
    first = stage.read(config, "ads")
    account = next(iter(world.accounts))
    mark = datetime.fromisoformat(first.marks("ads")[account]).replace(tzinfo=timezone.utc)
    stage.emulator.clock.advance(hours=5)
    stage.connector.now = "2024-03-16T01:00:00Z"
    change_ads(world, account, mark)

    second = stage.read(config, "ads", state=first.last_states)

    assert (first.exit_code, second.exit_code) == (0, 0), first.errors + second.errors
    truth = stage.truth("ads", START, include_deleted=include_deleted)
    held = stage.held("ads", first, second)
    assert {key: held.get(key) for key in truth} == truth
    assert all(world.entity(str(key[1])).deleted for key in held.keys() - truth.keys())


def test_a_mark_of_long_ago_is_no_reason_for_tiktok_to_refuse(stage: Stage, world: World) -> None:
    stored = stored_state("ads", "modify_time", dict.fromkeys(world.accounts, "2021-01-01 00:00:00"))

    output = stage.read(CONFIG | {"start_date": "2021-01-01"}, "ads", state=[stored])

    assert output.exit_code == 0, output.errors
    assert not stage.mistakes(output, "ads", stage.truth("ads", date(2021, 1, 1)))
    assert not any(request.code for request in stage.emulator.requests)


# More assets than TikTok lists


@pytest.mark.parametrize("honest", [False, True], ids=["the total is cut as well", "the total tells"])
def test_assets_beyond_the_ten_thousandth_are_told_once_with_the_count(
    stage: Stage, world: World, honest: bool
) -> None:
    world.options = Options(asset_total_tells=honest)
    name, existing, since = "creative_assets_images", 10_120, date(2022, 1, 1)
    large, small = world.accounts
    world.add_assets(large, "image", existing)
    world.add_assets(small, "image", 150)

    output = stage.read(CONFIG | {"start_date": str(since)}, name)

    assert output.exit_code == 0, output.errors
    truth = stage.truth(name, since)
    of_large = [key for key in truth if str(key[0]) == large]
    newest_first = sorted(of_large, key=lambda key: str(truth[key]["modify_time"]), reverse=True)
    out_of_reach = set(newest_first[MOST_LISTED:])
    assert out_of_reach
    assert not stage.mistakes(output, name, {key: row for key, row in truth.items() if key not in out_of_reach})
    (told,) = output.complaints(f"{name}:", large)
    assert str(existing if honest else MOST_LISTED) in told.replace(",", "")
    assert not output.complaints(f"{name}:", small)
    assert len(stage.asked("file/image/ad/search/", advertiser_id=large)) <= MOST_LISTED // 100 + 2
