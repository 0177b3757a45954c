"""GMV Max: shops, campaigns, sessions, products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import Emulator, demo_world

if TYPE_CHECKING:
    from integration_tests.tiktok_emulator import World

from integration_tests.emulator_tests.conftest import Client

CAMPAIGNS = "gmv_max/campaign/get/"
SESSIONS = "campaign/gmv_max/session/list/"
PRODUCTS = "store/product/get/"


def stores(client: Client, advertiser_id: str = "") -> list[dict[str, Any]]:
    reply = client.get("gmv_max/store/list/", advertiser_id=advertiser_id or client.north)
    assert "page_info" not in reply.json["data"]
    return reply.json["data"]["store_list"]


def campaigns(client: Client, promotion: str = "PRODUCT_GMV_MAX", **filtering: Any) -> list[dict[str, Any]]:
    wanted = {"gmv_max_promotion_types": [promotion], **filtering}
    return client.get(CAMPAIGNS, advertiser_id=client.north, filtering=wanted, page_size=100).rows


def test_store_list_may_hold_a_store_twice(client: Client, world: World) -> None:
    ids = [one["store_id"] for one in stores(client)]
    known = [one.store_id for one in world.shops.stores(client.north)]
    assert len(ids) == len(known) + 1 == 4
    assert set(ids) == set(known)
    assert {one["is_gmv_max_available"] for one in stores(client)} == {True, False}


def test_two_accounts_list_one_store(client: Client) -> None:
    north, south = (
        {one["store_id"] for one in stores(client, account)} for account in (client.north, client.south)
    )
    assert len(north & south) == 1


def test_accounts_without_gmv_max_or_business_center() -> None:
    world = demo_world()
    with Emulator(world) as emulator:
        client = Client(emulator)
        listed = {
            one.name: len(stores(client, account)) for account, one in world.accounts.items() if not one.sandbox
        }
        centers = client.get("bc/get/").rows
        client.close()
    assert {name: number for name, number in listed.items() if number} == {
        "North Shop": 4,
        "South Shop": 4,
        "Line West": 2,
    }
    assert {"Posix Shop", "Line East", "Empty Shop"} < set(listed)
    owned = [account for account in world.accounts.values() if account.fields.get("owner_bc_id")]
    assert (len(centers), len(owned)) == (2, 4)
    big = next(one for one in owned if one.name == "Line West").advertiser_id
    sold = [one for one in world.shops.campaigns(big) if one.promotion == "PRODUCT" and not one.deleted]
    # More than a page holds, and than a request can name.
    assert len(sold) > 50
    assert len({product.item_group_id for one in sold for product in one.products}) > 100


def test_campaigns_of_each_kind(client: Client, world: World) -> None:
    for promotion, word in (("PRODUCT", "PRODUCT_GMV_MAX"), ("LIVE", "LIVE_GMV_MAX")):
        known = [one for one in world.shops.campaigns(client.north) if one.promotion == promotion]
        assert campaigns(client, word) == [one.record() for one in known if not one.deleted]
        assert campaigns(client, word)


def test_deleted_campaigns_come_when_they_are_asked_for(client: Client, world: World) -> None:
    deleted = [one.campaign_id for one in world.shops.campaigns(client.north) if one.deleted]
    assert [one["campaign_id"] for one in campaigns(client, primary_status="STATUS_DELETE")] == deleted != []
    assert not set(deleted) & {one["campaign_id"] for one in campaigns(client)}


def test_campaigns_by_store_and_id(client: Client, world: World) -> None:
    for store in world.shops.stores(client.north):
        known = {
            one.campaign_id
            for one in world.shops.campaigns(client.north)
            if one.store is store and one.promotion == "PRODUCT" and not one.deleted
        }
        assert {one["campaign_id"] for one in campaigns(client, store_ids=[store.store_id])} == known
    wanted = campaigns(client)[1]
    assert campaigns(client, campaign_ids=[wanted["campaign_id"]]) == [wanted]


@pytest.mark.parametrize(
    ("filtering", "code"),
    [
        ("", 40002),
        ({}, 40002),
        ({"gmv_max_promotion_types": []}, 40002),
        # These are the words of the report.
        ({"gmv_max_promotion_types": ["PRODUCT"]}, 40002),
        ({"gmv_max_promotion_types": ["LIVE_GMV_MAX"], "primary_status": "STATUS_ALL"}, 40002),
        ({"gmv_max_promotion_types": ["LIVE_GMV_MAX"], "store_ids": ["1"] * 11}, 40011),
        ({"gmv_max_promotion_types": ["LIVE_GMV_MAX"], "campaign_ids": ["1"] * 101}, 40011),
        (
            {"gmv_max_promotion_types": ["LIVE_GMV_MAX"], "creation_filter_start_time": "2024-01-01 00:00:00"},
            40002,
        ),
    ],
)
def test_campaigns_refuse(client: Client, filtering: Any, code: int) -> None:
    assert client.get(CAMPAIGNS, advertiser_id=client.north, filtering=filtering).code == code


def test_both_kinds_at_once_are_not_modelled(client: Client) -> None:
    both = {"gmv_max_promotion_types": ["LIVE_GMV_MAX", "PRODUCT_GMV_MAX"]}
    assert client.get(CAMPAIGNS, advertiser_id=client.north, filtering=both).status == 501


def test_campaign_changes_and_goes(client: Client, world: World) -> None:
    first, second = campaigns(client)[:2]
    client.emulator.clock.advance(hours=1)
    world.shops.touch(first["campaign_id"], name="Renamed")
    world.shops.delete(second["campaign_id"])
    found = {one["campaign_id"]: one for one in campaigns(client)}
    changed = found[first["campaign_id"]]
    assert (changed["campaign_name"], changed["modify_time"]) == ("Renamed", "2024-03-15 21:00:00")
    assert second["campaign_id"] not in found
    account = world.accounts[client.north]
    added = world.shops.add_campaign(account, world.shops.stores(client.north)[0], "PRODUCT")
    assert added.campaign_id in {one["campaign_id"] for one in campaigns(client)}


def test_info_tells_the_store(client: Client, world: World) -> None:
    for one in world.shops.campaigns(client.north):
        told = client.get("campaign/gmv_max/info/", advertiser_id=client.north, campaign_id=one.campaign_id).json[
            "data"
        ]
        assert (told["store_id"], told["shopping_ads_type"]) == (one.store.store_id, one.promotion)
        assert told["item_group_ids"] == [product.item_group_id for product in one.products]


def test_sessions_are_those_in_force(client: Client, world: World) -> None:
    known = [one for one in world.shops.campaigns(client.north) if one.promotion == "PRODUCT"]
    counts = set()
    for _ in range(6):
        now = client.emulator.clock.now().strftime("%Y-%m-%d %H:%M:%S")
        for campaign in known:
            found = client.get(SESSIONS, advertiser_id=client.north, campaign_id=campaign.campaign_id)
            rows = found.json["data"]["session_list"]
            assert rows == campaign.sessions(client.emulator.clock.now())
            assert all(one["schedule_start_time"] <= now <= one["schedule_end_time"] for one in rows)
            counts.add(len(rows))
        client.emulator.clock.advance(days=1)
    assert counts == {0, 1, 2}


def test_sessions_refuse(client: Client, world: World) -> None:
    live = next(one for one in world.shops.campaigns(client.north) if one.promotion == "LIVE")
    foreign = world.shops.campaigns(client.south)[0]
    ask = {"advertiser_id": client.north}
    assert client.get(SESSIONS, **ask, campaign_id=live.campaign_id).status == 501
    assert client.get(SESSIONS, **ask, campaign_id=foreign.campaign_id).code == 40007
    assert client.get(SESSIONS, **ask).code == 40002


def test_products_of_a_store(client: Client, world: World) -> None:
    store = world.shops.stores(client.north)[0]
    ask = {"bc_id": store.bc_id, "store_id": store.store_id}
    first = store.product_records()[0]
    by_id = client.get(PRODUCTS, **ask, filtering={"item_group_ids": [first["item_group_id"]]})
    assert by_id.json["data"]["store_products"] == [first]
    assert isinstance(first["min_price"], str)
    assert client.get(PRODUCTS, **ask, filtering={"item_group_ids": ["1"] * 11}).code == 40011
    eligible = client.get(PRODUCTS, **ask, filtering={"ad_creation_eligible": "GMV_MAX"}).json["data"]
    assert "OCCUPIED" in {one["gmv_max_ads_status"] for one in eligible["store_products"]}
    assert "gmv_max_ads_status" not in first
    assert client.get(PRODUCTS, **ask, filtering={"ad_creation_eligible": "ALL"}).code == 40002


def test_products_of_a_foreign_store_or_center(client: Client, world: World) -> None:
    store = world.shops.stores(client.north)[0]
    other = world.centers.add("Other Center").bc_id
    assert client.get(PRODUCTS, bc_id=store.bc_id, store_id="7490000000000000999").code == 40001
    assert client.get(PRODUCTS, bc_id=other, store_id=store.store_id).code == 40001
    assert client.get(PRODUCTS, bc_id=store.bc_id).code == 40002
