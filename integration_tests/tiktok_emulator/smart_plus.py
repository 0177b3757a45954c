"""Upgraded Smart+: `smart_plus/campaign/get/`, `smart_plus/adgroup/get/` and `smart_plus/ad/get/`.

They answer the same campaigns and ad groups as the classic endpoints, with more detail, and one ad where
`ad/get/` answers one row per creative.
"""

from collections.abc import Callable
from datetime import datetime

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.filters import created_within, filters_of, trimmer
from integration_tests.tiktok_emulator.hashing import pick
from integration_tests.tiktok_emulator.listing import Page, RecordListing
from integration_tests.tiktok_emulator.model import AD, ADGROUP, CAMPAIGN, DISABLE, ENABLE, Entity, Level, sub_draw
from integration_tests.tiktok_emulator.parameters import id_list, one_of, utc_time
from integration_tests.tiktok_emulator.records import Record, ad_text, entity_record, secondary_status, stamp
from integration_tests.tiktok_emulator.world import World

SMART_PLUS_ID = "smart_plus_ad_id"
_FILTERS = {
    CAMPAIGN: {"campaign_ids"},
    ADGROUP: {"campaign_ids", "adgroup_ids"},
    AD: {"campaign_ids", "adgroup_ids", "smart_plus_ad_ids", "modified_after"},
}
_STATUSES = (
    *("STATUS_NOT_DELETE", "STATUS_ALL", "STATUS_DELETE", "STATUS_DELIVERY_OK", "STATUS_DISABLE"),
    *("STATUS_NOT_DELIVERY", "STATUS_TIME_DONE", "STATUS_RF_CLOSED", "STATUS_FROZEN"),
)
_SHARED_FILTERS = ("primary_status", "creation_filter_start_time", "creation_filter_end_time")


class _Group:
    """What stands for one Smart+ object: a campaign, an ad group, or all creatives of one ad."""

    def __init__(self, key: str, members: list[Entity]) -> None:
        self.key = key
        self.members = members
        self.first = members[0]

    @property
    def modified(self) -> datetime:
        """The last change of any member."""
        return max(one.modified or one.touched or one.created for one in self.members)

    def has_status(self, status: str) -> bool:
        """Tell whether the object has a `primary_status`; an ad is deleted when all its creatives are."""
        alive = next((one for one in self.members if not one.deleted), self.first)
        return alive.has_status(status)


def _groups(world: World, level: Level, advertiser_id: str) -> list[_Group]:
    """Return the Smart+ objects of a level, newest first."""
    by_key: dict[str, list[Entity]] = {}
    for ad in world.entities(AD.name, advertiser_id):
        smart_plus_id = entity_record(ad).get(SMART_PLUS_ID)
        if smart_plus_id:
            above = ad.lineage()[level.name]
            members = by_key.setdefault(smart_plus_id if level is AD else above.entity_id, [])
            if above not in members:
                members.append(above)
    found = [_Group(key, members) for key, members in by_key.items()]
    return sorted(found, key=lambda one: (one.first.created, one.key), reverse=True)


def smart_plus_records(world: World, level: str, advertiser_id: str, *, deleted: bool = True) -> list[Record]:
    """Return the raw Smart+ records of an account, to compare a connector's output with.

    Args:
        world: the world of the account.
        level: campaign, adgroup or ad.
        advertiser_id: the account.
        deleted: whether deleted objects count.
    """
    of_level = next(one for one in _FILTERS if one.name == level)
    return [
        _record(of_level, group)
        for group in _groups(world, of_level, advertiser_id)
        if deleted or group.has_status("STATUS_NOT_DELETE")
    ]


def _record(level: Level, group: _Group) -> Record:
    make = {CAMPAIGN: _campaign, ADGROUP: _adgroup, AD: _ad}[level]
    entity = group.first
    lineage = entity.lineage()
    named = {
        key: value
        for one in list(lineage.values())
        if one.level is not AD
        for key, value in ((f"{one.level.name}_id", one.entity_id), (f"{one.level.name}_name", one.name))
    }
    return {
        "advertiser_id": entity.account.advertiser_id,
        **named,
        **make(group),
        "operation_status": ENABLE if entity.state == ENABLE else DISABLE,
        "secondary_status": secondary_status(entity),
        "create_time": stamp(entity.created),
        "modify_time": stamp(group.modified),
    }


