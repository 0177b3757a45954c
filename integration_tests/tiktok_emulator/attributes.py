"""Attribute metrics: what a report row says about its object rather than about its delivery."""

from collections.abc import Callable

from integration_tests.tiktok_emulator.hashing import pick
from integration_tests.tiktok_emulator.metrics import metric_table
from integration_tests.tiktok_emulator.model import AD, ADGROUP, CAMPAIGN, Account, Entity, sub_draw
from integration_tests.tiktok_emulator.records import ad_text

# TikTok: reports carry human labels here, not the enums of the entity endpoints, and "0" for no app.
_PLACEMENTS = ("Automatic Placement", "TikTok,News Feed App Series,Helo,Pangle", "TikTok")
_APP_IDS = ("0", "0", "7049876543210987654")
_CONSTANTS = {
    "promotion_type": "Website",
    "mobile_app_id": "0",
    "dpa_target_audience_type": "-",
    "objective_type": "Traffic",
    "billing_event": "CPC",
    "bid_strategy": "Lowest cost",
    "call_to_action": "Learn more",
    "image_mode": "Single video",
    "is_aco": "false",
    "is_smart_creative": "false",
}
_APP_NAMES = {"0": "0", "7049876543210987654": "Sample App"}


def _app_id(lineage: dict[str, Entity]) -> str:
    return pick(sub_draw(lineage[ADGROUP.name].draw, "app"), _APP_IDS)


_FROM_LINEAGE: dict[str, Callable[[dict[str, Entity]], str]] = {
    "campaign_id": lambda lineage: lineage[CAMPAIGN.name].entity_id,
    "campaign_name": lambda lineage: lineage[CAMPAIGN.name].name,
    "adgroup_id": lambda lineage: lineage[ADGROUP.name].entity_id,
    "adgroup_name": lambda lineage: lineage[ADGROUP.name].name,
    "ad_id": lambda lineage: lineage[AD.name].entity_id,
    "ad_name": lambda lineage: lineage[AD.name].name,
    "ad_text": lambda lineage: ad_text(lineage[AD.name]),
    "placement_type": lambda lineage: pick(sub_draw(lineage[ADGROUP.name].draw, "placement"), _PLACEMENTS),
    "tt_app_id": _app_id,
    "tt_app_name": lambda lineage: _APP_NAMES[_app_id(lineage)],
}
_FROM_ACCOUNT: dict[str, Callable[[Account], str]] = {
    "advertiser_id": lambda account: account.advertiser_id,
    "advertiser_name": lambda account: account.name,
    "currency": lambda account: account.currency,
}


def attribute_values(names: tuple[str, ...], account: Account, entity: Entity | None) -> dict[str, str]:
    """Return the attribute metrics among the names for the object of a row.

    Args:
        names: the metrics asked for.
        account: the account of the row.
        entity: the object; None at the advertiser level.
    """
    lineage = entity.lineage() if entity else {}
    return {name: _attribute(name, account, lineage) for name in names if metric_table()[name].kind == "attribute"}


def _attribute(name: str, account: Account, lineage: dict[str, Entity]) -> str:
    if name in _FROM_ACCOUNT:
        return _FROM_ACCOUNT[name](account)
    if name in _FROM_LINEAGE:
        return _FROM_LINEAGE[name](lineage)
    return _CONSTANTS.get(name, "-")
