"""One budget for the whole process: paced, within every limit, and paused as a whole when TikTok throttles."""

from itertools import pairwise
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date

from source_tiktok_marketing.api.limits import ENDPOINTS, LEVELS, SANDBOX, WHOLE, Limit, Limits
from source_tiktok_marketing.api.rate_limits import CLOCK_TOLERANCE, SAME_BREACHES, RequestBudget
from source_tiktok_marketing.clock import Clock
from unit_tests.builders import ACCOUNT, OTHER_ACCOUNT, VirtualClock

AD, REPORT, GMV_MAX = "ad/get/", "report/integrated/get/", "gmv_max/report/get/"
MINUTES, HOURS = 60.0, 3600.0
TO_MIDNIGHT = 12 * HOURS + CLOCK_TOLERANCE  # The clock of the tests shows noon UTC.
BASIC = LEVELS["Basic"]


def budget_of(level: str, clock: Clock, share: int = WHOLE, *, sandbox: bool = False) -> RequestBudget:
    return RequestBudget(clock, Limits.of(level, share, sandbox=sandbox))


@pytest.fixture
def budget(clock: VirtualClock) -> RequestBudget:
    return budget_of("Basic", clock)


# TikTok's page on rate limits.


@pytest.mark.parametrize(
    ("level", "limits"),
    [
        ("Basic", (10, 600, 864_000)),
        ("Advanced", (20, 1_200, 1_728_000)),
        ("Premium", (30, 1_800, 2_592_000)),
        ("Ultimate", (50, 3_000, 4_320_000)),
    ],
)
def test_the_limits_of_a_level_are_tiktoks(level: str, limits: tuple[float, int, int]) -> None:
    assert LEVELS[level] == Limit(*limits)


@pytest.mark.parametrize(
    ("level", "limits"),
    [
        ("Basic", (8, 240, 20_000)),
        ("Advanced", (12, 360, 30_000)),
        ("Premium", (20, 600, 50_000)),
        ("Ultimate", (20, 600, 50_000)),
    ],
)
def test_some_endpoints_have_limits_of_their_own(level: str, limits: tuple[float, int, int]) -> None:
    assert ENDPOINTS[level] == {GMV_MAX: Limit(*limits), "report/task/create/": Limit(2, 60, 4_500)}


def test_of_what_is_said_about_the_sandbox_the_lowest_counts() -> None:
    assert Limit(1, 30, 1_000) == SANDBOX


# Pace


def busiest(times: list[float], seconds: float) -> int:
    """Most requests in any span of that length."""
    return max(sum(start <= time < start + seconds for time in times) for start in times)


@settings(max_examples=25)
@given(level=st.sampled_from(list(LEVELS)), gaps=st.lists(st.floats(0, 3), min_size=30, max_size=60))
def test_whatever_the_demand_no_second_sees_more_requests_than_allowed(level: str, gaps: list[float]) -> None:
    clock = VirtualClock()
    budget = budget_of(level, clock)
    times = []
    for gap in gaps:
        clock.sleep(gap)
        times.append(budget.acquire(AD))

    assert busiest(times, 1) <= LEVELS[level].per_second


@settings(max_examples=10)
@given(
    limit=st.builds(Limit, st.sampled_from([1.0, 5.0]), st.integers(10, 40), st.integers(50, 90)),
    gaps=st.lists(st.floats(0, 3), min_size=50, max_size=110),
)
def test_whatever_the_demand_no_minute_and_no_day_sees_more_requests_than_allowed(
    limit: Limit, gaps: list[float]
) -> None:
    clock = VirtualClock()
    budget = RequestBudget(clock, Limits(limit))
    times = []
    for gap in gaps:
        clock.sleep(gap)
        times.append(budget.acquire(AD))

    if limit.per_second * 60 > limit.per_minute:
        assert busiest(times, 60) <= limit.per_minute
        assert busiest(times, 24 * HOURS) <= limit.per_day
    assert busiest(times, 1) <= limit.per_second


