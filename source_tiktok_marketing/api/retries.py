"""How long to ask again, for each kind of failure that passes.

Patience is per request and per kind of failure, in seconds: those that failed attempts took, and those waited
between them. What other requests met meanwhile counts too: a failure that only one account has is given up sooner
than an outage, and an outage is waited for once, not by every request in turn.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping

from source_tiktok_marketing.api.codes import Action

# Seconds after which to give up.
Patience = Mapping[Action, float]
# An endpoint and the account that it is asked about.
Place = tuple[str, str | None]

# TikTok's maintenance lasts from half an hour to hours.
SYNC_PATIENCE: Patience = {
    Action.RETRY: 600,
    Action.LIGHTEN: 600,
    Action.WAIT_OUT: 4 * 3600,
    Action.THROTTLE: 48 * 3600,
    Action.INTERCEPTED: 10,
}
# A person waits for the result of a check.
CHECK_PATIENCE: Patience = {
    Action.RETRY: 15,
    Action.LIGHTEN: 15,
    Action.WAIT_OUT: 15,
    Action.THROTTLE: 30,
    Action.INTERCEPTED: 5,
}
# The portal advises five minutes of waiting on 5xx; while others are answered, more will not help.
PATIENCE_WHILE_OTHERS_SUCCEED = 300.0
# Where waiting has been in vain, or the size of the query may be to blame.
SHORT_PATIENCE = 4.0
# TikTok blocks a report for ten minutes that has timed out three times, and slows the whole app down.
MOST_TIME_OUTS = 2
PAUSE_AFTER_TIME_OUTS = 600.0
# Two tries of minutes each, that pause, and two more.
PATIENCE_WITH_TIME_OUTS = 1100.0
ENDLESS = float("inf")
HICCUPS = frozenset({Action.RETRY, Action.LIGHTEN})
LONGEST_WAIT = {
    Action.RETRY: 120.0,
    Action.LIGHTEN: 120.0,
    Action.WAIT_OUT: 300.0,
    Action.THROTTLE: 1.0,
    Action.INTERCEPTED: 4.0,
}


class RetryState:
    """One request on its way: how often it failed, and how long that took, by kind of failure.

    Args:
        place: What is asked.
        started: When it was asked first.
        patience: Seconds of hiccups after which whoever asks would rather do something else.
        is_report: Whether TikTok minds that it is repeated after time-outs.
    """

    def __init__(self, place: Place, started: float, patience: float, *, is_report: bool = False) -> None:
        self.place = place
        self.patience = patience
        self.is_report = is_report
        # When it failed last; at first, when it was asked.
        self.latest = started
        # How many of its answers were successes that say nothing.
        self.silences = 0
        # Whether an outage is going on, and how many seconds of hiccups outages have cost.
        self._is_outage = False
        self._lost = 0.0
        self._failures: Counter[Action] = Counter()
        self._spent: defaultdict[Action, float] = defaultdict(float)

    @property
    def next_attempt(self) -> int:
        """Number of the next attempt."""
        return self._failures.total() + 1

    def spent(self, action: Action) -> float:
        """Seconds that this kind of failure has taken so far."""
        return self._spent[action]

    @property
    def is_size_suspect(self) -> bool:
        """Whether it has failed for so long, or timed out so often, that its size may be to blame."""
        return self._is_used_up or self._hiccups - self._lost >= SHORT_PATIENCE

    @property
    def _hiccups(self) -> float:
        return sum(self._spent[action] for action in HICCUPS)

    def blame_outage(self) -> None:
        """Note that not even a light question was answered: what failed so far says nothing of the size."""
        self._is_outage = True

    @property
    def _is_used_up(self) -> bool:
        """Whether TikTok would punish another attempt before a pause."""
        time_outs = self._failures[Action.LIGHTEN]
        return self.is_report and time_outs > 0 and time_outs % MOST_TIME_OUTS == 0

    def pause(self, action: Action) -> float:
        """Seconds that TikTok wants to be left alone with this request."""
        return PAUSE_AFTER_TIME_OUTS if action is Action.LIGHTEN and self._is_used_up else 0.0

    def failed(self, action: Action, seconds: float) -> None:
        """Note an attempt that failed, and the seconds that it took."""
        self._failures[action] += 1
        self._spent[action] += seconds

    def next_wait(self, action: Action) -> float:
        """Seconds until the next attempt: doubling from one, with jitter that keeps the workers out of step."""
        doubled = 2.0 ** min(self._failures[action] - 1, 10)
        return self.pause(action) + min(doubled, LONGEST_WAIT[action]) * random.uniform(0.75, 1.25)

    def waited(self, action: Action, seconds: float) -> None:
        """Note the seconds of the wait behind a failure."""
        self._spent[action] += seconds
        if self._is_outage:
            self._is_outage, self._lost = False, self._hiccups


class RetryPolicy:
    """What all requests of the process have met lately; it decides how long the next one is waited for.

    Args:
        patience: How long to ask again, at most.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._succeeded_at = float("-inf")
        # What was waited for in vain while no request succeeded: the next ones need not wait for it at all.
        self._outages: set[Action] = set()
        # The same for an endpoint of one account, while others succeed.
        self._given_up: defaultdict[Place, set[Action]] = defaultdict(set)

    def succeeded(self, retry: RetryState, at: float) -> None:
        """Note a request that was answered: nothing is known against its like any more."""
        self._succeeded_at = at
        self._outages.clear()
        self._given_up.pop(retry.place, None)

    def is_over(self, retry: RetryState, action: Action, at: float, ahead: float) -> bool:
        """Note that a request failed; whether the patience with it is used up.

        Args:
            retry: The request.
            action: The kind of failure.
            at: When it failed.
            ahead: Seconds that it would have to wait at least.
        """
        others_succeed = self._succeeded_at > retry.latest
        retry.latest = at
        due = retry.spent(action) + ahead
        if due < self._limit(retry, action, others_succeed=others_succeed):
            return action in HICCUPS and due >= retry.patience
        if others_succeed:
            self._given_up[retry.place].add(action)
        else:
            self._outages.add(action)
        return True

    def _limit(self, retry: RetryState, action: Action, *, others_succeed: bool) -> float:
        limit = self._patience[action]
        if not others_succeed and action in self._outages:
            return 0.0
        if others_succeed and action in self._given_up.get(retry.place, ()):
            return min(SHORT_PATIENCE, limit)
        if retry.is_report and action is Action.LIGHTEN:
            return PATIENCE_WITH_TIME_OUTS
        return min(PATIENCE_WHILE_OTHERS_SUCCEED, limit) if others_succeed and action in HICCUPS else limit
