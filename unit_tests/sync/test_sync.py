"""The order in which messages leave, and what becomes of failures."""

import gc
import logging
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer, FailureType, Type
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.accounts.watermarks import State
from source_tiktok_marketing.api.codes import rule_of
from source_tiktok_marketing.api.errors import Answer, ApiError, Incomplete, Refused, Unavailable
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.streams import TiktokStream
from source_tiktok_marketing.streams.base import Slice
from source_tiktok_marketing.streams.evidence import Evidence
from source_tiktok_marketing.streams.listing import Record
from source_tiktok_marketing.streams.page import Message, Page
from source_tiktok_marketing.streams.values import UnreadableValue
from source_tiktok_marketing.sync.messages import Sync
from source_tiktok_marketing.sync.workers import QUEUE_SIZE
from unit_tests.builders import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROWS,
    THIRD_ACCOUNT,
    TOKEN,
    VirtualClock,
    context_of,
    raw_config,
)

ACCOUNTS = (ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT)


class ScriptedStream(TiktokStream):
    """A stream that reads what a test has written down.

    Args:
        name: A stream of the catalogue.
        context: The accounts.
        windows: Windows of each account; a record is an account, a window, and a number.
        pages: Pages of each window, of ten records each.
        failures: What a window ends with, by account and window, behind its records.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        windows: int = 2,
        pages: int = 2,
        failures: Mapping[tuple[str, int], Exception] | None = None,
    ) -> None:
        super().__init__(ROWS[name], context)
        self.windows, self.pages, self.failures = windows, pages, failures or {}
        self.read: list[tuple[str, int]] = []
        self.closed: list[tuple[str, int]] = []
        self.produced = 0

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        for account in self.accounts_to_read():
            for window in range(self.windows):
                yield {"advertiser_id": account, "window": window}

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        where = (stream_slice["advertiser_id"], stream_slice["window"])
        self.read.append(where)
        yield []
        for page in range(self.pages):
            self.produced += 10
            yield [{"where": list(where), "number": 10 * page + number} for number in range(10)]
        if where in self.failures:
            raise self.failures[where]

    def resume(self, state: Mapping[str, Any] | None, *, each_once: bool = False) -> None:
        raise AssertionError

    @property
    def state_version(self) -> int:
        return len(self.closed)

    def close(self, stream_slice: Slice) -> None:
        self.closed.append((stream_slice["advertiser_id"], stream_slice["window"]))

    def current_state(self) -> State:
        return {"states": [list(where) for where in self.closed]}

    def evidence_of(self, stream_slice: Slice) -> Evidence:
        raise AssertionError


def context_for(ids: tuple[str, ...] = ACCOUNTS, chosen: str | None = None, workers: int | None = 8) -> Context:
    raw = raw_config({"advertiser_id": chosen} if chosen else None, concurrency_level=workers)
    return context_of(raw, infos={id_: {"timezone": "UTC"} for id_ in ids})


@pytest.fixture
def context() -> Context:
    return context_for()


class Outcome:
    """The messages of a sync, and how it ended."""

    def __init__(self, *streams: TiktokStream, clock: VirtualClock | None = None) -> None:
        self.messages: list[AirbyteMessage] = []
        self.error: AirbyteTracedException | None = None
        try:
            for item in Sync(streams, clock or VirtualClock()).messages():
                self.messages += item.messages() if isinstance(item, Page) else [item]
        except AirbyteTracedException as error:
            self.error = error

    def statuses(self, stream: str) -> list[str]:
        return [
            message.trace.stream_status.status.value
            for message in self.messages
            if message.trace
            and message.trace.stream_status
            and message.trace.stream_status.stream_descriptor.name == stream
        ]

    def records(self, stream: str) -> list[tuple[str, int, int]]:
        return [
            (*message.record.data["where"], message.record.data["number"])
            for message in self.messages
            if message.record and message.record.stream == stream
        ]

    def states(self, stream: str) -> list[list[list[Any]]]:
        return [
            message.state.stream.stream_state.states
            for message in self.messages
            if message.state and message.state.stream.stream_descriptor.name == stream
        ]

    def traces(self, stream: str) -> list[Any]:
        return [
            message.trace.error
            for message in self.messages
            if message.trace and message.trace.error and message.trace.error.stream_descriptor.name == stream
        ]


def answer(code: int, message: str = "No.") -> Answer:
    return Answer(rule_of(code), code, message, "R1")


def everything(stream: ScriptedStream) -> list[tuple[str, int, int]]:
    return sorted(
        (account, window, number)
        for account in stream.context.accounts.ids
        for window in range(stream.windows)
        for number in range(10 * stream.pages)
    )


def test_a_stream_forgets_its_accounts_when_its_last_word_is_out(context: Context) -> None:
    told: list[str] = []

    class Forgetful(ScriptedStream):
        def forget(self) -> None:
            told.append(f"{self.name} forgets")

    streams = [Forgetful("campaigns", context), Forgetful("ads", context)]
    for item in Sync(streams, VirtualClock()).messages():
        if isinstance(item, AirbyteMessage) and item.trace and item.trace.stream_status:
            about = item.trace.stream_status
            told.append(f"{about.stream_descriptor.name} {about.status.value}")

    for name in ("campaigns", "ads"):
        assert [line for line in told if line.startswith(f"{name} ")] == [
            *(f"{name} {word}" for word in ("STARTED", "RUNNING", "COMPLETE", "forgets"))
        ]


@pytest.fixture
def _hectic_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_hectic_threads")
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_a_state_never_precedes_a_record_that_it_covers(workers: int) -> None:
    ids = tuple(str(number) for number in range(20))
    context = context_for(ids, workers=workers)
    streams = [ScriptedStream(name, context, windows=3, pages=3) for name in ("campaigns", "ads")]
    outcome = Outcome(*streams)

    seen: dict[str, set[tuple[str, int, int]]] = {"campaigns": set(), "ads": set()}
    states = 0
    for message in outcome.messages:
        if message.record:
            seen[message.record.stream].add((*message.record.data["where"], message.record.data["number"]))
        elif message.state:
            states += 1
            covered = message.state.stream.stream_state.states
            needed = {(account, window, number) for account, window in covered for number in range(30)}
            assert needed <= seen[message.state.stream.stream_descriptor.name]
    assert states >= 2 * 20
    for stream in streams:
        assert sorted(outcome.records(stream.name)) == everything(stream)
        assert sorted(outcome.states(stream.name)[-1]) == sorted(map(list, stream.closed))
    assert outcome.error is None


def test_a_stream_starts_runs_and_completes_around_its_messages(context: Context) -> None:
    outcome = Outcome(ScriptedStream("campaigns", context))

    assert outcome.statuses("campaigns") == ["STARTED", "RUNNING", "COMPLETE"]
    kinds = [
        message.trace.stream_status.status.value if message.trace else message.type.value
        for message in outcome.messages
    ]
    assert kinds[:3] == ["STARTED", "RUNNING", "RECORD"]
    assert kinds[-2:] == ["STATE", "COMPLETE"]


def test_a_stream_without_records_completes_with_a_state_and_without_running(context: Context) -> None:
    outcome = Outcome(ScriptedStream("campaigns", context, pages=0))

    assert outcome.statuses("campaigns") == ["STARTED", "COMPLETE"]
    assert outcome.states("campaigns")


def test_a_stream_without_slices_has_a_state_all_the_same(context: Context) -> None:
    outcome = Outcome(ScriptedStream("campaigns", context, windows=0))

    assert outcome.statuses("campaigns") == ["STARTED", "COMPLETE"]
    assert outcome.states("campaigns") == [[]]
    assert outcome.error is None


def test_a_record_is_stamped_with_the_moment_of_its_page(context: Context) -> None:
    outcome = Outcome(ScriptedStream("campaigns", context))

    moments = {message.record.emitted_at for message in outcome.messages if message.record}
    assert moments == {int(VirtualClock().now().timestamp() * 1000)}


def test_with_few_accounts_every_window_that_is_read_is_covered_at_once(context: Context) -> None:
    outcome = Outcome(ScriptedStream("campaigns", context, windows=5))
    assert len(outcome.states("campaigns")) == 3 * 5


def test_a_stream_that_cannot_go_on_where_it_was_has_one_state_at_the_end(context: Context) -> None:
    outcome = Outcome(ScriptedStream("advertiser_ids", context, windows=5))
    assert len(outcome.states("advertiser_ids")) == 1


def test_a_state_of_many_accounts_is_rare_and_the_last_one_covers_everything() -> None:
    ids = tuple(str(number) for number in range(1000))
    outcome = Outcome(ScriptedStream("campaigns", context_for(ids), windows=1, pages=1))

    states = outcome.states("campaigns")
    assert len(states[-1]) == 1000
    assert len([state for state in states if len(state) > 100]) <= 2
    assert sum(map(len, states)) < 10 * 1000


def test_with_many_accounts_a_state_still_leaves_when_its_time_has_come(clock: VirtualClock) -> None:
    class Slow(ScriptedStream):
        def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
            clock.sleep(5)
            return super().read_pages(stream_slice)

    ids = tuple(str(number) for number in range(100))
    stream = Slow("campaigns", context_for(ids, workers=1), windows=1, pages=1)
    assert len(Outcome(stream, clock=clock).states("campaigns")) > 60


def test_an_account_that_takes_long_is_asked_for_first_by_the_streams_behind() -> None:
    class Slow(ScriptedStream):
        def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
            context.clock.sleep(60 if stream_slice["advertiser_id"] == THIRD_ACCOUNT else 2)
            return super().read_pages(stream_slice)

    context = context_for(workers=1)
    slow, other = Slow("campaigns", context, windows=1), ScriptedStream("ads", context, windows=1)
    Outcome(slow, other)

    assert [account for account, _ in slow.read] == [ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT]
    assert [account for account, _ in other.read] == [THIRD_ACCOUNT, ACCOUNT, OTHER_ACCOUNT]


def test_without_a_number_of_workers_everything_is_read_all_the_same() -> None:
    stream = ScriptedStream("campaigns", context_for(workers=None), windows=3)
    assert sorted(Outcome(stream).records("campaigns")) == everything(stream)


def test_the_reading_does_not_run_ahead_of_the_writing() -> None:
    stream = ScriptedStream("campaigns", context_for(workers=3), windows=1, pages=100)
    written = ahead = 0
    for item in Sync([stream], VirtualClock()).messages():
        if isinstance(item, Page):
            ahead = max(ahead, stream.produced - written)
            written += item.count

    assert written == 3 * 100 * 10
    assert ahead <= 10 * (4 * 3 + 1)


def test_while_the_reader_stands_still_one_worker_alone_holds_a_page() -> None:
    unpacked: list[None] = []
    crowded = threading.Event()

    class Unpacking(ScriptedStream):
        def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
            for page in filter(None, super().read_pages(stream_slice)):
                self.context.client.decode_lock.acquire()
                unpacked.append(None)
                if len(unpacked) > 1 + QUEUE_SIZE + 1:  # written, queued, and unpacked
                    crowded.set()
                yield page

    stream = Unpacking("campaigns", context_for(workers=8), windows=8, pages=1)
    messages = Sync([stream], VirtualClock()).messages()
    next(item for item in messages if isinstance(item, Page))

    assert not crowded.wait(timeout=0.5)
    assert sum(item.count for item in messages if isinstance(item, Page)) == (3 * 8 - 1) * 10


def test_as_many_workers_read_as_configured_and_when_the_reader_goes_away_they_stop() -> None:
    stream = ScriptedStream("campaigns", context_for(workers=3), windows=50, pages=50)
    before = set(threading.enumerate())
    messages = Sync([stream], VirtualClock()).messages()
    next(item for item in messages if isinstance(item, Page))
    workers = set(threading.enumerate()) - before
    messages.close()

    assert len(workers) == 3
    for worker in workers:
        worker.join(timeout=10)
    assert not any(worker.is_alive() for worker in workers)
    assert len(stream.read) < 3 * 50


SURPRISE, WRONG_CONFIG = ZeroDivisionError("by zero"), config_error("`x` is wrong: mend it.")
TRANSIENT = Unavailable(answer(50000, "Try later."), f"report/integrated/get/ for account {OTHER_ACCOUNT}")
FAILURES = {
    "patience used up": (TRANSIENT, FailureType.transient_error, "code 50000: Try later."),
    "never added up": (Incomplete("It never added up."), FailureType.transient_error, "It never added up."),
    "our mistake": (ApiError(answer(40002), "ad/get/"), FailureType.system_error, "please report it"),
    "unreadable": (UnreadableValue("likes", "many", "number"), FailureType.system_error, "`likes` holds 'many'"),
    "a surprise": (SURPRISE, FailureType.system_error, "ZeroDivisionError: by zero"),
}


@pytest.mark.parametrize(("error", "failure_type", "words"), FAILURES.values(), ids=FAILURES)
def test_a_window_that_fails_leaves_a_hole_and_everything_else_is_read(
    error: Exception, failure_type: FailureType, words: str, context: Context
) -> None:
    failing = ScriptedStream("ads", context, failures={(OTHER_ACCOUNT, 0): error})
    healthy = ScriptedStream("campaigns", context)
    outcome = Outcome(failing, healthy)

    assert sorted(outcome.records("ads")) == everything(failing)
    assert sorted(failing.closed) == sorted(
        (account, window) for account in ACCOUNTS for window in range(2) if (account, window) != (OTHER_ACCOUNT, 0)
    )
    assert [OTHER_ACCOUNT, 0] not in outcome.states("ads")[-1]
    assert outcome.statuses("ads") == ["STARTED", "RUNNING", "INCOMPLETE"]
    assert outcome.statuses("campaigns") == ["STARTED", "RUNNING", "COMPLETE"]
    (trace,) = outcome.traces("ads")
    assert words in trace.message
    assert trace.failure_type is failure_type
    assert outcome.error is not None
    assert outcome.error.failure_type is failure_type
    assert "1 of 2 streams" in str(outcome.error)
    assert words in str(outcome.error)
    assert (f"{type(error).__name__}:" in trace.message) is isinstance(error, ZeroDivisionError)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "It never added up."),
        (2, "It never added up. (and 1 more like it)"),
        (3, "It never added up. (and 2 more like it)"),
    ],
    ids=str,
)
def test_several_failures_of_a_stream_are_counted_in_one_trace(number: int, words: str, context: Context) -> None:
    failures = {(account, 0): Incomplete("It never added up.") for account in ACCOUNTS[:number]}
    outcome = Outcome(ScriptedStream("ads", context, failures=failures))

    (trace,) = outcome.traces("ads")
    assert trace.message == words


def test_a_secret_in_a_failure_is_masked_in_the_trace(context: Context) -> None:
    failures = {(ACCOUNT, 0): ZeroDivisionError(f"by {TOKEN}")}
    outcome = Outcome(ScriptedStream("ads", context, failures=failures))

    (trace,) = outcome.traces("ads")
    assert trace.message == "ZeroDivisionError: by ****"


@pytest.mark.timeout(20)
def test_a_worker_whose_last_window_fails_while_it_is_unpacked_keeps_no_other_from_unpacking() -> None:
    class Failing(ScriptedStream):
        def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
            self.context.client.decode_lock.acquire()
            raise UnreadableValue("likes", "many", "number")
            yield []

    outcome = Outcome(Failing("ads", context_for(workers=3), windows=1))

    (trace,) = outcome.traces("ads")
    assert "(and 2 more like it)" in trace.message


def test_of_a_failure_nothing_is_kept_but_what_it_said(context: Context) -> None:
    class Rows(list[Any]):
        """A page that can be watched."""

    kept: list[weakref.ref[Rows]] = []

    class Failing(ScriptedStream):
        def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
            page = Rows([{"number": 1}])
            kept.append(weakref.ref(page))
            yield [{"where": [ACCOUNT, 1], "number": 1}]
            raise Incomplete(f"{len(page)} rows never added up.")

    sync = Sync([Failing("ads", context)], VirtualClock())
    with pytest.raises(AirbyteTracedException, match="never added up"):
        list(sync.messages())
    gc.collect()

    assert len(kept) == 2 * len(ACCOUNTS)
    assert [page for page in kept if page() is not None] == []


def test_a_failure_is_told_at_once_with_the_streams_name(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    failures = {(ACCOUNT, 0): Incomplete("It never added up."), (OTHER_ACCOUNT, 0): ZeroDivisionError("by zero")}
    Outcome(ScriptedStream("ads", context, failures=failures))

    errors = {record.getMessage(): record for record in caplog.records if record.levelno == logging.ERROR}
    (expected,) = [line for line in errors if "It never added up." in line]
    (surprise,) = [line for line in errors if "by zero" in line]
    assert expected.startswith(f"ads: account {ACCOUNT} not read.")
    assert surprise.startswith(f"ads: account {OTHER_ACCOUNT} not read.")
    assert not errors[expected].exc_info
    assert errors[surprise].exc_info, "where it was raised is all that there is to know of a surprise"


def test_the_progress_is_told_every_ten_seconds_and_the_records_at_the_end(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Slow(ScriptedStream):
        def close(self, stream_slice: Slice) -> None:
            clock.sleep(4)
            super().close(stream_slice)

    caplog.set_level(logging.DEBUG, "airbyte")
    Outcome(Slow("campaigns", context_for(workers=1), windows=3), clock=clock)

    progress = [record.levelname for record in caplog.records if " read in " in record.getMessage()]
    assert progress == ["INFO", "DEBUG", "DEBUG"] * 3
    assert "campaigns: COMPLETE, 180 records in" in caplog.records[-1].getMessage()


REFUSED = Refused(answer(40001, "No permission."), f"ad/get/ for account {OTHER_ACCOUNT}")


def test_a_refused_account_is_left_out_with_one_warning_and_the_others_are_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failures = {(OTHER_ACCOUNT, window): REFUSED for window in range(50)}
    stream = ScriptedStream("ads", context_for(workers=2), windows=50, pages=1, failures=failures)
    outcome = Outcome(stream)

    assert {account for account, _ in stream.closed} == {ACCOUNT, THIRD_ACCOUNT}
    assert len(stream.closed) == 2 * 50
    assert len([where for where in stream.read if where[0] == OTHER_ACCOUNT]) < 50
    assert outcome.statuses("ads") == ["STARTED", "RUNNING", "COMPLETE"]
    assert outcome.error is None
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    at_once, at_the_end = warnings
    for line in (at_once, at_the_end):
        assert "ads" in line
        assert OTHER_ACCOUNT in line
        assert "No permission." in line


@pytest.mark.parametrize(
    ("context", "refused"),
    [(context_for(), ACCOUNTS), (context_for(chosen=ACCOUNT), (ACCOUNT,))],
    ids=["every account", "the account that the user chose"],
)
def test_when_the_refusal_leaves_nothing_or_hits_the_users_choice_it_is_the_users_turn(
    context: Context, refused: tuple[str, ...]
) -> None:
    failures = {(account, window): REFUSED for account in refused for window in range(2)}
    outcome = Outcome(ScriptedStream("ads", context, pages=0, failures=failures))

    assert outcome.statuses("ads") == ["STARTED", "INCOMPLETE"]
    assert outcome.states("ads")[-1] == []
    assert outcome.error is not None
    assert outcome.error.failure_type is FailureType.config_error
    assert "No permission." in str(outcome.error)


def test_a_dead_token_stops_the_whole_sync_with_one_sentence() -> None:
    context = context_for(workers=1)
    revoked = ApiError(answer(40105, "Access token is incorrect or has been revoked."), "ad/get/")
    first = ScriptedStream("ads", context, windows=500, failures={(ACCOUNT, 0): revoked})
    second = ScriptedStream("campaigns", context)
    outcome = Outcome(first, second)

    assert len(first.read) < 500
    assert second.read == []
    assert outcome.statuses("ads") == ["STARTED", "RUNNING", "INCOMPLETE"]
    assert outcome.statuses("campaigns") in ([], ["STARTED", "INCOMPLETE"])
    assert outcome.error is not None
    assert outcome.error.failure_type is FailureType.config_error
    assert "authenticate again" in str(outcome.error)
    assert "2 of 2 streams" in str(outcome.error)


def test_slices_that_cannot_be_told_leave_their_stream_incomplete_and_keep_what_was_read(context: Context) -> None:
    class Sliceless(ScriptedStream):
        def stream_slices(self, **_: Any) -> Iterator[Slice]:
            yield {"advertiser_id": ACCOUNT, "window": 0}
            raise TRANSIENT

    broken, healthy = Sliceless("ads", context), ScriptedStream("campaigns", context)
    outcome = Outcome(broken, healthy)

    assert broken.closed == [(ACCOUNT, 0)]
    assert outcome.states("ads")[-1] == [[ACCOUNT, 0]]
    assert outcome.statuses("ads") == ["STARTED", "RUNNING", "INCOMPLETE"]
    assert sorted(outcome.records("campaigns")) == everything(healthy)
    assert outcome.error is not None
    assert outcome.error.failure_type is FailureType.transient_error


def test_accounts_that_the_user_must_mend_are_not_asked_for_by_the_other_streams() -> None:
    class Accountless(ScriptedStream):
        def stream_slices(self, **_: Any) -> Iterator[Slice]:
            if self.windows:
                raise WRONG_CONFIG
            yield {}

    context = context_for(workers=1)
    second = ScriptedStream("campaigns", context)
    outcome = Outcome(Accountless("ads", context), second)

    assert second.read == []
    assert "2 of 2 streams" in str(outcome.error)


def test_a_stream_of_which_nothing_could_be_tried_does_not_replace_the_stored_state(context: Context) -> None:
    class Sliceless(ScriptedStream):
        def stream_slices(self, **_: Any) -> Iterator[Slice]:
            if self.windows:
                raise TRANSIENT
            yield {}

    outcome = Outcome(Sliceless("ads", context))

    assert outcome.states("ads") == []
    assert outcome.statuses("ads") == ["STARTED", "INCOMPLETE"]


@pytest.mark.parametrize(
    ("errors", "worst"),
    [
        ([TRANSIENT, SURPRISE], FailureType.system_error),
        ([TRANSIENT, WRONG_CONFIG], FailureType.config_error),
        ([SURPRISE, WRONG_CONFIG], FailureType.config_error),
        ([TRANSIENT, TRANSIENT], FailureType.transient_error),
    ],
    ids=["system over transient", "config over transient", "config over system", "transient"],
)
def test_of_several_failures_the_one_that_somebody_can_mend_decides_whose_turn_it_is(
    errors: list[Exception], worst: FailureType, context: Context
) -> None:
    streams = [
        ScriptedStream(name, context, failures={(ACCOUNT, 0): error})
        for name, error in zip(("ads", "campaigns"), errors, strict=True)
    ]
    outcome = Outcome(*streams)

    assert outcome.error is not None
    assert outcome.error.failure_type is worst


def test_a_wait_for_the_rate_limit_is_told_to_the_platform_of_each_stream_under_way() -> None:
    context = context_for(workers=1)

    class Throttled(ScriptedStream):
        def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
            context.client.budget.announce()
            return super().read_pages(stream_slice)

    outcome = Outcome(Throttled("campaigns", context), Throttled("ads", context))

    reasons = [
        message.trace.stream_status.reasons[0].type.value
        for message in outcome.messages
        if message.trace and message.trace.stream_status and message.trace.stream_status.reasons
    ]
    assert reasons
    assert set(reasons) == {"RATE_LIMITED"}
    for name in ("campaigns", "ads"):
        first, *between, last = outcome.statuses(name)
        assert (first, set(between), last) == ("STARTED", {"RUNNING"}, "COMPLETE")


def test_every_message_can_be_written_as_the_protocol_has_it(context: Context) -> None:
    outcome = Outcome(ScriptedStream("ads", context, failures={(ACCOUNT, 0): TRANSIENT}))

    dumped = [AirbyteMessageSerializer.dump(message) for message in outcome.messages]
    assert {message["type"] for message in dumped} == {Type.RECORD.value, Type.STATE.value, Type.TRACE.value}


def test_streams_are_read_in_the_order_in_which_they_were_asked_for(context: Context) -> None:
    messages: list[Message] = list(
        Sync(
            [ScriptedStream(name, context) for name in ("ads", "audiences", "campaigns")], VirtualClock()
        ).messages()
    )
    started = [
        item.trace.stream_status.stream_descriptor.name
        for item in messages
        if not isinstance(item, Page)
        and item.trace
        and item.trace.stream_status
        and item.trace.stream_status.status.value == "STARTED"
    ]
    assert started == ["ads", "audiences", "campaigns"]


class ListedSlices(ScriptedStream):
    """A stream whose slices TikTok has to list, which leaves the decode lock with the thread that asked."""

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        for slice_ in super().stream_slices():
            self.context.client.decode_lock.acquire()
            yield slice_
        self.context.client.decode_lock.acquire()

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        self.context.client.decode_lock.acquire()
        return super().read_pages(stream_slice)


@pytest.mark.timeout(60)
def test_a_worker_that_listed_slices_leaves_the_decode_lock_to_the_others(context: Context) -> None:
    outcome = Outcome(ListedSlices("campaigns", context), ListedSlices("ads", context))

    assert len(outcome.states("ads")) > 0
