"""The rows of GMV Max reports.

Whatever happened is drawn once, for a leaf (a post of a product in a campaign, a live room) and a day. Hours are
portions of a day, and every row of every grouping is a sum; so all reports of a shop agree with one another.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from integration_tests.tiktok_emulator.calendar import wall_hours
from integration_tests.tiktok_emulator.gmv_max_levels import ACCOUNT, CREATIVE, DAY, HOUR, GmvLevel
from integration_tests.tiktok_emulator.hashing import digest, mix
from integration_tests.tiktok_emulator.model import Account, sub_draw
from integration_tests.tiktok_emulator.options import Options
from integration_tests.tiktok_emulator.records import Record, stamp
from integration_tests.tiktok_emulator.report_rows import Revisions
from integration_tests.tiktok_emulator.shops import LIVE, PRODUCT, PRODUCT_CARDS, GmvCampaign, Item, Product, Room

NOTHING = "-"
_IDLE_ONE_IN = 4
_UNPAID_ONE_IN = 5
_STEPS_PER_HOUR = 6
# TikTok: only here posts without cost are left out.
_BY_POST_AND_DAY = {"campaign_id", "item_group_id", "item_id", DAY}
_VIEWS = ("2s", "6s", "p25", "p50", "p75", "p100")


@dataclass(frozen=True)
class GmvQuery:
    """A valid report request.

    Attributes:
        dimensions: as asked for.
        time: the time dimension among them, or nothing.
        campaigns: the campaigns that it covers.
        products: the products that it covers; None for all.
        statuses: the delivery statuses of posts that it covers; None for all.
    """

    account: Account
    level: GmvLevel
    dimensions: tuple[str, ...]
    time: str
    metrics: tuple[str, ...]
    first: date
    last: date
    campaigns: tuple[GmvCampaign, ...]
    products: frozenset[str] | None = None
    statuses: frozenset[str] | None = None


@dataclass(frozen=True)
class Leaf:
    """The smallest thing that sells: a post of a product in a campaign, or a live room."""

    campaign: GmvCampaign
    draw: int
    first: date
    last: date
    product: Product | None = None
    item: Item | None = None
    room: Room | None = None

    def ids(self) -> dict[str, str]:
        """Return the ids by dimension."""
        return {
            "advertiser_id": self.campaign.account.advertiser_id,
            "campaign_id": self.campaign.campaign_id,
            "item_group_id": self.product.item_group_id if self.product else NOTHING,
            "item_id": self.item.item_id if self.item else NOTHING,
            "room_id": self.room.room_id if self.room else NOTHING,
        }


@dataclass
class Sum:
    """What the leaves of one row sold: counters by name, money in hundredths."""

    leaf: Leaf
    told: bool = False
    counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class GmvRows:
    """Computes the rows of a query.

    Args:
        query: the request.
        now: the moment, UTC.
        revisions: what happened to the account's numbers after the fact.
        options: since when there are data.
    """

    def __init__(self, query: GmvQuery, now: datetime, revisions: Revisions, options: Options) -> None:
        self._query = query
        self._now = now
        self._local = now.astimezone(query.account.zone)
        self._revisions = revisions
        self._since = options.gmv_max_since
        self._told_since = self._since if query.level is ACCOUNT else options.gmv_max_campaigns_since
        self._needed = _counters_of(query.level)

    def records(self) -> list[Record]:
        """Return all rows; TikTok promises no order."""
        sums: dict[tuple[str, ...], Sum] = {}
        for leaf in self._leaves():
            ids = leaf.ids()
            for label, day, counters in self._facts(leaf):
                key = tuple(ids.get(name, label) for name in self._query.dimensions)
                total = sums.setdefault(key, Sum(leaf))
                told = day >= self._told_since
                total.told = total.told or told
                for name in self._needed if told else ("net_cost",):
                    total.counters[name] += counters[name]
        rows = [self._row(key, total) for key, total in sorted(sums.items(), key=lambda one: digest(*one[0]))]
        return [row for row in rows if row is not None]

    def _leaves(self) -> Iterator[Leaf]:
        for campaign in self._query.campaigns:
            first, last = campaign.days(self._now)
            if campaign.promotion == PRODUCT:
                for product in campaign.products:
                    if self._query.products is None or product.item_group_id in self._query.products:
                        for item in campaign.items(product):
                            if self._query.statuses is None or item.delivery_status in self._query.statuses:
                                yield Leaf(campaign, item.draw, first, last, product, item)
            for room in campaign.rooms(self._now):
                launched = campaign.account.local_day(room.launched)
                ends = min(last, date.fromordinal(launched.toordinal() + 1))
                yield Leaf(campaign, room.draw, launched, ends, room=room)

    def _facts(self, leaf: Leaf) -> Iterator[tuple[str, date, dict[str, int]]]:
        """Return what a leaf did, by day or hour: label, day, counters."""
        first = max(leaf.first, self._query.first, self._since)
        last = min(leaf.last, self._query.last, self._local.date())
        for number in range(first.toordinal(), last.toordinal() + 1):
            day, draw = date.fromordinal(number), mix(leaf.draw, number)
            if draw % _IDLE_ONE_IN == 0 or draw % 1000 < self._revisions.hidden_share(day, self._now):
                continue
            whole = _counters(draw, self._revisions.factors.get(day, 1.0), paid_only=leaf.room is not None)
            for label, start, stop, steps in self._spans(day):
                part = whole
                if stop - start < steps:
                    part = {
                        name: whole[name] * stop // steps - whole[name] * start // steps for name in self._needed
                    }
                if any(part.values()):
                    yield label, day, part

    def _spans(self, day: date) -> list[tuple[str, int, int, int]]:
        """Return the parts of a day that are over: label, start, end, and steps of the whole day."""
        hours = wall_hours(day, self._query.account.zone)
        steps = len(hours) * _STEPS_PER_HOUR
        over = steps
        if day == self._local.date():
            begun = sum(hour < self._local.hour for hour in hours)
            over = begun * _STEPS_PER_HOUR + self._local.minute // 10 + 1
        if self._query.time != HOUR:
            return [(f"{day} 00:00:00", 0, over, steps)]
        starts = [place * _STEPS_PER_HOUR for place in range(len(hours))]
        return [
            (f"{day} {hour:02d}:00:00", start, min(start + _STEPS_PER_HOUR, over), steps)
            for hour, start in zip(hours, starts, strict=True)
            if start < over
        ]

    def _row(self, key: tuple[str, ...], total: Sum) -> Record | None:
        """Return a row; none without a value for any metric asked, or for a post without cost."""
        query = self._query
        if set(query.dimensions) == _BY_POST_AND_DAY and not total.counters["cost"]:
            return None
        told = _values(total) if total.told else {}
        if "net_cost" in total.counters:
            told["net_cost"] = _money(total.counters["net_cost"])
        attributes = _attributes(total.leaf) if set(query.metrics).intersection(query.level.attributes) else {}
        metrics = {name: told.get(name, attributes.get(name, NOTHING)) for name in query.metrics}
        if all(value == NOTHING for name, value in metrics.items() if name not in attributes):
            return None
        return {
            "dimensions": dict(zip(query.dimensions, key, strict=True)),
            "metrics": {**metrics, "currency": query.account.currency},
        }


def _counters(draw: int, factor: float, *, paid_only: bool) -> dict[str, int]:
    """Return the figures of a leaf and a day; some posts sell without costing anything."""
    paid = paid_only or draw // 3 % _UNPAID_ONE_IN
    cost = round((1 + draw // 5 % 90_000) * factor) if paid else 0
    orders = round(draw // 7 % 40 * factor)
    shown = round((50 + draw // 11 % 90_000) * factor)
    clicks, views = shown * (draw // 13 % 80) // 1000, shown // 2
    return {
        "cost": cost,
        "net_cost": cost - cost // 10,
        "orders": orders,
        "revenue": orders * (500 + draw // 17 % 5000),
        "impressions": shown,
        "clicks": clicks,
        "all_orders": orders + draw // 19 % 3,
        "all_revenue": (orders + draw // 19 % 3) * (500 + draw // 17 % 5000),
        "live_views": views,
        "ten_second_views": views // 3,
        "follows": views // 90,
        **{f"view_{name}": shown // (place + 2) for place, name in enumerate(_VIEWS)},
    }


def _counters_of(level: GmvLevel) -> tuple[str, ...]:
    """Return the counters that the metrics of a level follow from."""
    shown = ("impressions", "clicks", *(f"view_{name}" for name in _VIEWS)) if level is CREATIVE else ()
    live = ("all_orders", "all_revenue", "live_views", "ten_second_views", "follows")
    return ("cost", "net_cost", "orders", "revenue", *shown, *(live if LIVE in level.promotions else ()))


def _money(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _ratio(part: float, whole: float) -> str:
    """Return a quotient; `-` where it does not apply."""
    return f"{part / whole:.2f}" if whole else NOTHING


def _values(total: Sum) -> dict[str, str]:
    """Return every metric of a row as TikTok writes it: text."""
    sold = total.counters
    values = {
        "cost": _money(sold["cost"]),
        "orders": str(sold["orders"]),
        "cost_per_order": _ratio(sold["cost"] / 100, sold["orders"]),
        "gross_revenue": _money(sold["revenue"]),
        "roi": _ratio(sold["revenue"], sold["cost"]),
        "product_impressions": str(sold["impressions"]),
        "product_clicks": str(sold["clicks"]),
        "product_click_rate": _ratio(sold["clicks"] * 100, sold["impressions"]),
        "all_shops_cost_per_order": _ratio(sold["cost"] / 100, sold["all_orders"]),
        "all_shops_orders": str(sold["all_orders"]),
        "all_shops_gross_revenue": _money(sold["all_revenue"]),
        "all_shops_roi": _ratio(sold["all_revenue"], sold["cost"]),
        "live_views": str(sold["live_views"]),
        "cost_per_live_view": _ratio(sold["cost"] / 100, sold["live_views"]),
        "10_second_live_views": str(sold["ten_second_views"]),
        "cost_per_10_second_live_view": _ratio(sold["cost"] / 100, sold["ten_second_views"]),
        "live_follows": str(sold["follows"]),
    }
    item = total.leaf.item
    if item:
        values["creative_delivery_status"] = item.delivery_status
        values.update(_watched(sold) if item.item_id != PRODUCT_CARDS else {})
    return values


def _watched(sold: dict[str, int]) -> dict[str, str]:
    """Return the rates of a post's video, which product cards do not have."""
    shown = sold["impressions"]
    return {
        "ad_click_rate": _ratio(sold["clicks"] * 100, shown),
        "ad_conversion_rate": _ratio(sold["orders"] * 100, sold["clicks"]),
        **{f"ad_video_view_rate_{name}": _ratio(sold[f"view_{name}"] * 100, shown) for name in _VIEWS},
    }


