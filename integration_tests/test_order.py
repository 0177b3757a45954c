"""What is on stdout may be cut off after any line: no STATE stands before a record that it covers."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any
from zlib import crc32

import pytest

from integration_tests.conftest import NOW
from integration_tests.connector import Connector, Json, Output, configured, production_config, side_by_side
from integration_tests.tiktok_emulator import Emulator, RandomFailures, World, actions, populate
from integration_tests.tiktok_emulator.server import Answer, Incoming
from integration_tests.truth import Key, expected

START = date(2024, 1, 25)
ZONES = ("America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati")
ACCOUNTS = 8
WORKERS = 8
# Two streams of a few windows, one of many, two of objects.
STREAMS = (
    "ads_reports_daily",
    "advertisers_reports_daily",
    "advertisers_reports_hourly",
    "ads",
    "creative_assets_images",
)
DELAYS = (0.0, 0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.12)

Cover = dict[str, list[tuple[str, Key]]]


class BusyEmulator(Emulator):
    """An emulator whose answers take different times, and that notes how many it owed at once at most."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.most_at_once = self._at_once = 0
        self._counting = Lock()
        self.faults.random = RandomFailures(rate=0.08)
        for number, seconds in enumerate(DELAYS):
            self.faults.add(actions.delay(seconds), where=_has_draw(number), times=None)

    def answer(self, incoming: Incoming) -> Answer:
        with self._counting:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return super().answer(incoming)
        finally:
            with self._counting:
                self._at_once -= 1


def _has_draw(number: int) -> Callable[[Any], bool]:
    return lambda params: crc32(repr(sorted(params.items())).encode()) % len(DELAYS) == number


@pytest.fixture(scope="module")
def many_accounts() -> World:
    world = World(now=NOW)
    for number in range(ACCOUNTS):
        zone = ZONES[number % len(ZONES)]
        account = world.add_account(f"Shop {number}", zone, history_days=60 - 3 * number)
        populate(world, account.advertiser_id, campaigns=2, adgroups=1, ads=3, assets=4)
    return world


Run = tuple[Output, BusyEmulator]
BUFFERING = {"buffered": "", "unbuffered": "1"}


@pytest.fixture(scope="module")
def runs(
    many_accounts: World, streams: dict[str, Json], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Run]:
    """Reads with many workers; stdout buffered as Python likes it best, and not at all as in many images."""
    catalog = configured(list(streams.values()), *STREAMS)
    changes = {"start_date": str(START), "concurrency_level": WORKERS}

    def read(folder: Path, unbuffered: str) -> Run:
        with BusyEmulator(many_accounts) as emulator:
            environment = {"PYTHONUNBUFFERED": unbuffered}
            connector = Connector(emulator.url, folder, NOW, environment)
            return connector.read(production_config(skip_silent_days=False, **changes), catalog), emulator

    return dict(
        zip(
            BUFFERING,
            side_by_side(
                *(
                    (lambda name=name, value=value: read(tmp_path_factory.mktemp(name), value))
                    for name, value in BUFFERING.items()
                )
            ),
            strict=True,
        )
    )


@pytest.fixture(scope="module")
def covers(many_accounts: World, streams: dict[str, Json]) -> dict[str, Cover]:
    """Of each stream and account every record that there is, as (time that a mark is compared with, key)."""
    covers: dict[str, Cover] = {}
    for name in STREAMS:
        field = streams[name]["default_cursor_field"][0]
        covers[name] = defaultdict(list)
        for key, record in expected(many_accounts, streams[name], START).items():
            covers[name][str(record["advertiser_id"])].append((comparable(record.get(field), field), key))
    return covers


def comparable(time: str | None, field: str) -> str:
    """A time as text that sorts: for reports the day, since a mark stands for whole days."""
    if field == "modify_time":
        return (time or "").replace("T", " ").removesuffix("Z")
    return (time or "")[:10]


