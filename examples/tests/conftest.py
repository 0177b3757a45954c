"""A TikTok API for the examples, and the words to run them and to compare what they hold with what is."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_tests.connector import configured, production_config
from integration_tests.tiktok_emulator import Emulator, World, small_world
from integration_tests.truth import Key, expected, key_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SOURCE = ROOT / ".venv" / "bin" / "source-tiktok-marketing"
DBT = ROOT / ".venv-examples" / "bin" / "dbt"
NOW = "2024-03-15T20:00:00Z"
START = date(2024, 3, 8)
TIMEOUT = 600
# TikTok's links to files expire; each read gets fresh ones.
EXPIRY = re.compile(r"\?x-expires=\d+")

Json = dict[str, Any]


@dataclass
class Stage:
    """The connector's command, an example beside it, and the API that they talk to."""

    emulator: Emulator
    folder: Path
    streams: dict[str, Json]
    config: Json = field(default_factory=lambda: production_config(start_date=str(START)))

    @property
    def world(self) -> World:
        return self.emulator.world

    @property
    def environment(self) -> dict[str, str]:
        """What points the connector at the emulator; examples find it on the path, as a user's would."""
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(SOURCE.parent), os.environ["PATH"]]),
            "TIKTOK_MARKETING_API": self.emulator.url,
            "TIKTOK_MARKETING_NOW": self.world.clock.now().isoformat(),
            "TIKTOK_MARKETING_CLOCK_SPEED": "1000",
        }

    def file(self, name: str, content: Any) -> Path:
        """A file with a content, for the command line."""
        path = self.folder / name
        path.write_text(json.dumps(content))
        return path

    def catalog(self, *names: str) -> Path:
        """The configured catalogue of the named streams, or of all."""
        return self.file("catalog.json", configured(list(self.streams.values()), *names))

    def start(self, *command: Any, **options: Any) -> "subprocess.Popen[bytes]":
        """Start a command in the folder of the test."""
        return subprocess.Popen(
            list(map(str, command)), cwd=self.folder, env=self.environment | options.pop("env", {}), **options
        )

    def run(self, example: str, *arguments: Any, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run an example to its end."""
        return subprocess.run(
            [sys.executable, str(EXAMPLES / example), *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | env,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def build_models(self, *options: str, **env: str) -> None:
        """Run `dbt build`, which includes the tests of the models."""
        project = self.folder / "dbt"
        shutil.copytree(EXAMPLES / "dbt", project)
        command = [DBT, "build", "--project-dir", project, "--profiles-dir", project, *options]
        with self.start(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env) as process:
            told, _ = process.communicate()
        assert process.returncode == 0, told.decode()


@dataclass
class Truth:
    """What a destination must hold: of incremental streams all that ever was, of the others what is."""

    stage: Stage
    rows: dict[str, dict[Key, Json]] = field(default_factory=dict)
    include_deleted: bool = False

    def sync(self, *names: str) -> None:
        """Take in what a whole read would bring now."""
        for name in names or self.stage.streams:
            stream = self.stage.streams[name]
            now = expected(self.stage.world, stream, START, include_deleted=self.include_deleted)
            held = self.rows.get(name, {}) if "incremental" in stream["supported_sync_modes"] else {}
            self.rows[name] = held | now

    def mistakes(self, name: str, rows: list[Json], *, flat: bool) -> list[str]:
        """What is wrong with the rows of a table whose metrics are columns (`flat`) or one JSON column."""
        stream = self.stage.streams[name]
        schemas = columns(stream, flat=flat)
        rows = [whole(stream, row, schemas) for row in rows]
        given = [whole(stream, row, schemas) for row in self.rows[name].values()]
        true = {key_of(stream, row): row.get("metrics", {}) | row if flat else row for row in given}
        held = {as_key(key_of(stream, row)): row for row in rows}
        wrong = [f"{len(rows) - len(held)} keys are held twice"] if len(held) < len(rows) else []
        wrong += [f"missing: {key}" for key in true.keys() - held.keys()]
        wrong += [f"should not be there: {key}" for key in held.keys() - true.keys()]
        return [f"{name}: {words}" for words in wrong] + [
            f"{name} {key}: {column} is {held[key].get(column, ...)!r}, not {true[key].get(column)!r}"
            for key in true.keys() & held.keys()
            for column, schema in schemas.items()
            if not same(schema, held[key].get(column, ...), true[key].get(column))
        ]


def columns(stream: Json, *, flat: bool) -> dict[str, Json]:
    """The columns that a table must have, with their published types."""
    properties = stream["json_schema"]["properties"]
    if not flat or "metrics" not in properties:
        return dict(properties)
    key = ["advertiser_id", *(name for (name,) in stream["source_defined_primary_key"])]
    return properties["metrics"]["properties"] | {name: properties[name] for name in key}


def whole(stream: Json, row: Json, schemas: dict[str, Json]) -> Json:
    """A row that is known by all that it says, which a table may hold as JSON texts; others are as they are."""
    if stream.get("source_defined_primary_key"):
        return row
    nested = {name for name, schema in schemas.items() if {"object", "array"} & set(schema["type"])}
    return {
        name: json.loads(row[name]) if name in nested and isinstance(row.get(name), str) else row.get(name)
        for name in schemas
    }


def as_key(key: Key) -> Key:
    """A key out of a table, as it is in a record."""
    return tuple(part.replace(tzinfo=None).isoformat(" ") if isinstance(part, datetime) else part for part in key)


def same(schema: Json, held: Any, true: Any) -> bool:
    """Whether a value out of a table is the true one, exactly; JSON may come as text."""
    if held is None or true is None:
        return held is true
    if isinstance(held, datetime):
        return held.replace(tzinfo=None) == datetime.fromisoformat(true.replace("Z", ""))
    if {"object", "array"} & set(schema["type"]) or schema["type"] in ("object", "array"):
        return bool((json.loads(held) if isinstance(held, str) else held) == true)
    if isinstance(held, Decimal):
        return held == Decimal(str(true))
    if isinstance(held, str):
        return EXPIRY.sub("", held) == EXPIRY.sub("", true)
    return bool(held == true)


@pytest.fixture
def world() -> World:
    return small_world(now=NOW)


@pytest.fixture
def emulator(world: World) -> Iterator[Emulator]:
    with Emulator(world) as emulator:
        yield emulator


@pytest.fixture
def stage(emulator: Emulator, tmp_path: Path, streams: dict[str, Json]) -> Stage:
    return Stage(emulator, tmp_path, streams)


@pytest.fixture
def truth(stage: Stage) -> Truth:
    return Truth(stage)


@pytest.fixture(scope="session")
def streams(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """Every production stream as `discover` prints it, by name; discovering asks the API nothing."""
    config = tmp_path_factory.mktemp("discover") / "config.json"
    config.write_text(json.dumps(production_config()))
    output = subprocess.run([SOURCE, "discover", "--config", config], capture_output=True, check=True).stdout
    messages = map(json.loads, output.splitlines())
    (catalog,) = [message["catalog"] for message in messages if message["type"] == "CATALOG"]
    return {stream["name"]: stream for stream in catalog["streams"]}
