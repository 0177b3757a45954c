"""`campaign/get/`, `adgroup/get/`, `ad/get/`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import Emulator, Options, add_odd_objects, small_world

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client
    from integration_tests.tiktok_emulator import World

LEVELS = ("campaign", "adgroup", "ad")
PREFIXES = {"campaign": "CAMPAIGN_STATUS", "adgroup": "ADGROUP_STATUS", "ad": "AD_STATUS"}
AUCTION, RF, TOP_VIEW = "AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW"


def ids(rows: list[dict[str, Any]], level: str) -> set[str]:
    return {row[f"{level}_id"] for row in rows}


def expected(world: World, advertiser_id: str, level: str, *, deleted: bool, buying: tuple[str, ...]) -> set[str]:
    return {
        entity.entity_id
        for entity in world.entities(level, advertiser_id)
        if entity.buying_type in buying and (deleted or entity.state != "DELETE")
    }


@pytest.mark.parametrize("level", LEVELS)
def test_default_hides_deleted_objects_and_top_view(client: Client, world: World, level: str) -> None:
    seen = ids(client.get(f"{level}/get/", advertiser_id=client.north, page_size=1000).rows, level)
    assert seen == expected(world, client.north, level, deleted=False, buying=(AUCTION, RF))
    assert seen < expected(world, client.north, level, deleted=True, buying=(AUCTION, RF))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", ["primary", "secondary"])
def test_status_all_of_the_own_level_shows_deleted_objects(
    client: Client, world: World, level: str, kind: str
) -> None:
    status = "STATUS_ALL" if kind == "primary" else f"{PREFIXES[level]}_ALL"
    rows = client.get(
        f"{level}/get/", advertiser_id=client.north, page_size=1000, filtering={f"{kind}_status": status}
    ).rows
    assert ids(rows, level) == expected(world, client.north, level, deleted=True, buying=(AUCTION, RF))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("buying", [(AUCTION,), (RF,), (AUCTION, RF), (TOP_VIEW,)])
def test_buying_types(client: Client, world: World, level: str, buying: tuple[str, ...]) -> None:
    rows = client.get(
        f"{level}/get/", advertiser_id=client.north, page_size=100, filtering={"buying_types": list(buying)}
    ).rows
    assert ids(rows, level) == expected(world, client.north, level, deleted=False, buying=buying) != set()


def test_disabled_and_deleted_objects_by_primary_status(client: Client, world: World) -> None:
    campaign = world.entities("campaign", client.north)[0]
    for state, status in (("DISABLE", "STATUS_DISABLE"), ("DELETE", "STATUS_DELETE")):
        world.set_state(campaign.entity_id, state)
        rows = client.get("campaign/get/", advertiser_id=client.north, filtering={"primary_status": status}).rows
        assert campaign.entity_id in ids(rows, "campaign")
        secondary = f"CAMPAIGN_STATUS_{state}"
        assert {row["secondary_status"] for row in rows} == {secondary}


REFUSED = {
    "no account": ("ad", {"advertiser_id": ""}, "advertiser_id"),
    "account with letters": ("ad", {"advertiser_id": "12ab"}, "advertiser_id"),
    "page 0": ("ad", {"page": 0}, "page"),
    "page -1": ("ad", {"page": -1}, "page"),
    "page as word": ("ad", {"page": "one"}, "page"),
    "page_size 0": ("ad", {"page_size": 0}, "page_size"),
    "page_size 1001": ("campaign", {"page_size": 1001}, "page_size"),
    "ad group page_size 1001": ("adgroup", {"page_size": 1001}, "page_size"),
    "TopView ad groups of 101": (
        "adgroup", {"page_size": 101, "filtering": {"buying_types": [TOP_VIEW]}}, "page_size"),
    "TopView with others": ("campaign", {"filtering": {"buying_types": [AUCTION, TOP_VIEW]}}, "buying_types"),
    "no buying type": ("campaign", {"filtering": {"buying_types": []}}, "buying_types"),
    "unknown buying type": ("campaign", {"filtering": {"buying_types": ["TOP_VIEW"]}}, "buying_types"),
    "buying types as text": ("campaign", {"filtering": {"buying_types": AUCTION}}, "buying_types"),
    "status of another level": (
        "ad", {"filtering": {"secondary_status": "ADGROUP_STATUS_ALL"}}, "secondary_status"),
    "unknown primary status": ("ad", {"filtering": {"primary_status": "ALL"}}, "primary_status"),
    "modified_after as ISO": (
        "ad", {"filtering": {"modified_after": "2024-03-01T00:00:00Z"}}, "modified_after"),
    "modified_after without time": ("ad", {"filtering": {"modified_after": "2024-03-01"}}, "modified_after"),
    "modified_after impossible": (
        "ad", {"filtering": {"modified_after": "2024-02-30 00:00:00"}}, "modified_after"),
    "modified_after long ago": ("ad", {"filtering": {"modified_after": "2023-01-01 00:00:00"}}, "modified_after"),
    "no ids": ("ad", {"filtering": {"ad_ids": []}}, "ad_ids"),
    "filtering as list": ("ad", {"filtering": []}, "filtering"),
    "filtering as Python repr": ("ad", {"filtering": "{'ad_ids': ['1']}"}, "filtering"),
    "fields as Python repr": ("ad", {"fields": "['ad_id']"}, "fields"),
    "unknown exclusion": ("ad", {"exclude_field_types_in_response": ["NULL"]}, "exclude_field_types_in_response"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_40002_names_the_parameter(client: Client, case: str) -> None:
    level, params, name = REFUSED[case]
    reply = client.get(f"{level}/get/", **{"advertiser_id": client.north, **params})
    assert reply.code == 40002
    assert name in reply.message


@pytest.mark.parametrize(("number", "code"), [(1, 0), (100, 0), (101, 40011)])
def test_id_filters_hold_up_to_100_ids(client: Client, number: int, code: int) -> None:
    wanted = {"campaign_ids": [str(one) for one in range(1, number + 1)]}
    assert client.get("ad/get/", advertiser_id=client.north, filtering=wanted).code == code


@pytest.mark.parametrize("above", LEVELS)
def test_id_filters_keep_the_objects_below(client: Client, world: World, above: str) -> None:
    ad = world.entities("ad", client.north)[0]
    wanted = ad.lineage()[above].entity_id
    rows = client.get(
        "ad/get/",
        advertiser_id=client.north,
        page_size=1000,
        filtering={f"{above}_ids": [wanted], "primary_status": "STATUS_ALL"},
    ).rows
    assert {row[f"{above}_id"] for row in rows} == {wanted}
    assert ad.entity_id in ids(rows, "ad")


def test_page_size_defaults_to_10(client: Client) -> None:
    reply = client.get("ad/get/", advertiser_id=client.north)
    assert len(reply.rows) == 10
    assert reply.page_info == {"total_number": 12, "page": 1, "page_size": 10, "total_page": 2}


@pytest.mark.parametrize("size", [1, 5, 12, 13, 1000])
def test_pages_put_together_are_the_list(client: Client, size: int) -> None:
    rows = client.pages("ad/get/", advertiser_id=client.north, page_size=size)
    whole = client.get("ad/get/", advertiser_id=client.north, page_size=1000).rows
    assert rows == whole
    assert len(ids(rows, "ad")) == 12


def test_page_after_the_last_is_empty(client: Client) -> None:
    reply = client.get("ad/get/", advertiser_id=client.north, page=99)
    assert (reply.code, reply.rows) == (0, [])
    assert reply.page_info == {"total_number": 12, "page": 99, "page_size": 10, "total_page": 2}


@pytest.mark.parametrize("total_page", [0, 1])
def test_empty_list_has_total_page_0_or_1(client: Client, world: World, total_page: int) -> None:
    world.options = Options(empty_total_page=total_page)
    reply = client.get("ad/get/", advertiser_id=client.north, filtering={"ad_ids": ["1"]})
    assert (reply.rows, reply.page_info["total_number"], reply.page_info["total_page"]) == ([], 0, total_page)


def test_records_are_those_of_the_world(client: Client, world: World) -> None:
    rows = client.get(
        "ad/get/", advertiser_id=client.north, page_size=1000, filtering={"primary_status": "STATUS_ALL"}
    ).rows
    truth = {record["ad_id"]: record for record in world.objects("ad", client.north)}
    assert rows
    assert all(row == truth[row["ad_id"]] for row in rows)


def test_ids_are_strings_beyond_the_reach_of_floats(client: Client) -> None:
    row = client.get("ad/get/", advertiser_id=client.north).rows[0]
    for name in ("advertiser_id", "campaign_id", "adgroup_id", "ad_id"):
        assert isinstance(row[name], str)
        assert len(row[name]) == 19
        assert int(row[name]) > 2**53


def test_smart_plus_ads_have_a_null_modify_time_or_none_at_all(world: World) -> None:
    records = [record for account in world.accounts for record in world.objects("ad", account)]
    undated = [record for record in records if record.get("modify_time") is None]
    assert any("modify_time" in record for record in undated)
    assert any("modify_time" not in record for record in undated)
    assert all(record["campaign_automation_type"] == "UPGRADED_SMART_PLUS" for record in undated)


def test_several_objects_share_a_modify_time(world: World) -> None:
    times = [record.get("modify_time") for account in world.accounts for record in world.objects("ad", account)]
    dated = [one for one in times if one]
    assert len(set(dated)) < len(dated)


def test_fields_and_null_exclusion_trim_records(client: Client) -> None:
    trimmed = client.get("ad/get/", advertiser_id=client.north, fields=["ad_id", "ad_name"]).rows
    assert all(set(row) == {"ad_id", "ad_name"} for row in trimmed)
    whole = client.get("ad/get/", advertiser_id=client.north).rows
    lean = client.get("ad/get/", advertiser_id=client.north, exclude_field_types_in_response=["NULL_FIELD"]).rows
    assert lean == [{key: value for key, value in row.items() if value is not None} for row in whole]
    assert lean != whole


def changed_at(world: World, advertiser_id: str) -> str:
    """Change one ad an hour ago and return the filter value of that second."""
    ad = next(one for one in world.entities("ad", advertiser_id) if one.modified and one.buying_type == AUCTION)
    moment = world.clock.now() - timedelta(hours=1)
    world.set_state(ad.entity_id, "ENABLE", at=moment)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(("inclusive", "undated"), [(False, False), (True, False), (False, True)])
def test_modified_after_by_reading(inclusive: bool, undated: bool) -> None:
    options = Options(modified_after_inclusive=inclusive, modified_after_keeps_undated=undated)
    world = small_world(options=options)
    advertiser_id = next(iter(world.accounts))
    bound = changed_at(world, advertiser_id)
    with Emulator(world) as emulator:
        rows = _ads_modified_after(emulator, advertiser_id, bound)
    times = [row.get("modify_time") for row in rows]
    assert (bound in times) == inclusive
    assert (None in times) == undated
    assert all(one is None or one >= bound for one in times)


def _ads_modified_after(emulator: Emulator, advertiser_id: str, bound: str) -> list[dict[str, Any]]:
    from integration_tests.emulator_tests.conftest import Client  # noqa: PLC0415

    client = Client(emulator)
    reply = client.get("ad/get/", advertiser_id=advertiser_id, page_size=1000, filtering={"modified_after": bound})
    client.close()
    return reply.rows


def test_modified_after_returns_changed_ads_only(client: Client, world: World) -> None:
    bound = datetime.strptime("2024-03-01 00:00:00+0000", "%Y-%m-%d %H:%M:%S%z")
    rows = client.get(
        "ad/get/",
        advertiser_id=client.north,
        page_size=1000,
        filtering={"modified_after": "2024-03-01 00:00:00", "primary_status": "STATUS_ALL"},
    ).rows
    truth = [one for one in world.entities("ad", client.north) if one.buying_type != TOP_VIEW]
    assert ids(rows, "ad") == {one.entity_id for one in truth if one.modified and one.modified > bound} != set()


def test_creation_filter_is_a_span_within_six_months(client: Client, world: World) -> None:
    def ask(start: str, end: str) -> Any:
        span = {"creation_filter_start_time": start, "creation_filter_end_time": end}
        return client.get(
            "campaign/get/", advertiser_id=client.north, filtering={**span, "primary_status": "STATUS_ALL"}
        )

    created = min(world.entities("campaign", client.north), key=lambda one: one.created)
    moment = created.created.strftime("%Y-%m-%d %H:%M:%S")
    assert ids(ask(moment, moment).rows, "campaign") == {created.entity_id}
    assert ask("2023-01-01 00:00:00", "2024-01-01 00:00:00").code == 40002
    assert ask("2024-02-01 00:00:00", "2024-01-01 00:00:00").code == 40002


@pytest.mark.parametrize(("level", "fields"), [("campaign", 7), ("adgroup", 13), ("ad", 11)])
def test_boosted_posts_come_when_asked_for_and_with_few_fields(
    client: Client, world: World, level: str, fields: int
) -> None:
    def rows(*origins: str) -> list[dict[str, Any]]:
        filtering = {"campaign_system_origins": list(origins)} if origins else {}
        return client.get(f"{level}/get/", advertiser_id=client.north, page_size=1000, filtering=filtering).rows

    before = rows()
    assert rows("PROMOTE") == []
    add_odd_objects(world, client.north)
    boosted = rows("PROMOTE")
    assert boosted
    assert all(len(row) == fields and row["campaign_system_origin"] == "PROMOTE" for row in boosted)
    assert not any("modify_time" in row for row in boosted)
    default = rows()
    assert default == rows("TT_ADS_PLATFORM")
    assert not any("campaign_system_origin" in row for row in default)
    assert len(rows("TT_ADS_PLATFORM", "PROMOTE")) == len(default) + len(boosted)
    assert ids(before, level) < ids(default, level)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("zero", ["0001-01-01 00:00:00", "1970-01-01 00:00:00", "0000-00-00 00:00:00"])
def test_dates_of_change_may_be_zero(client: Client, world: World, level: str, zero: str) -> None:
    add_odd_objects(world, client.north)
    rows = client.get(f"{level}/get/", advertiser_id=client.north, page_size=1000).rows
    assert [row[f"{level}_name"] for row in rows if row.get("modify_time") == zero] == [f"Changed {zero[:4]}"]


def test_creatives_of_a_smart_plus_ad_share_its_id(client: Client, world: World) -> None:
    add_odd_objects(world, client.north)
    rows = client.get("ad/get/", advertiser_id=client.north, page_size=1000).rows
    creatives = [row for row in rows if row["ad_name"].startswith("Creative")]
    assert len(creatives) == 6
    assert len({(row["smart_plus_ad_id"], row["ad_id_v2"]) for row in creatives}) == 1
    statuses = {row["secondary_status"] for row in creatives}
    assert statuses == {"AD_STATUS_DELIVERY_OK", "AD_STAUS_PIXEL_UNBIND", "ADGROUP_STATUS_FROZEN"}


def test_odd_objects_leave_reports_as_they_are(client: Client, world: World) -> None:
    before = client.report().rows
    add_odd_objects(world, client.north)
    assert client.report().rows == before


@pytest.mark.parametrize(
    ("level", "params"),
    [
        ("ad", {"filtering": {"objective_type": "TRAFFIC"}}),
        ("ad", {"filtering": {"ad_ids_v2": ["1"]}}),
        ("ad", {"filtering": {"colour": "red"}}),
        ("ad", {"fields": ["ad_id", "adid"]}),
        ("campaign", {"filtering": {"modified_after": "2024-03-01 00:00:00"}}),
        ("adgroup", {"filtering": {"modified_after": "2024-03-01 00:00:00"}}),
        ("adgroup", {"filtering": {"ad_ids": ["1"]}}),
    ],
)
def test_what_is_not_known_fails_loudly(client: Client, level: str, params: dict[str, Any]) -> None:
    assert client.get(f"{level}/get/", advertiser_id=client.north, **params).status == 501


def test_ids_may_be_numbers(client: Client) -> None:
    wanted = client.get("ad/get/", advertiser_id=client.north).rows[3]["ad_id"]
    for one in (wanted, int(wanted)):
        rows = client.get("ad/get/", advertiser_id=client.north, filtering={"ad_ids": [one]}).rows
        assert [row["ad_id"] for row in rows] == [wanted]


@pytest.mark.parametrize("level", LEVELS)
def test_highest_id_comes_first(client: Client, level: str) -> None:
    everything = {"primary_status": "STATUS_ALL"}
    rows = client.pages(f"{level}/get/", advertiser_id=client.north, page_size=4, filtering=everything)
    found = [int(row[f"{level}_id"]) for row in rows]
    assert found == sorted(found, reverse=True)
    assert len(found) > 2


def test_changes_between_two_reads(client: Client, world: World) -> None:
    campaign = world.add_object("campaign", client.north, name="New", buying_type=RF, budget=12.5)
    world.clock.advance(hours=1)
    world.touch(campaign.entity_id, name="Renamed")
    row = next(
        row
        for row in client.get("campaign/get/", advertiser_id=client.north).rows
        if row["campaign_id"] == campaign.entity_id
    )
    assert (row["campaign_name"], row["budget"]) == ("Renamed", 12.5)
    assert (row["create_time"], row["modify_time"]) == ("2024-03-15 20:00:00", "2024-03-15 21:00:00")
    world.delete(campaign.entity_id)
    assert campaign.entity_id not in ids(client.get("campaign/get/", advertiser_id=client.north).rows, "campaign")


def test_children_of_a_deleted_object_keep_their_own_state(client: Client, world: World) -> None:
    ad = next(one for one in world.entities("ad", client.north) if one.state == "ENABLE" and one.parent)
    assert ad.parent is not None
    world.delete(ad.parent.entity_id)
    rows = client.get(
        "ad/get/",
        advertiser_id=client.north,
        filtering={"ad_ids": [ad.entity_id], "buying_types": [ad.buying_type]},
    ).rows
    assert ids(rows, "ad") == {ad.entity_id}
    assert rows[0]["secondary_status"].endswith("_DELETE")
    assert rows[0]["secondary_status"] != "AD_STATUS_DELETE"
