"""Raw records of accounts, campaigns, ad groups and ads, with the JSON types that TikTok sends.

`data/records.json` holds a typical record per kind, a "rich" variant that fills fields which are mostly
null, further variants that fill or lack what hangs on the kind of campaign, ad or asset, what TopView objects
have besides, and the names of further fields that the API knows.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from integration_tests.tiktok_emulator.clock import UTC
from integration_tests.tiktok_emulator.hashing import pick
from integration_tests.tiktok_emulator.model import (
    AD,
    ADGROUP,
    DELETE,
    DISABLE,
    ENABLE,
    PROMOTE,
    TOP_VIEW,
    Account,
    Entity,
    sub_draw,
)

Record = dict[str, Any]

_UNDATED_KEYS_MISSING = 2
_ACCOUNT_STATUSES = ("STATUS_ENABLE", "STATUS_ENABLE", "STATUS_LIMIT", "STATUS_DISABLE")
_REJECTION = "1:Account paused for review.\nPlease see the policy.,endtime:2032-12-10 12:17:03"
_TEXTS = ("Try it today", 'Say "hi" to summer', "夏のセール", "50 % off 😀\nonly now", "", "C:\\temp\\é")


@cache
def templates() -> dict[str, Record]:
    """Return the typical records by kind."""
    path = Path(__file__).with_name("data") / "records.json"
    loaded: dict[str, Record] = orjson.loads(path.read_bytes())
    return loaded


def basis(kind: str, draw: int) -> Record:
    """Return a fresh record of a kind to fill in: the typical one or, just as often, one of its variants."""
    template = templates()[kind]
    typical: Record = {"fields": {}, "absent": []}
    rich: Record = {"fields": template["rich"], "absent": []}
    variant = pick(sub_draw(draw, "rich"), (rich, typical, typical, *template["variants"]))
    record = {**template["record"], **variant["fields"]}
    return {name: value for name, value in record.items() if name not in variant["absent"]}


def known_fields(kind: str) -> frozenset[str]:
    """Return every field name that the API documents for a kind."""
    template = templates()[kind]
    parts = (template["record"], template["rich"], template.get("top_view", ()), template["other_fields"])
    return frozenset().union(*parts, *(variant["fields"] for variant in template["variants"]))


def stamp(moment: datetime) -> str:
    """Write a UTC moment as entity endpoints do: `2024-01-31 23:59:59`, without a zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def iso_stamp(moment: datetime) -> str:
    """Write a UTC moment as asset endpoints do: `2024-01-31T23:59:59Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account_record(account: Account) -> Record:
    """Return the record of `advertiser/info/`."""
    status = pick(sub_draw(account.draw, "status"), _ACCOUNT_STATUSES)
    return {
        **basis("advertiser", account.draw),
        "advertiser_id": account.advertiser_id,
        "name": account.name,
        "status": status,
        "rejection_reason": _REJECTION if status == "STATUS_LIMIT" else "",
        "timezone": account.timezone,
        "display_timezone": account.display_timezone,
        "currency": account.currency,
        "country": account.countries[0],
        "balance": pick(account.draw, (0, 125.5, 98765.43)),
        "create_time": int(account.created.timestamp()),
        **account.fields,
    }


def entity_record(entity: Entity, *, sandbox: bool = False) -> Record:
    """Return the record of `campaign/get/`, `adgroup/get/` or `ad/get/`.

    Args:
        entity: the object.
        sandbox: the sandbox does not return `secondary_status`.
    """
    template = templates()[entity.level.name]
    record: Record = {
        **basis(entity.level.name, entity.draw),
        **(template.get("top_view", {}) if entity.buying_type == TOP_VIEW else {}),
        **_identity(entity),
        **_times(entity),
        "operation_status": ENABLE if entity.state == ENABLE else DISABLE,
        "secondary_status": secondary_status(entity),
        **entity.fields,
    }
    if entity.level is AD and entity.modified is None and entity.draw % _UNDATED_KEYS_MISSING:
        del record["modify_time"]
    if sandbox:
        del record["secondary_status"]
    if entity.origin == PROMOTE:
        kept = {name: record[name] for name in template["promote_fields"] if name in record}
        return {**kept, "campaign_system_origin": PROMOTE}
    return record


def _identity(entity: Entity) -> Record:
    """Return the ids, the names and the fields that hang on the buying type or the level."""
    values: Record = {"advertiser_id": entity.account.advertiser_id}
    for name, ancestor in entity.lineage().items():
        values[f"{name}_id"] = ancestor.entity_id
        values[f"{name}_name"] = ancestor.name
    if entity.level is AD:
        values["ad_text"] = ad_text(entity)
        if entity.modified is None:
            values["campaign_automation_type"] = "UPGRADED_SMART_PLUS"
            group = f"182{entity.entity_id[3:]}"
            values.update(smart_plus_ad_id=group, ad_id_v2=group)
    elif entity.level is ADGROUP:
        values["dayparting"] = "10" * 168
    else:
        values["rf_campaign_type"] = None if entity.buying_type == "AUCTION" else "STANDARD"
        values["new_in_2031"] = {"fields": ["nobody", "knows"]}
    return values


def _times(entity: Entity) -> Record:
    modified = None if entity.modified is None else stamp(entity.modified)
    return {"create_time": stamp(entity.created), "modify_time": modified}


def ad_text(entity: Entity) -> str:
    """Return the caption of an ad, which holds everything that text can hold."""
    return str(entity.fields.get("ad_text", pick(sub_draw(entity.draw, "text"), _TEXTS)))


def secondary_status(entity: Entity) -> str:
    """Return for example `AD_STATUS_DISABLE`, or `AD_STATUS_CAMPAIGN_DELETE` below a deleted object."""
    above = [one.level.name.upper() for one in entity.lineage().values() if one.deleted and one is not entity]
    if above and not entity.deleted:
        return f"{entity.level.status_prefix}_{above[0]}_DELETE"
    words = {DELETE: DELETE, DISABLE: DISABLE, ENABLE: entity.level.typical_status}
    return f"{entity.level.status_prefix}_{words[entity.state]}"