@pytest.mark.parametrize("buffering", BUFFERING)
def test_no_state_stands_before_a_record_that_it_covers(
    buffering: str, runs: dict[str, Run], covers: dict[str, Cover], streams: dict[str, Json]
) -> None:
    output, _ = runs[buffering]
    assert output.exit_code == 0, output.errors
    printed: dict[str, set[Key]] = defaultdict(set)
    partial_states = 0

    for message in output.messages:
        if message["type"] == "RECORD":
            stream = streams[message["record"]["stream"]]
            record = message["record"]["data"]
            keys = (record[field] for (field,) in stream["source_defined_primary_key"])
            printed[stream["name"]].add((record["advertiser_id"], *keys))
        elif message["type"] == "STATE":
            name = message["state"]["stream"]["stream_descriptor"]["name"]
            field = streams[name]["default_cursor_field"][0]
            for entry in message["state"]["stream"]["stream_state"]["states"]:
                mark = comparable(entry["cursor"][field], field)
                cover = covers[name][entry["partition"]["advertiser_id"]]
                early = [key for time, key in cover if time <= mark and key not in printed[name]]
                assert not early, f"{name}: {len(early)} records come after the state that covers them"
                partial_states += any(time > mark for time, _ in cover)

    everything = {name: {key for cover in covers[name].values() for _, key in cover} for name in STREAMS}
    assert printed == everything
    assert partial_states > 50  # Or no account was ever seen half read, and the test shows nothing.


@pytest.mark.parametrize("buffering", BUFFERING)
def test_every_state_counts_the_records_since_the_one_before(buffering: str, runs: dict[str, Run]) -> None:
    output, _ = runs[buffering]
    since: dict[str, int] = defaultdict(int)
    states: dict[str, int] = defaultdict(int)

    for message in output.messages:
        if message["type"] == "RECORD":
            since[message["record"]["stream"]] += 1
        elif message["type"] == "STATE":
            name = message["state"]["stream"]["stream_descriptor"]["name"]
            assert message["state"]["sourceStats"]["recordCount"] == since[name]
            since[name] = 0
            states[name] += 1

    assert set(states) == set(STREAMS)
    assert not any(since.values())


@pytest.mark.parametrize("buffering", BUFFERING)
def test_every_stream_starts_runs_and_completes_around_its_records_and_states(
    buffering: str, runs: dict[str, Run]
) -> None:
    output, _ = runs[buffering]
    steps: dict[str, list[str]] = defaultdict(list)

    for message in output.messages:
        name, step = _step(message)
        if name and (not steps[name] or steps[name][-1] != step):
            steps[name].append(step)

    for name in STREAMS:
        assert output.statuses[name] == ["STARTED", "RUNNING", "COMPLETE"]
        assert steps[name][-2:] == ["STATE", "COMPLETE"]
        first_times = list(dict.fromkeys(step for step in steps[name] if step != "STATE"))
        assert first_times == ["STARTED", "RUNNING", "RECORD", "COMPLETE"]
        assert steps[name].count("RUNNING") == 1


def _step(message: Json) -> tuple[str, str]:
    """The stream that a message is about, if any, and what it says."""
    if message["type"] == "RECORD":
        return message["record"]["stream"], "RECORD"
    if message["type"] == "STATE":
        return message["state"]["stream"]["stream_descriptor"]["name"], "STATE"
    if message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS":
        status = message["trace"]["stream_status"]
        return status["stream_descriptor"]["name"], status["status"]
    return "", ""


@pytest.mark.parametrize("buffering", BUFFERING)
def test_every_line_of_stdout_is_one_message_even_while_all_workers_log(
    buffering: str, runs: dict[str, Run]
) -> None:
    output, _ = runs[buffering]

    lines = output.stdout.split(b"\n")
    assert lines.pop() == b""
    kinds = {json.loads(line)["type"] for line in lines}
    assert kinds == {"LOG", "RECORD", "STATE", "TRACE"}
    assert len([line for line in output.logs("INFO") if "attempt" in line]) > 10
    assert output.stderr == b""


@pytest.mark.parametrize("buffering", BUFFERING)
def test_as_many_workers_as_configured_ask_at_the_same_time(buffering: str, runs: dict[str, Run]) -> None:
    _, emulator = runs[buffering]

    # On a busy machine not all of them come to ask at the same moment.
    assert WORKERS // 2 <= emulator.most_at_once <= WORKERS
