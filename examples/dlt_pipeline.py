"""TikTok Ads through dlt: each stream is a resource, and its progress travels with dlt's own state.

    python dlt_pipeline.py --config config.json --streams campaigns ads_reports_daily

dlt commits a load's rows and its state together, so a run that died is simply run again.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dlt
from connector import Json, configured, discover, key_of, messages

# dlt's types for published ones; what is nested stays JSON, so that a table stays one table.
TYPES = {"integer": "bigint", "number": "decimal", "boolean": "bool", "string": "text"}


@dlt.source(name="tiktok")
def tiktok(config: Path, names: list[str] | None) -> Iterator[Any]:
    """The streams of the connector as resources of dlt."""
    for stream in discover(config):
        if not names or stream["name"] in names:
            incremental = "incremental" in stream["supported_sync_modes"]
            yield dlt.resource(
                read,
                name=stream["name"],
                primary_key=key_of(stream),
                columns=columns(stream),
                write_disposition="merge" if incremental else "replace",
            )(config, stream)


def read(config: Path, stream: Json) -> Iterator[Json]:
    """The rows of one stream, from where the last load ended."""
    progress = dlt.current.resource_state()
    with TemporaryDirectory() as folder:
        files = {"config": config, "catalog": written(folder, "catalog", configured([stream]))}
        if "state" in progress:
            files["state"] = written(folder, "state", [progress["state"]])
        for message in messages("read", **files):
            if message["type"] == "RECORD":
                yield row(message["record"]["data"])
            elif message["type"] == "STATE" and "incremental" in stream["supported_sync_modes"]:
                progress["state"] = message["state"]


def row(record: Json) -> Json:
    """A record with its metrics one level up; its dimensions repeat what it says anyway."""
    flat = {name: value for name, value in record.items() if name not in ("metrics", "dimensions")}
    return {**record.get("metrics", {}), **flat}


def columns(stream: Json) -> dict[str, Any]:
    """The columns of a row, by their published types: dlt need not guess."""
    properties = stream["json_schema"]["properties"]
    flat = properties.get("metrics", {}).get("properties", {}) | properties
    flat = {name: schema for name, schema in flat.items() if name not in ("metrics", "dimensions")}
    # Times carry no zone: those of reports are the account's own.
    return {name: {"data_type": data_type(schema), "timezone": False} for name, schema in flat.items()}


def data_type(schema: Json) -> str:
    """Dlt's name of a published type."""
    if schema.get("format") == "date-time":
        return "timestamp"
    types = schema["type"]
    kinds = [kind for kind in ([types] if isinstance(types, str) else types) if kind != "null"]
    return TYPES.get(kinds[0], "json")


def written(folder: str, name: str, content: Any) -> Path:
    """A file for the connector's command line."""
    path = Path(folder, f"{name}.json")
    path.write_text(json.dumps(content))
    return path


def main() -> int:
    """Run the pipeline and print what it loaded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="the connector's configuration")
    parser.add_argument("--streams", nargs="*", help="which streams, by default all")
    parser.add_argument("--database", default="tiktok_dlt.duckdb", help="the DuckDB file")
    options = parser.parse_args()
    destination = dlt.destinations.duckdb(options.database)
    pipeline = dlt.pipeline("tiktok", destination=destination, dataset_name="tiktok")
    print(pipeline.run(tiktok(options.config, options.streams)))
    print(pipeline.last_trace.last_normalize_info)
    return 0


if __name__ == "__main__":
    sys.exit(main())
