"""Load what `read` prints into DuckDB: one flat, typed table for each stream; on request CSV or Parquet as well.

    source-tiktok-marketing read --config config.json --catalog catalog.json --state state.json |
        python to_duckdb.py tiktok.duckdb --catalog catalog.json --state state.json

Leave out the reader's `--state` the first time. Afterwards each run brings what is new:

- A row belongs to its account and the key of its stream; the one that came last stays.
- A stream that is configured as `full_refresh` is replaced once it is complete, so rows that vanished vanish.
  Until then its old rows stay, whatever happens.
- Rows and progress are committed together, and the state file is written behind them. Whichever process dies, and
  whenever: run the same line again.
"""

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import duckdb

Json = dict[str, Any]

# A commit costs a fraction of a second; a kill costs what was not committed.
ROWS_PER_COMMIT, SECONDS_PER_COMMIT = 200_000, 30.0
LONGEST_LINE = 64 * 1024 * 1024
ACCOUNT = "advertiser_id"
# Exact: sums of money do not drift, and an id that is published as a number keeps its last digits.
FIGURE = "DECIMAL(38, 9)"
SQL_TYPES = {"integer": "BIGINT", "number": FIGURE, "boolean": "BOOLEAN", "string": "VARCHAR"}
# TikTok writes most figures of a report as text. These endings tell the attributes among them, which are text.
ATTRIBUTES = ("name", "text", "type", "id", "currency", "timezone", "status", "mode", "url")
# Most lines are records, and the stream is all that has to be known of them here.
RECORD = re.compile(rb'\{"type":"RECORD","record":\{"stream":"(\w+)"')
WORTH_TELLING = ("WARN", "ERROR", "FATAL")


class CannotLoad(Exception):
    """What is wrong and what to do, in one sentence."""


@dataclass(frozen=True)
class Column:
    """A column and where its value lies in a record."""

    name: str
    path: tuple[str, ...]
    type: str

    @property
    def value(self) -> str:
        """The SQL expression of its value in a line of a spool file."""
        return ".".join(quoted(part) for part in ("message", "record", "data", *self.path))


@dataclass(frozen=True)
class Table:
    """The table of a stream."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    replaced: bool

    @classmethod
    def of(cls, configured: Json) -> "Table":
        """The table of a stream of a configured catalogue."""
        stream = configured["stream"]
        properties = stream["json_schema"]["properties"]
        # Without a key a row is known by all that it says.
        published = [name for (name,) in stream.get("source_defined_primary_key") or []] or list(properties)
        # What belongs to a Business Center has no account.
        key = tuple(dict.fromkeys([*([ACCOUNT] if ACCOUNT in properties else []), *published]))
        columns = report_columns(properties, key) if "metrics" in properties else entity_columns(properties)
        return cls(stream["name"], key, tuple(columns), configured["sync_mode"] == "full_refresh")

    def create(self, database: duckdb.DuckDBPyConnection) -> None:
        """Create the table, or give an older one the columns that have come since."""
        columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in self.columns)
        database.execute(f"CREATE TABLE IF NOT EXISTS {quoted(self.name)} ({columns})")
        for column in self.columns:
            database.execute(
                f"ALTER TABLE {quoted(self.name)} ADD COLUMN IF NOT EXISTS {quoted(column.name)} {column.type}"
            )

    def load(self, database: duckdb.DuckDBPyConnection, spool: Path, *, replace: bool) -> None:
        """Take the rows of a spool file, beside the old rows or instead of them."""
        values = ", ".join(f"{column.value} AS {quoted(column.name)}" for column in self.columns)
        key = ", ".join(map(quoted, self.key))
        database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE fresh AS
            SELECT * EXCLUDE (place) FROM (
                SELECT place, {values}
                FROM read_json('{text(str(spool))}', format = 'newline_delimited', columns = {self._shape},
                    maximum_object_size = {LONGEST_LINE})
            )
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY place DESC) = 1
            """
        )
        same = " AND ".join(f"fresh.{quoted(name)} IS NOT DISTINCT FROM held.{quoted(name)}" for name in self.key)
        outdated = "" if replace else f"USING fresh WHERE {same}"
        database.execute(f"DELETE FROM {quoted(self.name)} AS held {outdated}")
        database.execute(f"INSERT INTO {quoted(self.name)} BY NAME FROM fresh")
        database.execute("DROP TABLE fresh")

    @property
    def _shape(self) -> str:
        """What the lines of a spool file look like; DuckDB's JSON reader fails where a value is not so."""
        shape: Json = {}
        for column in self.columns:
            place = shape
            for part in column.path[:-1]:
                place = place.setdefault(part, {})
            place[column.path[-1]] = column.type
        return f"{{'place': 'BIGINT', 'message': '{text(struct({'record': {'data': shape}}))}'}}"


