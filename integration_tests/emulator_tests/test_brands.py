"""The world for people: what a media buyer would believe."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from statistics import mean, median

import pytest

from integration_tests.tiktok_emulator import World, shop_world

FIRST, LAST = date(2024, 1, 1), date(2024, 3, 14)
METRICS = ["campaign_name", "spend", "impressions", "clicks", "conversion", "complete_payment", "reach"]
Day = dict[str, float]


@pytest.fixture(scope="module")
def world() -> World:
    return shop_world()


@pytest.fixture(scope="module")
def campaigns(world: World) -> dict[tuple[str, str], dict[date, Day]]:
    """The days of each campaign by account and name."""
    found: dict[tuple[str, str], dict[date, Day]] = defaultdict(dict)
    for account in world.accounts.values():
        rows = world.report_rows(
            account.advertiser_id,
            "BASIC",
            "AUCTION_CAMPAIGN",
            ["campaign_id", "stat_time_day"],
            METRICS,
            start=FIRST,
            end=LAST,
        )
        for row in rows:
            day = date.fromisoformat(row["dimensions"]["stat_time_day"][:10])
            figures = {name: float(row["metrics"][name]) for name in METRICS[1:]}
            found[account.name, row["metrics"]["campaign_name"]][day] = figures
    return found


def by_day(campaigns: dict[tuple[str, str], dict[date, Day]], account: str) -> dict[date, float]:
    sums: dict[date, float] = defaultdict(float)
    for (name, _), days in campaigns.items():
        for day, figures in days.items():
            sums[day] += figures["spend"] * (name == account)
    return sums


def test_no_bar_towers_over_the_others(world: World, campaigns: dict[tuple[str, str], dict[date, Day]]) -> None:
    for account in world.accounts.values():
        days = by_day(campaigns, account.name)
        assert len(days) == (LAST - FIRST).days + 1
        assert min(days.values()) > 100
        assert max(days.values()) < 5 * median(days.values())


def test_prices_and_rates_are_those_of_the_trade(campaigns: dict[tuple[str, str], dict[date, Day]]) -> None:
    for name, days in campaigns.items():
        total = {metric: sum(day[metric] for day in days.values()) for metric in METRICS[1:]}
        assert 2 < total["spend"] / total["impressions"] * 1000 < 12, name
        assert 0.003 < total["clicks"] / total["impressions"] < 0.025, name
        assert 0.005 < total["conversion"] / total["clicks"] < 0.08, name
        assert 3 < total["spend"] / total["conversion"] < 120, name
        assert total["conversion"] == total["complete_payment"]
        for day in days.values():
            assert day["conversion"] <= day["clicks"] <= day["reach"] <= day["impressions"]


def test_the_week_has_a_rhythm(campaigns: dict[tuple[str, str], dict[date, Day]]) -> None:
    for account, best, least in (("Pine & Peak", 5, 1), ("Maison Soleil", 5, 1), ("Kettle & Co", 1, 5)):
        spend: dict[int, list[float]] = defaultdict(list)
        for (name, campaign), days in campaigns.items():
            if name == account and campaign in {"Always on", "Catalogue", "Offices"}:
                for day, figures in days.items():
                    spend[day.weekday()].append(figures["spend"])
        assert mean(spend[best]) > 1.3 * mean(spend[least])
        assert max(spend, key=lambda day: mean(spend[day])) in (best, (best + 1) % 7)


def test_campaigns_start_pause_and_end(campaigns: dict[tuple[str, str], dict[date, Day]]) -> None:
    sale = campaigns["Pine & Peak", "Winter sale"]
    assert (min(sale), max(sale)) == (date(2024, 1, 23), date(2024, 2, 13))
    back = campaigns["Pine & Peak", "Bring them back"]
    missing = {FIRST + timedelta(number) for number in range((LAST - FIRST).days + 1)} - back.keys()
    assert missing == {date(2024, 2, 20) + timedelta(number) for number in range(7)}


def test_a_campaign_that_has_ended_is_disabled_and_stays_silent(world: World) -> None:
    account = next(one.advertiser_id for one in world.accounts.values() if one.name == "Maison Soleil")
    ended = [one for one in world.entities("campaign", account) if one.ended]
    records = {record["campaign_id"]: record for record in world.objects("campaign", account)}
    (film,) = ended
    assert records[film.entity_id]["operation_status"] == "DISABLE"
    assert records[film.entity_id]["modify_time"] == "2024-03-03 11:00:00"
    for dimensions in (["ad_id", "stat_time_day"], ["ad_id", "stat_time_hour"]):
        rows = world.report_rows(
            account,
            "BASIC",
            "AUCTION_AD",
            dimensions,
            ["campaign_id"],
            start=date(2024, 3, 4),
            end=date(2024, 3, 4) if "stat_time_hour" in dimensions else LAST,
        )
        assert rows
        assert film.entity_id not in {row["metrics"]["campaign_id"] for row in rows}
