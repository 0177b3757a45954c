"""The `filtering` of a report: what it may say, and which objects pass it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from integration_tests.tiktok_emulator.attributes import automation_type
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.groupings import COUNTRY
from integration_tests.tiktok_emulator.model import (
    AD,
    AD_ID_V2,
    ADGROUP,
    ADVERTISER,
    BUYING_TYPES,
    ORIGINS,
    TOP_VIEW,
    TREE,
    Entity,
    Level,
)
from integration_tests.tiktok_emulator.parameters import MOST_IDS, id_list, one_of, string_list, utc_time
from integration_tests.tiktok_emulator.records import entity_record

STATUSES = (
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
    "STATUS_DELETE",
    "STATUS_DELIVERY_OK",
    "STATUS_DISABLE",
    "STATUS_NOT_DELIVERY",
    "STATUS_TIME_DONE",
    "STATUS_RF_CLOSED",
    "STATUS_FROZEN",
)
FILTER_TYPES = (
    "IN",
    "NOT_IN",
    "CONTAIN_ANY_OF",
    "MATCH",
    "GREATER_EQUAL",
    "GREATER_THAN",
    "LOWER_EQUAL",
    "LOWER_THAN",
    "BETWEEN",
)
CREATE_TIME = "create_time"

_KEYS = ("field_name", "filter_type", "filter_value")
_TIME_TYPES = ("BETWEEN", "GREATER_THAN", "LOWER_THAN")
_ID_FIELDS = {**{level.ids_filter: level.name for level in TREE}, "ad_ids_v2": AD_ID_V2}
_STATUS_FIELDS = frozenset(level.status_field for level in TREE)
# Settings of an object: the level whose records hold them.
_SETTINGS: dict[str, Level] = {"billing_event": ADGROUP, "promotion_type": ADGROUP, "image_mode": AD}
_OF_OBJECTS = frozenset({"advertiser_id", "campaign_id", "adgroup_id", "ad_id", "stat_time_day"})
# What Promote data may be grouped by; elsewhere TikTok may answer zeros instead of a refusal.
_PROMOTE = {
    "BASIC": _OF_OBJECTS,
    "AUDIENCE": _OF_OBJECTS
    | {"gender", "age", COUNTRY, "province_id", "dma_id", "ac", "platform", "interest_category", "placement"}
    | {"ad_type", "device_brand_id"},
}
# Named by one third party only.
_RUMOURED = frozenset(
    {
        "campaign_type",
        "creative_campaign_type",
        "campaign_product_source",
        "is_cbo_enabled",
        "objective_type",
        "bid_strategy",
        "delivery_type",
        "optimization_goal",
        "age",
        "gender",
        "dpa_target_audience_type",
        "app_promotion_type",
        "ad_entity_type",
        "identity_type",
        "creative_material_mode",
        "destination",
        "campaign_label_ids",
        "campaign_label_names",
        "campaign_label_types",
    }
)
_KNOWN = frozenset(
    {
        *_ID_FIELDS,
        *_STATUS_FIELDS,
        *_SETTINGS,
        *_RUMOURED,
        "buying_type",
        "campaign_system_origins",
        "campaign_automation_type",
        COUNTRY,
        CREATE_TIME,
    }
)


@dataclass(frozen=True)
class ReportFilter:
    """What a report is restricted to.

    Attributes:
        statuses: statuses of the level asked for, of which an object needs one.
        misplaced_status: a status filter of another level is present.
        ids: level name (or `ad_id_v2`) -> ids to keep.
        buying_types: buying types to keep, None for all that the default shows.
        origins: where campaigns were made; None for what TikTok shows by default.
        countries: countries to keep, None for all.
        settings: field -> values to keep.
        created: filter type and times to compare the time of creation with.
    """

    statuses: frozenset[str] = frozenset({"STATUS_NOT_DELETE"})
    misplaced_status: bool = False
    ids: tuple[tuple[str, frozenset[str]], ...] = ()
    buying_types: frozenset[str] | None = None
    origins: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    settings: tuple[tuple[str, frozenset[str]], ...] = ()
    created: tuple[str, tuple[str, ...]] | None = None


def parse_filter(
    filters: list[dict[str, Any]], level: Level, report_type: str, dimensions: tuple[str, ...]
) -> ReportFilter:
    """Return the meaning of `filtering` for a report.

    Raises:
        ApiError: where TikTok refuses it.
        NotModelledError: where nobody knows.
    """
    values = dict(_one(filter_, level) for filter_ in filters)
    _check_company(values, level, dimensions)
    if "PROMOTE" in values.get("campaign_system_origins", ()) and not _PROMOTE[report_type].issuperset(dimensions):
        raise NotModelledError(f"Promote data by {list(dimensions)}")
    ids = {_ID_FIELDS[name]: id_list(name, [*values[name]], MOST_IDS) for name in values if name in _ID_FIELDS}
    statuses = values.get(level.status_field)
    settings = [(name, kept) for name, kept in values.items() if name in (*_SETTINGS, "campaign_automation_type")]
    return ReportFilter(
        statuses=frozenset(statuses) if statuses else ReportFilter.statuses,
        misplaced_status=bool(_STATUS_FIELDS.intersection(values) - {level.status_field}),
        ids=tuple(sorted(ids.items())),
        buying_types=_set(values, "buying_type"),
        origins=_set(values, "campaign_system_origins"),
        countries=_set(values, COUNTRY),
        settings=tuple((name, frozenset(kept)) for name, kept in settings),
        created=next(((kind, tuple(times)) for name, kind, times in _times(filters)), None),
    )


def _set(values: Mapping[str, list[str]], name: str) -> frozenset[str] | None:
    return frozenset(values[name]) if name in values else None


def _times(filters: list[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    return [
        (CREATE_TIME, one["filter_type"], _one_time(one)) for one in filters if one["field_name"] == CREATE_TIME
    ]


def _one_time(one: Mapping[str, Any]) -> list[str]:
    between = one["filter_type"] == "BETWEEN"
    times = _array(one["filter_value"]) if between else [one["filter_value"]]
    if len(times) != 1 + between:
        raise parameter_error("filtering.filter_value", "BETWEEN takes exactly two strings.")
    for time in times:
        utc_time("filtering.filter_value", time)
    return times


def _one(one: Mapping[str, Any], level: Level) -> tuple[str, list[str]]:
    """Return field and values of a filter."""
    if not all(isinstance(one.get(key), str) for key in _KEYS):
        missing = next(key for key in _KEYS if not isinstance(one.get(key), str))
        raise parameter_error(f"filtering.{missing}", "Must be set to a string.")
    name, kind = one["field_name"], one_of("filtering.filter_type", one["filter_type"], FILTER_TYPES)
    if name not in _KNOWN:
        raise ApiError(40002, f"Invalid value for filter field: {name} is not supported. ")
    if name in _RUMOURED or kind not in (_TIME_TYPES if name == CREATE_TIME else ("IN",)):
        raise NotModelledError(f"filter {name} {kind}")
    if name == CREATE_TIME:
        return name, _one_time(one)
    values = _array(one["filter_value"])
    if name in _STATUS_FIELDS:
        values = [one_of(name, value, STATUSES) for value in values]
    elif name == "buying_type":
        values = [one_of(name, value, BUYING_TYPES) for value in values]
        if values != [TOP_VIEW]:
            raise NotModelledError(f"filter buying_type {values}")
    elif name == "campaign_system_origins":
        values = [one_of(name, value, ORIGINS) for value in values]
    elif name in _SETTINGS and level not in TREE[TREE.index(_SETTINGS[name]) :]:
        raise NotModelledError(f"filter {name} at {level.data_level}")
    return name, values


def _array(text: str) -> list[str]:
    """Return JSON text inside a string; TikTok's own examples write ids in it as bare numbers too."""
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise parameter_error("filtering.filter_value", "Not valid JSON.") from None
    if isinstance(values, list):
        values = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in values]
    return string_list("filtering.filter_value", values)


