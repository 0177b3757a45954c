"""Worlds to start from: accounts grown by rule, so that even a small one holds every case."""

from collections.abc import Callable
from datetime import timedelta

from integration_tests.tiktok_emulator.brands import shop_world
from integration_tests.tiktok_emulator.centers import OWNER
from integration_tests.tiktok_emulator.clock import DEFAULT_NOW
from integration_tests.tiktok_emulator.hashing import digest, pick
from integration_tests.tiktok_emulator.kinds import KINDS
from integration_tests.tiktok_emulator.model import (
    AD,
    ADGROUP,
    AUCTION,
    DELETE,
    DISABLE,
    ENABLE,
    ORIGINS,
    REACH_AND_FREQUENCY,
    TOP_VIEW,
    TREE,
    Account,
    Entity,
    Level,
    make_id,
    sub_draw,
)
from integration_tests.tiktok_emulator.odd_objects import add_odd_objects
from integration_tests.tiktok_emulator.options import Options
from integration_tests.tiktok_emulator.stocking import stock
from integration_tests.tiktok_emulator.world import World

# By place among the siblings.
_CAMPAIGN_CASES = (
    (AUCTION, ENABLE),
    (AUCTION, DELETE),
    (REACH_AND_FREQUENCY, ENABLE),
    (TOP_VIEW, ENABLE),
    (AUCTION, DISABLE),
)
_STATES = {ADGROUP: (ENABLE, DELETE, DISABLE), AD: (ENABLE, ENABLE, DELETE, DISABLE)}
_SMART_PLUS_PLACE = 1
_DENSITIES = (250, 700, 1000, 0, 500)
_NAMES = ("Spring", "Élan", "夏", 'The "best"', "Back\\slash", "Zażółć 😀")


def populate(
    world: World,
    advertiser_id: str,
    *,
    campaigns: int = 4,
    adgroups: int = 2,
    ads: int = 3,
    assets: int = 7,
    plain: bool = False,
) -> None:
    """Fill an account.

    Args:
        world: the world of the account.
        advertiser_id: the account.
        campaigns: number of campaigns.
        adgroups: ad groups per campaign.
        ads: ads per ad group.
        assets: number of each kind of asset.
        plain: whether everything is enabled, bought by auction, and delivers in every period.
    """
    account = world.accounts[advertiser_id]
    above: list[Entity | None] = [None]
    for level, number in zip(TREE, (campaigns, adgroups, ads), strict=True):
        above = [
            world.add(_grow(world, level, account, parent, place, plain=plain))
            for parent in above
            for place in range(number)
        ]
    for kind in KINDS:
        world.add_assets(advertiser_id, kind, assets)


def promote(world: World, advertiser_id: str, posts: int = 2, *, days: float = 30) -> list[Entity]:
    """Let an account boost posts in TikTok's app, some days ago; return the ads that come of it."""
    created = world.clock.now() - timedelta(days=days)
    ads = []
    for number in range(posts):
        above = advertiser_id
        for level in TREE:
            entity = world.add_object(
                level.name,
                above,
                name=f"Promote {number}",
                density=700,
                created=created,
                campaign_system_origin=ORIGINS[1],
            )
            above = entity.entity_id
        ads.append(entity)
    return ads


def _grow(
    world: World, level: Level, account: Account, parent: Entity | None, place: int, *, plain: bool
) -> Entity:
    """Return an object as its place among its siblings and its draw will have it."""
    path = f"{parent.entity_id if parent else account.advertiser_id}/{place}"
    draw = digest(world.seed, path)
    born, now = parent.created if parent else account.created, world.clock.now()
    buying_type, state = (AUCTION, ENABLE) if plain else _case(level, parent, place)
    created = born if plain else born + (now - born) * (draw % 500) / 1000
    # Every other object was changed in one go with its siblings: the very same modify_time.
    hand = digest(born) if place % 2 == 0 else draw
    modified = born + (now - born) * (500 + hand % 500) / 1000
    return Entity(
        level=level,
        entity_id=make_id(level.id_prefix, world.seed, path),
        account=account,
        parent=parent,
        name=f"{pick(draw, _NAMES)} {level.name} {draw % 1000}",
        buying_type=buying_type,
        created=created,
        modified=None if level is AD and place == _SMART_PLUS_PLACE and not plain else modified,
        state=state,
        density=1000 if plain else pick(sub_draw(draw, "density"), _DENSITIES),
        draw=draw,
        ended=modified if state == DELETE else None,
    )


