"""Each account has its own days, its own objects, and its own name on every record."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import pytest

from integration_tests.conftest import NOW
from integration_tests.connector import (
    Connector,
    Json,
    Output,
    configured,
    production_config,
    sandbox_config,
    side_by_side,
)
from integration_tests.tiktok_emulator import (
    PRODUCTION_TOKEN,
    Emulator,
    LoggedRequest,
    Token,
    World,
    actions,
)
from integration_tests.truth import days, days_asked, expected, last_day, mistakes, production_accounts

# Before the accounts of the small world, which are 90 days old, were created.
START = date(2023, 12, 1)
TOMORROW_UTC = date(2024, 3, 16)
REPORT = "advertisers_reports_daily"
ENDPOINT = "report/integrated/get/"
INFO, LIST = "advertiser/info/", "oauth2/advertiser/get/"
CONFIG = production_config(start_date=str(START))
OBJECTS = ("campaigns", "ad_groups", "ads")


def birthday(world: World, account: str) -> date:
    return world.accounts[account].local_day(world.accounts[account].created)


def own_days(world: World, account: str) -> list[date]:
    """What there is to ask for of an account that TikTok tells about."""
    return days(birthday(world, account), last_day(world, account))


def asked_of(requests: list[LoggedRequest], endpoint: str) -> list[LoggedRequest]:
    return [request for request in requests if request.endpoint == endpoint]


# What TikTok tells about an account, or not


def test_an_account_whose_information_is_refused_is_read_until_tomorrow_utc_without_a_birthday(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    refused, told = production_accounts(world)
    emulator.access.refuse(40001, advertiser_id=refused, endpoint=INFO)

    output = connector.read(CONFIG, configured(list(streams.values()), REPORT, "campaigns", "advertisers"))

    assert output.exit_code == 0, output.errors
    assert days_asked(emulator.requests, streams[REPORT]) == {
        refused: days(START, TOMORROW_UTC),
        told: own_days(world, told),
    }
    for name in (REPORT, "campaigns"):
        assert not mistakes(streams[name], output.records[name], expected(world, streams[name], START))
    advertisers = expected(world, streams["advertisers"], START, accounts=[told])
    assert not mistakes(streams["advertisers"], output.records["advertisers"], advertisers)
    days_warning, summary, left_out = sorted(output.complaints(refused))
    assert days_warning.startswith(f"Account {refused} is read until tomorrow UTC")
    assert summary.startswith("Left out: advertisers, ")
    assert left_out.startswith("advertisers: ")
    assert not output.complaints(told)


def test_reports_are_read_although_the_information_of_every_account_is_refused(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    emulator.access.refuse(40125, endpoint=INFO)

    output = connector.read(CONFIG, configured(list(streams.values()), REPORT, "campaigns", "advertisers"))

    accounts = production_accounts(world)
    assert days_asked(emulator.requests, streams[REPORT]) == dict.fromkeys(accounts, days(START, TOMORROW_UTC))
    for name in (REPORT, "campaigns"):
        assert not mistakes(streams[name], output.records[name], expected(world, streams[name], START))
        assert output.statuses[name][-1] == "COMPLETE"
    assert output.exit_code == 1
    assert output.statuses["advertisers"] == ["STARTED", "INCOMPLETE"]
    assert {error["failure_type"] for error in output.errors} == {"config_error"}
    assert all(INFO in error["message"] for error in output.errors)


def test_a_display_time_zone_that_nobody_knows_gives_way_to_the_other_and_both_unknown_to_tomorrow_utc(
    connector: Connector, streams: dict[str, Json]
) -> None:
    world = World(now=NOW)
    # Half past midnight of the 16th in Tokyo; still the 15th at UTC-8, which POSIX writes as GMT+8.
    world.clock.set("2024-03-15T15:30:00Z")
    west = {"zone": "Etc/GMT+8", "history_days": 60}
    place = world.add_account("Place", "Asia/Tokyo", timezone="Etc/GMT+8", history_days=60).advertiser_id
    posix = world.add_account("Posix", "Mars/Olympus_Mons", timezone="Etc/GMT+8", **west).advertiser_id
    lost = world.add_account("Lost", "Mars/Olympus_Mons", timezone="GMT/8+Etc", **west).advertiser_id

    with Emulator(world) as emulator:
        own = connector.beside("zones", api=emulator.url, now="2024-03-15T15:30:00Z")
        output = own.read(CONFIG, configured([streams[REPORT]]))

    assert output.exit_code == 0, output.errors
    asked = days_asked(emulator.requests, streams[REPORT])
    assert {account: span[-1] for account, span in asked.items()} == {
        place: date(2024, 3, 16),
        posix: date(2024, 3, 15),
        lost: TOMORROW_UTC,
    }
    assert not mistakes(streams[REPORT], output.records[REPORT], expected(world, streams[REPORT], START))
    (warning,) = output.complaints("time zone")
    assert lost in warning
    assert "Mars/Olympus_Mons" in warning


def test_nothing_is_asked_for_before_an_account_was_created_in_its_own_time_zone(
    connector: Connector, streams: dict[str, Json]
) -> None:
    world = World(now=NOW)
    # Created at 20:00 UTC: the day after in Kiritimati, the day itself in Pago Pago.
    east = world.add_account("East", "Pacific/Kiritimati", history_days=40).advertiser_id
    west = world.add_account("West", "Pacific/Pago_Pago", history_days=40).advertiser_id
    today = world.add_account("Today", "Europe/Berlin", history_days=0).advertiser_id
    names = (REPORT, "advertisers_reports_hourly", "advertisers_audience_reports_lifetime")

    with Emulator(world) as emulator:
        own = connector.beside("births", api=emulator.url)
        output = own.read(CONFIG | {"skip_silent_days": False}, configured(list(streams.values()), *names))

    assert output.exit_code == 0, output.errors
    assert [birthday(world, account) for account in (east, west, today)] == [
        date(2024, 2, 5),
        date(2024, 2, 4),
        date(2024, 3, 15),
    ]
    for name in names:
        assert days_asked(emulator.requests, streams[name]) == {
            account: own_days(world, account) for account in (east, west, today)
        }
        assert not mistakes(streams[name], output.records[name], expected(world, streams[name], START))


def test_the_sandbox_is_read_from_the_start_date_although_its_account_is_younger(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    (account,) = [one.advertiser_id for one in world.accounts.values() if one.sandbox]
    config = sandbox_config(account, start_date="2020-12-10", end_date="2020-12-31")
    stream = streams["campaigns_reports_daily"]

    output = connector.read(config, configured([stream]))

    assert output.exit_code == 0, output.errors
    assert birthday(world, account) > date(2020, 12, 31)
    assert days_asked(emulator.requests, stream) == {account: days(date(2020, 12, 10), date(2020, 12, 31))}
    truth = expected(world, stream, date(2020, 12, 10), date(2020, 12, 31), accounts=[account])
    assert truth
    assert not mistakes(stream, output.records[stream["name"]], truth)


# Many accounts


@pytest.fixture(scope="module")
def crowd() -> World:
    world = World(now=NOW)
    for number in range(250):
        world.add_account(f"Shop {number}", history_days=20)
    return world


def test_accounts_are_listed_once_and_told_about_by_the_hundred_however_many_streams_need_it(
    connector: Connector, crowd: World, streams: dict[str, Json]
) -> None:
    names = ("advertisers", "advertiser_ids", REPORT, "advertisers_audience_reports_daily")

    with Emulator(crowd) as emulator:
        output = connector.beside("crowd", api=emulator.url).read(
            CONFIG | {"start_date": "2024-03-10"}, configured(list(streams.values()), *names)
        )

    assert output.exit_code == 0, output.errors
    assert len(asked_of(emulator.requests, LIST)) == 1
    chunks = [request.decoded["advertiser_ids"] for request in asked_of(emulator.requests, INFO)]
    assert sorted(map(len, chunks)) == [50, 100, 100]
    assert {account for chunk in chunks for account in chunk} == set(crowd.accounts)
    # Nobody knows how many rows a report will have.
    assert sorted(one["name"] for one in output.estimates) == ["advertiser_ids", "advertisers"]
    assert {(one["type"], one["row_estimate"]) for one in output.estimates} == {("STREAM", 250)}
    for name in names:
        truth = expected(crowd, streams[name], date(2024, 3, 10))
        assert not mistakes(streams[name], output.records[name], truth)


def test_a_permission_that_the_app_lacks_for_all_of_many_accounts_is_not_asked_for_account_by_account(
    connector: Connector, crowd: World, streams: dict[str, Json]
) -> None:
    with Emulator(crowd) as emulator:
        emulator.access.refuse(40001, endpoint=INFO)
        output = connector.beside("refused", api=emulator.url).read(
            CONFIG | {"start_date": "2024-03-15"}, configured([streams[REPORT]])
        )

    assert output.exit_code == 0, output.errors
    assert len(asked_of(emulator.requests, INFO)) < 60
    truth = expected(crowd, streams[REPORT], date(2024, 3, 15))
    assert not mistakes(streams[REPORT], output.records[REPORT], truth)


# Whose is it?


def test_what_several_accounts_share_is_emitted_for_each_of_them_under_its_own_id(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    names = ("audiences", "creative_assets_music", "creative_assets_images", "creative_assets_portfolios")

    output = connector.read(CONFIG | {"start_date": "2020-01-01"}, configured(list(streams.values()), *names))

    assert output.exit_code == 0, output.errors
    accounts = {int(account) for account in production_accounts(world)}
    for name in names:
        truth = expected(world, streams[name], date(2020, 1, 1))
        assert not mistakes(streams[name], output.records[name], truth)
        (key,) = (field for (field,) in streams[name]["source_defined_primary_key"])
        owners: dict[str, set[int]] = {}
        for record in output.records[name]:
            owners.setdefault(record[key], set()).add(int(record["advertiser_id"]))
        assert accounts in owners.values(), f"{name}: nothing is shared, and the test shows nothing"
    assert "SYSTEM" in {
        source for record in output.records["creative_assets_music"] for source in record["sources"]
    }


def test_the_configured_account_is_the_only_one_that_any_stream_reads(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    chosen, other = production_accounts(world)
    start = date(2024, 3, 13)
    config = production_config(start_date=str(start))
    config["credentials"]["advertiser_id"] = chosen

    output = connector.read(config, configured(list(streams.values())))

    assert output.exit_code == 0, output.errors
    wrong = [
        name
        for name, stream in streams.items()
        if mistakes(stream, output.records[name], expected(world, stream, start, accounts=[chosen]))
    ]
    assert wrong == []
    assert not [request for request in emulator.requests if other in str(request.params)]
    assert not [state for state in output.states if other in str(state)]


def test_an_account_that_was_not_granted_is_not_read_and_no_error(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    granted, other = production_accounts(world)
    emulator.access.tokens[PRODUCTION_TOKEN] = Token(advertiser_ids=(granted,))

    output = connector.read(CONFIG, configured(list(streams.values()), REPORT, "campaigns", "advertiser_ids"))

    assert output.exit_code == 0, output.errors
    for name in (REPORT, "campaigns", "advertiser_ids"):
        truth = expected(world, streams[name], START, accounts=[granted])
        assert not mistakes(streams[name], output.records[name], truth)
    assert not [request for request in emulator.requests if other in str(request.params)]


# TopView


def asks_for_top_view(params: Mapping[str, str]) -> bool:
    return "TOP_VIEW" in params.get("filtering", "")


def without_top_view(world: World, stream: Json) -> dict[tuple[object, ...], Json]:
    level = {"campaigns": "campaign", "ad_groups": "adgroup", "ads": "ad"}[stream["name"]]
    hidden = {
        int(entity.entity_id)
        for account in production_accounts(world)
        for entity in world.entities(level, account)
        if entity.buying_type == "RESERVATION_TOP_VIEW"
    }
    assert hidden
    return {key: record for key, record in expected(world, stream, START).items() if key[1] not in hidden}


def test_top_view_objects_are_read_like_all_others(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    account = production_accounts(world)[0]
    campaign = world.add_object("campaign", account, buying_type="RESERVATION_TOP_VIEW")
    for _ in range(101):
        world.add_object("adgroup", campaign.entity_id)

    output = connector.read(CONFIG, configured(list(streams.values()), *OBJECTS))

    assert output.exit_code == 0, output.errors
    for name in OBJECTS:
        truth = expected(world, streams[name], START)
        assert not mistakes(streams[name], output.records[name], truth)
        assert len(without_top_view(world, streams[name])) < len(truth)


def test_an_account_without_top_view_is_no_error(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    def read(code: int) -> Output:
        with Emulator(world) as emulator:
            emulator.faults.add(actions.api(code, "buying_types: No."), where=asks_for_top_view, times=None)
            own = connector.beside(f"refused-{code}", api=emulator.url)
            return own.read(CONFIG, configured(list(streams.values()), *OBJECTS))

    for output in side_by_side(*(partial(read, code) for code in (40002, 40118))):
        assert output.exit_code == 0
        assert not output.errors
        assert not output.complaints()
        for name in OBJECTS:
            assert output.statuses[name][-1] == "COMPLETE"
            assert not mistakes(streams[name], output.records[name], without_top_view(world, streams[name]))
