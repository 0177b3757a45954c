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

from source_tiktok_marketing.catalog.streams import STREAMS, Report, Row
from source_tiktok_marketing.settings.spec import connection_specification

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "tiktok-marketing.md"
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
    """Return every stream of the catalogue as a row."""
    return table(
        ("Stream", "Key", "Cursor", "Read from", "Sandbox"),
        (
            (
                code(row.name),
                code(*row.primary_key),
                code(row.cursor),
                origin(row),
                "yes" if row.in_sandbox else "no",
            )
            for row in STREAMS
        ),
    )


def origin(row: Row) -> str:
    """Return where a stream comes from: an endpoint, or a report whose dimensions are the key."""
    if isinstance(row, Report):
        return f"{row.report_type.value} report, {code(row.level.data_level)}"
    return code(row.endpoint)


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
        "source_defined_primary_key": [[field] for field in row.primary_key],
    }


def troubleshooting_table() -> str:
    """Return every kind of answer that TikTok refuses with as a row."""
    return table(("What you see", "What it means", "What to do"), troubleshooting_rows())


BLOCKS: dict[str, Callable[[], str]] = {
    "streams": streams_table,
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
