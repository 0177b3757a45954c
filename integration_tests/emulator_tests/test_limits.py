"""Rate limits on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from integration_tests.emulator_tests.conftest import Client
from integration_tests.tiktok_emulator import Emulator, World, small_world
from integration_tests.tiktok_emulator.clock import Clock
from integration_tests.tiktok_emulator.errors import ApiError
from integration_tests.tiktok_emulator.limits import RateLimits


class Seconds:
    """A monotonic clock that moves on command."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def emulator(world: World, seconds: Seconds) -> Iterator[Emulator]:
    with Emulator(world, tier="Basic", monotonic=seconds) as running:
        yield running


Ask = Callable[..., int]


@pytest.fixture
def ask(seconds: Seconds) -> Ask:
    """Return a function that counts a request and returns its code."""
    clock = Clock("2024-03-15T20:00:00Z")
    tiers: dict[str, RateLimits] = {}

    def count(tier: str = "Basic", endpoint: str = "ad/get/", account: str = "", *, sandbox: bool = False) -> int:
        limits = tiers.setdefault(tier, RateLimits(tier, clock, seconds))
        try:
            limits.check("7", endpoint, account, sandbox=sandbox)
        except ApiError as error:
            return error.code
        return 0

    return count


@pytest.mark.parametrize(("tier", "second"), [("Basic", 10), ("Advanced", 20), ("Premium", 30), ("Ultimate", 50)])
def test_requests_per_second(ask: Ask, seconds: Seconds, tier: str, second: int) -> None:
    assert [ask(tier) for _ in range(second + 1)] == [0] * second + [40100]
    seconds.now += 1
    assert ask(tier) == 0


def test_window_slides(ask: Ask, seconds: Seconds) -> None:
    codes = []
    for step in (0.0, 0.9):
        seconds.now += step
        codes += [ask() for _ in range(5)]
    seconds.now += 0.1
    codes += [ask() for _ in range(6)]
    assert codes == [0] * 15 + [40100]


@pytest.mark.parametrize(("tier", "second"), [("Basic", 10), ("Advanced", 20), ("Premium", 30), ("Ultimate", 50)])
def test_breach_of_the_minute_locks_for_five_minutes(ask: Ask, seconds: Seconds, tier: str, second: int) -> None:
    # One request too many in every second: it is refused and counts, until the minute's 60 x `second` are used up.
    burst = [0] * second + [40100]
    for _ in range(60 * second // (second + 1)):
        seconds.now += 1
        assert [ask(tier) for _ in burst] == burst
    seconds.now += 1
    used_up = [ask(tier) for _ in burst]
    assert used_up.count(0) == 60 * second % (second + 1) < second
    seconds.now += 298
    assert ask(tier) == 40100
    seconds.now += 2
    assert ask(tier) == 0


def test_breach_of_the_day_locks_until_midnight_utc(seconds: Seconds) -> None:
    clock = Clock("2024-03-15T20:00:00Z")
    limits = RateLimits("Basic", clock, seconds)

    def code() -> int:
        seconds.now += 3
        try:
            limits.check("7", "ad/get/", "", sandbox=True)
        except ApiError as error:
            return error.code
        return 0

    codes = [code() for _ in range(1001)]
    assert codes[999:] == [0, 40016]
    clock.set("2024-03-15T23:59:59Z")
    assert code() == 40016
    clock.set("2024-03-16T00:00:00Z")
    assert code() == 0


@pytest.mark.parametrize(
    ("endpoint", "tier", "second"),
    [
        ("report/task/create/", "Ultimate", 2),
        ("gmv_max/report/get/", "Basic", 8),
        ("gmv_max/report/get/", "Advanced", 12),
        ("gmv_max/report/get/", "Ultimate", 20),
    ],
)
def test_endpoints_with_limits_of_their_own(ask: Ask, endpoint: str, tier: str, second: int) -> None:
    assert [ask(tier, endpoint) for _ in range(second + 1)] == [0] * second + [40016]
    assert ask("Ultimate", "ad/get/") == 0


def test_sandbox_answers_one_request_per_second_and_endpoint(ask: Ask, seconds: Seconds) -> None:
    assert [ask(sandbox=True), ask(sandbox=True), ask(endpoint="adgroup/get/", sandbox=True)] == [0, 40016, 0]
    seconds.now += 1
    assert ask(sandbox=True) == 0


def test_advertiser_has_a_limit_per_path(ask: Ask) -> None:
    assert [ask("Ultimate", account="1") for _ in range(21)] == [0] * 20 + [40133]
    assert [ask("Ultimate", account="2"), ask("Ultimate", "adgroup/get/", "1")] == [0, 0]


def test_emulator_enforces_its_tier(client: Client, seconds: Seconds) -> None:
    replies = [client.get("ad/get/", advertiser_id=client.north) for _ in range(11)]
    assert [reply.code for reply in replies] == [0] * 10 + [40100]
    assert replies[-1].message == "App reaches the QPS limit."
    seconds.now += 1
    assert client.get("ad/get/", advertiser_id=client.north).code == 0
    client.emulator.enforce(None)
    assert [client.get("ad/get/", advertiser_id=client.north).code for _ in range(30)] == [0] * 30


def test_without_a_tier_nothing_is_enforced() -> None:
    with Emulator(small_world()) as emulator:
        client = Client(emulator)
        codes = [client.get("ad/get/", advertiser_id=client.north).code for _ in range(30)]
        client.close()
    assert codes == [0] * 30
