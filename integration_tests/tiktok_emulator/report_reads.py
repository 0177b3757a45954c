"""`report/integrated/get/`."""

from dataclasses import replace

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import ApiError
from integration_tests.tiktok_emulator.listing import Page
from integration_tests.tiktok_emulator.metrics import check_metrics
from integration_tests.tiktok_emulator.model import AD, TREE
from integration_tests.tiktok_emulator.report_query import ReportQuery, parse_report_query


def read_report(call: Call) -> Page:
    """Answer a report request."""
    query = parse_report_query(call.parameters, sandbox=call.sandbox)
    check_metrics(query.metrics, query.level, query.report_type, query.dimensions, call.withdrawn)
    page, size = call.page()
    _check_size(query, call)
    seen = _cut(query, call)
    world = call.world
    rows = world.report(seen)
    return Page(rows, "list", page, size, cache_key=(rows, page, size), throttled=seen is not query)


def _check_size(query: ReportQuery, call: Call) -> None:
    """Refuse a query that is too large.

    TikTok publishes no budget; the product of days, metrics and objects is what helps when it is cut.
    """
    if call.size_budget is None:
        return
    objects = call.world.reported(query)
    if query.days * len(query.metrics) * len(objects if objects is not None else [query]) > call.size_budget:
        raise ApiError(40067)


def _cut(query: ReportQuery, call: Call) -> ReportQuery:
    """Return a query for the newest objects only when too many ads are covered, else the query itself.

    TikTok: a synchronous report covers a limited number of ads and drops the older ones with code 0.
    """
    if query.level not in TREE or len(call.world.entities(AD.name, query.advertiser_id)) <= call.ad_limit:
        return query
    ads = call.world.reported(replace(query, level=AD, filter=replace(query.filter, misplaced_status=False)))
    if ads is None or len(ads) <= call.ad_limit:
        return query
    newest = frozenset(ad.lineage()[query.level.name].entity_id for ad in ads[: call.ad_limit])
    known = dict(query.filter.ids)
    kept = newest & known.get(query.level.name, newest)
    ids = tuple(sorted({**known, query.level.name: kept}.items(), key=lambda item: item[0]))
    return replace(query, filter=replace(query.filter, ids=ids))
