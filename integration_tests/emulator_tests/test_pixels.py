"""Pixels: order, events on instant pages, statistics."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import Options
from integration_tests.tiktok_emulator.pixels import pixel_statistics

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client, Reply
    from integration_tests.tiktok_emulator import World

STATS = "pixel/event/stats/"
EVENTS = "pixel/instant_page/event/"
MARCH = {"start_date": "2024-03-01", "end_date": "2024-03-15"}


def pixels(client: Client, **params: Any) -> list[dict[str, Any]]:
    return client.get("pixel/list/", advertiser_id=client.north, **params).json["data"]["pixels"]


def stats(client: Client, pixel_ids: Any, date_range: Any, advertiser_id: str = "") -> Reply:
    return client.get(
        STATS, advertiser_id=advertiser_id or client.north, pixel_ids=pixel_ids, date_range=date_range
    )


def test_order_is_oldest_first_unless_the_newest_are_asked_for(client: Client) -> None:
    times = [one["create_time"] for one in pixels(client)]
    assert times == sorted(times)
    assert [one["create_time"] for one in pixels(client, order_by="LATEST_CREATE")] == times[::-1]
    assert client.get("pixel/list/", advertiser_id=client.north, order_by="NAME").code == 40002


@pytest.mark.parametrize(("parameter", "field"), [("pixel_id", "pixel_id"), ("code", "pixel_code")])
def test_pixel_by_id_or_code(client: Client, parameter: str, field: str) -> None:
    wanted = pixels(client)[3]
    assert pixels(client, **{parameter: wanted[field]}) == [wanted]


def test_some_pixels_have_events_and_some_are_shared(client: Client) -> None:
    found = pixels(client)
    assert {len(one["events"]) for one in found} == {0, 1, 2}
    assert {one["asset_ownership"]["asset_relation_status"] for one in found} == {"SHARED", "TRANSFERRED"}


def test_statistics_are_totals_of_the_range(client: Client, world: World) -> None:
    known = pixels(client)[:3]
    found = stats(client, [one["pixel_id"] for one in known], MARCH).rows
    now = world.clock.now()
    assert found == [pixel_statistics(one, date(2024, 3, 1), date(2024, 3, 15), now, world.seed) for one in known]
    whole: dict[str, int] = {}
    for number in range(15):
        day = str(date(2024, 3, 1) + timedelta(days=number))
        for row in stats(client, [known[0]["pixel_id"]], {"start_date": day, "end_date": day}).rows:
            for one in row["statistics"]:
                name = one["pixel_event_type"] or one["custom_event_type"]
                whole[name] = whole.get(name, 0) + one["total_count"]
    totals = {
        one["pixel_event_type"] or one["custom_event_type"]: one["total_count"] for one in found[0]["statistics"]
    }
    assert whole == totals != {}


def test_one_statistic(client: Client) -> None:
    for row in stats(client, [pixels(client)[0]["pixel_id"]], MARCH).rows:
        for one in row["statistics"]:
            assert (one["pixel_event_type"] is None) != (one["custom_event_type"] is None)
            assert one["total_count"] == one["browser_event_total_count"] + one["server_event_total_count"]


def test_running_day_grows_and_days_to_come_are_empty(client: Client) -> None:
    def total(day: str) -> int:
        rows = stats(client, [pixels(client)[0]["pixel_id"]], {"start_date": day, "end_date": day}).rows
        return sum(one["total_count"] for one in rows[0]["statistics"])

    assert (total("2024-03-16"), total("1999-01-01")) == (0, 0)
    before = total("2024-03-15")
    client.emulator.clock.advance(hours=3)
    assert total("2024-03-15") > before > 0


@pytest.mark.parametrize(
    ("date_range", "code"),
    [
        ({"start_date": "2024-02-01", "end_date": "2024-03-01"}, 0),
        ({"start_date": "2024-02-01", "end_date": "2024-03-02"}, 40002),
        ({"start_date": "2024-03-02", "end_date": "2024-03-01"}, 40002),
        ({"start_date": "2024-03-02"}, 40002),
        ({"start_date": "2024-3-2", "end_date": "2024-03-02"}, 40002),
        ("", 40002),
        ("{'start_date': '2024-03-02'}", 40002),
    ],
)
def test_range_of_statistics(client: Client, date_range: Any, code: int) -> None:
    assert stats(client, [pixels(client)[0]["pixel_id"]], date_range).code == code


@pytest.mark.parametrize(
    ("pixel_ids", "code"), [([], 40002), ("", 40002), ("['1']", 40002), ([1], 40002), (["1"] * 11, 40011)]
)
def test_ids_of_statistics(client: Client, pixel_ids: Any, code: int) -> None:
    assert stats(client, pixel_ids, MARCH).code == code


def test_pixel_of_another_account_is_40001(client: Client, world: World) -> None:
    north, south = (
        {one["pixel_id"] for one in world.assets("pixel", one)} for one in (client.north, client.south)
    )
    foreign, shared = next(iter(south - north)), next(iter(south & north))
    reply = stats(client, [shared, foreign], MARCH)
    assert (reply.code, reply.message) == (40001, "Adv has no permission to operate on the Pixel")
    assert stats(client, [shared], MARCH).code == stats(client, [shared], MARCH, client.south).code == 0


def test_ten_pixels_fit_into_one_request(client: Client, world: World) -> None:
    world.add_assets(client.north, "pixel", 10)
    ids = [one["pixel_id"] for one in world.assets("pixel", client.north)]
    assert [row["pixel_id"] for row in stats(client, ids, MARCH).rows] == ids


def objectives(reply: Reply) -> dict[str, list[str]]:
    return {
        objective["objective_type"]: [goal["optimization_goal"] for goal in objective["optimization_goals"]]
        for row in reply.rows
        for objective in row["instant_page_events"]["objective_types"]
    }


def test_events_of_one_pair_are_part_of_all_pairs(client: Client) -> None:
    every = client.get(EVENTS, advertiser_id=client.north)
    pair = client.get(
        EVENTS, advertiser_id=client.north, objective_type="WEB_CONVERSIONS", optimization_goal="CONVERT"
    )
    # Asked with the new name, it answers with the old one.
    assert objectives(pair) == {"CONVERSIONS": ["CONVERT"]}
    assert "CONVERT" in objectives(every)["CONVERSIONS"]
    assert len(objectives(every)) == 4


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"objective_type": "REACH", "optimization_goal": "CONVERT"}, 200, 40002),
        ({"objective_type": "TRAFFIC", "optimization_goal": "CONVERT"}, 200, 40002),
        ({"objective_type": "CONVERSIONS", "optimization_goal": "CONVERT"}, 200, 0),
        ({"objective_type": "TRAFFIC"}, 501, None),
        ({"is_retargeting": "true"}, 501, None),
    ],
)
def test_pairs(client: Client, params: dict[str, str], status: int, code: int | None) -> None:
    reply = client.get(EVENTS, advertiser_id=client.north, **params)
    assert reply.status == status
    if code == 40002:
        assert (reply.code, reply.message) == (40002, "one or more value of the param is not acceptable")


def test_all_pairs_come_by_one_reading_only(client: Client, world: World) -> None:
    world.options = Options(instant_page_lists_every_pair=False)
    assert client.get(EVENTS, advertiser_id=client.north).rows == []


def test_pixel_changes_and_goes(client: Client, world: World) -> None:
    world.change_asset(client.north, "pixel", 2, pixel_name="Renamed")
    world.delete_asset(client.north, "pixel", 0)
    assert len(pixels(client)) == 6
    assert "Renamed" in {one["pixel_name"] for one in pixels(client)}
