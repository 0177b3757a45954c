"""`make demo` as its users run it, twice: the second run goes on a day later, in the same files."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from integration_tests.tiktok_emulator import World, shop_world

ROOT = Path(__file__).parent.parent
OWN_REPORT = "campaign_sales_daily"
STREAMS = f"advertisers,campaigns_reports_daily,{OWN_REPORT}"
START = date(2024, 2, 15)
PNG, SMALLEST_PICTURE = b"\x89PNG", 20_000


class Run(NamedTuple):
    printed: str
    picture: bytes
    spend: dict[tuple[str, str], str]


def demo(folder: Path) -> Run:
    command = [sys.executable, "scripts/demo.py", "--folder", str(folder), "--streams", STREAMS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603  # our own program
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    with duckdb.connect(str(folder / "tiktok.duckdb"), read_only=True) as database:
        rows = database.execute(
            "SELECT campaign_id, stat_time_day::VARCHAR, spend::DECIMAL(20, 2)::VARCHAR "
            "FROM campaigns_reports_daily"
        ).fetchall()
    spend = {(str(campaign), day): amount for campaign, day, amount in rows}
    assert len(spend) == len(rows)
    return Run(done.stdout, (folder / "spend.png").read_bytes(), spend)


def truth(world: World, now: str) -> dict[tuple[str, str], str]:
    world.clock.set(now)
    return {
        (row["dimensions"]["campaign_id"], row["dimensions"]["stat_time_day"]): row["metrics"]["spend"]
        for account in world.accounts
        for row in world.report_rows(
            account,
            "BASIC",
            "AUCTION_CAMPAIGN",
            ["campaign_id", "stat_time_day"],
            ["spend"],
            start=START,
            end=world.clock.now().date().replace(day=31),
        )
    }


def rows_in(folder: Path, table: str) -> int:
    with duckdb.connect(str(folder / "tiktok.duckdb"), read_only=True) as database:
        return len(database.table(table))


def test_the_demo_goes_from_tiktok_to_a_picture_and_a_day_further_when_it_is_run_again(tmp_path: Path) -> None:
    world, folder = shop_world(now="2024-03-15T20:00:00Z"), tmp_path / "demo"

    first = demo(folder)
    assert first.spend == truth(world, "2024-03-15T20:00:00Z")
    second = demo(folder)
    assert second.spend == truth(world, "2024-03-16T20:00:00Z")

    new = len(second.spend) - len(first.spend)
    assert new > 0
    assert f"campaigns_reports_daily +{new}" in second.printed
    assert "since 2024-02-15" in first.printed
    assert rows_in(folder, OWN_REPORT) > 0
    assert "since the last run" in second.printed
    for run in (first, second):
        assert run.picture.startswith(PNG)
        assert len(run.picture) > SMALLEST_PICTURE
        assert [
            word for word in ("Pine & Peak (USD)", "Brand film", "SELECT", "spend.png") if word not in run.printed
        ] == []
    assert first.picture != second.picture
