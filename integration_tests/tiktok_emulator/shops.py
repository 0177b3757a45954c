"""Shops of TikTok and the GMV Max campaigns that sell their products and show their live rooms."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from integration_tests.tiktok_emulator.clock import Clock
from integration_tests.tiktok_emulator.hashing import digest, pick
from integration_tests.tiktok_emulator.lru import Recent
from integration_tests.tiktok_emulator.model import DELETE, DISABLE, ENABLE, Account, make_id, sub_draw
from integration_tests.tiktok_emulator.records import Record, stamp

PRODUCT, LIVE = "PRODUCT", "LIVE"
PRODUCT_CARDS = "-1"
"""TikTok's item id of product cards, which are no posts; it repeats over products."""

DELIVERY_STATUSES = (
    "IN_QUEUE",
    "LEARNING",
    "DELIVERING",
    "NOT_DELIVERYING",
    "AUTHORIZATION_NEEDED",
    "EXCLUDED",
    "UNAVAILABLE",
    "REJECTED",
    "NOT_ACTIVE",
)
_KEPT_REPORTS = 24
_NAMES = ("GMV Max", "夏", "Back\\slash")
_POSTS_PER_PRODUCT = 2
_PRODUCTS_PER_CAMPAIGN = 3
_DAYS_BETWEEN_ROOMS, _DAYS_BETWEEN_SESSIONS, _SESSION_DAYS = 3, 6, 4
_STATUSES = {
    ENABLE: "CAMPAIGN_STATUS_ENABLE",
    DISABLE: "CAMPAIGN_STATUS_DISABLE",
    DELETE: "CAMPAIGN_STATUS_DELETE",
}


@dataclass(frozen=True)
class Product:
    """A product (SPU) of a shop."""

    item_group_id: str
    title: str
    draw: int


@dataclass(frozen=True)
class Item:
    """A post that advertises a product, or the product's cards."""

    item_id: str
    draw: int

    @property
    def delivery_status(self) -> str:
        """How its delivery goes."""
        return pick(sub_draw(self.draw, "delivery"), DELIVERY_STATUSES)


@dataclass(frozen=True)
class Room:
    """A live room, which lasts from its day until the next."""

    room_id: str
    launched: datetime
    draw: int


@dataclass(eq=False)
class Store:
    """A shop.

    Attributes:
        bc_id: the Business Center through which it is used.
        accounts: the ad accounts that list it; the first one may run GMV Max exclusively.
        available: whether GMV Max may be used and reported.
        doubled: whether the list holds it twice, which TikTok does at times.
    """

    store_id: str
    name: str
    bc_id: str
    accounts: list[Account]
    currency: str
    draw: int
    available: bool = True
    doubled: bool = False
    products: list[Product] = field(default_factory=list)

    def record(self) -> Record:
        """Return the record of `gmv_max/store/list/`."""
        owner = self.accounts[0]
        return {
            "store_id": self.store_id,
            "store_name": self.name,
            "store_code": f"USLC{self.draw % 10_000}",
            "store_status": "ACTIVE" if self.available else "INACTIVE",
            "is_gmv_max_available": self.available,
            "is_owner_bc": True,
            "store_authorized_bc_id": self.bc_id,
            "targeting_region_codes": ["US"],
            "thumbnail_url": "https://img.example/s.png",
            "store_authorized_bc_info": {
                "bc_id": self.bc_id,
                "bc_name": "Sample BC",
                "bc_profile_image": "",
                "user_role": "ADMIN",
            },
            "exclusive_authorized_advertiser_info": {
                "advertiser_id": owner.advertiser_id,
                "advertiser_name": owner.name,
            },
            "store_role": "AD_PROMOTION",
        }

    def product_records(self) -> list[Record]:
        """Return the records of `store/product/get/`."""
        return [
            {
                "store_id": self.store_id,
                "item_group_id": one.item_group_id,
                "catalog_id": None,
                "title": one.title,
                "product_image_url": f"https://img.example/{one.draw}.png",
                "min_price": f"{one.draw % 5000 / 100:.2f}",
                "max_price": f"{one.draw % 5000 / 100 + 3:.2f}",
                "currency": self.currency,
                "historical_sales": one.draw % 10_000,
                "category": "Kitchen",
                "quantity": one.draw % 500,
                "status": pick(one.draw, ("AVAILABLE", "NOT_AVAILABLE")),
            }
            for one in self.products
        ]


