"""The rows of reports against the truth, the calendar and the defaults of TikTok."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import Emulator, Options, World, demo_world, populate, small_world

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client

METRICS = ["campaign_name", "spend", "impressions", "ctr", "secondary_goal_result"]
FIRST, LAST = date(2024, 3, 1), date(2024, 3, 15)
TOP_VIEW = "RESERVATION_TOP_VIEW"
LEVEL = {
    "AUCTION_ADVERTISER": "advertiser_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_AD": "ad_id",
}
ENTITY = {"AUCTION_CAMPAIGN": "campaign", "AUCTION_ADGROUP": "adgroup", "AUCTION_AD": "ad"}


def in_filter(name: str, *values: str) -> list[dict[str, str]]:
    return [{"field_name": name, "filter_type": "IN", "filter_value": json.dumps(values)}]


def reported(rows: list[dict[str, Any]], id_field: str) -> set[str]:
    return {row["dimensions"][id_field] for row in rows}


@pytest.mark.parametrize("level", LEVEL)
@pytest.mark.parametrize("others", [["stat_time_day"], [], ["stat_time_day", "country_code"]], ids=str)
def test_basic_rows_are_the_truth(client: Client, world: World, level: str, others: list[str]) -> None:
    metrics = METRICS if level != "AUCTION_ADVERTISER" else METRICS[1:]
    dimensions = [LEVEL[level], *others]
    rows = client.report(data_level=level, dimensions=dimensions, metrics=metrics).rows
    assert rows == world.report_rows(client.north, "BASIC", level, dimensions, metrics, start=FIRST, end=LAST)
    assert rows


@pytest.mark.parametrize("split", [["gender", "age"], ["platform"], ["province_id"], ["country_code"]], ids=str)
def test_audience_rows_are_the_truth(client: Client, world: World, split: list[str]) -> None:
    dimensions = ["ad_id", "stat_time_day", *split]
    rows = client.report(report_type="AUDIENCE", dimensions=dimensions, start_date="2024-03-10").rows
    truth = world.report_rows(
        client.north,
        "AUDIENCE",
        "AUCTION_AD",
        dimensions,
        ["spend", "impressions"],
        start=date(2024, 3, 10),
        end=LAST,
    )
    assert rows == truth[:1000]
    assert rows
    assert all(set(row["dimensions"]) == set(dimensions) for row in rows)


def test_lifetime_rows_are_the_truth(client: Client, world: World) -> None:
    rows = client.report(dimensions=["ad_id"], query_lifetime=True, start_date=None, end_date=None).rows
    assert rows == world.report_rows(client.north, "BASIC", "AUCTION_AD", ["ad_id"], ["spend", "impressions"])


def test_windows_put_together_are_the_truth_of_the_whole_span(client: Client, world: World) -> None:
    start, rows = date(2023, 12, 1), []
    while start <= LAST:
        end = min(start + timedelta(days=6), LAST)
        rows += client.report(start_date=str(start), end_date=str(end)).rows
        start = end + timedelta(days=1)
    truth = world.report_rows(
        client.north,
        "BASIC",
        "AUCTION_AD",
        ["ad_id", "stat_time_day"],
        ["spend", "impressions"],
        start=date(2023, 1, 1),
        end=date(2025, 1, 1),
    )

    def order(row: dict[str, Any]) -> tuple[str, str]:
        return row["dimensions"]["ad_id"], row["dimensions"]["stat_time_day"]

    assert sorted(rows, key=order) == sorted(truth, key=order)
    assert len({order(row) for row in rows}) == len(rows) > 200


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pages_put_together_are_the_report(client: Client, size: int) -> None:
    pages = []
    first = client.report(page_size=size, start_date="2024-03-13")
    for page in range(1, first.page_info["total_page"] + 1):
        pages += client.report(page_size=size, page=page, start_date="2024-03-13").rows
    assert pages == client.report(start_date="2024-03-13").rows
    assert first.page_info["total_number"] == len(pages)


def test_page_size_defaults_to_10_and_metrics_to_spend_and_impressions(client: Client) -> None:
    reply = client.report(page_size=None, metrics=None)
    assert (len(reply.rows), reply.page_info["page_size"]) == (10, 10)
    assert set(reply.rows[0]["metrics"]) == {"spend", "impressions"}


def test_values_are_strings_with_tiktoks_decimals(client: Client) -> None:
    metrics = ["spend", "cpc", "cost_per_result", "ctr", "impressions", "conversion", "frequency", "tt_app_id"]
    row = client.report(metrics=metrics).rows[0]["metrics"]
    decimals = {name: len(text.partition(".")[2]) for name, text in row.items()}
    assert all(isinstance(text, str) for text in row.values())
    assert [decimals[name] for name in metrics[:4]] == [2, 2, 2, 2]
    assert [decimals[name] for name in ("impressions", "conversion")] == [0, 0]


def test_derived_figures_fit_their_parts(client: Client) -> None:
    rows = client.report(metrics=["spend", "impressions", "clicks", "cpc", "cpm", "ctr"]).rows
    assert rows
    for values in ({name: float(text) for name, text in row["metrics"].items()} for row in rows):
        assert values["cpm"] == pytest.approx(values["spend"] / values["impressions"] * 1000, abs=0.01)
        assert values["ctr"] == pytest.approx(values["clicks"] / values["impressions"] * 100, abs=0.01)


def test_placeholders_of_every_kind_occur(client: Client) -> None:
    metrics = ["secondary_goal_result", "tt_app_id", "tt_app_name", "dpa_target_audience_type"]
    rows = [row["metrics"] for row in client.report(metrics=metrics).rows]
    assert "-" in {row["secondary_goal_result"] for row in rows} != {"-"}
    assert {row["dpa_target_audience_type"] for row in rows} == {"-"}
    assert {row["tt_app_id"] for row in rows} == {"0", "7049876543210987654"}


def test_cash_and_voucher_make_up_the_spend(client: Client) -> None:
    rows = client.report(
        data_level="AUCTION_ADVERTISER",
        dimensions=["advertiser_id", "stat_time_day"],
        metrics=["spend", "cash_spend", "voucher_spend"],
    ).rows
    assert rows
    for row in rows:
        spend, cash, voucher = (float(row["metrics"][name]) for name in ("spend", "cash_spend", "voucher_spend"))
        assert spend == pytest.approx(cash + voucher)


# Deleted objects and TopView


@pytest.mark.parametrize("level", ENTITY)
def test_default_hides_objects_deleted_at_the_level_asked(client: Client, world: World, level: str) -> None:
    id_field = LEVEL[level]
    plain = reported(client.report(data_level=level, dimensions=[id_field]).rows, id_field)
    full_filter = in_filter(id_field.replace("_id", "_status"), "STATUS_ALL")
    full = reported(client.report(data_level=level, dimensions=[id_field], filtering=full_filter).rows, id_field)
    entities = world.entities(ENTITY[level], client.north)
    assert full == {one.entity_id for one in entities}
    assert full - plain == {one.entity_id for one in entities if one.state == "DELETE"} != set()


def test_ads_of_deleted_ad_groups_stay(client: Client, world: World) -> None:
    seen = reported(client.report(dimensions=["ad_id"]).rows, "ad_id")
    orphans = {
        one.entity_id
        for one in world.entities("ad", client.north)
        if one.state != "DELETE" and one.parent and one.parent.state == "DELETE"
    }
    assert orphans
    assert orphans <= seen


@pytest.mark.parametrize(
    ("level", "wrong"),
    [
        ("AUCTION_AD", "campaign_status"),
        ("AUCTION_AD", "adgroup_status"),
        ("AUCTION_ADGROUP", "ad_status"),
        ("AUCTION_CAMPAIGN", "ad_status"),
        ("AUCTION_ADVERTISER", "campaign_status"),
    ],
)
def test_status_filter_of_another_level_loses_rows(client: Client, level: str, wrong: str) -> None:
    id_field = LEVEL[level]
    plain = client.report(data_level=level, dimensions=[id_field])
    wrongly = client.report(data_level=level, dimensions=[id_field], filtering=in_filter(wrong, "STATUS_ALL"))
    assert wrongly.code == 0
    assert reported(wrongly.rows, id_field) < reported(plain.rows, id_field)


def test_right_and_wrong_status_filters_together_lose_rows(client: Client) -> None:
    right = in_filter("ad_status", "STATUS_ALL")
    both = [*right, *in_filter("campaign_status", "STATUS_ALL")]
    whole, less = (client.report(dimensions=["ad_id"], filtering=one).rows for one in (right, both))
    assert reported(less, "ad_id") < reported(whole, "ad_id")


def test_filters_is_ignored_without_a_word(client: Client) -> None:
    reply = client.report(dimensions=["ad_id"], filters=in_filter("ad_status", "STATUS_ALL"))
    assert reply.rows == client.report(dimensions=["ad_id"]).rows
    assert client.emulator.requests[0].unknown_params == ("filters",)


@pytest.mark.parametrize("level", ENTITY)
def test_id_filters_keep_what_is_below(client: Client, world: World, level: str) -> None:
    ad = next(one for one in world.entities("ad", client.north) if one.state == "ENABLE")
    above = ad.lineage()[ENTITY[level]]
    rows = client.report(dimensions=["ad_id"], filtering=in_filter(f"{ENTITY[level]}_ids", above.entity_id)).rows
    truth = {
        one.entity_id
        for one in world.entities("ad", client.north)
        if one.lineage()[ENTITY[level]] is above and one.state != "DELETE"
    }
    assert reported(rows, "ad_id") == truth


@pytest.mark.parametrize("level", ENTITY)
def test_top_view_can_be_asked_for_alone(client: Client, world: World, level: str) -> None:
    id_field = LEVEL[level]
    rows = client.report(
        data_level=level, dimensions=[id_field], filtering=in_filter("buying_type", TOP_VIEW)
    ).rows
    entities = world.entities(ENTITY[level], client.north)
    assert reported(rows, id_field) == {
        one.entity_id for one in entities if one.buying_type == TOP_VIEW and one.state != "DELETE"
    }
    assert rows


@pytest.mark.parametrize(("reading", "shown"), [("included", True), ("hidden", False)])
def test_top_view_without_a_filter_by_reading(client: Client, world: World, reading: str, shown: bool) -> None:
    world.options = Options(topview_in_reports=reading)
    top_view = {one.entity_id for one in world.entities("ad", client.north) if one.buying_type == TOP_VIEW}
    seen = reported(client.report(dimensions=["ad_id"]).rows, "ad_id")
    assert bool(seen & top_view) == shown


# The calendar of the account


def test_objects_without_delivery_come_back_with_zeros_unless_split_or_timed(client: Client, world: World) -> None:
    idle = world.add_object("campaign", client.north, density=0)
    level = {"data_level": "AUCTION_CAMPAIGN", "metrics": ["spend", "clicks", "cost_per_result"]}

    def rows_of_idle(**changes: Any) -> list[dict[str, Any]]:
        rows = client.report(**level, **changes).rows
        return [row for row in rows if row["dimensions"]["campaign_id"] == idle.entity_id]

    zeros = {"spend": "0.00", "clicks": "0", "cost_per_result": "0.00"}
    assert [row["metrics"] for row in rows_of_idle(dimensions=["campaign_id"])] == [zeros]
    lifetime = rows_of_idle(dimensions=["campaign_id"], query_lifetime=True)
    assert [row["metrics"] for row in lifetime] == [zeros]
    assert rows_of_idle(dimensions=["campaign_id", "stat_time_day"]) == []
    assert rows_of_idle(dimensions=["campaign_id", "country_code"]) == []


def test_future_days_are_empty_and_no_error(client: Client) -> None:
    reply = client.report(start_date="2024-03-20", end_date="2024-03-25")
    assert (reply.code, reply.rows, reply.page_info["total_number"]) == (0, [], 0)


def test_nothing_was_delivered_before_the_account_was_created(client: Client, world: World) -> None:
    created = world.accounts[client.north].local_day(world.accounts[client.north].created)
    before = client.report(
        data_level="AUCTION_ADVERTISER",
        dimensions=["advertiser_id", "stat_time_day"],
        start_date=str(created - timedelta(days=29)),
        end_date=str(created),
    )
    assert all(row["dimensions"]["stat_time_day"] == f"{created} 00:00:00" for row in before.rows)


def always_on(zone: str, now: str) -> tuple[World, str]:
    """Return a world with one account that delivers in every period, for 500 days."""
    world = World(seed=3, now=now)
    account = world.add_account("Always", zone, history_days=500)
    populate(world, account.advertiser_id, campaigns=1, adgroups=1, ads=1, plain=True)
    return world, account.advertiser_id


def labels(world: World, advertiser_id: str, time: str, start: date, end: date) -> list[str]:
    rows = world.report_rows(
        advertiser_id, "BASIC", "AUCTION_AD", ["ad_id", time], ["spend"], start=start, end=end
    )
    return [row["dimensions"][time] for row in rows]


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("America/Los_Angeles", "2024-03-15T06:59:00Z", "2024-03-14"),
        ("America/Los_Angeles", "2024-03-15T07:00:00Z", "2024-03-15"),
        ("Asia/Tokyo", "2024-03-15T14:59:00Z", "2024-03-15"),
        ("Asia/Tokyo", "2024-03-15T15:00:00Z", "2024-03-16"),
        ("Pacific/Pago_Pago", "2024-03-15T10:59:00Z", "2024-03-14"),
        ("Pacific/Kiritimati", "2024-03-15T10:00:00Z", "2024-03-16"),
        ("Asia/Kathmandu", "2024-03-15T18:14:00Z", "2024-03-15"),
        ("Asia/Kathmandu", "2024-03-15T18:15:00Z", "2024-03-16"),
    ],
)
def test_days_end_with_the_accounts_own_today(zone: str, now: str, today: str) -> None:
    world, advertiser_id = always_on(zone, now)
    found = labels(world, advertiser_id, "stat_time_day", date(2024, 3, 10), date(2024, 3, 20))
    days = (date.fromisoformat(today) - date(2024, 3, 10)).days + 1
    assert found == [f"{date(2024, 3, 10) + timedelta(days=one)} 00:00:00" for one in range(days)]


def test_hours_of_today_end_with_the_running_one() -> None:
    world, advertiser_id = always_on("Asia/Kathmandu", "2024-03-15T03:30:00Z")
    found = labels(world, advertiser_id, "stat_time_hour", date(2024, 3, 15), date(2024, 3, 15))
    assert found == [f"2024-03-15 {hour:02d}:00:00" for hour in range(10)]
    assert labels(world, advertiser_id, "stat_time_hour", date(2024, 3, 16), date(2024, 3, 16)) == []


@pytest.mark.parametrize(
    ("zone", "day", "missing", "number"),
    [
        ("America/Los_Angeles", date(2024, 3, 10), "02", 23),
        ("America/Los_Angeles", date(2023, 11, 5), None, 24),
        ("America/Los_Angeles", date(2024, 3, 9), None, 24),
        ("Australia/Lord_Howe", date(2023, 10, 1), None, 24),
        ("Asia/Kathmandu", date(2024, 3, 10), None, 24),
    ],
)
def test_hours_on_days_when_clocks_change(zone: str, day: date, missing: str | None, number: int) -> None:
    world, advertiser_id = always_on(zone, "2024-03-15T20:00:00Z")
    found = labels(world, advertiser_id, "stat_time_hour", day, day)
    assert len(found) == len(set(found)) == number
    assert f"{day} {missing}:00:00" not in found


@pytest.mark.parametrize(("time", "step"), [("stat_time_day", {"hours": 1}), ("stat_time_hour", {"minutes": 10})])
def test_running_period_changes_and_finished_ones_do_not(time: str, step: dict[str, float]) -> None:
    world, advertiser_id = always_on("Asia/Tokyo", "2024-03-15T03:05:00Z")
    day = date(2024, 3, 15)

    def rows() -> list[dict[str, Any]]:
        start = day if time == "stat_time_hour" else date(2024, 3, 10)
        return world.report_rows(
            advertiser_id, "BASIC", "AUCTION_AD", ["ad_id", time], ["spend"], start=start, end=day
        )

    before = rows()
    world.clock.advance(**step)
    after = rows()
    assert before[:-1] == after[:-1]
    assert before[-1]["dimensions"] == after[-1]["dimensions"]
    assert before[-1]["metrics"] != after[-1]["metrics"]


def test_restated_day_changes_alone(client: Client, world: World) -> None:
    before = client.report().rows
    world.restate(client.north, date(2024, 3, 10), 2.0)
    after = client.report().rows
    assert [row["dimensions"] for row in before] == [row["dimensions"] for row in after]
    for old, new in zip(before, after, strict=True):
        factor = 2 if old["dimensions"]["stat_time_day"] == "2024-03-10 00:00:00" else 1
        assert int(new["metrics"]["impressions"]) == int(old["metrics"]["impressions"]) * factor
    assert before != after


def test_held_back_rows_appear_when_their_time_comes(client: Client, world: World, emulator: Emulator) -> None:
    whole = client.report().rows
    world.hold_back(client.north, date(2024, 3, 12), until="2024-03-15T22:00:00Z", share=500)
    early = client.report().rows
    missing = [row for row in whole if row not in early]
    assert missing
    assert {row["dimensions"]["stat_time_day"] for row in missing} == {"2024-03-12 00:00:00"}
    emulator.clock.set("2024-03-15T22:00:00Z")
    late = client.report(end_date="2024-03-14").rows
    assert all(row in late for row in missing)


# Determinism


def test_same_seed_same_world_another_seed_another() -> None:
    def everything(seed: int) -> list[Any]:
        world = small_world(seed)
        return [
            (world.account_record(one), world.objects("ad", one), world.assets("image", one))
            for one in world.accounts
        ]

    assert everything(1) == everything(1)
    assert everything(1) != everything(2)


def test_another_account_changes_nothing_for_the_others() -> None:
    alone, together = small_world(), small_world()
    populate(together, together.add_account("Another Shop", "Asia/Tokyo").advertiser_id)
    for one in alone.accounts:
        assert alone.objects("ad", one) == together.objects("ad", one)
        assert alone.assets("music", one) == together.assets("music", one)


def test_demo_world_holds_accounts_of_all_ages() -> None:
    world = demo_world()
    ages = {account.name: (world.clock.now() - account.created).days for account in world.accounts.values()}
    assert (ages["Empty Shop"], ages["Posix Shop"]) == (0, 400)
    empty = next(one for one, account in world.accounts.items() if account.name == "Empty Shop")
    assert world.objects("campaign", empty) == []
