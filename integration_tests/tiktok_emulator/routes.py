"""Every endpoint that the emulator answers, one row each."""

from collections.abc import Callable
from dataclasses import dataclass

from integration_tests.tiktok_emulator import entity_reads, other_reads, report_reads
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
        scopes: permission ids of which the token needs one; first-level ones imply their children.
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
