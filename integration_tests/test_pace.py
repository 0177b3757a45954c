"""A sync keeps the pace of TikTok's limit however long answers take, and connections may share the limit."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import accumulate

import pytest

from integration_tests.conftest import NOW
from integration_tests.connector import Connector, Json, Output, configured, production_config
from integration_tests.tiktok_emulator import Emulator, LoggedRequest, World, populate
from integration_tests.truth import expected, mistakes

pytestmark = pytest.mark.alone

STREAM, REPORT = "advertisers_reports_hourly", "report/integrated/get/"
LAST_DAY = date(2024, 3, 15)
PER_SECOND = 10
# The limits are enforced in a time that runs at a fifth of its speed for both sides: machines may be busy.
SPEED = 0.2
# Seconds of that time: what an answer takes.
LATENCY = 0.6
# Percent, and the days to read: a request each, so that all are done at the same time.
SHARES = {20: 8, 30: 12, 50: 20}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    world = World(now=NOW)
    for share in SHARES:
        account = world.add_account(f"Share {share}", history_days=100)
        populate(world, account.advertiser_id, campaigns=1, adgroups=1, ads=1, plain=True)
    with Emulator(world, tier="Basic", monotonic=lambda: SPEED * time.monotonic()) as emulator:
        emulator.faults.latency = LATENCY / SPEED
        yield emulator


def config_of(advertiser_id: str, days: int, share: int) -> Json:
    start = str(LAST_DAY - timedelta(days=days - 1))
    config = production_config(start_date=start, rate_limit_share=share, skip_silent_days=False)
    config["credentials"]["advertiser_id"] = advertiser_id
    return config


def rate_of(requests: list[LoggedRequest]) -> float:
    """Requests in a second of the slow time."""
    moments = sorted(request.monotonic for request in requests)
    return (len(moments) - 1) / (moments[-1] - moments[0]) / SPEED


def most_under_way(requests: list[LoggedRequest]) -> int:
    """How many requests waited for their answer at a time."""
    moments = [request.monotonic for request in requests]
    changes = sorted([(moment, 1) for moment in moments] + [(at + LATENCY / SPEED, -1) for at in moments])
    return max(accumulate(change for _, change in changes))


def test_connections_share_a_limit_use_it_up_and_are_never_refused(
    emulator: Emulator, connector: Connector, streams: dict[str, Json]
) -> None:
    def read(account: str, share: int) -> Output:
        environment = {"TIKTOK_MARKETING_CLOCK_SPEED": str(SPEED)}
        own = connector.beside(str(share), api=emulator.url, environment=environment)
        return own.read(config_of(account, SHARES[share], share), configured(list(streams.values()), STREAM))

    accounts = dict(zip(SHARES, emulator.world.accounts, strict=True))
    with ThreadPoolExecutor() as pool:
        outputs = list(pool.map(lambda share: read(accounts[share], share), SHARES))

    assert [output.exit_code for output in outputs] == [0] * len(SHARES)
    assert {request.code for request in emulator.requests} == {0}, "no process was refused"
    reports = {
        share: [r for r in emulator.requests if r.endpoint == REPORT and r.params["advertiser_id"] == account]
        for share, account in accounts.items()
    }
    assert {share: len(requests) for share, requests in reports.items()} == SHARES
    assert sum(map(rate_of, reports.values())) >= 0.95 * PER_SECOND
    assert most_under_way(reports[50]) >= 0.5 * PER_SECOND * LATENCY


def test_where_answers_are_slow_the_pages_of_a_last_window_are_asked_for_side_by_side(
    connector: Connector, streams: dict[str, Json]
) -> None:
    name, seconds, days = "ads_reports_daily", 1.5, 30
    start = LAST_DAY - timedelta(days=days - 1)
    world = World(now=NOW)
    account = world.add_account("Large", history_days=100)
    populate(world, account.advertiser_id, campaigns=10, adgroups=5, ads=5, plain=True)
    config = production_config(start_date=str(start))
    with Emulator(world) as slow:
        slow.faults.latency = seconds
        output = connector.beside("slow", api=slow.url).read(config, configured(list(streams.values()), name))

    first, *others = (request for request in slow.requests if request.endpoint == REPORT)
    pages = sorted(int(request.params["page"]) for request in others)
    assert output.exit_code == 0, output.errors
    assert not mistakes(streams[name], output.records[name], expected(world, streams[name], start))
    assert first.params["page"] == "1"
    assert pages == list(range(2, len(others) + 2)), "each once"
    assert len(pages) >= 5
    assert max(one.monotonic for one in others) - min(one.monotonic for one in others) < seconds
