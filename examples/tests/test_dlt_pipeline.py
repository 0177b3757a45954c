"""dlt's tables hold the truth, whole and after an incremental run."""

import duckdb
from test_to_duckdb import change

from conftest import START, Json, Stage, Truth

NAMES = ("audiences", "ads", "ads_reports_daily", "campaigns_audience_reports_daily")


def rows(stage: Stage, name: str) -> list[Json]:
    with duckdb.connect(str(stage.folder / "t.duckdb")) as database:
        database.execute("SET TimeZone = 'UTC'")
        found = database.execute(f"FROM tiktok.{name}")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_two_runs_equal_the_truth(stage: Stage, truth: Truth) -> None:
    truth.sync(*NAMES)
    config = stage.file("config.json", stage.config)
    starts = []
    for _ in range(2):
        seen = len(stage.emulator.requests)
        done = stage.run(
            "dlt_pipeline.py",
            *("--config", config, "--database", "t.duckdb", "--streams", *NAMES),
            DLT_DATA_DIR=str(stage.folder / "dlt"),
            RUNTIME__DLTHUB_TELEMETRY="false",
        )

        assert done.returncode == 0, done.stderr
        for name in NAMES:
            assert not truth.mistakes(name, rows(stage, name), flat=True)
        asked = [request.params for request in stage.emulator.requests[seen:]]
        starts.append(min(params["start_date"] for params in asked if "start_date" in params))
        change(stage, truth)
    assert starts[0] == str(START) < starts[1]


def test_a_failure_is_told_in_the_connectors_words(stage: Stage) -> None:
    stage.emulator.access.refuse(40001, endpoint="campaign/get/")
    config = stage.file("config.json", stage.config)

    done = stage.run(
        "dlt_pipeline.py", "--config", config, "--streams", "campaigns", DLT_DATA_DIR=str(stage.folder)
    )

    assert done.returncode != 0
    assert "40001" in done.stderr
