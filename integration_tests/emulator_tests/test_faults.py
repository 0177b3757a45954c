"""Misbehaviour on command."""

from __future__ import annotations

import json
import time
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.emulator_tests.conftest import REPORT, Client
from integration_tests.tiktok_emulator import Emulator, Options, RandomFailures, World, actions, most_per_window

if TYPE_CHECKING:
    from integration_tests.tiktok_emulator.actions import Action
    from integration_tests.tiktok_emulator.faults import Faults

TRANSIENT_CODES = {40100, 40016, 40133, 50000, 50002, 51010, 52000, 60001, 61000}
TRANSIENT_STATUSES = {429, 500, 502, 503, 504}


@pytest.fixture
def faults(emulator: Emulator) -> Faults:
    return emulator.faults


def ads(client: Client, page: int = 1, size: int = 5) -> Any:
    return client.get("ad/get/", advertiser_id=client.north, page=page, page_size=size)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["ad_id"] for row in rows]


def test_rule_hits_the_nth_matching_request_and_so_many_more(client: Client, faults: Faults) -> None:
    faults.add(actions.api(50002), "ad/get/", where={"page": "1"}, nth=2, times=2)
    codes = [ads(client, page=page).code for page in (1, 2, 1, 2, 1, 1)]
    assert codes == [0, 0, 50002, 0, 50002, 0]
    assert client.get("adgroup/get/", advertiser_id=client.north, page=1).code == 0


def test_rule_for_ever_and_for_one_window(client: Client, faults: Faults) -> None:
    faults.add(
        actions.api(51010), REPORT, where={"start_date": "2024-03-01", "end_date": "2024-03-15"}, times=None
    )
    assert [client.report().code for _ in range(4)] == [51010] * 4
    assert client.report(end_date="2024-03-14").code == 0


@pytest.mark.parametrize(
    "where",
    [{"metrics": ["spend", "impressions"]}, lambda params: "spend" in params["metrics"]],
    ids=["json", "test"],
)
def test_rule_sees_decoded_values_or_is_a_test(client: Client, faults: Faults, where: Any) -> None:
    faults.add(actions.api(50000), where=where)
    assert client.report(metrics=["clicks"]).code == 0
    assert client.report().code == 50000


def test_unknown_fault_is_refused(faults: Faults) -> None:
    with pytest.raises(ValueError, match="meteor"):
        faults.add(actions.Action("meteor"))


def test_api_fault_has_the_public_text_or_ones_own(client: Client, faults: Faults) -> None:
    faults.add(actions.api(40100))
    faults.add(actions.api(40002, "Odd."), nth=2)
    assert ads(client).message == "App reaches the QPS limit."
    assert ads(client).message == "Odd."


@pytest.mark.parametrize("status", sorted(TRANSIENT_STATUSES))
def test_http_fault_is_html(client: Client, faults: Faults, status: int) -> None:
    faults.add(actions.http(status))
    reply = ads(client)
    assert (reply.status, reply.body[:6]) == (status, b"<html>")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert ads(client).code == 0


def test_reset_cuts_the_connection(client: Client, faults: Faults) -> None:
    faults.add(actions.reset())
    with pytest.raises(ConnectionError):
        ads(client)
    client.close()
    assert ads(client).code == 0
    assert [(one.status, one.code, one.fault) for one in client.emulator.requests] == [
        (0, -1, "reset"),
        (200, 0, ""),
    ]


def test_truncated_body_is_shorter_than_promised(client: Client, faults: Faults) -> None:
    faults.add(actions.truncated())
    with pytest.raises(IncompleteRead):
        ads(client)
    client.close()
    assert ads(client).code == 0


def test_empty_body_and_wrong_json(client: Client, faults: Faults) -> None:
    faults.add(actions.empty_body())
    faults.add(actions.wrong_json(), nth=2)
    assert (ads(client).body, client.emulator.requests[0].code) == (b"", -1)
    with pytest.raises(json.JSONDecodeError):
        ads(client).json  # noqa: B018 -- decoding is the test.