def _attributes(leaf: Leaf) -> dict[str, str]:
    """Return what a row can say of its object; labels where the lists have enumerations."""
    campaign = leaf.campaign
    told = {
        "campaign_id": campaign.campaign_id,
        "campaign_name": campaign.name,
        "operation_status": campaign.record()["operation_status"],
        "schedule_type": "Continuously",
        "schedule_start_time": stamp(campaign.created),
        "schedule_end_time": NOTHING,
        "target_roi_budget": NOTHING,
        "bid_type": "CUSTOM" if campaign.draw % 2 else "NO_BID",
        "max_delivery_budget": NOTHING,
        "roas_bid": f"{campaign.draw % 400 / 100 + 1:.2f}",
        # TikTok: "0" or "-1" without permission.
        "tt_account_name": "0",
        "tt_account_profile_image_url": "0",
        "identity_id": "-1",
    }
    if leaf.product:
        told |= {
            "product_name": leaf.product.title,
            "item_group_id": leaf.product.item_group_id,
            "product_image_url": f"https://img.example/{leaf.product.draw}.png",
            "product_status": "available" if leaf.product.draw % 2 else "unavailable",
        }
    if leaf.item:
        content = "PRODUCT_CARD" if leaf.item.item_id == PRODUCT_CARDS else "VIDEO"
        told |= {"title": "Unboxing", "item_id": leaf.item.item_id, "shop_content_type": content}
        told["tt_account_authorization_type"] = "TTS_TT" if leaf.item.draw % 2 else "AFFILIATE"
    if leaf.room:
        told |= {
            "live_name": f"Live {sub_draw(leaf.room.draw, 'name') % 1000}",
            "live_status": "END",
            "live_launched_time": stamp(leaf.room.launched),
            "live_duration": "7200",
        }
    return told
