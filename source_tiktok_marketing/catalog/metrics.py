"""Every metric that a report can be asked for: `metrics.csv`, a row each.

Requests, converters, JSON schemas and the form all follow from that table. Its columns:

- `type`: JSON type that the column is published with; TikTok itself sends nearly every value as text, and an array
  as one of texts.
- `basic`: levels of BASIC reports that offer the metric.
- `audience`: the same of AUDIENCE reports; `no` where TikTok refuses it, `?` where nobody has said.
- `needs`: what it may be grouped by, a key of `GROUPINGS`; empty for anything.
- `columns`: the report types whose built-in reports have it as a column, in the order of the table.
"""

import csv
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import resources

from source_tiktok_marketing.catalog.vocabulary import (
    AD_ID_V2,
    ID_DIMENSIONS,
    TEXT,
    Level,
    ReportType,
)

# More in one request are refused.
MAX_METRICS = 100

EVERY_LEVEL = frozenset(Level)
NOWHERE: frozenset[Level] = frozenset()
LEVELS = {
    "all": EVERY_LEVEL,
    "campaign+": EVERY_LEVEL - {Level.ADVERTISER},
    "adgroup+": frozenset({Level.ADGROUP, Level.AD}),
    "adgroup": frozenset({Level.ADGROUP}),
    "ad": frozenset({Level.AD}),
    "advertiser": frozenset({Level.ADVERTISER}),
    "no": NOWHERE,
}
UNPROVEN = "?"

OBJECTS = frozenset({*ID_DIMENSIONS, AD_ID_V2})
DAY = "stat_time_day"

Dimensions = Collection[str]


def _has_object(dimensions: Dimensions) -> bool:
    return not OBJECTS.isdisjoint(dimensions)


def _object_or_day(dimensions: Dimensions) -> bool:
    return _has_object(dimensions) and OBJECTS | {DAY} >= set(dimensions)


# What a metric may be grouped by, and the same in words.
GROUPINGS: dict[str, tuple[Callable[[Dimensions], bool], str]] = {
    "": (lambda _: True, ""),
    "object": (_has_object, "only beside the id of an object"),
    "object or day": (_object_or_day, "only by object, or by object and day"),
    "object or day classic": (
        lambda dimensions: _object_or_day(dimensions) and AD_ID_V2 not in dimensions,
        f"only by object, or by object and day, and not by {AD_ID_V2}",
    ),
    "account by day": (lambda dimensions: set(dimensions) == {"advertiser_id", DAY}, "only by account and day"),
    "creative": (
        lambda dimensions: _has_object(dimensions) and AD_ID_V2 not in dimensions,
        f"only beside the id of an object other than {AD_ID_V2}",
    ),
    AD_ID_V2: (lambda dimensions: AD_ID_V2 in dimensions, f"only by {AD_ID_V2}"),
    "image": (lambda dimensions: "image_id" in dimensions, "only by image_id"),
}


@dataclass(frozen=True)
class Metric:
    """One column under `metrics`.

    Attributes:
        name: TikTok's name, in the request and in the answer.
        type: JSON type that the column is published with.
        description: What the value means, for the schema.
        levels: Levels of BASIC reports that offer it. Elsewhere TikTok may refuse the whole request, so it is not
            asked for there and the column, shared over all levels by Airbyte's schemas, stays null.
        audience_levels: The same levels of AUDIENCE reports.
        needs: What it may be grouped by, a key of `GROUPINGS`.
        columns: Report types whose built-in reports publish it.
    """

    name: str
    type: str
    description: str
    levels: frozenset[Level] = EVERY_LEVEL
    audience_levels: frozenset[Level] = NOWHERE
    needs: str = ""
    columns: frozenset[ReportType] = frozenset()

    def offered(self, report_type: ReportType, level: Level, dimensions: Dimensions) -> bool:
        """Whether TikTok answers this metric in a report of that type and level with those dimensions."""
        return not self.refusal(report_type, level, dimensions)

    def refusal(self, report_type: ReportType, level: Level, dimensions: Dimensions) -> str:
        """Why TikTok does not answer this metric in such a report, or nothing."""
        levels = self.audience_levels if report_type is ReportType.AUDIENCE else self.levels
        if not levels:
            return f"not in {report_type.value} reports"
        if level not in levels:
            return f"in {report_type.value} reports only at {_listed(levels)} level"
        fits, words = GROUPINGS[self.needs]
        return "" if fits(dimensions) else words

    def published_type(self, report_type: ReportType) -> str:
        """The JSON type of the column in reports of that type."""
        return TEXT if self.name == "tt_app_id" and report_type is ReportType.AUDIENCE else self.type


def _listed(levels: Collection[Level]) -> str:
    return " or ".join(level.value for level in Level if level in levels)


def _metric(row: dict[str, str]) -> Metric:
    levels = LEVELS[row["basic"]]
    audience = levels if row["audience"] == UNPROVEN else LEVELS[row["audience"]]
    columns = frozenset(ReportType(name) for name in row["columns"].split())
    return Metric(row["name"], row["type"], row["meaning"], levels, audience, row["needs"], columns)


def _read_table() -> dict[str, Metric]:
    table = (resources.files(__package__) / "metrics.csv").read_text(encoding="utf-8")
    return {row["name"]: _metric(row) for row in csv.DictReader(table.splitlines())}


METRICS = _read_table()

# A column of Airbyte's audience schema that is a dimension to TikTok: never asked for as a metric, always null.
PROVINCE_AS_METRIC = Metric("province_id", TEXT, "Kept for compatibility; see the dimension.", levels=NOWHERE)

_COLUMNS = {
    ReportType.BASIC: tuple(metric for metric in METRICS.values() if ReportType.BASIC in metric.columns),
    ReportType.AUDIENCE: (
        *(metric for metric in METRICS.values() if ReportType.AUDIENCE in metric.columns),
        PROVINCE_AS_METRIC,
    ),
}


def published_metrics(report_type: ReportType) -> tuple[Metric, ...]:
    """Every metric column that built-in reports of a type publish, offered at a level or not."""
    return _COLUMNS[report_type]


def further_metrics() -> tuple[Metric, ...]:
    """Every metric that could be a column of some built-in BASIC report, and is none."""
    return tuple(
        metric
        for metric in METRICS.values()
        if ReportType.BASIC not in metric.columns and metric.needs not in (AD_ID_V2, "image")
    )