def report_columns(properties: Json, key: tuple[str, ...]) -> Iterator[Column]:
    """The columns of a report: its key, then its metrics, which TikTok nests."""
    for name in key:
        yield Column(name, (name,), sql_type(properties[name]))
    for name, schema in properties["metrics"]["properties"].items():
        if name not in key:
            kind = sql_type(schema)
            is_figure = kind == "VARCHAR" and not name.endswith(ATTRIBUTES)
            yield Column(name, ("metrics", name), FIGURE if is_figure else kind)


def entity_columns(properties: Json) -> Iterator[Column]:
    """The columns of anything but a report: its fields; lists and objects are JSON."""
    return (Column(name, (name,), sql_type(schema)) for name, schema in properties.items())


def sql_type(schema: Json) -> str:
    """The type of a column for a published type."""
    if schema.get("format") == "date-time":
        return "TIMESTAMP"
    types = schema.get("type", [])
    kinds = [kind for kind in ([types] if isinstance(types, str) else types) if kind != "null"]
    return SQL_TYPES.get(kinds[0], "JSON") if len(kinds) == 1 else "JSON"


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(content: str) -> str:
    """The content of a text in SQL."""
    return content.replace("'", "''")


def struct(shape: Json) -> str:
    """A nested shape as a type of DuckDB."""
    parts = (f"{quoted(name)} {struct(part) if isinstance(part, dict) else part}" for name, part in shape.items())
    return f"STRUCT({', '.join(parts)})"


@dataclass
class StateFile:
    """The last state of each stream, in the form that `--state` takes."""

    path: Path | None
    states: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path and self.path.exists():
            for state in json.loads(self.path.read_text()):
                self.add(state)

    def add(self, state: Json) -> None:
        """Take a newer state of a stream."""
        self.states[state["stream"]["stream_descriptor"]["name"]] = state

    def write(self) -> None:
        """Replace the file in one step."""
        if self.path:
            draft = self.path.with_name(self.path.name + ".draft")
            draft.write_text(json.dumps(list(self.states.values())))
            draft.replace(self.path)


@dataclass
class Spool:
    """The rows of a stream that wait for the next commit.

    Attributes:
        path: The file they wait in.
        file: The file, open, once there is a row.
        complete: Whether the stream said that it is complete.
    """

    path: Path
    file: IO[bytes] | None = None
    complete: bool = False

    def add(self, place: int, line: bytes) -> None:
        """Take the line of a record, which is the `place`th."""
        self.file = self.file or self.path.open("wb")
        self.file.write(b'{"place":%d,"message":%b}\n' % (place, line.rstrip()))

    def close(self) -> None:
        """Let another open the file, which then holds all."""
        self.path.touch()
        if self.file:
            self.file.close()
            self.file = None


