"""Every endpoint that the emulator answers, one row each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from integration_tests.tiktok_emulator import (
    account_reads,
    center_reads,
    entity_reads,
    gmv_max_reads,
    gmv_max_report,
    other_reads,
    pixel_reads,
    report_reads,
    smart_plus,
)
from integration_tests.tiktok_emulator.call import Call, PageLimits
from integration_tests.tiktok_emulator.listing import Page, Plain
from integration_tests.tiktok_emulator.parameters import Parameters, id_list
from integration_tests.tiktok_emulator.report_query import accounts_asked

Handler = Callable[[Call], Page | Plain]

_UNPAGED = PageLimits(1, 1)
_PAGING = ("page", "page_size")
_ENTITY = ("advertiser_id", "filtering", "fields", "exclude_field_types_in_response", *_PAGING)
_ASSET = ("advertiser_id", "filtering", *_PAGING)
_REPORT = (
    "advertiser_id",
    "advertiser_ids",
    "bc_id",
    "report_type",
    "service_type",
    "data_level",
    "dimensions",
    "metrics",
    "start_date",
    "end_date",
    "query_lifetime",
    "filtering",
    "order_field",
    "order_type",
    "enable_total_metrics",
    "multi_adv_report_in_utc_time",
    "query_mode",
    *_PAGING,
)

_SMART_PLUS = ("advertiser_id", "filtering", "fields", *_PAGING)
_CENTER = ("bc_id", "child_bc_id", "filtering", *_PAGING)
_GMV_REPORT = (
    "advertiser_id",
    "store_ids",
    "dimensions",
    "metrics",
    "enable_total_metrics",
    "start_date",
    "end_date",
    "filtering",
    "sort_field",
    "sort_type",
    "context_info",
    *_PAGING,
)
# No source tells the default.
_UNTOLD = PageLimits(0, 50)

OFFICIAL, TOLERATED, ABSENT = "official", "tolerated", "absent"
"""How the sandbox serves an endpoint: by TikTok's list, only by Airbyte's experience, or not at all."""


def _one_account(parameters: Parameters) -> list[str]:
    return [parameters.number_text("advertiser_id")]


def _many_accounts(parameters: Parameters) -> list[str]:
    parameters.required("advertiser_ids")
    return sorted(id_list("advertiser_ids", parameters.array("advertiser_ids")))


def _no_account(_: Parameters) -> list[str]:
    return []


@dataclass(frozen=True)
class Route:
    """An endpoint.

    Attributes:
        scopes: permission ids of which the token needs one; first-level ones imply their children. None where
            no source tells which it is.
        parameters: all that TikTok knows; others are ignored and noted in the log.
        sandbox: OFFICIAL, TOLERATED or ABSENT.
        accounts: reads the ids of the accounts that the token must be allowed to read.
    """

    endpoint: str
    handler: Handler
    scopes: tuple[int, ...]
    parameters: tuple[str, ...]
    pages: PageLimits
    sandbox: str
    accounts: Callable[[Parameters], list[str]] = _one_account


_ROUTES = (
    Route(
        "oauth2/advertiser/get/",
        other_reads.list_advertisers,
        (1, 100, 2, 4, 6),
        ("app_id", "secret"),
        _UNPAGED,
        ABSENT,
        _no_account,
    ),
    Route(
        "advertiser/info/",
        other_reads.read_advertisers,
        (1, 100),
        ("advertiser_ids", "fields"),
        _UNPAGED,
        TOLERATED,
        _many_accounts,
    ),
    Route("campaign/get/", entity_reads.read_campaigns, (2, 200), _ENTITY, PageLimits(10, 1000), OFFICIAL),
    Route("adgroup/get/", entity_reads.read_adgroups, (2, 210), _ENTITY, PageLimits(10, 1000), OFFICIAL),
    Route("ad/get/", entity_reads.read_ads, (2, 220), _ENTITY, PageLimits(10, 1000), OFFICIAL),
    Route(
        "tt_video/list/",
        account_reads.list_posts,
        (6, 691),
        ("advertiser_id", "item_types", "keyword", *_PAGING),
        PageLimits(20, 50),
        ABSENT,
    ),
    Route(
        "pixel/list/",
        pixel_reads.list_pixels,
        (8, 800),
        ("advertiser_id", "pixel_id", "code", "name", "order_by", "filtering", *_PAGING),
        PageLimits(10, 20),
        ABSENT,
    ),
    Route(
        "pixel/instant_page/event/",
        pixel_reads.read_instant_page_events,
        (8, 801),
        ("advertiser_id", "objective_type", "optimization_goal", "is_retargeting"),
        _UNPAGED,
        ABSENT,
    ),
    Route(
        "pixel/event/stats/",
        pixel_reads.read_pixel_statistics,
        (8, 802),
        ("advertiser_id", "pixel_ids", "date_range"),
        _UNPAGED,
        ABSENT,
    ),
    Route(
        "identity/get/",
        account_reads.read_identities,
        (6, 693),
        ("advertiser_id", "identity_type", "identity_authorized_bc_id", "filtering", *_PAGING),
        PageLimits(20, 100),
        OFFICIAL,
    ),
    Route(
        "dmp/saved_audience/list/",
        account_reads.list_saved_audiences,
        (3, 30),
        ("advertiser_id", "saved_audience_ids", *_PAGING),
        PageLimits(10, 100),
        ABSENT,
    ),
    Route("app/list/", account_reads.list_apps, (), ("advertiser_id", "app_platform_ids"), _UNPAGED, ABSENT),
    Route(
        "smart_plus/campaign/get/", smart_plus.read_campaigns, (2, 200), _SMART_PLUS, PageLimits(10, 1000), ABSENT
    ),
    Route(
        "smart_plus/adgroup/get/", smart_plus.read_adgroups, (2, 210), _SMART_PLUS, PageLimits(10, 1000), ABSENT
    ),
    Route("smart_plus/ad/get/", smart_plus.read_ads, (2, 220), _SMART_PLUS, PageLimits(10, 100), ABSENT),
    Route("gmv_max/store/list/", gmv_max_reads.list_stores, (), ("advertiser_id",), _UNPAGED, ABSENT),
    Route("gmv_max/campaign/get/", gmv_max_reads.read_campaigns, (), _SMART_PLUS, PageLimits(10, 100), ABSENT),
    Route(
        "campaign/gmv_max/info/",
        gmv_max_reads.read_campaign,
        (),
        ("advertiser_id", "campaign_id"),
        _UNPAGED,
        ABSENT,
    ),
    Route(
        "campaign/gmv_max/session/list/",
        gmv_max_reads.list_sessions,
        (),
        ("advertiser_id", "campaign_id"),
        _UNPAGED,
        ABSENT,
    ),
    Route("gmv_max/report/get/", gmv_max_report.read_report, (), _GMV_REPORT, PageLimits(10, 1000), ABSENT),
    Route(
        "store/product/get/",
        gmv_max_reads.list_products,
        (),
        ("bc_id", "store_id", "advertiser_id", "filtering", "sort_field", "sort_type", *_PAGING),
        PageLimits(gmv_max_reads.PRODUCT_PAGE, 10**6),
        ABSENT,
        _no_account,
    ),
    Route(
        "bc/get/",
        center_reads.list_centers,
        (1, 150),
        ("bc_id", "scene", "filtering", *_PAGING),
        PageLimits(10, 50),
        ABSENT,
        _no_account,
    ),
    Route(
        "bc/asset/get/",
        center_reads.list_assets,
        (1, 150),
        (*_CENTER, "asset_type"),
        PageLimits(10, 50),
        ABSENT,
        _no_account,
    ),
    Route(
        "catalog/get/",
        center_reads.list_catalogs,
        (9, 900),
        ("bc_id", "catalog_id", *_PAGING),
        PageLimits(10, 1000),
        ABSENT,
        _no_account,
    ),
    Route(
        "bc/account/transaction/get/",
        center_reads.read_transactions,
        (1, 150),
        (*_CENTER, "transaction_level"),
        PageLimits(10, 50),
        ABSENT,
        _no_account,
    ),
    Route(
        "bc/account/cost/get/",
        center_reads.read_costs,
        (1, 150),
        ("bc_id", "filtering", *_PAGING),
        _UNTOLD,
        ABSENT,
        _no_account,
    ),
    Route(
        "advertiser/balance/get/",
        center_reads.read_balances,
        (1, 150),
        ("bc_id", "fields", "filtering", *_PAGING),
        _UNTOLD,
        ABSENT,
        _no_account,
    ),
    Route(
        "dmp/custom_audience/list/",
        other_reads.read_audiences,
        (3, 30),
        ("advertiser_id", "custom_audience_ids", *_PAGING),
        PageLimits(10, 100),
        TOLERATED,
    ),
    Route("file/image/ad/search/", other_reads.search_images, (6, 600), _ASSET, PageLimits(20, 100), TOLERATED),
    Route(
        "file/video/ad/search/",
        other_reads.search_videos,
        (6, 610),
        (*_ASSET, "sort_field"),
        PageLimits(20, 100),
        TOLERATED,
    ),
    Route(
        "file/music/get/",
        other_reads.read_music,
        (6, 630),
        (*_ASSET, "music_scene", "search_type"),
        PageLimits(1000, 1000, reach=100_000),
        TOLERATED,
    ),
    Route(
        "creative/portfolio/list/",
        other_reads.list_portfolios,
        (6, 6110100),
        _ASSET,
        PageLimits(20, 100),
        TOLERATED,
    ),
    Route(
        "report/integrated/get/",
        report_reads.read_report,
        (4, 44),
        _REPORT,
        PageLimits(10, 1000),
        OFFICIAL,
        accounts_asked,
    ),
)
ROUTES = {route.endpoint: route for route in _ROUTES}

REAL_ENDPOINTS = frozenset(Path(__file__).with_name("data").joinpath("endpoints.txt").read_text().split())
"""Endpoints that TikTok's pages or its SDK name, modelled or not."""
