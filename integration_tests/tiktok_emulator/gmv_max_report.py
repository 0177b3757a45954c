"""`gmv_max/report/get/`: what is asked, whether TikTok takes it, and the answer."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.filters import unmodelled_parameters
from integration_tests.tiktok_emulator.gmv_max_levels import (
    CREATIVE,
    LIVE_CAMPAIGN,
    LONGEST,
    PRODUCT_CAMPAIGN,
    TIMES,
    GmvLevel,
    check_filters,
    check_metrics,
    level_of,
)
from integration_tests.tiktok_emulator.gmv_max_rows import GmvQuery, GmvRows
from integration_tests.tiktok_emulator.listing import Page, RecordListing
from integration_tests.tiktok_emulator.parameters import id_list, one_of, string_list
from integration_tests.tiktok_emulator.records import Record
from integration_tests.tiktok_emulator.shops import DELIVERY_STATUSES, LIVE, PRODUCT, GmvCampaign, Store
from integration_tests.tiktok_emulator.world import World

_CAMPAIGN_LEVELS = (PRODUCT_CAMPAIGN, LIVE_CAMPAIGN)
_STATUSES = ("STATUS_ALL", "STATUS_DELIVERY_OK", "STATUS_DISABLE", "STATUS_DELETE", "STATUS_NOT_DELIVERY")
_SORTS = ("ASC", "DESC")


def gmv_max_rows(
    world: World,
    advertiser_id: str,
    store_id: str,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    *,
    start: date,
    end: date,
    promotions: Collection[str] = (),
    include_deleted: bool = False,
    campaign_ids: Collection[str] | None = None,
) -> list[Record]:
    """Return what a report must contain, for any span of days, to compare a connector's output with.

    Args:
        world: the world of the account.
        advertiser_id: the account.
        store_id: the shop.
        dimensions: as in a request.
        metrics: as in a request.
        start: first day.
        end: last day, included.
        promotions: PRODUCT, LIVE or both; needed at the campaign levels.
        include_deleted: whether deleted campaigns count at the campaign levels; at the others they always do.
        campaign_ids: which campaigns to cover, all by default.
    """
    level, time = level_of(dimensions, promotions)
    campaigns = [
        one
        for one in _campaigns(world, advertiser_id, store_id, set(promotions) or set(level.promotions))
        if (campaign_ids is None or one.campaign_id in campaign_ids)
        and (include_deleted or level not in _CAMPAIGN_LEVELS or not one.deleted)
    ]
    names = (tuple(dimensions), time, tuple(metrics))
    return _rows(world, GmvQuery(world.accounts[advertiser_id], level, *names, start, end, tuple(campaigns)))


def _campaigns(world: World, advertiser_id: str, store_id: str, promotions: Collection[str]) -> list[GmvCampaign]:
    return [
        one
        for one in world.shops.campaigns(advertiser_id)
        if one.store.store_id == store_id and one.promotion in promotions
    ]


def _rows(world: World, query: GmvQuery) -> list[Record]:
    now = world.clock.now().replace(second=0, microsecond=0)
    revisions = world.revisions(query.account.advertiser_id)
    return world.shops.reports.get(
        (query, world.version, world.options, now), lambda: GmvRows(query, now, revisions, world.options).records()
    )


def read_report(call: Call) -> Page:
    """Answer a report request."""
    page, size = call.page()
    if call.parameters.boolean("enable_total_metrics"):
        raise NotModelledError("enable_total_metrics")
    unmodelled_parameters(call, "context_info")
    query = _query(call)
    return Page(RecordListing(_sorted(_rows(call.world, query), query, call)), "list", page, size)


def _query(call: Call) -> GmvQuery:
    parameters = call.parameters
    for name in ("store_ids", "dimensions", "metrics"):
        parameters.required(name)
    store = _store(call)
    dimensions, metrics = parameters.array("dimensions") or [], parameters.array("metrics") or []
    filtering = parameters.object("filtering")
    promotions = _words("gmv_max_promotion_types", filtering, (PRODUCT, LIVE))
    level, time = level_of(dimensions, promotions)
    check_filters(filtering, level)
    if promotions and not set(promotions) <= set(level.promotions):
        raise parameter_error("filtering.gmv_max_promotion_types", f"Not supported at the {level.name} level.")
    ids = {name: id_list(f"filtering.{name}", filtering[name]) for name in filtering if name.endswith("_ids")}
    alone = all(len(one) == 1 for one in ids.values()) and len(set(dimensions).difference(TIMES)) == 1
    _check_creative_filters(filtering, level, alone=alone)
    check_metrics(
        metrics, level, attributes=level in _CAMPAIGN_LEVELS or (bool(ids) and alone), withdrawn=call.withdrawn
    )
    first, last = _span(call, time)
    statuses = _words("creative_delivery_statuses", filtering, DELIVERY_STATUSES)
    campaigns = _campaigns(call.world, call.advertiser_id, store.store_id, promotions or level.promotions)
    return GmvQuery(
        call.world.accounts[call.advertiser_id],
        level,
        tuple(dimensions),
        time,
        tuple(metrics),
        first,
        last,
        tuple(_covered(campaigns, level, filtering, ids)),
        ids.get("item_group_ids"),
        frozenset(statuses) if statuses else None,
    )


def _store(call: Call) -> Store:
    """Return the one shop asked for; one that may not be used for GMV Max cannot be reported.

    The sources say so without telling the code, nor that of a shop which the account does not list: inferred.
    """
    wanted = call.parameters.array("store_ids") or []
    if len(wanted) != 1:
        raise parameter_error("store_ids", "Must hold exactly one id.")
    store = next((one for one in call.world.shops.stores(call.advertiser_id) if one.store_id == wanted[0]), None)
    if store is None:
        raise ApiError(40001, f"No permission to operate store {wanted[0]}.")
    if not store.available:
        raise parameter_error("store_ids", f"GMV Max is not available for store {wanted[0]}.")
    return store


def _words(name: str, filtering: dict[str, Any], options: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a filter, each one of the options; nothing without the filter."""
    if name not in filtering:
        return ()
    words = string_list(f"filtering.{name}", filtering[name])
    if not words:
        raise parameter_error(f"filtering.{name}", "Must not be empty.")
    return tuple(one_of(f"filtering.{name}", word, options) for word in words)


