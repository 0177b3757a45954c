"""What one ad's delivery of one day is made of, and into which rows it falls.

Every report adds up the same pieces, whatever it is split by. So hours agree with days, groups with totals, and
parents with their children; and a row exists if and only if a piece of it does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

from integration_tests.tiktok_emulator.hashing import digest, mix

HOURS = 24
SIXTHS = 6
"""A running hour grows in steps of ten minutes."""

_BUSY_HOURS = 600
_TIERS = ("interest_category_tier2", "interest_category_tier3", "interest_category_tier4")
_INTERESTS = {
    "interest_category": ("10", "13", "15", "22"),
    **{tier: tuple(f"{tier[-1]}{number}001" for number in range(1, 7)) for tier in _TIERS},
}
AUDIENCE_VALUES: dict[str, tuple[str, ...]] = {
    "gender": ("FEMALE", "MALE", "NONE"),
    "age": ("AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100", "NONE"),
    "platform": ("ANDROID", "IPHONE", "IPAD"),
    "province_id": ("5332921", "4597040", "1861060", "6252001"),
    "dma_id": ("501", "803", "602"),
    "language": ("en", "es", "ja", "zh-Hant"),
    "placement": ("TikTok", "Pangle", "Global App Bundle"),
    "ac": ("WIFI", "4G", "5G"),
    "device_brand_id": ("200001", "200002", "200003"),
    "behavior_id": ("1001", "1002", "1003"),
    "contextual_tag": ("tag_1", "tag_2"),
    "hashtag": ("5001", "5002", "5003"),
    "audience_tags": ("6001", "6002"),
    "additional_interests": ("7001", "7002"),
    "purchase_intention": ("8001", "8002"),
    "ad_type": ("Search", "Non-search"),
    **_INTERESTS,
}
"""Values of the audience dimensions; those of `country_code` are the account's."""

# TikTok: a known fault, the values of these do not add up to the total.
INCOMPLETE = frozenset({"province_id", *_INTERESTS})


class Piece(NamedTuple):
    """The least that is ever reported of an ad: a part of one hour in one country; an hour has one or two."""

    hour: int
    draw: int


@dataclass(frozen=True)
class Span:
    """Hours of a day.

    Attributes:
        first: first hour.
        stop: hour behind the last one.
        sixths: how much of the last hour has passed, in sixths.
    """

    first: int = 0
    stop: int = HOURS
    sixths: int = SIXTHS

    @cached_property
    def shares(self) -> tuple[int, ...]:
        """How many sixths of each hour of a day lie in the span."""
        last = self.stop - 1
        return tuple(
            0 if not self.first <= hour <= last else self.sixths if hour == last else SIXTHS
            for hour in range(HOURS)
        )


WHOLE = Span()


@lru_cache(maxsize=4096)
def pieces_of(seed: int, variant: int, *, always: bool) -> tuple[Piece, ...]:
    """Return the pieces of a day.

    Args:
        seed: seed of the world.
        variant: which day it is of the few that there are.
        always: whether every hour has a piece.
    """
    basis = digest(seed, "pieces", variant)
    busy = [hour for hour in range(HOURS) if always or mix(basis, hour) % 1000 < _BUSY_HOURS]
    return tuple(
        Piece(hour, mix(basis, HOURS * (place + 1) + hour))
        for hour in busy or [variant % HOURS]
        for place in range(1 + mix(basis, hour) // 1000 % 2)
    )


@dataclass(frozen=True)
class Breakdown:
    """The dimensions of a report besides id and time, each with its number of values."""

    dimensions: tuple[tuple[str, int], ...] = ()

    def places(self) -> Iterator[tuple[int, ...]]:
        """Yield the numbers of the values of each group, in the order of their numbers."""
        return product(*(range(count) for _, count in self.dimensions))

    def group(self, piece: Piece) -> int | None:
        """Return the number of the group that a piece falls into, None for none."""
        number = 0
        for name, count in self.dimensions:
            value = _value(piece, name, count)
            if value >= count:
                return None
            number = number * count + value
        return number


@lru_cache(maxsize=8192)
def placed(seed: int, variant: int, breakdown: Breakdown, *, always: bool) -> tuple[tuple[int, int, int], ...]:
    """Return the pieces of a day that fall into a group: hour, draw, number of the group."""
    return tuple(
        (piece.hour, piece.draw, group)
        for piece in pieces_of(seed, variant, always=always)
        if (group := breakdown.group(piece)) is not None
    )


def _value(piece: Piece, name: str, count: int) -> int:
    """Return the number of a piece's value in a dimension, which no other dimension changes."""
    return mix(piece.draw, _dimension_draw(name)) % (count + 1 if name in INCOMPLETE else count)


@lru_cache(maxsize=64)
def _dimension_draw(name: str) -> int:
    return digest("dimension", name)
