"""TikTok's words for GMV Max, the campaigns that it runs by itself for its shops: what a row may be about.

They have a report endpoint of their own, in which every level takes other filters and other metrics.
"""

from dataclasses import dataclass

from pendulum import Date

from source_tiktok_marketing.catalog.metrics import Metric
from source_tiktok_marketing.catalog.vocabulary import NUMBER, TEXT

REPORT_ENDPOINT = "gmv_max/report/get/"
STORE_ID = "store_id"
# TikTok has nothing older. Most metrics of campaigns, products and posts begin a year later; which do not, it does
# not say.
FIRST_SHOP_DAY = Date(2023, 9, 1)

ID_MEANINGS = {
    "advertiser_id": "Ad account that the row was read for.",
    STORE_ID: "Shop that the row was read for.",
    "campaign_id": "GMV Max campaign of the row.",
    "item_group_id": "Product of the row.",
    "item_id": "Post of the row; -1 for the product cards of a product.",
    "room_id": "Live room of the row.",
}


def _numbers(**meanings: str) -> tuple[Metric, ...]:
    return tuple(Metric(name, NUMBER, meaning) for name, meaning in meanings.items())


_SALES = _numbers(
    cost="Money spent; at product and post level up to eleven hours late.",
    orders="Orders in the shop that TikTok credits to the campaign, organic ones included.",
    cost_per_order="Spend per order.",
    gross_revenue="Revenue of these orders.",
    roi="Revenue per money spent.",
)
_NET_COST = _numbers(net_cost="Money spent without what credits paid; up to eleven hours late.")
_POST = (
    Metric("creative_delivery_status", TEXT, "State of the post, such as DELIVERING, LEARNING or EXCLUDED."),
    *_numbers(
        product_impressions="Times that the product was shown with the post.",
        product_clicks="Clicks on the product.",
        product_click_rate="Share of impressions of the product that were clicked, in percent.",
        ad_click_rate="Share of views of the post that were clicked, in percent.",
        ad_conversion_rate="Share of clicks that became an order, in percent.",
        ad_video_view_rate_2s="Share of plays that lasted two seconds, in percent.",
        ad_video_view_rate_6s="Share of plays that lasted six seconds, in percent.",
        ad_video_view_rate_p25="Share of plays that reached a quarter of the video, in percent.",
        ad_video_view_rate_p50="Share of plays that reached half of the video, in percent.",
        ad_video_view_rate_p75="Share of plays that reached three quarters of the video, in percent.",
        ad_video_view_rate_p100="Share of plays that reached the end, in percent.",
    ),
)
_LIVE = (
    *_numbers(
        all_shops_cost_per_order="Spend per order, orders in other shops of the live room included.",
        all_shops_orders="Orders, those in other shops included.",
        all_shops_gross_revenue="Revenue, that of other shops included.",
        all_shops_roi="Revenue per money spent, that of other shops included.",
        live_views="Views of the live room.",
        cost_per_live_view="Spend per view of the live room.",
    ),
    Metric("10_second_live_views", NUMBER, "Views of the live room of ten seconds or more."),
    Metric("cost_per_10_second_live_view", NUMBER, "Spend per such view."),
    Metric("live_follows", NUMBER, "New followers during the live."),
)


@dataclass(frozen=True)
class ShopLevel:
    """What a row of the report is about.

    Attributes:
        key: The ids of a row, its shop included.
        metrics: What TikTok tells of it; what tells of the object itself is refused for several objects at once.
        promotion: The kind of campaign that is covered, PRODUCT or LIVE; None for both.
        by_campaign: Whether TikTok wants to be told the campaigns, rather than their status.
        by_product: Whether it wants to be told the products as well.
    """

    key: tuple[str, ...]
    metrics: tuple[Metric, ...]
    promotion: str | None = None
    by_campaign: bool = False
    by_product: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """The id dimensions: the shop is a filter."""
        return tuple(name for name in self.key if name != STORE_ID)


SHOP_ACCOUNT = ShopLevel(("advertiser_id", STORE_ID), (*_SALES, *_NET_COST))
SHOP_PRODUCT_CAMPAIGN = ShopLevel((STORE_ID, "campaign_id"), (*_SALES, *_NET_COST), "PRODUCT")
SHOP_LIVE_CAMPAIGN = ShopLevel((STORE_ID, "campaign_id"), (*_SALES, *_NET_COST, *_LIVE), "LIVE")
SHOP_PRODUCT = ShopLevel((STORE_ID, "campaign_id", "item_group_id"), _SALES, "PRODUCT", by_campaign=True)
SHOP_POST = ShopLevel(
    (STORE_ID, "campaign_id", "item_group_id", "item_id"),
    (*_SALES, *_POST),
    "PRODUCT",
    by_campaign=True,
    by_product=True,
)
SHOP_LIVE_ROOM = ShopLevel(
    (STORE_ID, "campaign_id", "room_id"), (*_SALES, *_NET_COST, *_LIVE), "LIVE", by_campaign=True
)
