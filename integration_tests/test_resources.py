"""What a read costs: memory, processor time, and the volume of its states."""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.conftest import NOW
from integration_tests.connector import TIMEOUT, Connector, Json, configured, production_config
from integration_tests.tiktok_emulator import Emulator, World, bench_world

pytestmark = pytest.mark.alone

STREAM = "ads_reports_daily"
RECORDS = 100_000
# The world has four accounts with 250 ads each, and every ad has a row every day.
RECORDS_PER_DAY = 1000
LAST_DAY = date(2024, 3, 15)
START = LAST_DAY - timedelta(days=RECORDS / RECORDS_PER_DAY - 1)

MOST_MEGABYTES = 150
LEAST_RECORDS_PER_CPU_SECOND = 5000

# Runs a command and notes what it used. A process of its own, because a child's peak memory counts from the fork:
# started from here, it would begin with the memory of all these tests.
MEASURE = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024
with open(sys.argv[1], "w") as file:
    json.dump({"bytes": used.ru_maxrss * unit, "seconds": used.ru_utime + used.ru_stime}, file)
sys.exit(code)
"""


@dataclass
class Cost:
    """What a run of the connector printed and used."""

    exit_code: int
    lines: Counter[str]
    megabytes: float
    cpu_seconds: float


def measured(connector: Connector, command: str, **files: Any) -> Cost:
    """Run a command; its output is counted while it comes, and not kept."""
    used = connector.folder / "used.json"
    own = connector.beside(command, launcher=(sys.executable, "-c", MEASURE, str(used)))
    lines: Counter[str] = Counter()
    with own.start(command, **files) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines[line.split(b'"', 4)[3].decode()] += 1
            process.wait(TIMEOUT)
        finally:
            process.kill()
    cost = json.loads(used.read_text())
    return Cost(process.returncode, lines, cost["bytes"] / 1e6, cost["seconds"])


def test_a_read_of_100_000_records_stays_small_and_quick(
    tmp_path_factory: pytest.TempPathFactory,
    streams: dict[str, Json],
    capsys: pytest.CaptureFixture[str],
    record_property: Any,
) -> None:
    with Emulator(bench_world(now=NOW)) as emulator:
        connector = Connector(emulator.url, tmp_path_factory.mktemp("cost"), NOW)
        start_up = measured(connector, "spec")
        catalog = configured([streams[STREAM]])
        read = measured(connector, "read", config=production_config(start_date=str(START)), catalog=catalog)

    records_per_second = RECORDS / (read.cpu_seconds - start_up.cpu_seconds)
    record_property("peak_megabytes", round(read.megabytes))
    record_property("records_per_cpu_second", round(records_per_second))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{RECORDS} records: {read.megabytes:.0f} MB at most, {records_per_second:.0f} per CPU second "
            f"(start-up: {start_up.megabytes:.0f} MB, {start_up.cpu_seconds:.1f} s)\n"
        )
    assert read.exit_code == 0
    assert read.lines["RECORD"] == RECORDS
    assert read.lines["STATE"] >= 1
    assert read.megabytes < MOST_MEGABYTES
    assert records_per_second > LEAST_RECORDS_PER_CPU_SECOND


ACCOUNTS = 300
DAYS_OF_ONE_WINDOW = 30
# A state of 300 accounts has 33 kB in the end; one after each of the 300 windows would make 5 MB.
MOST_STATE_BYTES = 2_500_000
# States keep a distance in time. Waiting is hastened, but not so much that little is read in between.
PACE = "10"


def test_the_states_of_300_accounts_are_few_and_the_last_one_holds_them_all(
    connector: Connector, streams: dict[str, Json], capsys: pytest.CaptureFixture[str], record_property: Any
) -> None:
    name = "advertisers_reports_daily"
    world = World(now=NOW)
    for number in range(ACCOUNTS):
        world.add_account(f"Shop {number}")
    start = LAST_DAY - timedelta(days=DAYS_OF_ONE_WINDOW - 1)
    with Emulator(world) as emulator:
        own = connector.beside("paced", api=emulator.url, environment={"TIKTOK_MARKETING_CLOCK_SPEED": PACE})
        output = own.read(production_config(start_date=str(start)), configured([streams[name]]))

    lines = [line for line in output.stdout.split(b"\n") if line.startswith(b'{"type":"STATE"')]
    volume = sum(map(len, lines))
    record_property("state_bytes_of_300_accounts", volume)
    with capsys.disabled():
        sys.stdout.write(f"\n{ACCOUNTS} accounts: {len(lines)} states with {volume} bytes\n")
    assert output.exit_code == 0, output.errors
    assert len(lines) > 1
    assert volume < MOST_STATE_BYTES
    assert output.marks(name) == dict.fromkeys(world.accounts, str(LAST_DAY))
