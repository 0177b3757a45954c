"""Runs a command, reads what it prints as a platform would, and asks the kernel what it cost."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

PIPE_BYTES = 1 << 20
# Enough of a line to see what it is.
HEAD = 120


@dataclass
class Cost:
    """What a run of a command cost, and what came out.

    Attributes:
        cpu: Seconds of CPU, in user and in kernel mode.
        wall: Seconds.
        peak_mb: Largest resident set, in MB of 1,000,000 bytes.
        records: RECORD messages.
        states: STATE messages.
        state_bytes: Bytes of all STATE messages.
        last_state_bytes: Bytes of the last one.
        out_bytes: Bytes of everything.
    """

    cpu: float = 0.0
    wall: float = 0.0
    peak_mb: float = 0.0
    records: int = 0
    states: int = 0
    state_bytes: int = 0
    last_state_bytes: int = 0
    out_bytes: int = 0

    def note(self, line: bytes) -> None:
        """Count a line of output."""
        self.out_bytes += len(line)
        head = line[:HEAD]
        if b'"RECORD"' in head:
            self.records += 1
        elif b'"STATE"' in head:
            self.states += 1
            self.state_bytes += len(line)
            self.last_state_bytes = len(line)


def cost_of(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    keep: Callable[[bytes], None] = lambda _: None,
) -> Cost:
    """Run a command to its end.

    Args:
        command: The command line.
        environment: Variables beside those of this process.
        folder: Where what it says on stderr goes.
        keep: Told of each line of output.

    Raises:
        RuntimeError: It failed.
    """
    cost = Cost()
    errors = folder / "stderr.txt"
    started = monotonic()
    with errors.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603  # what `environments.py` installed
            command, stdout=subprocess.PIPE, stderr=stderr, bufsize=PIPE_BYTES, env={**os.environ, **environment}
        )
    last = b""
    for line in process.stdout or ():
        cost.note(line)
        keep(line)
        last = line
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cost.wall = monotonic() - started
    if process.returncode:
        raise RuntimeError(
            f"{command} ended with {process.returncode}: {last[:2000]!r} {errors.read_text()[-2000:]}"
        )
    cost.cpu = usage.ru_utime + usage.ru_stime
    cost.peak_mb = usage.ru_maxrss * 1024 / 1e6
    return cost