def _check_company(values: Mapping[str, list[str]], level: Level, dimensions: tuple[str, ...]) -> None:
    """Refuse filters that do not fit the level or the dimensions."""
    if COUNTRY in values and COUNTRY not in dimensions:
        raise ApiError(40002, f"Invalid value for filter field: {COUNTRY} is not supported. ")
    if "ad_ids_v2" in values and (AD_ID_V2 not in dimensions or "ad_ids" in values):
        raise ApiError(40002, "Invalid value for filter field: ad_ids_v2 is not supported. ")
    if "ad_ids" in values and AD_ID_V2 in dimensions:
        raise ApiError(40002, "Invalid value for filter field: ad_ids is not supported. ")
    known = [one.ids_filter for one in TREE[: TREE.index(level) + 1]] if level in TREE else []
    below = [name for name in values if name in _ID_FIELDS and name not in (*known, "ad_ids_v2")]
    if below:
        raise NotModelledError(f"filter {below[0]} at {level.data_level}")
    if "campaign_system_origins" in values and level is ADVERTISER:
        raise NotModelledError(f"filter campaign_system_origins at {level.data_level}")


def passes(entity: Entity, wanted: ReportFilter, level: Level) -> bool:
    """Tell whether an object of the level asked for passes all but the buying types."""
    lineage = entity.lineage()
    for name, ids in wanted.ids:
        if (entity.ad_id_v2 if name == AD_ID_V2 else lineage[name].entity_id) not in ids:
            return False
    if not any(entity.has_status(status) for status in wanted.statuses):
        return False
    # TikTok: a status filter of another level loses rows; which ones is not known, so: half of them.
    if wanted.misplaced_status and (entity.deleted or entity.draw % 2):
        return False
    if entity.origin not in (wanted.origins or ORIGINS[:1]):
        return False
    return all(_setting(entity, name, level) in kept for name, kept in wanted.settings) and _created(
        entity, wanted
    )


def _setting(entity: Entity, name: str, level: Level) -> str:
    if name == "campaign_automation_type":
        return automation_type(entity)
    holder = entity.lineage()[_SETTINGS.get(name, level).name]
    return str(entity_record(holder).get(name))


def _created(entity: Entity, wanted: ReportFilter) -> bool:
    if wanted.created is None:
        return True
    kind, texts = wanted.created
    times = [utc_time(CREATE_TIME, text) for text in texts]
    if kind == "BETWEEN":
        return times[0] <= entity.created <= times[1]
    return entity.created > times[0] if kind == "GREATER_THAN" else entity.created < times[0]
