"""`report/integrated/get/`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from integration_tests.tiktok_emulator.attributes import ADDED_FOR_SEVERAL_ACCOUNTS
from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import ApiError
from integration_tests.tiktok_emulator.groupings import COUNTRY
from integration_tests.tiktok_emulator.listing import Listing, Page, RecordListing
from integration_tests.tiktok_emulator.metrics import MetricReading, check_metrics
from integration_tests.tiktok_emulator.model import AD, ADVERTISER
from integration_tests.tiktok_emulator.report_query import ReportQuery, accounts_asked, parse_report_query
from integration_tests.tiktok_emulator.report_rows import ReportRows


@dataclass(frozen=True)
class Joined:
    """The rows of several accounts, one account after the other."""

    parts: tuple[ReportRows, ...]

    @property
    def total(self) -> int:
        """Number of rows."""
        return sum(part.total for part in self.parts)

    def render(self, start: int, stop: int) -> bytes:
        """Return rows as JSON, joined by commas."""
        found = []
        for part in self.parts:
            found.append(part.render(max(0, start), max(0, min(stop, part.total))))
            start, stop = start - part.total, stop - part.total
        return b",".join(one for one in found if one)


def read_report(call: Call) -> Page:
    """Answer a report request."""
    options = call.world.options
    query = parse_report_query(
        call.parameters, sandbox=call.sandbox, inferred_groupings=options.inferred_groupings
    )
    if query.filter.countries is not None and not options.country_filter:
        raise ApiError(40002, f"Invalid value for filter field: {COUNTRY} is not supported. ")
    check_metrics(
        query.metrics,
        query.level,
        query.report_type,
        query.dimensions,
        withdrawn=call.withdrawn,
        reading=MetricReading(call.quirks.metric_words, options.unproven_metrics, options.disputed_metrics),
    )
    page, size = call.page()
    queries = [replace(query, advertiser_id=one) for one in accounts_asked(call.parameters)]
    _check_size(queries, call)
    seen = [_cut(one, call) for one in queries]
    rows = tuple(call.world.report(one) for one in seen)
    listing = _listing(query, rows, call)
    return Page(
        listing,
        "list",
        page,
        size,
        cache_key=(rows, page, size) if listing is rows[0] else None,
        throttled=seen != queries,
        beside=_totals(rows) if query.totals and page == 1 else b"",
    )


def _listing(query: ReportQuery, rows: tuple[ReportRows, ...], call: Call) -> Listing:
    edits = call.quirks.struck(query, call.moment)
    if not edits:
        return rows[0] if len(rows) == 1 else Joined(rows)
    found = [record for part in rows for record in part.records()]
    for edit in edits:
        found = edit(found, query)
    return RecordListing(found)


def _totals(rows: Sequence[ReportRows]) -> bytes:
    """Return the member of `data` with the sums of all rows of all pages."""
    packed = sum(part.packed(place) for part in rows for place in range(part.total))
    totals = rows[0].figures.totals(packed)
    if rows[0].query.accounts:
        totals |= dict.fromkeys(ADDED_FOR_SEVERAL_ACCOUNTS, "-")
    return b'"total_metrics":' + orjson.dumps(totals) + b","


def _check_size(queries: Sequence[ReportQuery], call: Call) -> None:
    """Refuse a query that is too large.

    TikTok publishes no budget; the product of days, metrics and objects is what helps when it is cut.
    """
    if call.size_budget is None:
        return
    objects = sum(len(call.world.reported(query)) for query in queries)
    if queries[0].days * len(queries[0].metrics) * objects > call.size_budget:
        raise ApiError(40067)


def _cut(query: ReportQuery, call: Call) -> ReportQuery:
    """Return a query of the newest ads only when too many are covered, else the query itself.

    TikTok: a synchronous report looks at a limited number of ads and drops the older ones with code 0.
    """
    if query.level is ADVERTISER and not call.world.options.truncation_at_account_level:
        return query
    ads = call.world.entities(AD.name, query.advertiser_id)
    if len(ads) <= call.ad_limit:
        return query
    covered = {ad.entity_id for one in call.world.reported(query) for ad in one.ads}
    if len(covered) <= call.ad_limit:
        return query
    newest = [ad.entity_id for ad in ads if ad.entity_id in covered][: call.ad_limit]
    return replace(query, ads=frozenset(newest))
