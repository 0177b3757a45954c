"""Dagster's partitions, run at the same time in processes of their own, hold the truth together."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from conftest import EXAMPLES, Stage, Truth
from integration_tests.truth import production_accounts

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
    homes = list((stage.folder / "tiktok").iterdir())
    chosen = [json.loads((home / "config.json").read_text())["advertiser_ids"] for home in homes]
    assert all(chosen)
    assert sorted(account for group in chosen for account in group) == sorted(production_accounts(stage.world))
    assert not [request for request in stage.emulator.requests if request.code]


def test_an_account_stays_in_its_group_and_every_group_has_its_part_of_the_limit(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"start_date": "2024-03-08"}))
    code = (
        "import json, pathlib, dagster_assets as d;"
        "groups = [[str(n) for n in range(some) if d.group_of(str(n)) == 'group_1'] for some in (50, 100)];"
        "home = d.home_of('group_1', groups[0], pathlib.Path('config.json'), []);"
        "print(json.dumps([groups, home.name, json.loads((home / 'config.json').read_text())]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES), "TIKTOK_GROUPS": "3"}
    command = [sys.executable, "-W", "ignore", "-c", code]

    printed = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)

    (few, many), home, config = json.loads(printed.stdout)
    assert few == many[: len(few)]
    assert 5 < len(few) < 30
    assert home == "group_1_of_3"
    assert config == {"start_date": "2024-03-08", "advertiser_ids": few, "rate_limit_share": 33}
