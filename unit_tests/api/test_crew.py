"""As many workers as the limit needs, however long an answer takes: a crew in a world without threads."""

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_tiktok_marketing.api.crew import MOST_WAITING, MOST_WORKERS, Crew
from source_tiktok_marketing.api.limits import LEVELS
from source_tiktok_marketing.api.rate_limits import HEADROOM, Allowance
from source_tiktok_marketing.api.sharing import Waiting

UNPACKING = 0.015
PAGES = 3  # Of a slice: a worker may go behind its last one.


class Trial:
    """A crew that reads without end: slots of the real allowance, answers of a given time, one page at a time.

    Args:
        level: The app's level.
        answer: How long the next answer takes, by the time of the trial.
        number: Workers, if fixed.
        unpacking: How long a page is unpacked.
    """

    def __init__(
        self, level: str, answer: Callable[[float], float], number: int | None = None, unpacking: float = UNPACKING
    ) -> None:
        self.now = 0.0
        self.slowdown = 1.0
        self.sent: list[float] = []
        self.under_way = 0
        self.most_under_way = self.largest = 0
        self._answer, self._unpacking = answer, unpacking
        self._unpacked_at = 0.0
        self._allowance = Allowance(LEVELS[level])
        self._waiting = Waiting()
        self._order = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self.crew = Crew(lambda: self._at(self.now, self._worker(PAGES)), self._waiting, number)
        self.crew.begin()

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._events[0][0] < until:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
        self.now = until

    def rate(self, since: float) -> float:
        """Requests a second."""
        return sum(moment >= since for moment in self.sent) / (self.now - since)

    def _at(self, moment: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), happen))

    def _worker(self, pages: int) -> Callable[[], None]:
        def ask() -> None:
            self._waiting.__enter__()
            slot = max(self.now, self._allowance.slot())
            self._allowance.reserve(slot, self.slowdown)
            self._at(slot, send)

        def send() -> None:
            if (free_at := self._allowance.free_at()) > self.now:
                self._at(free_at, send)
                return
            self._waiting.__exit__()
            self._allowance.note(self.now)
            self.sent.append(self.now)
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            self.crew.add_if_short()
            self.largest = max(self.largest, self.crew.size)
            self._at(self.now + self._answer(self.now), arrive)

        def arrive() -> None:
            self.under_way -= 1
            self._waiting.__enter__()
            self._unpacked_at = max(self.now, self._unpacked_at)
            self._at(self._unpacked_at, unpack)
            self._unpacked_at += self._unpacking

        def unpack() -> None:
            self._waiting.__exit__()
            self._at(self.now + self._unpacking, next_page)

        def next_page() -> None:
            if pages > 1:
                self._worker(pages - 1)()
            elif self.crew.has_one_too_many:
                self.crew.leave()
            else:
                self._worker(PAGES)()

        return ask


@settings(max_examples=60)
@given(
    level=st.sampled_from(list(LEVELS)),
    seconds=st.floats(0.05, 10),
    spread=st.floats(0, 0.5),
    seed=st.integers(0, 1000),
)
def test_whatever_an_answer_takes_the_limit_is_used_up_and_kept(
    level: str, seconds: float, spread: float, seed: int
) -> None:
    random = Random(seed)
    trial = Trial(level, lambda _: seconds * random.uniform(1 - spread, 1 + spread))
    trial.run(until=120)

    per_second = LEVELS[level].per_second
    reachable = min(per_second, (MOST_WORKERS - MOST_WAITING) / (seconds + UNPACKING))
    assert trial.rate(since=30) >= 0.95 * reachable
    assert trial.rate(since=30) <= per_second
    assert trial.most_under_way <= trial.largest <= MOST_WORKERS


@pytest.mark.parametrize(
    ("seconds", "most"), [(0.05, 1 + MOST_WAITING), (0.3, 4 + MOST_WAITING), (2, 21 + MOST_WAITING), (5, 64)]
)
def test_there_are_hardly_more_workers_than_an_answer_needs(seconds: float, most: int) -> None:
    trial = Trial("Basic", lambda _: seconds)
    trial.run(until=60)

    assert trial.largest <= most
    assert trial.rate(since=10) >= 0.97 * HEADROOM * 10


def test_a_sync_begins_at_the_full_pace() -> None:
    trial = Trial("Basic", lambda _: 5)
    trial.run(until=5)

    assert len(trial.sent) >= 0.95 * 5 * 10


def test_workers_become_more_when_answers_become_slow_and_fewer_when_they_become_quick() -> None:
    trial = Trial("Premium", lambda now: 2 if 30 <= now < 60 else 0.1)
    sizes = []
    for second in (29, 59, 90):
        trial.run(until=second)
        sizes.append(trial.crew.size)

    assert sizes[1] >= 55
    assert max(sizes[0], sizes[2]) <= 3 + 2 * MOST_WAITING


def test_after_throttling_requests_under_way_and_workers_are_fewer() -> None:
    trial = Trial("Basic", lambda _: 4)
    trial.run(until=30)
    usual, size = trial.under_way, trial.crew.size
    trial.slowdown = 4
    trial.run(until=90)

    assert trial.under_way <= usual / 3
    assert trial.crew.size <= size / 2


def test_where_unpacking_is_the_limit_more_requests_are_not_sent() -> None:
    trial = Trial("Ultimate", lambda _: 0.3, unpacking=0.1)
    trial.run(until=60)

    assert trial.rate(since=10) >= 0.95 / 0.1
    assert trial.largest <= 4 + 2 * MOST_WAITING


@pytest.mark.parametrize("number", [1, 4, 20])
def test_a_number_that_the_user_chose_stays(number: int) -> None:
    trial = Trial("Basic", lambda now: 5 if now < 30 else 0.05, number)
    sizes = []
    for second in (1, 30, 60):
        trial.run(until=second)
        sizes.append(trial.crew.size)

    assert sizes == [number] * 3
    assert trial.most_under_way <= number
