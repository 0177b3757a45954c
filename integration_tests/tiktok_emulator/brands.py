"""A world for people to look at: three brands whose campaigns start, pause and end, with believable figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integration_tests.tiktok_emulator import habits
from integration_tests.tiktok_emulator.centers import OWNER
from integration_tests.tiktok_emulator.clock import DEFAULT_NOW, UTC
from integration_tests.tiktok_emulator.kinds import KINDS
from integration_tests.tiktok_emulator.model import CAMPAIGN, DISABLE, TREE, Account, Entity
from integration_tests.tiktok_emulator.options import Options
from integration_tests.tiktok_emulator.world import World

HISTORY_DAYS = 90
ASSETS = 4
# People have time at the weekend, and least on Tuesdays.
WEEK = (0.9, 0.82, 0.88, 0.96, 1.08, 1.24, 1.18)
OFFICE_WEEK = (1.1, 1.16, 1.14, 1.08, 0.98, 0.76, 0.8)


@dataclass(frozen=True)
class Brand:
    """An ad account.

    Attributes:
        countries: where it sells.
        week: how Monday to Sunday differ.
    """

    name: str
    zone: str
    currency: str
    countries: tuple[str, ...]
    week: tuple[float, ...] = WEEK


@dataclass(frozen=True)
class Plan:
    """A campaign; days count back from the day on which the world begins.

    Attributes:
        kind: what its ads are like.
        ads: names of the ads of each of its ad groups.
        starts: first day.
        ends: last day; None for a campaign that goes on.
        pause: days without delivery.
    """

    name: str
    kind: int
    ads: dict[str, tuple[str, ...]]
    starts: int
    ends: int | None = None
    pause: range = range(0)


CLIPS = ("Clip A", "Clip B")
BRANDS: dict[Brand, tuple[Plan, ...]] = {
    Brand("Pine & Peak", "America/New_York", "USD", ("US", "CA")): (
        Plan("Always on", habits.PROSPECTING, {"Women 25-44": CLIPS, "Men 25-44": CLIPS}, starts=88),
        Plan(
            "Bring them back", habits.RETARGETING, {"Visitors of 30 days": CLIPS}, starts=80, pause=range(18, 25)
        ),
        Plan("Winter sale", habits.SALE, {"Sale seekers": (*CLIPS, "Countdown")}, starts=52, ends=31),
        Plan("Trail shoe launch", habits.LAUNCH, {"Runners": CLIPS, "Look-alikes": ("Clip A",)}, starts=16),
    ),
    Brand("Maison Soleil", "Europe/Paris", "EUR", ("FR", "BE")): (
        Plan("Catalogue", habits.CATALOGUE, {"Broad": CLIPS, "Interests": CLIPS}, starts=85),
        Plan("Brand film", habits.VIDEO, {"Broad": ("Film",)}, starts=40, ends=12),
        Plan("Loyal customers", habits.LOYAL, {"Customers": CLIPS}, starts=60, pause=range(28, 36)),
        Plan("Spring collection", habits.LAUNCH, {"Broad": CLIPS}, starts=11),
    ),
    Brand("Kettle & Co", "Australia/Sydney", "AUD", ("AU", "NZ"), OFFICE_WEEK): (
        Plan("Offices", habits.PROSPECTING, {"Managers": CLIPS, "Founders": ("Clip A",)}, starts=75),
        Plan("Bring them back", habits.RETARGETING, {"Visitors of 14 days": ("Clip A",)}, starts=70),
        Plan("Back to work", habits.SALE, {"Broad": CLIPS}, starts=45, ends=22),
    ),
}


def shop_world(seed: int = 1, now: str | None = DEFAULT_NOW, options: Options | None = None) -> World:
    """Return three brands in as many zones, 90 days old."""
    world = World(seed, now, options)
    center = world.centers.add("Three Brands").bc_id
    for brand, plans in BRANDS.items():
        account = world.add_account(
            brand.name,
            brand.zone,
            history_days=HISTORY_DAYS,
            currency=brand.currency,
            countries=brand.countries,
            fields={OWNER: center, "status": "STATUS_ENABLE", "rejection_reason": "", "balance": 2500.0},
        )
        account.week = brand.week
        for kind in KINDS:
            world.add_assets(account.advertiser_id, kind, ASSETS)
        for plan in plans:
            _run(world, account, plan)
    return world


def _run(world: World, account: Account, plan: Plan) -> None:
    """Add a campaign with what is below it."""
    campaign = _add(world, account, plan, account.advertiser_id, plan.name)
    for name, ads in plan.ads.items():
        adgroup = _add(world, account, plan, campaign.entity_id, name)
        for ad in ads:
            title = f"{plan.name} - {ad}"
            _add(world, account, plan, adgroup.entity_id, title, ad_text=f"{account.name}: {title}")


def _add(world: World, account: Account, plan: Plan, parent_id: str, name: str, **fields: Any) -> Entity:
    """Add an object that delivers as its campaign's plan says."""
    parent = None if parent_id in world.accounts else world.entity(parent_id)
    level = TREE[TREE.index(parent.level) + 1] if parent else CAMPAIGN
    entity = world.add_object(
        level.name, parent_id, name=name, created=_noon(world, account, plan.starts), **fields
    )
    if plan.ends is not None:
        end = _noon(world, account, plan.ends)
        if level is CAMPAIGN:
            world.set_state(entity.entity_id, DISABLE, at=end)
        entity.ended = end
    entity.kind = plan.kind
    entity.days_off = frozenset(account.local_day(_noon(world, account, days)) for days in plan.pause)
    return entity


def _noon(world: World, account: Account, days: int) -> datetime:
    """Return noon of the account's day so many days ago."""
    today = world.clock.now().astimezone(account.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=days)).astimezone(UTC)
