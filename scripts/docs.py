"""`make docs`: write what the documents say about streams, settings and requests, from the catalogue and the spec.

Generated tables stand between `<!-- name:begin -->` and `<!-- name:end -->`; the rest of a document is written by
hand. The sample catalogue is generated whole. With `--check` nothing is written, and stale files fail.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import scale
from troubleshooting import troubleshooting_rows

from source_tiktok_marketing.catalog.rows import Certainty, Entity, Owner, Report, Row, ShopReport
from source_tiktok_marketing.catalog.schemas import NOT_OFFERED, schema_of
from source_tiktok_marketing.catalog.streams import STREAMS
from source_tiktok_marketing.catalog.vocabulary import ReportType
from source_tiktok_marketing.settings.spec import connection_specification

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "tiktok-marketing.md"
FIELDS = ROOT / "docs" / "fields.md"
SCALE = ROOT / "docs" / "scale.md"
CATALOG = ROOT / "integration_tests" / "configured_catalog.json"

Schema = Mapping[str, Any]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(*words: str | None) -> str:
    """Return words as code, or a dash for none."""
    return ", ".join(f"`{word}`" for word in words if word) or "-"


def streams_table() -> str:
    """Return every stream of the catalogue as a row, by family."""
    families: dict[str, list[Row]] = {}
    for row in STREAMS:
        families.setdefault(family(row), []).append(row)
    return "\n\n".join(f"### {name}\n\n{_family_table(rows)}" for name, rows in families.items())


def family(row: Row) -> str:
    """Return the family of a stream."""
    match row:
        case Report(report_type=ReportType.AUDIENCE):
            return "Reports by groups of people"
        case Report():
            return "Reports"
        case Entity(owner=Owner.ACCOUNT) if not row.name.startswith("gmv_max_"):
            return "Objects"
        case Entity(owner=Owner.CENTER | Owner.TOKEN):
            return "Business Centers"
    return "GMV Max"


def _family_table(rows: Iterable[Row]) -> str:
    return table(
        ("Stream", "Key", "Cursor", "Read from", "By", "Sandbox", "Certainty"),
        (
            (
                code(row.name),
                code(*row.primary_key),
                code(row.cursor),
                origin(row),
                code(*breakdown(row)),
                "yes" if row.in_sandbox else "no",
                row.certainty.name.lower(),
            )
            for row in rows
        ),
    )


def origin(row: Row) -> str:
    """Return where a stream comes from: an endpoint, or a report whose dimensions are the key."""
    if isinstance(row, Report):
        return f"{row.report_type.value} report, {code(row.level.data_level)}"
    return code(row.endpoint)


def breakdown(row: Row) -> tuple[str, ...]:
    """Return what splits the numbers of a stream beside their object and their time."""
    if isinstance(row, Report):
        return row.by
    return row.level.ids[1:] if isinstance(row, ShopReport) else ()


def certainty_table() -> str:
    """Return what the words for the certainty of a stream mean."""
    return table(("Certainty", "Meaning"), ((one.name.lower(), f"{one.value}.") for one in Certainty))


def settings_table() -> str:
    """Return every field of the form as a row; a field of `credentials` names the ways to authenticate with it."""
    return table(("Field", "Type", "Default", "Meaning"), _settings(connection_specification()))


def _settings(form: Schema) -> Iterator[tuple[str, ...]]:
    for name, field in form["properties"].items():
        yield _setting(name, field)
        variants: dict[tuple[str, ...], list[str]] = {}
        ways: list[str] = []
        for variant in field.get("oneOf", ()):
            for part, inner in variant["properties"].items():
                if "const" in inner:
                    ways.append(f"{code(inner['const'])} ({variant['title']})")
                    continue
                row = _setting(f"{name}.{part}", inner, required=part in variant["required"])
                variants.setdefault(row, []).append(variant["title"])
        if ways:
            yield code(f"{name}.auth_type"), "string", ways[0].split()[0], f"The way to do so: {', '.join(ways)}."
        yield from ((*row[:-1], f"{', '.join(titles)}: {row[-1]}") for row, titles in variants.items())


def _setting(name: str, field: Schema, *, required: bool = False) -> tuple[str, ...]:
    limits = f", {field['minimum']} to {field['maximum']}" if "minimum" in field else ""
    default = field.get("default")
    known = default not in (None, {})
    return (
        code(name),
        f"{field.get('format', field['type'])}{limits}",
        code(json.dumps(default)) if known else "required" if required else "-",
        field["description"],
    )


FIELDS_HEAD = """# Every column

