"""Death at any moment: what was printed is enough to go on from, and going on loses nothing."""

import fcntl
import random
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from threading import Thread, Timer
from time import monotonic
from typing import IO

import pytest

from integration_tests.conftest import NOW, Stage
from integration_tests.connector import Json, Output, production_config
from integration_tests.tiktok_emulator import Emulator, World, actions, populate
from integration_tests.truth import Key, by_key, expected

START = date(2024, 2, 12)
WORKERS = 8
QUEUE = 4  # Windows whose end is on its way from the workers to stdout.
CONFIG = production_config(start_date=str(START), attribution_window=0, concurrency_level=WORKERS)
# Report streams with the days of a window.
REPORTS = {"ads_reports_daily": 30, "campaigns_reports_daily": 30, "advertisers_reports_hourly": 1}
NAMES = ("campaigns", "ads", "creative_assets_images", *REPORTS)
TERMINATED = -signal.SIGTERM
# Two seconds by design; the rest is for a machine that is busy with something else.
SOON = 30.0
LONG = 60.0
KILLS, SOAK_KILLS = 6, 60
PIPE_SIZE = 65_536
WITH_SMALL_FILES = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


def two_shops() -> World:
    """Two accounts, one of which is too young for most of the windows."""
    world = World(now=NOW)
    old = world.add_account("Old Shop", "Asia/Tokyo", history_days=120)
    populate(world, old.advertiser_id, campaigns=4, adgroups=2, ads=3, assets=120)
    young = world.add_account("Young Shop", history_days=20)
    populate(world, young.advertiser_id, campaigns=4, adgroups=1, ads=2, assets=10)
    return world


@pytest.fixture
def world() -> World:
    return two_shops()


@pytest.fixture
def emulator(world: World) -> Iterator[Emulator]:
    with Emulator(world) as emulator:
        emulator.faults.latency = 0.005
        yield emulator


@pytest.fixture(scope="module")
def truth(streams: dict[str, Json]) -> dict[str, dict[Key, Json]]:
    world = two_shops()  # All worlds of a seed are the same.
    return {name: expected(world, streams[name], START) for name in NAMES}


