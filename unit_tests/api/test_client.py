"""The way to TikTok: headers, patience, and nothing told that should not be."""

import gzip
import logging
from itertools import pairwise
from threading import Barrier, Event, Thread

import pendulum
import pytest

from source_tiktok_marketing.api import client as client_module
from source_tiktok_marketing.api import retries as retries_module
from source_tiktok_marketing.api import sending as sending_module
from source_tiktok_marketing.api.client import (
    API_VARIABLE,
    TiktokClient,
)
from source_tiktok_marketing.api.codes import Action
from source_tiktok_marketing.api.errors import ApiError, Refused, TooLarge, Unavailable
from source_tiktok_marketing.api.limits import Limit, Limits
from source_tiktok_marketing.api.rate_limits import SAME_BREACHES
from source_tiktok_marketing.api.retries import CHECK_PATIENCE, ENDLESS, PAUSE_AFTER_TIME_OUTS, RetryState
from source_tiktok_marketing.api.sending import CONNECT_TIMEOUT, READ_TIMEOUT
from source_tiktok_marketing.settings.config import Config
from unit_tests.builders import ACCOUNT, SECRET, TOKEN, VirtualClock, client_of, raw_config, sandbox_config
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure

ENDPOINT = "campaign/get/"
PARAMS = {"advertiser_id": ACCOUNT, "page": "1"}
HOURS = 3600.0
HTML = Reply(b"<html>504 Gateway Time-out</html>", 504)


@pytest.fixture
def client(tiktok: Loopback, clock: VirtualClock) -> TiktokClient:  # noqa: ARG001  # where it leads
    return client_of(Config.parse(raw_config()), clock)


def waits(clock: VirtualClock) -> list[float]:
    """The waits between attempts, without the pace of the budget."""
    return [wait for wait in clock.waits if wait > 0.01]


def test_a_request_carries_the_bare_token_and_tiktoks_own_host(tiktok: Loopback, client: TiktokClient) -> None:
    client.get(ENDPOINT, PARAMS)

    (request,) = tiktok.requests
    assert request.headers["Access-Token"] == TOKEN
    assert request.headers["Host"] == "business-api.tiktok.com"
    assert "Authorization" not in request.headers
    assert (request.endpoint, request.params) == (ENDPOINT, PARAMS)


def test_in_the_sandbox_the_host_is_the_sandboxs(tiktok: Loopback, clock: VirtualClock) -> None:
    client_of(Config.parse(sandbox_config()), clock).get(ENDPOINT, PARAMS)
    assert tiktok.requests[0].headers["Host"] == "sandbox-ads.tiktok.com"


