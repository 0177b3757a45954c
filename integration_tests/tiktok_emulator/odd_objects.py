"""What real accounts hold and clients stumble over, added to an account on request."""

from itertools import product
from typing import Any

from integration_tests.tiktok_emulator.model import AD, ADGROUP, PROMOTE, TREE, Entity
from integration_tests.tiktok_emulator.world import World

ZERO_DATES = ("0001-01-01 00:00:00", "1970-01-01 00:00:00", "0000-00-00 00:00:00")
# TikTok: the second is spelled so, and the third is a status of ad groups that ads carry too.
_STATUSES = ("AD_STATUS_DELIVERY_OK", "AD_STAUS_PIXEL_UNBIND", "ADGROUP_STATUS_FROZEN")
_SMART_PLUS = "UPGRADED_SMART_PLUS"


def add_odd_objects(world: World, advertiser_id: str) -> None:
    """Add objects with zero dates of change, boosted posts and Upgraded Smart+ ads.

    None of them delivers, so that reports stay as they are.
    """
    for zero in ZERO_DATES:
        _add_tree(world, advertiser_id, f"Changed {zero[:4]}", modify_time=zero)
    post = _add_tree(world, advertiser_id, "Promote", dated=False, campaign_system_origin=PROMOTE)
    smart = _add_tree(world, advertiser_id, "Smart+", campaign_automation_type=_SMART_PLUS)
    group = smart[ADGROUP.name].entity_id
    shared = f"182{smart[AD.name].entity_id[3:]}"
    for status, number in product(_STATUSES, range(2)):
        world.add_object(
            "ad",
            group,
            name=f"Creative {number} {status}",
            density=0,
            dated=False,
            secondary_status=status,
            smart_plus_ad_id=shared,
            ad_id_v2=shared,
        )
    world.add_object("ad", post[ADGROUP.name].entity_id, name="Promote twice", density=0, dated=False)


def _add_tree(
    world: World, advertiser_id: str, name: str, *, dated: bool = True, **fields: Any
) -> dict[str, Entity]:
    """Add a campaign, an ad group in it and an ad in that, all alike."""
    parent_id = advertiser_id
    made: dict[str, Entity] = {}
    for level in TREE:
        entity = world.add_object(level.name, parent_id, name=name, density=0, dated=dated, **fields)
        made[level.name], parent_id = entity, entity.entity_id
    return made
