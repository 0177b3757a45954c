"""The reading of a sync: a few worker threads, one queue, and the order in which messages leave.

    workers: slice -> pages of records -> queue      main thread: queue -> RECORD, STATE, status, TRACE

A worker puts the pages of a slice on the queue and, behind them, the news that the slice is read. Only then does
the main thread let the stream's state cover the slice, so a STATE can never overtake a record that it stands for.
The queue is short: memory is bounded by workers and page size, not by rows.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Full, Queue
from threading import Event, Lock, Thread

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    AirbyteStreamStatusReason,
    AirbyteStreamStatusReasonType,
    FailureType,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message as status_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.client import account_and_days
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.errors import ApiError, Refused
from source_tiktok_marketing.page import Message, Page
from source_tiktok_marketing.streams import TiktokStream
from source_tiktok_marketing.streams.base import Record, Slice

LOGGER = logging.getLogger("airbyte")

# A state holds a mark of every account, about 100 bytes each: the more there are, the rarer it is emitted.
MARKS_WITHOUT_PAUSE = 50
SECONDS_PER_MARK = 0.01
# A page of 1,000 rows is up to 3 MB.
QUEUE_SIZE = 2
PUT_TIMEOUT = 0.5
SECONDS_BETWEEN_PROGRESS_LINES = 10.0
# Of several failures the worst names the sync's.
SEVERITY = (FailureType.config_error, FailureType.system_error, FailureType.transient_error)


@dataclass(frozen=True)
class Failure:
    """What is left of an exception: the exception itself would hold the page at which it was raised."""

    sentence: str
    failure_type: FailureType

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """What the user has to know of an exception."""
        surprise = _is_surprise(error)
        sentence = f"{type(error).__name__}: {error}" if surprise else str(error)
        return cls(sentence, getattr(error, "failure_type", FailureType.system_error))

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence


@dataclass
class Run:
    """One stream on its way through a sync."""

    stream: TiktokStream
    slices: Iterator[Slice]
    started: float = 0.0
    announced: bool = False
    opened: int = 0
    closed: int = 0
    records: int = 0
    generated: bool = False
    next_state_at: float = float("-inf")
    state_is_current: bool = False
    refusals: dict[str, Failure] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether every slice was handed out and has come back."""
        return self.generated and self.opened == self.closed


@dataclass(frozen=True)
class Started:
    """The first slice of a stream is on its way."""

    run: Run


@dataclass(frozen=True)
class Read:
    """A page is read."""

    run: Run
    page: Page


@dataclass(frozen=True)
class Closed:
    """A slice is read, or has failed."""

    run: Run
    slice: Slice
    error: Exception | None
    seconds: float


@dataclass(frozen=True)
class Generated:
    """A stream has no more slices, or could not tell them."""

    run: Run
    error: Exception | None


@dataclass(frozen=True)
class Waiting:
    """The workers wait for the rate limit."""


@dataclass(frozen=True)
class WorkerGone:
    """A worker found nothing left to do."""


Item = Started | Read | Closed | Generated | Waiting | WorkerGone


