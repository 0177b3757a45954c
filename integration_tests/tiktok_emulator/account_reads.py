"""Spark posts, identities, saved audiences and apps of an account."""

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.filters import filters_of, unmodelled_parameters
from integration_tests.tiktok_emulator.identities import (
    BC_AUTH_TT,
    CUSTOMIZED_USER,
    IDENTITY,
    IDENTITY_DETAILS,
    IDENTITY_TYPES,
)
from integration_tests.tiktok_emulator.listing import Page, Plain, RecordListing
from integration_tests.tiktok_emulator.parameters import id_list, one_of
from integration_tests.tiktok_emulator.posts import CAROUSEL, POST, VIDEO
from integration_tests.tiktok_emulator.records import Record
from integration_tests.tiktok_emulator.saved_audiences import APP, SAVED_AUDIENCE

# TikTok: a keyword of so many digits is a post id and matches exactly.
_ID_DIGITS = 19


def list_posts(call: Call) -> Page:
    """Answer `tt_video/list/`."""
    page, size = call.page()
    records = call.world.assets(POST.name, call.advertiser_id)
    types = call.parameters.array("item_types")
    if types is not None:
        wanted = {one_of("item_types", one, (VIDEO, CAROUSEL)) for one in types}
        records = [record for record in records if record["item_info"]["item_type"] in wanted]
    if "keyword" in call.parameters:
        keyword = call.parameters.raw["keyword"]
        if not (keyword.isdigit() and len(keyword) >= _ID_DIGITS):
            raise NotModelledError("how a keyword finds posts")
        records = [record for record in records if record["item_info"]["item_id"] == keyword]
    return Page(RecordListing(records), "list", page, size)


def read_identities(call: Call) -> Page:
    """Answer `identity/get/`; the list is called `identity_list`."""
    page, size = call.page()
    kind = call.parameters.raw.get("identity_type", "")
    if kind:
        one_of("identity_type", kind, IDENTITY_TYPES)
    _check_keyword(call, kind)
    records = call.world.assets(IDENTITY.name, call.advertiser_id)
    if kind == BC_AUTH_TT:
        records = _of_center(call, records)
    elif kind:
        records = [record for record in records if record["identity_type"] == kind]
    else:
        records = [_without_details(record) for record in records]
    return Page(RecordListing(records), "identity_list", page, size)


def _check_keyword(call: Call, kind: str) -> None:
    if "keyword" in filters_of(call, "keyword"):
        if kind not in ("", CUSTOMIZED_USER):
            raise parameter_error("filtering.keyword", f"Not supported with identity_type {kind}.")
        raise NotModelledError("how a keyword finds identities")


def _of_center(call: Call, records: list[Record]) -> list[Record]:
    center = call.parameters.number_text("identity_authorized_bc_id")
    if call.world.accounts[call.advertiser_id].fields.get("owner_bc_id") != center:
        raise ApiError(40001, f"No permission to operate Business Center {center}.")
    return [record for record in records if record["identity_type"] == BC_AUTH_TT]


def _without_details(record: Record) -> Record:
    if record["identity_type"] != BC_AUTH_TT:
        return record
    return {key: value for key, value in record.items() if key not in IDENTITY_DETAILS}


def list_saved_audiences(call: Call) -> Page:
    """Answer `dmp/saved_audience/list/`; the list is called `saved_audiences`."""
    page, size = call.page()
    records = call.world.assets(SAVED_AUDIENCE.name, call.advertiser_id)
    wanted = call.parameters.array("saved_audience_ids")
    if wanted is not None:
        ids = id_list("saved_audience_ids", wanted)
        records = [record for record in records if record["saved_audience_id"] in ids]
    return Page(RecordListing(records), "saved_audiences", page, size)


def list_apps(call: Call) -> Plain:
    """Answer `app/list/`, which knows no pages; the list is called `apps`."""
    unmodelled_parameters(call, "app_platform_ids")
    return Plain({"apps": call.world.assets(APP.name, call.advertiser_id)})
