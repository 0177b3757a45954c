"""Every command of the README runs as it is written there; a block that does not, says here why."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb

from integration_tests.conftest import NOW
from integration_tests.tiktok_emulator import APP_ID, APP_SECRET, PRODUCTION_TOKEN, Emulator

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^((?:    .*\n|\n(?=    ))+)", re.MULTILINE)
TIMEOUT = 240
# By the first word: why a block is not run here.
NOT_RUN = {
    "make": "test_demo.py runs what it runs",
    "pip": "unit_tests/test_archives.py runs these lines",
    "docker": "`make image-test` builds and runs the image",
}
FILLED_IN = {
    "<your app's id>": APP_ID,
    "<your app's secret>": APP_SECRET,
    "<the token TikTok issued>": PRODUCTION_TOKEN,
    "2024-01-01": "2024-03-08",
}


def blocks() -> list[str]:
    """The indented blocks, as one would paste them."""
    return [
        re.sub(r"^    ", "", block, flags=re.MULTILINE)
        for block in BLOCK.findall((ROOT / "README.md").read_text())
    ]


def test_the_commands_run_one_after_the_other(emulator: Emulator, tmp_path: Path) -> None:
    for name in ("main.py", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    environment = {
        **os.environ,
        "TIKTOK_MARKETING_API": emulator.url,
        "TIKTOK_MARKETING_NOW": NOW,
        "TIKTOK_MARKETING_CLOCK_SPEED": "1000",
    }
    run = [block for block in blocks() if block.split()[0] not in NOT_RUN]
    for block in run:
        script = block
        for placeholder, value in FILLED_IN.items():
            script = script.replace(placeholder, value)
        done = subprocess.run(  # noqa: S603  # our own documents
            ["/bin/sh", "-e", "-c", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), (block, done.stdout[-2000:])

    assert len(run) == 4
    secrets = tmp_path / "secrets"
    config = json.loads((secrets / "config.json").read_text())
    assert config["credentials"]["access_token"] == PRODUCTION_TOKEN
    with duckdb.connect(str(secrets / "tiktok.duckdb")) as database:
        assert len(database.table("ads_reports_daily")) > 0
    assert len((secrets / "state.jsonl").read_text().splitlines()) >= 2


def test_what_is_not_run_is_there_for_a_reason() -> None:
    first_words = {block.split()[0] for block in blocks()}

    assert NOT_RUN.keys() <= first_words
    made = subprocess.run(["make", "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    assert "scripts/demo.py" in made.stdout
