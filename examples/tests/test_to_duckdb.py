"""The loader holds the truth, whoever dies and whenever."""

import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any

import duckdb
import pytest
import to_duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES, SOURCE, Json, Stage, Truth

# TikTok offers some metrics not everywhere, and accounts share an audience.
EXPECTED = ("the columns stay empty in this sync", "Several accounts have the same objects")
KILLS = 3
# One of each kind: read whole, read whole and replaced, dated objects, reports.
NAMES = (
    "advertisers",
    "audiences",
    "campaigns",
    "ads",
    "creative_assets_images",
    "campaigns_reports_hourly",
    "ads_reports_daily",
    "ads_reports_lifetime",
    "ads_audience_reports_daily",
)


def sync(stage: Stage, *options: Any) -> tuple["subprocess.Popen[bytes]", "subprocess.Popen[bytes]"]:
    """Start a reader and a loader as the shell line of the README does."""
    files = ["--catalog", stage.folder / "catalog.json"]
    state = ["--state", stage.folder / "state.json"]
    resumed = state if (stage.folder / "state.json").exists() else []
    reader = stage.start(
        SOURCE,
        "read",
        "--config",
        stage.file("config.json", stage.config),
        *files,
        *resumed,
        stdout=subprocess.PIPE,
    )
    loader = stage.start(
        sys.executable,
        EXAMPLES / "to_duckdb.py",
        stage.folder / "tiktok.duckdb",
        *files,
        *state,
        *options,
        stdin=reader.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert reader.stdout
    reader.stdout.close()  # So that the reader learns when the loader is gone.
    return reader, loader


def rows(database: Path, name: str, source: str = "") -> list[Json]:
    """The rows of a table, or of a file that stands for it."""
    with duckdb.connect(str(database)) as connection:
        found = connection.execute(f"FROM {source or name}")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def surprises(complaints: bytes) -> list[str]:
    """What the loader handed on of the connector's log, but for what is so in this world."""
    return [line for line in complaints.decode().splitlines() if not any(one in line for one in EXPECTED)]


def change(stage: Stage, truth: Truth) -> None:
    """Let half a day pass in which objects change, figures are corrected and assets vanish."""
    world = stage.world
    for account in world.accounts.values():
        if not account.sandbox:
            for level in ("campaign", "ad"):
                world.touch(world.entities(level, account.advertiser_id)[0].entity_id, budget=123.5)
            world.restate(account.advertiser_id, account.local_day(world.clock.now()), 1.25)
            for kind in ("audience", "portfolio"):
                world.add_assets(account.advertiser_id, kind, len(world.assets(kind, account.advertiser_id)) - 1)
    world.clock.advance(hours=12)
    truth.sync(*truth.rows)


def test_holds_the_truth_after_every_sync_and_says_what_came(stage: Stage, truth: Truth) -> None:
    stage.catalog()
    truth.sync()
    for _ in range(2):
        reader, loader = sync(stage, "--csv", stage.folder / "csv", "--parquet", stage.folder / "parquet")
        told, complaints = loader.communicate()

        assert (reader.wait(), loader.returncode, surprises(complaints)) == (0, 0, [])
        summary = {name: words for name, *words in (line.split() for line in told.decode().splitlines())}
        for name in stage.streams:
            held = rows(stage.folder / "tiktok.duckdb", name)
            assert not truth.mistakes(name, held, flat=True)
            assert summary[name][2:] == [f"{len(truth.rows[name]):,}", "held"]
            parquet = rows(Path(":memory:"), name, f"'{stage.folder / 'parquet' / name}.parquet'")
            assert not truth.mistakes(name, parquet, flat=True)
            csv = rows(Path(":memory:"), name, f"read_csv('{stage.folder / 'csv' / name}.csv', header = true)")
            assert len(csv) == len(held)
        change(stage, truth)


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_of_either_process_cost_nothing(stage: Stage, truth: Truth, seed: int) -> None:
    dice = random.Random(seed)
    stage.emulator.faults.latency = 0.01
    stage.catalog(*NAMES)
    truth.sync(*NAMES)
    for _ in range(KILLS):
        reader, loader = sync(stage, "--rows-per-commit", "200")
        sleep(dice.uniform(0.5, 4.0))  # The kill comes at a random moment, so nothing can be waited for.
        dice.choice([reader, loader]).kill()
        loader.communicate()
        reader.wait()
        change(stage, truth)

    reader, loader = sync(stage)

    told, complaints = loader.communicate()
    assert (reader.wait(), loader.returncode, surprises(complaints)) == (0, 0, []), told
    for name in NAMES:
        assert not truth.mistakes(name, rows(stage.folder / "tiktok.duckdb", name), flat=True)


SCHEMA = {
    "properties": {
        "advertiser_id": {"type": "integer"},
        "id": {"type": ["null", "integer"]},
        "size": {"type": ["null", "number"]},
        "changed": {"type": ["null", "string"], "format": "date-time"},
        "tags": {"type": ["null", "array"]},
    }
}


def stream(name: str, sync_mode: str, schema: Json = SCHEMA) -> Json:
    published = {"name": name, "json_schema": schema, "source_defined_primary_key": [["id"]]}
    return {"stream": published, "sync_mode": sync_mode}


STREAMS = [stream("moving", "incremental"), stream("whole", "full_refresh")]


def record(stream: str, account: int, number: int | None, **data: Any) -> bytes:
    content = {"stream": stream, "data": {"advertiser_id": account, "id": number, **data}}
    return json.dumps({"type": "RECORD", "record": content}, separators=(",", ":")).encode() + b"\n"


def state(name: str, mark: int) -> bytes:
    descriptor = {"stream_descriptor": {"name": name}, "stream_state": {"mark": mark}}
    return json.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": descriptor}}).encode() + b"\n"


def complete(*names: str) -> Iterator[bytes]:
    for name in names:
        status = {"stream_descriptor": {"name": name}, "status": "COMPLETE"}
        yield (
            json.dumps({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": status}}).encode()
            + b"\n"
        )


def load(
    folder: Path, lines: Iterable[bytes], streams: list[Json] = STREAMS, rows_per_commit: int = 100
) -> set[str]:
    tables = {table.name: table for table in map(to_duckdb.Table.of, streams)}
    with duckdb.connect(str(folder / "t.duckdb")) as database:
        progress = to_duckdb.StateFile(folder / "state.json")
        loader = to_duckdb.Loader(database, tables, progress, folder, rows_per_commit)
        loader.prepare()
        loader.take(lines)
    return loader.incomplete


def held(folder: Path, name: str) -> list[tuple[Any, ...]]:
    return sorted(
        ((row["advertiser_id"], row["id"], row["size"]) for row in rows(folder / "t.duckdb", name)), key=str
    )


def mark(folder: Path) -> int:
    path = folder / "state.json"
    states = json.loads(path.read_text()) if path.exists() else []
    return next((entry["stream"]["stream_state"]["mark"] for entry in states), 0)


class Killed(BaseException):
    """What happens to a process that gets SIGKILL, as far as its files can tell."""


NUMBERS = 12


def source(mark: int) -> list[bytes]:
    """What a source prints that goes on from a mark: each number twice, the second time with its size."""
    lines = [record("whole", 1, number) for number in range(5)]
    for number in range(mark, NUMBERS):
        lines += [
            record("moving", 1, number),
            record("moving", 1, number, size=number),
            state("moving", number + 1),
        ]
    return [*lines, *complete("moving", "whole")]


def dying(lines: list[bytes], length: int, *, loader: bool) -> Iterator[bytes]:
    """The first lines; then the source dies, or the loader."""
    yield from lines[:length]
    if loader:
        raise Killed


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 45), st.booleans(), st.integers(1, 9)), max_size=4))
def test_progress_never_stands_for_rows_that_are_not_held(
    tmp_path_factory: pytest.TempPathFactory, deaths: list[tuple[int, bool, int]]
) -> None:
    folder = tmp_path_factory.mktemp("kills")
    for length, loader_dies, rows_per_commit in deaths:
        before = mark(folder)
        with suppress(Killed):
            load(folder, dying(source(before), length, loader=loader_dies), rows_per_commit=rows_per_commit)
        sized = {number for _, number, size in held(folder, "moving") if size is not None}
        assert sized >= set(range(mark(folder)))
        assert mark(folder) >= before
    assert load(folder, source(mark(folder))) == set()
    assert set(held(folder, "moving")) == {(1, number, number) for number in range(NUMBERS)}
    assert {number for _, number, _ in held(folder, "whole")} == set(range(5))


