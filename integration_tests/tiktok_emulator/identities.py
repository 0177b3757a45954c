"""Identities: what `identity/get/` tells of them."""

from uuid import UUID

from integration_tests.tiktok_emulator.assets import AssetKind, Blank
from integration_tests.tiktok_emulator.hashing import digest, pick
from integration_tests.tiktok_emulator.model import make_id, sub_draw
from integration_tests.tiktok_emulator.records import Record

CUSTOMIZED_USER, AUTH_CODE, TT_USER, BC_AUTH_TT = "CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"
IDENTITY_TYPES = (CUSTOMIZED_USER, AUTH_CODE, TT_USER, BC_AUTH_TT)
# What TikTok leaves out of a BC_AUTH_TT identity unless its type and Business Center are asked for.
IDENTITY_DETAILS = (
    "available_status",
    "ads_only_mode",
    "can_push_video",
    "can_pull_video",
    "can_use_live_ads",
    "can_manage_message",
)


def _identity(blank: Blank) -> Record:
    center = blank.account.fields.get("owner_bc_id")
    kinds = IDENTITY_TYPES if center and not blank.name.startswith("everyone") else IDENTITY_TYPES[:-1]
    kind = pick(sub_draw(blank.draw, "identity"), kinds)
    record: Record = {
        "identity_id": make_id("708", blank.name),
        "identity_type": kind,
        "identity_authorized_bc_id": center if kind == BC_AUTH_TT else None,
        "display_name": pick(blank.draw, ("Sample", "Ünï 名 😀")),
        "profile_image": blank.link,
    }
    if kind in (TT_USER, BC_AUTH_TT):
        # Live answers hold UUIDs here.
        record["identity_id"] = str(UUID(int=digest(blank.name)))
        record["user_name"] = f"creator_{blank.draw % 100}"
        record.update(dict.fromkeys(IDENTITY_DETAILS[1:], blank.draw % 2 == 0), available_status="AVAILABLE")
    return record


IDENTITY = AssetKind("identity", _identity)
