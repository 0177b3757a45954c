"""Accounts, audiences, images, videos, music, portfolios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import APP_ID, APP_SECRET, Emulator, Options, demo_world

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client
    from integration_tests.tiktok_emulator import World

# endpoint -> kind, list, key, default page size, largest page size
ASSETS = {
    "dmp/custom_audience/list/": ("audience", "list", "audience_id", 10, 100),
    "file/image/ad/search/": ("image", "list", "image_id", 20, 100),
    "file/video/ad/search/": ("video", "list", "video_id", 20, 100),
    "file/music/get/": ("music", "musics", "music_id", 1000, 1000),
    "creative/portfolio/list/": ("portfolio", "creative_portfolios", "creative_portfolio_id", 20, 100),
}


def test_list_of_accounts_comes_at_once_with_id_and_name(client: Client) -> None:
    data = client.get("oauth2/advertiser/get/", app_id=APP_ID, secret=APP_SECRET).json["data"]
    assert data == {
        "list": [
            {"advertiser_id": client.north, "advertiser_name": "North Shop"},
            {"advertiser_id": client.south, "advertiser_name": "South Shop"},
        ]
    }


def test_account_details(client: Client, world: World) -> None:
    reply = client.get("advertiser/info/", advertiser_ids=[client.north, client.south])
    rows = {row["advertiser_id"]: row for row in reply.rows}
    assert "page_info" not in reply.json["data"]
    assert rows[client.south]["display_timezone"] == "Asia/Tokyo"
    assert rows[client.north]["create_time"] == int(world.accounts[client.north].created.timestamp())
    assert rows == {one: world.account_record(one) for one in (client.north, client.south)}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, 40002),
        ([], 40002),
        ("['1']", 40002),
        ({"id": "1"}, 40002),
        ([1], 40002),
        (["7310000000000000999"], 40001),
        ([str(one) for one in range(101)], 40011),
    ],
)
def test_account_details_refuse(client: Client, value: Any, code: int) -> None:
    params = {} if value is None else {"advertiser_ids": value}
    assert client.get("advertiser/info/", **params).code == code


def test_one_unreadable_account_fails_the_whole_call(client: Client) -> None:
    assert client.get("advertiser/info/", advertiser_ids=[client.north, client.sandbox_account]).code == 40001


def test_account_fields(client: Client) -> None:
    row = client.get("advertiser/info/", advertiser_ids=[client.north], fields=["currency"]).rows[0]
    assert row == {"advertiser_id": client.north, "currency": "USD"}
    assert client.get("advertiser/info/", advertiser_ids=[client.north], fields=["colour"]).status == 501


def test_field_that_comes_alone(client: Client) -> None:
    fields = ["currency", "company_name_editable"]
    row = client.get("advertiser/info/", advertiser_ids=[client.north], fields=fields).rows[0]
    assert row == {"advertiser_id": client.north, "company_name_editable": True}
    whole = client.get("advertiser/info/", advertiser_ids=[client.north]).rows[0]
    assert "company_name_editable" not in whole


def test_demo_world_reaches_all_corners_of_the_day() -> None:
    zones = {record["display_timezone"]: record["timezone"] for record in _demo_accounts()}
    assert zones["America/Los_Angeles"] == "Etc/GMT+8"
    assert {"Pacific/Pago_Pago", "Pacific/Kiritimati", "Asia/Kathmandu", "Asia/Tokyo", "Mars/Olympus_Mons"} <= set(
        zones
    )


def _demo_accounts() -> list[dict[str, Any]]:
    world = demo_world()
    return [world.account_record(one) for one in world.accounts]


@pytest.mark.parametrize("endpoint", ASSETS)
def test_assets_are_those_of_the_world(client: Client, world: World, endpoint: str) -> None:
    kind, list_key, key, default, _ = ASSETS[endpoint]
    reply = client.get(endpoint, advertiser_id=client.north)
    rows = {row[key]: row for row in reply.json["data"][list_key]}
    assert rows == {row[key]: row for row in world.assets(kind, client.north)}
    assert reply.page_info == {"total_number": 7, "page": 1, "page_size": default, "total_page": 1}


@pytest.mark.parametrize("endpoint", ASSETS)
def test_asset_page_sizes(client: Client, endpoint: str) -> None:
    most = ASSETS[endpoint][-1]
    codes = [
        client.get(endpoint, advertiser_id=client.north, page_size=size).code for size in (0, 1, most, most + 1)
    ]
    assert codes == [40002, 0, 0, 40002]


@pytest.mark.parametrize("endpoint", ASSETS)
def test_asset_pages_put_together_are_the_list(client: Client, endpoint: str) -> None:
    _, list_key, key, _, _ = ASSETS[endpoint]
    found = [
        row[key]
        for page in (1, 2, 3)
        for row in client.get(endpoint, advertiser_id=client.north, page=page, page_size=3).json["data"][list_key]
    ]
    assert len(found) == len(set(found)) == 7


@pytest.mark.parametrize("endpoint", ASSETS)
def test_accounts_share_some_assets_and_not_others(world: World, client: Client, endpoint: str) -> None:
    kind, _, key, _, _ = ASSETS[endpoint]
    north, south = ({row[key] for row in world.assets(kind, one)} for one in (client.north, client.south))
    assert north & south
    assert north - south


def test_music_reaches_no_further_than_100000_rows(client: Client) -> None:
    def code(page: int, size: int) -> int:
        return client.get("file/music/get/", advertiser_id=client.north, page=page, page_size=size).code

    assert [code(100, 1000), code(101, 1000), code(1000, 100), code(1001, 100)] == [0, 40002, 0, 40002]


def test_only_user_music_has_times(world: World, client: Client) -> None:
    music = world.assets("music", client.north)
    for record in music:
        by_user = record["sources"] == ["USER"]
        assert (record["create_time"] is not None) == (record["modify_time"] is not None) == by_user
    assert {record["sources"][0] for record in music} == {"USER", "SYSTEM"}


def test_images_come_by_date_of_change(client: Client) -> None:
    rows = client.get("file/image/ad/search/", advertiser_id=client.north).rows
    assert [row["modify_time"] for row in rows] == sorted((row["modify_time"] for row in rows), reverse=True)
    assert [row["create_time"] for row in rows] != sorted((row["create_time"] for row in rows), reverse=True)


def test_previews_of_portfolios_last(client: Client, emulator: Emulator) -> None:
    first = client.get("creative/portfolio/list/", advertiser_id=client.north).json["data"]
    emulator.clock.advance(days=400)
    assert client.get("creative/portfolio/list/", advertiser_id=client.north).json["data"] == first


@pytest.mark.parametrize(("sort_field", "time"), [("CREATE_TIME", "create_time"), ("MODIFY_TIME", "modify_time")])
def test_videos_come_newest_first(client: Client, sort_field: str, time: str) -> None:
    rows = client.get("file/video/ad/search/", advertiser_id=client.north, sort_field=sort_field).rows
    assert [row[time] for row in rows] == sorted((row[time] for row in rows), reverse=True)
    assert client.get("file/video/ad/search/", advertiser_id=client.north, sort_field="SIZE").code == 40002


@pytest.mark.parametrize("endpoint", ["file/image/ad/search/", "file/video/ad/search/"])
def test_only_the_newest_images_and_videos_can_be_reached(client: Client, world: World, endpoint: str) -> None:
    whole = client.get(endpoint, advertiser_id=client.north).rows
    world.options = Options(asset_cap=4)
    reply = client.get(endpoint, advertiser_id=client.north)
    assert (reply.rows, reply.page_info["total_number"]) == (whole[:4], 4)


@pytest.mark.parametrize("endpoint", ["file/image/ad/search/", "file/video/ad/search/"])
def test_total_of_images_and_videos_may_tell_of_those_out_of_reach(
    client: Client, world: World, endpoint: str
) -> None:
    whole = client.get(endpoint, advertiser_id=client.north).rows
    world.options = Options(asset_cap=4, asset_total_tells=True)
    pages = [client.get(endpoint, advertiser_id=client.north, page=page, page_size=3) for page in (1, 2, 3)]
    assert [page.rows for page in pages] == [whole[:3], whole[3:4], []]
    assert {page.page_info["total_number"] for page in pages} == {len(whole)}


@pytest.mark.parametrize(
    ("endpoint", "name", "key"),
    [
        ("file/image/ad/search/", "image_ids", "image_id"),
        ("file/video/ad/search/", "video_ids", "video_id"),
        ("file/video/ad/search/", "material_ids", "material_id"),
    ],
)
def test_assets_by_id(client: Client, endpoint: str, name: str, key: str) -> None:
    wanted = client.get(endpoint, advertiser_id=client.north).rows[2][key]
    rows = client.get(endpoint, advertiser_id=client.north, filtering={name: [wanted]}).rows
    assert [row[key] for row in rows] == [wanted]
    assert client.get(endpoint, advertiser_id=client.north, filtering={name: ["1"] * 101}).code == 40011


def test_audiences_by_id(client: Client, world: World) -> None:
    wanted = world.assets("audience", client.north)[1]["audience_id"]
    rows = client.get("dmp/custom_audience/list/", advertiser_id=client.north, custom_audience_ids=[wanted]).rows
    assert [row["audience_id"] for row in rows] == [wanted]


def test_links_differ_from_read_to_read(client: Client, emulator: Emulator) -> None:
    first = client.get("file/image/ad/search/", advertiser_id=client.north).rows[0]
    emulator.clock.advance(minutes=5)
    second = client.get("file/image/ad/search/", advertiser_id=client.north).rows[0]
    assert first["image_url"] != second["image_url"]
    links = dict.fromkeys(("image_url", "url"), "")
    assert {**first, **links} == {**second, **links}


def test_music_searches_that_are_not_modelled_fail_loudly(client: Client) -> None:
    assert client.get("file/music/get/", advertiser_id=client.north, search_type="SEARCH_BY_LIKED").status == 501
    assert client.get("file/music/get/", advertiser_id=client.north, music_scene="LIFT").code == 40002
