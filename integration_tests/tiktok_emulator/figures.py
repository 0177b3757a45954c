"""The numbers in report rows.

A day of an ad does not get numbers of its own: it is one of `VARIANTS` days, made of pieces (`pieces.py`) that
share a pool of numbers. So a row of one ad can be rendered once and joined into answers as bytes, which is what
makes the emulator faster than what it tests, and any other row is the sum of such days.

All figures of a piece that add up are one large integer, 64 bits for each: adding two rows is one addition.
"""

from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache

from integration_tests.tiktok_emulator.habits import KINDS_OF_ADS, plausible
from integration_tests.tiktok_emulator.hashing import digest, mix
from integration_tests.tiktok_emulator.lru import Lazy, Recent
from integration_tests.tiktok_emulator.metrics import Metric, metric_table
from integration_tests.tiktok_emulator.pieces import SIXTHS, Breakdown, Span, placed

VARIANTS = 512
NOTHING = 0
"""The day of an ad that shows up without delivery: all zero."""
ALWAYS = 1 << 9
"""Added to a variant: a day with delivery in every hour."""
MOST_GROUPS = 1 << 10

_LANE = 8
_NEVER = "-"
_SECONDARY_GOAL = frozenset(
    {"secondary_goal_result", "cost_per_secondary_goal_result", "secondary_goal_result_rate"}
)
_SHOP = frozenset({"onsite_shopping", "total_onsite_shopping_value"})
# TikTok writes "-" where a metric does not apply: mostly no secondary goal, sometimes no shop. By kind of day.
_APPLIES = {**dict.fromkeys(_SECONDARY_GOAL, (1, 5)), **dict.fromkeys(_SHOP, (0, 2, 4, 6))}
# Kinds of days: most impressions of a piece; the last kind is what breaks 32 bits.
_SIZES = (12, 40, 150, 400, 800, 1500, 2500, 4000, 40_000_000)
_HUGE_ONE_IN = 64
_DRAWS = 64
# Counts per 1000 impressions; all others follow from clicks.
_PER_IMPRESSION = {
    "gross_impressions": 1002,
    "video_play_actions": 890,
    "video_watched_2s": 320,
    "video_watched_6s": 150,
    "engaged_view": 120,
    "engaged_view_15s": 60,
    "video_views_p25": 220,
    "video_views_p50": 110,
    "video_views_p75": 60,
    "video_views_p100": 40,
    "likes": 12,
    "profile_visits": 6,
}
# De-duplication: people who were reached twice count once.
_REACHED_AGAIN = 0.97

Write = Callable[[Sequence[int]], str]
Parts = Lazy[int, dict[int, int]]


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _people(reached: int) -> int:
    return int(reached**_REACHED_AGAIN)


