"""Business Centers: the list, assets, catalogs, costs, transactions and balances."""

from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.centers import ASSET_TYPES, Center
from integration_tests.tiktok_emulator.clock import UTC
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.filters import filters_of, trimmer, unmodelled_parameters
from integration_tests.tiktok_emulator.identities import IDENTITY
from integration_tests.tiktok_emulator.ledger import ACCOUNT, CENTER, balance, costs, transactions
from integration_tests.tiktok_emulator.listing import Page, RecordListing
from integration_tests.tiktok_emulator.parameters import id_list, iso_day, one_of, utc_time
from integration_tests.tiktok_emulator.pixels import PIXEL
from integration_tests.tiktok_emulator.records import Record
from integration_tests.tiktok_emulator.world import World

MOST_DAYS = 365
_COST_DAYS, _TRANSACTION_DAYS = 7, 90
_LEVELS = (ACCOUNT, CENTER, "PAYMENT_PORTFOLIO")


def _center(call: Call) -> Center:
    """Return the Business Center asked for; one that the user is no member of is a 40001."""
    bc_id = call.parameters.number_text("bc_id")
    for center in call.world.centers.visible(call.granted):
        if center.bc_id == bc_id:
            return center
    raise ApiError(40001, f"No permission to operate Business Center {bc_id}.")


def list_centers(call: Call) -> Page:
    """Answer `bc/get/`: the Business Centers of the user."""
    page, size = call.page()
    scene = one_of(
        "scene", call.parameters.raw.get("scene") or "SINGLE_ACCOUNT", ("SINGLE_ACCOUNT", "TIERED_ACCOUNT")
    )
    if scene != "SINGLE_ACCOUNT":
        raise NotModelledError(f"scene {scene}")
    unmodelled_parameters(call, "filtering")
    found = [_center(call)] if "bc_id" in call.parameters else call.world.centers.visible(call.granted)
    return Page(RecordListing([center.record for center in found]), "list", page, size)


def list_assets(call: Call) -> Page:
    """Answer `bc/asset/get/`: the assets of one type."""
    page, size = call.page()
    center = _center(call)
    asset_type = call.parameters.choice("asset_type", ASSET_TYPES)
    unmodelled_parameters(call, "child_bc_id", "filtering")
    return Page(RecordListing(center_assets(call.world, center.bc_id, asset_type)), "list", page, size)


def center_assets(world: World, bc_id: str, asset_type: str) -> list[Record]:
    """Return the assets of a Business Center; which fields come back depends on their type."""
    accounts = [one.advertiser_id for one in world.centers.accounts(bc_id)]
    found: dict[str, Record] = {}
    if asset_type == "ADVERTISER":
        found = {one: _account(world.account_record(one)) for one in accounts}
    elif asset_type == "CATALOG":
        for one in world.centers.catalogs(bc_id):
            fields = {"catalog_role": "ADMIN", "ad_creation_eligible": one["ad_creation_eligible"]}
            found[one["catalog_id"]] = {"asset_name": one["catalog_name"], **fields}
    elif asset_type == "PIXEL":
        for one in chain.from_iterable(world.assets(PIXEL.name, account) for account in accounts):
            found[one["pixel_id"]] = {"asset_name": one["pixel_name"], "pixel_code": one["pixel_code"]}
    elif asset_type == "TT_ACCOUNT":
        for one in chain.from_iterable(world.assets(IDENTITY.name, account) for account in accounts):
            if one["identity_authorized_bc_id"] == bc_id:
                fields = {"tt_account_roles": ["POST"], "owner_bc_name": None}
                found[one["identity_id"]] = {"asset_name": one["display_name"], **fields}
    elif asset_type == "TIKTOK_SHOP":
        found = {
            one.store_id: {"asset_name": one.name, "store_role": "AD_PROMOTION"}
            for one in world.shops.stores_of_center(bc_id)
        }
    shared = {"relation_type": "OWNER_BC", "relation_status": "BOUND", "owner_bc_name": world.centers[bc_id].name}
    return [{"asset_type": asset_type, "asset_id": key, **shared, **fields} for key, fields in found.items()]


