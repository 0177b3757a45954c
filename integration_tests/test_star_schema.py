"""The guide's star schema loses no row of its facts and adds none."""

import json
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from integration_tests.conftest import Stage
from integration_tests.connector import production_config

ROOT = Path(__file__).parent.parent
NAMES = ("advertisers", "campaigns", "ad_groups", "ads", "ads_reports_daily")
START = date(2024, 3, 11)


def statements() -> list[str]:
    """The SQL of the guide."""
    text = (ROOT / "docs" / "tiktok-marketing.md").read_text()
    section = text.partition("### A star schema")[2].partition("\n### ")[0]
    sql = "\n".join(re.findall(r"^    (.*)$", section, re.MULTILINE))
    return [part for part in sql.split(";") if part.strip()]


def test_every_fact_has_its_dimensions_and_sums_stay(stage: Stage, tmp_path: Path) -> None:
    # Objects that have changed last before the start date, and one that is deleted.
    account = next(iter(stage.world.accounts))
    stage.world.delete(stage.world.entities("ad", account)[0].entity_id)
    config = production_config(start_date=str(START), include_deleted=True, all_objects=True)
    read = stage.read(config, *NAMES)
    catalog = tmp_path / "star.json"
    catalog.write_text(json.dumps(stage.catalog(*NAMES)))
    loader = [sys.executable, str(ROOT / "examples" / "to_duckdb.py"), str(tmp_path / "t.duckdb")]
    files = ["--catalog", str(catalog), "--state", str(tmp_path / "state.json")]

    subprocess.run([*loader, *files], input=read.stdout, capture_output=True, check=True)  # noqa: S603  # our own

    truth = stage.truth("ads_reports_daily", START, include_deleted=True)
    with duckdb.connect(str(tmp_path / "t.duckdb")) as database:
        *views, query = statements()
        for view in views:
            database.execute(view)
        rows = database.execute(query).fetchall()
        (joined,) = database.execute(
            "SELECT count(*) FROM fact_ad_day JOIN dim_ad USING (advertiser_id, ad_id)"
        ).fetchall()
    assert joined == (len(truth),)
    assert sum(row[3] for row in rows) == sum(Decimal(str(row["metrics"]["spend"])) for row in truth.values())