class Loader:
    """Takes messages and commits their rows, a good many at a time.

    Args:
        database: Where the tables are.
        tables: The tables by stream.
        state: Where progress is kept.
        folder: Where rows wait for the next commit.
        rows_per_commit: How many may wait there.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        tables: dict[str, Table],
        state: StateFile,
        folder: Path,
        rows_per_commit: int = ROWS_PER_COMMIT,
    ) -> None:
        self.database, self.tables, self.state = database, tables, state
        self.spools = {name: Spool(folder / f"{name}.jsonl") for name in tables}
        self.rows_per_commit = rows_per_commit
        self.read: Counter[str] = Counter()
        self.incomplete = set(tables)
        self._waiting = 0
        self._committed_at = time.monotonic()

    def prepare(self) -> None:
        """Create what is missing, and refuse a state that stands for rows which are not here."""
        held = {name for (name,) in self.database.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        for name in self.state.states.keys() & self.tables.keys() - held:
            raise CannotLoad(
                f"{self.state.path} holds progress of {name}, but the database has no such table: "
                f"use the database it belongs to, or delete {self.state.path} to read everything anew"
            )
        for table in self.tables.values():
            table.create(self.database)

    def take(self, lines: Iterable[bytes]) -> None:
        """Load all messages; a last line that was cut off by a kill is none."""
        try:
            for line in lines:
                if line.endswith(b"\n"):
                    self._take(line)
            self.commit(last=True)
        finally:
            for spool in self.spools.values():
                spool.close()

    def _take(self, line: bytes) -> None:
        if match := RECORD.match(line):
            self._take_record(match[1].decode(), line)
        else:
            self._take_message(json.loads(line), line)
        if self._waiting >= self.rows_per_commit or time.monotonic() - self._committed_at > SECONDS_PER_COMMIT:
            self.commit()

    def commit(self, *, last: bool = False) -> None:
        """Commit the rows that wait, then write the state that stands for them."""
        self.database.begin()
        for name, table in self.tables.items():
            self._load(table, self.spools[name], last=last)
        self.database.commit()
        self.state.write()
        self._waiting, self._committed_at = 0, time.monotonic()

    def _load(self, table: Table, spool: Spool, *, last: bool) -> None:
        if table.replaced and not spool.complete and not last:
            return  # Its rows wait until it is known whether they are all.
        replace, spool.complete = table.replaced and spool.complete, False
        if replace or spool.file:
            spool.close()
            try:
                table.load(self.database, spool.path, replace=replace)
            except duckdb.Error as error:
                raise CannotLoad(f"{table.name} does not fit its table: {error}") from error
            spool.path.unlink()

    def _take_record(self, name: str, line: bytes) -> None:
        if name not in self.tables:
            raise CannotLoad(f"{name} is not in the catalogue: give the same one to `read` and to this program")
        self.read[name] += 1
        self._waiting += not self.tables[name].replaced
        self.spools[name].add(self.read[name], line)

    def _take_message(self, message: Json, line: bytes) -> None:
        match message:
            case {"type": "RECORD", "record": {"stream": name}}:
                self._take_record(name, line)
            case {"type": "STATE", "state": state}:
                # What is replaced is read from the beginning each time.
                if not self.tables[state["stream"]["stream_descriptor"]["name"]].replaced:
                    self.state.add(state)
            case {
                "type": "TRACE",
                "trace": {"stream_status": {"status": "COMPLETE", "stream_descriptor": stream}},
            }:
                self.spools[stream["name"]].complete = True
                self.incomplete.discard(stream["name"])
            case {"type": "TRACE", "trace": {"error": {"message": words}}}:
                say(words)
            case {"type": "LOG", "log": {"level": level, "message": words}} if level in WORTH_TELLING:
                say(words)


def say(words: str) -> None:
    """Tell the person at the terminal."""
    print(words, file=sys.stderr, flush=True)


def export(database: duckdb.DuckDBPyConnection, names: Iterable[str], folder: Path, form: str) -> None:
    """Write each table to a file, which is never seen half written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / f"{name}.{form}"
        draft = path.with_suffix(".draft")
        database.execute(f"COPY {quoted(name)} TO '{text(str(draft))}' (FORMAT {form})")
        draft.replace(path)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Load what `read` prints into DuckDB.")
    parser.add_argument("database", type=Path, help="the DuckDB file")
    parser.add_argument("--catalog", type=Path, required=True, help="the configured catalogue that `read` got")
    parser.add_argument("--state", type=Path, help="the file for the progress, to be given to the next `read`")
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="write the tables there as CSV, too")
    parser.add_argument("--parquet", type=Path, metavar="FOLDER", help="write the tables there as Parquet, too")
    parser.add_argument("--rows-per-commit", type=int, default=ROWS_PER_COMMIT, help="how many rows may wait")
    return parser.parse_args()


def load(options: argparse.Namespace, tables: dict[str, Table], folder: Path) -> set[str]:
    """Load, and say what came; the streams that are not complete."""
    with duckdb.connect(os.fspath(options.database)) as database:
        loader = Loader(database, tables, StateFile(options.state), folder, options.rows_per_commit)
        loader.prepare()
        loader.take(sys.stdin.buffer)
        for form in ("csv", "parquet"):
            if target := getattr(options, form):
                export(database, tables, target, form)
        for name in tables:
            ((held,),) = database.execute(f"SELECT count(*) FROM {quoted(name)}").fetchall()
            print(f"{name:48} {loader.read[name]:9,} read {held:9,} held")
    return loader.incomplete


def main() -> int:
    """Load; 1 if something is missing that the next run has to bring."""
    options = arguments()
    tables = {table.name: table for table in map(Table.of, json.loads(options.catalog.read_text())["streams"])}
    try:
        with TemporaryDirectory() as folder:
            incomplete = load(options, tables, Path(folder))
    except CannotLoad as reason:
        say(f"{reason}.")
        return 1
    if incomplete:
        say(f"Not complete: {', '.join(sorted(incomplete))}. What came is kept; run it again for the rest.")
    return 1 if incomplete else 0


if __name__ == "__main__":
    sys.exit(main())
