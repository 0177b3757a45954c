"""Reports that succeed and yet hold something else than what was asked; and what can be asked besides rows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.emulator_tests.conftest import Client
from integration_tests.tiktok_emulator import Emulator, World, actions, report_quirks

if TYPE_CHECKING:
    from integration_tests.tiktok_emulator.report_quirks import Quirks

Row = dict[str, Any]
HOURLY = {"dimensions": ["ad_id", "stat_time_hour"], "start_date": "2024-03-15"}
BY_PROVINCE = {"report_type": "AUDIENCE", "dimensions": ["ad_id", "stat_time_day", "province_id"]}


@pytest.fixture
def quirks(emulator: Emulator) -> Quirks:
    return emulator.faults.quirks


def dimension(rows: list[Row], name: str) -> list[str]:
    return [row["dimensions"][name] for row in rows]


# edit, request, dimension, its value in the rows that come in addition
ADDED = {
    "time is no time": (report_quirks.dash("stat_time_hour", rows=2), HOURLY, "stat_time_hour", "-"),
    "id is no id": (report_quirks.dash("ad_id"), {}, "ad_id", "-"),
    "hour 24": (report_quirks.hour_24(), HOURLY, "stat_time_hour", "2024-03-15 24:00:00"),
    "day after the window": (report_quirks.other_day(1), {}, "stat_time_day", "2024-03-16 00:00:00"),
    "day before the window": (report_quirks.other_day(-1), {}, "stat_time_day", "2024-02-29 00:00:00"),
    "another object": (report_quirks.other("ad_id", "1810000000000000001"), {}, "ad_id", "1810000000000000001"),
}


@pytest.mark.parametrize("case", ADDED)
def test_rows_come_that_were_not_asked_for(client: Client, quirks: Quirks, case: str) -> None:
    edit, request, name, value = ADDED[case]
    honest = client.report(**request).rows
    quirks.add(edit)
    odd = client.report(**request)
    added = odd.rows[len(honest) :]
    assert odd.code == 0
    assert odd.rows[: len(honest)] == honest
    assert set(dimension(added, name)) == {value}
    assert odd.page_info["total_number"] == len(odd.rows), "the count agrees"
    if value == "-":
        assert {text for row in added for text in row["metrics"].values()} == {"0"}


def test_rows_of_another_account_come(client: Client, quirks: Quirks) -> None:
    quirks.add(report_quirks.other("advertiser_id", client.south))
    account = {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id", "stat_time_day"]}
    assert set(dimension(client.report(**account).rows, "advertiser_id")) == {client.north, client.south}


def test_a_group_has_no_name(client: Client, quirks: Quirks) -> None:
    honest = client.report(**BY_PROVINCE).rows
    quirks.add(report_quirks.nameless("province_id"))
    odd = client.report(**BY_PROVINCE).rows
    assert [row["metrics"] for row in odd] == [row["metrics"] for row in honest]
    assert set(dimension(honest, "province_id")) - set(dimension(odd, "province_id")) == {
        min(dimension(honest, "province_id"))
    }
    assert "-" in dimension(odd, "province_id")


@pytest.mark.parametrize(("every", "whole"), [(1, 0), (3, 2)])
def test_metrics_are_missing_without_a_word(client: Client, quirks: Quirks, every: int, whole: int) -> None:
    quirks.add(report_quirks.without_metrics("spend", every=every))
    rows = client.report().rows[:3]
    assert ["spend" in row["metrics"] for row in rows].count(True) == whole
    assert all("impressions" in row["metrics"] for row in rows)


@pytest.mark.parametrize("code", [40100, 40016, 40133, 61000])
def test_hours_are_missing_within_seconds_of_a_throttle_answer(world: World, code: int) -> None:
    moment = [0.0]
    with Emulator(world, monotonic=lambda: moment[0]) as emulator:
        client = Client(emulator)
        emulator.faults.quirks.add(report_quirks.short(5), after_throttle=10.0)
        honest = client.report(**HOURLY).rows
        emulator.faults.add(actions.api(code))
        assert client.report(**HOURLY).code == code
        moment[0] = 9.0
        short = client.report(**HOURLY)
        moment[0] = 21.0
        late = client.report(**HOURLY)
        client.close()
    assert short.code == 0
    hours = sorted(set(dimension(honest, "stat_time_hour")))
    assert set(dimension(short.rows, "stat_time_hour")) == set(hours[:-5])
    assert short.page_info["total_number"] == len(short.rows) < len(honest)
    assert late.rows == honest


def test_quirks_strike_what_they_are_told_to_and_so_often(client: Client, quirks: Quirks) -> None:
    honest = client.report().rows
    quirks.add(report_quirks.other_day(), where=lambda query: query.report_type == "AUDIENCE")
    quirks.add(report_quirks.dash("ad_id"), times=1)
    assert [len(client.report().rows) - len(honest) for _ in range(2)] == [1, 0]
    client.emulator.reset()
    assert len(client.report(**BY_PROVINCE).rows) == len(client.report(**BY_PROVINCE, page=1).rows)


# Order, totals, several accounts


@pytest.mark.parametrize(("order", "reverse"), [("DESC", True), ("ASC", False), ("", True)])
def test_rows_in_order(client: Client, order: str, reverse: bool) -> None:
    rows = client.report(order_field="spend", order_type=order).rows
    spends = [float(row["metrics"]["spend"]) for row in rows]
    assert spends == sorted(spends, reverse=reverse)
    assert sorted(map(str, rows)) == sorted(map(str, client.report().rows))


def test_totals_are_over_all_pages_and_on_the_first_one(client: Client) -> None:
    metrics = ["spend", "impressions", "ctr", "reach", "ad_name"]
    whole = client.report(metrics=metrics).rows
    first = client.report(metrics=metrics, enable_total_metrics=True, page_size=3)
    totals = first.json["data"]["total_metrics"]
    assert Decimal(totals["spend"]) == sum(Decimal(row["metrics"]["spend"]) for row in whole)
    assert int(totals["impressions"]) == sum(int(row["metrics"]["impressions"]) for row in whole)
    assert (totals["ctr"], totals["reach"]) == ("-", "-")
    second = client.report(metrics=metrics, enable_total_metrics=True, page_size=3, page=2)
    assert "total_metrics" not in second.json["data"]


def test_several_accounts_in_one_report_lose_their_decimals(client: Client) -> None:
    both = {"advertiser_ids": [client.north, client.south], "dimensions": ["campaign_id"]}
    level = {"data_level": "AUCTION_CAMPAIGN", "metrics": ["spend", "impressions"]}
    reply = client.report(**both, **level, advertiser_id=None, enable_total_metrics=True)
    apart = [
        client.report(**level, dimensions=["campaign_id"], advertiser_id=one).rows
        for one in (client.north, client.south)
    ]
    assert dimension(reply.rows, "campaign_id") == dimension([*apart[0], *apart[1]], "campaign_id")
    for row, alone in zip(reply.rows, [*apart[0], *apart[1]], strict=True):
        assert row["metrics"]["spend"] == f"{Decimal(alone['metrics']['spend']):.0f}"
        assert {"currency", "timezone", "advertiser_id"} < row["metrics"].keys()
    assert {row["metrics"]["advertiser_id"] for row in reply.rows} == {client.north, client.south}
    assert reply.json["data"]["total_metrics"]["currency"] == "-"
    pages = [client.report(**both, **level, page=page, page_size=3).rows for page in range(1, 4)]
    assert [row for page in pages for row in page] == reply.rows


# Filters


def kept(client: Client, name: str, *values: str) -> set[str]:
    """The ads that a filter keeps."""
    one = [{"field_name": name, "filter_type": "IN", "filter_value": json.dumps(values)}]
    return set(dimension(client.report(dimensions=["ad_id"], filtering=one).rows, "ad_id"))


@pytest.mark.parametrize(
    ("level", "name"), [("adgroup", "promotion_type"), ("adgroup", "billing_event"), ("ad", "image_mode")]
)
def test_settings_filter_by_what_the_objects_say(client: Client, world: World, level: str, name: str) -> None:
    said = {record[f"{level}_id"]: record.get(name) for record in world.objects(level, client.north)}
    ads = [one for one in world.entities("ad", client.north) if not one.deleted]
    for value in {str(one) for one in said.values() if one}:
        found = {ad.entity_id for ad in ads if said[ad.lineage()[level].entity_id] == value}
        assert kept(client, name, value) == found
    assert kept(client, name, "NO_SUCH_THING") == set()


def test_automation_filters(client: Client) -> None:
    everything = set(dimension(client.report(dimensions=["ad_id"]).rows, "ad_id"))
    creatives = kept(client, "campaign_automation_type", "UPGRADED_SMART_PLUS_CREATIVE")
    assert set() < creatives < everything
    assert kept(client, "campaign_automation_type", "MANUAL") == everything - creatives


def test_time_of_creation_filters(client: Client, world: World) -> None:
    ads = [one for one in world.entities("ad", client.north) if not one.deleted]
    middle = ads[len(ads) // 2].created
    text = f"{middle:%Y-%m-%d %H:%M:%S}"
    for kind, value in (
        ("LOWER_THAN", text),
        ("GREATER_THAN", text),
        ("BETWEEN", json.dumps([text, "2030-01-01 00:00:00"])),
    ):
        one = [{"field_name": "create_time", "filter_type": kind, "filter_value": value}]
        found = set(dimension(client.report(dimensions=["ad_id"], filtering=one).rows, "ad_id"))
        floor = middle.replace(microsecond=0)
        wanted = {ad.entity_id for ad in ads if (ad.created < floor) == (kind == "LOWER_THAN")}
        assert found == wanted != set()


def test_several_statuses_are_either_of_them(client: Client) -> None:
    statuses = ("STATUS_DELIVERY_OK", "STATUS_DELETE")
    apart = [kept(client, "ad_status", status) for status in statuses]
    assert all(apart)
    assert kept(client, "ad_status", *statuses) == apart[0] | apart[1]
