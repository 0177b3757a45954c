"""START HERE: every stream of the connector, one row each; `rows.py` says what a row means.

A name is typed out rather than computed, so that a search for a stream lands on its row. It is one table, however
long it grows.
"""

from dataclasses import replace
from typing import Any

from source_tiktok_marketing.catalog.gmv_max import (
    SHOP_ACCOUNT,
    SHOP_LIVE_CAMPAIGN,
    SHOP_LIVE_ROOM,
    SHOP_POST,
    SHOP_PRODUCT,
    SHOP_PRODUCT_CAMPAIGN,
)
from source_tiktok_marketing.catalog.rows import (
    REPORT_ENDPOINT,
    Certainty,
    Each,
    Entity,
    Owner,
    Parent,
    Report,
    Row,
    ShopReport,
)
from source_tiktok_marketing.catalog.vocabulary import AD_ID_V2, Granularity, Level, ReportType

__all__ = ["REPORT_ENDPOINT", "STREAMS", "Entity", "Report", "Row", "ShopReport"]

# The least that can be asked of an account's reports: its one total.
LIGHTEST_REPORT = {
    "report_type": ReportType.BASIC.value,
    "data_level": Level.ADVERTISER.data_level,
    "dimensions": f'["{Level.ADVERTISER.id_dimension}"]',
    "metrics": '["spend"]',
    "query_lifetime": "true",
    "page": "1",
    "page_size": "1",
}


def _ad_object(object_name: str) -> dict[str, Any]:
    """What campaigns, ad groups and ads have in common."""
    return {
        "status_all": f"{object_name}_STATUS_ALL",
        "buying_types": True,
        "page_size": 1000,
        "cursor": "modify_time",
    }


_SEARCHED_ASSET: dict[str, Any] = {"cursor": "modify_time", "page_size": 100, "reach": 10_000}
_NEW: dict[str, Any] = {"in_sandbox": False, "certainty": Certainty.DOCUMENTED}
_SMART_PLUS: dict[str, Any] = {
    **_NEW,
    "cursor": "modify_time",
    "page_size": 1000,
    "status_all": "STATUS_ALL",
    "status_field": "primary_status",
}
_CENTER: dict[str, Any] = {**_NEW, "owner": Owner.CENTER, "page_size": 50}

CAMPAIGNS = Entity("campaigns", "campaign/get/", "campaign_id", **_ad_object("CAMPAIGN"))
ADGROUPS = Entity("ad_groups", "adgroup/get/", "adgroup_id", **_ad_object("ADGROUP"))
PIXELS = Entity("pixels", "pixel/list/", "pixel_id", page_size=20, list_field="pixels", in_sandbox=False)
SHOPS = Entity(
    "gmv_max_stores",
    "gmv_max/store/list/",
    "store_id",
    within=("advertiser_id",),
    list_field="store_list",
    **_NEW,
)
# Others cannot be reported.
AVAILABLE_SHOPS = Parent(
    SHOPS, (("store_id", "store_id"), ("bc_id", "store_authorized_bc_id")), flag="is_gmv_max_available"
)
SHOP_CAMPAIGNS = Entity(
    "gmv_max_campaigns",
    "gmv_max/campaign/get/",
    "campaign_id",
    cursor="modify_time",
    page_size=100,
    status_deleted="STATUS_DELETE",
    each=Each("gmv_max_promotion_types", ("PRODUCT_GMV_MAX", "LIVE_GMV_MAX"), is_filter=True),
    **_NEW,
)
CENTERS = Entity(
    "business_centers",
    "bc/get/",
    "bc_id",
    key_path=("bc_info", "bc_id"),
    **{**_CENTER, "owner": Owner.TOKEN},
)

