"""The worker threads of a sync: who reads which slice, and the one short queue on which everything leaves them.

    workers: slice -> pages of records -> queue      main thread: queue -> RECORD, STATE, status, TRACE

A worker puts the pages of a slice on the queue and, behind them, the news that the slice is read. Only then does
the main thread let the stream's state cover the slice, so a STATE can never overtake a record that it stands for.
The queue is short: memory is bounded by workers and page size, not by rows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Full, Queue
from threading import Event, Lock, Thread

from airbyte_cdk.models import FailureType

from source_tiktok_marketing.api.crew import Crew
from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.streams import TiktokStream
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.page import Page
from source_tiktok_marketing.streams.values import Record
from source_tiktok_marketing.sync.failures import Failure

# A page of 1,000 rows is up to 3 MB.
QUEUE_SIZE = 2
PUT_TIMEOUT = 0.5
SANDBOX_WORKERS = 8


@dataclass
class StreamRun:
    """One stream on its way through a sync.

    Attributes:
        stream: The stream.
        slices: What is still to be read of it.
        started: When its first slice was looked for; 0 before that.
        announced: Whether its status STARTED is out.
        opened: How many slices were handed to workers.
        closed: How many of them have come back, read or failed.
        records: How many records are out.
        accounts: The accounts of its slices.
        generated: Whether no further slice will come.
        next_state_at: When the next state may be emitted.
        stated_version: The version of the stream's state that is out.
        has_stated: Whether any state is out.
        refusals: Why accounts, shops or Business Centers are left out, by their id.
        failures: What else went wrong.
    """

    stream: TiktokStream
    slices: Iterator[Slice]
    started: float = 0.0
    announced: bool = False
    opened: int = 0
    closed: int = 0
    records: int = 0
    accounts: set[str] = field(default_factory=set)
    generated: bool = False
    next_state_at: float = float("-inf")
    stated_version: int = 0
    has_stated: bool = False
    refusals: dict[str, Failure] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @property
    def has_news(self) -> bool:
        """Whether a state would say something that the last one did not."""
        return self.stated_version != self.stream.state_version

    @property
    def finished(self) -> bool:
        """Whether every slice was handed out and has come back."""
        return self.generated and self.opened == self.closed


@dataclass(frozen=True)
class Started:
    """The first slice of a stream is on its way."""

    run: StreamRun


@dataclass(frozen=True)
class Read:
    """A page is read."""

    run: StreamRun
    page: Page


@dataclass(frozen=True)
class Closed:
    """A slice is read, or has failed with an error, after so many seconds."""

    run: StreamRun
    slice: Slice
    error: Exception | None
    seconds: float


@dataclass(frozen=True)
class Generated:
    """A stream has no more slices, or could not tell them."""

    run: StreamRun
    error: Exception | None


@dataclass(frozen=True)
class Waiting:
    """The workers wait for the rate limit."""


@dataclass(frozen=True)
class WorkerGone:
    """A worker found nothing left to do."""


Item = Started | Read | Closed | Generated | Waiting


def number_of_workers(config: Config) -> int | None:
    """How many workers there are; None for as many as the limit needs."""
    # In the sandbox every endpoint has a limit for itself, so that who waits for one says nothing of the others.
    return config.concurrency_level or (SANDBOX_WORKERS if config.sandbox else None)


class Workers:
    """Threads that read the slices of streams, in their order, and tell what they read.

    Args:
        runs: What to read; all share the context.
        context: The way to TikTok, the clock, and how many threads there are.
    """

    def __init__(self, runs: Sequence[StreamRun], context: Context) -> None:
        self.fatal: Exception | None = None
        self._waiting = list(runs)
        self._context = context
        self._clock = context.clock
        self._lock = Lock()
        self._stopped = Event()
        self._queue: Queue[Item | WorkerGone] = Queue(maxsize=QUEUE_SIZE)
        self._crew = Crew(self._start_worker, context.client.sender.waiting, number_of_workers(context.config))

    def items(self) -> Iterator[Item]:
        """Start the threads; what they tell, until the last one finds nothing left to do."""
        self._context.client.budget.announce = lambda: self._put(Waiting())
        self._context.client.sender.went_out = self._add_worker_if_short
        self._crew.begin()
        try:
            while self._crew.size:
                item = self._queue.get()
                if isinstance(item, WorkerGone):
                    self._crew.leave()
                else:
                    yield item
        finally:
            self._stopped.set()

    def _start_worker(self) -> None:
        Thread(target=self._work, daemon=True).start()

    def _add_worker_if_short(self) -> None:
        """Have another worker if one is missing, and would find something to do."""
        client = self._context.client
        is_needed = self._goes_on and (self._waiting or client.ahead.has_errands)
        if is_needed and not client.meets_failures and not self._lock.locked():
            self._crew.add_if_short()

    @property
    def _goes_on(self) -> bool:
        return not self.fatal and not self._stopped.is_set()

    def _work(self) -> None:
        while not self._crew.has_one_too_many:
            task = self._next_task()
            if task:
                self._read(*task)
            elif not self._goes_on or not self._context.client.ahead.fetch_one():
                break
        self._put(WorkerGone())

    def _read(self, run: StreamRun, slice_: Slice) -> None:
        started, error = self._clock.monotonic(), None
        try:
            for page in map(self._page_of(run), run.stream.read_pages(slice_)):
                if page.count:
                    self._put(Read(run, page))
                del page  # The queue has it; this thread is about to wait for the next one.
                self._context.client.decode_lock.release()
        except Exception as failure:  # noqa: BLE001  # one slice's failure must not end the worker
            error = failure
            if isinstance(failure, ApiError) and failure.is_everywhere:
                self.fatal = failure  # A dead token fails every request to come.
        finally:
            self._context.client.decode_lock.release()
        seconds = self._clock.monotonic() - started
        if "advertiser_id" in slice_:
            self._context.effort.note(slice_["advertiser_id"], seconds)
        self._put(Closed(run, slice_, error, seconds))

    def _page_of(self, run: StreamRun) -> Callable[[Sequence[Record]], Page]:
        return lambda records: Page.of(run.stream.name, records, int(self._clock.now().timestamp() * 1000))

    def _next_task(self) -> tuple[StreamRun, Slice] | None:
        with self._lock:
            while self._waiting and self._goes_on:
                run = self._waiting[0]
                if not run.started:
                    run.started = self._clock.monotonic()
                    self._put(Started(run))
                slice_, error = self._next_slice(run)
                if slice_ is not None:
                    run.opened += 1
                    run.accounts |= {slice_["advertiser_id"]} if "advertiser_id" in slice_ else set()
                    return run, slice_
                self._waiting.pop(0)
                if error and Failure.of(error).failure_type is FailureType.config_error:
                    self.fatal = error  # Which accounts there are is the same for all streams.
                self._put(Generated(run, error))
        return None

    def _next_slice(self, run: StreamRun) -> tuple[Slice | None, Exception | None]:
        try:
            for slice_ in run.slices:
                # A refused account is refused for all of its windows.
                if run.stream.owner_of(slice_) not in run.refusals:
                    return slice_, None
        except Exception as failure:  # noqa: BLE001  # one stream's failure must not end the worker
            return None, failure
        finally:
            # Which slices there are may have been listed by TikTok.
            self._context.client.decode_lock.release()
        return None, None

    def _put(self, item: Item | WorkerGone) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=PUT_TIMEOUT)
            except Full:
                continue
            return