def _account(record: Record) -> Record:
    return {
        "asset_name": record["name"],
        "advertiser_status": record["status"],
        "advertiser_account_type": "AUCTION",
        "advertiser_role": "ADMIN",
    }


def list_catalogs(call: Call) -> Page:
    """Answer `catalog/get/`."""
    page, size = call.page()
    records = call.world.centers.catalogs(_center(call).bc_id)
    if "catalog_id" in call.parameters:
        records = [one for one in records if one["catalog_id"] == call.parameters.raw["catalog_id"]]
    return Page(RecordListing(records), "list", page, size)


def read_costs(call: Call) -> Page:
    """Answer `bc/account/cost/get/`: one row per account over the range; the list is called `cost_list`."""
    page, size = call.page()
    center = _center(call)
    filtering = filters_of(call, "start_date", "end_date")
    first, last = _days(filtering, call)
    found = costs(call.world.centers.accounts(center.bc_id), first, last, call.world.clock.now())
    return Page(RecordListing(found), "cost_list", page, size)


def _days(filtering: dict[str, Any], call: Call) -> tuple[date, date]:
    names = ("start_date", "end_date")
    given = [name for name in names if name in filtering]
    if len(given) == 1:
        raise NotModelledError(f"{given[0]} alone")
    if not given:
        today = call.world.clock.now().date()
        return today - timedelta(days=_COST_DAYS - 1), today
    first, last = (iso_day(f"filtering.{name}", filtering[name]) for name in names)
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise parameter_error("filtering", f"The time span must be between 1 and {MOST_DAYS} days.")
    return first, last


def read_transactions(call: Call) -> Page:
    """Answer `bc/account/transaction/get/`; the list is called `transaction_list`."""
    page, size = call.page()
    if "bc_id" not in call.parameters:
        raise NotModelledError("transactions without a bc_id")
    center = _center(call)
    unmodelled_parameters(call, "child_bc_id")
    level = one_of("transaction_level", call.parameters.raw.get("transaction_level") or ACCOUNT, _LEVELS)
    if level not in (ACCOUNT, CENTER):
        raise NotModelledError(f"transaction_level {level}")
    filtering = filters_of(call, "account_ids", "start_time", "end_time")
    start, end = _times(filtering, center, call)
    now, accounts = call.world.clock.now(), call.world.centers.accounts(center.bc_id)
    found = [one for one in transactions(center, accounts, level, now) if start <= _moment(one, center) <= end]
    if "account_ids" in filtering:
        ids = id_list("filtering.account_ids", filtering["account_ids"])
        found = [one for one in found if one["account_id"] in ids]
    return Page(RecordListing(found), "transaction_list", page, size)


def _moment(record: Record, center: Center) -> datetime:
    return datetime.strptime(record["create_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=center.zone)


def _times(filtering: dict[str, Any], center: Center, call: Call) -> tuple[datetime, datetime]:
    """Return the span asked for, by default the last 90 days."""
    now = call.world.clock.now()
    names = ("start_time", "end_time")
    given = [name for name in names if name in filtering]
    if len(given) == 1:
        raise NotModelledError(f"{given[0]} alone")
    if not given:
        return now - timedelta(days=_TRANSACTION_DAYS), now
    zone = UTC if call.world.options.transaction_filter_in_utc else center.zone
    start, end = (utc_time(f"filtering.{name}", filtering[name]).replace(tzinfo=zone) for name in names)
    if not timedelta(0) <= end - start <= timedelta(days=MOST_DAYS):
        raise parameter_error("filtering", f"The time span must be at most {MOST_DAYS} days.")
    return start, end


def read_balances(call: Call) -> Page:
    """Answer `advertiser/balance/get/`; the list is called `advertiser_account_list`."""
    page, size = call.page()
    unmodelled_parameters(call, "filtering")
    now = call.world.clock.now()
    trim = trimmer(call, "advertiser/balance/get/")
    records = [trim(balance(account, now)) for account in call.world.centers.accounts(_center(call).bc_id)]
    return Page(RecordListing(records), "advertiser_account_list", page, size)
