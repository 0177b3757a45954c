"""What lies beside ads and their reports: posts, pixels, Smart+, shops, Business Centers; further breakdowns."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from integration_tests.conftest import Stage
from integration_tests.connector import Connector, Json, Output, production_config
from integration_tests.tiktok_emulator import Emulator, Options, RandomFailures, World, small_world
from integration_tests.tiktok_emulator.identities import BC_AUTH_TT
from integration_tests.wider_truth import OF_ACCOUNTS, OF_CENTERS, PRIVATE, SHOP_LEVELS

# Late enough for all metrics of GMV Max.
NOW, LATER = "2026-01-15T20:00:00Z", "2026-01-17T09:00:00Z"
START = date(2026, 1, 11)
SHARE = 0.1
SHOP_REPORTS = tuple(
    f"gmv_max_{level}_reports_{granularity}"
    for level in SHOP_LEVELS
    for granularity in (("daily", "hourly") if level in ("product_campaign", "advertiser") else ("daily",))
)
BREAKDOWNS = (
    "ads_reports_by_country_daily",
    "ad_groups_reports_by_country_hourly",
    "campaigns_reports_by_country_daily",
    "advertisers_reports_by_country_hourly",
    "smart_plus_ads_reports_daily",
    "advertisers_audience_reports_by_province_daily",
    "campaigns_audience_reports_by_language_daily",
    "ad_group_audience_reports_by_placement_daily",
)
NAMES = (*OF_ACCOUNTS, *OF_CENTERS, *SHOP_REPORTS, *BREAKDOWNS)
INCREMENTAL = (
    "smart_plus_ads",
    "gmv_max_campaigns",
    "catalogs",
    "business_center_account_costs_daily",
    "business_center_account_transactions",
    "gmv_max_advertiser_reports_daily",
    "gmv_max_product_reports_daily",
    "gmv_max_live_campaign_reports_hourly",
)


@pytest.fixture
def world() -> World:
    return small_world(now=NOW)


@pytest.fixture
def connector(emulator: Emulator, tmp_path: Path) -> Connector:
    return Connector(emulator.url, tmp_path, NOW)


def wrong(stage: Stage, output: Output, names: Iterator[str] | tuple[str, ...], start: date) -> Json:
    """What is wrong with each of the streams that is not as it should be."""
    found = {name: stage.mistakes(output, name, stage.truth(name, start)) for name in names}
    return {name: mistakes[:3] for name, mistakes in found.items() if mistakes}


def test_every_stream_is_exact_with_every_tenth_answer_a_failure(stage: Stage) -> None:
    stage.emulator.faults.random = RandomFailures(SHARE)

    output = stage.read(production_config(start_date=str(START)), *NAMES)

    assert output.exit_code == 0, output.errors
    assert wrong(stage, output, NAMES, START) == {}
    assert {name: output.statuses[name][-1] for name in NAMES} == dict.fromkeys(NAMES, "COMPLETE")
    assert not [request for request in stage.emulator.requests if request.unknown_params]
    assert len([request for request in stage.emulator.requests if request.fault]) > 0


def test_deleted_objects_come_where_they_are_wanted(stage: Stage) -> None:
    names = (
        "smart_plus_campaigns",
        "smart_plus_ads",
        "gmv_max_campaigns",
        "gmv_max_product_campaign_reports_daily",
        "gmv_max_creative_reports_daily",
    )
    start = date(2025, 12, 1)
    output = stage.read(production_config(start_date=str(start), include_deleted=True), *names)

    assert output.exit_code == 0, output.errors
    for name in names:
        assert stage.mistakes(output, name, stage.truth(name, start, include_deleted=True)) == [], name
    assert not [request for request in stage.emulator.requests if request.code or request.unknown_params]


def test_what_products_earned_before_most_metrics_begin_is_not_left_out(
    streams: dict[str, Json], tmp_path: Path
) -> None:
    now, start, name = "2024-10-05T20:00:00Z", date(2024, 9, 20), "gmv_max_product_reports_daily"
    world = small_world(now=now, options=Options(gmv_max_campaigns_since=date(2023, 9, 1)))
    with Emulator(world) as emulator:
        stage = Stage(Connector(emulator.url, tmp_path, now), emulator, streams)
        output = stage.read(production_config(start_date=str(start)), name)

    assert output.exit_code == 0, output.errors
    assert min(record["stat_time_day"] for record in output.records[name])[:10] == str(start)
    assert wrong(stage, output, (name,), start) == {}


def test_identities_of_a_business_center_come_with_what_they_may_be_used_for_if_tiktok_tells(stage: Stage) -> None:
    config, truth = production_config(start_date=str(START)), stage.truth("identities", START)
    refused, *others = sorted({key for key, row in truth.items() if row["identity_type"] == BC_AUTH_TT})
    assert others

    told = stage.read(config, "identities")
    account = stage.world.accounts[str(truth[refused]["advertiser_id"])]
    account.fields["owner_bc_id"] = "7000000000000000009"  # So that it may not ask for those of the former.
    untold = stage.read(config, "identities")

    assert stage.mistakes(told, "identities", truth) == []
    assert untold.exit_code == 0, untold.errors
    (line,) = untold.complaints("without what they may be used for")
    assert account.advertiser_id in line
    held = stage.held("identities", untold)
    assert held.keys() == truth.keys()
    assert "available_status" not in held[refused]
    elsewhere = [key for key in others if truth[key]["advertiser_id"] != truth[refused]["advertiser_id"]]
    assert elsewhere
    assert {held[key]["available_status"] for key in elsewhere} == {"AVAILABLE"}


def test_no_personal_data_gets_out(stage: Stage) -> None:
    names = ("identities", "business_center_assets", "advertiser_balances")

    output = stage.read(production_config(start_date=str(START)), *names)

    for name in names:
        assert output.records[name]
        assert not PRIVATE & {field for record in output.records[name] for field in record}


def test_what_tiktok_refuses_ends_with_a_sentence_and_touches_no_other_stream(stage: Stage) -> None:
    refused = {
        "gmv_max_stores": "gmv_max/store/list/",
        "gmv_max_advertiser_reports_daily": "gmv_max/store/list/",
        "gmv_max_products": "gmv_max/store/list/",
        "catalogs": "bc/get/",
        "business_center_account_costs_daily": "bc/get/",
        "business_centers": "bc/get/",
        "saved_audiences": "dmp/saved_audience/list/",
        "smart_plus_ads": "smart_plus/ad/get/",
    }
    for endpoint in set(refused.values()):
        stage.emulator.access.refuse(40001, endpoint=endpoint)
    stage.world.options = Options(inferred_groupings="refused")
    inferred = "ads_audience_reports_by_language_daily"
    others = ("campaigns", "pixels", "smart_plus_campaigns", "ads_audience_reports_by_platform_daily")

    output = stage.read(production_config(start_date=str(START)), *refused, inferred, *others)

    assert output.exit_code == 1
    for name, words in {**refused, inferred: "leave the stream out"}.items():
        assert output.statuses[name][-1] == "INCOMPLETE", name
        (error,) = [one for one in output.errors if one.get("stream_descriptor", {}).get("name") == name]
        assert words in error["message"], name
    assert wrong(stage, output, others, START) == {}
    assert {output.statuses[name][-1] for name in others} == {"COMPLETE"}


def test_a_state_goes_on_where_it_was_per_shop_and_business_center(
    stage: Stage, connector: Connector, emulator: Emulator
) -> None:
    config = production_config(start_date="2025-12-20", attribution_window=1)
    first = stage.read(config, *INCREMENTAL)
    assert first.exit_code == 0, first.errors
    asked_before = len(emulator.requests)

    emulator.clock.set(LATER)
    stage.connector = connector.beside("later", now=LATER)
    account = next(iter(stage.world.accounts))
    alive = next(one for one in stage.world.shops.campaigns(account) if not one.deleted)
    stage.world.shops.touch(alive.campaign_id, name="Renamed")
    second = stage.read(config, *INCREMENTAL, state=first.last_states)

    assert second.exit_code == 0, second.errors
    for name in INCREMENTAL:
        held, truth = stage.held(name, first, second), stage.truth(name, date(2025, 12, 20))
        assert {key: held.get(key) for key in truth} == truth, name
        assert len(second.records[name]) < len(truth), name
    days = {
        request.params["start_date"]
        for request in emulator.requests[asked_before:]
        if request.endpoint == "gmv_max/report/get/"
    }
    assert min(days) >= "2026-01-13"
