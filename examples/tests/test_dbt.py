"""dbt's models add up to the truth."""

import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from test_to_duckdb import sync

from conftest import EXAMPLES, Stage, Truth

REPORTS = {
    "account_performance": "advertisers_reports_daily",
    "campaign_performance": "campaigns_reports_daily",
    "ad_group_performance": "ad_groups_reports_daily",
    "ad_performance": "ads_reports_daily",
    "daily_spend": "campaigns_reports_daily",
}
OBJECTS = ("advertisers", "campaigns", "ad_groups", "ads")
HOURLY = ("campaigns_reports_hourly", "ad_groups_reports_hourly", "ads_reports_hourly")
COUNTRIES = "campaigns_audience_reports_by_country_daily"


def build(stage: Stage, **env: str) -> None:
    project = stage.folder / "dbt"
    shutil.copytree(EXAMPLES / "dbt", project)
    dbt = Path(sys.executable).with_name("dbt")
    options = ["build", "--project-dir", project, "--profiles-dir", project, "--vars", "{tiktok_fivetran: true}"]
    with stage.start(dbt, *options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env) as process:
        told, _ = process.communicate()
    assert process.returncode == 0, told.decode()


def test_the_models_on_duckdb_add_up_to_the_truth(stage: Stage, truth: Truth) -> None:
    stage.config["include_deleted"] = True
    names = {*OBJECTS, *REPORTS.values(), *HOURLY, COUNTRIES}
    stage.catalog(*names)
    reader, loader = sync(stage)
    _, complaints = loader.communicate()
    assert (reader.wait(), loader.returncode) == (0, 0), complaints

    build(stage, TIKTOK_DUCKDB=str(stage.folder / "tiktok.duckdb"))

    truth.include_deleted = True
    truth.sync(*{*REPORTS.values(), *HOURLY, COUNTRIES})
    with duckdb.connect(str(stage.folder / "tiktok.duckdb")) as database:
        for model, stream in {
            **REPORTS,
            "campaign_report_hourly": HOURLY[0],
            "adgroup_report_hourly": HOURLY[1],
            "ad_report_hourly": HOURLY[2],
            "campaign_country_report": COUNTRIES,
        }.items():
            found = database.execute(
                f"SELECT sum(spend), sum(impressions), sum(clicks) FROM dbt.{model}"
            ).fetchone()
            metrics = [row["metrics"] for row in truth.rows[stream].values()]
            true = [sum(Decimal(row[name] or 0) for row in metrics) for name in ("spend", "impressions", "clicks")]
            assert list(found or ()) == pytest.approx(true, abs=0), model
