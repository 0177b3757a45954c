"""Stdout, which carries whole lines of Airbyte messages and nothing else, to the very end of the process."""

import os
import signal
import sys
from collections.abc import Callable

from airbyte_cdk.logger import PRINT_BUFFER

# Exit code that stands for a signal, for a process that cannot die of one.
SIGNALLED = 128
SECONDS_TO_FINISH_A_LINE = 2.0


class StdoutLost(Exception):
    """Nobody reads stdout any more, or its disk is full."""


class Stdout:
    """Whole lines to stdout, never mixed with a log line of another thread, on their way when `write` returns.

    Python's own stdout is no buffer at all when Python runs unbuffered, as it does in many images, and then
    writes a large piece in parts. The lock is the one that the CDK's logger holds while it writes.

    Args:
        farewell: Called with the signal that ends the process, before it does.
    """

    def __init__(self, farewell: Callable[[int], None] = lambda _: None) -> None:
        self._farewell = farewell
        self._file = os.fdopen(sys.stdout.fileno(), "wb", closefd=False)
        self._is_writing = False
        self._ended_by = 0

    def write(self, text: bytes | bytearray) -> None:
        """Write whole lines.

        Raises:
            StdoutLost: They did not get through.
        """
        self._is_writing = True
        try:
            with PRINT_BUFFER.lock:
                self._file.write(text)
                self._file.flush()
        except OSError as error:
            raise StdoutLost(error.strerror) from error
        finally:
            self._is_writing = False
        if self._ended_by:
            self._exit(self._ended_by)

    def end(self, signal_number: int, _: object) -> None:
        """End the process; if a piece is being written, after its last line, or soon if nobody reads it."""
        if self._ended_by or not self._is_writing:
            self._exit(self._ended_by or signal_number)
        self._ended_by = signal_number
        signal.signal(signal.SIGALRM, self.end)
        signal.setitimer(signal.ITIMER_REAL, SECONDS_TO_FINISH_A_LINE)

    def _exit(self, signal_number: int) -> None:
        """Die of the signal, as its sender expects; Python's own way out would wait for workers."""
        self._farewell(signal_number)
        signal.signal(signal_number, signal.SIG_DFL)
        os.kill(os.getpid(), signal_number)
        # Still alive: signals do not kill the first process of a container.
        os._exit(SIGNALLED + signal_number)
