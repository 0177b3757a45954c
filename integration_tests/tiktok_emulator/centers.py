"""Business Centers: who owns accounts, catalogs and shops, and what was charged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from integration_tests.tiktok_emulator.clock import Clock
from integration_tests.tiktok_emulator.hashing import digest, pick
from integration_tests.tiktok_emulator.model import Account, make_id
from integration_tests.tiktok_emulator.records import Record, stamp

OWNER = "owner_bc_id"
"""The field of an account's record that names its Business Center."""

ASSET_TYPES = (
    "ADVERTISER",
    "CATALOG",
    "DOMAIN",
    "LEAD",
    "PIXEL",
    "STOREFRONT",
    "TIKTOK_SHOP",
    "TT_ACCOUNT",
    "MANAGED_BUSINESS_ACCOUNT",
)
_CATALOG_DAYS = 300


@dataclass(eq=False)
class Center:
    """A Business Center.

    Attributes:
        bc_id: 19 digits.
        utc_offset: hours by which its money is dated, for example -8.
        created: moment of creation.
        catalogs: raw records of its catalogs.
    """

    bc_id: str
    name: str
    currency: str
    utc_offset: int
    created: datetime
    catalogs: list[Record] = field(default_factory=list)

    @property
    def zone(self) -> timezone:
        """The zone of its money."""
        return timezone(timedelta(hours=self.utc_offset))

    @property
    def zone_name(self) -> str:
        """That zone as transactions name it: `UTC-08:00`."""
        return f"UTC{self.utc_offset:+03d}:00"

    @property
    def record(self) -> Record:
        """The record of `bc/get/`."""
        info = {
            "bc_id": self.bc_id,
            "name": self.name,
            "company": f"{self.name} Ltd",
            "currency": self.currency,
            "registered_area": "US",
            "status": "ENABLE",
            # The POSIX sign: `Etc/GMT+8` is UTC-8.
            "timezone": f"Etc/GMT{-self.utc_offset:+d}",
            "type": "NORMAL",
            "verification_status": "VERIFIED",
        }
        return {"bc_info": info, "user_role": "ADMIN", "ext_user_role": {"finance_role": "MANAGER"}}


class Centers:
    """All Business Centers of a world.

    Args:
        seed: seed of the world.
        clock: its clock.
        accounts: its accounts by id; those of a center name it in `owner_bc_id`.
        changed: what to call after a change.
    """

    def __init__(self, seed: int, clock: Clock, accounts: dict[str, Account], changed: Callable[[], None]) -> None:
        self._seed = seed
        self._clock = clock
        self._accounts = accounts
        self._changed = changed
        self._centers: dict[str, Center] = {}

    def __getitem__(self, bc_id: str) -> Center:
        return self._centers[bc_id]

    def add(self, name: str, *, currency: str = "USD", utc_offset: int = -8, catalogs: int = 3) -> Center:
        """Add a Business Center; accounts join it with `fields={"owner_bc_id": center.bc_id}`."""
        created = self._clock.now() - timedelta(days=500)
        center = Center(make_id("700", self._seed, name), name, currency, utc_offset, created)
        center.catalogs = [self._catalog(center, place) for place in range(catalogs)]
        self._centers[center.bc_id] = center
        self._changed()
        return center

    def visible(self, granted: tuple[str, ...]) -> list[Center]:
        """Return the centers that a user of these accounts is a member of."""
        owners = {self._accounts[one].fields.get(OWNER) for one in granted if one in self._accounts}
        return [center for center in self._centers.values() if center.bc_id in owners]

    def accounts(self, bc_id: str) -> list[Account]:
        """Return the accounts of a center."""
        return [account for account in self._accounts.values() if account.fields.get(OWNER) == bc_id]

    def catalogs(self, bc_id: str) -> list[Record]:
        """Return the raw catalogs of a center."""
        return list(self._centers[bc_id].catalogs)

    def change_catalog(self, bc_id: str, place: int, **fields: Any) -> None:
        """Give a catalog new values: its `update_time` becomes now."""
        center = self._centers[bc_id]
        catalog = center.catalogs[place]
        center.catalogs[place] = {**catalog, "update_time": stamp(self._clock.now()), **fields}
        self._changed()

    def delete_catalog(self, bc_id: str, place: int) -> None:
        """Delete a catalog: it is listed no more."""
        center = self._centers[bc_id]
        center.catalogs = [catalog for number, catalog in enumerate(center.catalogs) if number != place]
        self._changed()

    def _catalog(self, center: Center, place: int) -> Record:
        draw = digest(center.bc_id, "catalog", place)
        created = self._clock.now() - timedelta(seconds=draw % (_CATALOG_DAYS * 86_400))
        changed = created + (self._clock.now() - created) * (draw % 2) / 2
        return {
            "catalog_id": make_id("730", center.bc_id, place),
            "catalog_name": pick(draw, ("Spring catalogue", "夏 😀", "Back\\slash")),
            "catalog_type": pick(draw, ("ECOM", "HOTEL")),
            "ad_creation_eligible": pick(draw, ("AVAILABLE", "NOT_AVAILABLE")),
            "bc_info": {"bc_id": center.bc_id, "bc_name": center.name, "picture_url": ""},
            "catalog_conf": {
                "country": "US",
                "currency": center.currency,
                "channel": "ADS",
                "additional_config_list": [],
            },
            "create_time": stamp(created),
            "update_time": stamp(changed),
        }
