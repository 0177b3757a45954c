"""Upgraded Smart+: the same objects as the classic endpoints, told in more detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator.smart_plus import smart_plus_records

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client
    from integration_tests.tiktok_emulator import World

ALL = {"primary_status": "STATUS_ALL"}
KEYS = {"campaign": "campaign_id", "adgroup": "adgroup_id", "ad": "smart_plus_ad_id"}


def read(client: Client, level: str, **filtering: Any) -> list[dict[str, Any]]:
    params = {"filtering": filtering} if filtering else {}
    return client.get(f"smart_plus/{level}/get/", advertiser_id=client.north, page_size=100, **params).rows


@pytest.mark.parametrize("level", KEYS)
def test_deleted_objects_come_when_they_are_asked_for(client: Client, world: World, level: str) -> None:
    assert read(client, level) == smart_plus_records(world, level, client.north, deleted=False)
    assert read(client, level, **ALL) == smart_plus_records(world, level, client.north)
    assert len(read(client, "campaign", **ALL)) > len(read(client, "campaign")) > 0


@pytest.mark.parametrize("level", ["campaign", "adgroup"])
def test_they_overlap_the_classic_objects(client: Client, world: World, level: str) -> None:
    plain = world.add_object("campaign", client.north)
    group = world.add_object("adgroup", plain.entity_id)
    world.add_object("ad", group.entity_id)
    classic = {one.entity_id for one in world.entities(level, client.north)}
    found = {one[KEYS[level]] for one in read(client, level, **ALL)}
    assert found < classic
    assert not found & {plain.entity_id, group.entity_id}


def test_ads_are_those_that_classic_creatives_name(client: Client, world: World) -> None:
    named = {one.get("smart_plus_ad_id") for one in world.objects("ad", client.north)} - {None}
    assert {one["smart_plus_ad_id"] for one in read(client, "ad", **ALL)} == named
    assert named.isdisjoint(one["ad_id"] for one in world.objects("ad", client.north))


def test_an_ad_holds_all_creatives_that_share_its_id(client: Client, world: World) -> None:
    group = world.entities("adgroup", client.north)[0]
    ads = [
        world.add_object("ad", group.entity_id, dated=False, smart_plus_ad_id="1829999999999999999")
        for _ in range(2)
    ]
    (found,) = read(client, "ad", smart_plus_ad_ids=["1829999999999999999"])
    assert len(found["creative_list"]) == len(found["ad_text_list"]) == 2
    world.delete(ads[0].entity_id)
    assert len(read(client, "ad", smart_plus_ad_ids=["1829999999999999999"])) == 1
    world.delete(ads[1].entity_id)
    assert read(client, "ad", smart_plus_ad_ids=["1829999999999999999"]) == []
    assert len(read(client, "ad", smart_plus_ad_ids=["1829999999999999999"], **ALL)) == 1


def test_every_ad_has_a_modify_time_that_moves(client: Client, world: World) -> None:
    creative = next(one for one in world.entities("ad", client.north) if one.modified is None and not one.deleted)
    key = f"182{creative.entity_id[3:]}"
    assert all(one["modify_time"] for one in read(client, "ad"))
    client.emulator.clock.advance(hours=1)
    world.touch(creative.entity_id, name="Renamed")
    (found,) = read(client, "ad", smart_plus_ad_ids=[key])
    assert (found["ad_name"], found["modify_time"]) == ("Renamed", "2024-03-15 21:00:00")
    assert [one["smart_plus_ad_id"] for one in read(client, "ad", modified_after="2024-03-15 20:30:00")] == [key]
    assert read(client, "ad", modified_after="2024-03-15 21:00:00") == []


@pytest.mark.parametrize(
    ("level", "name"), [("campaign", "campaign_ids"), ("adgroup", "adgroup_ids"), ("ad", "campaign_ids")]
)
def test_objects_by_id(client: Client, level: str, name: str) -> None:
    wanted = read(client, level)[1][name[:-1]]
    assert {one[name[:-1]] for one in read(client, level, **{name: [wanted]})} == {wanted}
    too_many = client.get(f"smart_plus/{level}/get/", advertiser_id=client.north, filtering={name: ["1"] * 101})
    assert too_many.code == 40011


@pytest.mark.parametrize("level", KEYS)
def test_objects_by_creation(client: Client, level: str) -> None:
    moment = read(client, level)[1]["create_time"]
    found = read(client, level, creation_filter_start_time=moment, creation_filter_end_time=moment)
    assert {one["create_time"] for one in found} == {moment}


@pytest.mark.parametrize(
    ("level", "filtering"),
    [
        ("ad", {"primary_status": "STATUS_GONE"}),
        ("ad", {"creation_filter_start_time": "2024-03-01 00:00:00"}),
        ("ad", {"modified_after": "yesterday"}),
    ],
    ids=str,
)
def test_filters_refused(client: Client, level: str, filtering: dict[str, Any]) -> None:
    assert client.get(f"smart_plus/{level}/get/", advertiser_id=client.north, filtering=filtering).code == 40002
