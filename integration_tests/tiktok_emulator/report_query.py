"""What one report request asks for, after validation."""

from dataclasses import dataclass, field, replace
from datetime import date

from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.groupings import COUNTRY, TIME_DIMENSIONS, check_grouping
from integration_tests.tiktok_emulator.metrics import DEFAULT_METRICS, metric_table
from integration_tests.tiktok_emulator.model import DATA_LEVELS, ID_DIMENSIONS, TREE, Level
from integration_tests.tiktok_emulator.parameters import Parameters, id_list, one_of
from integration_tests.tiktok_emulator.report_filters import ReportFilter, parse_filter

REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP")
MOST_ACCOUNTS = 5

_MODELLED = ("BASIC", "AUDIENCE")
_RETIRED_LEVELS = tuple(name.replace("AUCTION", "RESERVATION") for name in DATA_LEVELS)
# TikTok: longest span of a request in days, both ends included.
_MOST_DAYS = {"stat_time_hour": 1, "stat_time_day": 30, None: 365}


@dataclass(frozen=True)
class ReportQuery:
    """A valid report request about one account, without its page.

    Attributes:
        dimensions: in the order asked for.
        start: first day in the account's time zone; None for the whole life.
        end: last day, included.
        ads: the ads that are looked at; None for all.
        order: metric to sort by and whether the least comes first; None for the account's own order.
        totals: whether the sums of all rows are wanted.
        accounts: how many accounts the request is about.
    """

    advertiser_id: str
    report_type: str
    level: Level
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    start: date | None
    end: date | None
    filter: ReportFilter = field(default_factory=ReportFilter)
    sandbox: bool = False
    ads: frozenset[str] | None = None
    order: tuple[str, bool] | None = None
    totals: bool = False
    accounts: int = 0

    @property
    def id_field(self) -> str | None:
        """The id dimension, if any."""
        return next((name for name in self.dimensions if name in ID_DIMENSIONS), None)

    @property
    def time(self) -> str | None:
        """The time dimension, if any."""
        return next((name for name in self.dimensions if name in TIME_DIMENSIONS), None)

    @property
    def splits(self) -> tuple[str, ...]:
        """The dimensions that are neither an id nor the time."""
        return tuple(name for name in self.dimensions if name not in (*ID_DIMENSIONS, *TIME_DIMENSIONS))

    @property
    def days(self) -> int:
        """The length of the span asked for; 1 for the whole life."""
        return (self.end - self.start).days + 1 if self.start and self.end else 1


def parse_report_query(
    parameters: Parameters, *, sandbox: bool, inferred_groupings: str = "accepted"
) -> ReportQuery:
    """Return the query of a request, without a look at its metrics' validity; its account is still to be set.

    Raises:
        ApiError: where TikTok refuses the request.
        NotModelledError: where TikTok has an answer that the emulator does not know.
    """
    report_type = parameters.choice("report_type", REPORT_TYPES)
    _refuse_unmodelled(parameters, report_type, sandbox=sandbox)
    level = _level(parameters, sandbox=sandbox)
    parameters.required("dimensions")
    dimensions = tuple(parameters.array("dimensions") or ())
    check_grouping(report_type, level, dimensions, inferred_groupings)
    start, end = _span(parameters, report_type, dimensions)
    metrics = parameters.array("metrics")
    if metrics == []:
        raise parameter_error("metrics", "Must not be empty.")
    query = ReportQuery(
        advertiser_id="",
        report_type=report_type,
        level=level,
        dimensions=dimensions,
        metrics=tuple(dict.fromkeys(metrics or DEFAULT_METRICS)),
        start=start,
        end=end,
        filter=parse_filter(parameters.objects("filtering"), level, report_type, dimensions),
        sandbox=sandbox,
        accounts=len(accounts_asked(parameters)) if "advertiser_ids" in parameters else 0,
    )
    if query.accounts and query.id_field is None:
        raise NotModelledError("several accounts without an id dimension")
    return replace(query, order=_order(parameters, query), totals=_totals(parameters, query))