def start(stage: Stage, *names: str, stdout: int | IO[bytes] = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    return stage.connector.start("read", config=CONFIG, catalog=stage.catalog(*names), stdout=stdout)


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process or thread does."""
    deadline = monotonic() + LONG
    while not happened():
        assert monotonic() < deadline


def waiting_bytes(process: "subprocess.Popen[bytes]") -> int:
    """How much a process has printed that nobody has read."""
    assert process.stdout
    (number,) = struct.unpack("i", fcntl.ioctl(process.stdout, termios.FIONREAD, b"\0" * 4))
    return int(number)


def read_lines(process: "subprocess.Popen[bytes]", number: int) -> bytes:
    """The first lines that a process prints."""
    assert process.stdout
    return b"".join(process.stdout.readline() for _ in range(number))


def end(process: "subprocess.Popen[bytes]", head: bytes = b"") -> Output:
    """See a process end that was told to, and soon, with all that it had printed."""
    assert process.stdout
    assert process.stderr
    told_at, watch = monotonic(), Timer(LONG, process.kill)
    watch.start()
    stdout, stderr = head + process.stdout.read(), process.stderr.read()
    output = Output(process.wait(), stdout, stderr)
    watch.cancel()
    assert monotonic() - told_at < SOON
    return output


def resume(stage: Stage, first: Output, truth: dict[str, dict[Key, Json]], *names: str) -> Output:
    """Go on from the last states; afterwards nothing may be missing."""
    second = stage.read(CONFIG, *names, state=first.last_states)
    assert second.exit_code == 0, second.errors
    for name in names:
        assert stage.held(name, first, second) == truth[name], name
        assert second.statuses[name][-1] == "COMPLETE"
    return second


def by_window(stage: Stage, name: str, truth: dict[Key, Json]) -> dict[str, dict[int, set[Key]]]:
    """The keys of a report stream by account and number of their window."""
    windows: dict[str, dict[int, set[Key]]] = {}
    for key in truth:
        account = stage.world.accounts[str(key[0])]
        first_day = max(START, account.local_day(account.created))
        number = (date.fromisoformat(key[2][:10]) - first_day).days // REPORTS[name]
        windows.setdefault(account.advertiser_id, {}).setdefault(number, set()).add(key)
    return windows


def open_and_untold(stage: Stage, name: str, first: Output, truth: dict[Key, Json]) -> tuple[int, int]:
    """How many windows were printed in part, and how many could have been covered by the state but were not."""
    printed, marks = by_key(stage.streams[name], first.records[name]).keys(), first.marks(name)
    open_ = untold = 0
    for account, windows in by_window(stage, name, truth).items():
        covered = [key for key in truth if str(key[0]) == account and key[2][:10] <= marks.get(account, "")[:10]]
        assert printed >= set(covered), "a state stands for rows that were not printed before it"
        behind = [keys for _, keys in sorted(windows.items()) if not keys <= set(covered)]
        open_ += sum(bool(keys & printed) and not keys <= printed for keys in behind)
        untold += next((place for place, keys in enumerate(behind) if not keys <= printed), len(behind))
    return open_, untold


def covered_already(stage: Stage, name: str, first: Output, second: Output) -> list[Key]:
    """What the second sync repeats although the day of the mark, and the look-back before it, do not need it."""
    marks = first.marks(name)
    again = by_key(stage.streams[name], second.records[name])
    look_back = timedelta(days=1 if name.endswith("hourly") else 0)
    since = {account: str(date.fromisoformat(mark[:10]) - look_back) for account, mark in marks.items()}
    return [key for key in again if key[2][:10] < since.get(str(key[0]), "")]


@pytest.mark.parametrize(
    "seed",
    [*range(KILLS), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(KILLS, KILLS + SOAK_KILLS))],
)
def test_a_sync_that_was_killed_anywhere_goes_on_without_a_loss(
    stage: Stage, truth: dict[str, dict[Key, Json]], seed: int
) -> None:
    point = random.Random(seed).randrange(sum(map(len, truth.values())))

    with start(stage, *NAMES) as process:
        head = read_lines(process, point)
        process.kill()
        first = end(process, head)
    second = resume(stage, first, truth, *NAMES)

    assert first.exit_code == -signal.SIGKILL
    assert not [key for name in REPORTS for key in covered_already(stage, name, first, second)]
    counts = [open_and_untold(stage, name, first, truth[name]) for name in REPORTS]
    assert sum(open_ for open_, _ in counts) <= WORKERS
    assert sum(untold for _, untold in counts) <= WORKERS + QUEUE, "all else waited behind an open window"


@pytest.mark.parametrize(
    ("share", "number"), [(0.02, signal.SIGTERM), (0.5, signal.SIGTERM), (0.5, signal.SIGINT)]
)
def test_sigterm_ends_a_sync_quickly_and_cleanly(
    stage: Stage, truth: dict[str, dict[Key, Json]], share: float, number: signal.Signals
) -> None:
    with start(stage, *NAMES) as process:
        head = read_lines(process, int(share * sum(map(len, truth.values()))))
        process.send_signal(number)
        first = end(process, head)

    assert first.exit_code == -number
    assert first.stdout.endswith(b"\n")
    assert first.messages, "every line is whole"
    assert b"Traceback" not in first.stdout + first.stderr
    resume(stage, first, truth, *NAMES)


def test_sigterm_ends_a_sync_that_waits_for_its_reader(stage: Stage, truth: dict[str, dict[Key, Json]]) -> None:
    with start(stage, *NAMES) as process:
        head = read_lines(process, 10)
        until(lambda: waiting_bytes(process) > PIPE_SIZE // 2)
        process.terminate()
        process.wait(timeout=SOON)
        first = end(process, head)

    assert first.exit_code == TERMINATED
    assert b"Traceback" not in first.stdout + first.stderr
    resume(stage, first, truth, *NAMES)


def test_sigterm_ends_a_sync_whose_log_nobody_reads(stage: Stage) -> None:
    def campaigns(params: Mapping[str, str]) -> bool:
        return params.get("data_level") == "AUCTION_CAMPAIGN"

    stage.emulator.faults.add(actions.api(51004), times=None, where=campaigns)
    stage.connector.environment = {"TIKTOK_MARKETING_CLOCK_SPEED": "20"}

    with start(stage, *NAMES) as process:
        read_lines(process, 10)
        until(lambda: waiting_bytes(process) > PIPE_SIZE // 2)
        full_at = monotonic()
        until(lambda: monotonic() > full_at + 1)  # Meanwhile workers have something to log.
        process.terminate()
        process.wait(timeout=SOON)

    assert process.returncode == TERMINATED


def test_sigterm_ends_a_sync_that_waits_for_tiktok(stage: Stage) -> None:
    stage.emulator.faults.add(actions.api(40100), times=None)
    stage.connector.environment = {"TIKTOK_MARKETING_CLOCK_SPEED": "1"}

    with start(stage, *NAMES) as process:
        until(lambda: len(stage.emulator.requests) > 1)
        process.terminate()
        output = end(process)

    assert output.exit_code == TERMINATED
    assert not output.records
    assert b"Traceback" not in output.stdout + output.stderr


def test_a_reader_that_goes_away_ends_the_sync_with_one_line(
    stage: Stage, truth: dict[str, dict[Key, Json]]
) -> None:
    with start(stage, *NAMES) as process:
        head = read_lines(process, sum(map(len, truth.values())) // 2)
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        complaint = process.stderr.read()
        process.wait(timeout=SOON)

    assert process.returncode == 1
    assert len(complaint.splitlines()) == 1
    assert b"stdout" in complaint
    resume(stage, Output(1, head, complaint), truth, *NAMES)


def test_a_disk_that_is_full_from_the_start_is_told_in_one_line(stage: Stage) -> None:
    with Path("/dev/full").open("wb") as full, start(stage, *NAMES, stdout=full) as process:
        _, complaint = process.communicate(timeout=LONG)

    assert process.returncode == 1
    assert len(complaint.splitlines()) == 1
    assert b"No space left on device" in complaint


def test_a_stdout_that_is_closed_is_told_in_one_line(stage: Stage) -> None:
    stage.connector.launcher = ("sh", "-c", 'exec "$@" >&-', "sh")
    with start(stage, *NAMES) as process:
        _, complaint = process.communicate(timeout=LONG)

    assert process.returncode == 1
    assert len(complaint.splitlines()) == 1
    assert b"stdout is closed" in complaint


def test_a_disk_that_fills_up_in_the_middle_holds_a_state_to_go_on_from(
    stage: Stage, truth: dict[str, dict[Key, Json]], tmp_path: Path
) -> None:
    room = 1_000_000
    stage.connector.launcher = (sys.executable, "-c", WITH_SMALL_FILES, str(room))
    with (tmp_path / "output").open("wb") as disk, start(stage, *NAMES, stdout=disk) as process:
        _, complaint = process.communicate(timeout=LONG)
    first = Output(process.returncode, (tmp_path / "output").read_bytes(), complaint)
    stage.connector.launcher = ()

    assert first.exit_code == 1
    assert len(complaint.splitlines()) == 1
    assert b"stdout" in complaint
    assert len(first.stdout) == room
    assert first.last_states
    resume(stage, first, truth, *NAMES)


def test_connections_that_are_cut_for_a_while_cost_nothing(
    stage: Stage, truth: dict[str, dict[Key, Json]]
) -> None:
    stage.connector.environment = {"TIKTOK_MARKETING_CLOCK_SPEED": "100"}
    stage.emulator.faults.add(actions.reset(), nth=20, times=20)

    output = stage.read(CONFIG, *NAMES)

    assert output.exit_code == 0, output.errors
    for name in NAMES:
        assert not stage.mistakes(output, name, truth[name]), name


def test_a_network_that_is_gone_for_a_minute_costs_nothing(
    stage: Stage, truth: dict[str, dict[Key, Json]]
) -> None:
    # A real second stands for a hundred, so the patience of ten minutes lasts for six.
    stage.connector.environment = {"TIKTOK_MARKETING_CLOCK_SPEED": "100"}
    before, port = stage.emulator, int(stage.emulator.url.rpartition(":")[2])
    outages: list[Thread] = []
    after: list[Emulator] = []

    def outage() -> None:
        before.stop()
        until(lambda: len(before.requests) >= 30)
        gone_at = monotonic()
        until(lambda: monotonic() > gone_at + 0.6)
        after.append(Emulator(stage.world, port=port))
        after[0].start()

    def begin(_: World) -> None:
        outages.append(Thread(target=outage))
        outages[0].start()

    before.faults.add(actions.mutate(begin), nth=30)
    output = stage.read(CONFIG, *NAMES)
    outages[0].join()
    with suppress(IndexError):
        after[0].stop()

    assert output.exit_code == 0, output.errors
    assert after[0].requests, "the sync went on after the outage"
    for name in NAMES:
        assert not stage.mistakes(output, name, truth[name]), name
