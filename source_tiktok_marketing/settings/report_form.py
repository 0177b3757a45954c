"""The part of the form in which a user defines reports; what it is read into is said in `custom_reports.py`."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from source_tiktok_marketing.catalog.filters import FILTER_FIELDS
from source_tiktok_marketing.catalog.metrics import METRICS
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level, ReportType
from source_tiktok_marketing.settings.custom_reports import DIMENSIONS, NAME

FILTER_TYPES_IN_USE = tuple(dict.fromkeys(type_ for known in FILTER_FIELDS.values() for type_ in known.types))


def _choice(title: str, order: int, description: str, options: Iterable[str]) -> Any:
    return Field(title=title, description=description, json_schema_extra={"enum": [*options], "order": order})


def _choices(title: str, order: int, description: str) -> Any:
    return Field(title=title, description=description, json_schema_extra={"order": order, "uniqueItems": True})


Metric = Annotated[str, Field(title="Metric", json_schema_extra={"enum": sorted(METRICS)})]
Dimension = Annotated[str, Field(title="Dimension", json_schema_extra={"enum": list(DIMENSIONS)})]


class ReportFilter(BaseModel):
    """A restriction of a report's rows."""

    model_config = ConfigDict(title="Filter")

    field_name: Annotated[str, _choice("Field", 0, "What the rows are restricted by.", FILTER_FIELDS)]
    filter_type: Annotated[
        str, _choice("Filter Type", 1, "How the field is compared: IN, but for times.", FILTER_TYPES_IN_USE)
    ] = "IN"
    filter_value: str = Field(
        title="Value",
        description="What the field is compared with; several values stand between commas.",
        json_schema_extra={"order": 2},
    )


class CustomReport(BaseModel):
    """A report of the user's own, read as a stream."""

    model_config = ConfigDict(title="Report")

    name: str = Field(
        title="Name",
        description="Name of the stream: letters, digits and underscores.",
        pattern=f"^{NAME.pattern}$",
        json_schema_extra={"order": 0},
    )
    report_type: Annotated[
        str,
        _choice(
            "Report Type",
            1,
            "BASIC has all metrics; AUDIENCE splits them by people, such as gender and age.",
            (one.value for one in ReportType),
        ),
    ] = ReportType.BASIC.value
    level: Annotated[str, _choice("Level", 2, "What a row is about.", (one.value for one in Level))]
    granularity: Annotated[
        str,
        _choice(
            "Granularity",
            3,
            "The time that a row covers. LIFETIME of AUDIENCE reports is the last 365 days.",
            (one.name for one in Granularity),
        ),
    ] = Granularity.DAILY.name
    dimensions: Annotated[
        list[Dimension] | None,
        _choices(
            "Dimensions",
            4,
            "What splits a row further, beside its object and time: one, or gender with age. "
            "ad_id_v2 counts the creatives of an Upgraded Smart+ ad together.",
        ),
    ] = None
    without_object: bool = Field(
        default=False,
        title="Without the object's id",
        description="One row for the whole account: by day in BASIC, by group of people in AUDIENCE.",
        json_schema_extra={"order": 5},
    )
    metrics: Annotated[list[Metric], _choices("Metrics", 6, "Columns of the report; beyond 100 it is read twice.")]
    filters: list[ReportFilter] | None = Field(
        None,
        title="Filters",
        description="Restrictions of the rows; all of them hold.",
        json_schema_extra={"order": 7},
    )
    include_deleted: bool = Field(
        default=False,
        title="Include Deleted Data",
        description="Report deleted objects too, even if the setting for all streams leaves them out.",
        json_schema_extra={"order": 8},
    )