def test_delay_and_latency_take_time(client: Client, faults: Faults) -> None:
    def taken() -> float:
        start = time.monotonic()
        ads(client)
        return time.monotonic() - start

    taken()
    faults.add(actions.delay(0.5))
    assert taken() >= 0.5
    assert taken() < 0.5
    faults.latency = 0.15
    assert [taken() >= 0.15, taken() >= 0.15] == [True, True]


def test_page_faults(client: Client, faults: Faults) -> None:
    honest = [ads(client, page=page) for page in (1, 2)]

    def faulty(action: Action) -> Any:
        faults.add(action, where={"page": "2"})
        faults.rules[:-1] = []
        return ads(client, page=2)

    assert "page_info" not in faulty(actions.no_page_info()).json["data"]
    assert faulty(actions.repeated_page()).rows == honest[0].rows
    assert faulty(actions.wrong_total(3)).page_info["total_number"] == 15
    assert faulty(actions.no_pages()).page_info["total_page"] == 0
    empty = faulty(actions.empty_page())
    assert (empty.rows, empty.page_info) == ([], honest[1].page_info)
    assert ads(client, page=2).rows == honest[1].rows


def test_world_can_change_between_two_pages(client: Client, faults: Faults, world: World) -> None:
    first = ads(client)
    gone = first.rows[0]["ad_id"]
    faults.add(actions.mutate(lambda changed: changed.delete(gone)), where={"page": "2"})
    assert ads(client, page=2).page_info["total_number"] == first.page_info["total_number"] - 1
    assert world.entity(gone).deleted


# Drift


# kind -> rows repeated, rows skipped, total_number of each page
DRIFTS = {"insert": (2, 2, [10, 12, 12]), "delete": (0, 2, [12, 10]), "exchange": (2, 4, [10, 10])}


@pytest.mark.parametrize("kind", DRIFTS)
def test_drift_shifts_rows_between_pages(client: Client, faults: Faults, kind: str) -> None:
    repeated, skipped, totals = DRIFTS[kind]
    whole = names(ads(client, size=1000).rows)
    faults.drift("ad/get/", kind, rows=2)
    replies = [ads(client, page=page) for page in range(1, len(totals) + 1)]
    found = [name for reply in replies for name in names(reply.rows)]
    assert [reply.page_info["total_number"] for reply in replies] == totals
    assert len(found) - len(set(found)) == repeated
    assert len(set(whole) - set(found)) == skipped
    again = [name for page in (1, 2, 3) for name in names(ads(client, page=page).rows)]
    assert again == whole


def test_drift_is_counted_per_listing(client: Client, faults: Faults) -> None:
    faults.drift(REPORT, "insert", rows=1, listings=2)
    whole = client.report(start_date="2024-03-02").page_info["total_number"]
    totals = [client.report(start_date="2024-03-01").page_info["total_number"] for _ in range(3)]
    assert totals == [totals[2] - 1, totals[2] - 1, totals[2]]
    assert [client.report(start_date="2024-03-02").page_info["total_number"] for _ in range(2)] == [
        whole,
        whole + 1,
    ]


# Reports cut, refused, changed


def test_report_of_too_many_ads_is_cut_with_a_header_only(client: Client, faults: Faults, world: World) -> None:
    whole = client.report(dimensions=["ad_id"])
    assert "X-Tt-Ads-Throttle" not in whole.headers
    faults.ad_limit = 10
    cut = client.report(dimensions=["ad_id"])
    newest = [one.entity_id for one in world.entities("ad", client.north) if not one.deleted][:10]
    assert (cut.code, cut.page_info["total_number"]) == (0, 10)
    assert [row["dimensions"]["ad_id"] for row in cut.rows] == newest
    assert cut.headers["X-Tt-Ads-Throttle"].startswith("Number of ad ids is equal or more than 20k, only return")
    faults.ad_limit = whole.page_info["total_number"]
    assert "X-Tt-Ads-Throttle" not in client.report(dimensions=["ad_id"]).headers