def _check_creative_filters(filtering: dict[str, Any], level: GmvLevel, *, alone: bool) -> None:
    """Refuse `creative_types` with several ids or id dimensions, and its rival without.

    TikTok requires `creative_types` when one product is asked alone, and is about to retire it.
    """
    for name in ("campaign_name", "search_word"):
        if name in filtering:
            raise NotModelledError(f"how {name} finds something")
    if level is not CREATIVE:
        return
    wanted, other = ("creative_types", "creative_delivery_statuses") if alone else (None, "creative_types")
    if other in filtering:
        raise parameter_error(f"filtering.{other}", "Not supported with these ids and dimensions.")
    if wanted and wanted not in filtering:
        raise parameter_error(f"filtering.{wanted}", "Missing data for required field.")
    if wanted:
        _words(wanted, filtering, ("ADS_AND_ORGANIC", "ORGANIC", "REMOVED"))
        raise NotModelledError("which posts creative_types means")


def _span(call: Call, time: str) -> tuple[date, date]:
    first, last = call.parameters.day("start_date"), call.parameters.day("end_date")
    if not timedelta(0) <= last - first < timedelta(days=LONGEST[time]):
        raise parameter_error("end_date", f"The time span must be between 1 and {LONGEST[time]} days.")
    return first, last


def _covered(
    campaigns: list[GmvCampaign], level: GmvLevel, filtering: dict[str, Any], ids: dict[str, frozenset[str]]
) -> list[GmvCampaign]:
    """Return the campaigns of the report; at the campaign levels deleted ones are left out by default."""
    found = [one for one in campaigns if one.campaign_id in ids.get("campaign_ids", {one.campaign_id})]
    if level in _CAMPAIGN_LEVELS:
        wanted = _words("campaign_statuses", filtering, _STATUSES) or ("STATUS_NOT_DELETE",)
        found = [one for one in found if any(one.has_status(status) for status in wanted)]
    return found


def _sorted(rows: list[Record], query: GmvQuery, call: Call) -> list[Record]:
    """Return the rows in the order asked for; without one they come as they are."""
    descending = one_of("sort_type", call.parameters.raw.get("sort_type") or "DESC", _SORTS) == "DESC"
    if "sort_field" not in call.parameters:
        return rows
    name = call.parameters.raw["sort_field"]
    if name not in set(query.metrics).intersection(query.level.metrics):
        raise NotModelledError(f"sort_field {name}")
    return sorted(rows, key=lambda row: _number(row["metrics"][name]), reverse=descending)


def _number(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdigit() else -1.0
