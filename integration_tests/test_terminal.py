"""A person at a terminal sees on stderr how far a read is; a program that starts the connector sees nothing."""

import fcntl
import os
import pty
import signal
import struct
import termios
from threading import Thread

import pytest

from integration_tests.conftest import Stage
from integration_tests.connector import Output, production_config

TIMEOUT = 240


class Terminal:
    """A terminal for the stderr of a process, and what it has shown."""

    def __init__(self) -> None:
        self._screen, self.stderr = pty.openpty()
        fcntl.ioctl(self.stderr, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = b""
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self._screen, 4096):
                self.shown += piece
        except OSError:
            return  # Linux says so at the end, when nobody has the terminal open.

    def close(self) -> str:
        os.close(self.stderr)
        self._reader.join(TIMEOUT)
        os.close(self._screen)
        return " ".join(self.shown.decode().split())


def in_order(output: Output) -> dict[str, list[str]]:
    return {name: sorted(map(str, records)) for name, records in output.records.items()}


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_a_person_sees_progress_and_what_failed_and_stdout_is_untouched(stage: Stage, terminal: Terminal) -> None:
    stage.emulator.access.refuse(40001, endpoint="dmp/custom_audience/list/")
    names = ("advertisers", "ads_reports_daily", "audiences")
    files = {"config": production_config(), "catalog": stage.catalog(*names)}
    # Slow enough to be drawn in between.
    stage.emulator.faults.latency = 0.3
    with stage.connector.start("read", stderr=terminal.stderr, **files) as process:
        stdout, _ = process.communicate(timeout=TIMEOUT)
    watched, shown = Output(process.returncode, stdout, b""), terminal.close()
    stage.emulator.faults.latency = 0
    unwatched = stage.connector.read(**files)

    for words in ("of 3 streams", "2 accounts", "records", "requests,", "a second", "reading ", "--state"):
        assert words in shown
    (failure,) = [error["message"] for error in unwatched.errors if "stream_descriptor" in error]
    # Which of the accounts comes first is chance.
    assert f"audiences: {failure.partition(' for account')[0]}" in shown
    assert unwatched.stderr == b""
    assert (watched.exit_code, in_order(watched)) == (unwatched.exit_code, in_order(unwatched))
    assert all(line.startswith(b'{"type":') for line in stdout.splitlines())


def test_ctrl_c_says_how_to_go_on(stage: Stage, terminal: Terminal) -> None:
    stage.emulator.faults.latency = 0.5
    files = {"config": production_config(), "catalog": stage.catalog("advertisers", "ads_reports_daily")}
    with stage.connector.start("read", stderr=terminal.stderr, **files) as process:
        assert process.stdout
        while b"ads_reports_daily: started" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT)

    assert process.returncode == -signal.SIGINT
    assert "Stopped. What was written is safe: read again with the last STATE lines" in terminal.close()
