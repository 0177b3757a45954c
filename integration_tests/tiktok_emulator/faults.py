"""The script of misbehaviour: rules, random failures, and modes that last."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from integration_tests.tiktok_emulator.actions import TRANSIENT, Action, api, shortened
from integration_tests.tiktok_emulator.hashing import digest, pick
from integration_tests.tiktok_emulator.listing import Page, Slice
from integration_tests.tiktok_emulator.parameters import decoded
from integration_tests.tiktok_emulator.report_quirks import Quirks

Where = Mapping[str, Any] | Callable[[Mapping[str, str]], bool]

TIKTOK_AD_LIMIT = 20_000
"""TikTok: a synchronous report covers this many ads; further ones are left out with code 0."""


@dataclass
class Rule:
    """A misbehaviour for certain requests.

    Attributes:
        action: what goes wrong.
        endpoint: the endpoint, empty for all.
        where: parameters (as sent, or decoded) that the request must have, or a test of its parameters.
        nth: the first matching request that is hit, from 1.
        times: how many matching requests are hit from there on; None for all.
    """

    action: Action
    endpoint: str = ""
    where: Where | None = None
    nth: int = 1
    times: int | None = 1
    seen: int = 0

    def hits(self, endpoint: str, params: Mapping[str, str]) -> bool:
        """Count a request and tell whether it is hit."""
        if self.endpoint not in ("", endpoint) or not self._matches(params):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)

    def _matches(self, params: Mapping[str, str]) -> bool:
        if self.where is None:
            return True
        if not isinstance(self.where, Mapping):
            return self.where(params)
        return all(
            params.get(name) == wanted or (name in params and decoded(params[name]) == wanted)
            for name, wanted in self.where.items()
        )


@dataclass(frozen=True)
class RandomFailures:
    """Random failures of a kind that passes.

    A retry of the same request is another draw, and after `most_in_a_row` failures it succeeds.

    Attributes:
        rate: share of requests that fail, 0 to 1.
        seed: another seed fails others.
        kinds: what goes wrong.
    """

    rate: float
    seed: int = 1
    most_in_a_row: int = 2
    kinds: tuple[Action, ...] = TRANSIENT


@dataclass
class Drift:
    """Rows that come and go between the pages of one listing.

    `insert`: the first rows of the list appear after page 1, so that rows of page 1 come again on page 2.
    `delete`: they vanish after page 1, so that later pages skip rows.
    `exchange`: they appear while as many vanish at the end: rows shift, but `total_number` stays.
    After `listings` listings the whole list is stable, and it is what the world says.
    """

    endpoint: str
    kind: str = "insert"
    rows: int = 1
    listings: int = 1
    _started: Counter[str] = field(default_factory=Counter)

    def view(self, page: Page, fingerprint: str) -> Page:
        """Return the page as it looks while the list drifts."""
        self._started[fingerprint] += page.page == 1
        if self._started[fingerprint] > self.listings:
            return page
        total = page.listing.total
        early, late = {
            "insert": ((self.rows, total), (0, total)),
            "delete": ((0, total), (self.rows, total)),
            "exchange": ((self.rows, total), (0, total - self.rows)),
        }[self.kind]
        first, last = early if page.page == 1 else late
        return replace(page, listing=Slice(page.listing, first, last), cache_key=None)


@dataclass
class Faults:
    """All misbehaviour of an emulator; everything can be changed while it runs.

    Attributes:
        latency: seconds that every answer takes.
        ad_limit: how many ads a report covers.
        size_budget: largest days x metrics x objects of a report, beyond it 40067; None for no limit.
        withdrawn: metric -> number of report requests after which it is refused.
        time_outs_cost: whether time-outs lead to penalties; see `TimeOuts`.
        quirks: what is odd about reports that succeed.
    """

    latency: float = 0.0
    ad_limit: int = TIKTOK_AD_LIMIT
    size_budget: int | None = None
    withdrawn: dict[str, int] = field(default_factory=dict)
    time_outs_cost: bool = False
    quirks: Quirks = field(default_factory=Quirks)
    rules: list[Rule] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    random: RandomFailures | None = None
    _ordinals: Counter[str] = field(default_factory=Counter)
    _in_a_row: Counter[str] = field(default_factory=Counter)
    _reports: int = 0
    _lock: Lock = field(default_factory=Lock)

    def add(
        self,
        action: Action,
        endpoint: str = "",
        *,
        where: Where | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Script a misbehaviour; see `Rule` for the arguments. Returns the rule."""
        rule = Rule(action, endpoint, where, nth, times)
        self.rules.append(rule)
        return rule

    def throttle(self, code: int, endpoint: str, *, refusals: int = 1, rows: int = 1, times: int = 1) -> None:
        """Refuse some requests of an endpoint, then leave out the last rows of so many successes."""
        self.add(api(code), endpoint, times=refusals)
        self.add(shortened(rows), endpoint, nth=refusals + 1, times=times)

    def drift(self, endpoint: str, kind: str = "insert", *, rows: int = 1, listings: int = 1) -> None:
        """Let a list change while it is paged; see `Drift`."""
        self.drifts.append(Drift(endpoint, kind, rows, listings))

    def withdraw(self, *metrics: str, after: int = 0) -> None:
        """Refuse metrics from now on, or after a number of further report requests."""
        self.withdrawn.update(dict.fromkeys(metrics, self._reports + after))

    def strike(self, endpoint: str, params: Mapping[str, str], fingerprint: str) -> list[Action]:
        """Return what goes wrong with a request."""
        with self._lock:
            struck = [rule.action for rule in self.rules if rule.hits(endpoint, params)]
            drawn = self._draw(fingerprint)
        return [*struck, *drawn]

    def refused_metrics(self) -> frozenset[str]:
        """Count a report request and return the metrics that it may not ask for."""
        with self._lock:
            self._reports += 1
            return frozenset(name for name, after in self.withdrawn.items() if self._reports > after)

    def drifted(self, page: Page, endpoint: str, fingerprint: str) -> Page:
        """Return the page as the first drift of its endpoint shows it."""
        with self._lock:
            for drift in self.drifts:
                if drift.endpoint == endpoint:
                    return drift.view(page, fingerprint)
        return page

    def _draw(self, fingerprint: str) -> list[Action]:
        if self.random is None:
            return []
        self._ordinals[fingerprint] += 1
        draw = digest(self.random.seed, fingerprint, self._ordinals[fingerprint])
        unlucky = draw % 10_000 < self.random.rate * 10_000
        if not unlucky or self._in_a_row[fingerprint] >= self.random.most_in_a_row:
            self._in_a_row[fingerprint] = 0
            return []
        self._in_a_row[fingerprint] += 1
        return [pick(draw // 10_000, self.random.kinds)]
