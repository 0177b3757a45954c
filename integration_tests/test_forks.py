"""A connector that was forked is the one that users start."""

import json
import signal
import sys
from threading import Timer

import pytest

from integration_tests.connector import Connector, Json, Output, configured, production_config
from integration_tests.tiktok_emulator import Emulator

FIRST = "ads_reports_daily"


def told(output: Output) -> tuple[int, bytes, list[str]]:
    """All of an output that does not depend on when its workers end, nor on the time that they take."""
    kept = [one for one in output.messages if one["type"] in ("CATALOG", "SPEC", "CONNECTION_STATUS")]
    rows = [(name, row) for name, rows in output.records.items() for row in rows]
    return output.exit_code, output.stderr, sorted(map(json.dumps, [*kept, *rows]))


def test_a_forked_connector_says_what_a_started_one_says(connector: Connector, streams: dict[str, Json]) -> None:
    config, catalog = production_config(start_date="2024-03-14"), configured(list(streams.values()), FIRST)
    started = connector.beside("started", launcher=("env",))

    for one, other in (
        (connector.spec(), started.spec()),
        (connector.check(config), started.check(config)),
        (connector.discover(config), started.discover(config)),
        (connector.read(config, catalog), started.read(config, catalog)),
        (connector.read({}, catalog), started.read({}, catalog)),
    ):
        assert told(one) == told(other)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_forked_connector_ends_as_it_is_told_to(
    connector: Connector, streams: dict[str, Json], number: signal.Signals
) -> None:
    catalog = configured(list(streams.values()))
    with connector.start("read", config=production_config(), catalog=catalog) as process:
        assert process.stdout
        process.stdout.readline()
        assert process.poll() is None
        process.send_signal(number)
        process.communicate(timeout=60)

    assert process.returncode == -number
    assert process.poll() == -number


def test_a_forked_connector_is_ended_by_one_thread_while_another_waits(
    connector: Connector, emulator: Emulator, streams: dict[str, Json]
) -> None:
    emulator.faults.latency = 3600.0
    catalog = configured(list(streams.values()), FIRST)
    with connector.start("read", config=production_config(), catalog=catalog) as process:
        Timer(1.0, process.kill).start()

        assert process.wait(timeout=60) == -signal.SIGKILL


def test_a_launcher_starts_a_command_of_its_own(connector: Connector) -> None:
    probe = connector.beside("probe", launcher=(sys.executable, "-c", "import sys; print(len(sys.argv))"))

    with probe.start("spec") as process:
        stdout, _ = process.communicate(timeout=60)

    assert stdout == b"4\n"