def _campaign(group: _Group) -> Record:
    draw = sub_draw(group.first.draw, "smart plus")
    record: Record = {
        "objective_type": pick(draw, ("WEB_CONVERSIONS", "APP_PROMOTION", "LEAD_GENERATION")),
        "sales_destination": "WEBSITE",
        "campaign_type": "REGULAR_CAMPAIGN",
        "catalog_enabled": False,
        "smart_plus_adgroup_mode": "MULTIPLE",
        "budget_optimize_on": True,
        "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        "budget_auto_adjust_strategy": "UNSET",
        "budget": draw % 10_000 / 100,
        "current_budget": draw % 10_000 / 100,
        "app_id": None,
        "special_industries": [],
        "po_number": None,
        "is_promotional_campaign": False,
    }
    return record


def _adgroup(group: _Group) -> Record:
    draw = sub_draw(group.first.draw, "smart plus")
    record: Record = {
        "promotion_type": "WEBSITE",
        "promotion_website_type": "UNSET",
        "optimization_goal": "CONVERT",
        "optimization_event": "SHOPPING",
        "pixel_id": f"740{draw % 10**16:016d}",
        "bid_type": "BID_TYPE_NO_BID",
        "bid_price": 0.0,
        "billing_event": "OCPM",
        "pacing": "PACING_MODE_SMOOTH",
        "budget_mode": "BUDGET_MODE_INFINITE",
        "budget": 0.0,
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": stamp(group.first.created),
        "schedule_end_time": "2036-01-02 10:00:00",
        "targeting_optimization_mode": "AUTOMATIC",
        "targeting_spec": {
            "location_ids": ["6252001"],
            "age_groups": ["AGE_18_24", "AGE_25_34"],
            "gender": "GENDER_UNLIMITED",
            "spc_audience_age": "OVER_EIGHTEEN",
        },
        "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
        "placements": ["PLACEMENT_TIKTOK"],
        "tiktok_subplacements": ["IN_FEED"],
        "search_result_enabled": True,
        "comment_disabled": False,
        "app_attribution_source": None,
        "app_data_source": None,
    }
    # TikTok: true or absent.
    return {**record, "skip_learning_phase": True} if draw % 2 else record


def _ad(group: _Group) -> Record:
    return {
        SMART_PLUS_ID: group.key,
        "ad_name": group.first.name,
        "creative_list": [_creative(one) for one in group.members],
        "ad_text_list": [{"ad_text": ad_text(one)} for one in group.members],
        "landing_page_url_list": [{"landing_page_url": "https://shop.example/a"}],
        "ad_configuration": {},
    }


def _creative(entity: Entity) -> Record:
    video = {"video_id": f"v10033g5{entity.entity_id}"}
    return {"creative_info": {"ad_format": "SINGLE_VIDEO", "video_info": video}}


def read_campaigns(call: Call) -> Page:
    """Answer `smart_plus/campaign/get/`."""
    return _read(call, CAMPAIGN)


def read_adgroups(call: Call) -> Page:
    """Answer `smart_plus/adgroup/get/`."""
    return _read(call, ADGROUP)


def read_ads(call: Call) -> Page:
    """Answer `smart_plus/ad/get/`."""
    return _read(call, AD)


def _read(call: Call, level: Level) -> Page:
    page, size = call.page()
    tests = _tests(call, level)
    groups = [
        group for group in _groups(call.world, level, call.advertiser_id) if all(test(group) for test in tests)
    ]
    trim = trimmer(call, f"smart_plus/{level.name}/get/")
    return Page(RecordListing([trim(_record(level, group)) for group in groups]), "list", page, size)


def _tests(call: Call, level: Level) -> list[Callable[[_Group], bool]]:
    filtering = filters_of(call, *_FILTERS[level], *_SHARED_FILTERS)
    status = one_of("filtering.primary_status", filtering.get("primary_status", _STATUSES[0]), _STATUSES)
    born = created_within(filtering, call)
    tests: list[Callable[[_Group], bool]] = [
        lambda group: group.has_status(status),
        lambda group: born(group.first.created),
    ]
    tests.extend(
        _lineage_test(one, id_list(f"filtering.{one.ids_filter}", filtering[one.ids_filter]))
        for one in (CAMPAIGN, ADGROUP)
        if one.ids_filter in filtering
    )
    if "smart_plus_ad_ids" in filtering:
        ids = id_list("filtering.smart_plus_ad_ids", filtering["smart_plus_ad_ids"])
        tests.append(lambda group: group.key in ids)
    if "modified_after" in filtering:
        bound = utc_time("filtering.modified_after", filtering["modified_after"])
        tests.append(lambda group: group.modified.replace(microsecond=0) > bound)
    return tests


def _lineage_test(level: Level, ids: frozenset[str]) -> Callable[[_Group], bool]:
    return lambda group: group.first.lineage()[level.name].entity_id in ids
