"""Dagster's partitions, run at the same time in processes of their own, hold the truth together."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from conftest import EXAMPLES, Stage, Truth

NAMES = ("advertisers", "campaigns", "ads_reports_daily")
GROUPS = 2


def materialize(stage: Stage, group: int) -> "subprocess.Popen[bytes]":
    """Start the job of a partition with Dagster's own executor, which has a process for each step."""
    home = (
        stage.folder / "dagster" / str(group)
    )  # Two that set up one home at the same time are in each other's way.
    home.mkdir(parents=True)
    dagster = Path(sys.executable).with_name("dagster")
    options = ["--job", "tiktok", "-f", EXAMPLES / "dagster_assets.py", "--tags"]
    tags = json.dumps({"dagster/partition": f"group_{group}"})
    variables = {
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(EXAMPLES),
        "TIKTOK_CONFIG": str(stage.folder / "config.json"),
        "TIKTOK_HOME": str(stage.folder / "tiktok"),
        "TIKTOK_GROUPS": str(GROUPS),
        "TIKTOK_STREAMS": " ".join(NAMES),
    }
    return stage.start(
        dagster, "job", "execute", *options, tags, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables
    )


def test_the_partitions_together_equal_the_truth_and_provoke_no_refusal(stage: Stage, truth: Truth) -> None:
    stage.file("config.json", stage.config)
    truth.sync(*NAMES)

    for run in [materialize(stage, group) for group in range(1, GROUPS + 1)]:
        told, _ = run.communicate()
        assert run.returncode == 0, told.decode()

    for name in NAMES:
        with duckdb.connect() as database:
            found: Any = database.execute(f"FROM read_parquet('{stage.folder}/tiktok/*/{name}.parquet')")
            columns = [column[0] for column in found.description]
            rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        assert not truth.mistakes(name, rows, flat=True)
    assert len(list((stage.folder / "tiktok").iterdir())) == GROUPS
    assert not [request for request in stage.emulator.requests if request.code]


def test_the_share_of_the_limit_is_given_only_to_a_connector_that_knows_shares() -> None:
    code = (
        "import json, dagster_assets as d; config = {'credentials': {'access_token': 't'}};"
        "print(json.dumps([d.config_of('7', config, {}), d.config_of('7', config, {'rate_limit_share': {}})]))"
    )
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=EXAMPLES, capture_output=True, text=True, check=True
    ).stdout
    without, with_share = json.loads(printed)
    assert without == {"credentials": {"access_token": "t", "advertiser_id": "7"}}
    assert with_share == without | {"rate_limit_share": 100 // GROUPS}