class Sync:
    """Reads streams and yields their messages in an order that is safe to be cut off anywhere.

    Args:
        streams: What to read, in this order; they share one context.
        clock: For durations.
    """

    def __init__(self, streams: Sequence[TiktokStream], clock: Clock) -> None:
        self._context = streams[0].context
        self._workers = self._context.config.concurrency_level
        self._runs = [Run(stream, stream.stream_slices()) for stream in streams]
        self._waiting = list(self._runs)
        self._clock = clock
        self._lock = Lock()
        self._stopped = Event()
        self._queue: Queue[Item] = Queue(maxsize=QUEUE_SIZE)
        self._fatal: Exception | None = None
        self._last_progress_line = float("-inf")

    def messages(self) -> Iterator[Message]:
        """Read everything.

        Raises:
            AirbyteTracedException: At the end, if a stream could not be read whole.
        """
        self._context.client.budget.announce = lambda: self._put(Waiting())
        for number in range(self._workers):
            Thread(target=self._work, name=f"worker-{number}", daemon=True).start()
        try:
            working = self._workers
            while working:
                item = self._queue.get()
                if isinstance(item, WorkerGone):
                    working -= 1
                elif isinstance(item, Waiting):
                    yield from self._report_waiting()
                else:
                    yield from self._handle(item)
        finally:
            self._stopped.set()
        for run in self._runs:
            if run.started and not run.finished:
                yield from self._finish(run)
        self._raise_failures()

    # Workers

    def _work(self) -> None:
        while (task := self._next_task()) is not None:
            run, slice_ = task
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
                    self._fatal = failure  # A dead token fails every request to come.
            finally:
                self._context.client.decode_lock.release()
            self._put(Closed(run, slice_, error, self._clock.monotonic() - started))
        self._put(WorkerGone())

    def _page_of(self, run: Run) -> Callable[[Sequence[Record]], Page]:
        return lambda records: Page.of(run.stream.name, records, int(self._clock.now().timestamp() * 1000))

    def _next_task(self) -> tuple[Run, Slice] | None:
        with self._lock:
            while self._waiting and not self._fatal and not self._stopped.is_set():
                run = self._waiting[0]
                if not run.started:
                    run.started = self._clock.monotonic()
                    self._put(Started(run))
                slice_, error = self._next_slice(run)
                if slice_ is not None:
                    run.opened += 1
                    return run, slice_
                self._waiting.pop(0)
                if error and Failure.of(error).failure_type is FailureType.config_error:
                    self._fatal = error  # Which accounts there are is the same for all streams.
                self._put(Generated(run, error))
        return None

    @staticmethod
    def _next_slice(run: Run) -> tuple[Slice | None, Exception | None]:
        try:
            for slice_ in run.slices:
                # A refused account is refused for all of its windows.
                if slice_.get("advertiser_id") not in run.refusals:
                    return slice_, None
        except Exception as failure:  # noqa: BLE001  # the same
            return None, failure
        return None, None

    def _put(self, item: Item) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=PUT_TIMEOUT)
            except Full:
                continue
            return

    # Main thread

    def _handle(self, item: Started | Read | Closed | Generated) -> Iterator[Message]:
        run = item.run
        match item:
            case Started():
                run.announced = True
                LOGGER.info("%s: started.", run.stream.name)
                yield _status(run, AirbyteStreamStatus.STARTED)
            case Read():
                yield from self._emit(run, item.page)
            case Closed():
                run.closed += 1
                yield from self._close(item)
            case Generated():
                run.generated = True
                if item.error:
                    self._note_failure(run, item.error, {})
        if run.finished:
            yield from self._finish(run)

    @staticmethod
    def _emit(run: Run, page: Page) -> Iterator[Message]:
        if not run.records:
            yield _status(run, AirbyteStreamStatus.RUNNING)
        run.records += page.count
        yield page

    def _close(self, item: Closed) -> Iterator[AirbyteMessage]:
        run, error = item.run, item.error
        if error is None:
            run.stream.close(item.slice)
            run.state_is_current = False
            self._report_progress(item)
            if run.stream.is_resumable and self._clock.monotonic() >= run.next_state_at:
                yield self._state(run)
        elif isinstance(error, Refused) and "advertiser_id" in item.slice:
            self._note_refusal(run, item.slice["advertiser_id"], error)
        else:
            self._note_failure(run, error, item.slice)

    def _state(self, run: Run) -> AirbyteMessage:
        state = run.stream.current_state()
        marks = len(state.get("states", ()))
        pause = marks * SECONDS_PER_MARK if marks > MARKS_WITHOUT_PAUSE else 0.0
        run.next_state_at = self._clock.monotonic() + pause
        run.state_is_current = True
        return AirbyteMessage(
            type=Type.STATE,
            state=AirbyteStateMessage(
                type=AirbyteStateType.STREAM,
                stream=AirbyteStreamState(
                    stream_descriptor=StreamDescriptor(name=run.stream.name),
                    stream_state=AirbyteStateBlob(**state),
                ),
            ),
        )

    def _note_refusal(self, run: Run, advertiser_id: str, refusal: Refused) -> None:
        if advertiser_id not in run.refusals:
            run.refusals[advertiser_id] = Failure.of(refusal)
            LOGGER.warning("%s: account %s is left out. %s", run.stream.name, advertiser_id, refusal)

    def _note_failure(self, run: Run, error: Exception, slice_: Slice) -> None:
        failure = Failure.of(error)
        run.failures.append(failure)
        surprise = error if _is_surprise(error) else None
        LOGGER.error(
            "%s: %s not read. %s",
            run.stream.name,
            account_and_days(slice_) or "all accounts",
            failure,
            exc_info=surprise,
        )

    def _report_progress(self, item: Closed) -> None:
        now = self._clock.monotonic()
        level = logging.DEBUG
        if now - self._last_progress_line >= SECONDS_BETWEEN_PROGRESS_LINES:
            self._last_progress_line, level = now, logging.INFO
        LOGGER.log(
            level,
            "%s: %s read in %.1f s; %d records so far.",
            item.run.stream.name,
            account_and_days(item.slice),
            item.seconds,
            item.run.records,
        )

    def _report_waiting(self) -> Iterator[AirbyteMessage]:
        """Tell the platform that the silence is TikTok's limit."""
        reason = AirbyteStreamStatusReason(type=AirbyteStreamStatusReasonType.RATE_LIMITED)
        for run in self._runs:
            if run.announced and not run.finished:
                yield status_message(run.stream.as_airbyte_stream(), AirbyteStreamStatus.RUNNING, [reason])

    def _finish(self, run: Run) -> Iterator[AirbyteMessage]:
        failure = self._failure_of(run)
        nothing_was_tried = failure and not run.opened
        if not run.state_is_current and not nothing_was_tried:
            yield self._state(run)
        if failure:
            yield failure.as_sanitized_airbyte_message()
        status = AirbyteStreamStatus.INCOMPLETE if failure else AirbyteStreamStatus.COMPLETE
        seconds = self._clock.monotonic() - run.started
        LOGGER.info("%s: %s, %d records in %.1f s.", run.stream.name, status.value, run.records, seconds)
        yield _status(run, status)

    def _failure_of(self, run: Run) -> AirbyteTracedException | None:
        """What makes the stream incomplete: failures, or refusals that leave nothing or are the user's choice."""
        accounts = self._context.accounts
        failures = list(run.failures)
        if run.refusals and len(run.refusals) == len(accounts.ids):
            failures += run.refusals.values()
        if not failures and not run.finished:
            failures = [Failure.of(self._fatal or Exception("the sync was stopped"))]
        return _traced(run, failures) if failures else None

    def _raise_failures(self) -> None:
        for run in self._runs:
            for advertiser_id, refusal in run.refusals.items():
                LOGGER.warning("Left out: %s, account %s: %s", run.stream.name, advertiser_id, refusal)
        failed = {run.stream.name: failure for run in self._runs if (failure := self._failure_of(run))}
        if failed:
            types = {failure.failure_type for failure in failed.values()}
            worst = next(type_ for type_ in SEVERITY if type_ in types)
            details = " ".join(f"{name}: {failure.message}" for name, failure in failed.items())
            raise AirbyteTracedException(
                message=f"{len(failed)} of {len(self._runs)} streams were not read whole. {details}",
                internal_message="streams incomplete: " + ", ".join(failed),
                failure_type=worst,
            )


def _status(run: Run, status: AirbyteStreamStatus) -> AirbyteMessage:
    return status_message(run.stream.as_airbyte_stream(), status)


def _is_surprise(error: Exception) -> bool:
    return not isinstance(error, AirbyteTracedException) and not hasattr(error, "failure_type")


def _traced(run: Run, failures: Sequence[Failure]) -> AirbyteTracedException:
    more = f" (and {len(failures) - 1} more like it)" if len(failures) > 1 else ""
    return AirbyteTracedException(
        message=f"{failures[0]}{more}",
        internal_message=str(failures[0]),
        failure_type=failures[0].failure_type,
        stream_descriptor=StreamDescriptor(name=run.stream.name),
    )