def accounts_asked(parameters: Parameters) -> list[str]:
    """Return the accounts of a request: `advertiser_ids` beats `advertiser_id`, and may stand alone."""
    if "advertiser_ids" not in parameters:
        return [parameters.number_text("advertiser_id")]
    ids = parameters.array("advertiser_ids") or []
    id_list("advertiser_ids", ids)
    if len(ids) > MOST_ACCOUNTS:
        raise parameter_error("advertiser_ids", f"At most {MOST_ACCOUNTS} accounts.")
    return list(dict.fromkeys(ids))


def _refuse_unmodelled(parameters: Parameters, report_type: str, *, sandbox: bool) -> None:
    unmodelled = ["bc_id"] if "bc_id" in parameters else []
    if sandbox:
        unmodelled += [name for name in ("order_field", "enable_total_metrics") if name in parameters]
    if parameters.boolean("multi_adv_report_in_utc_time"):
        unmodelled.append("multi_adv_report_in_utc_time")
    if one_of("query_mode", parameters.raw.get("query_mode") or "REGULAR", ("REGULAR", "CHUNK")) == "CHUNK":
        unmodelled.append("query_mode CHUNK")
    if one_of("service_type", parameters.raw.get("service_type") or "AUCTION", ("AUCTION", "RESERVATION")) != (
        "AUCTION"
    ):
        unmodelled.append("service_type RESERVATION, which is retired")
    if sandbox and unmodelled:
        raise ApiError(40009, f"{unmodelled[0]} is not supported in the sandbox.")
    if report_type not in _MODELLED:
        if sandbox:
            raise parameter_error("report_type", "The sandbox supports BASIC and AUDIENCE.")
        unmodelled.append(f"report type {report_type}")
    if unmodelled:
        raise NotModelledError(", ".join(unmodelled))


def _level(parameters: Parameters, *, sandbox: bool) -> Level:
    name = parameters.choice("data_level", (*DATA_LEVELS, *_RETIRED_LEVELS))
    if name in _RETIRED_LEVELS:
        raise NotModelledError(f"data_level {name}, which is retired")
    if sandbox and DATA_LEVELS[name] not in TREE:
        raise ApiError(40009, f"Unsupported data_level in sandbox environment: {name}.")
    return DATA_LEVELS[name]


def _span(
    parameters: Parameters, report_type: str, dimensions: tuple[str, ...]
) -> tuple[date | None, date | None]:
    time = next((name for name in dimensions if name in TIME_DIMENSIONS), None)
    if parameters.boolean("query_lifetime"):
        if report_type != "BASIC":
            raise parameter_error("query_lifetime", f"Not supported for {report_type}.")
        if time or COUNTRY in dimensions:
            raise parameter_error("query_lifetime", "Only id dimensions are supported.")
        return None, None
    start, end = parameters.day("start_date"), parameters.day("end_date")
    if start > end:
        raise parameter_error("start_date", "Must not be after end_date.")
    if (end - start).days + 1 > _MOST_DAYS[time]:
        if time is None:
            raise ApiError(40002, "max time span must be less than 365 days")
        raise parameter_error("end_date", f"The maximum time span is {_MOST_DAYS[time]} days.")
    return start, end


def _order(parameters: Parameters, query: ReportQuery) -> tuple[str, bool] | None:
    """Return what to sort by; `order_type` alone, which one client sends, sorts nothing."""
    kind = one_of("order_type", parameters.raw.get("order_type") or "DESC", ("ASC", "DESC"))
    name = parameters.raw.get("order_field") or ""
    if not name:
        return None
    known = metric_table().get(name)
    if known is None or not known.figure:
        raise parameter_error("order_field", "one or more value of the param is not acceptable")
    if name not in query.metrics or query.accounts:
        raise NotModelledError(f"order_field {name} that is not asked for, or over several accounts")
    return name, kind == "ASC"


def _totals(parameters: Parameters, query: ReportQuery) -> bool:
    if not parameters.boolean("enable_total_metrics"):
        return False
    if query.report_type != "BASIC" or query.splits or query.time == "stat_time_hour":
        raise NotModelledError(f"enable_total_metrics for {query.report_type} by {list(query.dimensions)}")
    return True
