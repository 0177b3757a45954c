"""From a catalogue row to the JSON schema that the stream publishes.

Entities have a file each; reports follow from the vocabulary. Field types are those of Airbyte's connector, so
that a user who comes from there finds every column as it was.
"""

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import orjson

from source_tiktok_marketing.catalog.gmv_max import ID_MEANINGS
from source_tiktok_marketing.catalog.metrics import Metric
from source_tiktok_marketing.catalog.rows import Entity, Report, Row, ShopReport
from source_tiktok_marketing.catalog.vocabulary import (
    AUDIENCE_DIMENSIONS,
    FURTHER_IDS,
    ID_DIMENSIONS,
    INTEGER,
    LIST,
    SPLITS,
    TEXT,
    TIME_DIMENSIONS,
    UNUSED_AUDIENCE_DIMENSIONS,
    ReportType,
)

Schema = dict[str, Any]

OBJECT_IDS = ID_DIMENSIONS | FURTHER_IDS
MEANINGS = {
    **{name: split.description for name, split in SPLITS.items()},
    **TIME_DIMENSIONS,
    **OBJECT_IDS,
    **AUDIENCE_DIMENSIONS,
    **UNUSED_AUDIENCE_DIMENSIONS,
}

NOT_OFFERED = "TikTok does not offer it in this report: always null, kept for compatibility. "


@cache
def schema_of(row: Row) -> Schema:
    """The JSON schema of a stream's records. Do not change the returned object."""
    match row:
        case Entity():
            return _entity_schema(row)
        case Report():
            return _report_schema(row)
        case ShopReport():
            return _shop_report_schema(row)


def _entity_schema(entity: Entity) -> Schema:
    path = resources.files(__package__) / "schemas" / f"{entity.name}.json"
    schema: Schema = orjson.loads(path.read_bytes())
    return schema


def _report_schema(report: Report) -> Schema:
    root, nested = _own_dimensions(report) if report.own_metrics else _published_dimensions(report)
    offered = {metric.name for metric in report.metrics}
    return _row_schema(
        _dimensions(root, without_zone=True),
        _dimensions(nested, without_zone=False),
        {one.name: _metric(one, report, offered=one.name in offered) for one in report.columns},
    )


def _shop_report_schema(report: ShopReport) -> Schema:
    ids = {name: _nullable(TEXT, ID_MEANINGS[name]) for name in ("advertiser_id", *report.level.key)}
    times = [name for name in (report.cursor,) if name]
    return _row_schema(
        {**_dimensions(times, without_zone=True), **ids},
        {**_dimensions(times, without_zone=False), **{name: ids[name] for name in report.level.ids}},
        {metric.name: _nullable(metric.type, metric.description) for metric in report.metrics},
    )


def _row_schema(root: Schema, dimensions: Schema, metrics: Schema) -> Schema:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": {
            **root,
            "dimensions": {
                **_nullable("object", "What the row is grouped by, as TikTok nests it."),
                "properties": dimensions,
            },
            "metrics": {
                **_nullable("object", "The numbers of the row, and attributes of its object."),
                "properties": metrics,
            },
        },
    }


def _published_dimensions(report: Report) -> tuple[Iterable[str], Iterable[str]]:
    """The dimensions that Airbyte publishes for every report of a type, at the root and nested, and its own."""
    always = dict.fromkeys((*TIME_DIMENSIONS, *ID_DIMENSIONS, *report.dimensions))
    if report.report_type is ReportType.BASIC:
        return always, always
    # Airbyte publishes province_id at the root only; TikTok answers it under `dimensions` like any other.
    root = always | dict.fromkeys(AUDIENCE_DIMENSIONS)
    return root, root | dict.fromkeys(UNUSED_AUDIENCE_DIMENSIONS)


def _own_dimensions(report: Report) -> tuple[Iterable[str], Iterable[str]]:
    """The dimensions of a report that a user has defined, and the account of its rows."""
    return dict.fromkeys((*report.dimensions, "advertiser_id")), report.dimensions


def _nullable(type_: str, description: str) -> Schema:
    items = {"items": {"type": ["null", TEXT]}} if type_ == LIST else {}
    return {"type": ["null", type_], "description": description} | items


def _dimensions(names: Iterable[str], *, without_zone: bool) -> Schema:
    zone = {"airbyte_type": "timestamp_without_timezone"} if without_zone else {}
    return {
        name: _nullable(INTEGER if name in OBJECT_IDS else TEXT, MEANINGS[name])
        | ({"format": "date-time"} | zone if name in TIME_DIMENSIONS else {})
        for name in names
    }


def _metric(metric: Metric, report: Report, *, offered: bool) -> Schema:
    note = "" if offered else NOT_OFFERED
    return _nullable(metric.published_type(report.report_type), note + metric.description)
