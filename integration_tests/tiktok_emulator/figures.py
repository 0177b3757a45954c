"""The numbers in report rows.

A row does not get numbers of its own: it gets one of `VARIANTS` sets of numbers. So a set can be rendered
once and joined into rows as bytes, which is what makes the emulator faster than what it tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from integration_tests.tiktok_emulator.hashing import digest
from integration_tests.tiktok_emulator.metrics import Metric, metric_table

VARIANTS = 512
NOTHING = 0
"""The set of an object without delivery: all zero."""

_NEVER = "-"
_SECONDARY_GOAL = frozenset(
    {"secondary_goal_result", "cost_per_secondary_goal_result", "secondary_goal_result_rate"}
)
_SHOP = frozenset({"onsite_shopping", "total_onsite_shopping_value"})
# TikTok writes "-" where a metric does not apply: mostly no secondary goal, sometimes no shop.
_APPLIES_ONE_IN = {**dict.fromkeys(_SECONDARY_GOAL, 4), **dict.fromkeys(_SHOP, 2)}
_HUGE_ONE_IN = 64


@dataclass(frozen=True)
class Core:
    """The figures that others follow from; money in thousandths of the account's currency."""

    spend: int
    impressions: int
    clicks: int
    reach: int


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _milli(amount: int) -> str:
    return f"{amount // 1000}.{amount % 1000:03d}"


_DERIVED: dict[str, Callable[[Core], str]] = {
    "spend": lambda core: _milli(core.spend),
    "cash_spend": lambda core: _milli(core.spend - core.spend // 10),
    "voucher_spend": lambda core: _milli(core.spend // 10),
    "impressions": lambda core: str(core.impressions),
    "clicks": lambda core: str(core.clicks),
    "reach": lambda core: str(core.reach),
    "cpc": lambda core: f"{_ratio(core.spend, core.clicks * 1000):.3f}",
    "cpm": lambda core: f"{_ratio(core.spend, core.impressions):.3f}",
    "ctr": lambda core: f"{_ratio(core.clicks * 100, core.impressions):.2f}",
    "frequency": lambda core: f"{_ratio(core.impressions, core.reach):.2f}",
    "cost_per_1000_reached": lambda core: f"{_ratio(core.spend, core.reach):.3f}",
}

_WRITTEN: dict[str, Callable[[float], str]] = {
    "count": lambda number: str(round(number)),
    "money": lambda number: f"{number:.3f}",
    "money4": lambda number: f"{number:.4f}",
    "decimal": lambda number: f"{number:.2f}",
}


@lru_cache(maxsize=4 * VARIANTS)
def core_figures(seed: int, variant: int, factor: float) -> Core:
    """Return the core figures of a set; the factor restates them, as late data does."""
    if variant == NOTHING:
        return Core(0, 0, 0, 0)
    draw = digest(seed, "figures", variant)
    scale = 100_000 if variant % _HUGE_ONE_IN == 0 else 1
    impressions = round((1 + draw % 50_000) * scale * factor)
    clicks = impressions * (draw // 7 % 60) // 1000
    reach = max(1, impressions * (50 + draw // 11 % 50) // 100)
    return Core(round(draw // 13 % 900_000 * scale * factor), impressions, clicks, reach)


def figure(metric: Metric, seed: int, variant: int, factor: float) -> str:
    """Return one number as TikTok writes it: always text, `-` where the metric does not apply."""
    if variant % _APPLIES_ONE_IN.get(metric.name, 1):
        return _NEVER
    derived = _DERIVED.get(metric.name)
    if derived:
        return derived(core_figures(seed, variant, factor))
    if variant == NOTHING:
        return _NEVER if metric.name in _SECONDARY_GOAL else _WRITTEN[metric.kind](0)
    number = digest(seed, metric.name, variant) % 100_000 / 97
    return _WRITTEN[metric.kind](number * factor)


class Figures:
    """The rendered sets of numbers for one list of metrics.

    Args:
        seed: seed of the world.
        names: metrics in the order asked for; attributes are left out.
    """

    def __init__(self, seed: int, names: tuple[str, ...]) -> None:
        self._seed = seed
        self._metrics = [metric_table()[name] for name in names if metric_table()[name].kind != "attribute"]
        self._by_factor: dict[float, list[bytes]] = {}
        self._values: dict[tuple[int, float], dict[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._metrics)

    def sets(self, factor: float) -> list[bytes]:
        """Return all sets for rows restated by the factor: the end of each row, its closing braces included."""
        if factor not in self._by_factor:
            self._by_factor[factor] = [self._render(variant, factor) for variant in range(VARIANTS)]
        return self._by_factor[factor]

    def values(self, variant: int, factor: float) -> dict[str, str]:
        """Return one set as a dictionary, which the caller must not change."""
        key = (variant, factor)
        if key not in self._values:
            self._values[key] = {one.name: figure(one, self._seed, variant, factor) for one in self._metrics}
        return self._values[key]

    def _render(self, variant: int, factor: float) -> bytes:
        members = (f'"{name}":"{text}"' for name, text in self.values(variant, factor).items())
        return (",".join(members) + "}}").encode()


@lru_cache(maxsize=24)
def figures_of(seed: int, names: tuple[str, ...]) -> Figures:
    """Return the (shared) sets of numbers of a list of metrics."""
    return Figures(seed, names)
