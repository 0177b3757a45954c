"""Where the public sources disagree about TikTok, the reading is a choice; the defaults are the harsh ones."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Options:
    """Debatable behaviours of the API.

    Attributes:
        default_buying_types: what campaign/adgroup/ad reads return without a `buying_types` filter.
        topview_in_reports: `included`, or `hidden` unless filtered by `buying_type`.
        account_level_hides: what account-level reports leave out although it can be asked for below: any of
            `deleted`, `top_view`, `promote`, `gmv_max` (campaigns with the field `gmv_max`).
        nameless_groups: whether an audience group may be called `-`.
        rows_need_data: whether a row is left out when every metric asked for is zero in it, so that other
            metrics bring other rows.
        truncation_at_account_level: whether the header that tells of too many ads comes there too.
        inferred_groupings: dimensions of which it is inferred that a day may stand beside them (AUDIENCE by
            language or placement): `accepted`, or `refused`.
        unproven_metrics: metrics of which nobody knows: `unknown` answers 501, or `accepted`, or `refused`.
        disputed_metrics: whether AUDIENCE reports take the metrics that clients ask and TikTok's lists lack.
        country_filter: whether reports by `country_code` can be filtered by it, as TikTok's page says.
        modified_after_inclusive: whether ads changed in the very second of `modified_after` match.
        modified_after_keeps_undated: whether ads without `modify_time` match `modified_after`.
        time_filter_days: longest span of `modified_after` and the creation filters ("keep spans within
            6 months"); a longer one is refused.
        asset_cap: only this many of the newest images and videos can be reached.
        asset_total_tells: whether their `total_number` counts those beyond, or nothing tells that there are any.
        sandbox_assets: whether the sandbox answers accounts, audiences and creative assets, which the
            official list leaves out and Airbyte's connector reads all the same.
        blocked_query_code: what a query is told that was blocked after three time-outs; no source names the code.
        empty_total_page: `total_page` of an empty list, seen as 0 and as 1.
        instant_page_lists_every_pair: whether a request without objective and goal brings all pairs, or none.
        transaction_filter_in_utc: whether the times that filter transactions are UTC, or in the zone of the
            Business Center, in which the transactions themselves are told.
        gmv_max_since: first day of any data of GMV Max.
        gmv_max_campaigns_since: first day of all metrics but `net_cost` at the campaign level and below.
    """

    default_buying_types: tuple[str, ...] = ("AUCTION", "RESERVATION_RF")
    topview_in_reports: str = "included"
    account_level_hides: frozenset[str] = frozenset()
    nameless_groups: bool = False
    rows_need_data: bool = False
    truncation_at_account_level: bool = True
    inferred_groupings: str = "accepted"
    unproven_metrics: str = "unknown"
    disputed_metrics: bool = False
    country_filter: bool = True
    modified_after_inclusive: bool = False
    modified_after_keeps_undated: bool = False
    time_filter_days: int = 184
    asset_cap: int = 10_000
    asset_total_tells: bool = False
    sandbox_assets: bool = True
    blocked_query_code: int = 40100
    empty_total_page: int = 0
    instant_page_lists_every_pair: bool = True
    transaction_filter_in_utc: bool = False
    gmv_max_since: date = date(2023, 9, 1)
    gmv_max_campaigns_since: date = date(2024, 9, 27)
