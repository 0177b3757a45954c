"""Attribute metrics: what a report row says about its object rather than about its delivery."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from integration_tests.tiktok_emulator.hashing import pick
from integration_tests.tiktok_emulator.metrics import ATTRIBUTE, LIST, metric_table
from integration_tests.tiktok_emulator.model import (
    AD,
    AD_ID_V2,
    ADGROUP,
    CAMPAIGN,
    DISABLE,
    Account,
    Entity,
    sub_draw,
)
from integration_tests.tiktok_emulator.records import ad_text

Attribute = str | list[str]
Lineage = Mapping[str, Entity]
Value = Callable[[Account, Lineage], str]

NOT_APPLICABLE = "-"
MANUAL, UPGRADED_AD, UPGRADED_CREATIVE = "MANUAL", "UPGRADED_SMART_PLUS", "UPGRADED_SMART_PLUS_CREATIVE"

# TikTok: reports carry human labels here, not the enums of the entity endpoints, and "0" for no app.
_PLACEMENTS = ("Automatic Placement", "TikTok,News Feed App Series,Helo,Pangle", "TikTok")
_APP_IDS = ("0", "0", "7049876543210987654")
_APP_NAMES = {"0": "0", "7049876543210987654": "Sample App"}
_BUDGETS = ("50.00", "120.50", "1000.00")
# By level: what an object says of itself whoever it is.
_CONSTANTS: dict[str, dict[str, str]] = {
    CAMPAIGN.name: {
        "objective_type": "Traffic",
        "split_test": "Off",
        "campaign_dedicate_type": "-",
        "app_promotion_type": "-",
        "rf_campaign_type": "-",
    },
    ADGROUP.name: {
        "mobile_app_id": "0",
        "dpa_target_audience_type": "-",
        "adgroup_download_url": "-",
        "profile_image": "https://img.example/profile.png",
        "smart_target": "Off",
        "pricing_category": "Bidding",
        "billing_event": "CPC",
        "bid_strategy": "Lowest cost",
        "bid": "0.00",
        "bid_secondary_goal": "-",
        "aeo_type": "-",
        "is_aco": "false",
    },
    AD.name: {
        "call_to_action": "Learn more",
        "ad_profile_image": "https://img.example/ad.png",
        "ad_url": "https://shop.example/?utm_source=tiktok&x=__CID__",
        "image_mode": "Single video",
        "image_info": "https://img.example/cover.png",
        "ad_display_name": "Shop",
        "identity_type": "CUSTOMIZED_USER",
        "is_smart_creative": "false",
    },
}


def _app_id(lineage: Lineage) -> str:
    return pick(sub_draw(lineage[ADGROUP.name].draw, "app"), _APP_IDS)


def _budget(level: str) -> Callable[[Lineage], str]:
    return lambda lineage: pick(sub_draw(lineage[level].draw, "budget"), _BUDGETS)


# Metric -> the level that it speaks of, and how it follows from the object and those above it.
_OF_OBJECTS: dict[str, tuple[str, Callable[[Lineage], str]]] = {
    "campaign_id": (CAMPAIGN.name, lambda lineage: lineage[CAMPAIGN.name].entity_id),
    "campaign_name": (CAMPAIGN.name, lambda lineage: lineage[CAMPAIGN.name].name),
    "campaign_budget": (CAMPAIGN.name, _budget(CAMPAIGN.name)),
    "adgroup_id": (ADGROUP.name, lambda lineage: lineage[ADGROUP.name].entity_id),
    "adgroup_name": (ADGROUP.name, lambda lineage: lineage[ADGROUP.name].name),
    "budget": (ADGROUP.name, _budget(ADGROUP.name)),
    "placement_type": (
        ADGROUP.name,
        lambda lineage: pick(sub_draw(lineage[ADGROUP.name].draw, "placement"), _PLACEMENTS),
    ),
    # TikTok: "Other" for posts that were boosted in the app.
    "promotion_type": (
        ADGROUP.name,
        lambda lineage: "Other" if lineage[ADGROUP.name].origin == "PROMOTE" else "Website",
    ),
    "opt_status": (
        ADGROUP.name,
        lambda lineage: "Disable" if lineage[ADGROUP.name].state == DISABLE else "Enable",
    ),
    "tt_app_id": (ADGROUP.name, _app_id),
    "tt_app_name": (ADGROUP.name, lambda lineage: _APP_NAMES[_app_id(lineage)]),
    "ad_id": (AD.name, lambda lineage: lineage[AD.name].entity_id),
    AD_ID_V2: (AD.name, lambda lineage: lineage[AD.name].ad_id_v2),
    "ad_name": (AD.name, lambda lineage: lineage[AD.name].name),
    "ad_text": (AD.name, lambda lineage: ad_text(lineage[AD.name])),
}
_OF_ACCOUNTS: dict[str, Callable[[Account], str]] = {
    "advertiser_id": lambda account: account.advertiser_id,
    "advertiser_name": lambda account: account.name,
    "currency": lambda account: account.currency,
    "timezone": lambda account: account.timezone,
}
ADDED_FOR_SEVERAL_ACCOUNTS = ("currency", "timezone", "advertiser_id")
"""TikTok adds these to the rows of a request about several accounts."""


def automation_type(entity: Entity, *, whole: bool = False) -> str:
    """Return `campaign_automation_type` of an object; `whole` for an ad as `ad_id_v2` counts it."""
    if entity.level is not AD or entity.ad_id_v2 == entity.entity_id:
        return MANUAL
    return UPGRADED_AD if whole else UPGRADED_CREATIVE


def attribute_values(
    names: tuple[str, ...], account: Account, entities: Sequence[Entity], *, whole: bool = False
) -> dict[str, Attribute]:
    """Return the attribute metrics among the names for the object of a row.

    Args:
        names: the metrics asked for.
        account: the account of the row.
        entities: the object; none at the advertiser level, several for the creatives of one `ad_id_v2`.
        whole: whether the row counts creatives by `ad_id_v2`.
    """
    lineages: list[Lineage] = [entity.lineage() for entity in entities] or [{}]
    found: dict[str, Attribute] = {}
    for name, kind, value in _values_of(names):
        if kind == LIST:
            values = dict.fromkeys(value(account, lineage) for lineage in lineages)
            found[name] = [one for one in values if one != NOT_APPLICABLE]
        else:
            found[name] = value(account, lineages[0])
    if "campaign_automation_type" in found and entities:
        found["campaign_automation_type"] = automation_type(entities[0], whole=whole)
    return found


@lru_cache(maxsize=64)
def _values_of(names: tuple[str, ...]) -> list[tuple[str, str, Value]]:
    """Return the attributes among the names, each with its kind and with what reads its value."""
    table = metric_table()
    kinds = {name: table[name].kind if name in table else ATTRIBUTE for name in names}
    return [
        (name, kind, _value_of(name.removesuffix("_list") if kind == LIST else name))
        for name, kind in kinds.items()
        if kind in (ATTRIBUTE, LIST)
    ]


def _value_of(name: str) -> Value:
    if name in _OF_ACCOUNTS:
        of_account = _OF_ACCOUNTS[name]
        return lambda account, _: of_account(account)
    if name in _OF_OBJECTS:
        level, of_object = _OF_OBJECTS[name]
        return lambda _, lineage: of_object(lineage) if level in lineage else NOT_APPLICABLE
    for level, constants in _CONSTANTS.items():
        if name in constants:
            constant = constants[name]
            return lambda _, lineage: constant if level in lineage else NOT_APPLICABLE
    return lambda _, __: NOT_APPLICABLE
