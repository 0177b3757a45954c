"""What `gmv_max/report/get/` takes at which level: groupings, filters, metrics, attribute metrics."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.shops import LIVE, PRODUCT

DAY, HOUR = "stat_time_day", "stat_time_hour"
TIMES = (DAY, HOUR)
MOST_DIMENSIONS = 4
LONGEST = {"": 365, DAY: 30, HOUR: 1}
"""Days of the longest span, by time dimension."""

_MONEY = ("cost", "orders", "cost_per_order", "gross_revenue", "roi")
_CREATIVE = (
    "creative_delivery_status",
    "product_impressions",
    "product_clicks",
    "product_click_rate",
    "ad_click_rate",
    "ad_conversion_rate",
    "ad_video_view_rate_2s",
    "ad_video_view_rate_6s",
    "ad_video_view_rate_p25",
    "ad_video_view_rate_p50",
    "ad_video_view_rate_p75",
    "ad_video_view_rate_p100",
)
_LIVE = (
    "all_shops_cost_per_order",
    "all_shops_orders",
    "all_shops_gross_revenue",
    "all_shops_roi",
    "live_views",
    "cost_per_live_view",
    "10_second_live_views",
    "cost_per_10_second_live_view",
    "live_follows",
)
_SCHEDULE = ("schedule_type", "schedule_start_time", "schedule_end_time")
_CAMPAIGN = (
    *("campaign_id", "campaign_name", "operation_status", *_SCHEDULE),
    *("target_roi_budget", "bid_type", "max_delivery_budget", "roas_bid"),
)
_ACCOUNT_OF_TIKTOK = ("tt_account_name", "tt_account_profile_image_url")
_CAMPAIGN_FILTERS = ("campaign_ids", "campaign_name", "campaign_statuses")
_PROMOTIONS = "gmv_max_promotion_types"


@dataclass(frozen=True)
class GmvLevel:
    """A level of the report.

    Attributes:
        promotions: which campaigns it covers.
        groupings: sets of id dimensions; a time dimension may join each.
        required: filters that must be there.
        optional: further filters.
        attributes: metrics that tell of the object; where they are accepted says `check_metrics`.
        times: time dimensions that may join, the empty one being none.
    """

    name: str
    promotions: tuple[str, ...]
    groupings: tuple[frozenset[str], ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    metrics: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    times: tuple[str, ...] = ("", DAY, HOUR)


def _groupings(*texts: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(text.split()) for text in texts)


ACCOUNT = GmvLevel(
    "account", (PRODUCT, LIVE), _groupings("advertiser_id"), (), (_PROMOTIONS,), (*_MONEY, "net_cost")
)
PRODUCT_CAMPAIGN = GmvLevel(
    "product campaign",
    (PRODUCT,),
    _groupings("campaign_id"),
    (_PROMOTIONS,),
    _CAMPAIGN_FILTERS,
    (*_MONEY, "net_cost"),
    _CAMPAIGN,
)
LIVE_CAMPAIGN = GmvLevel(
    "live campaign",
    (LIVE,),
    _groupings("campaign_id"),
    (_PROMOTIONS,),
    _CAMPAIGN_FILTERS,
    (*_MONEY, "net_cost", *_LIVE),
    (*_CAMPAIGN, *_ACCOUNT_OF_TIKTOK, "identity_id"),
)
_SPU = GmvLevel(
    "product",
    (PRODUCT,),
    _groupings("item_group_id", "campaign_id item_group_id"),
    ("campaign_ids",),
    (),
    _MONEY,
    ("product_name", "item_group_id", "product_image_url", "product_status", "bid_type"),
)
CREATIVE = GmvLevel(
    "creative",
    (PRODUCT,),
    _groupings("item_id", "campaign_id item_group_id item_id"),
    ("campaign_ids", "item_group_ids"),
    ("creative_types", "creative_delivery_statuses", "search_word"),
    (*_MONEY, *_CREATIVE),
    ("title", "item_id", *_ACCOUNT_OF_TIKTOK, "tt_account_authorization_type", "shop_content_type"),
    ("", DAY),
)
_LIVESTREAM = GmvLevel(
    "livestream",
    (LIVE,),
    _groupings("room_id", "campaign_id room_id"),
    ("campaign_ids",),
    (),
    (*_MONEY, "net_cost", *_LIVE),
    ("live_name", "live_status", "live_launched_time", "live_duration"),
)
_LEVELS = (ACCOUNT, PRODUCT_CAMPAIGN, LIVE_CAMPAIGN, _SPU, CREATIVE, _LIVESTREAM)
_FILTERS = {name for level in _LEVELS for name in (*level.required, *level.optional)}


def level_of(dimensions: Sequence[str], promotions: Collection[str]) -> tuple[GmvLevel, str]:
    """Return the level and the time dimension of a grouping.

    Args:
        dimensions: as asked for, in any order.
        promotions: what `gmv_max_promotion_types` asks for; it tells the two campaign levels apart.

    Raises:
        ApiError: 40002 for a grouping that TikTok does not have.
    """
    if len(dimensions) > MOST_DIMENSIONS or len(set(dimensions)) != len(dimensions):
        raise parameter_error("dimensions", f"At most {MOST_DIMENSIONS} different dimensions.")
    if "duration" in dimensions:
        raise NotModelledError("the dimension duration")
    ids, times = frozenset(dimensions).difference(TIMES), [one for one in dimensions if one in TIMES]
    time = times[0] if len(times) == 1 else ""
    found = [level for level in _LEVELS if ids in level.groupings and time in level.times]
    if not found or len(times) > 1:
        raise parameter_error("dimensions", f"The combination {list(dimensions)} is not supported.")
    return next((one for one in found if set(one.promotions) == set(promotions)), found[0]), time


def check_filters(filtering: dict[str, Any], level: GmvLevel) -> None:
    """Refuse filters that the level has not, and the absence of those that it requires."""
    for name in level.required:
        if name not in filtering:
            raise parameter_error(
                f"filtering.{name}", f"Missing data for required field at the {level.name} level."
            )
    strange = set(filtering).difference(level.required, level.optional)
    # What TikTok says to a name that none of its levels has is not known.
    unheard = strange.difference(_FILTERS)
    if unheard:
        raise NotModelledError(f"filter {min(unheard)}")
    if strange:
        raise parameter_error("filtering", f"{min(strange)!r} is not supported at the {level.name} level.")


def check_metrics(
    names: Sequence[str], level: GmvLevel, *, attributes: bool, withdrawn: Collection[str] = ()
) -> None:
    """Refuse the whole request when one of its metrics is not accepted.

    Args:
        names: the metrics asked for.
        level: the level of the report.
        attributes: whether attribute metrics are accepted: always at the campaign levels, elsewhere only with
            exactly one id in the filters and one id dimension.
        withdrawn: metrics that are no longer accepted.
    """
    if not names:
        raise parameter_error("metrics", "Must not be empty.")
    # It comes unasked; what happens when it is asked for is not published.
    if "currency" in names:
        raise NotModelledError("the metric currency when it is asked for")
    accepted = {*level.metrics, *(level.attributes if attributes else ())}
    wrong = [name for name in names if name in withdrawn or name not in accepted]
    if wrong:
        raise ApiError(
            40002,
            "Please correct the information in invalid metric fields and try again. "
            f"Invalid metric fields: {wrong!r}.",
        )
