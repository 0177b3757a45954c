"""Reports of one world agree: parents with their children, hours with days, groups and totals with both."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integration_tests.tiktok_emulator import Options, World, populate, promote

FIRST, LAST = date(2024, 3, 8), date(2024, 3, 15)
ADDITIVE = ["spend", "impressions", "clicks", "conversion", "total_purchase_value", "billed_cost"]
LEVEL = {
    "AUCTION_ADVERTISER": "advertiser_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_AD": "ad_id",
}
BELOW = list(LEVEL)[1:]
DAY, HOUR, COUNTRY = "stat_time_day", "stat_time_hour", "country_code"
COMPLETE_GROUPS = ["gender", "age", "platform", "language", "ac", COUNTRY]

Sums = dict[tuple[str, ...], dict[str, Decimal]]


@pytest.fixture(scope="module")
def world() -> World:
    """One account with objects of every buying type and state, Promote posts and a Smart+ ad of two creatives.

    Its clocks went forward on 2024-03-10, and its today is half over.
    """
    world = World(seed=5, now="2024-03-15T20:25:00Z")
    account = world.add_account("Sum Shop", "America/Los_Angeles", history_days=20, countries=("US", "CA", "MX"))
    populate(world, account.advertiser_id, campaigns=5, adgroups=2, ads=4, assets=0)
    promote(world, account.advertiser_id, days=10)
    adgroup = world.entities("adgroup", account.advertiser_id)[-1]
    for _ in range(2):
        world.add_object(
            "ad", adgroup.entity_id, created=account.created, dated=False, smart_plus_ad_id="1820000000000000001"
        )
    return world


def only(world: World) -> str:
    return next(iter(world.accounts))


def everything(level: str) -> list[dict[str, str]]:
    """The filters with which a level below the account shows all that it has."""
    if level == "AUCTION_ADVERTISER":
        return []
    origins = ("campaign_system_origins", ["TT_ADS_PLATFORM", "PROMOTE"])
    status = (LEVEL[level].replace("_id", "_status"), ["STATUS_ALL"])
    return [
        {"field_name": name, "filter_type": "IN", "filter_value": json.dumps(values)}
        for name, values in (origins, status)
    ]


def rows(
    world: World, level: str, *dimensions: str, report_type: str = "BASIC", **choice: Any
) -> list[dict[str, Any]]:
    """The rows of the days under test, of all that the level has unless told otherwise."""
    metrics = ADDITIVE if report_type == "BASIC" else ADDITIVE[:3]
    plain = HOUR in dimensions or COUNTRY in dimensions or level == "AUCTION_ADVERTISER"
    choice = {"include_deleted": True} | ({} if plain else {"filtering": everything(level)}) | choice
    spans = [(FIRST, LAST)]
    if HOUR in dimensions:
        spans = [(date.fromordinal(one),) * 2 for one in range(FIRST.toordinal(), LAST.toordinal() + 1)]
    return [
        row
        for start, end in spans
        for row in world.report_rows(
            only(world), report_type, level, dimensions, metrics, start=start, end=end, **choice
        )
    ]


def summed(found: list[dict[str, Any]], *dimensions: str) -> Sums:
    """Sums by some of the dimensions; an hour also counts for its day."""
    sums: Sums = defaultdict(lambda: defaultdict(Decimal))
    for row in found:
        names = dict(row["dimensions"])
        if HOUR in names:
            names[DAY] = f"{names[HOUR][:10]} 00:00:00"
        for name, text in row["metrics"].items():
            sums[tuple(names[one] for one in dimensions)][name] += Decimal(text)
    return {key: dict(values) for key, values in sums.items()}


@pytest.mark.parametrize("level", BELOW)
def test_account_days_are_explained_by_what_is_below(world: World, level: str) -> None:
    account = summed(rows(world, "AUCTION_ADVERTISER", "advertiser_id", DAY), DAY)
    assert account == summed(rows(world, level, LEVEL[level], DAY), DAY)
    assert len(account) == (LAST - FIRST).days + 1


def test_account_needs_no_id(world: World) -> None:
    with_id = summed(rows(world, "AUCTION_ADVERTISER", "advertiser_id", DAY), DAY)
    assert summed(rows(world, "AUCTION_ADVERTISER", DAY), DAY) == with_id


@pytest.mark.parametrize("level", LEVEL)
def test_hours_agree_with_days(world: World, level: str) -> None:
    hours = rows(world, level, LEVEL[level], HOUR)
    days = rows(world, level, LEVEL[level], DAY, filtering=[])
    assert summed(hours, LEVEL[level], DAY) == summed(days, LEVEL[level], DAY)
    assert "2024-03-10 02:00:00" not in {row["dimensions"][HOUR] for row in hours}


def test_account_hours_are_explained_by_ads(world: World) -> None:
    ordinary = [
        row
        for row in rows(world, "AUCTION_AD", "ad_id", HOUR)
        if world.entity(row["dimensions"]["ad_id"]).origin != "PROMOTE"
    ]
    world.options = Options(account_level_hides=frozenset({"promote"}))
    account = summed(rows(world, "AUCTION_ADVERTISER", "advertiser_id", HOUR), HOUR)
    world.options = Options()
    assert account == summed(ordinary, HOUR)


@pytest.mark.parametrize("level", LEVEL)
def test_countries_agree_with_days_and_hours(world: World, level: str) -> None:
    id_field = LEVEL[level]
    fine = rows(world, level, id_field, HOUR, COUNTRY)
    assert len(fine) > len(rows(world, level, id_field, HOUR)), "some hours have more than one country"
    for time in (HOUR, DAY):
        assert summed(fine, id_field, time) == summed(
            rows(world, level, id_field, time, filtering=[]), id_field, time
        )
        by_country = rows(world, level, id_field, time, COUNTRY)
        assert summed(fine, id_field, time, COUNTRY) == summed(by_country, id_field, time, COUNTRY)


@pytest.mark.parametrize("level", LEVEL)
def test_totals_are_the_sums_of_days(world: World, level: str) -> None:
    days = summed(rows(world, level, LEVEL[level], DAY), LEVEL[level])
    totals = summed(rows(world, level, LEVEL[level]), LEVEL[level])
    assert days == {key: values for key, values in totals.items() if values["impressions"]}


def test_a_lifetime_holds_all_days(world: World) -> None:
    account = only(world)
    by_day, ever = (
        world.report_rows(account, "BASIC", "AUCTION_CAMPAIGN", dimensions, ADDITIVE, start=start, end=end)
        for dimensions, start, end in (
            (["campaign_id", DAY], date(2024, 1, 1), LAST),
            (["campaign_id"], None, None),
        )
    )
    found = summed(ever, "campaign_id")
    assert summed(by_day, "campaign_id") == {key: one for key, one in found.items() if one["impressions"]}


# Audiences


@pytest.mark.parametrize("group", COMPLETE_GROUPS)
def test_complete_groups_add_up_to_the_total(world: World, group: str) -> None:
    found = rows(world, "AUCTION_AD", "ad_id", group, report_type="AUDIENCE", filtering=[])
    totals = summed(rows(world, "AUCTION_AD", "ad_id", filtering=[]), "ad_id")
    basic = {key: tuple(one.values())[:3] for key, one in totals.items() if one["impressions"]}
    assert {key: tuple(one.values()) for key, one in summed(found, "ad_id").items()} == basic
    assert len({row["dimensions"][group] for row in found}) > 1


@pytest.mark.parametrize("group", ["province_id", "interest_category", "interest_category_tier2"])
def test_incomplete_groups_stay_below_the_total(world: World, group: str) -> None:
    def spend(found: list[dict[str, Any]]) -> Decimal:
        return sum((Decimal(row["metrics"]["spend"]) for row in found), Decimal())

    audience = spend(rows(world, "AUCTION_ADVERTISER", group, report_type="AUDIENCE"))
    assert 0 < audience < spend(rows(world, "AUCTION_ADVERTISER", "advertiser_id"))


def test_order_of_dimensions_means_nothing(world: World) -> None:
    def keyed(*dimensions: str) -> dict[frozenset[tuple[str, str]], dict[str, str]]:
        found = rows(world, "AUCTION_AD", *dimensions, report_type="AUDIENCE")
        return {frozenset(row["dimensions"].items()): row["metrics"] for row in found}

    one = keyed("ad_id", DAY, "gender", "age")
    assert one == keyed("age", "gender", DAY, "ad_id")
    assert len(one) > 20
    genders = summed(rows(world, "AUCTION_AD", "ad_id", "gender", report_type="AUDIENCE"), "ad_id", "gender")
    both = summed(rows(world, "AUCTION_AD", "age", "gender", "ad_id", report_type="AUDIENCE"), "ad_id", "gender")
    assert genders == both


def test_interests_bring_their_second_version_unasked(world: World) -> None:
    for row in rows(world, "AUCTION_AD", "ad_id", "interest_category", report_type="AUDIENCE"):
        assert row["dimensions"]["interest_category_v2"] == row["dimensions"]["interest_category"]


# Upgraded Smart+


def test_creatives_of_a_smart_plus_ad_are_one_ad_with_the_same_money(world: World) -> None:
    account = only(world)

    def ask(id_field: str, *metrics: str) -> list[dict[str, Any]]:
        return world.report_rows(account, "BASIC", "AUCTION_AD", [id_field], [*ADDITIVE, *metrics])

    ads, creatives = ask("ad_id_v2", "ad_text_list", "campaign_automation_type"), ask("ad_id", "ad_id_v2")
    assert {row["dimensions"]["ad_id_v2"] for row in ads} == {row["metrics"]["ad_id_v2"] for row in creatives}
    assert len(ads) == len(creatives) - 1
    money = [sum(Decimal(row["metrics"]["spend"]) for row in found) for found in (ads, creatives)]
    assert money[0] == money[1] > 0
    (whole,) = (row["metrics"] for row in ads if row["dimensions"]["ad_id_v2"] == "1820000000000000001")
    assert whole["campaign_automation_type"] == "UPGRADED_SMART_PLUS"
    assert isinstance(whole["ad_text_list"], list)


# What one level shows and another does not


def test_promote_posts_are_left_out_below_the_account(world: World) -> None:
    posts = {one.entity_id for one in world.entities("campaign", only(world)) if one.origin == "PROMOTE"}
    promoted = [
        {"field_name": "campaign_system_origins", "filter_type": "IN", "filter_value": '["PROMOTE"]'},
    ]

    def campaigns(filtering: list[dict[str, str]]) -> set[str]:
        found = rows(world, "AUCTION_CAMPAIGN", "campaign_id", DAY, filtering=filtering)
        return {row["dimensions"]["campaign_id"] for row in found}

    assert campaigns(promoted) == posts
    assert not campaigns([]) & posts
    texts = rows(world, "AUCTION_AD", "ad_id", filtering=promoted)
    assert len(texts) == len(posts)
    by_country = rows(world, "AUCTION_AD", "ad_id", "country_code", filtering=promoted, report_type="AUDIENCE")
    assert {row["dimensions"]["ad_id"] for row in by_country} == {row["dimensions"]["ad_id"] for row in texts}


@pytest.mark.parametrize("hidden", ["deleted", "top_view", "promote", "gmv_max"])
def test_account_may_hide_what_is_below(world: World, hidden: str) -> None:
    if hidden == "gmv_max":
        campaign = world.entities("campaign", only(world))[0]
        world.touch(campaign.entity_id, gmv_max=True)
    spends = []
    for names in ((), (hidden,)):
        world.options = Options(account_level_hides=frozenset(names))
        spends.append(summed(rows(world, "AUCTION_ADVERTISER", DAY), DAY))
    world.options = Options()
    whole, less = (sum(one["spend"] for one in days.values()) for days in spends)
    assert 0 < less < whole


# Rows and the metrics asked for


def test_other_metrics_bring_other_rows_by_reading(world: World) -> None:
    account, dimensions = only(world), ["ad_id", HOUR]

    def keys(metric: str) -> set[tuple[str, ...]]:
        found = world.report_rows(account, "BASIC", "AUCTION_AD", dimensions, [metric], start=LAST, end=LAST)
        return {tuple(row["dimensions"].values()) for row in found}

    alike = keys("impressions"), keys("total_purchase")
    world.options = Options(rows_need_data=True)
    unlike = keys("impressions"), keys("total_purchase")
    world.options = Options()
    assert alike[0] == alike[1]
    assert unlike[1] < unlike[0] == alike[0]


def test_a_group_may_be_nameless_by_reading(world: World) -> None:
    world.options = Options(nameless_groups=True)
    found = rows(world, "AUCTION_AD", "ad_id", DAY, "province_id", report_type="AUDIENCE")
    world.options = Options()
    assert "-" in {row["dimensions"]["province_id"] for row in found} != {"-"}
