"""Spark posts, identities, saved audiences and apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client
    from integration_tests.tiktok_emulator import Emulator, World


def posts(client: Client, **params: Any) -> list[dict[str, Any]]:
    return client.get("tt_video/list/", advertiser_id=client.north, **params).rows


def identities(client: Client, **params: Any) -> Any:
    return client.get("identity/get/", advertiser_id=client.north, **params)


def test_post_has_its_id_inside_and_no_key_of_its_own(client: Client) -> None:
    found = posts(client)
    assert len({one["item_info"]["item_id"] for one in found}) == len(found) == 7
    assert all(set(one) == {"user_info", "item_info", "auth_info", "video_info"} for one in found)


def test_posts_of_a_kind(client: Client, world: World) -> None:
    world.add_assets(client.north, "post", 20)
    videos, carousels = (posts(client, item_types=[kind]) for kind in ("VIDEO", "CAROUSEL"))
    assert len(videos) + len(carousels) == len(posts(client, page_size=50)) == 20
    assert {one["item_info"]["carousel_info"] for one in videos} == {None}
    assert videos
    assert carousels
    assert {value for one in carousels for value in one["video_info"].values()} == {None}
    assert client.get("tt_video/list/", advertiser_id=client.north, item_types=["LIVE"]).code == 40002


def test_post_by_id(client: Client) -> None:
    wanted = posts(client)[4]
    assert posts(client, keyword=wanted["item_info"]["item_id"]) == [wanted]


def test_ended_authorisations_have_no_preview_and_keys_vanish(client: Client, world: World) -> None:
    world.add_assets(client.north, "post", 40)
    found = posts(client, page_size=50, item_types=["VIDEO"])
    ended = [one["auth_info"]["ad_auth_status"] == "EXPIRED" for one in found]
    assert [one["video_info"]["preview_url"] == "" for one in found] == ended
    assert {True, False} == set(ended)
    assert {"anchor_list" in one["item_info"] for one in found} == {True, False}


def test_links_of_posts_differ_from_read_to_read(client: Client, emulator: Emulator) -> None:
    first = next(one for one in posts(client) if one["video_info"]["poster_url"])
    emulator.clock.advance(minutes=5)
    second = posts(client, keyword=first["item_info"]["item_id"])[0]
    assert first["video_info"]["poster_url"] != second["video_info"]["poster_url"]
    assert first["item_info"] == second["item_info"]


def test_accounts_share_some_posts_and_not_others(client: Client, world: World) -> None:
    north, south = (
        {one["item_info"]["item_id"] for one in world.assets("post", account)}
        for account in (client.north, client.south)
    )
    assert north & south
    assert north - south


def test_identities_of_a_business_center_come_whole_only_when_it_is_named(client: Client, world: World) -> None:
    world.add_assets(client.north, "identity", 30)
    center = world.accounts[client.north].fields["owner_bc_id"]
    typed = identities(client, identity_type="BC_AUTH_TT", identity_authorized_bc_id=center, page_size=100)
    whole = typed.json["data"]["identity_list"]
    untyped = identities(client, page_size=100).json["data"]["identity_list"]
    short = [one for one in untyped if one["identity_type"] == "BC_AUTH_TT"]
    assert [one["identity_id"] for one in short] == [one["identity_id"] for one in whole] != []
    assert all("available_status" in one for one in whole)
    assert not any("available_status" in one for one in short)
    assert whole == [one for one in world.assets("identity", client.north) if one["identity_type"] == "BC_AUTH_TT"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"identity_type": "BC_AUTH_TT"}, 40002),
        ({"identity_type": "BC_AUTH_TT", "identity_authorized_bc_id": "7000000000000000999"}, 40001),
        ({"identity_type": "FRIEND"}, 40002),
        ({"identity_type": "TT_USER", "filtering": {"keyword": "a"}}, 40002),
    ],
)
def test_identities_refuse(client: Client, params: dict[str, Any], code: int) -> None:
    assert identities(client, **params).code == code


@pytest.mark.parametrize("kind", ["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER"])
def test_identities_of_a_kind(client: Client, world: World, kind: str) -> None:
    world.add_assets(client.north, "identity", 30)
    found = identities(client, identity_type=kind, page_size=100).json["data"]["identity_list"]
    assert {one["identity_type"] for one in found} == {kind}
    # Live answers hold UUIDs for accounts of TikTok.
    assert {"-" in one["identity_id"] for one in found} == {kind == "TT_USER"}


def test_saved_audiences_by_id(client: Client, world: World) -> None:
    wanted = world.assets("saved_audience", client.north)[2]
    ask = {"advertiser_id": client.north}
    reply = client.get("dmp/saved_audience/list/", **ask, saved_audience_ids=[wanted["saved_audience_id"]])
    assert reply.json["data"]["saved_audiences"] == [wanted]
    assert client.get("dmp/saved_audience/list/", **ask, saved_audience_ids=["1"] * 101).code == 40011
