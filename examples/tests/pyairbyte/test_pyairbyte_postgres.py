"""PyAirbyte's PostgreSQL holds the truth, to the last digit of an id."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
import pytest
from postgres_server import server

from conftest import Stage, Truth

NAMES = ("advertisers", "campaigns", "ads", "ads_reports_daily")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a user other than root can reach, which pytest's are not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, "postgres")


def test_postgres_equals_the_truth(stage: Stage, truth: Truth, folder: Path) -> None:
    truth.sync(*NAMES)
    config = stage.file("config.json", stage.config)
    with server(folder) as url:
        done = stage.run(
            "pyairbyte_postgres.py",
            "--config",
            config,
            "--url",
            url,
            "--streams",
            *NAMES,
            AIRBYTE_OFFLINE_MODE="1",
        )

        assert done.returncode == 0, done.stderr
        connection = psycopg2.connect(url)
        try:
            for name in NAMES:
                assert not truth.mistakes(name, rows(connection, name), flat=False)
        finally:
            connection.close()


def rows(connection: Any, name: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM tiktok.{name}")
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
