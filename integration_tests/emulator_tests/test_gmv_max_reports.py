"""`gmv_max/report/get/`: groupings, rows that add up, spans, filters, floors, refusals."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import small_world
from integration_tests.tiktok_emulator.gmv_max_report import gmv_max_rows

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client, Reply
    from integration_tests.tiktok_emulator import World

Json = dict[str, Any]

REPORT = "gmv_max/report/get/"
START, END = date(2026, 1, 1), date(2026, 1, 15)
# A day with a live room.
HOURS = date(2026, 1, 12)
MONEY = ["cost", "orders", "cost_per_order", "gross_revenue", "roi"]
LIVE_METRICS = [*MONEY, "net_cost", "all_shops_orders", "live_views", "10_second_live_views", "live_follows"]
CREATIVE_METRICS = [*MONEY, "product_impressions", "ad_click_rate", "ad_video_view_rate_p100"]
DAY, HOUR = "stat_time_day", "stat_time_hour"


@pytest.fixture
def world() -> World:
    # After the first days of all metrics.
    return small_world(seed=1, now="2026-01-15T20:05:00Z")


def store(client: Client, place: int = 0) -> Any:
    return client.emulator.world.shops.stores(client.north)[place]


def campaign_ids(client: Client, promotion: str = "PRODUCT") -> list[str]:
    found = client.emulator.world.shops.campaigns(client.north)
    return [one.campaign_id for one in found if one.promotion == promotion and one.store is store(client)]


def products(client: Client) -> list[str]:
    return [one.item_group_id for one in store(client).products]


def ask(client: Client, by: list[str], asked: list[str] | None = None, **changes: Any) -> Reply:
    """Ask for a valid report of the first store, changed as told; None leaves a parameter out."""
    filtering: Json = {}
    if by[0] == "campaign_id" and not {"item_group_id", "room_id"} & set(by):
        filtering = {"gmv_max_promotion_types": ["PRODUCT"]}
    elif "room_id" in by:
        filtering = {"campaign_ids": campaign_ids(client, "LIVE")}
    elif "item_group_id" in by or "item_id" in by:
        filtering = {"campaign_ids": campaign_ids(client)}
        if "item_id" in by:
            filtering["item_group_ids"] = products(client)
    valid = {
        "advertiser_id": client.north,
        "store_ids": [store(client).store_id],
        "dimensions": by,
        "metrics": asked or MONEY,
        "start_date": str(HOURS if HOUR in by else START),
        "end_date": str(HOURS if HOUR in by else END),
        "filtering": filtering or None,
        "page_size": 1000,
    }
    return client.get(REPORT, **{name: value for name, value in {**valid, **changes}.items() if value is not None})


def every(client: Client, by: list[str], asked: list[str] | None = None, **changes: Any) -> list[Json]:
    reply = ask(client, by, asked, **changes)
    assert reply.code == 0, reply.message
    assert reply.page_info["total_page"] <= 1
    return reply.rows


GROUPINGS = [
    (["advertiser_id", DAY], [*MONEY, "net_cost"]),
    (["advertiser_id", HOUR], [*MONEY, "net_cost"]),
    (["advertiser_id"], MONEY),
    (["campaign_id", DAY], [*MONEY, "net_cost"]),
    (["campaign_id", HOUR], MONEY),
    (["campaign_id"], MONEY),
    (["item_group_id", DAY], MONEY),
    (["campaign_id", "item_group_id", DAY], MONEY),
    (["campaign_id", "item_group_id", HOUR], MONEY),
    (["campaign_id", "item_group_id", "item_id", DAY], CREATIVE_METRICS),
    (["campaign_id", "item_group_id", "item_id"], CREATIVE_METRICS),
    (["item_id", DAY], CREATIVE_METRICS),
    (["room_id", DAY], LIVE_METRICS),
    (["campaign_id", "room_id", DAY], LIVE_METRICS),
    (["campaign_id", "room_id", HOUR], LIVE_METRICS),
]


@pytest.mark.parametrize(("dimensions", "metrics"), GROUPINGS, ids=str)
def test_rows_are_those_of_the_world(
    client: Client, world: World, dimensions: list[str], metrics: list[str]
) -> None:
    rows = every(client, dimensions, metrics)
    promotions = ("PRODUCT",) if dimensions[0] == "campaign_id" and len(dimensions) < 3 else ()
    start, end = (HOURS, HOURS) if HOUR in dimensions else (START, END)
    truth = gmv_max_rows(
        world,
        client.north,
        store(client).store_id,
        dimensions,
        metrics,
        start=start,
        end=end,
        promotions=promotions,
    )
    assert rows == truth
    assert rows
    assert len({tuple(row["dimensions"].items()) for row in rows}) == len(rows)
    assert all(set(row["dimensions"]) == set(dimensions) for row in rows)
    assert all(isinstance(text, str) for row in rows for text in row["metrics"].values())
    assert {row["metrics"]["currency"] for row in rows} == {"USD"}


def total(rows: list[Json], metric: str, by: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    """Sum a metric of money or a count, in hundredths."""
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for row in rows:
        sums[tuple(row["dimensions"][name] for name in by)] += round(float(row["metrics"][metric]) * 100)
    return {key: value for key, value in sums.items() if value}


@pytest.mark.parametrize("metric", ["cost", "orders", "gross_revenue"])
def test_all_groupings_agree(client: Client, metric: str) -> None:
    live = {"gmv_max_promotion_types": ["LIVE"], "campaign_statuses": ["STATUS_ALL"]}
    sold = {"gmv_max_promotion_types": ["PRODUCT"], "campaign_statuses": ["STATUS_ALL"]}
    by_campaign = every(client, ["campaign_id", DAY], filtering=sold)
    by_room = every(client, ["campaign_id", "room_id", DAY])
    shown = every(client, ["campaign_id", DAY], filtering=live)
    by_product = every(client, ["campaign_id", "item_group_id", DAY])
    assert total(by_product, metric, ("campaign_id", DAY)) == total(by_campaign, metric, ("campaign_id", DAY))
    assert total(by_room, metric, ("campaign_id", DAY)) == total(shown, metric, ("campaign_id", DAY))
    whole = every(client, ["advertiser_id", DAY])
    assert total([*by_campaign, *shown], metric, (DAY,)) == total(whole, metric, (DAY,))
    hours = every(client, ["advertiser_id", HOUR])
    that_day = [row for row in whole if row["dimensions"][DAY] == f"{HOURS} 00:00:00"]
    assert total(hours, metric, ()) == total(that_day, metric, ())
    posts = every(client, ["campaign_id", "item_group_id", "item_id"], CREATIVE_METRICS)
    assert total(posts, metric, ()) == total(by_product, metric, ())


def test_posts_by_day_have_cost_and_product_cards_repeat(client: Client) -> None:
    rows = every(client, ["campaign_id", "item_group_id", "item_id", DAY], CREATIVE_METRICS)
    assert all(float(row["metrics"]["cost"]) > 0 for row in rows)
    cards = [row for row in rows if row["dimensions"]["item_id"] == "-1"]
    one_day = [row for row in cards if row["dimensions"][DAY] == cards[0]["dimensions"][DAY]]
    assert len({row["dimensions"]["item_group_id"] for row in one_day}) > 1
    assert {row["metrics"]["ad_click_rate"] for row in cards} == {"-"}
    by_product = every(client, ["campaign_id", "item_group_id", DAY])
    unpaid = sum(total(by_product, "orders", ()).values()) - sum(total(rows, "orders", ()).values())
    assert unpaid > 0


@pytest.mark.parametrize(
    ("statuses", "states"),
    [
        (None, {"ENABLE", "DISABLE"}),
        (["STATUS_ALL"], {"ENABLE", "DISABLE", "DELETE"}),
        (["STATUS_DELETE"], {"DELETE"}),
        (["STATUS_DISABLE", "STATUS_DELIVERY_OK"], {"ENABLE", "DISABLE"}),
        (["STATUS_NOT_DELIVERY"], set()),
    ],
)
def test_deleted_campaigns_are_left_out_by_default(
    client: Client, world: World, statuses: list[str] | None, states: set[str]
) -> None:
    filtering: Json = {"gmv_max_promotion_types": ["PRODUCT"]}
    if statuses:
        filtering["campaign_statuses"] = statuses
    span = {"start_date": "2025-10-01"}
    found = {
        row["dimensions"]["campaign_id"] for row in every(client, ["campaign_id"], filtering=filtering, **span)
    }
    assert {world.shops.campaign(one).state for one in found} == states


def test_campaigns_of_another_store_have_no_rows(client: Client, world: World) -> None:
    other = next(one for one in world.shops.campaigns(client.north) if one.store is not store(client))
    filtering = {"gmv_max_promotion_types": ["PRODUCT"], "campaign_ids": [other.campaign_id]}
    assert every(client, ["campaign_id", DAY], filtering=filtering) == []


def test_store_that_two_accounts_list(client: Client, world: World) -> None:
    shared = next(one for one in world.shops.stores(client.north) if len(one.accounts) == 2)
    both = [
        total(every(client, ["advertiser_id", DAY], advertiser_id=one, store_ids=[shared.store_id]), "cost", ())
        for one in (client.north, client.south)
    ]
    assert both[0] != both[1] != {}


@pytest.mark.parametrize(
    ("store_ids", "code"),
    [([], 40002), ("", 40002), (["7490000000000000999"], 40001), ("['1']", 40002)],
)
def test_store_ids(client: Client, store_ids: Any, code: int) -> None:
    assert ask(client, ["advertiser_id"], store_ids=store_ids).code == code


def test_one_available_store_a_request(client: Client, world: World) -> None:
    first, shared, closed = world.shops.stores(client.north)
    assert not closed.available
    assert ask(client, ["advertiser_id"], store_ids=[first.store_id, shared.store_id]).code == 40002
    assert ask(client, ["advertiser_id"], store_ids=[closed.store_id]).code == 40002


@pytest.mark.parametrize(
    "dimensions",
    [
        [],
        ["store_id"],
        [DAY],
        ["advertiser_id", "campaign_id"],
        ["campaign_id", DAY, HOUR],
        ["campaign_id", "campaign_id"],
        ["campaign_id", "item_id", DAY],
        ["campaign_id", "item_group_id", "item_id", HOUR],
        ["item_id", HOUR],
        ["campaign_id", "item_group_id", "room_id"],
        ["campaign_id", "item_group_id", "item_id", "room_id", DAY],
    ],
    ids=str,
)
def test_groupings_that_do_not_exist(client: Client, dimensions: list[str]) -> None:
    filtering = {"campaign_ids": campaign_ids(client), "item_group_ids": products(client)}
    reply = ask(client, ["advertiser_id"], dimensions=dimensions, filtering=filtering)
    assert (reply.code, "dimensions" in reply.message) == (40002, True)


ATTRIBUTES = [
    (["campaign_id", DAY], "campaign_name", {}, 0),
    (["advertiser_id", DAY], "campaign_name", {}, 40002),
    (["campaign_id", "item_group_id", DAY], "product_name", {}, 40002),
    (["item_group_id", DAY], "product_name", {"one": "campaign_ids"}, 0),
    (["campaign_id", "item_group_id", DAY], "product_name", {"one": "campaign_ids"}, 40002),
    (["room_id", DAY], "live_name", {"one": "campaign_ids"}, 0),
    (["room_id", DAY], "campaign_name", {"one": "campaign_ids"}, 40002),
    (["campaign_id", "item_group_id", "item_id", DAY], "title", {}, 40002),
]


@pytest.mark.parametrize(("dimensions", "metric", "narrowed", "code"), ATTRIBUTES, ids=str)
def test_attribute_metrics(client: Client, dimensions: list[str], metric: str, narrowed: Json, code: int) -> None:
    changes: Json = {}
    if narrowed:
        kind = "LIVE" if "room_id" in dimensions else "PRODUCT"
        changes = {"filtering": {"campaign_ids": campaign_ids(client, kind)[:1]}}
    reply = ask(client, dimensions, ["cost", metric], **changes)
    assert reply.code == code
    if code:
        assert f"Invalid metric fields: ['{metric}']." in reply.message
    else:
        assert all(row["metrics"][metric] for row in reply.rows)


@pytest.mark.parametrize(
    ("dimensions", "metric"),
    [
        (["campaign_id", DAY], "product_impressions"),
        (["campaign_id", DAY], "live_views"),
        (["campaign_id", "item_group_id", DAY], "net_cost"),
        (["campaign_id", "item_group_id", "item_id", DAY], "net_cost"),
        (["advertiser_id", DAY], "all_shops_orders"),
        # The plural of the Go SDK is wrong.
        (["campaign_id", "room_id", DAY], "cost_per_10_second_live_views"),
        (["advertiser_id", DAY], "spend"),
    ],
)
def test_metrics_outside_of_their_level(client: Client, dimensions: list[str], metric: str) -> None:
    reply = ask(client, dimensions, ["cost", metric])
    assert reply.code == 40002
    assert reply.message.startswith("Please correct the information in invalid metric fields and try again.")
    assert reply.message.endswith(f"Invalid metric fields: ['{metric}'].")


def test_withdrawn_metric_is_refused(client: Client) -> None:
    client.emulator.faults.withdraw("roi")
    assert ask(client, ["advertiser_id", DAY]).code == 40002
    assert ask(client, ["advertiser_id", DAY], ["cost"]).code == 0


@pytest.mark.parametrize(
    ("dimensions", "filtering"),
    [
        (["campaign_id", DAY], {}),
        (["campaign_id", DAY], {"gmv_max_promotion_types": ["PRODUCT_GMV_MAX"]}),
        (["campaign_id", DAY], {"gmv_max_promotion_types": ["PRODUCT", "LIVE"]}),
        (["campaign_id", DAY], {"gmv_max_promotion_types": ["PRODUCT"], "campaign_statuses": ["DELETED"]}),
        (["campaign_id", DAY], {"gmv_max_promotion_types": ["PRODUCT"], "item_group_ids": ["1"]}),
        (["advertiser_id", DAY], {"campaign_statuses": ["STATUS_ALL"]}),
        (["campaign_id", "item_group_id", DAY], {}),
        (["campaign_id", "item_group_id", DAY], {"campaign_ids": ["1"], "gmv_max_promotion_types": ["PRODUCT"]}),
        (["campaign_id", "item_group_id", DAY], {"campaign_ids": ["1"], "campaign_statuses": ["STATUS_ALL"]}),
        (["campaign_id", "room_id", DAY], {}),
        (["campaign_id", "item_group_id", "item_id", DAY], {"campaign_ids": ["1"]}),
        (["item_id", DAY], {"campaign_ids": ["1"], "item_group_ids": ["1"]}),
        (
            ["item_id", DAY],
            {"campaign_ids": ["1"], "item_group_ids": ["1"], "creative_delivery_statuses": ["DELIVERING"]},
        ),
        (
            ["campaign_id", "item_group_id", "item_id", DAY],
            {"campaign_ids": ["1"], "item_group_ids": ["1"], "creative_types": ["ORGANIC"]},
        ),
    ],
    ids=str,
)
def test_filters_that_a_level_has_not_or_requires(client: Client, dimensions: list[str], filtering: Json) -> None:
    reply = ask(client, dimensions, ["cost"], filtering=filtering)
    assert (reply.code, "filtering" in reply.message) == (40002, True)


@pytest.mark.parametrize("name", ["campaign_ids", "item_group_ids"])
def test_hundred_ids_a_request(client: Client, name: str) -> None:
    dimensions = ["campaign_id", "item_group_id", "item_id", DAY]
    ids = {"campaign_ids": ["1"], "item_group_ids": ["1"]}
    codes = [
        ask(client, dimensions, ["cost"], filtering={**ids, name: ["1"] * number}).code for number in (100, 101)
    ]
    assert codes == [0, 40011]


def test_posts_by_delivery_status(client: Client) -> None:
    dimensions, metrics = ["campaign_id", "item_group_id", "item_id", DAY], ["cost", "creative_delivery_status"]
    rows = every(client, dimensions, metrics)
    wanted = rows[0]["metrics"]["creative_delivery_status"]
    ids = {"campaign_ids": campaign_ids(client), "item_group_ids": products(client)}
    found = every(client, dimensions, metrics, filtering={**ids, "creative_delivery_statuses": [wanted]})
    assert found == [row for row in rows if row["metrics"]["creative_delivery_status"] == wanted] != rows


@pytest.mark.parametrize(
    ("time", "start", "end", "code"),
    [
        ([], "2025-01-16", "2026-01-15", 0),
        ([], "2025-01-15", "2026-01-15", 40002),
        ([DAY], "2025-12-17", "2026-01-15", 0),
        ([DAY], "2025-12-16", "2026-01-15", 40002),
        ([HOUR], "2026-01-15", "2026-01-15", 0),
        ([HOUR], "2026-01-14", "2026-01-15", 40002),
        ([DAY], "2026-01-15", "2026-01-14", 40002),
        ([DAY], "", "2026-01-15", 40002),
        ([DAY], "2026-1-1", "2026-01-15", 40002),
    ],
)
def test_spans(client: Client, time: list[str], start: str, end: str, code: int) -> None:
    assert ask(client, ["advertiser_id", *time], start_date=start, end_date=end).code == code


def test_first_days_of_data(client: Client, world: World) -> None:
    old = world.add_account("Old Shop", history_days=1200, fields={"owner_bc_id": store(client).bc_id})
    shop = world.shops.add_store("Old store", store(client).bc_id, [old])
    campaign = world.shops.add_campaign(old, shop, "PRODUCT", created=old.created)

    def days(dimensions: list[str], metrics: list[str], start: date, end: date) -> dict[str, Json]:
        owner = {"advertiser_id": old.advertiser_id, "store_ids": [shop.store_id]}
        span = {"start_date": str(start), "end_date": str(end)}
        rows = ask(client, dimensions, metrics, **owner, **span).rows
        return {row["dimensions"][DAY][:10]: row["metrics"] for row in rows}

    account, by_campaign = ["advertiser_id", DAY], ["campaign_id", DAY]
    assert min(days(account, ["cost"], date(2023, 8, 20), date(2023, 9, 10))) == "2023-09-01"
    assert min(days(by_campaign, ["cost"], date(2024, 9, 15), date(2024, 10, 5))) == "2024-09-27"
    net = days(by_campaign, ["cost", "net_cost"], date(2023, 8, 20), date(2023, 9, 10))
    assert min(net) == "2023-09-01"
    assert {one["cost"] for one in net.values()} == {"-"}
    owner = {"advertiser_id": old.advertiser_id, "store_ids": [shop.store_id]}
    span = {"start_date": "2024-09-20", "end_date": "2024-10-05"}
    whole, by_day = (ask(client, by, ["cost"], **owner, **span).rows for by in (["campaign_id"], by_campaign))
    assert total(whole, "cost", ()) == total(by_day, "cost", ()) != {}
    assert campaign.created.year == 2022


def test_late_data(client: Client, world: World) -> None:
    before = total(every(client, ["advertiser_id", DAY]), "cost", (DAY,))
    world.restate(client.north, date(2026, 1, 10), 2.0)
    world.hold_back(client.north, date(2026, 1, 11), until="2026-01-16T00:00:00Z", share=1000)
    after = total(every(client, ["advertiser_id", DAY]), "cost", (DAY,))
    assert after["2026-01-10 00:00:00",] > before["2026-01-10 00:00:00",] * 19 // 10
    assert ("2026-01-11 00:00:00",) not in after
    client.emulator.clock.set("2026-01-16T00:00:00Z")
    again = total(every(client, ["advertiser_id", DAY]), "cost", (DAY,))
    assert again["2026-01-11 00:00:00",] == before["2026-01-11 00:00:00",]


def test_running_hour_grows(client: Client) -> None:
    today = {"start_date": str(END), "end_date": str(END)}
    before = every(client, ["advertiser_id", HOUR], **today)
    assert max(row["dimensions"][HOUR] for row in before) == "2026-01-15 12:00:00"
    client.emulator.clock.advance(minutes=50)
    after = every(client, ["advertiser_id", HOUR], **today)
    grown = [total(rows, "cost", (HOUR,))["2026-01-15 12:00:00",] for rows in (before, after)]
    assert grown[0] < grown[1]
    assert {row["dimensions"][HOUR] for row in before} == {row["dimensions"][HOUR] for row in after}


def test_pages_and_order(client: Client) -> None:
    whole = every(client, ["campaign_id", "item_group_id", DAY], ["cost", "orders"])
    pages = [
        ask(client, ["campaign_id", "item_group_id", DAY], ["cost", "orders"], page=page, page_size=40)
        for page in range(1, -(-len(whole) // 40) + 1)
    ]
    assert [row for page in pages for row in page.rows] == whole
    labels = [row["dimensions"][DAY] for row in whole]
    assert labels != sorted(labels) != labels[::-1]
    costs = [
        [float(row["metrics"]["cost"]) for row in every(client, ["campaign_id", DAY], sort_field="cost", **sort)]
        for sort in ({}, {"sort_type": "ASC"})
    ]
    assert costs[0] == sorted(costs[0], reverse=True) == costs[1][::-1]
    codes = [ask(client, ["advertiser_id"], page_size=size).code for size in (0, 1000, 1001)]
    assert codes == [40002, 0, 40002]
    assert ask(client, ["advertiser_id"], sort_type="UP").code == 40002


@pytest.mark.parametrize("name", ["advertiser_id", "store_ids", "dimensions", "metrics", "start_date", "end_date"])
def test_required_parameters(client: Client, name: str) -> None:
    assert ask(client, ["advertiser_id", DAY], **{name: ""}).code == 40002


@pytest.mark.parametrize(
    "changes",
    [
        {"enable_total_metrics": True},
        {"sort_field": "colour"},
        {"metrics": ["currency"]},
        {"dimensions": ["duration"]},
        {"filtering": {"colour": "red"}},
        {"filtering": {"item_ids": ["1"]}},
        {"dimensions": ["campaign_id"], "filtering": {"gmv_max_promotion_types": ["LIVE"], "campaign_name": "a"}},
        {
            "dimensions": ["item_id"],
            "filtering": {"campaign_ids": ["1"], "item_group_ids": ["1"], "creative_types": ["ORGANIC"]},
        },
    ],
    ids=str,
)
def test_what_no_source_tells_is_501(client: Client, changes: Json) -> None:
    assert ask(client, ["advertiser_id"], **changes).status == 501


def test_sandbox_has_no_gmv_max(client: Client) -> None:
    assert client.sandbox(REPORT, advertiser_id=client.sandbox_account).code == 40008