@pytest.mark.parametrize("level", LEVELS)
def test_under_demand_at_least_95_percent_of_the_limit_are_used_and_evenly(
    level: str, clock: VirtualClock
) -> None:
    budget = budget_of(level, clock)
    times = [budget.acquire(AD) for _ in range(1001)]
    gaps = [later - earlier for earlier, later in pairwise(times)]

    assert min(gaps) == pytest.approx(max(gaps))
    assert 0.95 <= 1000 / (times[-1] - times[0]) / LEVELS[level].per_second <= 1


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("endpoint", ENDPOINTS["Basic"])
def test_of_an_endpoints_own_limit_at_least_95_percent_are_used(
    level: str, endpoint: str, clock: VirtualClock
) -> None:
    budget = budget_of(level, clock)
    per_minute = ENDPOINTS[level][endpoint].per_minute
    times = [budget.acquire(endpoint) for _ in range(4 * per_minute + 1)]

    assert 4 * per_minute / (times[-1] - times[0]) * 60 >= 0.95 * per_minute
    assert busiest(times, 60) <= per_minute
    assert busiest(times, 1) <= ENDPOINTS[level][endpoint].per_second


@settings(max_examples=50)
@given(level=st.sampled_from(list(LEVELS)), delays=st.lists(st.floats(0, 0.2), min_size=60, max_size=120))
def test_a_thread_that_wakes_late_does_not_fill_a_second(level: str, delays: list[float]) -> None:
    clock = VirtualClock()
    late = iter(delays)

    def oversleep(_: object = None) -> None:
        clock.sleep(next(late, 0.0))

    budget = budget_of(level, clock)
    times = []
    for _ in delays:
        clock.meanwhile = oversleep
        times.append(budget.acquire(AD))

    assert busiest(times, 1.02) <= LEVELS[level].per_second, "on their way, requests bunch"


def test_an_idle_budget_does_not_save_up_for_a_burst(clock: VirtualClock, budget: RequestBudget) -> None:
    budget.acquire(AD)
    clock.sleep(60)
    first, second = budget.acquire(AD), budget.acquire(AD)

    assert second - first > 0.1


def test_all_endpoints_share_the_apps_limit(budget: RequestBudget) -> None:
    times = [budget.acquire(endpoint) for _ in range(20) for endpoint in (AD, REPORT)]
    assert busiest(times, 1) <= BASIC.per_second


def test_an_endpoint_with_a_limit_of_its_own_keeps_that_too(budget: RequestBudget) -> None:
    times = [budget.acquire(GMV_MAX) for _ in range(300)]

    assert busiest(times, 1) <= 8
    assert busiest(times, 60) <= 240


@pytest.mark.parametrize("level", LEVELS)
def test_one_account_is_asked_for_one_thing_at_most_20_times_a_second(level: str, clock: VirtualClock) -> None:
    budget = budget_of(level, clock)
    times = [budget.acquire(AD, ACCOUNT) for _ in range(401)]

    assert busiest(times, 1) <= 20
    assert 400 / (times[-1] - times[0]) >= 0.95 * min(20, LEVELS[level].per_second)


def test_one_account_is_asked_for_different_things_at_the_apps_own_pace(clock: VirtualClock) -> None:
    budget = budget_of("Ultimate", clock)
    times = [budget.acquire(endpoint, ACCOUNT) for _ in range(100) for endpoint in (AD, REPORT, "campaign/get/")]

    assert 299 / (times[-1] - times[0]) >= 0.95 * LEVELS["Ultimate"].per_second


def test_who_waits_for_a_narrow_limit_holds_no_slot_that_others_could_use(clock: VirtualClock) -> None:
    budget = budget_of("Ultimate", clock)
    others: list[float] = []
    first = budget.acquire(AD, ACCOUNT)
    clock.meanwhile = lambda: others.append(budget.acquire(AD, OTHER_ACCOUNT))

    second = budget.acquire(AD, ACCOUNT)

    assert second - first >= 1 / 20
    assert others[0] - first < 1.1 / LEVELS["Ultimate"].per_second