ENTITIES: tuple[Entity, ...] = (
    Entity("advertiser_ids", "oauth2/advertiser/get/", "advertiser_id", in_sandbox=False),
    Entity("advertisers", "advertiser/info/", "advertiser_id"),
    Entity("audiences", "dmp/custom_audience/list/", "audience_id", page_size=100),
    CAMPAIGNS,
    ADGROUPS,
    Entity("ads", "ad/get/", "ad_id", **_ad_object("AD")),
    Entity("creative_assets_images", "file/image/ad/search/", "image_id", **_SEARCHED_ASSET),
    Entity(
        "creative_assets_music",
        "file/music/get/",
        "music_id",
        cursor="modify_time",
        page_size=1000,
        list_field="musics",
        reach=100_000,
        from_start_date=False,
    ),
    Entity(
        "creative_assets_portfolios",
        "creative/portfolio/list/",
        "creative_portfolio_id",
        page_size=100,
        list_field="creative_portfolios",
    ),
    Entity("creative_assets_videos", "file/video/ad/search/", "video_id", **_SEARCHED_ASSET),
    Entity(
        "spark_ads",
        "tt_video/list/",
        "spark_ads_post_id",
        key_path=("item_info", "item_id"),
        page_size=50,
        in_sandbox=False,
    ),
    PIXELS,
    Entity("pixel_instant_page_events", "pixel/instant_page/event/", None, in_sandbox=False),
    Entity(
        "pixel_events_statistics",
        "pixel/event/stats/",
        None,
        in_sandbox=False,
        parent=Parent(PIXELS, (("pixel_ids", "pixel_id"),)),
        by_day=True,
    ),
    # The objects of `campaigns`, `ad_groups` and `ads` in more detail, and no others.
    Entity("smart_plus_campaigns", "smart_plus/campaign/get/", "campaign_id", **_SMART_PLUS),
    Entity("smart_plus_ad_groups", "smart_plus/adgroup/get/", "adgroup_id", **_SMART_PLUS),
    Entity("smart_plus_ads", "smart_plus/ad/get/", "smart_plus_ad_id", **{**_SMART_PLUS, "page_size": 100}),
    SHOPS,
    SHOP_CAMPAIGNS,
    Entity(
        "gmv_max_sessions",
        "campaign/gmv_max/session/list/",
        "session_id",
        list_field="session_list",
        parent=Parent(
            replace(SHOP_CAMPAIGNS, each=Each("gmv_max_promotion_types", ("PRODUCT_GMV_MAX",), is_filter=True)),
            (("campaign_id", "campaign_id"),),
        ),
        **_NEW,
    ),
    Entity(
        "gmv_max_products",
        "store/product/get/",
        "item_group_id",
        within=("store_id",),
        page_size=10,  # Larger pages are not known to be served.
        list_field="store_products",
        parent=AVAILABLE_SHOPS,
        **_NEW,
    ),
    Entity(
        "identities",
        "identity/get/",
        "identity_id",
        within=("advertiser_id", "identity_type"),
        page_size=100,
        list_field="identity_list",
        private=("user_name",),
        **_NEW,
    ),
    Entity(
        "saved_audiences",
        "dmp/saved_audience/list/",
        "saved_audience_id",
        page_size=100,
        list_field="saved_audiences",
        **_NEW,
    ),
    Entity(
        "apps",
        "app/list/",
        "app_id",
        within=("advertiser_id",),
        list_field="apps",
        in_sandbox=False,
        certainty=Certainty.INFERRED,  # The names of the fields are.
    ),
    CENTERS,
    Entity(
        "business_center_assets",
        "bc/asset/get/",
        "asset_id",
        within=("bc_id", "asset_type"),
        each=Each(
            "asset_type", ("ADVERTISER", "CATALOG", "LEAD", "PIXEL", "STOREFRONT", "TIKTOK_SHOP", "TT_ACCOUNT")
        ),
        private=("tt_asset_handle", "tt_asset_profile_image"),
        **_CENTER,
    ),
    Entity("catalogs", "catalog/get/", "catalog_id", cursor="update_time", **{**_CENTER, "page_size": 100}),
    Entity(
        "business_center_account_costs_daily",
        "bc/account/cost/get/",
        "advertiser_id",
        within=("bc_id",),
        cursor="date",
        list_field="cost_list",
        by_day=True,
        **_CENTER,
    ),
    Entity(
        "business_center_account_transactions",
        "bc/account/transaction/get/",
        "transaction_id",
        cursor="create_time",
        list_field="transaction_list",
        most_days=365,
        **_CENTER,
    ),
    Entity(
        "advertiser_balances",
        "advertiser/balance/get/",
        "advertiser_id",
        within=("bc_id",),
        list_field="advertiser_account_list",
        private=("contact_name", "contact_email"),
        **_CENTER,
    ),
)

