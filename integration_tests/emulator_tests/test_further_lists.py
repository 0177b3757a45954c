"""What every list beside campaigns, ads and creative assets has in common, one row per endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import Token
from integration_tests.tiktok_emulator.center_reads import center_assets
from integration_tests.tiktok_emulator.ledger import balance, costs
from integration_tests.tiktok_emulator.smart_plus import smart_plus_records

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client, Reply
    from integration_tests.tiktok_emulator import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """An endpoint: how it is asked for the north account, and what it must answer.

    `default` and `most` are page sizes; None where there are no pages, 0 where no source tells the default.
    """

    params: Callable[[Client], Json]
    list_key: str
    truth: Callable[[World, Client], list[Json]]
    default: int | None = None
    most: int | None = None
    scope: tuple[int, int] | None = None


def account(client: Client) -> Json:
    return {"advertiser_id": client.north}


def center(client: Client) -> Json:
    return {"bc_id": bc_id(client)}


def bc_id(client: Client) -> str:
    return client.emulator.world.accounts[client.north].fields["owner_bc_id"]


def assets(kind: str) -> Callable[[World, Client], list[Json]]:
    return lambda world, client: world.assets(kind, client.north)


def smart_plus(level: str) -> Callable[[World, Client], list[Json]]:
    return lambda world, client: smart_plus_records(world, level, client.north, deleted=False)


def untyped_identities(world: World, client: Client) -> list[Json]:
    return [one for one in world.assets("identity", client.north) if one["identity_type"] != "BC_AUTH_TT"]


def gmv_campaigns(world: World, client: Client) -> list[Json]:
    found = world.shops.campaigns(client.north)
    return [one.record() for one in found if one.promotion == "PRODUCT" and not one.deleted]


def store(client: Client) -> Any:
    return client.emulator.world.shops.stores(client.north)[0]


def day_of_costs(client: Client) -> Json:
    return {**center(client), "filtering": {"start_date": "2024-03-14", "end_date": "2024-03-14"}}


def told_costs(world: World, client: Client) -> list[Json]:
    day = date(2024, 3, 14)
    return costs(world.centers.accounts(bc_id(client)), day, day, world.clock.now())


LISTS = {
    "tt_video/list/": Listing(account, "list", assets("post"), 20, 50, (6, 691)),
    "pixel/list/": Listing(account, "pixels", assets("pixel"), 10, 20, (8, 800)),
    "identity/get/": Listing(account, "identity_list", untyped_identities, 20, 100, (6, 693)),
    "dmp/saved_audience/list/": Listing(account, "saved_audiences", assets("saved_audience"), 10, 100, (3, 30)),
    "app/list/": Listing(account, "apps", assets("app")),
    "smart_plus/campaign/get/": Listing(account, "list", smart_plus("campaign"), 10, 1000, (2, 200)),
    "smart_plus/adgroup/get/": Listing(account, "list", smart_plus("adgroup"), 10, 1000, (2, 210)),
    "smart_plus/ad/get/": Listing(account, "list", smart_plus("ad"), 10, 100, (2, 220)),
    "gmv_max/campaign/get/": Listing(
        lambda client: {**account(client), "filtering": {"gmv_max_promotion_types": ["PRODUCT_GMV_MAX"]}},
        "list",
        gmv_campaigns,
        10,
        100,
    ),
    "store/product/get/": Listing(
        lambda client: {**center(client), "store_id": store(client).store_id},
        "store_products",
        lambda _, client: store(client).product_records(),
        10,
    ),
    "bc/get/": Listing(
        lambda _: {},
        "list",
        lambda world, client: [world.centers[bc_id(client)].record],
        10,
        50,
        (1, 150),
    ),
    "bc/asset/get/": Listing(
        lambda client: {**center(client), "asset_type": "PIXEL"},
        "list",
        lambda world, client: center_assets(world, bc_id(client), "PIXEL"),
        10,
        50,
        (1, 150),
    ),
    "catalog/get/": Listing(
        center, "list", lambda world, client: world.centers.catalogs(bc_id(client)), 10, 1000, (9, 900)
    ),
    "bc/account/cost/get/": Listing(day_of_costs, "cost_list", told_costs, 0, 50, (1, 150)),
    "advertiser/balance/get/": Listing(
        center,
        "advertiser_account_list",
        lambda world, client: [balance(one, world.clock.now()) for one in world.centers.accounts(bc_id(client))],
        0,
        50,
        (1, 150),
    ),
}
PAGED = [endpoint for endpoint, one in LISTS.items() if one.default is not None]
SCOPED = [endpoint for endpoint, one in LISTS.items() if one.scope]


def ask(client: Client, endpoint: str, **changes: Any) -> Reply:
    sized = {"page_size": 50} if LISTS[endpoint].default == 0 else {}
    return client.get(endpoint, **{**LISTS[endpoint].params(client), **sized, **changes})


def rows(reply: Reply, endpoint: str) -> list[Json]:
    return reply.json["data"][LISTS[endpoint].list_key]


def in_any_order(records: list[Json]) -> list[str]:
    return sorted(map(repr, (sorted(record.items()) for record in records)))


def test_pages_put_together_are_the_world(client: Client, world: World) -> None:
    for endpoint, one in LISTS.items():
        truth = one.truth(world, client)
        found = rows(ask(client, endpoint), endpoint)
        if endpoint == "identity/get/":
            found = [row for row in found if row["identity_type"] != "BC_AUTH_TT"]
        elif endpoint in PAGED:
            info = ask(client, endpoint, page_size=2).page_info
            assert (info["total_number"], info["total_page"]) == (len(truth), -(-len(truth) // 2)), endpoint
            pages = range(1, info["total_page"] + 1)
            found = [
                row for page in pages for row in rows(ask(client, endpoint, page_size=2, page=page), endpoint)
            ]
        assert found, endpoint
        assert in_any_order(found) == in_any_order(truth), endpoint


def test_page_sizes(client: Client) -> None:
    for endpoint in PAGED:
        one = LISTS[endpoint]
        if one.default:
            assert ask(client, endpoint).page_info["page_size"] == one.default, endpoint
        else:
            assert client.get(endpoint, **one.params(client)).status == 501, endpoint
        assert ask(client, endpoint, page_size=0).code == 40002, endpoint
        if one.most:
            codes = [ask(client, endpoint, page_size=size).code for size in (one.most, one.most + 1)]
            assert codes == [0, 40002], endpoint


def test_lists_without_pages(client: Client) -> None:
    for endpoint in set(LISTS).difference(PAGED):
        assert "page_info" not in ask(client, endpoint).json["data"], endpoint


def test_owner_is_required_and_must_be_readable(client: Client) -> None:
    client.emulator.access.tokens["none"] = Token(advertiser_ids=())
    for endpoint, one in LISTS.items():
        owner = next((name for name in ("advertiser_id", "bc_id") if name in one.params(client)), None)
        if owner:
            assert ask(client, endpoint, **{owner: ""}).code == 40002, endpoint
            assert ask(client, endpoint, **{owner: "abc"}).code == 40002, endpoint
            assert ask(client, endpoint, **{owner: "7000000000000000999"}).code == 40001, endpoint
            assert ask(client, endpoint, token="none").code == 40001, endpoint
        else:
            assert rows(ask(client, endpoint, token="none"), endpoint) == [], endpoint


def test_scopes(client: Client) -> None:
    tokens = client.emulator.access.tokens
    every = {scope for one in LISTS.values() for scope in one.scope or ()}
    for endpoint in SCOPED:
        above, own = LISTS[endpoint].scope or (0, 0)
        tokens["own"], tokens["above"] = Token(scopes=frozenset({own})), Token(scopes=frozenset({above}))
        tokens["others"] = Token(scopes=frozenset(every - {own, above}))
        codes = [ask(client, endpoint, token=name).code for name in ("own", "above", "others")]
        assert codes == [0, 0, 40001], endpoint


def test_endpoints_whose_scope_no_source_tells_need_none(client: Client) -> None:
    client.emulator.access.tokens["reports"] = Token(scopes=frozenset({4}))
    for endpoint in set(LISTS).difference(SCOPED):
        assert ask(client, endpoint, token="reports").code == 0, endpoint


def test_refusals_of_one_owner_and_endpoint(client: Client) -> None:
    for endpoint, one in LISTS.items():
        params = one.params(client)
        owner = params.get("advertiser_id") or params.get("bc_id") or ""
        client.emulator.access.refusals.clear()
        client.emulator.access.refuse(40001, "no shop permission", advertiser_id=owner, endpoint=endpoint)
        assert ask(client, endpoint).message == "no shop permission", endpoint
    assert ask(client, "app/list/").code == 0


def test_sandbox_knows_identities_only(client: Client) -> None:
    for endpoint in LISTS:
        reply = client.sandbox(endpoint, advertiser_id=client.sandbox_account)
        assert reply.code == (0 if endpoint == "identity/get/" else 40008), endpoint


@pytest.mark.parametrize(
    ("endpoint", "changes"),
    [
        ("tt_video/list/", {"keyword": "Unboxing"}),
        ("smart_plus/campaign/get/", {"filtering": {"colour": "red"}}),
        ("smart_plus/campaign/get/", {"filtering": {"adgroup_ids": ["1"]}}),
        ("smart_plus/campaign/get/", {"filtering": {"modified_after": "2024-03-01 00:00:00"}}),
        ("smart_plus/ad/get/", {"fields": ["colour"]}),
        ("pixel/list/", {"name": "Web"}),
        ("pixel/list/", {"filtering": {"available_for_catalog_only": True}}),
        ("identity/get/", {"filtering": {"keyword": "Sample"}}),
        ("app/list/", {"app_platform_ids": ["1"]}),
        ("smart_plus/ad/get/", {"filtering": {"secondary_status": "AD_STATUS_ALL"}}),
        (
            "gmv_max/campaign/get/",
            {"filtering": {"campaign_name": "a", "gmv_max_promotion_types": ["LIVE_GMV_MAX"]}},
        ),
        ("store/product/get/", {"page_size": 11}),
        ("store/product/get/", {"sort_field": "price"}),
        ("bc/get/", {"scene": "TIERED_ACCOUNT"}),
        ("bc/asset/get/", {"filtering": {"keyword": "a"}}),
        ("bc/account/cost/get/", {"filtering": {"start_date": "2024-03-01"}}),
        ("advertiser/balance/get/", {"filtering": {"keyword": "a"}}),
    ],
)
def test_what_no_source_tells_is_501(client: Client, endpoint: str, changes: Json) -> None:
    assert ask(client, endpoint, **changes).status == 501


@pytest.mark.parametrize(
    "endpoint",
    [
        "smart_plus/campaign/get/",
        "smart_plus/adgroup/get/",
        "smart_plus/ad/get/",
        "gmv_max/campaign/get/",
        "advertiser/balance/get/",
    ],
)
def test_fields_trim_the_answer(client: Client, endpoint: str) -> None:
    whole = rows(ask(client, endpoint), endpoint)[0]
    trimmed = rows(ask(client, endpoint, fields=["advertiser_id", "create_time"]), endpoint)[0]
    assert trimmed == {name: whole[name] for name in ("advertiser_id", "create_time")}
    assert ask(client, endpoint, fields=sorted(whole)).code == 0
    assert ask(client, endpoint, fields=["colour"]).status == 501


def test_ids_do_not_fit_into_a_float(client: Client) -> None:
    for endpoint in LISTS:
        ids = [
            value
            for row in rows(ask(client, endpoint), endpoint)
            for key, value in row.items()
            if key.endswith("_id") and isinstance(value, str) and value.isdigit()
        ]
        assert all(isinstance(one, str) and (len(one) >= 19 or one == "0") for one in ids), endpoint