@dataclass(eq=False)
class GmvCampaign:
    """A GMV Max campaign of one account for one shop.

    Attributes:
        promotion: PRODUCT or LIVE.
        products: what a PRODUCT campaign sells.
        ended: moment of deletion; no delivery after its local day.
    """

    campaign_id: str
    account: Account
    store: Store
    promotion: str
    name: str
    created: datetime
    modified: datetime
    state: str
    draw: int
    products: tuple[Product, ...] = ()
    ended: datetime | None = None

    @property
    def deleted(self) -> bool:
        """Whether it is deleted."""
        return self.state == DELETE

    def has_status(self, status: str) -> bool:
        """Tell whether the campaign has a `primary_status`, or a status of the report filter."""
        own = {DELETE: "STATUS_DELETE", ENABLE: "STATUS_DELIVERY_OK"}.get(self.state, "STATUS_DISABLE")
        return status in ("STATUS_ALL", own) or (status == "STATUS_NOT_DELETE" and not self.deleted)

    def record(self) -> Record:
        """Return the record of `gmv_max/campaign/get/`, which tells nothing of the shop."""
        record: Record = {
            "advertiser_id": self.account.advertiser_id,
            "campaign_id": self.campaign_id,
            "campaign_name": self.name,
            "operation_status": ENABLE if self.state == ENABLE else DISABLE,
            "objective_type": "PRODUCT_SALES",
            "secondary_status": _STATUSES[self.state],
            "create_time": stamp(self.created),
            "modify_time": stamp(self.modified),
        }
        return {**record, "roi_protection_compensation_status": "IN_EFFECT"} if self.draw % 2 else record

    def items(self, product: Product) -> list[Item]:
        """Return the posts of a product in this campaign, and its cards."""
        names = [make_id("721", product.item_group_id, place) for place in range(_POSTS_PER_PRODUCT)]
        return [Item(one, digest(self.campaign_id, product.item_group_id, one)) for one in (*names, PRODUCT_CARDS)]

    def rooms(self, now: datetime) -> list[Room]:
        """Return all live rooms so far: another one every few days."""
        if self.promotion != LIVE:
            return []
        step = timedelta(days=_DAYS_BETWEEN_ROOMS)
        until = min(now, self.ended or now)
        launched = [self.created + step * number for number in range((until - self.created) // step + 1)]
        ids = [make_id("739", self.campaign_id, number) for number in range(len(launched))]
        return [Room(*one, digest(one[0])) for one in zip(ids, launched, strict=True)]

    def sessions(self, now: datetime) -> list[Record]:
        """Return the records of the sessions in force."""
        if self.deleted or self.promotion != PRODUCT:
            return []
        number = (now - self.created) // timedelta(days=_DAYS_BETWEEN_SESSIONS)
        start = self.created + timedelta(days=number * _DAYS_BETWEEN_SESSIONS)
        spans = [("SCHEDULE_FROM_NOW", 0, self.created, self.created + timedelta(days=3650))]
        if now < start + timedelta(days=_SESSION_DAYS):
            spans.append(("SCHEDULE_START_END", number + 1, start, start + timedelta(days=_SESSION_DAYS)))
        return [
            {
                "session_id": make_id("178", self.campaign_id, "session", place),
                "campaign_id": self.campaign_id,
                "bid_type": "NO_BID",
                "budget": 50 + self.draw % 50,
                "product_list": [{"spu_id": one.item_group_id} for one in self.products[:1]],
                "schedule_type": schedule_type,
                "schedule_start_time": stamp(first),
                "schedule_end_time": stamp(last),
            }
            for schedule_type, place, first, last in spans
        ]

    def days(self, now: datetime) -> tuple[date, date]:
        """Return the first and the last day of delivery, in the account's zone."""
        return self.account.local_day(self.created), self.account.local_day(self.ended or now)


class Shops:
    """All shops and GMV Max campaigns of a world.

    Args:
        seed: seed of the world.
        clock: its clock.
        changed: what to call after a change.
    """

    def __init__(self, seed: int, clock: Clock, changed: Callable[[], None]) -> None:
        self._seed = seed
        self._clock = clock
        self._changed = changed
        self._stores: list[Store] = []
        self._campaigns: dict[str, GmvCampaign] = {}
        self.reports: Recent[list[Record]] = Recent(_KEPT_REPORTS)

    def add_store(
        self, name: str, bc_id: str, accounts: list[Account], *, products: int = 4, **fields: Any
    ) -> Store:
        """Add a shop with products; `fields` are those of `Store`."""
        store = Store(
            make_id("749", self._seed, name), name, bc_id, accounts, accounts[0].currency, digest(self._seed, name)
        )
        for place in range(products):
            draw = digest(store.store_id, place)
            title = pick(draw, ("Sample mug", "夏のコップ 😀", 'The "best" mug'))
            store.products.append(Product(make_id("172", store.store_id, place), title, draw))
        store = replace(store, **fields)
        self._stores.append(store)
        self._changed()
        return store

    def add_campaign(
        self,
        account: Account,
        store: Store,
        promotion: str,
        *,
        name: str = "",
        state: str = ENABLE,
        created: datetime | None = None,
    ) -> GmvCampaign:
        """Add a campaign, now or as if it had been there since `created`."""
        number = len(self.campaigns(account.advertiser_id))
        campaign_id = make_id("179", self._seed, account.advertiser_id, "gmv max", number)
        draw, now = digest(campaign_id), self._clock.now()
        born = created or now
        modified = born + (now - born) * (draw % 1000) / 1000
        first = draw % max(1, len(store.products))
        sold = [*store.products[first:], *store.products[:first]][:_PRODUCTS_PER_CAMPAIGN]
        campaign = GmvCampaign(
            campaign_id,
            account,
            store,
            promotion,
            name or f"{pick(draw, _NAMES)} {number}",
            born,
            modified,
            state,
            draw,
            tuple(sold) if promotion == PRODUCT else (),
            modified if state == DELETE else None,
        )
        self._campaigns[campaign_id] = campaign
        self._changed()
        return campaign

    def stores(self, advertiser_id: str) -> list[Store]:
        """Return the shops that an account lists, each once."""
        return [
            one for one in self._stores if advertiser_id in {account.advertiser_id for account in one.accounts}
        ]

    def stores_of_center(self, bc_id: str) -> list[Store]:
        """Return the shops that are used through a Business Center."""
        return [one for one in self._stores if one.bc_id == bc_id]

    def campaign(self, campaign_id: str) -> GmvCampaign:
        """Return a campaign by its id."""
        return self._campaigns[campaign_id]

    def campaigns(self, advertiser_id: str) -> list[GmvCampaign]:
        """Return an account's campaigns, newest first, deleted ones included."""
        found = [one for one in self._campaigns.values() if one.account.advertiser_id == advertiser_id]
        return sorted(found, key=lambda one: (one.created, one.campaign_id), reverse=True)

    def touch(self, campaign_id: str, *, name: str = "", state: str = "") -> None:
        """Change a campaign: its `modify_time` becomes now."""
        campaign, now = self._campaigns[campaign_id], self._clock.now()
        campaign.modified, campaign.name, campaign.state = now, name or campaign.name, state or campaign.state
        campaign.ended = now if campaign.deleted else None
        self._changed()

    def delete(self, campaign_id: str) -> None:
        """Delete a campaign: default reads no longer show it."""
        self.touch(campaign_id, state=DELETE)
