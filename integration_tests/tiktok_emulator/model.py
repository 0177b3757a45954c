"""The things of the emulated world: accounts, and the campaigns, ad groups and ads in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import Any

from integration_tests.tiktok_emulator.hashing import digest, mix


@dataclass(frozen=True)
class Level:
    """One level of the account tree, with TikTok's words for it."""

    name: str
    letter: str
    data_level: str
    id_field: str
    status_field: str
    ids_filter: str
    status_prefix: str
    id_prefix: str
    typical_status: str


ADVERTISER = Level("advertiser", "v", "AUCTION_ADVERTISER", "advertiser_id", "", "", "", "731", "")
CAMPAIGN = Level(
    "campaign",
    "c",
    "AUCTION_CAMPAIGN",
    "campaign_id",
    "campaign_status",
    "campaign_ids",
    "CAMPAIGN_STATUS",
    "179",
    "ENABLE",
)
ADGROUP = Level(
    "adgroup",
    "g",
    "AUCTION_ADGROUP",
    "adgroup_id",
    "adgroup_status",
    "adgroup_ids",
    "ADGROUP_STATUS",
    "180",
    "DELIVERY_OK",
)
AD = Level("ad", "a", "AUCTION_AD", "ad_id", "ad_status", "ad_ids", "AD_STATUS", "181", "DELIVERY_OK")

TREE = (CAMPAIGN, ADGROUP, AD)
LEVELS = {level.name: level for level in (ADVERTISER, *TREE)}
AD_ID_V2 = "ad_id_v2"
"""The dimension that counts the creatives of an Upgraded Smart+ ad as one; other ads are themselves."""
ID_DIMENSIONS = (*(level.id_field for level in LEVELS.values()), AD_ID_V2)
DATA_LEVELS = {level.data_level: level for level in LEVELS.values()}

AUCTION = "AUCTION"
REACH_AND_FREQUENCY = "RESERVATION_RF"
TOP_VIEW = "RESERVATION_TOP_VIEW"
BUYING_TYPES = (AUCTION, REACH_AND_FREQUENCY, TOP_VIEW)

# A post that was boosted in TikTok's app.
PROMOTE = "PROMOTE"
ORIGINS = ("TT_ADS_PLATFORM", PROMOTE)

ENABLE = "ENABLE"
DISABLE = "DISABLE"
DELETE = "DELETE"


@dataclass(eq=False)
class Account:
    """An ad account.

    Attributes:
        advertiser_id: 19 digits, more than a float can hold.
        zone: the true time zone of its days; the two published names may be odd or unknown.
        timezone: published name, possibly `Etc/GMT+8` with the POSIX sign.
        display_timezone: published name, normally a place of the IANA data base.
        created: moment of creation in UTC; nothing was delivered before its local day.
        sandbox: whether it lives in the sandbox instead of in production.
        countries: where its ads are shown.
        draw: number from which its values follow.
        week: for accounts whose figures are made for people: how Monday to Sunday differ.
    """

    advertiser_id: str
    name: str
    zone: tzinfo
    timezone: str
    display_timezone: str
    created: datetime
    currency: str
    sandbox: bool
    countries: tuple[str, ...]
    draw: int
    fields: dict[str, Any] = field(default_factory=dict)
    week: tuple[float, ...] = ()

    def local_day(self, moment: datetime) -> date:
        """Return the account's day at a UTC moment."""
        return moment.astimezone(self.zone).date()


@dataclass(eq=False)
class Entity:
    """A campaign, an ad group or an ad.

    Attributes:
        modified: None for Smart+ creatives, which come without `modify_time`.
        state: ENABLE, DISABLE or DELETE; the state of its own, not of its parents.
        ended: moment of deletion, or of a campaign's end; no delivery after its local day.
        density: report rows per 1000 possible ones.
        touched: moment of the last change, also of what comes without `modify_time`.
        fields: values that replace or extend the usual ones of the record.
        kind: what ad it is in an account whose figures are made for people (`habits.py`); None for anything.
        days_off: days without delivery.
    """

    level: Level
    entity_id: str
    account: Account
    parent: "Entity | None"
    name: str
    buying_type: str
    created: datetime
    modified: datetime | None
    state: str
    density: int
    draw: int
    ended: datetime | None = None
    touched: datetime | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    kind: int | None = None
    days_off: frozenset[date] = frozenset()

    @property
    def deleted(self) -> bool:
        """Whether the object itself (not a parent of it) is deleted."""
        return self.state == DELETE

    @property
    def origin(self) -> str:
        """Where the object's campaign was made."""
        return str(self.lineage()[CAMPAIGN.name].fields.get("campaign_system_origin") or ORIGINS[0])

    @property
    def ad_id_v2(self) -> str:
        """The Upgraded Smart+ ad that a creative belongs to; of any other ad its own id."""
        if self.modified is not None and "smart_plus_ad_id" not in self.fields:
            return self.entity_id
        return str(self.fields.get("smart_plus_ad_id") or f"182{self.entity_id[3:]}")

    def has_status(self, status: str) -> bool:
        """Tell whether the object has a `primary_status`, which is also the report status of its level."""
        own = {DELETE: "STATUS_DELETE", ENABLE: "STATUS_DELIVERY_OK"}.get(self.state, "STATUS_DISABLE")
        return status in ("STATUS_ALL", own) or (status == "STATUS_NOT_DELETE" and not self.deleted)

    def lineage(self) -> "Mapping[str, Entity]":
        """Return the object and its parents by level name."""
        return self._lineage

    @cached_property
    def _lineage(self) -> "Mapping[str, Entity]":
        above = self.parent.lineage() if self.parent else {}
        return {**above, self.level.name: self}


def make_id(prefix: str, *parts: object) -> str:
    """Return an id of 19 digits: three of the kind, 16 of the name."""
    return f"{prefix}{digest('id', *parts) % 10**16:016d}"


def sub_draw(draw: int, purpose: str) -> int:
    """Return an independent number of the same object for another purpose."""
    return mix(draw, digest(purpose))