def _case(level: Level, parent: Entity | None, place: int) -> tuple[str, str]:
    """Return buying type and state by place; the buying type is that of the campaign."""
    if parent is None:
        return pick(place, _CAMPAIGN_CASES)
    return parent.buying_type, pick(place, _STATES[level])


def small_world(seed: int = 1, now: str | None = DEFAULT_NOW, options: Options | None = None) -> World:
    """Return two production accounts of one Business Center and a sandbox account, 90 days old."""
    world = World(seed, now, options)
    owned = {OWNER: world.centers.add("Main Center").bc_id}
    for name, zone, sandbox in (
        ("North Shop", "America/Los_Angeles", False),
        ("South Shop", "Asia/Tokyo", False),
        ("Sandbox Shop", "America/Los_Angeles", True),
    ):
        account = world.add_account(name, zone, sandbox=sandbox, fields={} if sandbox else dict(owned))
        populate(world, account.advertiser_id)
        if not sandbox:
            stock(world, account.advertiser_id)
            stock(world, account.advertiser_id, store="Shared store", campaigns=2)
            world.shops.add_store(f"{name} closed", owned[OWNER], [account], available=False)
    return world


def demo_world(seed: int = 1, now: str | None = DEFAULT_NOW, options: Options | None = None) -> World:
    """Return ten accounts in all corners of the day, between zero and 400 days old."""
    world = small_world(seed, now, options)
    owned = {OWNER: world.centers.add("Far Center", utc_offset=9, catalogs=12).bc_id}
    for account in (
        world.add_account("Posix Shop", "America/Los_Angeles", timezone="Etc/GMT+8", history_days=400),
        world.add_account("Line West", "Pacific/Pago_Pago", history_days=200, currency="JPY", fields=dict(owned)),
        world.add_account("Line East", "Pacific/Kiritimati", history_days=200, fields=dict(owned)),
        world.add_account("Quarter Shop", "Asia/Kathmandu", history_days=150, countries=("NP",)),
        world.add_account(
            "Nowhere Shop", "Mars/Olympus_Mons", history_days=100, zone="America/Los_Angeles", timezone="Etc/GMT+8"
        ),
    ):
        if account.name == "Line West":
            # More campaigns and products than a page holds or a report request can name.
            stock(world, account.advertiser_id, products=130, campaigns=160)
        populate(world, account.advertiser_id, campaigns=5, adgroups=3, ads=4, assets=25)
    promote(world, account.advertiser_id)
    odd = world.add_account("Odd Shop", "Europe/Paris", history_days=120, currency="EUR")
    populate(world, odd.advertiser_id)
    add_odd_objects(world, odd.advertiser_id)
    world.add_account("Empty Shop", "Europe/Berlin", history_days=0)
    return world


def bench_world(seed: int = 1, now: str | None = DEFAULT_NOW, options: Options | None = None) -> World:
    """Return four accounts whose daily ad report over 1000 days has exactly 1,000,000 rows."""
    world = World(seed, now, options)
    for number in range(4):
        account = world.add_account(f"Bench {number}", history_days=999)
        populate(world, account.advertiser_id, campaigns=5, adgroups=5, ads=10, assets=100, plain=True)
    return world


SIZES: dict[str, Callable[[int, str | None], World]] = {
    "small": small_world,
    "demo": demo_world,
    "bench": bench_world,
    "shop": shop_world,
}
