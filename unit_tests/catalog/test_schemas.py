"""Every column that Airbyte's connector ever published is there as it was."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from source_tiktok_marketing import SourceTiktokMarketing
from source_tiktok_marketing.catalog.rows import Certainty, Owner
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import STREAMS, Report, Row
from unit_tests.builders import PUBLISHED, names, raw_config, sandbox_config

VERSIONS = ("3.9.10", "4.7.0", "5.1")
TYPE_WORDS = ("type", "format", "airbyte_type")

every_stream = pytest.mark.parametrize("row", STREAMS, ids=names(STREAMS))
AS_PUBLISHED = tuple(row for row in STREAMS if row.certainty is Certainty.PUBLISHED)
every_published_stream = pytest.mark.parametrize("row", AS_PUBLISHED, ids=names(AS_PUBLISHED))
every_version = pytest.mark.parametrize("version", VERSIONS)

Schema = dict[str, Any]


def published_schema(row: Row, version: str) -> Schema:
    """What a version published; nothing, if it did not have the stream."""
    versions = PUBLISHED["schemas"][PUBLISHED["streams"][row.name]["schema"]]
    schema = versions.get(version, {})
    return published_schema(row, schema["same_as"]) if "same_as" in schema else schema


def leaves(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every field with its path, `[]` standing for an array's items."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from leaves(field, f"{path}{name}.")
    if "items" in schema:
        yield f"{path}[]", schema["items"]
        yield from leaves(schema["items"], f"{path}[].")


def types(field: Schema) -> dict[str, Any]:
    """What decides the column's type in a destination, whatever the order of the alternatives."""
    said = {word: field[word] for word in TYPE_WORDS if word in field}
    return said | {"type": {said["type"]} if isinstance(said["type"], str) else set(said["type"])}


@every_published_stream
@every_version
def test_every_published_field_is_there(row: Row, version: str) -> None:
    ours = dict(leaves(schema_of(row)))
    assert [path for path, _ in leaves(published_schema(row, version)) if path not in ours] == []


# Published as one object; TikTok documents a list of them.
LISTS_TOO = {"showcase_products", "disclaimer_clickable_texts"}


@every_published_stream
def test_every_published_field_has_the_type_of_the_newest_version(row: Row) -> None:
    newest = {path: types(field) for version in VERSIONS for path, field in leaves(published_schema(row, version))}
    ours = {path: types(field) for path, field in leaves(schema_of(row)) if path in newest}
    for path, field in newest.items():
        field["type"] |= {"array"} if path in LISTS_TOO else set()
        # Any field may be empty in TikTok's answers; those that are never are told below.
        field["type"] |= {"null"} & ours[path]["type"]

    assert ours == newest


@every_stream
def test_only_keys_are_never_null(row: Row) -> None:
    never = {path for path, field in leaves(schema_of(row)) if "null" not in types(field)["type"]}

    assert never <= {*row.primary_key, "advertiser_id"}


@every_stream
def test_every_field_says_what_it_means(row: Row) -> None:
    speechless = [
        path
        for path, field in leaves(schema_of(row))
        if not path.endswith("[]") and not field.get("description", "").endswith(".")
    ]
    assert speechless == []


@every_stream
def test_the_schema_is_valid_and_open_for_new_fields(row: Row) -> None:
    schema = schema_of(row)
    Draft7Validator.check_schema(schema)

    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["additionalProperties"] is True


@every_stream
def test_the_schema_has_the_account_or_business_center_that_a_record_was_read_for(row: Row) -> None:
    owner = Owner.CENTER if row.owner is Owner.TOKEN else row.owner
    assert owner.value in schema_of(row)["properties"]


@pytest.mark.parametrize("report", [row for row in STREAMS if isinstance(row, Report)], ids=lambda row: row.name)
def test_a_report_publishes_each_of_its_dimensions_at_the_root_and_nested(report: Report) -> None:
    columns = schema_of(report)["properties"]
    assert set(report.dimensions) <= columns.keys()
    assert set(report.dimensions) - {"province_id"} <= columns["dimensions"]["properties"].keys()


@pytest.mark.parametrize(
    ("config", "offered"),
    [
        (raw_config(), STREAMS),
        (sandbox_config(), [row for row in STREAMS if row.in_sandbox]),
    ],
    ids=["production", "sandbox"],
)
def test_discover_offers_the_streams_with_their_keys_cursors_and_modes(
    config: dict[str, Any], offered: list[Row]
) -> None:
    catalog = SourceTiktokMarketing().discover(logging.getLogger(), config)
    found = {stream.name: stream for stream in catalog.streams}

    assert len(catalog.streams) == len(found)
    assert list(found) == [row.name for row in offered]
    for row in offered:
        stream, modes = found[row.name], {mode.value for mode in found[row.name].supported_sync_modes}
        assert (stream.source_defined_primary_key or []) == [[name] for name in row.primary_key]
        assert stream.json_schema == schema_of(row)
        assert modes == ({"full_refresh", "incremental"} if row.cursor else {"full_refresh"})
        if row.certainty is Certainty.PUBLISHED:
            assert set(PUBLISHED["streams"][row.name]["sync_modes"]) <= modes
        assert (stream.default_cursor_field or []) == ([row.cursor] if row.cursor else [])
        assert bool(stream.source_defined_cursor) == bool(row.cursor)
        assert bool(stream.is_resumable) == bool(row.cursor)


def test_a_schema_asks_once_which_metrics_its_report_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics, asked = Report.metrics, []

    def counted(report: Report) -> Any:
        asked.append(report.name)
        return metrics.__get__(report)

    monkeypatch.setattr(Report, "metrics", property(counted))
    reports = [row for row in STREAMS if isinstance(row, Report)]
    for report in reports:
        schema_of.__wrapped__(report)

    assert sorted(asked) == sorted(names(reports)), "every start would pay for more"
