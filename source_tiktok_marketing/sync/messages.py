"""The messages of a sync, in an order that is safe to be cut off anywhere: records, states, statuses, failures."""

import logging
import time
from collections.abc import Iterator, Sequence

from airbyte_cdk.models import (
    AirbyteEstimateTraceMessage,
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    AirbyteStreamStatusReason,
    AirbyteStreamStatusReasonType,
    AirbyteTraceMessage,
    EstimateType,
    StreamDescriptor,
    TraceType,
    Type,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message as status_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.accounts.watermarks import State
from source_tiktok_marketing.api.client import account_and_days
from source_tiktok_marketing.api.errors import Refused
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.streams import TiktokStream
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.page import Message, Page
from source_tiktok_marketing.sync.failures import Failure, is_surprise, stream_failure, sync_failure
from source_tiktok_marketing.sync.progress import drawn
from source_tiktok_marketing.sync.workers import Closed, Generated, Read, Started, StreamRun, Waiting, Workers

LOGGER = logging.getLogger("airbyte")

# A state holds a watermark of every account, about 100 bytes each: the more there are, the rarer it is emitted.
WATERMARKS_WITHOUT_PAUSE = 50
SECONDS_PER_WATERMARK = 0.01
SECONDS_BETWEEN_PROGRESS_LINES = 10.0


class Sync:
    """Reads streams and yields their messages in an order that is safe to be cut off anywhere.

    Args:
        streams: What to read, in this order; they share one context.
        clock: For durations.
    """

    def __init__(self, streams: Sequence[TiktokStream], clock: Clock) -> None:
        self._context = streams[0].context
        self._runs = [StreamRun(stream, stream.stream_slices()) for stream in streams]
        self._workers = Workers(self._runs, self._context)
        self._clock = clock
        self._last_progress_line = float("-inf")

    def messages(self) -> Iterator[Message]:
        """Read everything.

        Raises:
            AirbyteTracedException: At the end, if a stream could not be read whole.
        """
        with drawn(self._runs, self._context):
            for item in self._workers.items():
                yield from self._report_waiting() if isinstance(item, Waiting) else self._handle(item)
        for run in self._runs:
            if run.started and not run.finished:
                yield from self._finish(run)
        self._tell_shared_keys()
        self._raise_failures()

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
    def _emit(run: StreamRun, page: Page) -> Iterator[Message]:
        if not run.records:
            yield _status(run, AirbyteStreamStatus.RUNNING)
            if run.stream.total is not None:
                yield _estimate(run.stream.name, run.stream.total)
        run.records += page.count
        yield page

    def _close(self, item: Closed) -> Iterator[AirbyteMessage]:
        run, error = item.run, item.error
        if error is None:
            run.stream.close(item.slice)
            self._report_progress(item)
            if run.stream.is_resumable and run.has_news and self._clock.monotonic() >= run.next_state_at:
                yield self._state(run)
        elif isinstance(error, Refused) and (owner := run.stream.owner_of(item.slice)):
            self._note_refusal(run, owner, error)
        else:
            self._note_failure(run, error, item.slice)

    def _state(self, run: StreamRun) -> AirbyteMessage:
        state = run.stream.current_state()
        watermarks = len(state.get("states", ()))
        pause = watermarks * SECONDS_PER_WATERMARK if watermarks > WATERMARKS_WITHOUT_PAUSE else 0.0
        run.next_state_at = self._clock.monotonic() + pause
        run.stated_version, run.has_stated = run.stream.state_version, True
        return _state_message(run.stream.name, state)

    def _note_refusal(self, run: StreamRun, owner: str, refusal: Refused) -> None:
        if owner not in run.refusals:
            run.refusals[owner] = Failure.of(refusal)
            LOGGER.warning("%s: %s %s is left out. %s", run.stream.name, run.stream.owner_kind, owner, refusal)

    def _note_failure(self, run: StreamRun, error: Exception, slice_: Slice) -> None:
        failure = Failure.of(error)
        run.failures.append(failure)
        surprise = error if is_surprise(error) else None
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

    def _finish(self, run: StreamRun) -> Iterator[AirbyteMessage]:
        failure = self._failure_of(run)
        nothing_was_tried = failure and not run.opened
        if (run.has_news or not run.has_stated) and not nothing_was_tried:
            yield self._state(run)
        if failure:
            yield failure.as_sanitized_airbyte_message()
        status = AirbyteStreamStatus.INCOMPLETE if failure else AirbyteStreamStatus.COMPLETE
        seconds = self._clock.monotonic() - run.started
        LOGGER.info("%s: %s, %d records in %.1f s.", run.stream.name, status.value, run.records, seconds)
        yield _status(run, status)
        run.stream.forget()

    def _tell_shared_keys(self) -> None:
        shared = {run.stream.name: count for run in self._runs if (count := run.stream.shared_keys.count)}
        if shared and not self._context.config.account_in_keys:
            LOGGER.warning(
                "Several accounts have the same objects (%s): a destination that merges by key keeps one of "
                "them; turn `account_in_keys` on to keep them all.",
                ", ".join(f"{name}: {count}" for name, count in shared.items()),
            )

    def _failure_of(self, run: StreamRun) -> AirbyteTracedException | None:
        """What makes the stream incomplete: failures, or refusals that leave nothing or are the user's choice."""
        failures = list(run.failures)
        if run.refusals and len(run.refusals) == len(run.stream.owners):
            failures += run.refusals.values()
        if not failures and not run.finished:
            failures = [Failure.of(self._workers.fatal or Exception("the sync was stopped"))]
        return stream_failure(run.stream.name, failures) if failures else None

    def _raise_failures(self) -> None:
        for run in self._runs:
            for owner, refusal in run.refusals.items():
                LOGGER.warning("Left out: %s, %s %s: %s", run.stream.name, run.stream.owner_kind, owner, refusal)
        failed = {run.stream.name: failure for run in self._runs if (failure := self._failure_of(run))}
        if failed:
            raise sync_failure(failed, len(self._runs))


def _status(run: StreamRun, status: AirbyteStreamStatus) -> AirbyteMessage:
    return status_message(run.stream.as_airbyte_stream(), status)


def _estimate(name: str, rows: int) -> AirbyteMessage:
    estimate = AirbyteEstimateTraceMessage(name=name, type=EstimateType.STREAM, row_estimate=rows)
    now = time.time() * 1000
    return AirbyteMessage(
        type=Type.TRACE, trace=AirbyteTraceMessage(type=TraceType.ESTIMATE, emitted_at=now, estimate=estimate)
    )


def _state_message(name: str, state: State) -> AirbyteMessage:
    stream = AirbyteStreamState(
        stream_descriptor=StreamDescriptor(name=name), stream_state=AirbyteStateBlob(**state)
    )
    return AirbyteMessage(type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream))
