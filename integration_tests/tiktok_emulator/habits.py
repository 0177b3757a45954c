"""Figures that a media buyer would believe: ads of a kind have their price, and clicks and orders follow from it.

The wild figures of `figures.py` look for the limits of a reader; these are for people to look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from integration_tests.tiktok_emulator.hashing import mix

KINDS_OF_ADS = 8
"""As many as there are kinds of days; the first one is left to days without delivery."""


@dataclass(frozen=True)
class Habit:
    """What ads of a kind are like.

    Attributes:
        impressions: those of a piece, of which a day has some 36.
        cpm: cents per 1000 impressions.
        clicks: per 10,000 impressions.
        orders: per 1000 clicks.
        basket: cents per order.
    """

    impressions: int
    cpm: int
    clicks: int
    orders: int
    basket: int


PROSPECTING, RETARGETING, VIDEO, LAUNCH, SALE, LOYAL, CATALOGUE = range(1, KINDS_OF_ADS)
_HABITS: dict[int, Habit] = {
    0: Habit(0, 0, 0, 0, 0),
    PROSPECTING: Habit(620, 540, 95, 21, 5_800),
    RETARGETING: Habit(210, 960, 165, 46, 6_400),
    VIDEO: Habit(900, 310, 52, 14, 5_200),
    LAUNCH: Habit(780, 620, 120, 17, 8_900),
    SALE: Habit(640, 720, 150, 34, 4_700),
    LOYAL: Habit(150, 840, 180, 52, 7_200),
    CATALOGUE: Habit(430, 580, 110, 27, 5_500),
}
ORDER_VALUE = "total_complete_payment_rate"
"""TikTok calls the value of all orders a rate."""
# Per 1000 orders, and per 1000 clicks. A shop on the web has no installs, loans or game roles.
_PER_ORDER = {
    **dict.fromkeys(("complete_payment", "conversion", "real_time_conversion", ORDER_VALUE), 1000),
    **dict.fromkeys(("result", "real_time_result"), 1000),
    "initiate_checkout": 1700,
    "web_event_add_to_cart": 3100,
}
_PER_CLICK = {
    "total_landing_page_view": 820,
    "page_content_view_events": 640,
    "total_pageview": 900,
    "engagements": 1300,
    "shares": 9,
    "comments": 6,
    "follows": 7,
}
# Of 1000 impressions a unit of a ratio is a second, or a hundredth of a return.
_LEAST_RATIO, _RATIOS = 150, 400


def plausible(name: str, metric_kind: str, draw: int, kind: int, found: Mapping[str, int]) -> int:
    """Return a column of a piece of an ad of a kind; money in cents.

    Args:
        name: the column.
        metric_kind: count, money or ratio.
        draw: number from which it follows.
        kind: what ad it is.
        found: the columns before.
    """
    habit = _HABITS[kind]
    if name == "impressions":
        return habit.impressions * (60 + draw % 81) // 100
    seen = found["impressions"]
    if name == "clicks":
        return (seen * habit.clicks * (85 + draw % 31) // 1000 + draw // 31 % 1000) // 1000
    if name == "reach":
        return seen * (62 + draw % 20) // 100
    if name == "spend":
        return seen * habit.cpm * (88 + draw % 25) // 100_000
    if metric_kind == "ratio":
        return seen * (_LEAST_RATIO + draw % _RATIOS)
    # One chance for all keeps orders below carts and values beside orders.
    return _outcome(name, habit, found["clicks"], mix(seen, found["reach"]) % 1000)


def _outcome(name: str, habit: Habit, clicks: int, chance: int) -> int:
    """Return what came of clicks."""
    if name in _PER_CLICK:
        return (clicks * _PER_CLICK[name] + chance) // 1000
    if name not in _PER_ORDER:
        return 0
    orders = (clicks * habit.orders * _PER_ORDER[name] // 1000 + chance) // 1000
    return orders * habit.basket if name == ORDER_VALUE else orders
