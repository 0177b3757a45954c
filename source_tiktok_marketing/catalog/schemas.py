"""From a catalogue row to the JSON schema that the stream publishes.

Entities have a file each; reports follow from the vocabulary. Field types are those of Airbyte's connector, so
that a user who comes from there finds every column as it was.
"""

from functools import cache
from importlib import resources
from typing import Any

import orjson

from source_tiktok_marketing.catalog.metrics import Metric
from source_tiktok_marketing.catalog.streams import Entity, Report, Row
from source_tiktok_marketing.catalog.vocabulary import (
    AUDIENCE_DIMENSIONS,
    ID_DIMENSIONS,
    INTEGER,
    TEXT,
    TIME_DIMENSIONS,
    UNUSED_AUDIENCE_DIMENSIONS,
    ReportType,
)

Schema = dict[str, Any]

NOT_OFFERED = "TikTok does not offer it in this report: always null, kept for compatibility. "


@cache
def schema_of(row: Row) -> Schema:
    """The JSON schema of a stream's records. Do not change the returned object."""
    return _entity_schema(row) if isinstance(row, Entity) else _report_schema(row)


def _entity_schema(entity: Entity) -> Schema:
    path = resources.files(__package__) / "schemas" / f"{entity.name}.json"
    schema: Schema = orjson.loads(path.read_bytes())
    return schema


def _report_schema(report: Report) -> Schema:
    # Airbyte publishes province_id at the root only; TikTok answers it under `dimensions` like any other.
    nested = AUDIENCE_DIMENSIONS | UNUSED_AUDIENCE_DIMENSIONS
    is_audience = report.report_type is ReportType.AUDIENCE
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": {
            **_dimensions(AUDIENCE_DIMENSIONS if is_audience else {}, without_zone=True),
            "dimensions": {
                **_nullable("object", "What the row is grouped by, as TikTok nests it."),
                "properties": _dimensions(nested if is_audience else {}, without_zone=False),
            },
            "metrics": {
                **_nullable("object", "The numbers of the row, and attributes of its object."),
                "properties": {metric.name: _metric(metric, report) for metric in report.columns},
            },
        },
    }


def _nullable(type_: str, description: str) -> Schema:
    return {"type": ["null", type_], "description": description}


def _dimensions(audience: dict[str, str], *, without_zone: bool) -> Schema:
    zone = {"airbyte_type": "timestamp_without_timezone"} if without_zone else {}
    return {
        **{name: _nullable(TEXT, text) | {"format": "date-time"} | zone for name, text in TIME_DIMENSIONS.items()},
        **{name: _nullable(INTEGER, text) for name, text in ID_DIMENSIONS.items()},
        **{name: _nullable(TEXT, text) for name, text in audience.items()},
    }


def _metric(metric: Metric, report: Report) -> Schema:
    note = "" if metric in report.metrics else NOT_OFFERED
    return _nullable(metric.published_type(report.report_type), note + metric.description)
