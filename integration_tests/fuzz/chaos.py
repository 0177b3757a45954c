"""Mutations by a seed: which requests they hit, how often, and what was done to them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from integration_tests.connector import Json
from integration_tests.fuzz.endpoints import GRANTED, REPORT, SHOP_REPORT, SHOP_REPORTS
from integration_tests.fuzz.mutations import FAMILIES, ROWS, Ask, Mutation
from integration_tests.tiktok_emulator.actions import Action
from integration_tests.tiktok_emulator.faults import Faults

TOLD_PARAMETERS = ("advertiser_id", "page", "dimensions", "start_date", "filtering")


@dataclass(frozen=True)
class Struck:
    """One mutation that happened."""

    fingerprint: str
    ask: Ask
    mutation: Mutation

    def __str__(self) -> str:
        """What happened, as it would be scripted by hand."""
        where = {name: text for name, text in self.ask.params.items() if name in TOLD_PARAMETERS}
        told = ", ".join(_told(action) for action in self.mutation.actions)
        return f"{self.ask.endpoint} {where} #{self.ask.ordinal}: {told}"

    def spoils(self, stream: Json) -> str:
        """What nobody can tell from the truth any more in the records of a stream."""
        name, about, spoilt = stream["name"], self.ask.about, self.mutation.spoils
        if self.ask.endpoint == REPORT:
            key = [field for (field,) in stream.get("source_defined_primary_key") or []]
            return spoilt if self.ask.names("dimensions") == key else ""
        if self.ask.endpoint == SHOP_REPORT:
            return spoilt if name in SHOP_REPORTS else ""
        if name in about.children:
            return ROWS if spoilt else ""  # What is not listed, or listed as another, has none.
        return spoilt if name == about.stream or (self.ask.endpoint == GRANTED and spoilt == ROWS) else ""


def _told(action: Action) -> str:
    return str({name: _short_text(value) for name, value in vars(action).items() if value})


def _short_text(value: object) -> str:
    text = str(value)
    return text if len(text) < 80 else f"{text[:80]}... ({len(text)} characters)"  # noqa: PLR2004


@dataclass
class Chaos(Faults):
    """Mutations by a seed: whether, how often and in which way a request is hit follows from what it asks.

    Attributes:
        families: The kinds that may come.
        rate: Share of the requests that are hit.
        spared: Endpoints that are not.
        only: Fingerprints of the requests that are hit; None for all that the draw hits.
        lore: Names of the fields of rows, by endpoint.
    """

    seed: int = 0
    families: Sequence[str] = ()
    rate: float = 0.0
    spared: Sequence[str] = ()
    only: frozenset[str] | None = None
    lore: Mapping[str, Sequence[str]] = field(default_factory=dict)
    accounts: Sequence[str] = ()
    secrets: Sequence[str] = ()
    struck: list[Struck] = field(default_factory=list)
    _asked: Counter[str] = field(default_factory=Counter)

    def strike(self, endpoint: str, params: Mapping[str, str], fingerprint: str) -> list[Action]:
        """Return what goes wrong with a request."""
        with self._lock:
            ordinal = self._asked[fingerprint]
            self._asked[fingerprint] += 1
        fate = Random(f"{self.seed} {fingerprint}")
        hit, times, fickle = fate.random() < self.rate, fate.choice((1, 2, 10**6)), fate.random() < 1 / 2
        if not hit or ordinal >= times or endpoint in self.spared or not self._is_kept(fingerprint):
            return []
        ask = Ask(endpoint, params, self.lore.get(endpoint, ()), self.accounts, self.secrets, ordinal)
        rng = Random(f"{self.seed} {fingerprint} {ordinal}") if fickle else fate
        mutation = FAMILIES[rng.choice(self.families)](rng, ask)
        with self._lock:
            self.struck.append(Struck(fingerprint, ask, mutation))
        return list(mutation.actions)

    def _is_kept(self, fingerprint: str) -> bool:
        return self.only is None or fingerprint in self.only

    def spoilt(self, stream: Json) -> set[str]:
        """What nobody can tell from the truth any more in the records of a stream."""
        return {struck.spoils(stream) for struck in self.struck} - {""}