def test_cut_is_avoided_by_asking_for_fewer_ads(client: Client, faults: Faults, world: World) -> None:
    faults.ad_limit = 10
    whole = set()
    for campaign in world.entities("campaign", client.north):
        one = json.dumps([campaign.entity_id])
        reply = client.report(
            dimensions=["ad_id"],
            filtering=[{"field_name": "campaign_ids", "filter_type": "IN", "filter_value": one}],
        )
        assert "X-Tt-Ads-Throttle" not in reply.headers
        whole |= {row["dimensions"]["ad_id"] for row in reply.rows}
    assert whole == {one.entity_id for one in world.entities("ad", client.north) if not one.deleted}


def test_account_level_is_cut_too_or_not(client: Client, faults: Faults, world: World) -> None:
    by_day = {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id", "stat_time_day"]}
    whole = client.report(**by_day)
    faults.ad_limit = 1
    cut = client.report(**by_day)
    assert "X-Tt-Ads-Throttle" in cut.headers
    assert len(cut.rows) < len(whole.rows)
    world.options = Options(truncation_at_account_level=False)
    assert "X-Tt-Ads-Throttle" not in client.report(**by_day).headers


def test_query_beyond_the_size_budget_is_40067(client: Client, faults: Faults) -> None:
    objects = client.report(dimensions=["ad_id"]).page_info["total_number"]
    faults.size_budget = objects * 2 * 5
    ends = ("2024-03-05", "2024-03-06")
    replies = [client.report(end_date=end) for end in ends]
    assert [reply.code for reply in replies] == [0, 40067]
    assert client.report(end_date=ends[1], metrics=["spend"]).code == 0
    assert replies[1].message.startswith("Your query is too large")


def test_withdrawn_metric_is_refused_from_a_request_on(client: Client, faults: Faults) -> None:
    faults.withdraw("likes", after=2)
    replies = [client.report(metrics=["spend", "likes"]) for _ in range(3)]
    assert [reply.code for reply in replies] == [0, 0, 40002]
    assert "['likes']" in replies[2].message
    assert client.report(metrics=["spend"]).code == 0


# At random


def outcomes(client: Client, requests: int) -> list[tuple[int, int]]:
    """Send every request until it succeeds and return all (status, code), -1 for a broken one."""
    seen = []
    for number in range(requests):
        for _ in range(4):
            try:
                reply = client.get("ad/get/", advertiser_id=client.north, page=number + 1)
                seen.append((reply.status, reply.code if reply.status == 200 else -1))
            except (ConnectionError, IncompleteRead):
                seen.append((0, -1))
                client.close()
            if seen[-1] == (200, 0):
                break
    return seen


def test_random_failures_are_transient_bounded_and_of_all_kinds(client: Client, faults: Faults) -> None:
    quick = tuple(action for action in actions.TRANSIENT if action.kind != "delay")
    faults.random = RandomFailures(rate=0.7, seed=5, most_in_a_row=2, kinds=quick)
    seen = outcomes(client, 60)
    assert seen.count((200, 0)) == 60
    failures = [one for one in seen if one != (200, 0)]
    assert {code for status, code in failures if status == 200} == TRANSIENT_CODES
    assert {status for status, _ in failures} == {0, 200, *TRANSIENT_STATUSES}


def test_random_failures_follow_from_the_seed(client: Client, emulator: Emulator) -> None:
    runs = []
    for seed in (1, 1, 2):
        emulator.reset()
        emulator.faults.random = RandomFailures(
            rate=0.5, seed=seed, kinds=(actions.api(50000), actions.api(60001))
        )
        runs.append(outcomes(client, 20))
    assert runs[0] == runs[1] != runs[2]


def test_rate_is_kept(client: Client, faults: Faults) -> None:
    faults.random = RandomFailures(rate=0.1, seed=1, kinds=(actions.api(50000),))
    failures = sum(ads(client, page=page, size=1).code != 0 for page in range(1, 301))
    assert 15 <= failures <= 45


def test_window_of_the_log(client: Client) -> None:
    for _ in range(5):
        ads(client)
    assert most_per_window(client.emulator.requests, seconds=60) == 5
    assert most_per_window([]) == 0