LEGACY_SANDBOX = {"access_token": TOKEN, "environment": {"advertiser_id": ACCOUNT}}


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        (raw_config(), "https://business-api.tiktok.com/open_api/v1.3/"),
        (sandbox_config(), "https://sandbox-ads.tiktok.com/open_api/v1.3/"),
        (LEGACY_SANDBOX, "https://sandbox-ads.tiktok.com/open_api/v1.3/"),
    ],
    ids=["production", "sandbox", "legacy sandbox"],
)
def test_requests_go_to_the_host_of_the_environment(
    raw: dict[str, object], url: str, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    monkeypatch.delenv(API_VARIABLE, raising=False)
    assert client_of(Config.parse(raw), clock).url_base == url


@pytest.mark.parametrize("given_url", ["http://127.0.0.1:8080", "http://127.0.0.1:8080/"])
def test_only_the_variable_for_development_leads_elsewhere(
    given_url: str, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    monkeypatch.setenv(API_VARIABLE, given_url)
    assert client_of(Config.parse(raw_config()), clock).url_base == "http://127.0.0.1:8080/open_api/v1.3/"


TRANSIENT = {
    "50000": failure(50000),
    "50002": failure(50002),
    "51004": failure(51004),
    "60001": failure(60001),
    "40700": failure(40700),
    "40100": failure(40100),
    "61000": failure(61000),
    "HTML 504": HTML,
    "HTML 200": Reply(b"<html></html>"),
    "HTTP 429": Reply(b"Too Many Requests", 429),
    "HTTP 503": Reply(b"", 503),
    "an empty body": Reply(b""),
    "half an envelope": Reply(envelope({"list": [1, 2, 3]}).body[:-10]),
    "a cut-off body": Reply(envelope().body, promised=10_000),
    "a reset": Reply(hang_up=True),
}


@pytest.mark.parametrize("reply", TRANSIENT.values(), ids=TRANSIENT)
def test_what_passes_is_waited_for_and_then_the_answer_is_used(
    reply: Reply, tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.answers(reply, reply, envelope({"list": ["found"]}))

    answer = client.get(ENDPOINT, PARAMS)

    assert answer.data == {"list": ["found"]}
    assert len(tiktok.requests) == 3
    assert sum(waits(clock)) >= 1.5


FINAL = {
    40001: Refused,
    40118: Refused,
    40067: TooLarge,
    40105: ApiError,
    40002: ApiError,
    12345: ApiError,
}


@pytest.mark.parametrize(("code", "exception"), FINAL.items())
def test_what_is_final_fails_at_once_with_tiktoks_words(
    code: int, exception: type[ApiError], tiktok: Loopback, client: TiktokClient
) -> None:
    tiktok.answers(failure(code, "That will not do."))

    with pytest.raises(exception, match=f"code {code}: That will not do.") as caught:
        client.get(ENDPOINT, PARAMS)

    assert type(caught.value) is exception
    assert len(tiktok.requests) == 1
    assert f"{ENDPOINT} for account {ACCOUNT}" in str(caught.value)
    assert "20240210120000ABCDEF" in str(caught.value)
    assert "page" not in str(caught.value)


@pytest.mark.parametrize("code", [50000, 50002])
def test_waits_double_with_jitter_up_to_two_minutes_and_end_after_ten(
    code: int, tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.answers(failure(code))

    with pytest.raises(Unavailable):
        client.get(ENDPOINT, PARAMS)

    for number, wait in enumerate(waits(clock)):
        assert 0.75 <= wait / min(2.0**number, 120) <= 1.25
    assert 600 <= sum(waits(clock)) < 600 + 150
    assert len(tiktok.requests) == len(waits(clock)) + 1


def test_the_jitter_keeps_two_workers_from_asking_in_step(tiktok: Loopback) -> None:
    tiktok.answers(failure(50000))
    seen = []
    for _ in range(2):
        clock = VirtualClock()
        with pytest.raises(Unavailable):
            client_of(Config.parse(raw_config()), clock).get(ENDPOINT, PARAMS)
        seen.append(waits(clock))

    assert seen[0] != seen[1]


def test_a_maintenance_is_waited_out_for_hours_at_a_gentle_pace(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.answers(failure(60001))

    with pytest.raises(Unavailable):
        client.get(ENDPOINT, PARAMS)

    assert 4 * HOURS <= sum(waits(clock)) < 4.2 * HOURS
    assert 200 < max(waits(clock)) <= 300 * 1.25
    assert len(tiktok.requests) < 80


def test_a_maintenance_is_waited_for_once_and_not_by_every_request(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    def waited() -> float:
        before = clock.monotonic()
        with pytest.raises(Unavailable):
            client.get(ENDPOINT, PARAMS)
        return clock.monotonic() - before

    tiktok.answers(failure(60001))

    assert waited() >= 4 * HOURS
    assert waited() < 1
    tiktok.answers(envelope(), failure(60001))
    client.get(ENDPOINT, PARAMS)
    assert waited() >= 4 * HOURS


def test_what_was_waited_for_in_vain_costs_the_patience_with_another_trouble_nothing(
    tiktok: Loopback, client: TiktokClient
) -> None:
    tiktok.answers(failure(50000))
    with pytest.raises(Unavailable):
        client.get(ENDPOINT, PARAMS)

    tiktok.answers(failure(60001), failure(60001), envelope({"list": ["found"]}))
    assert client.get(ENDPOINT, PARAMS).data == {"list": ["found"]}


def test_a_look_up_that_failed_is_asked_again(tiktok: Loopback, client: TiktokClient) -> None:
    def look_up() -> object:
        return client.once("key", lambda: client.get(ENDPOINT, PARAMS).data)

    tiktok.answers(failure(40001), envelope({"list": ["found"]}))
    with pytest.raises(Refused):
        look_up()

    assert look_up() == look_up() == {"list": ["found"]}
    assert len(tiktok.requests) == 2


def test_a_look_up_that_several_workers_need_at_once_is_asked_once(tiktok: Loopback, client: TiktokClient) -> None:
    found: list[object] = []
    needed_by_another = Event()

    def slow(_: object) -> Reply:
        needed_by_another.wait(timeout=0.3)
        return envelope({"list": ["found"]})

    def look_up() -> None:
        if tiktok.requests:
            needed_by_another.set()
        found.append(client.once("key", lambda: client.get(ENDPOINT, PARAMS).data))

    tiktok.script = slow
    workers = [Thread(target=look_up, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=20)

    assert found == [{"list": ["found"]}] * 4
    assert len(tiktok.requests) == 1


def test_a_throttled_request_pauses_longer_and_longer_and_outlasts_the_day_limit(
    tiktok: Loopback, clock: VirtualClock
) -> None:
    client = client_of(Config.parse(raw_config()), clock, limits=Limits.of("Basic"))
    left = [failure(40100)] * 5

    def until_midnight(_: object) -> Reply:
        return left.pop() if left else envelope()

    tiktok.script = until_midnight
    client.get(ENDPOINT, PARAMS)

    assert len(tiktok.requests) == 6
    assert str(clock.now().date()) == "2024-02-11"


def test_a_day_limit_that_is_used_up_just_after_midnight_is_waited_for(tiktok: Loopback) -> None:
    clock = VirtualClock("2024-02-10T00:00:10Z")
    tiktok.answers(failure(40100, "QPD limit"), envelope())

    client_of(Config.parse(raw_config()), clock).get(ENDPOINT, PARAMS)

    assert str(clock.now().date()) == "2024-02-11"


def test_given_short_pauses_then_a_throttled_request_asks_again_at_their_end(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.answers(*[failure(40100)] * SAME_BREACHES, envelope())

    client.get(ENDPOINT, PARAMS)

    assert sum(clock.waits) <= SAME_BREACHES * 1.25


def test_a_request_that_is_throttled_thousands_of_times_keeps_its_pace() -> None:
    retry = RetryState((ENDPOINT, ACCOUNT), 0.0, ENDLESS)
    assert max(retry.next_wait(Action.THROTTLE) for _ in range(2000)) <= 1.25


def test_a_breach_after_a_success_is_a_first_one_again(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    for _ in range(2 * SAME_BREACHES):
        tiktok.answers(failure(40100), envelope())
        client.get(ENDPOINT, PARAMS)

    assert sum(clock.waits) < 60


def test_a_day_of_throttling_leaves_the_patience_with_other_failures_whole(
    tiktok: Loopback, clock: VirtualClock
) -> None:
    client = client_of(Config.parse(raw_config()), clock, limits=Limits.of("Basic"))
    tiktok.answers(failure(50000), failure(60001), failure(40100, "QPD limit"), *[failure(50000)] * 3, envelope())

    client.get(ENDPOINT, PARAMS)

    assert str(clock.now().date()) == "2024-02-11"
    assert len(tiktok.requests) == 7


def test_throttling_that_outlasts_the_day_limit_is_given_up_in_the_end(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.script = lambda _: failure(40100 if len(tiktok.requests) < 30 else 40000)

    with pytest.raises(Unavailable):
        client.get(ENDPOINT, PARAMS)

    assert clock.now() >= pendulum.datetime(2024, 2, 11)
    assert sum(clock.waits) < 72 * HOURS


@pytest.mark.parametrize("code", [50000, 50002, 60001, 40100])
def test_a_check_is_over_soon(code: int, tiktok: Loopback, clock: VirtualClock) -> None:
    tiktok.script = lambda _: failure(code if len(tiktok.requests) < 30 else 40000)

    with pytest.raises(Unavailable):
        client_of(Config.parse(raw_config()), clock, CHECK_PATIENCE).get(ENDPOINT, PARAMS)

    assert sum(clock.waits) < 60


LIGHT = {"advertiser_id": ACCOUNT, "metrics": "one"}
TOO_HEAVY = {
    "504": HTML,
    "502": Reply(b"<html>502</html>", 502),
    "503": Reply(b"", 503),
    "a reset": Reply(hang_up=True),
    **{str(code): failure(code) for code in (50000, 50002, 51001, 51010, 51039, 51099)},
}


def ask_for_less_if_need_be(client: TiktokClient) -> None:
    client.send_request("GET", client.url_base + ENDPOINT, {"lighter": LIGHT}, params=PARAMS)


@pytest.mark.parametrize(
    "light",
    [envelope(), failure(40002), failure(40001)],
    ids=["an answer", "no such metric", "no such account"],
)
@pytest.mark.parametrize("heavy", TOO_HEAVY.values(), ids=TOO_HEAVY)
def test_a_query_that_goes_on_failing_while_a_light_one_is_answered_is_too_large(
    heavy: Reply, light: Reply, tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.script = lambda request: light if request.params == LIGHT else heavy

    with pytest.raises(TooLarge):
        ask_for_less_if_need_be(client)

    assert [request.params for request in tiktok.requests].count(LIGHT) == 1
    assert len(tiktok.requests) >= 3 + 1, "one failure is no proof of size"
    assert 1 < sum(waits(clock)) < 15
    divided = sum(waits(clock))
    with pytest.raises(Unavailable):
        client.get(ENDPOINT, PARAMS)
    assert sum(waits(clock)) - divided >= 300, "nothing is known against what cannot be divided further"


def test_while_others_are_answered_a_maintenance_that_no_division_would_heal_is_waited_for(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    def troubled(request: Request) -> Reply:
        if request.endpoint != ENDPOINT:
            return envelope()
        client.get("ad/get/", {})
        return failure(60001)

    tiktok.script = troubled
    with pytest.raises(Unavailable):
        ask_for_less_if_need_be(client)

    assert 4 * HOURS <= sum(waits(clock)) < 6.1 * HOURS


def test_an_attempt_that_takes_long_to_fail_is_not_repeated_at_that_size(
    tiktok: Loopback, client: TiktokClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries_module, "SHORT_PATIENCE", 0.1)

    def slow(request: Request) -> Reply:
        if request.params == LIGHT:
            return envelope()
        Event().wait(timeout=0.1)
        return HTML

    tiktok.script = slow
    with pytest.raises(TooLarge):
        ask_for_less_if_need_be(client)

    assert len(tiktok.requests) == 1 + 1


def test_a_limit_or_a_maintenance_does_not_put_a_query_under_suspicion(
    tiktok: Loopback, client: TiktokClient
) -> None:
    tiktok.answers(HTML, *[failure(60001)] * 3, failure(50000), failure(40100), failure(60001), envelope())

    ask_for_less_if_need_be(client)

    assert [request.params for request in tiktok.requests] == [PARAMS] * 8


def ask_for_a_report(client: TiktokClient, lighter: dict[str, str] | None) -> None:
    client.send_request("GET", client.url_base + ENDPOINT, {"lighter": lighter, "is_report": True}, params=PARAMS)


@pytest.mark.parametrize("time_out", [HTML, failure(50002), failure(51010)], ids=["504", "50002", "51010"])
def test_a_report_that_timed_out_is_repeated_once_and_then_asked_for_in_parts(
    time_out: Reply, tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.script = lambda request: envelope() if request.params == LIGHT else time_out

    with pytest.raises(TooLarge):
        ask_for_a_report(client, LIGHT)

    assert [request.params for request in tiktok.requests] == [PARAMS, PARAMS, LIGHT]
    assert sum(waits(clock)) < 5


@pytest.mark.parametrize("lighter", [None, LIGHT], ids=["nothing lighter", "the light one times out too"])
@pytest.mark.parametrize("others", [False, True], ids=["nobody is answered", "others are answered"])
def test_a_report_that_cannot_be_asked_for_in_parts_is_left_alone_for_ten_minutes_after_two_time_outs(
    lighter: dict[str, str] | None, tiktok: Loopback, client: TiktokClient, clock: VirtualClock, *, others: bool
) -> None:
    asked_at: list[float] = []

    def script(request: Request) -> Reply:
        if request.params == PARAMS:
            asked_at.append(clock.monotonic())
        if others:
            client._retries._succeeded_at = clock.monotonic() + 1
        return HTML

    tiktok.script = script
    with pytest.raises(Unavailable):
        ask_for_a_report(client, lighter)

    pauses = [later - earlier for earlier, later in pairwise(asked_at)]
    assert [pause >= PAUSE_AFTER_TIME_OUTS for pause in pauses] == [False, True, False]
    assert PAUSE_AFTER_TIME_OUTS <= sum(waits(clock)) < 1.1 * PAUSE_AFTER_TIME_OUTS
    asked_at.clear()
    with pytest.raises(Unavailable):
        ask_for_a_report(client, lighter)
    assert len(asked_at) <= 2, "such a pause is taken once"


def test_while_not_even_a_light_query_is_answered_size_is_not_blamed(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    tiktok.answers(HTML)

    with pytest.raises(Unavailable):
        ask_for_less_if_need_be(client)

    assert sum(waits(clock)) >= 600


def test_when_an_outage_ends_the_query_is_answered_at_its_size(tiktok: Loopback, client: TiktokClient) -> None:
    tiktok.script = lambda _: HTML if len(tiktok.requests) < 10 else envelope()

    ask_for_less_if_need_be(client)

    assert tiktok.requests[-1].params == PARAMS


@pytest.mark.parametrize("failing", [3, 4])
def test_a_report_that_timed_out_in_an_outage_is_answered_at_its_size_after_it(
    failing: int, tiktok: Loopback, client: TiktokClient
) -> None:
    tiktok.script = lambda _: HTML if len(tiktok.requests) <= failing else envelope()

    ask_for_a_report(client, LIGHT)

    assert [request.params for request in tiktok.requests] == [PARAMS, PARAMS, LIGHT, *[PARAMS] * (failing - 2)]


def test_an_outage_that_begins_while_others_are_being_answered_is_waited_for_as_long(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    def answered_meanwhile(_: object) -> Reply:
        clock.sleep(1)
        client._retries._succeeded_at = clock.monotonic()
        tiktok.answers(failure(50000))
        return failure(50000)

    tiktok.script = answered_meanwhile
    with pytest.raises(Unavailable):
        client.get(ENDPOINT, PARAMS)

    assert sum(waits(clock)) >= 600


def test_an_outage_is_waited_for_once_and_a_success_ends_it(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    def patience() -> float:
        before = sum(waits(clock))
        with pytest.raises(Unavailable):
            client.get(ENDPOINT, PARAMS)
        return sum(waits(clock)) - before

    tiktok.answers(failure(50000))
    first, second = patience(), patience()
    tiktok.answers(envelope())
    client.get(ENDPOINT, PARAMS)
    tiktok.answers(failure(50000))

    assert first >= 600
    assert second < 10
    assert patience() >= 600


@pytest.mark.parametrize("code", [50000, 50002])
def test_an_account_that_fails_for_ever_takes_the_whole_patience_once(
    code: int, tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    dead, living = {"advertiser_id": "7"}, {"advertiser_id": "8"}

    def patience() -> float:
        before = sum(waits(clock))
        with pytest.raises(Unavailable):
            client.get(ENDPOINT, dead)
        return sum(waits(clock)) - before

    def others_are_answered(_: object) -> Reply:
        client._retries._succeeded_at = clock.monotonic() + 1
        return failure(code)

    tiktok.script = others_are_answered
    first, second = patience(), patience()
    tiktok.answers(envelope())
    client.get(ENDPOINT, living)
    tiktok.script = others_are_answered
    third = patience()
    tiktok.answers(envelope())
    client.get(ENDPOINT, dead)
    tiktok.script = others_are_answered

    assert 300 <= first < 600, "longer than that only an outage of everything is waited for"
    assert 2 <= second < 15
    assert 2 <= third < 15
    assert patience() >= 300


def test_a_query_that_gets_no_answer_at_all_may_be_too_large(
    tiktok: Loopback, client: TiktokClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (client_module, sending_module):
        monkeypatch.setattr(module, "READ_TIMEOUT", 0.2)
    monkeypatch.setattr(retries_module, "SHORT_PATIENCE", 0.2)
    given_up = Event()

    def never(request: Request) -> Reply:
        if request.params != LIGHT:
            given_up.wait(timeout=10)
        return envelope()

    tiktok.script = never
    try:
        with pytest.raises(TooLarge, match="Timeout"):
            ask_for_less_if_need_be(client)
    finally:
        given_up.set()
    assert len(tiktok.requests) == 1 + 1, "one time-out is long enough"


def test_the_time_outs_leave_heavy_reports_their_minutes_and_dead_connections_none() -> None:
    assert CONNECT_TIMEOUT <= 30
    assert 60 <= READ_TIMEOUT <= 600


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed_with_the_token(status: int, tiktok: Loopback, clock: VirtualClock) -> None:
    elsewhere = Reply(b"", status, {"Location": f"{tiktok.url}/elsewhere/"})
    tiktok.answers(elsewhere)

    with pytest.raises(ApiError):
        client_of(Config.parse(raw_config()), clock, CHECK_PATIENCE).get(ENDPOINT, PARAMS)

    assert {request.endpoint for request in tiktok.requests} == {ENDPOINT}


def test_neither_token_nor_secret_nor_query_stand_in_the_log(
    tiktok: Loopback, client: TiktokClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "airbyte")
    tiktok.answers(failure(50000, f"secret {SECRET}"), HTML, failure(40100), Reply(hang_up=True), failure(40105))

    with pytest.raises(ApiError) as caught:
        client.get("oauth2/advertiser/get/", {"app_id": "1", "secret": SECRET})

    log = [record.getMessage() for record in caplog.records if record.name == "airbyte"]
    assert len(log) >= 4
    assert not [line for line in [*log, str(caught.value)] if TOKEN in line or "app_id=" in line or "?" in line]
    # What TikTok itself quotes is masked where it leaves the process: in exceptions, and in the CDK's log format.
    assert SECRET not in str(caught.value)


def test_a_wait_is_told_with_its_reason_and_length(
    tiktok: Loopback, client: TiktokClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "airbyte")
    tiktok.answers(failure(51004, "Ads service is down."), envelope())

    client.get(ENDPOINT, PARAMS)

    (line,) = [record.getMessage() for record in caplog.records if record.name == "airbyte"]
    assert f"{ENDPOINT} for account {ACCOUNT}" in line
    assert "code 51004: Ads service is down." in line
    assert "attempt 2 in 1 s" in line


def test_a_partial_success_is_used_and_warned_of(
    tiktok: Loopback, client: TiktokClient, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.answers(envelope({"list": ["found"]}, code=20001, message="Partial success."))

    assert client.get(ENDPOINT, PARAMS).data == {"list": ["found"]}
    assert [record.getMessage() for record in caplog.records if "Partial success." in record.getMessage()]


def test_connections_are_kept_for_the_next_request(tiktok: Loopback, client: TiktokClient) -> None:
    for _ in range(3):
        client.get(ENDPOINT, PARAMS)

    assert len({request.port for request in tiktok.requests}) == 1


def test_every_attempt_takes_a_slot_of_the_budget(tiktok: Loopback, clock: VirtualClock) -> None:
    client = client_of(Config.parse(raw_config()), clock, limits=Limits(Limit(0.1, 6, 8640)))
    moments: list[float] = []

    def note(_: object) -> Reply:
        moments.append(clock.monotonic())
        return failure(50000) if len(moments) < 4 else envelope()

    tiktok.script = note
    client.get(ENDPOINT, PARAMS)

    assert all(later - earlier >= 10 for earlier, later in pairwise(moments))


def test_every_request_counts_for_its_accounts_own_limit(tiktok: Loopback, clock: VirtualClock) -> None:
    client = client_of(Config.parse(raw_config()), clock, limits=Limits.of("Ultimate"))
    moments: list[float] = []

    def note(_: object) -> Reply:
        moments.append(clock.monotonic())
        return envelope()

    tiktok.script = note
    for _ in range(41):
        client.get(ENDPOINT, PARAMS)

    assert moments[-1] - moments[0] >= 40 / 20


def test_a_compressed_answer_is_unpacked(tiktok: Loopback, client: TiktokClient) -> None:
    plain = envelope({"list": ["found"]})
    tiktok.answers(Reply(gzip.compress(plain.body), headers={"Content-Encoding": "gzip"}))

    assert client.get(ENDPOINT, PARAMS).data == {"list": ["found"]}
    assert "gzip" in tiktok.requests[0].headers["Accept-Encoding"]


def test_requests_take_the_way_over_the_proxy_of_the_machine(
    tiktok: Loopback, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", tiktok.url)
    monkeypatch.setenv(API_VARIABLE, "http://tiktok.invalid")

    client_of(Config.parse(raw_config()), clock).get(ENDPOINT, PARAMS)

    assert [request.endpoint for request in tiktok.requests] == [ENDPOINT]


WORKERS = 20


def test_every_worker_keeps_a_connection_of_its_own(tiktok: Loopback, client: TiktokClient) -> None:
    asked, answered = Barrier(WORKERS), Barrier(WORKERS)

    def together(_: object) -> Reply:
        asked.wait(timeout=20)
        return envelope()

    def ask_twice() -> None:
        for _ in range(2):
            client.get(ENDPOINT, PARAMS)
            answered.wait(timeout=20)

    tiktok.script = together
    workers = [Thread(target=ask_twice, daemon=True) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=40)

    assert len(tiktok.requests) == 2 * WORKERS
    assert len({request.port for request in tiktok.requests}) == WORKERS


def test_the_connections_to_tiktok_itself_are_as_many(client: TiktokClient) -> None:
    adapter = client._session.get_adapter(f"https://{client.host}")
    assert adapter.poolmanager.connection_pool_kw["maxsize"] >= WORKERS


# Room to unpack


def asked_beside(client: TiktokClient) -> tuple[Thread, Event]:
    """Another worker that asks, and the news that it was answered."""
    answered = Event()

    def ask() -> None:
        client.get("ad/get/", {})
        answered.set()

    worker = Thread(target=ask, daemon=True)
    worker.start()
    return worker, answered


def test_while_a_page_is_unpacked_no_other_is(tiktok: Loopback, client: TiktokClient) -> None:
    ask_for_less_if_need_be(client)
    _, answered = asked_beside(client)

    assert not answered.wait(timeout=0.3)
    client.decode_lock.release()
    assert answered.wait(timeout=20)
    assert len(tiktok.requests) == 2


def test_a_request_that_waits_for_its_next_attempt_keeps_nobody_from_unpacking(
    tiktok: Loopback, client: TiktokClient, clock: VirtualClock
) -> None:
    answers: list[bool] = []
    clock.meanwhile = lambda: answers.append(asked_beside(client)[1].wait(timeout=20))
    tiktok.script = lambda request: failure(50000) if request.endpoint == ENDPOINT and not answers else envelope()

    client.get(ENDPOINT, PARAMS)

    assert answers == [True]


def test_a_worker_that_asks_anew_releases_the_decode_lock_by_itself(
    tiktok: Loopback, client: TiktokClient
) -> None:
    worker = Thread(target=lambda: [ask_for_less_if_need_be(client) for _ in range(2)], daemon=True)
    worker.start()
    worker.join(timeout=20)

    assert not worker.is_alive()
    assert len(tiktok.requests) == 2
