from collections.abc import Iterator
from pathlib import Path

import pytest

from integration_tests.connector import Connector, Json, production_config
from integration_tests.tiktok_emulator import Emulator, World, small_world

NOW = "2024-03-15T20:00:00Z"


@pytest.fixture
def world() -> World:
    return small_world(now=NOW)


@pytest.fixture
def emulator(world: World) -> Iterator[Emulator]:
    with Emulator(world) as emulator:
        yield emulator


@pytest.fixture
def connector(emulator: Emulator, tmp_path: Path) -> Connector:
    return Connector(emulator.url, tmp_path, NOW)


@pytest.fixture(scope="session")
def streams(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """Every production stream as `discover` prints it, by name; discovering asks the API nothing."""
    output = Connector("http://127.0.0.1:1", tmp_path_factory.mktemp("discover"), NOW).discover(
        production_config()
    )
    return {stream["name"]: stream for stream in output.catalog}
