"""Business Centers: assets, catalogs, costs, transactions, balances."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import Options, Token
from integration_tests.tiktok_emulator.center_reads import center_assets
from integration_tests.tiktok_emulator.ledger import costs, transactions

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client, Reply
    from integration_tests.tiktok_emulator import World

COSTS, TRANSACTIONS = "bc/account/cost/get/", "bc/account/transaction/get/"
WEST = timezone(timedelta(hours=-8))


def bc_id(client: Client) -> str:
    return client.emulator.world.accounts[client.north].fields["owner_bc_id"]


def test_only_members_see_a_center(client: Client, world: World) -> None:
    other = world.centers.add("Other Center")
    lonely = world.add_account("Lonely Shop", fields={"owner_bc_id": other.bc_id})
    client.emulator.access.tokens["lonely"] = Token(advertiser_ids=(lonely.advertiser_id,))
    seen = [one["bc_info"]["bc_id"] for one in client.get("bc/get/", token="lonely").rows]
    assert seen == [other.bc_id]
    assert len(client.get("bc/get/").rows) == 2
    assert client.get("catalog/get/", token="lonely", bc_id=bc_id(client)).code == 40001
    assert [one["bc_info"]["bc_id"] for one in client.get("bc/get/", bc_id=other.bc_id).rows] == [other.bc_id]


@pytest.mark.parametrize(
    ("asset_type", "some"),
    [
        ("ADVERTISER", True),
        ("CATALOG", True),
        ("PIXEL", True),
        ("TIKTOK_SHOP", True),
        ("TT_ACCOUNT", True),
        ("DOMAIN", False),
        ("LEAD", False),
        ("STOREFRONT", False),
        ("MANAGED_BUSINESS_ACCOUNT", False),
    ],
)
def test_assets_of_each_type(client: Client, world: World, asset_type: str, some: bool) -> None:
    for account in (client.north, client.south):
        world.add_assets(account, "identity", 20)
    rows = client.get("bc/asset/get/", bc_id=bc_id(client), asset_type=asset_type, page_size=50).rows
    assert rows == center_assets(world, bc_id(client), asset_type)
    assert bool(rows) == some
    assert {one["asset_type"] for one in rows} <= {asset_type}
    assert len({one["asset_id"] for one in rows}) == len(rows)
    assert not any("bc_id" in one for one in rows)


def test_asset_type_is_required_and_known(client: Client) -> None:
    codes = [client.get("bc/asset/get/", bc_id=bc_id(client), asset_type=one).code for one in ("", "SHOP")]
    assert codes == [40002, 40002]


def test_catalog_changes_and_goes(client: Client, world: World) -> None:
    known = client.get("catalog/get/", bc_id=bc_id(client)).rows
    assert client.get("catalog/get/", bc_id=bc_id(client), catalog_id=known[1]["catalog_id"]).rows == [known[1]]
    client.emulator.clock.advance(hours=1)
    world.centers.change_catalog(bc_id(client), 1, catalog_name="Renamed")
    world.centers.delete_catalog(bc_id(client), 0)
    first, second = client.get("catalog/get/", bc_id=bc_id(client)).rows
    assert (first["catalog_name"], first["update_time"]) == ("Renamed", "2024-03-15 21:00:00")
    assert second == known[2]
    assert all(one["bc_info"]["bc_id"] == bc_id(client) for one in known)


def cost(client: Client, filtering: Any = None) -> Reply:
    params = {} if filtering is None else {"filtering": filtering}
    return client.get(COSTS, bc_id=bc_id(client), page_size=50, **params)


def test_costs_are_sums_of_days(client: Client, world: World) -> None:
    accounts = world.centers.accounts(bc_id(client))
    first, last = date(2024, 3, 9), date(2024, 3, 15)
    whole = cost(client, {"start_date": str(first), "end_date": str(last)}).json["data"]["cost_list"]
    assert whole == costs(accounts, first, last, world.clock.now()) == cost(client).json["data"]["cost_list"]
    days: dict[str, float] = {}
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = str(date.fromordinal(number))
        for row in cost(client, {"start_date": day, "end_date": day}).json["data"]["cost_list"]:
            days[row["advertiser_id"]] = days.get(row["advertiser_id"], 0) + row["amount"]
            assert row["amount"] == pytest.approx(row["cash_amount"] + row["grant_amount"])
    assert days == pytest.approx({row["advertiser_id"]: row["amount"] for row in whole})
    assert len(days) == len(accounts) == 2


def test_costs_of_the_running_day_grow(client: Client) -> None:
    today = {"start_date": "2024-03-15", "end_date": "2024-03-15"}
    before = cost(client, today).json["data"]["cost_list"]
    client.emulator.clock.advance(hours=3)
    after = cost(client, today).json["data"]["cost_list"]
    assert sum(one["amount"] for one in after) > sum(one["amount"] for one in before)


def test_accounts_cost_nothing_before_they_exist(client: Client) -> None:
    assert cost(client, {"start_date": "2023-01-01", "end_date": "2023-01-02"}).json["data"]["cost_list"] == []


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2023-03-17", "2024-03-15", 0),
        ("2023-03-16", "2024-03-15", 40002),
        ("2024-03-15", "2024-03-14", 40002),
        ("2024-3-15", "2024-03-15", 40002),
    ],
)
def test_span_of_costs(client: Client, start: str, end: str, code: int) -> None:
    assert cost(client, {"start_date": start, "end_date": end}).code == code


def charged(client: Client, filtering: Any = None, **params: Any) -> list[dict[str, Any]]:
    """Return the transactions of all pages."""
    found: list[dict[str, Any]] = []
    narrowed = {} if filtering is None else {"filtering": filtering}
    while True:
        page = len(found) // 50 + 1
        reply = client.get(TRANSACTIONS, bc_id=bc_id(client), page=page, page_size=50, **narrowed, **params)
        found += reply.json["data"]["transaction_list"]
        if page >= reply.page_info["total_page"]:
            return found


@pytest.mark.parametrize("level", ["ADVERTISER", "BC"])
def test_transactions_of_each_level(client: Client, world: World, level: str) -> None:
    center = world.centers[bc_id(client)]
    whole = transactions(center, world.centers.accounts(center.bc_id), level, world.clock.now())
    span = {"start_time": "2023-04-01 00:00:00", "end_time": "2024-03-16 00:00:00"}
    found = charged(client, span, transaction_level=level)
    assert found == [one for one in whole if one["create_time"] >= span["start_time"]]
    assert len(found) > 50
    assert {one["account_id"] is None for one in found} == {level == "BC"}
    assert len({one["transaction_id"] for one in found}) == len(found)
    assert {one["timezone"] for one in found} == {"UTC-08:00"}


def test_transactions_of_the_last_90_days_by_default(client: Client, world: World) -> None:
    since = (world.clock.now() - timedelta(days=90)).astimezone(WEST).strftime("%Y-%m-%d %H:%M:%S")
    found = charged(client, transaction_level="BC")
    whole = charged(
        client, {"start_time": "2023-04-01 00:00:00", "end_time": "2024-03-16 00:00:00"}, transaction_level="BC"
    )
    assert found == [one for one in whole if one["create_time"] >= since] != whole


def test_times_of_transactions_by_both_readings(client: Client, world: World) -> None:
    first, *others = charged(client)
    moment = datetime.strptime(first["create_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=WEST)
    here = {"start_time": first["create_time"], "end_time": first["create_time"]}
    there = dict.fromkeys(here, f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}")
    assert first in charged(client, here)
    assert first not in charged(client, there)
    world.options = Options(transaction_filter_in_utc=True)
    assert first in charged(client, there)
    assert others


def test_transactions_of_an_account(client: Client) -> None:
    assert {one["account_id"] for one in charged(client)} == {client.north, client.south}
    assert {one["account_id"] for one in charged(client, {"account_ids": [client.south]})} == {client.south}


def test_new_transactions_come_as_time_goes_on(client: Client) -> None:
    span = {"start_time": "2024-01-01 00:00:00", "end_time": "2024-12-31 00:00:00"}
    before = charged(client, span)
    client.emulator.clock.advance(days=7)
    assert charged(client, span)[: len(before)] == before
    assert len(charged(client, span)) > len(before)


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"filtering": {"start_time": "2023-03-14 00:00:00", "end_time": "2024-03-15 00:00:00"}}, 200, 40002),
        ({"filtering": {"start_time": "2024-03-15", "end_time": "2024-03-16"}}, 200, 40002),
        ({"filtering": {"account_ids": ["1"] * 101}}, 200, 40011),
        ({"filtering": {"colour": "red"}}, 501, None),
        ({"transaction_level": "CHILD"}, 200, 40002),
        ({"transaction_level": "PAYMENT_PORTFOLIO"}, 501, None),
        ({"filtering": {"start_time": "2024-03-15 00:00:00"}}, 501, None),
        ({"filtering": {"billing_types": ["CASH"]}}, 501, None),
        ({"bc_id": ""}, 501, None),
        ({"bc_id": "7000000000000000999"}, 200, 40001),
        ({"page_size": 51}, 200, 40002),
    ],
    ids=str,
)
def test_transactions_refuse(client: Client, params: dict[str, Any], status: int, code: int | None) -> None:
    reply = client.get(TRANSACTIONS, **{"bc_id": bc_id(client), **params})
    assert reply.status == status
    assert code is None or reply.code == code


def test_transactions_need_their_scope_and_no_sandbox(client: Client) -> None:
    client.emulator.access.tokens["narrow"] = Token(scopes=frozenset({2, 4}))
    assert client.get(TRANSACTIONS, token="narrow", bc_id=bc_id(client)).code == 40001
    assert client.sandbox(TRANSACTIONS, bc_id=bc_id(client)).code == 40008


def test_balances_tell_of_a_contact_and_agree_with_the_account(client: Client, world: World) -> None:
    rows = client.get("advertiser/balance/get/", bc_id=bc_id(client), page_size=50).json["data"]
    for row in rows["advertiser_account_list"]:
        assert row["account_balance"] == world.account_record(row["advertiser_id"])["balance"]
        assert row["account_balance"] == pytest.approx(row["cash_balance"] + row["grant_balance"])
        assert {"contact_name", "contact_email"} <= set(row)


def test_accounts_name_their_center(client: Client) -> None:
    rows = client.get("advertiser/info/", advertiser_ids=[client.north, client.south]).rows
    assert {one["owner_bc_id"] for one in rows} == {bc_id(client)}
