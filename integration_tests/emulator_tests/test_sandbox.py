"""The sandbox: few endpoints, mock data of twelve days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.emulator_tests.conftest import REPORT
from integration_tests.tiktok_emulator import APP_ID, APP_SECRET, PRODUCTION_TOKEN, Options

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client
    from integration_tests.tiktok_emulator import World

ASSETS = [
    "dmp/custom_audience/list/",
    "file/image/ad/search/",
    "file/video/ad/search/",
    "file/music/get/",
    "creative/portfolio/list/",
]


def report(client: Client, **changes: Any) -> Any:
    valid = {
        "advertiser_id": client.sandbox_account,
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": ["ad_id", "stat_time_day"],
        "start_date": "2020-12-01",
        "end_date": "2020-12-30",
        "page_size": 1000,
    }
    return client.sandbox(REPORT, **{**valid, **changes})


def test_list_of_accounts_does_not_exist(client: Client) -> None:
    assert client.sandbox("oauth2/advertiser/get/", app_id=APP_ID, secret=APP_SECRET).code == 40008


@pytest.mark.parametrize("endpoint", ASSETS)
@pytest.mark.parametrize(("served", "code"), [(True, 0), (False, 40008)])
def test_assets_by_reading(client: Client, world: World, endpoint: str, served: bool, code: int) -> None:
    world.options = Options(sandbox_assets=served)
    assert client.sandbox(endpoint, advertiser_id=client.sandbox_account).code == code
    assert client.sandbox("advertiser/info/", advertiser_ids=[client.sandbox_account]).code == code


@pytest.mark.parametrize("level", ["campaign", "adgroup", "ad"])
def test_objects_come_without_secondary_status(client: Client, level: str) -> None:
    rows = client.sandbox(f"{level}/get/", advertiser_id=client.sandbox_account).rows
    assert rows
    assert not any("secondary_status" in row for row in rows)
    production = client.get(f"{level}/get/", advertiser_id=client.north).rows
    assert all("secondary_status" in row for row in production)


def test_reports_hold_the_mock_days_only(client: Client) -> None:
    days = {row["dimensions"]["stat_time_day"] for row in report(client).rows}
    assert days == {f"2020-12-{day:02d} 00:00:00" for day in range(8, 20)}
    assert report(client, start_date="2024-03-01", end_date="2024-03-15").rows == []


def test_many_values_are_zero(client: Client) -> None:
    spends = [row["metrics"]["spend"] for row in report(client).rows]
    assert 0 < spends.count("0.00") < len(spends)


def test_audience_reports_exist(client: Client) -> None:
    rows = report(client, report_type="AUDIENCE", dimensions=["ad_id", "stat_time_day", "gender", "age"]).rows
    assert rows


def test_account_level_does_not_exist(client: Client) -> None:
    reply = report(client, data_level="AUCTION_ADVERTISER", dimensions=["advertiser_id", "stat_time_day"])
    text = "Unsupported data_level in sandbox environment: AUCTION_ADVERTISER."
    assert (reply.code, reply.message) == (40009, text)


@pytest.mark.parametrize("changes", [{"order_field": "spend"}, {"enable_total_metrics": True}], ids=str)
def test_ordering_and_totals_are_40009(client: Client, changes: dict[str, Any]) -> None:
    assert report(client, **changes).code == 40009


def test_sandbox_account_is_unknown_in_production(client: Client) -> None:
    assert client.get("ad/get/", advertiser_id=client.sandbox_account).code == 40001
    assert client.get("ad/get/", token=PRODUCTION_TOKEN, advertiser_id=client.north).code == 0


def test_truth_of_the_sandbox(client: Client, world: World) -> None:
    rows = client.sandbox(
        "ad/get/", advertiser_id=client.sandbox_account, filtering={"primary_status": "STATUS_ALL"}
    ).rows
    truth = {record["ad_id"]: record for record in world.objects("ad", client.sandbox_account)}
    assert rows
    assert all(truth[row["ad_id"]] == row for row in rows)
    whole = world.report_rows(client.sandbox_account, "BASIC", "AUCTION_AD", ["ad_id"], ["spend", "impressions"])
    assert report(client, dimensions=["ad_id"], query_lifetime=True).rows == whole
