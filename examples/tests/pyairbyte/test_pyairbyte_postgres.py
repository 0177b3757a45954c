"""PyAirbyte's PostgreSQL holds the truth, to the last digit of an id."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from postgres_server import server

from conftest import Stage, Truth

REPORTS = {
    "account_performance": "advertisers_reports_daily",
    "campaign_performance": "campaigns_reports_daily",
    "ad_group_performance": "ad_groups_reports_daily",
    "ad_performance": "ads_reports_daily",
}
NAMES = ("advertisers", "campaigns", "ad_groups", "ads", *REPORTS.values())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a user other than root can reach, which pytest's are not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, "postgres")


def test_postgres_and_the_models_on_it_equal_the_truth(stage: Stage, truth: Truth, folder: Path) -> None:
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
        connection.autocommit = True
        try:
            for name in NAMES:
                assert not truth.mistakes(name, rows(connection, f"tiktok.{name}"), flat=False)
            stage.build_models(
                *("--target", "postgres", "--vars", "{tiktok_schema: tiktok, tiktok_metrics: json}"),
                PGPORT=str(urlsplit(url).port),
            )
            for model, name in REPORTS.items():
                true = sum(Decimal(row["metrics"]["spend"] or 0) for row in truth.rows[name].values())
                assert sum(row["spend"] or 0 for row in rows(connection, f"dbt.{model}")) == true
        finally:
            connection.close()


def rows(connection: Any, table: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