def test_the_last_row_of_a_key_stays_and_a_key_may_hold_null(tmp_path: Path) -> None:
    lines = [
        record("moving", account, number, size=size)
        for size in (1, 2)
        for account in (1, 2)
        for number in (7, None)
    ]
    load(tmp_path, lines)
    load(tmp_path, [record("moving", 1, None, size=3), b'{"type":"RECORD","record":{"stream":"mov'])
    assert held(tmp_path, "moving") == [(1, 7, 2.0), (1, None, 3.0), (2, 7, 2.0), (2, None, 2.0)]


def test_rows_without_a_key_and_rows_of_a_business_center_are_held_as_they_are(tmp_path: Path) -> None:
    keyless = {"stream": {"name": "whole", "json_schema": SCHEMA}, "sync_mode": "full_refresh"}
    columns = {"bc_id": {"type": "string"}, "id": {"type": "integer"}, "size": {"type": "number"}}
    center = stream("moving", "incremental", {"properties": columns})
    center["stream"]["source_defined_primary_key"] = [["bc_id"], ["id"]]
    of_center = [{"bc_id": bc, "id": 7, "size": size} for bc, size in (("b1", 1), ("b2", 2), ("b1", 3))]
    messages = [{"type": "RECORD", "record": {"stream": "moving", "data": row}} for row in of_center]
    lines = [json.dumps(message, separators=(",", ":")).encode() + b"\n" for message in messages]
    # Without a key only what is the same altogether is the same row.
    lines += [record("whole", 1, 7, size=size, tags=["a"]) for size in (1, 2, 2)]

    load(tmp_path, [*lines, *complete("moving", "whole")], [keyless, center])

    found = rows(tmp_path / "t.duckdb", "moving")
    assert sorted((row["bc_id"], row["size"]) for row in found) == [("b1", 3), ("b2", 2)]
    assert [row[2] for row in held(tmp_path, "whole")] == [1, 2]


