from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from integration_tests.connector import Connector, Json, Output, configured, production_config
from integration_tests.tiktok_emulator import Emulator, LoggedRequest, Options, World, small_world
from integration_tests.truth import Key, expected, mistakes, united

NOW = "2024-03-15T20:00:00Z"


@dataclass
class Stage:
    """A connector in front of an emulated API, and the words to compare what came with what is."""

    connector: Connector
    emulator: Emulator
    streams: dict[str, Json]

    @property
    def world(self) -> World:
        return self.emulator.world

    def catalog(self, *names: str) -> Json:
        return configured(list(self.streams.values()), *names)

    def read(self, config: Json, *names: str, state: list[Json] | None = None) -> Output:
        """Read streams, incrementally where they can be."""
        return self.connector.read(config, self.catalog(*names), state)

    def truth(self, name: str, start: date, end: date | None = None, **choice: Any) -> dict[Key, Json]:
        """What a stream must hold."""
        return expected(self.world, self.streams[name], start, end, **choice)

    def mistakes(self, output: Output, name: str, truth: dict[Key, Json]) -> list[str]:
        """What is wrong with the records of one sync: keys that came twice, and differences from the truth."""
        return mistakes(self.streams[name], output.records[name], truth)

    def held(self, name: str, *syncs: Output) -> dict[Key, Json]:
        """What a destination holds of a stream after several syncs, in none of which a key came twice."""
        return united(self.streams[name], *(sync.records[name] for sync in syncs))

    def asked(self, endpoint: str, **params: str) -> list[LoggedRequest]:
        """The requests to an endpoint with these parameters."""
        return [
            request
            for request in self.emulator.requests
            if request.endpoint == endpoint and params.items() <= request.params.items()
        ]


@pytest.fixture
def world() -> World:
    # A TikTok that takes what its own pages disagree about, so that every column has values.
    return small_world(now=NOW, options=Options(disputed_metrics=True))


@pytest.fixture
def emulator(world: World) -> Iterator[Emulator]:
    with Emulator(world) as emulator:
        yield emulator


@pytest.fixture
def connector(emulator: Emulator, tmp_path: Path) -> Connector:
    return Connector(emulator.url, tmp_path, NOW)


@pytest.fixture
def stage(connector: Connector, emulator: Emulator, streams: dict[str, Json]) -> Stage:
    return Stage(connector, emulator, streams)


@pytest.fixture(scope="session")
def streams(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """Every production stream as `discover` prints it, by name; discovering asks the API nothing."""
    output = Connector("http://127.0.0.1:1", tmp_path_factory.mktemp("discover"), NOW).discover(
        production_config()
    )
    return {stream["name"]: stream for stream in output.catalog}