ADVERTISER, CAMPAIGN, ADGROUP, AD = Level.ADVERTISER, Level.CAMPAIGN, Level.ADGROUP, Level.AD
HOURLY, DAILY, LIFETIME = Granularity.HOURLY, Granularity.DAILY, Granularity.LIFETIME
BASIC, AUDIENCE = ReportType.BASIC, ReportType.AUDIENCE
GENDER_AGE = ("gender", "age")
COUNTRY = ("country_code",)
PLATFORM = ("platform",)
PROVINCE = ("province_id",)
LANGUAGE = ("language",)
PLACEMENT = ("placement",)
# Of an Upgraded Smart+ ad TikTok tells the texts of all creatives, and never `ad_text`.
AD_TEXTS = ("ad_text_list",)
_PRODUCTION: dict[str, Any] = {"production_only": True}
_DOCUMENTED: dict[str, Any] = {"production_only": True, "certainty": Certainty.DOCUMENTED}
_INFERRED: dict[str, Any] = {"production_only": True, "certainty": Certainty.INFERRED}

ACCOUNT_DAYS = Report("advertisers_reports_daily", ADVERTISER, DAILY)

REPORTS: tuple[Report, ...] = (
    Report("ads_reports_hourly", AD, HOURLY),
    Report("ads_reports_daily", AD, DAILY),
    Report("ads_reports_lifetime", AD, LIFETIME),
    Report("ad_groups_reports_hourly", ADGROUP, HOURLY),
    Report("ad_groups_reports_daily", ADGROUP, DAILY),
    Report("ad_groups_reports_lifetime", ADGROUP, LIFETIME),
    Report("campaigns_reports_hourly", CAMPAIGN, HOURLY),
    Report("campaigns_reports_daily", CAMPAIGN, DAILY),
    Report("campaigns_reports_lifetime", CAMPAIGN, LIFETIME),
    Report("advertisers_reports_hourly", ADVERTISER, HOURLY),
    ACCOUNT_DAYS,
    Report("advertisers_reports_lifetime", ADVERTISER, LIFETIME),
    Report("ads_reports_by_country_daily", AD, DAILY, BASIC, COUNTRY, **_PRODUCTION),
    Report("ads_reports_by_country_hourly", AD, HOURLY, BASIC, COUNTRY, **_PRODUCTION),
    Report("ad_groups_reports_by_country_daily", ADGROUP, DAILY, BASIC, COUNTRY, **_PRODUCTION),
    Report("ad_groups_reports_by_country_hourly", ADGROUP, HOURLY, BASIC, COUNTRY, **_PRODUCTION),
    Report("campaigns_reports_by_country_daily", CAMPAIGN, DAILY, BASIC, COUNTRY, **_INFERRED),
    Report("campaigns_reports_by_country_hourly", CAMPAIGN, HOURLY, BASIC, COUNTRY, **_INFERRED),
    Report("advertisers_reports_by_country_daily", ADVERTISER, DAILY, BASIC, COUNTRY, **_INFERRED),
    Report("advertisers_reports_by_country_hourly", ADVERTISER, HOURLY, BASIC, COUNTRY, **_INFERRED),
    # Upgraded Smart+ ads as TikTok's own tools show them; each holds all the spend of its creatives in `ads_*`.
    Report("smart_plus_ads_reports_daily", AD, DAILY, object_id=AD_ID_V2, more_metrics=AD_TEXTS, **_DOCUMENTED),
    Report("ads_audience_reports_daily", AD, DAILY, AUDIENCE, GENDER_AGE),
    Report("ads_audience_reports_by_country_daily", AD, DAILY, AUDIENCE, COUNTRY),
    Report("ads_audience_reports_by_platform_daily", AD, DAILY, AUDIENCE, PLATFORM),
    Report("ads_audience_reports_by_province_daily", AD, DAILY, AUDIENCE, PROVINCE),
    Report("ads_audience_reports_by_language_daily", AD, DAILY, AUDIENCE, LANGUAGE, **_INFERRED),
    Report("ads_audience_reports_by_placement_daily", AD, DAILY, AUDIENCE, PLACEMENT, **_INFERRED),
    # Airbyte's names say ad_group here and ad_groups above.
    Report("ad_group_audience_reports_daily", ADGROUP, DAILY, AUDIENCE, GENDER_AGE),
    Report("ad_group_audience_reports_by_country_daily", ADGROUP, DAILY, AUDIENCE, COUNTRY),
    Report("ad_group_audience_reports_by_platform_daily", ADGROUP, DAILY, AUDIENCE, PLATFORM),
    Report("ad_group_audience_reports_by_province_daily", ADGROUP, DAILY, AUDIENCE, PROVINCE, **_INFERRED),
    Report("ad_group_audience_reports_by_language_daily", ADGROUP, DAILY, AUDIENCE, LANGUAGE, **_INFERRED),
    Report("ad_group_audience_reports_by_placement_daily", ADGROUP, DAILY, AUDIENCE, PLACEMENT, **_INFERRED),
    Report("campaigns_audience_reports_daily", CAMPAIGN, DAILY, AUDIENCE, GENDER_AGE),
    Report("campaigns_audience_reports_by_country_daily", CAMPAIGN, DAILY, AUDIENCE, COUNTRY),
    Report("campaigns_audience_reports_by_platform_daily", CAMPAIGN, DAILY, AUDIENCE, PLATFORM),
    Report("campaigns_audience_reports_by_province_daily", CAMPAIGN, DAILY, AUDIENCE, PROVINCE, **_DOCUMENTED),
    Report("campaigns_audience_reports_by_language_daily", CAMPAIGN, DAILY, AUDIENCE, LANGUAGE, **_INFERRED),
    Report("campaigns_audience_reports_by_placement_daily", CAMPAIGN, DAILY, AUDIENCE, PLACEMENT, **_INFERRED),
    Report("advertisers_audience_reports_daily", ADVERTISER, DAILY, AUDIENCE, GENDER_AGE),
    Report("advertisers_audience_reports_by_country_daily", ADVERTISER, DAILY, AUDIENCE, COUNTRY),
    Report("advertisers_audience_reports_by_platform_daily", ADVERTISER, DAILY, AUDIENCE, PLATFORM),
    Report("advertisers_audience_reports_by_province_daily", ADVERTISER, DAILY, AUDIENCE, PROVINCE, **_INFERRED),
    Report("advertisers_audience_reports_by_language_daily", ADVERTISER, DAILY, AUDIENCE, LANGUAGE, **_INFERRED),
    Report("advertisers_audience_reports_by_placement_daily", ADVERTISER, DAILY, AUDIENCE, PLACEMENT, **_INFERRED),
    Report("advertisers_audience_reports_lifetime", ADVERTISER, LIFETIME, AUDIENCE, GENDER_AGE),
)

