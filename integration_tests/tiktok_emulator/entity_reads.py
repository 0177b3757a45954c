"""`campaign/get/`, `adgroup/get/` and `ad/get/`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import NotModelledError, parameter_error
from integration_tests.tiktok_emulator.listing import Page, RecordListing
from integration_tests.tiktok_emulator.model import (
    AD,
    ADGROUP,
    BUYING_TYPES,
    CAMPAIGN,
    ORIGINS,
    TOP_VIEW,
    TREE,
    Entity,
    Level,
)
from integration_tests.tiktok_emulator.parameters import id_list, one_of, string_list, utc_time
from integration_tests.tiktok_emulator.records import Record, entity_record, known_fields, secondary_status
from integration_tests.tiktok_emulator.report_filters import STATUSES

Test = Callable[[Entity], bool]

_MOST_TOP_VIEW_ADGROUPS = 100
_SHARED_FILTERS = {
    "campaign_ids",
    "primary_status",
    "secondary_status",
    "buying_types",
    "campaign_system_origins",
    "creation_filter_start_time",
    "creation_filter_end_time",
}
_FILTERS = {
    CAMPAIGN: _SHARED_FILTERS,
    ADGROUP: _SHARED_FILTERS | {"adgroup_ids"},
    AD: _SHARED_FILTERS | {"adgroup_ids", "ad_ids", "modified_after"},
}


def read_campaigns(call: Call) -> Page:
    """Answer `campaign/get/`."""
    return _read(call, CAMPAIGN)


def read_adgroups(call: Call) -> Page:
    """Answer `adgroup/get/`."""
    return _read(call, ADGROUP)


def read_ads(call: Call) -> Page:
    """Answer `ad/get/`."""
    return _read(call, AD)


def _read(call: Call, level: Level) -> Page:
    filtering = call.parameters.object("filtering")
    buying_types = _buying_types(filtering, call)
    # TikTok: pages of TopView ad groups are small.
    small = level is ADGROUP and TOP_VIEW in buying_types
    page, size = call.page(_MOST_TOP_VIEW_ADGROUPS if small else None)
    tests = [*_tests(filtering, level, call), _buying_test(buying_types)]
    trim = _trimmer(call, level)
    found = [
        trim(entity_record(entity, sandbox=call.sandbox))
        for entity in _highest_first(call.world.entities(level.name, call.advertiser_id))
        if all(test(entity) for test in tests)
    ]
    return Page(RecordListing(found), "list", page, size)


def _highest_first(entities: list[Entity]) -> list[Entity]:
    return sorted(entities, key=lambda entity: int(entity.entity_id), reverse=True)


def _buying_types(filtering: Record, call: Call) -> tuple[str, ...]:
    """Return the buying types to show; TopView must be asked for alone."""
    if "buying_types" not in filtering:
        return call.world.options.default_buying_types
    name = "filtering.buying_types"
    wanted = tuple(one_of(name, one, BUYING_TYPES) for one in string_list(name, filtering["buying_types"]))
    if not wanted:
        raise parameter_error(name, "Must not be empty.")
    if TOP_VIEW in wanted and len(wanted) > 1:
        raise parameter_error(name, f"{TOP_VIEW} cannot be combined with other buying types.")
    return wanted


def _buying_test(buying_types: tuple[str, ...]) -> Test:
    return lambda entity: entity.buying_type in buying_types


def _tests(filtering: Record, level: Level, call: Call) -> list[Test]:
    """Return one test per filter.

    Raises:
        NotModelledError: for a filter that the emulator does not know, whether TikTok has it or not: what TikTok
            says to one that it does not have is not known.
    """
    unmodelled = set(filtering) - _FILTERS[level]
    if unmodelled:
        raise NotModelledError(f"filter {min(unmodelled)}")
    return [
        *_id_tests(filtering),
        *_status_tests(filtering, level),
        *_time_tests(filtering, call),
        *_origin_tests(filtering),
    ]


def _id_tests(filtering: Record) -> list[Test]:
    return [
        _id_test(level, id_list(f"filtering.{level.ids_filter}", filtering[level.ids_filter]))
        for level in TREE
        if level.ids_filter in filtering
    ]


def _id_test(level: Level, ids: frozenset[str]) -> Test:
    return lambda entity: entity.lineage()[level.name].entity_id in ids


def _status_tests(filtering: Record, level: Level) -> list[Test]:
    """Return the status tests; without a status filter deleted objects are hidden."""
    tests: list[Test] = []
    if "primary_status" in filtering:
        primary = one_of("filtering.primary_status", filtering["primary_status"], STATUSES)
        tests.append(lambda entity: entity.has_status(primary))
    if "secondary_status" in filtering:
        tests.append(_secondary_test(filtering["secondary_status"], level))
    return tests or [lambda entity: not entity.deleted]


def _secondary_test(status: Any, level: Level) -> Test:
    prefix = f"{level.status_prefix}_"
    if not isinstance(status, str) or not status.startswith(prefix):
        raise parameter_error(
            "filtering.secondary_status", f"one or more value of the param is not acceptable: {status!r}"
        )
    if status == f"{prefix}ALL":
        return lambda _: True
    if status == f"{prefix}NOT_DELETE":
        return lambda entity: not entity.deleted
    return lambda entity: secondary_status(entity) == status


def _time_tests(filtering: Record, call: Call) -> list[Test]:
    tests: list[Test] = []
    options = call.world.options
    if "modified_after" in filtering:
        bound = _recent("modified_after", filtering, call)
        tests.append(
            lambda entity: (
                options.modified_after_keeps_undated
                if entity.modified is None
                else entity.modified >= bound
                if options.modified_after_inclusive
                else entity.modified.replace(microsecond=0) > bound
            )
        )
    if "creation_filter_start_time" in filtering or "creation_filter_end_time" in filtering:
        tests.append(_creation_test(filtering, call))
    return tests


def _recent(name: str, filtering: Record, call: Call) -> datetime:
    """Return the lower bound of a filter that reaches until now."""
    bound = utc_time(f"filtering.{name}", filtering[name])
    if (call.world.clock.now() - bound).days >= call.world.options.time_filter_days:
        raise parameter_error(f"filtering.{name}", "The time span must be within 6 months.")
    return bound


def _creation_test(filtering: Record, call: Call) -> Test:
    start_name, end_name = "creation_filter_start_time", "creation_filter_end_time"
    if start_name not in filtering or end_name not in filtering:
        raise parameter_error("filtering", f"{start_name} and {end_name} belong together.")
    start = utc_time(f"filtering.{start_name}", filtering[start_name])
    end = utc_time(f"filtering.{end_name}", filtering[end_name])
    if not 0 <= (end - start).days < call.world.options.time_filter_days:
        raise parameter_error(f"filtering.{start_name}", "The time span must be within 6 months.")
    return lambda entity: start <= entity.created.replace(microsecond=0) <= end


def _origin_tests(filtering: Record) -> list[Test]:
    """Return the test of `campaign_system_origins`; without the filter boosted posts are hidden."""
    name, wanted = "filtering.campaign_system_origins", [ORIGINS[0]]
    if "campaign_system_origins" in filtering:
        wanted = [one_of(name, one, ORIGINS) for one in string_list(name, filtering["campaign_system_origins"])]
    return [lambda entity: entity.origin in wanted]


def _trimmer(call: Call, level: Level) -> Callable[[Record], Record]:
    """Return what `fields` and `exclude_field_types_in_response` do to a record."""
    fields = call.parameters.array("fields")
    unknown = set(fields or ()) - known_fields(level.name)
    if unknown:
        raise NotModelledError(f"field {min(unknown)}")
    excluded = call.parameters.array("exclude_field_types_in_response") or []
    for one in excluded:
        one_of("exclude_field_types_in_response", one, ("NULL_FIELD",))
    if fields is None and not excluded:
        return lambda record: record
    return lambda record: {
        key: value
        for key, value in record.items()
        if (fields is None or key in fields) and not (excluded and value is None)
    }