def test_in_the_sandbox_every_endpoint_has_a_limit_for_itself(clock: VirtualClock) -> None:
    budget = budget_of("Basic", clock, sandbox=True)
    times = {AD: [], REPORT: []}
    for _ in range(40):
        for endpoint, moments in times.items():
            moments.append(budget.acquire(endpoint))

    for moments in times.values():
        assert busiest(moments, 1) <= 1
        assert busiest(moments, 60) <= 30
    assert min(abs(ad - report) for ad, report in zip(*times.values(), strict=True)) < 0.5


# Shares of a limit


WHOLE_REQUESTS = st.sampled_from(
    [(100,), (50, 50), (30, 30, 40), (20, 30, 50), (10, 20, 30, 40), (10,) * 10, (90, 10), (60, 20, 20)]
)
ANY_SHARES = st.lists(st.integers(10, 60), min_size=1, max_size=6).filter(lambda shares: sum(shares) <= WHOLE)


def times_of(level: str, share: int, starts_at: float, endpoint: str = AD) -> list[float]:
    """When a process with that share sends its requests of a minute and a half."""
    clock = VirtualClock()
    clock.sleep(starts_at)
    budget = budget_of(level, clock, share)
    times = [budget.acquire(endpoint)]
    while times[-1] - times[0] < 90:
        times.append(budget.acquire(endpoint))
    return times


@settings(max_examples=15)
@given(level=st.sampled_from(list(LEVELS)), shares=WHOLE_REQUESTS, starts=st.lists(st.floats(0, 1), min_size=10))
def test_processes_that_share_a_limit_use_it_up_and_are_never_refused(
    level: str, shares: tuple[int, ...], starts: list[float]
) -> None:
    times = [times_of(level, share, start) for share, start in zip(shares, starts, strict=False)]
    merged = sorted(moment for moments in times for moment in moments)

    assert busiest(merged, 1) <= LEVELS[level].per_second
    rates = [(len(moments) - 1) / (moments[-1] - moments[0]) for moments in times]
    assert sum(rates) >= 0.95 * LEVELS[level].per_second


@settings(max_examples=15)
@given(
    level=st.sampled_from(list(LEVELS)),
    shares=ANY_SHARES,
    starts=st.lists(st.floats(0, 1), min_size=6, max_size=6),
)
def test_whatever_the_shares_no_second_sees_more_requests_than_allowed(
    level: str, shares: list[int], starts: list[float]
) -> None:
    times = [times_of(level, share, start) for share, start in zip(shares, starts, strict=False)]
    merged = sorted(moment for moments in times for moment in moments)

    assert busiest(merged, 1) <= LEVELS[level].per_second


def test_a_share_is_one_of_the_limits_of_endpoints_too() -> None:
    times = sorted(moment for share in (50, 25, 25) for moment in times_of("Basic", share, 0, GMV_MAX))

    assert busiest(times, 1) <= 8
    assert busiest(times, 60) <= 240


@pytest.mark.parametrize(
    ("share", "part"),
    [
        (100, Limit(10, 600, 864_000)),
        (50, Limit(5, 300, 432_000)),
        (33, Limit(3, 198, 285_120)),
        (1, Limit(0.1, 6, 8_640)),
    ],
)
def test_a_share_is_rounded_down_to_whole_requests_but_never_to_none(share: int, part: Limit) -> None:
    assert BASIC.part(share) == part


@pytest.mark.parametrize("sandbox", [True, False])
def test_the_smallest_share_still_moves(sandbox: bool, clock: VirtualClock) -> None:
    budget = budget_of("Basic", clock, 1, sandbox=sandbox)
    times = [budget.acquire(AD) for _ in range(3)]

    assert times[-1] - times[0] <= 2 * 110


