"""What a person at a terminal sees on stderr: how far a read is, what failed, and how to go on.

Nothing of it when stderr is no terminal: platforms read messages. Rich draws it, as it comes with the CDK; it is
loaded for a watcher only, since every other start would pay for it.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airbyte_cdk.models import AirbyteMessage

from source_tiktok_marketing.context import Context
from source_tiktok_marketing.sync.workers import StreamRun

if TYPE_CHECKING:
    from rich.console import RenderableType

DRAWINGS_PER_SECOND, BAR_WIDTH = 4, 40
MOST_NAMES = 3
# Begins a line of its own behind what was drawn, and shows the cursor again, which Rich has hidden.
FRESH_LINE = "\n\x1b[?25h"
GO_ON = (
    "What was written is safe: read again with the last STATE lines of the output as `--state`, and it goes on "
    "from there."
)


def is_watched() -> bool:
    """Whether a person can see what is written to stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def drawn(runs: Sequence[StreamRun], context: Context) -> Iterator[None]:
    """Draw how far the streams are as long as it goes on; not into messages that the same terminal shows."""
    if not is_watched() or sys.stdout.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415  # see above
    from rich.live import Live  # noqa: PLC0415

    with Live(
        Progress(runs, context),
        console=Console(stderr=True),
        refresh_per_second=DRAWINGS_PER_SECOND,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield


class Progress:
    """How far a sync is; it is drawn from another thread, so it only looks.

    Args:
        runs: The streams.
        context: What they share.
    """

    def __init__(self, runs: Sequence[StreamRun], context: Context) -> None:
        self._runs = runs
        self._budget = context.client.budget
        self._started = time.monotonic()

    def __rich__(self) -> "RenderableType":
        """Draw a bar of streams, and lines of figures."""
        from rich.progress_bar import ProgressBar  # noqa: PLC0415  # see above
        from rich.table import Table  # noqa: PLC0415

        drawing = Table.grid()
        done = sum(run.finished for run in self._runs)
        drawing.add_row(ProgressBar(len(self._runs), done, width=BAR_WIDTH))
        for line in self.lines():
            drawing.add_row(line)
        return drawing

    def lines(self) -> Iterator[str]:
        """The figures in words."""
        runs, requests = self._runs, self._budget.requests
        pace = requests / max(1.0, time.monotonic() - self._started)
        yield (
            f"{sum(run.finished for run in runs)} of {len(runs)} streams, "
            f"{max(len(run.accounts) for run in runs)} accounts, {sum(run.closed for run in runs):,} windows, "
            f"{sum(run.records for run in runs):,} records"
        )
        yield f"{requests:,} requests, {pace:.1f} a second"
        names = [run.stream.name for run in runs if run.opened and not run.finished]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        if names:
            yield f"reading {', '.join(names[:MOST_NAMES])}{more}"
        if pause := self._budget.pause_left:
            yield f"TikTok's limit is reached: it goes on in {pause:.0f} s"


class Farewell:
    """What a person at the terminal is told at the end of a read: what failed, and how to go on."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._failed: dict[str, str] = {}

    def note(self, message: AirbyteMessage) -> None:
        """Take note of a stream's failure."""
        error = message.trace.error if message.trace else None
        if error and error.stream_descriptor:
            self._failed[error.stream_descriptor.name] = error.message

    def tell(self) -> None:
        """Tell what failed, in a line for each stream."""
        for name, sentence in self._failed.items():
            self._write(f"{name}: {sentence}\n")
        if self._failed:
            self._write(f"{len(self._failed)} streams were not read whole. {GO_ON}\n")

    @classmethod
    def of_process(cls) -> "Farewell":
        """The one for stderr; silent where nobody watches."""
        return cls(sys.stderr.write if is_watched() else lambda _: None)


def tell_stopped(signal_number: int) -> None:
    """Tell, from within a signal's handler, how to go on after Ctrl-C."""
    if is_watched():
        words = f"Stopped. {GO_ON}\n" if signal_number == signal.SIGINT else ""
        os.write(sys.stderr.fileno(), f"{FRESH_LINE}{words}".encode())
