"""dbt's models add up to the truth."""

from decimal import Decimal

import duckdb
import pytest
from test_to_duckdb import sync

from conftest import Stage, Truth

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


def test_the_models_on_duckdb_add_up_to_the_truth(stage: Stage, truth: Truth) -> None:
    stage.config["include_deleted"] = True
    names = {*OBJECTS, *REPORTS.values(), *HOURLY, COUNTRIES}
    stage.catalog(*names)
    reader, loader = sync(stage)
    _, complaints = loader.communicate()
    assert (reader.wait(), loader.returncode) == (0, 0), complaints

    stage.build_models("--vars", "{tiktok_fivetran: true}", TIKTOK_DUCKDB=str(stage.folder / "tiktok.duckdb"))

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
