"""Audiences, images, videos, music and portfolios of an account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from integration_tests.tiktok_emulator.hashing import digest, pick
from integration_tests.tiktok_emulator.model import Account, make_id
from integration_tests.tiktok_emulator.records import Record, basis, iso_stamp, stamp, templates

_SHARED_ONE_IN = 3
_USER_MUSIC_ONE_IN = 3
_LINKS = ("image_url", "preview_url", "url")


@dataclass(frozen=True)
class Blank:
    """An asset yet to be made: whose it is, its unique name, its number, and when the world was built."""

    account: Account
    name: str
    draw: int
    born: datetime

    @property
    def created(self) -> datetime:
        """A moment within the 500 days before the world was built."""
        return self.born - timedelta(seconds=self.draw % (500 * 86_400))

    @property
    def modified(self) -> datetime:
        """A moment of change; every other asset was never changed."""
        return self.created + (self.born - self.created) * (self.draw % 2) / 2

    @property
    def link(self) -> str:
        """A link to its preview."""
        return f"https://p16.example/{self.draw}"


@dataclass(frozen=True)
class AssetKind:
    """A kind of asset: its name, and how one of its records is made."""

    name: str
    make: Callable[[Blank], Record]


def _audience(blank: Blank) -> Record:
    return {
        **basis("audience", blank.draw),
        "audience_id": make_id("188", blank.name)[:15],
        "name": f"Audience {blank.draw % 1000}",
        "shared": blank.name.startswith("everyone"),
        "owner_id": blank.account.advertiser_id,
        "cover_num": blank.draw % 3_000_000_000,
        "calculate_type": pick(blank.draw, (None, "UNIQUE_DEVICE")),
        "create_time": stamp(blank.created),
        "expired_time": pick(blank.draw, (stamp(blank.created + timedelta(days=365)), None)),
    }


def _image(blank: Blank) -> Record:
    return {
        **basis("image", blank.draw),
        "image_id": f"ad-site-i18n-sg/{make_id('202', blank.name)}",
        "material_id": make_id("730", blank.name),
        "file_name": pick(blank.draw, ("banner.png", "ünïcode 名.jpg", "")),
        "size": blank.draw % 5_000_000_000,
        "signature": blake2b(blank.name.encode(), digest_size=16).hexdigest(),
        "image_url": blank.link,
        "create_time": iso_stamp(blank.created),
        "modify_time": iso_stamp(blank.modified),
    }


def _video(blank: Blank) -> Record:
    return {
        **basis("video", blank.draw),
        "video_id": f"v10033g5{make_id('000', blank.name)}",
        "material_id": make_id("732", blank.name),
        "duration": blank.draw % 60_000 / 1000,
        "bit_rate": blank.draw % 4_000_000,
        "flaw_types": pick(blank.draw, (None, [], ["LOW_RESOLUTION"])),
        "preview_url": blank.link,
        "create_time": iso_stamp(blank.created),
        "modify_time": iso_stamp(blank.modified),
    }


def _music(blank: Blank) -> Record:
    by_user = blank.draw % _USER_MUSIC_ONE_IN == 0
    created = iso_stamp(blank.created) if by_user else None
    return {
        **basis("music", blank.draw),
        "music_id": make_id("710", blank.name),
        "material_id": make_id("733", blank.name),
        "sources": ["USER"] if by_user else ["SYSTEM"],
        "author": pick(blank.draw, (None, "DJ 日本")),
        "liked": pick(blank.draw, (None, True, False)),
        "duration": None if by_user else blank.draw % 200_000 / 1000,
        "style": None if by_user else "pop",
        "url": blank.link,
        "create_time": created,
        "modify_time": created,
    }


def _portfolio(blank: Blank) -> Record:
    """Return a portfolio; what else it holds hangs on its type, and so does whether there is a preview."""
    designs = templates()["portfolio"]["variants"]
    return {**pick(blank.draw, designs)["fields"], "creative_portfolio_id": make_id("720", blank.name)}


AUDIENCE = AssetKind("audience", _audience)
IMAGE = AssetKind("image", _image)
VIDEO = AssetKind("video", _video)
MUSIC = AssetKind("music", _music)
PORTFOLIO = AssetKind("portfolio", _portfolio)
ASSET_KINDS = {kind.name: kind for kind in (AUDIENCE, IMAGE, VIDEO, MUSIC, PORTFOLIO)}


def make_asset(kind: AssetKind, account: Account, seed: int, number: int, born: datetime) -> Record:
    """Return the record of the account's asset with this number.

    Every third asset is shared: all accounts of the world see the same id.
    """
    shared = number % _SHARED_ONE_IN == _SHARED_ONE_IN - 1
    name = f"{'everyone' if shared else account.advertiser_id}/{kind.name}/{number}/{seed}"
    return kind.make(Blank(account, name, digest(name), born))


# Of posts and identities.
_FURTHER_LINKS = ("poster_url", "profile_image")


def with_fresh_links(record: Record, now: datetime) -> Record:
    """Return the record as it is answered now: its links expire, so they differ from read to read."""
    suffix = f"?x-expires={int(now.timestamp()) + 3600}"
    fresh = {
        key: with_fresh_links(value, now)
        if isinstance(value, dict)
        else f"{value}{suffix}"
        if key in (*_LINKS, *_FURTHER_LINKS) and value
        else value
        for key, value in record.items()
    }
    if "preview_url_expire_time" in record:
        fresh["preview_url_expire_time"] = stamp(now + timedelta(hours=1))
    return fresh
