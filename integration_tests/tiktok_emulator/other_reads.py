"""Accounts and creative assets."""

from typing import Any

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import NotModelledError
from integration_tests.tiktok_emulator.listing import OutOfReach, Page, Plain, RecordListing
from integration_tests.tiktok_emulator.parameters import id_list, one_of
from integration_tests.tiktok_emulator.records import Record, known_fields

_EDITABLE = "company_name_editable"
_SCENES = ("CREATIVE_ASSET", "CAROUSEL_ADS", "CATALOG_CAROUSEL")
_SORT_FIELDS = {"CREATE_TIME": "create_time", "MODIFY_TIME": "modify_time"}
# Filters by key of each search; TikTok has more, which no stream needs.
_IMAGE_FILTERS = {"image_ids": "image_id", "material_ids": "material_id"}
_VIDEO_FILTERS = {"video_ids": "video_id", "material_ids": "material_id"}
_MUSIC_FILTERS = {"music_ids": "music_id", "material_ids": "material_id"}
_PORTFOLIO_FILTERS = {"creative_portfolio_ids": "creative_portfolio_id"}


def list_advertisers(call: Call) -> Plain:
    """Answer `oauth2/advertiser/get/`: all accounts of the token at once, deleted ones too."""
    accounts = call.world.accounts
    names = {one: accounts[one].name if one in accounts else f"Account {one}" for one in call.granted}
    return Plain({"list": [{"advertiser_id": one, "advertiser_name": name} for one, name in names.items()]})


def read_advertisers(call: Call) -> Plain:
    """Answer `advertiser/info/`."""
    wanted = call.parameters.array("advertiser_ids") or []
    fields = call.parameters.array("fields")
    unknown = set(fields or ()) - known_fields("advertiser")
    if unknown:
        raise NotModelledError(f"field {min(unknown)}")
    records = [call.world.account_record(one) for one in dict.fromkeys(wanted)]
    if fields is not None:
        # TikTok: this field comes only when it is named, and then nothing else comes but the id.
        wanted_fields = [_EDITABLE] if _EDITABLE in fields else fields
        kept = {"advertiser_id", *wanted_fields}
        records = [
            {key: value for key, value in {**record, _EDITABLE: True}.items() if key in kept} for record in records
        ]
    return Plain({"list": records})


def read_audiences(call: Call) -> Page:
    """Answer `dmp/custom_audience/list/`."""
    records = call.world.assets("audience", call.advertiser_id)
    wanted = call.parameters.array("custom_audience_ids")
    if wanted is not None:
        ids = id_list("custom_audience_ids", wanted)
        records = [record for record in records if record["audience_id"] in ids]
    return _page(call, "list", records)


def search_images(call: Call) -> Page:
    """Answer `file/image/ad/search/`."""
    return _newest(call, _filtered(call, "image", _IMAGE_FILTERS), "modify_time")


def search_videos(call: Call) -> Page:
    """Answer `file/video/ad/search/`."""
    word = one_of("sort_field", call.parameters.raw.get("sort_field") or "CREATE_TIME", tuple(_SORT_FIELDS))
    return _newest(call, _filtered(call, "video", _VIDEO_FILTERS), _SORT_FIELDS[word])


def read_music(call: Call) -> Page:
    """Answer `file/music/get/`; the list is called `musics`."""
    scene = one_of("music_scene", call.parameters.raw.get("music_scene") or _SCENES[0], _SCENES)
    if scene != _SCENES[0] or "search_type" in call.parameters:
        raise NotModelledError(f"music_scene {scene} or a search_type")
    return _page(call, "musics", _filtered(call, "music", _MUSIC_FILTERS))


def list_portfolios(call: Call) -> Page:
    """Answer `creative/portfolio/list/`; the list is called `creative_portfolios`."""
    return _page(call, "creative_portfolios", _filtered(call, "portfolio", _PORTFOLIO_FILTERS))


def _filtered(call: Call, kind: str, filters: dict[str, str]) -> list[Record]:
    filtering: dict[str, Any] = call.parameters.object("filtering")
    unmodelled = set(filtering) - set(filters)
    if unmodelled:
        raise NotModelledError(f"filter {min(unmodelled)}")
    records = call.world.assets(kind, call.advertiser_id)
    for name, value in filtering.items():
        ids = id_list(f"filtering.{name}", value)
        records = [record for record in records if record[filters[name]] in ids]
    return records


def _newest(call: Call, records: list[Record], time_field: str) -> Page:
    """Answer the newest records first, and none beyond the cap on what can be reached."""
    ordered = sorted(records, key=lambda record: record[time_field] or "", reverse=True)
    options = call.world.options
    if not options.asset_total_tells:
        return _page(call, "list", ordered[: options.asset_cap])
    page, size = call.page()
    return Page(OutOfReach(RecordListing(ordered), options.asset_cap), "list", page, size)


def _page(call: Call, list_key: str, records: list[Record]) -> Page:
    page, size = call.page()
    return Page(RecordListing(records), list_key, page, size)
