"""What the streams beside ads and their reports must emit: posts, pixels, Smart+, shops and Business Centers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any

from integration_tests.tiktok_emulator import World
from integration_tests.tiktok_emulator.center_reads import center_assets
from integration_tests.tiktok_emulator.gmv_max_report import gmv_max_rows
from integration_tests.tiktok_emulator.ledger import ACCOUNT, balance, costs, transactions
from integration_tests.tiktok_emulator.pixels import instant_page_events, pixel_statistics
from integration_tests.tiktok_emulator.smart_plus import smart_plus_records

Json = dict[str, Any]
Rows = Iterator[Json]

ASSET_TYPES = ("ADVERTISER", "CATALOG", "LEAD", "PIXEL", "STOREFRONT", "TIKTOK_SHOP", "TT_ACCOUNT")
PIXEL_DAYS = 30
# TikTok has nothing older of shops.
SHOPS_SINCE = date(2023, 9, 1)
# Personal data that must not get out.
PRIVATE = frozenset({"user_name", "contact_name", "contact_email", "tt_asset_handle", "tt_asset_profile_image"})
SHOP_LEVELS = {
    "product_campaign": ("campaign_id", "PRODUCT"),
    "live_campaign": ("campaign_id", "LIVE"),
    "advertiser": ("advertiser_id", ""),
    "product": ("campaign_id item_group_id", "PRODUCT"),
    "creative": ("campaign_id item_group_id item_id", "PRODUCT"),
    "live_room": ("campaign_id room_id", "LIVE"),
}


@dataclass(frozen=True)
class Reading:
    """A whole read of one stream.

    Attributes:
        accounts: Those that are read.
        first: Last day of each of them by id.
        include_deleted: Whether deleted objects are wanted.
    """

    world: World
    stream: Json
    accounts: tuple[str, ...]
    start: date
    last_days: dict[str, date]
    include_deleted: bool

    @property
    def centers(self) -> list[str]:
        """The Business Centers of the token's user."""
        return [center.bc_id for center in self.world.centers.visible(self.accounts)]

    def days(self, first: date, last: date) -> list[date]:
        """The days from first to last that are wanted."""
        first = max(first, self.start)
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def rows_of(reading: Reading) -> Rows | None:
    """The raw rows of a stream with what they were read for; None for a stream that is none of these."""
    name = reading.stream["name"]
    if name.startswith("gmv_max_") and "_reports_" in name:
        return _without_persons(_shop_report(reading))
    if name in OF_ACCOUNTS:
        read = OF_ACCOUNTS[name]
        return _without_persons(
            {**row, "advertiser_id": account} for account in reading.accounts for row in read(reading, account)
        )
    if name in OF_CENTERS:
        read = OF_CENTERS[name]
        return _without_persons({**row, "bc_id": one} for one in reading.centers for row in read(reading, one))
    return None


def _without_persons(rows: Rows) -> Rows:
    return ({name: value for name, value in row.items() if name not in PRIVATE} for row in rows)


def _assets(kind: str) -> Callable[[Reading, str], list[Json]]:
    return lambda reading, account: reading.world.assets(kind, account)


def _posts(reading: Reading, account: str) -> Rows:
    for post in reading.world.assets("post", account):
        yield {**post, "spark_ads_post_id": post["item_info"]["item_id"]}


def _pixel_statistics(reading: Reading, account: str) -> Rows:
    world, now = reading.world, reading.world.clock.now()
    for day in reading.days(now.date() - timedelta(days=PIXEL_DAYS - 1), now.date()):
        for pixel in world.assets("pixel", account):
            yield {**pixel_statistics(pixel, day, day, now, world.seed), "date": str(day)}


def _smart_plus(level: str) -> Callable[[Reading, str], Rows]:
    def read(reading: Reading, account: str) -> Rows:
        found = smart_plus_records(reading.world, level, account, deleted=reading.include_deleted)
        return _changed(reading, found, "modify_time")

    return read


def _changed(reading: Reading, rows: list[Json], field: str) -> Rows:
    return (row for row in rows if row[field][:10] >= str(reading.start))


def _shop_campaigns(reading: Reading, account: str, promotion: str = "") -> list[Any]:
    return [
        one
        for one in reading.world.shops.campaigns(account)
        if (reading.include_deleted or not one.deleted) and one.promotion in (promotion or one.promotion)
    ]


