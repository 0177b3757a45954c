"""What one report request asks for, after validation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.metrics import DEFAULT_METRICS
from integration_tests.tiktok_emulator.model import BUYING_TYPES, DATA_LEVELS, LEVELS, TREE, Level
from integration_tests.tiktok_emulator.parameters import Parameters, id_list, one_of, string_list

REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP")
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
TIME_DIMENSIONS = ("stat_time_day", "stat_time_hour")

# Groupings in production use; TikTok's full list of allowed pairs is not public.
_SPLITS = {
    "BASIC": (frozenset[str](), frozenset({"country_code"})),
    "AUDIENCE": (
        frozenset({"gender", "age"}),
        frozenset({"country_code"}),
        frozenset({"platform"}),
        frozenset({"province_id"}),
    ),
}
# TikTok: longest span of a request in days, both ends included.
_MOST_DAYS = {"stat_time_hour": 1, "stat_time_day": 30, None: 365}
_FILTER_KEYS = {"field_name", "filter_type", "filter_value"}


@dataclass(frozen=True)
class ReportFilter:
    """The `filtering` of a report.

    Attributes:
        status: status filter of the level asked for.
        misplaced_status: a status filter of another level is present.
        ids: level name -> ids to keep.
        buying_types: buying types to keep, None for all that the default shows.
    """

    status: str = "STATUS_NOT_DELETE"
    misplaced_status: bool = False
    ids: tuple[tuple[str, frozenset[str]], ...] = ()
    buying_types: frozenset[str] | None = None


@dataclass(frozen=True)
class ReportQuery:
    """A valid report request without its page.

    Attributes:
        dimensions: in the order asked for.
        start: first day in the account's time zone; None for the whole life.
        end: last day, included.
    """

    advertiser_id: str
    report_type: str
    level: Level
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    start: date | None
    end: date | None
    filter: ReportFilter = ReportFilter()
    sandbox: bool = False

    @property
    def time(self) -> str | None:
        """The time dimension, if any."""
        return next((name for name in self.dimensions if name in TIME_DIMENSIONS), None)

    @property
    def splits(self) -> tuple[str, ...]:
        """The dimensions that are neither the id nor the time."""
        return tuple(name for name in self.dimensions if name not in (self.level.id_field, *TIME_DIMENSIONS))

    @property
    def days(self) -> int:
        """The length of the span asked for; 1 for the whole life."""
        return (self.end - self.start).days + 1 if self.start and self.end else 1


def parse_report_query(parameters: Parameters, *, sandbox: bool) -> ReportQuery:
    """Return the query of a request, without a look at its metrics' validity.

    Raises:
        ApiError: where TikTok refuses the request.
        NotModelledError: where TikTok has an answer that the emulator does not know.
    """
    report_type = parameters.choice("report_type", REPORT_TYPES)
    _refuse_unmodelled(parameters, report_type, sandbox=sandbox)
    level = _level(parameters, sandbox=sandbox)
    dimensions = _dimensions(parameters, level, report_type)
    start, end = _span(parameters, report_type, dimensions)
    metrics = parameters.array("metrics")
    if metrics == []:
        raise parameter_error("metrics", "Must not be empty.")
    return ReportQuery(
        advertiser_id=parameters.number_text("advertiser_id"),
        report_type=report_type,
        level=level,
        dimensions=dimensions,
        metrics=tuple(dict.fromkeys(metrics or DEFAULT_METRICS)),
        start=start,
        end=end,
        filter=parse_filter(parameters.objects("filtering"), level),
        sandbox=sandbox,
    )


def _refuse_unmodelled(parameters: Parameters, report_type: str, *, sandbox: bool) -> None:
    unmodelled = [name for name in ("advertiser_ids", "bc_id", "order_field", "order_type") if name in parameters]
    if parameters.boolean("enable_total_metrics"):
        unmodelled.append("enable_total_metrics")
    if one_of("query_mode", parameters.raw.get("query_mode") or "REGULAR", ("REGULAR", "CHUNK")) == "CHUNK":
        unmodelled.append("query_mode CHUNK")
    if sandbox and unmodelled:
        raise ApiError(40009, f"{unmodelled[0]} is not supported in the sandbox.")
    if report_type not in _SPLITS:
        if sandbox:
            raise parameter_error("report_type", "The sandbox supports BASIC and AUDIENCE.")
        unmodelled.append(f"report type {report_type}")
    if unmodelled:
        raise NotModelledError(", ".join(unmodelled))


def _level(parameters: Parameters, *, sandbox: bool) -> Level:
    one_of("service_type", parameters.raw.get("service_type") or "AUCTION", ("AUCTION",))
    level = DATA_LEVELS[parameters.choice("data_level", tuple(DATA_LEVELS))]
    if sandbox and level not in TREE:
        raise parameter_error("data_level", "The sandbox has no report at the advertiser level.")
    return level


def _dimensions(parameters: Parameters, level: Level, report_type: str) -> tuple[str, ...]:
    parameters.required("dimensions")
    names = tuple(parameters.array("dimensions") or ())
    if len(set(names)) != len(names):
        raise parameter_error("dimensions", "Duplicate dimensions.")
    ids = [name for name in names if name in {known.id_field for known in LEVELS.values()}]
    if ids != [level.id_field]:
        raise parameter_error("dimensions", f"data_level {level.data_level} needs the one id {level.id_field}.")
    times = [name for name in names if name in TIME_DIMENSIONS]
    if len(times) > 1 or (report_type == "AUDIENCE" and "stat_time_hour" in times):
        raise parameter_error("dimensions", f"Unsupported time dimensions {times}.")
    if frozenset(names) - {*ids, *times} not in _SPLITS[report_type]:
        raise parameter_error("dimensions", f"Unsupported combination {list(names)} for {report_type}.")
    return names


def _span(
    parameters: Parameters, report_type: str, dimensions: tuple[str, ...]
) -> tuple[date | None, date | None]:
    if parameters.boolean("query_lifetime"):
        if report_type != "BASIC":
            raise parameter_error("query_lifetime", f"Not supported for {report_type}.")
        if len(dimensions) > 1:
            raise parameter_error("query_lifetime", "Only id dimensions are supported.")
        return None, None
    start, end = parameters.day("start_date"), parameters.day("end_date")
    if start > end:
        raise parameter_error("start_date", "Must not be after end_date.")
    time = next((name for name in dimensions if name in TIME_DIMENSIONS), None)
    if (end - start).days + 1 > _MOST_DAYS[time]:
        raise parameter_error("end_date", f"The maximum time span is {_MOST_DAYS[time]} days.")
    return start, end


def parse_filter(filters: list[dict[str, Any]], level: Level) -> ReportFilter:
    """Return the meaning of `filtering` for a report of the level."""
    status, misplaced, buying_types = ReportFilter.status, False, None
    ids: dict[str, frozenset[str]] = {}
    for one in filters:
        name, values = _filter_values(one)
        if name in _id_filters(level):
            ids[_id_filters(level)[name]] = id_list(name, values)
        elif name == "buying_type":
            buying_types = frozenset(one_of(name, value, BUYING_TYPES) for value in values)
        elif name == level.status_field:
            status = _single_status(name, values)
        elif name in {other.status_field for other in TREE}:
            misplaced = bool(_single_status(name, values))
        else:
            raise parameter_error("filtering", f"Unsupported field_name {name!r} for {level.data_level}.")
    return ReportFilter(status, misplaced, tuple(sorted(ids.items(), key=lambda item: item[0])), buying_types)


def _filter_values(one: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return field and values of a filter; its value is JSON text inside a string."""
    if not _FILTER_KEYS.issubset(one) or not all(isinstance(one[key], str) for key in _FILTER_KEYS):
        raise parameter_error("filtering", "field_name, filter_type and filter_value must be set to strings.")
    one_of("filtering.filter_type", one["filter_type"], ("IN",))
    try:
        values = orjson.loads(one["filter_value"])
    except orjson.JSONDecodeError:
        raise parameter_error("filtering.filter_value", "Not valid JSON.") from None
    return one["field_name"], string_list("filtering.filter_value", values)


def _single_status(name: str, values: list[str]) -> str:
    if len(values) != 1:
        raise parameter_error(name, "One status is expected.")
    return one_of(name, values[0], STATUSES)


def _id_filters(level: Level) -> dict[str, str]:
    """Return filter name -> level name for the level and those above it."""
    position = [known.name for known in TREE].index(level.name) + 1 if level in TREE else 0
    return {known.ids_filter: known.name for known in TREE[:position]}