Written by `make docs`, from the schemas that the connector publishes. A dot leads into an object, `[]` stands for
the items of a list. Columns can be null, and some keys may be absent. Money is in the currency of the account
unless a column beside it says otherwise, rates are percentages, times are UTC except in reports, whose days and
hours are those of the account's time zone. A metric that TikTok does not offer at a level is null there; the
description in the stream's schema says so.
"""
MONEY, PERCENT, SECONDS, COUNT = "money", "percent", "seconds", "count"
# The first word that fits a column of numbers says its unit.
UNITS = (
    (r"^total_complete_payment_rate$|_value$|^value_per_", MONEY),
    (r"_rate(_|$)|^ctr$|percent", PERCENT),
    (r"(^|_)days$|^action_period$", "days"),
    (r"cost|spend|(^|_)cp[cmr]$|revenue|budget|balance|amount|price|bid|tax|subtotal", MONEY),
    (r"^roi$|_roi$|roas", "revenue per money spent"),
    (r"^average_video_play|duration|^badge_show_time$", SECONDS),
    (r"^create_time$", "seconds since 1970"),
    (r"(^|_)frequency$", "impressions per person"),
    (r"^fps$", "frames per second"),
    (r"(width|height)$", "pixels"),
    (r"size$", "bytes"),
)
NO_NUMBER = re.compile(r"(_id|_id_v2|_name|_text|_type|_status|_index|_length|_learning_phase|_retention)$|^ids$")


def fields_document() -> str:
    """Return every column of every stream, with type, unit and meaning; streams with equal columns together."""
    groups: dict[str, list[Row]] = {}
    for row in STREAMS:
        groups.setdefault(_fields_table(row), []).append(row)
    parts = (f"## {', '.join(code(row.name) for row in rows)}\n\n{columns}\n" for columns, rows in groups.items())
    return "\n".join((FIELDS_HEAD, *parts))


def _fields_table(row: Row) -> str:
    schema = schema_of(row)
    metrics = schema["properties"].get("metrics", {}).get("properties", {}).keys()
    return table(
        ("Column", "Type", "Unit", "Meaning"),
        (
            (code(path), type_of(field), unit_of(path, field, is_metric=path.rpartition(".")[2] in metrics), text)
            for path, field in leaves(schema)
            if (text := field.get("description", "").replace(NOT_OFFERED, "").replace("|", "\\|"))
        ),
    )


def leaves(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Return every field of a schema with its path."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from leaves(field, f"{path}{name}.")
    if "items" in schema:
        yield from leaves(schema["items"], f"{path.removesuffix('.')}[].")


def type_of(field: Schema) -> str:
    """Return the type of a field, null aside."""
    types = [field["type"]] if isinstance(field["type"], str) else field["type"]
    return field.get("format") or " or ".join(name for name in types if name != "null")


def unit_of(path: str, field: Schema, *, is_metric: bool) -> str:
    """Return the unit of a column of numbers, which metrics are although many are published as texts."""
    name, type_ = path.rpartition(".")[2], type_of(field)
    if NO_NUMBER.search(name) or not (type_ in ("number", "integer") or (is_metric and type_ == "string")):
        return "-"
    return next((unit for pattern, unit in UNITS if re.search(pattern, name)), COUNT)


def sample_catalog() -> str:
    """Return a configured catalogue of all streams, incremental wherever that is offered."""
    streams = [
        {
            "stream": _stream(row),
            "sync_mode": "incremental" if row.cursor else "full_refresh",
            "destination_sync_mode": "append_dedup",
        }
        for row in STREAMS
    ]
    return json.dumps({"streams": streams}, indent=2) + "\n"


def _stream(row: Row) -> dict[str, Any]:
    cursor = {"source_defined_cursor": True, "default_cursor_field": [row.cursor]} if row.cursor else {}
    return {
        "name": row.name,
        "json_schema": {},
        "supported_sync_modes": ["full_refresh", *(["incremental"] if row.cursor else [])],
        **cursor,
        **({"source_defined_primary_key": [[field] for field in row.primary_key]} if row.primary_key else {}),
    }


def troubleshooting_table() -> str:
    """Return every kind of answer that TikTok refuses with as a row."""
    return table(("What you see", "What it means", "What to do"), troubleshooting_rows())


BLOCKS: dict[str, Callable[[], str]] = {
    "streams": streams_table,
    "certainty": certainty_table,
    "settings": settings_table,
    "troubleshooting": troubleshooting_table,
    **scale.BLOCKS,
}


def with_blocks(document: str) -> str:
    """Return a document with its generated blocks anew."""
    return re.sub(
        r"(<!-- (\w+):begin .*?-->\n).*?(<!-- \2:end -->)",
        lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n\n{match[3]}",
        document,
        flags=re.DOTALL,
    )


def contents() -> dict[Path, str]:
    """Return every file that is generated, wholly or in part, as it should be."""
    return {
        **{path: with_blocks(path.read_text()) for path in (README, GUIDE, SCALE)},
        FIELDS: fields_document(),
        CATALOG: sample_catalog(),
    }


def main() -> int:
    """Write the stale files, or only tell them."""
    parser = argparse.ArgumentParser(description="Generate the tables of the documents.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is stale")
    arguments = parser.parse_args()
    stale = {path: text for path, text in contents().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if not arguments.check:
            path.write_text(text)
        print(f"{path.relative_to(ROOT)} {'is stale: run `make docs`' if arguments.check else 'written'}")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