def _sessions(reading: Reading, account: str) -> Rows:
    now = reading.world.clock.now()
    return (row for one in _shop_campaigns(reading, account, "PRODUCT") for row in one.sessions(now))


def _available_shops(reading: Reading, account: str) -> list[Any]:
    return [one for one in reading.world.shops.stores(account) if one.available]


def _costs(reading: Reading, center: str) -> Rows:
    accounts, now = reading.world.centers.accounts(center), reading.world.clock.now()
    for day in reading.days(date.min, max(reading.last_days.values())):
        yield from ({**row, "date": str(day)} for row in costs(accounts, day, day, now))


def _transactions(reading: Reading, center: str) -> Rows:
    world = reading.world
    made = transactions(world.centers[center], world.centers.accounts(center), ACCOUNT, world.clock.now())
    return _changed(reading, made, "create_time")


def _shop_report(reading: Reading) -> Rows:
    name = reading.stream["name"].removeprefix("gmv_max_")
    level, _, granularity = name.partition("_reports_")
    ids, promotion = SHOP_LEVELS[level]
    time = "stat_time_day" if granularity == "daily" else "stat_time_hour"
    metrics = list(reading.stream["json_schema"]["properties"]["metrics"]["properties"])
    for account, (_, shop) in _shops(reading):
        days = reading.days(SHOPS_SINCE, reading.last_days[account])
        spans = [(day, day) for day in days] if granularity == "hourly" else [(days[0], days[-1])] if days else []
        for first, last in spans:
            for row in gmv_max_rows(
                reading.world,
                account,
                shop.store_id,
                [*ids.split(), time],
                metrics,
                start=first,
                end=last,
                promotions=(promotion,) if promotion and ids == "campaign_id" else (),
                include_deleted=reading.include_deleted,
                campaign_ids=_covered(reading, account, promotion) if " " in ids else None,
            ):
                numbers = {metric: None if value == "-" else value for metric, value in row["metrics"].items()}
                stamps = {"advertiser_id": account, "store_id": shop.store_id}
                yield {**row["dimensions"], **stamps, "dimensions": row["dimensions"], "metrics": numbers}


def _shops(reading: Reading) -> Iterator[tuple[str, tuple[int, Any]]]:
    for account in reading.accounts:
        yield from product((account,), enumerate(_available_shops(reading, account)))


def _covered(reading: Reading, account: str, promotion: str) -> set[str]:
    return {one.campaign_id for one in _shop_campaigns(reading, account, promotion)}


OF_ACCOUNTS: dict[str, Callable[[Reading, str], Any]] = {
    "spark_ads": _posts,
    "pixels": _assets("pixel"),
    "pixel_instant_page_events": lambda reading, _: instant_page_events(reading.world.seed),
    "pixel_events_statistics": _pixel_statistics,
    "smart_plus_campaigns": _smart_plus("campaign"),
    "smart_plus_ad_groups": _smart_plus("adgroup"),
    "smart_plus_ads": _smart_plus("ad"),
    "gmv_max_stores": lambda reading, account: [one.record() for one in reading.world.shops.stores(account)],
    "gmv_max_campaigns": lambda reading, account: _changed(
        reading, [one.record() for one in _shop_campaigns(reading, account)], "modify_time"
    ),
    "gmv_max_sessions": _sessions,
    "gmv_max_products": lambda reading, account: [
        row for one in _available_shops(reading, account) for row in one.product_records()
    ],
    "identities": _assets("identity"),
    "saved_audiences": _assets("saved_audience"),
    "apps": _assets("app"),
}
OF_CENTERS: dict[str, Callable[[Reading, str], Any]] = {
    "business_centers": lambda reading, center: [reading.world.centers[center].record],
    "business_center_assets": lambda reading, center: [
        row for type_ in ASSET_TYPES for row in center_assets(reading.world, center, type_)
    ],
    "catalogs": lambda reading, center: _changed(reading, reading.world.centers.catalogs(center), "update_time"),
    "business_center_account_costs_daily": _costs,
    "business_center_account_transactions": _transactions,
    "advertiser_balances": lambda reading, center: [
        balance(one, reading.world.clock.now()) for one in reading.world.centers.accounts(center)
    ],
}