SHOP_REPORTS: tuple[ShopReport, ...] = (
    ShopReport("gmv_max_product_campaign_reports_daily", SHOP_PRODUCT_CAMPAIGN, DAILY),
    ShopReport("gmv_max_product_campaign_reports_hourly", SHOP_PRODUCT_CAMPAIGN, HOURLY),
    ShopReport("gmv_max_live_campaign_reports_daily", SHOP_LIVE_CAMPAIGN, DAILY),
    ShopReport("gmv_max_live_campaign_reports_hourly", SHOP_LIVE_CAMPAIGN, HOURLY),
    ShopReport("gmv_max_advertiser_reports_daily", SHOP_ACCOUNT, DAILY),
    ShopReport("gmv_max_advertiser_reports_hourly", SHOP_ACCOUNT, HOURLY),
    ShopReport("gmv_max_product_reports_daily", SHOP_PRODUCT, DAILY),
    ShopReport("gmv_max_creative_reports_daily", SHOP_POST, DAILY),
    ShopReport("gmv_max_live_room_reports_daily", SHOP_LIVE_ROOM, DAILY),
)

STREAMS: tuple[Row, ...] = (*ENTITIES, *REPORTS, *SHOP_REPORTS)


def streams_with(more_metrics: tuple[str, ...] = (), own: tuple[Report, ...] = ()) -> tuple[Row, ...]:
    """Every stream there is: BASIC reports with metrics beside the published ones, and the reports of a user."""
    published = (
        replace(row, more_metrics=(*row.more_metrics, *more_metrics))
        if isinstance(row, Report) and row.report_type is ReportType.BASIC
        else row
        for row in STREAMS
    )
    return (*published, *own)