def test_what_is_read_whole_is_replaced_when_it_is_complete_and_not_before(tmp_path: Path) -> None:
    load(tmp_path, [record("whole", 1, 1), record("whole", 1, 2), state("whole", 1), *complete("whole")])
    assert mark(tmp_path) == 0, "a state of a stream that is read whole would let the next read leave out rows"
    assert load(tmp_path, [record("whole", 1, 3)]) == {"moving", "whole"}
    assert [row[1] for row in held(tmp_path, "whole")] == [1, 2, 3]
    load(tmp_path, [record("whole", 1, 3), *complete("whole")])
    assert [row[1] for row in held(tmp_path, "whole")] == [3]
    load(tmp_path, complete("whole"))
    assert not held(tmp_path, "whole")


def test_a_table_gets_the_columns_that_come_later(tmp_path: Path) -> None:
    load(tmp_path, [record("moving", 1, 1)])
    wider = {"properties": {**SCHEMA["properties"], "name": {"type": "string"}}}
    load(tmp_path, [record("moving", 1, 2, name="new")], [stream("moving", "incremental", wider)])
    assert {row["id"]: row["name"] for row in rows(tmp_path / "t.duckdb", "moving")} == {1: None, 2: "new"}


def test_figures_that_tiktok_writes_as_text_become_decimals_and_attributes_stay_text() -> None:
    metrics = {
        name: {"type": ["null", "string"]} for name in ("spend", "clicks", "campaign_name", "mobile_app_id")
    }
    report = {"properties": {"advertiser_id": {"type": "integer"}, "id": {}, "metrics": {"properties": metrics}}}
    types = {column.name: column.type for column in to_duckdb.Table.of(stream("r", "incremental", report)).columns}
    assert types["spend"] == types["clicks"] == to_duckdb.FIGURE
    assert types["campaign_name"] == types["mobile_app_id"] == "VARCHAR"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([record("moving", 1, 1, size="much")], "moving does not fit its table"),
        ([record("moving", 1, 1, changed="soon")], "moving does not fit its table"),
        ([record("unknown", 1, 1)], "unknown is not in the catalogue"),
    ],
)
def test_what_cannot_be_held_is_said_and_nothing_is_committed(
    tmp_path: Path, lines: list[bytes], words: str
) -> None:
    with pytest.raises(to_duckdb.CannotLoad, match=words):
        load(tmp_path, [record("moving", 1, 5), state("moving", 5), *lines])
    assert not held(tmp_path, "moving")
    assert not mark(tmp_path)


def test_a_state_without_its_table_is_refused(tmp_path: Path) -> None:
    load(tmp_path, [state("moving", 5)])
    (tmp_path / "t.duckdb").unlink()
    with pytest.raises(to_duckdb.CannotLoad, match=r"delete .*state\.json to read everything anew"):
        load(tmp_path, [])


def test_dates_are_the_accounts_own_and_lists_stay_json(tmp_path: Path) -> None:
    load(tmp_path, [record("moving", 1, 1, changed="2024-03-01 10:00:00", tags=["a", "ü"])])
    (row,) = rows(tmp_path / "t.duckdb", "moving")
    assert row["changed"].date() == date(2024, 3, 1)
    assert json.loads(row["tags"]) == ["a", "ü"]
