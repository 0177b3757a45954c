"""TikTok's limit counts requests: a sync sends each that it needs once, and none that it could do without."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from integration_tests.connector import Connector, Json, configured, production_config
from integration_tests.tiktok_emulator import Emulator, LoggedRequest, World
from integration_tests.truth import ASSETS, OBJECTS, expected, last_day, production_accounts

START = date(2024, 2, 10)
TOP_VIEW = "RESERVATION_TOP_VIEW"
REPORT = "report/integrated/get/"
# Largest pages and longest windows that TikTok serves.
OBJECT_PAGE, TOP_VIEW_PAGE, REPORT_PAGE = 1000, 100, 1000
ASSET_ENDPOINTS = {
    "audiences": ("dmp/custom_audience/list/", 100),
    "creative_assets_images": ("file/image/ad/search/", 100),
    "creative_assets_videos": ("file/video/ad/search/", 100),
    "creative_assets_music": ("file/music/get/", 1000),
    "creative_assets_portfolios": ("creative/portfolio/list/", 100),
}
WINDOWS = {"hourly": 1, "daily": 30}

# Endpoint, account and whatever tells one request from another.
Request = tuple[Any, ...]


def least(world: World, streams: dict[str, Json]) -> Counter[Request]:
    """The requests that reading these streams cannot do without, from the world alone."""
    accounts = production_accounts(world)
    requests: list[Request] = [("oauth2/advertiser/get/",), ("advertiser/info/", tuple(accounts))]
    for account in accounts:
        if "campaigns" not in streams or not has_top_view(world, account):
            requests.append(("campaign/get/", account, "has it TopView?"))
        for name, stream in streams.items():
            if name in OBJECTS:
                requests += of_objects(world, OBJECTS[name], account)
            elif name in ASSETS:
                endpoint, size = ASSET_ENDPOINTS[name]
                total = len(world.assets(ASSETS[name], account))
                requests += ((endpoint, account, page) for page in pages(total, size))
            elif "reports" in name:
                requests += of_report(world, stream, account)
    return Counter(requests)


def has_top_view(world: World, account: str) -> bool:
    """Whether the list of campaigns shows a TopView campaign, so that nobody needs to ask."""
    campaigns = world.entities("campaign", account)
    return any(one.buying_type == TOP_VIEW and not one.deleted for one in campaigns)


def pages(total: int, size: int) -> range:
    """Pages from 1; an empty list takes one, too."""
    return range(1, max(1, -(-total // size)) + 1)


def of_objects(world: World, level: str, account: str) -> Iterator[Request]:
    """TopView can only be asked for alone."""
    found = [entity for entity in world.entities(level, account) if not entity.deleted]
    top_view = sum(entity.buying_type == TOP_VIEW for entity in found)
    for kind, total, size in (
        ("usual", len(found) - top_view, OBJECT_PAGE),
        (TOP_VIEW, top_view, TOP_VIEW_PAGE),
    ):
        yield from ((f"{level}/get/", account, kind, page) for page in pages(total, size))


def of_report(world: World, stream: Json, account: str) -> Iterator[Request]:
    """Every window whole, and again for what it may hide of TopView; an account's own row hides nothing."""
    dimensions = tuple(field for (field,) in stream["source_defined_primary_key"])
    for first, last in windows(world, stream["name"], account):
        kinds: dict[str, tuple[str, ...] | None] = {"usual": None}
        if not stream["name"].startswith("advertisers"):
            kinds[TOP_VIEW] = (TOP_VIEW,)
        for kind, buying_types in kinds.items():
            total = len(
                expected(world, stream, first or START, last, accounts=[account], buying_types=buying_types)
            )
            span = (str(first), str(last)) if first else (None, None)
            yield from ((REPORT, account, dimensions, *span, kind, page) for page in pages(total, REPORT_PAGE))


def windows(world: World, name: str, account: str) -> Iterator[tuple[date | None, date | None]]:
    """From the start to the account's today; all time is one window."""
    today, kind = last_day(world, account), name.rpartition("_")[2]
    if kind == "lifetime":
        yield (START, today) if "audience" in name else (None, None)
        return
    first = START
    while first <= today:
        last = min(first + timedelta(days=WINDOWS[kind] - 1), today)
        yield first, last
        first = last + timedelta(days=1)


def sent(request: LoggedRequest) -> Request:
    """A request in the form of `least`."""
    params = request.decoded
    account, page = params.get("advertiser_id"), int(params.get("page", 1))
    filtering = params.get("filtering") or {}
    top_view = TOP_VIEW if TOP_VIEW in str(filtering) else "usual"
    if request.endpoint == REPORT:
        span = (params.get("start_date"), params.get("end_date"))
        return (REPORT, account, tuple(params["dimensions"]), *span, top_view, page)
    if request.endpoint == "campaign/get/" and params["page_size"] == "1":
        return (request.endpoint, account, "has it TopView?")
    by_endpoint: dict[str, Callable[[], Request]] = {
        "oauth2/advertiser/get/": tuple,
        "advertiser/info/": lambda: (tuple(params["advertiser_ids"]),),
        **{f"{level}/get/": lambda: (account, top_view, page) for level in OBJECTS.values()},
    }
    return (request.endpoint, *by_endpoint.get(request.endpoint, lambda: (account, page))())


def is_usual(stream: Json) -> bool:
    """Whether `least` knows what a stream asks for."""
    name = stream["name"]
    split = ("_reports_by_country_", "_by_language_", "_by_placement_", "smart_plus", "gmv_max")
    report = "reports" in name and ("audience" in name or not any(word in name for word in split))
    beyond = name.endswith(("_by_language_daily", "_by_placement_daily"))
    return name in {*OBJECTS, *ASSETS, "advertisers", "advertiser_ids"} or (report and not beyond)


def test_a_sync_of_everything_sends_no_request_that_it_could_do_without(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    usual = {name: stream for name, stream in streams.items() if is_usual(stream)}
    needed = least(world, usual)

    output = connector.read(production_config(start_date=str(START)), configured(list(usual.values())))

    assert output.exit_code == 0, output.errors
    found = Counter(map(sent, emulator.requests))
    assert sorted(map(str, (found - needed).elements())) == []
    assert sorted(map(str, (needed - found).elements())) == []


def test_an_account_without_top_view_is_asked_for_it_once(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    plain = world.add_account("Plain Shop", "Europe/Berlin", history_days=30)
    campaign = world.add_object("campaign", plain.advertiser_id)
    world.add_object("adgroup", campaign.entity_id)
    reports = [
        stream for name, stream in streams.items() if name in ("campaigns_reports_daily", "ads_reports_daily")
    ]

    config = production_config(start_date=str(START))
    config["credentials"]["advertiser_id"] = plain.advertiser_id
    output = connector.read(config, configured(reports))

    assert output.exit_code == 0, output.errors
    kinds = Counter(sent(request)[0] for request in emulator.requests)
    # A window before the account's birthday, or a second look-up, would be one more.
    assert kinds == {"advertiser/info/": 1, "campaign/get/": 1, REPORT: 2 * 2}
