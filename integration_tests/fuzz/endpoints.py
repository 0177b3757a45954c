"""What the mutations know of TikTok's endpoints: where an answer has its rows, and which streams they concern."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integration_tests.connector import Json

REPORT, SHOP_REPORT = "report/integrated/get/", "gmv_max/report/get/"
REPORTS = (REPORT, SHOP_REPORT)
GRANTED, INFO = "oauth2/advertiser/get/", "advertiser/info/"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that lists objects.

    Attributes:
        stream: Whose records its rows are.
        id: Path in a row to what tells it from the others; "" where only all of it does.
        list: Name of the list.
        further_ids: What else tells rows apart, or whose they are.
        children: Streams that ask for something of each object.
        is_paged: Whether it counts its rows, so that one that is missing can be told.
        is_of_account: Whether its rows belong to the account that was asked for.
    """

    stream: str
    id: str
    list: str = "list"
    further_ids: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    is_paged: bool = True
    is_of_account: bool = True


SHOP_REPORTS = tuple(
    f"gmv_max_{level}_reports_{granularity}"
    for level in ("product_campaign", "live_campaign", "advertiser", "product", "creative", "live_room")
    for granularity in ("daily", "hourly")
)
CENTERS = (
    "business_center_assets",
    "catalogs",
    "business_center_account_costs_daily",
    "business_center_account_transactions",
    "advertiser_balances",
)
ENDPOINTS = {
    GRANTED: Endpoint("advertiser_ids", "advertiser_id", is_paged=False),
    INFO: Endpoint("advertisers", "advertiser_id"),
    "campaign/get/": Endpoint("campaigns", "campaign_id"),
    "adgroup/get/": Endpoint("ad_groups", "adgroup_id"),
    "ad/get/": Endpoint("ads", "ad_id"),
    "dmp/custom_audience/list/": Endpoint("audiences", "audience_id"),
    "file/image/ad/search/": Endpoint("creative_assets_images", "image_id"),
    "file/video/ad/search/": Endpoint("creative_assets_videos", "video_id"),
    "file/music/get/": Endpoint("creative_assets_music", "music_id", "musics"),
    "creative/portfolio/list/": Endpoint(
        "creative_assets_portfolios", "creative_portfolio_id", "creative_portfolios"
    ),
    "tt_video/list/": Endpoint("spark_ads", "item_info/item_id"),
    "pixel/list/": Endpoint("pixels", "pixel_id", "pixels", children=("pixel_events_statistics",)),
    "pixel/instant_page/event/": Endpoint("pixel_instant_page_events", "", is_paged=False),
    "pixel/event/stats/": Endpoint("pixel_events_statistics", "", is_paged=False),
    "smart_plus/campaign/get/": Endpoint("smart_plus_campaigns", "campaign_id"),
    "smart_plus/adgroup/get/": Endpoint("smart_plus_ad_groups", "adgroup_id"),
    "smart_plus/ad/get/": Endpoint("smart_plus_ads", "smart_plus_ad_id"),
    "gmv_max/store/list/": Endpoint(
        "gmv_max_stores", "store_id", "store_list", children=("gmv_max_products", *SHOP_REPORTS), is_paged=False
    ),
    "gmv_max/campaign/get/": Endpoint(
        "gmv_max_campaigns", "campaign_id", children=("gmv_max_sessions", *SHOP_REPORTS)
    ),
    "campaign/gmv_max/session/list/": Endpoint("gmv_max_sessions", "session_id", "session_list", is_paged=False),
    "store/product/get/": Endpoint("gmv_max_products", "item_group_id", "store_products", ("store_id",)),
    "identity/get/": Endpoint("identities", "identity_id", "identity_list", ("identity_type",)),
    "dmp/saved_audience/list/": Endpoint("saved_audiences", "saved_audience_id", "saved_audiences"),
    "app/list/": Endpoint("apps", "app_id", "apps", is_paged=False),
    "bc/get/": Endpoint("business_centers", "bc_info/bc_id", children=CENTERS, is_of_account=False),
    "bc/asset/get/": Endpoint(
        "business_center_assets", "asset_id", further_ids=("asset_type",), is_of_account=False
    ),
    "catalog/get/": Endpoint("catalogs", "catalog_id", is_of_account=False),
    "bc/account/cost/get/": Endpoint(
        "business_center_account_costs_daily", "advertiser_id", "cost_list", ("date",), is_of_account=False
    ),
    "bc/account/transaction/get/": Endpoint(
        "business_center_account_transactions", "transaction_id", "transaction_list", is_of_account=False
    ),
    "advertiser/balance/get/": Endpoint(
        "advertiser_balances", "advertiser_id", "advertiser_account_list", is_of_account=False
    ),
}
OTHER = Endpoint("", "")


def endpoint_of(name: str) -> Endpoint:
    """What is known of an endpoint; reports have rows without an id of their own."""
    return ENDPOINTS.get(name, OTHER)


def fields_of(streams: Mapping[str, Json]) -> dict[str, Sequence[str]]:
    """Names of the fields of rows that tell nothing of whose they are, by endpoint."""
    return {
        name: sorted(
            streams[one.stream]["json_schema"]["properties"].keys()
            - {one.id, *one.further_ids, "advertiser_id", "bc_id"}
        )
        for name, one in ENDPOINTS.items()
        if one.stream in streams
    }
