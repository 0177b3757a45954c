"""Connectors that need not be imported again: each is a process of its own, forked from one that has imported it.

To import the connector and the CDK takes longer than most of what tests then let it do. Everything after that
happens as in a process that was started by its command line: arguments, environment, signals, output, exit code.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing.connection import wait as readable
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Any

ROOT = Path(__file__).parent.parent
_BIRTH = b"!"
_UNIT = 1 if sys.platform == "darwin" else 1024  # Of the memory of a process that has ended.


class Forked:
    """A connector that runs, with the part of the interface of `subprocess.Popen` that tests use.

    Args:
        control: Where its keeper tells its number, and in the end its exit code and its memory.
        stdout: What it prints, unless that goes elsewhere.
        stderr: The same.
    """

    def __init__(self, control: socket.socket, stdout: IO[bytes] | None, stderr: IO[bytes] | None) -> None:
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None
        self.most_megabytes = 0.0
        self._control = control
        self._told = control.makefile("rb", buffering=0)  # What has been told is read, or waits to be seen.
        self._lock = Lock()
        self.pid = int(self._told.readline())

    def __enter__(self) -> "Forked":  # noqa: PYI034 -- typing.Self came with Python 3.11.
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self.stdout, self.stderr):
            if pipe:
                pipe.close()
        self.wait()
        self._told.close()
        self._control.close()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code."""
        if self.returncode is None and not readable([self._control], timeout):
            raise subprocess.TimeoutExpired("the connector", timeout or 0.0)
        with self._lock:  # Not while it waits: another thread may have to end it.
            if self.returncode is None:
                self.returncode, memory = map(int, self._told.readline().split())
                self.most_megabytes = memory * _UNIT / 1e6
        return self.returncode

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Read all that it prints, until it ends."""
        printed: dict[IO[bytes], bytes] = {}
        pipes = [pipe for pipe in (self.stdout, self.stderr) if pipe]

        def read(pipe: IO[bytes]) -> None:
            printed[pipe] = pipe.read()

        readers = [Thread(target=read, args=(pipe,), daemon=True) for pipe in pipes]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired("the connector", timeout or 0.0)
        self.wait(timeout)
        stdout, stderr = (printed[pipe] if pipe else b"" for pipe in (self.stdout, self.stderr))
        return stdout, stderr

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Forks:
    """The process that has imported the connector, and is forked whenever one is wanted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._line, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "integration_tests.forks", str(theirs.fileno())]
            # In a session of its own, a Ctrl-C at the tests is none for it; it ends when the line is closed.
            # Its stdout is a pipe, as those of its children, because Python notes what kind of file it writes to.
            self._process = subprocess.Popen(  # noqa: S603
                command,
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], stdout: Any, stderr: Any) -> Forked:
        """Start a connector; its output goes to a pipe or to the given file."""
        mine, theirs = socket.socketpair()
        ends = [_Ends(stdout), _Ends(stderr)]
        with theirs, self._lock:
            socket.send_fds(self._line, [_BIRTH], [theirs.fileno(), *(end.write for end in ends)])
        for end in ends:
            end.hand_over()
        mine.sendall(json.dumps({"arguments": [*arguments], "environment": {**environment}}).encode() + b"\n")
        return Forked(mine, *(end.read for end in ends))

    def close(self) -> None:
        """Let it end."""
        self._line.close()
        with self._process:
            pass


class _Ends:
    """The ends of a pipe, or a file in place of the one to write to."""

    def __init__(self, wanted: Any) -> None:
        self.read: IO[bytes] | None = None
        self._own = wanted is subprocess.PIPE
        if self._own:
            read, self.write = os.pipe()
            self.read = os.fdopen(read, "rb")
        else:
            self.write = wanted if isinstance(wanted, int) else wanted.fileno()

    def hand_over(self) -> None:
        """Forget the end that is another's now."""
        if self._own:
            os.close(self.write)


_one_at_a_time = Lock()


def forks() -> Forks:
    """The process that all tests of this process share."""
    with _one_at_a_time:
        return _shared()


@cache
def _shared() -> Forks:
    made = Forks()
    atexit.register(made.close)
    return made


def be_forked(line: socket.socket) -> None:
    """Return in every new connector, and nowhere else."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        word, files, _, _ = socket.recv_fds(line, len(_BIRTH), 3)
        if not word:
            os._exit(0)
        if not os.fork():
            break
        for file in files:
            os.close(file)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line.close()
    _be_kept(*files)


def _be_kept(control: int, stdout: int, stderr: int) -> None:
    """Return in the connector; its keeper, who alone can wait for it, tells how it ended."""
    with socket.socket(fileno=control) as told:
        with told.makefile("rb") as wishes:
            wish = json.loads(wishes.readline())
        pid = os.fork()
        if pid:
            os.close(stdout)
            os.close(stderr)
            told.sendall(f"{pid}\n".encode())
            _, status, used = os.wait4(pid, 0)
            told.sendall(f"{os.waitstatus_to_exitcode(status)} {used.ru_maxrss}\n".encode())
            os._exit(0)
    for file, number in ((stdout, 1), (stderr, 2)):
        os.dup2(file, number)
        os.close(file)
    sys.argv[1:] = wish["arguments"]
    os.environ.clear()
    os.environ.update(wish["environment"])


if __name__ == "__main__":
    from source_tiktok_marketing.run import run

    be_forked(socket.socket(fileno=int(sys.argv[1])))
    run()