def test_many_threads_share_one_pace() -> None:
    clock = Clock(speed=100)
    budget = budget_of("Basic", clock)
    started = clock.monotonic()
    moments: list[float] = []
    threads = [Thread(target=lambda: moments.extend(budget.acquire(AD) for _ in range(5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(moments) == 40
    assert busiest(sorted(moments), 1) <= BASIC.per_second
    assert clock.monotonic() - started >= 39 / BASIC.per_second


# Pauses


def pause_after(budget: RequestBudget, clock: VirtualClock, message: str = "") -> float:
    """Seconds until the next request goes out after a throttle answer."""
    sent_at = budget.acquire(AD)
    throttled_at = clock.monotonic()
    budget.throttled(sent_at, message)
    return budget.acquire(AD) - throttled_at


def test_breach_after_breach_the_pause_is_that_of_the_second_the_minute_and_the_day(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    pauses = [pause_after(budget, clock) for _ in range(SAME_BREACHES + 2)]

    assert pauses[:SAME_BREACHES] == pytest.approx([1] * SAME_BREACHES, abs=1)
    assert pauses[-2] == pytest.approx(5 * MINUTES, abs=2)
    assert pauses[-1] == pytest.approx(TO_MIDNIGHT - 5 * MINUTES, abs=10)
    assert str(clock.now().date()) == "2024-02-11"
    assert pause_after(budget, clock) == pytest.approx(24 * HOURS, abs=10)


@pytest.mark.parametrize(
    ("message", "pause"),
    [
        ("App reaches the QPS limit.", 1),
        ("Advertiser reaches QPS limit 20 for current path", 1),
        ("App reaches the QPM limit.", 5 * MINUTES),
        ("Too many requests per minute.", 5 * MINUTES),
        ("Too many requests per day.", TO_MIDNIGHT),
        ("App reaches the QPD limit.", TO_MIDNIGHT),
        ("The daily limit is used up.", TO_MIDNIGHT),
        ("Due to too many requests, requests from App 7 are temporarily restricted.", 1),
        ("", 1),
    ],
)
def test_a_limit_that_tiktok_names_is_waited_for_from_the_first_breach(
    message: str, pause: float, clock: VirtualClock, budget: RequestBudget
) -> None:
    assert pause_after(budget, clock, message) == pytest.approx(pause, abs=1)


def test_a_clock_that_is_ahead_of_tiktoks_does_not_cost_another_day(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    pause_after(budget, clock, "App reaches the QPD limit.")

    assert clock.now().subtract(seconds=50).date() == Date(2024, 2, 11)


def test_the_first_pause_is_at_least_as_long_as_the_limit_needs(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    assert min(pause_after(budget, clock) for _ in range(SAME_BREACHES)) >= 1
    assert pause_after(budget, clock) >= 5 * MINUTES


@pytest.mark.parametrize(
    ("name", "pauses"),
    [
        ("QPS", [1, 1, 1, 300, 300, 300]),
        ("per second", [1, 1, 1, 300, 300, 300]),
        ("QPM", [300, 300, 300, TO_MIDNIGHT]),
        ("QPD", [TO_MIDNIGHT]),
    ],
)
def test_a_name_for_the_limit_is_believed_until_its_penalty_has_not_helped_for_some_times(
    name: str, pauses: list[float], clock: VirtualClock, budget: RequestBudget
) -> None:
    found = [pause_after(budget, clock, f"App reaches the {name} limit.") for _ in pauses]
    before_midnight = [pause for pause in pauses if pause != TO_MIDNIGHT]
    assert found[: len(before_midnight)] == pytest.approx(before_midnight, abs=3)
    if before_midnight != pauses:
        assert found[-1] == pytest.approx(TO_MIDNIGHT - sum(before_midnight), abs=20)


def test_a_success_makes_the_next_breach_a_first_one(clock: VirtualClock, budget: RequestBudget) -> None:
    for _ in range(SAME_BREACHES + 1):
        pause_after(budget, clock)
    budget.succeeded(budget.acquire(AD))

    assert pause_after(budget, clock) == pytest.approx(1, abs=1)


def test_requests_on_their_way_when_a_pause_begins_do_not_lengthen_it(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    sent = [budget.acquire(AD) for _ in range(8)]
    throttled_at = clock.monotonic()
    for moment in sent:
        budget.throttled(moment)

    assert budget.acquire(AD) - throttled_at == pytest.approx(1, abs=1)
    assert pause_after(budget, clock) == pytest.approx(1, abs=1), "eight answers were one breach"


def test_successes_on_their_way_when_a_pause_begins_do_not_end_the_series_of_breaches(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    for _ in range(SAME_BREACHES - 1):
        pause_after(budget, clock)
    sent = [budget.acquire(AD) for _ in range(8)]
    budget.throttled(sent[-1])
    for moment in sent[:-1]:
        budget.succeeded(moment)

    assert pause_after(budget, clock) == pytest.approx(5 * MINUTES, abs=2)


def test_a_worker_that_waits_for_its_slot_waits_through_a_pause_that_begins_meanwhile(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    sent_at = budget.acquire(AD)
    began: list[float] = []

    def throttle() -> None:
        began.append(clock.monotonic())
        budget.throttled(sent_at)

    clock.meanwhile = throttle
    went_out = budget.acquire(REPORT)

    assert went_out - began[0] >= 1


def test_after_a_breach_requests_come_slower_and_successes_win_nearly_all_of_the_pace_back(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    def gap() -> float:
        return -budget.acquire(AD) + budget.acquire(AD)

    usual = gap()
    pause_after(budget, clock)
    slow = gap()
    paces = []
    for _ in range(200):
        paces.append(gap())
        budget.succeeded(clock.monotonic())

    assert slow >= 1.5 * usual
    assert paces == pytest.approx(sorted(paces, reverse=True))
    assert usual < paces[-1] < 1.05 * usual


def test_a_way_on_which_requests_bunch_is_given_a_little_more_room_with_each_breach(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    def settled() -> float:
        for _ in range(300):
            budget.acquire(AD)
            budget.succeeded(clock.monotonic())
        return -budget.acquire(AD) + budget.acquire(AD)

    paces = [settled()]
    for _ in range(20):
        pause_after(budget, clock)
        paces.append(settled())

    assert paces[0] < paces[1] < paces[3]
    assert paces[-1] == pytest.approx(1.2 * paces[0])


@pytest.mark.parametrize(("breaches", "slower"), [(1, 2), (2, 4), (3, 8), (5, 8)])
def test_breach_after_breach_the_pace_is_halved_but_not_below_an_eighth(
    breaches: int, slower: float, clock: VirtualClock, budget: RequestBudget
) -> None:
    usual = -budget.acquire(AD) + budget.acquire(AD)
    for _ in range(breaches):
        pause_after(budget, clock)

    assert -budget.acquire(AD) + budget.acquire(AD) == pytest.approx(slower * usual)


def test_a_long_wait_is_announced_every_minute_and_a_short_one_is_not(
    clock: VirtualClock, budget: RequestBudget
) -> None:
    announced: list[float] = []
    budget.announce = lambda: announced.append(clock.monotonic())
    for _ in range(SAME_BREACHES):
        pause_after(budget, clock)
    assert announced == []

    pause_after(budget, clock)
    assert len(announced) == 5
    assert min(later - earlier for earlier, later in pairwise(announced)) >= 60


def test_a_wait_that_several_workers_share_is_announced_once(clock: VirtualClock, budget: RequestBudget) -> None:
    announced: list[float] = []
    budget.announce = lambda: announced.append(clock.monotonic())
    budget.throttled(budget.acquire(AD), "App reaches the QPM limit.")

    def another_worker() -> None:
        budget.acquire(REPORT)

    clock.meanwhile = another_worker
    budget.acquire(AD)

    assert len(announced) >= 5
    assert min(later - earlier for earlier, later in pairwise(announced)) >= 60


def test_every_pause_is_told_with_tiktoks_words(
    clock: VirtualClock, budget: RequestBudget, caplog: pytest.LogCaptureFixture
) -> None:
    pause_after(budget, clock, "App reaches the QPS limit.")
    pause_after(budget, clock, "App reaches the QPM limit.")

    assert [record.getMessage().strip() for record in caplog.records if record.levelname == "WARNING"] == [
        "TikTok throttles the app: all requests pause for 1 s. App reaches the QPS limit.",
        "TikTok throttles the app: all requests pause for 300 s. App reaches the QPM limit.",
    ]
