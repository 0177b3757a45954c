"""TikTok Ads into PostgreSQL with PyAirbyte, exactly.

    python pyairbyte_postgres.py --config config.json                    # starts Debian's server on loopback
    python pyairbyte_postgres.py --config config.json --url postgresql://user:password@host:5432/database

PyAirbyte loads PostgreSQL through `pandas.read_json`, which guesses: texts that look like numbers become floats,
so ids lose their last digits, and numbers in columns named like times become dates. `without_guessing` is the
cure. And where TikTok sends one object or a list of them, PyAirbyte makes the column a text and hands psycopg2 the
object; `write_objects_as_json` teaches it to write that down.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import psycopg2.extensions
import psycopg2.extras
from airbyte.caches import PostgresCache
from postgres_server import FOLDER, server
from pyairbyte_reading import arguments, connect, read_each


def without_guessing(path: Path, **_: Any) -> pd.DataFrame:
    """Read JSON lines as they are, in the place of `pandas.read_json`."""
    content = path.read_bytes()
    lines = (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
    return pd.DataFrame(map(json.loads, lines), dtype=object)


def write_objects_as_json() -> None:
    """Have psycopg2 write what stands in a column of texts, but is none, as JSON."""
    psycopg2.extensions.register_adapter(dict, psycopg2.extras.Json)
    psycopg2.extensions.register_adapter(list, psycopg2.extras.Json)


def load(url: str, config: Path, schema: str, streams: list[str] | None) -> int:
    """Read into the database at a URL; the exit code."""
    where = urlsplit(url)
    cache = PostgresCache(
        host=where.hostname or "127.0.0.1",
        port=where.port or 5432,
        username=where.username or "",
        password=where.password or "",
        database=where.path.strip("/"),
        schema_name=schema,
    )
    pd.read_json = without_guessing
    write_objects_as_json()
    return read_each(connect(config), cache, streams)


def main() -> int:
    """Read; 1 if a stream could not be read."""
    parser = arguments(__doc__)
    parser.add_argument("--url", help="a database; without it a server is started, which stops with the example")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where that server keeps its data")
    options = parser.parse_args()
    if options.url:
        return load(options.url, options.config, options.schema, options.streams)
    with server(options.folder) as url:
        return load(url, options.config, options.schema, options.streams)


if __name__ == "__main__":
    sys.exit(main())