class Figures:
    """The numbers of one list of metrics.

    Args:
        seed: seed of the world.
        names: metrics in the order asked for; attributes are left out.
        money_decimals: TikTok: 2, and none when a request is about several accounts.
        believable: whether they are made for people (`habits.py`).
    """

    def __init__(
        self, seed: int, names: tuple[str, ...], money_decimals: int = 2, *, believable: bool = False
    ) -> None:
        self._seed = seed
        self._believable = believable
        self._decimals = money_decimals
        self.metrics = [metric_table()[name] for name in names if metric_table()[name].figure]
        self._columns = {name: number for number, name in enumerate(_columns(self.metrics))}
        self._draws = {name: digest(seed, "column", name) for name in self._columns}
        self._writers = [self._writer(metric) for metric in self.metrics]
        openings = [f'"{metric.name}":"' for metric in self.metrics]
        self._members = list(zip(openings, self._writers, strict=True))
        self._pools: Recent[Lazy[int, int]] = Recent(64)
        self._parts: Recent[Parts] = Recent(64)
        self._rendered: Recent[Lazy[int, bytes]] = Recent(64)

    def __bool__(self) -> bool:
        return bool(self.metrics)

    def parts(self, factor: float, span: Span, breakdown: Breakdown) -> Parts:
        """Return, by code of the day, the packed figures of each group that has any.

        A code is a variant, to which ALWAYS may be added. The factor restates figures, as late data does.
        """
        key = (factor, span, breakdown)
        return self._parts.get(key, lambda: Lazy(lambda code: self._broken(code, factor, span, breakdown)))

    def rendered(self, factor: float, span: Span, breakdown: Breakdown) -> Lazy[int, bytes]:
        """Return, by code x MOST_GROUPS + group, the end of a row, its closing braces included."""
        parts = self.parts(factor, span, breakdown)
        return self._rendered.get(
            (factor, span, breakdown),
            lambda: Lazy(lambda key: self.render(parts[key // MOST_GROUPS][key % MOST_GROUPS])),
        )

    def render(self, packed: int) -> bytes:
        """Return the end of a row with these figures."""
        columns = self._unpacked(packed)
        return (",".join([opening + write(columns) + '"' for opening, write in self._members]) + "}}").encode()

    def values(self, packed: int) -> dict[str, str]:
        """Return the figures as TikTok writes them: always text, `-` where a metric does not apply."""
        columns = self._unpacked(packed)
        return {metric.name: write(columns) for metric, write in zip(self.metrics, self._writers, strict=True)}

    def _unpacked(self, packed: int) -> Sequence[int]:
        return array("Q", packed.to_bytes(_LANE * len(self._columns), "little"))

    def number(self, packed: int, name: str) -> float:
        """Return a figure to sort by."""
        text = self.values(packed)[name]
        return float("-inf") if text == _NEVER else float(text)

    def totals(self, packed: int) -> dict[str, str]:
        """Return the figures of the sum of all rows: `-` for those of which a sum makes no sense."""
        texts = self.values(packed)
        return {one.name: texts[one.name] if one.kind in ("count", "money") else _NEVER for one in self.metrics}

    def _broken(self, code: int, factor: float, span: Span, breakdown: Breakdown) -> dict[int, int]:
        variant = code % ALWAYS
        is_huge = variant % _HUGE_ONE_IN == 0 and not self._believable
        size = len(_SIZES) - 1 if is_huge else variant % KINDS_OF_ADS
        groups: dict[int, int] = {}
        pools = Lazy[int, Lazy[int, int]](lambda share: self._pool(factor, share))
        always = code >= ALWAYS or variant == NOTHING
        for hour, draw, group in placed(self._seed, variant, breakdown, always=always):
            share = span.shares[hour]
            if share:
                packed = pools[share][size * _DRAWS + draw % _DRAWS] if variant else 0
                groups[group] = groups.get(group, 0) + packed
        return groups

    def _pool(self, factor: float, share: int) -> Lazy[int, int]:
        return self._pools.get((factor, share), lambda: Lazy(lambda index: self._packed(index, factor, share)))

    def _packed(self, index: int, factor: float, share: int) -> int:
        numbers = self._numbers(index)
        scaled = {name: round(number * factor) * share // SIXTHS for name, number in numbers.items()}
        scaled |= {name: of(scaled["spend"]) for name, of in _OF_SPEND.items() if name in scaled}
        return int.from_bytes(array("Q", scaled.values()).tobytes(), "little")

    def _numbers(self, index: int) -> dict[str, int]:
        """Return the columns of a piece in the pool; money in cents."""
        kind, number = divmod(index, _DRAWS)
        found: dict[str, int] = {}
        for name in self._columns:
            draw = mix(self._draws[name], index * _DRAWS + number)
            applies = kind in _APPLIES.get(name, (kind,))
            found[name] = self._column(name, draw, kind, found) if applies else 0
        return found

    def _column(self, name: str, draw: int, kind: int, found: dict[str, int]) -> int:
        if name in _OF_SPEND:
            return 0  # It follows once the spend is known.
        if name in _PER_IMPRESSION:
            return found["impressions"] * _PER_IMPRESSION[name] // 1000
        metric = metric_table()[name]
        if self._believable:
            return plausible(name, metric.kind, draw, kind, found)
        if name in _CORE:
            return _CORE[name](draw, kind, found)
        if metric.kind == "ratio":
            return found["impressions"] * (30 + draw % 700)
        count = found["clicks"] * (draw % (5 + self._draws[name] % 60)) // 100
        return count * (500 + draw // 97 % 4500) if metric.kind == "money" else count

    def _writer(self, metric: Metric) -> Write:
        """Return what writes a metric from the sums of a row."""
        make = _WRITERS[metric.kind]
        write = make(self._columns.__getitem__, metric, self._decimals)
        if metric.name not in _APPLIES:
            return write
        basis = self._columns[metric.part or metric.name]
        return lambda sums: write(sums) if sums[basis] else _NEVER


# What everything else follows from: by draw, kind of day and the figures before.
_CORE: dict[str, Callable[[int, int, dict[str, int]], int]] = {
    "impressions": lambda draw, kind, _: 1 + draw % _SIZES[kind],
    "clicks": lambda draw, _, found: found["impressions"] * (draw % 60) // 1000 + (draw // 60 % 3 == 0),
    "reach": lambda draw, _, found: max(1, found["impressions"] * (50 + draw % 50) // 100),
    "spend": lambda draw, _, found: found["impressions"] * (100 + draw % 1100) // 1000,
}
_OF_SPEND: dict[str, Callable[[int], int]] = {
    "cash_spend": lambda spend: spend - spend // 10,
    "voucher_spend": lambda spend: spend // 10,
    "billed_cost": lambda spend: spend,
}


def _columns(metrics: list[Metric]) -> list[str]:
    """Return the columns that the metrics follow from, those first from which others follow."""
    return list(dict.fromkeys([*_CORE, *(_basis(metric) for metric in metrics)]))


def _basis(metric: Metric) -> str:
    """Return the column that is the metric's own; a cost or rate of a hidden count has one by its own name."""
    return metric.part or ("impressions" if metric.kind == "frequency" else metric.name)


Find = Callable[[str], int]


def _count(find: Find, metric: Metric, _: int) -> Write:
    place = find(metric.name)
    return lambda sums: str(sums[place])


def _money(find: Find, metric: Metric, decimals: int) -> Write:
    place = find(metric.name)
    return lambda sums: f"{sums[place] / 100:.{decimals}f}"


def _cost(find: Find, metric: Metric, decimals: int) -> Write:
    spend, place = find("spend"), find(_basis(metric))
    return lambda sums: f"{_ratio(sums[spend] / 100, sums[place]):.{decimals}f}"


def _mille(find: Find, metric: Metric, decimals: int) -> Write:
    spend, place = find("spend"), find(_basis(metric))
    shown = _people if metric.part == "reach" else int
    return lambda sums: f"{_ratio(sums[spend] * 10, shown(sums[place])):.{decimals}f}"


def _rate(find: Find, metric: Metric, _: int) -> Write:
    place = find(_basis(metric))
    seen = metric.part in _PER_IMPRESSION or metric.kind == "share"
    whole = find("impressions" if seen else "clicks")
    return lambda sums: f"{_ratio(sums[place] * 100, sums[whole]):.2f}"


def _plain_ratio(find: Find, metric: Metric, _: int) -> Write:
    place, whole = find(metric.name), find("impressions")
    return lambda sums: f"{_ratio(sums[place] / 100, sums[whole]):.2f}"


def _reach(find: Find, _: Metric, __: int) -> Write:
    place = find("reach")
    return lambda sums: str(_people(sums[place]))


def _frequency(find: Find, _: Metric, __: int) -> Write:
    seen, place = find("impressions"), find("reach")
    return lambda sums: f"{_ratio(sums[seen], _people(sums[place])):.2f}"


_WRITERS: dict[str, Callable[[Find, Metric, int], Write]] = {
    "count": _count,
    "money": _money,
    "cost": _cost,
    "mille": _mille,
    "rate": _rate,
    "share": _rate,
    "ratio": _plain_ratio,
    "people": _reach,
    "frequency": _frequency,
}


@lru_cache(maxsize=24)
def figures_of(seed: int, names: tuple[str, ...], money_decimals: int = 2, *, believable: bool = False) -> Figures:
    """Return the (shared) numbers of a list of metrics."""
    return Figures(seed, names, money_decimals, believable=believable)
