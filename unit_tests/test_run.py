"""What goes to stdout is on its way at once, and whole."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import weakref
from collections.abc import Iterator
from logging import getLogger
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import Type

from source_tiktok_marketing.run import Entrypoint
from source_tiktok_marketing.source import SourceTiktokMarketing
from source_tiktok_marketing.sync.catalog_files import catalog_of
from source_tiktok_marketing.sync.stdout import Stdout
from unit_tests.builders import ACCOUNT, raw_config
from unit_tests.loopback import Loopback, listing

ROOT = Path(__file__).parent.parent
# More than a pipe holds, so that the process is in the middle of it until somebody reads.
LONG_LINE = b"x" * 1_000_000 + b"\n"
NOTHING = bytes(4)
WRITE_TWO_LINES = f"""
import signal
from source_tiktok_marketing.sync.stdout import Stdout

stdout = Stdout()
signal.signal(signal.SIGTERM, stdout.end)
stdout.write(b"x" * {len(LONG_LINE) - 1} + b"\\n")
stdout.write(b"too late\\n")
"""
LOSE_STDOUT = """
import sys
from source_tiktok_marketing.run import _end_without_output
from source_tiktok_marketing.sync.stdout import Stdout, StdoutLost

sys.stdout.write("a log line")
try:
    Stdout().write(b"a record")
except StdoutLost as error:
    _end_without_output(error)
"""


def test_given_a_line_that_is_written_then_it_waits_for_no_other(capfd: pytest.CaptureFixture[str]) -> None:
    stdout = Stdout()

    stdout.write(b'{"type":"STATE"}\n')

    assert capfd.readouterr().out == '{"type":"STATE"}\n'


def test_given_a_log_line_under_way_then_a_line_waits_for_its_end(capfd: pytest.CaptureFixture[str]) -> None:
    writer = Thread(target=Stdout().write, args=(b'{"type":"STATE"}\n',), daemon=True)

    with PRINT_BUFFER.lock:
        writer.start()
        writer.join(timeout=0.2)
        assert capfd.readouterr().out == ""
    writer.join(timeout=20)

    assert capfd.readouterr().out == '{"type":"STATE"}\n'


@pytest.fixture
def writing() -> Iterator["subprocess.Popen[bytes]"]:
    """A process in the middle of its first line."""
    command = [sys.executable, "-c", WRITE_TWO_LINES]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603  # our own code
        try:
            assert process.stdout is not None
            deadline = monotonic() + 60
            while fcntl.ioctl(process.stdout, termios.FIONREAD, NOTHING) == NOTHING:
                assert process.poll() is None
                assert monotonic() < deadline
            yield process
        finally:
            process.kill()


def test_given_a_signal_in_the_middle_of_a_line_then_the_process_ends_right_behind_it(
    writing: "subprocess.Popen[bytes]",
) -> None:
    writing.send_signal(signal.SIGTERM)
    written, _ = writing.communicate(timeout=60)

    assert written == LONG_LINE
    assert writing.returncode == -signal.SIGTERM


def test_given_a_signal_while_nobody_reads_then_the_process_ends_all_the_same(
    writing: "subprocess.Popen[bytes]",
) -> None:
    writing.send_signal(signal.SIGTERM)

    assert writing.wait(timeout=60) == -signal.SIGTERM


def test_given_a_lost_stdout_then_a_line_that_is_left_for_it_is_no_second_complaint() -> None:
    command = [sys.executable, "-c", LOSE_STDOUT]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603  # our own code
            command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, env=buffered, timeout=60, check=False
        )

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        b"Cannot write to stdout: No space left on device. The last state that was written is safe to resume."
    ]


def test_stored_states_are_let_go_when_they_are_taken_up(tiktok: Loopback, tmp_path: Path) -> None:
    tiktok.script = lambda _: listing([])
    source = SourceTiktokMarketing()
    config = raw_config({"advertiser_id": ACCOUNT})
    stream = next(one for one in source.streams(config) if one.name == "campaigns").as_airbyte_stream()
    catalog = catalog_of([stream], ["campaigns"])
    path = tmp_path / "state.json"
    path.write_text(json.dumps([{"type": "STREAM", "stream": state_of(name)} for name in ("campaigns", "gone")]))
    state = source.read_state(str(path))
    blobs = [weakref.ref(message.stream.stream_state) for message in state if message.stream]
    assert len(blobs) == 2

    messages = Entrypoint(source, Stdout()).read(source.spec(getLogger()), config, catalog, state)

    assert next(iter(messages)).type is Type.TRACE
    assert state == []
    assert [blob() for blob in blobs] == [None, None]


def state_of(stream: str) -> dict[str, Any]:
    return {"stream_descriptor": {"name": stream}, "stream_state": {"modify_time": "2024-01-01"}}


def test_given_a_signal_to_the_first_process_of_a_container_then_the_exit_code_names_it() -> None:
    code = """
import os, signal
from source_tiktok_marketing.sync.stdout import Stdout

signal.signal(signal.SIGTERM, Stdout().end)
os.kill(os.getpid(), signal.SIGTERM)
"""
    # In a namespace of its own a process has the number 1, and no signal kills it unless it wants.
    command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", sys.executable, "-c", code]

    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == 128 + signal.SIGTERM  # noqa: S603
