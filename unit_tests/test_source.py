"""The source as a whole, against a scripted TikTok: check, and the ends of a read."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
    FailureType,
    Status,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing import SourceTiktokMarketing
from source_tiktok_marketing.catalog.streams import STREAMS, Row
from unit_tests.builders import (
    ACCOUNT,
    APP_ID,
    OTHER_ACCOUNT,
    ROWS,
    SECRET,
    TOKEN,
    VirtualClock,
    names,
    raw_config,
    sandbox_config,
)
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure, listing

LOGGER = logging.getLogger("airbyte")
ACCOUNTS_LIST, INFO, REPORT = "oauth2/advertiser/get/", "advertiser/info/", "report/integrated/get/"
# A sync that hangs is one of the faults to find.
pytestmark = pytest.mark.timeout(120)

Endpoints = dict[str, Callable[[Request], Reply]]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, clock: VirtualClock) -> SourceTiktokMarketing:
    source = SourceTiktokMarketing()
    monkeypatch.setattr(source, "_clock", clock)
    return source


def healthy(ids: tuple[str, ...] = (ACCOUNT, OTHER_ACCOUNT), **endpoints: Callable[[Request], Reply]) -> Endpoints:
    """A TikTok in which accounts have nothing; keyword arguments replace endpoints, `/` written as `_`."""
    known: Endpoints = {
        ACCOUNTS_LIST: lambda _: envelope(
            {"list": [{"advertiser_id": id_, "advertiser_name": "n"} for id_ in ids]}
        ),
        INFO: lambda request: envelope(
            {"list": [{"advertiser_id": id_, "timezone": "UTC"} for id_ in request.json("advertiser_ids")]}
        ),
    }
    return known | {name.replace("_", "/") + "/": script for name, script in endpoints.items()}


def play(tiktok: Loopback, endpoints: Endpoints) -> None:
    list_fields = {row.endpoint: row.list_field for row in STREAMS}
    tiktok.script = lambda request: endpoints.get(
        request.endpoint, lambda asked: listing([], asked, list_fields[asked.endpoint])
    )(request)


# Check


def check(source: SourceTiktokMarketing, config: dict[str, Any]) -> tuple[Status, str]:
    outcome = source.check(LOGGER, config)
    return outcome.status, outcome.message or ""


@pytest.mark.parametrize(
    "config",
    [raw_config(), raw_config({"advertiser_id": ACCOUNT}), sandbox_config()],
    ids=["all accounts", "one account", "sandbox"],
)
def test_a_healthy_configuration_passes_the_check(
    config: dict[str, Any], source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy())
    assert check(source, config) == (Status.SUCCEEDED, "")


def test_the_check_costs_a_handful_of_requests_however_many_accounts_there_are(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy(tuple(str(number) for number in range(5000))))

    assert check(source, raw_config())[0] is Status.SUCCEEDED
    assert len(tiktok.requests) <= 5
    assert [len(request.json("advertiser_ids")) for request in tiktok.asked(INFO)] == [100], (
        "as many as TikTok takes"
    )


def test_the_accounts_are_asked_for_with_the_apps_id_and_secret(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy())
    check(source, raw_config())

    assert [request.params for request in tiktok.asked(ACCOUNTS_LIST)] == [{"app_id": APP_ID, "secret": SECRET}]


def test_ids_of_accounts_that_come_as_numbers_are_the_same_accounts(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    listed = envelope({"list": [{"advertiser_id": int(ACCOUNT), "advertiser_name": "n"}]})
    play(tiktok, healthy(oauth2_advertiser_get=lambda _: listed))

    assert check(source, raw_config({"advertiser_id": ACCOUNT}))[0] is Status.SUCCEEDED


def test_the_check_of_a_sandbox_asks_for_nothing_that_the_sandbox_lacks(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy())

    check(source, sandbox_config())
    assert [request.endpoint for request in tiktok.requests] == ["campaign/get/"]


def test_the_check_gives_up_after_ten_accounts_that_are_refused(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy(tuple(str(number) for number in range(50)), report_integrated_get=always(40130)))

    assert "may not read reports of any of the 10 accounts" in check(source, raw_config())[1]
    assert len(tiktok.asked(REPORT)) == 10


def test_the_check_asks_for_the_spend_of_the_account_in_all_time(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy())
    check(source, raw_config())

    (request,) = tiktok.asked(REPORT)
    assert request.params == {
        "advertiser_id": ACCOUNT,
        "report_type": "BASIC",
        "data_level": "AUCTION_ADVERTISER",
        "dimensions": '["advertiser_id"]',
        "metrics": '["spend"]',
        "query_lifetime": "true",
        "page": "1",
        "page_size": "1",
    }


def always(code: int, words: str = "No.") -> Callable[[Request], Reply]:
    return lambda _: failure(code, words)


NO_ACCOUNT = {"list": []}
FAILED_CHECKS: dict[str, tuple[dict[str, Any], Endpoints, tuple[str, str]]] = {
    "a revoked token": (
        raw_config(),
        healthy(oauth2_advertiser_get=always(40105, "Access token is incorrect or has been revoked.")),
        ("Access token is incorrect or has been revoked.", "authenticate again"),
    ),
    "a wrong secret": (
        raw_config(),
        healthy(oauth2_advertiser_get=always(40101)),
        ("code 40101", "`app_id` and `secret`"),
    ),
    "an account that the token cannot see": (
        raw_config({"advertiser_id": "7"}),
        healthy(),
        ("`advertiser_id` 7", "correct the id"),
    ),
    "no account at all": (
        raw_config(),
        healthy(oauth2_advertiser_get=lambda _: envelope(NO_ACCOUNT)),
        ("no ad account", "authorise the app again"),
    ),
    "no list of accounts": (
        raw_config(),
        healthy(oauth2_advertiser_get=lambda _: envelope({})),
        ("list of accounts", "held no list"),
    ),
    "an account without an id": (
        raw_config(),
        healthy(oauth2_advertiser_get=lambda _: envelope({"list": [{}]})),
        ("another shape", "advertiser_id"),
    ),
    "an app that may not read reports": (
        raw_config(),
        healthy(report_integrated_get=always(40130, "Scope is not granted.")),
        ("may not read reports", "authorise the app again"),
    ),
    "an app that may not read reports of the one account": (
        raw_config({"advertiser_id": OTHER_ACCOUNT}),
        healthy(report_integrated_get=always(40001)),
        (f"may not read reports of account {OTHER_ACCOUNT}", "check that the account exists"),
    ),
    "an app that may not read account information": (
        raw_config(),
        healthy(advertiser_info=always(40125)),
        ("may not read account information", "authorise the app again"),
    ),
    "a sandbox account that does not exist": (
        sandbox_config(),
        healthy(campaign_get=always(40013, "The sandbox account does not exist.")),
        ("code 40013", "check `advertiser_id`"),
    ),
    "an outage": (
        raw_config(),
        healthy(oauth2_advertiser_get=always(50000, "System error.")),
        ("System error.", "code 50000"),
    ),
    "no date": (raw_config(start_date="soon"), healthy(), ("`start_date`", "write it like 2024-01-31")),
}


@pytest.mark.parametrize(("config", "endpoints", "words"), FAILED_CHECKS.values(), ids=FAILED_CHECKS)
def test_a_configuration_that_would_fail_a_sync_fails_the_check_with_one_clear_sentence(
    config: dict[str, Any],
    endpoints: Endpoints,
    words: tuple[str, str],
    source: SourceTiktokMarketing,
    tiktok: Loopback,
) -> None:
    play(tiktok, endpoints)

    status, sentence = check(source, config)

    assert status is Status.FAILED
    assert [word for word in words if word not in sentence] == []
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert TOKEN not in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize("number", [1, 6])
def test_dead_accounts_at_the_head_of_the_list_are_told_and_do_not_fail_the_check(
    number: int, source: SourceTiktokMarketing, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    gone = {str(place) for place in range(number)}

    def dead(request: Request) -> Reply:
        if gone & {request.params.get("advertiser_id"), *request.json("advertiser_ids", [])}:
            return failure(40001)
        return envelope({"list": []})

    play(tiktok, healthy((*sorted(gone), ACCOUNT)) | {INFO: dead, REPORT: dead})

    assert check(source, raw_config())[0] is Status.SUCCEEDED
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    for account in gone:
        assert [line for line in warnings if line.startswith(f"Account {account}: ") and "40001" in line]
    assert [line for line in warnings if "read until tomorrow UTC" in line and "40001" in line]


# Read


def read(
    source: SourceTiktokMarketing,
    config: dict[str, Any],
    *rows: Row,
    state: dict[str, Any] | None = None,
    sync_mode: str = "incremental",
) -> tuple[list[AirbyteMessage], AirbyteTracedException | None]:
    catalog = {
        "streams": [
            {
                "stream": {
                    "name": row.name,
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": sync_mode,
                "destination_sync_mode": "append",
            }
            for row in rows
        ]
    }
    states = [
        AirbyteStateMessageSerializer.load(
            {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": stored}}
        )
        for name, stored in (state or {}).items()
    ]
    messages: list[AirbyteMessage] = []
    try:
        messages += source.read(LOGGER, config, ConfiguredAirbyteCatalogSerializer.load(catalog), states or None)
    except AirbyteTracedException as error:
        return messages, error
    return messages, None


def statuses(messages: list[AirbyteMessage]) -> Iterator[tuple[str, str]]:
    for message in messages:
        if message.trace and message.trace.stream_status:
            status = message.trace.stream_status
            yield status.stream_descriptor.name, status.status.value


@pytest.mark.parametrize("row", STREAMS, ids=names(STREAMS))
def test_every_stream_reads_an_account_that_has_nothing(
    row: Row, source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy())
    messages, error = read(source, raw_config(start_date="2024-02-09"), row)

    assert error is None
    assert list(statuses(messages))[-1] == (row.name, "COMPLETE")
    assert [message for message in messages if message.state]


def test_an_outage_is_waited_for_longer_by_a_sync_than_by_a_person(
    source: SourceTiktokMarketing, tiktok: Loopback, clock: VirtualClock
) -> None:
    play(tiktok, healthy(oauth2_advertiser_get=always(50000)))

    check(source, raw_config())
    checked = sum(clock.waits)
    read(source, raw_config(), ROWS["campaigns"])

    assert checked < 60
    assert sum(clock.waits) - checked >= 600


@pytest.mark.parametrize(
    ("config", "pace"),
    [
        (raw_config(concurrency_level=1), 10),
        (raw_config(concurrency_level=1, rate_limit_level="Advanced"), 20),
        (sandbox_config(concurrency_level=1), 1),
    ],
    ids=["Basic", "Advanced", "sandbox"],
)
def test_requests_go_out_as_fast_as_the_environment_allows(
    config: dict[str, Any], pace: float, source: SourceTiktokMarketing, tiktok: Loopback, clock: VirtualClock
) -> None:
    music = [{"music_id": str(number)} for number in range(30_000)]
    play(tiktok, healthy((ACCOUNT,), file_music_get=lambda request: listing(music, request, "musics")))
    started = clock.monotonic()

    _, error = read(source, config, ROWS["creative_assets_music"])

    assert error is None
    assert len(tiktok.requests) > 20
    assert (len(tiktok.requests) - 1) / (clock.monotonic() - started) == pytest.approx(pace, rel=0.1)


START_OF_ALL = {
    "a revoked token": (always(40105, "Revoked."), FailureType.config_error, "authenticate again"),
    "an outage": (always(50000, "System error."), FailureType.transient_error, "code 50000"),
    "no account": (lambda _: envelope(NO_ACCOUNT), FailureType.config_error, "no ad account"),
}


@pytest.mark.parametrize("trouble", START_OF_ALL.values(), ids=START_OF_ALL)
@pytest.mark.parametrize(
    "names_of_streams", [("campaigns",), ("ads_reports_daily",), ("advertisers", "ads")], ids=str
)
def test_when_the_accounts_cannot_be_told_the_sync_ends_with_one_sentence(
    trouble: tuple[Callable[[Request], Reply], FailureType, str],
    names_of_streams: tuple[str, ...],
    source: SourceTiktokMarketing,
    tiktok: Loopback,
) -> None:
    answer, failure_type, words = trouble
    play(tiktok, healthy(oauth2_advertiser_get=answer))
    messages, error = read(source, raw_config(), *(ROWS[name] for name in names_of_streams))

    assert error is not None
    assert error.failure_type is failure_type
    assert words in str(error)
    assert [status for _, status in statuses(messages)][-1] == "INCOMPLETE"
    assert not [message for message in messages if message.record]


def test_a_stream_that_the_catalog_names_twice_is_the_users_turn(source: SourceTiktokMarketing) -> None:
    messages, error = read(source, raw_config(), ROWS["ads"], ROWS["ads"])

    assert messages == []
    assert "names the stream ads twice" in str(error)


def test_a_full_refresh_ignores_the_state(source: SourceTiktokMarketing, tiktok: Loopback) -> None:
    play(tiktok, healthy((ACCOUNT,)))
    state = {"advertisers_reports_daily": {"stat_time_day": "2024-02-09"}}
    config = raw_config(start_date="2024-02-01")

    read(source, config, ROWS["advertisers_reports_daily"], state=state, sync_mode="full_refresh")
    read(source, config, ROWS["advertisers_reports_daily"], state=state)

    assert [request.params["start_date"] for request in tiktok.asked(REPORT)] == ["2024-02-01", "2024-02-06"]


def test_a_state_that_nobody_can_read_is_the_users_turn_and_names_the_stream(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy())
    _, error = read(source, raw_config(), ROWS["campaigns"], state={"campaigns": {"modify_time": "soon"}})

    assert error is not None
    assert error.failure_type is FailureType.config_error
    assert "`campaigns`" in str(error)
    assert "'soon'" in str(error)


def test_a_stream_that_the_sandbox_lacks_is_incomplete_and_the_others_are_read(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy())
    messages, error = read(source, sandbox_config(), ROWS["advertiser_ids"], ROWS["audiences"])

    assert set(statuses(messages)) >= {("advertiser_ids", "INCOMPLETE"), ("audiences", "COMPLETE")}
    assert error is not None
    assert error.failure_type is FailureType.config_error
    assert "advertiser_ids" in str(error)
    (trace,) = [message.trace.error for message in messages if message.trace and message.trace.error]
    assert trace.stream_descriptor is not None
    assert trace.stream_descriptor.name == "advertiser_ids"
    assert trace.message == str(error)


def test_a_catalog_of_nothing_that_the_sandbox_has_is_the_users_turn(source: SourceTiktokMarketing) -> None:
    messages, error = read(source, sandbox_config(), ROWS["advertiser_ids"])

    assert list(statuses(messages)) == [("advertiser_ids", "INCOMPLETE")]
    assert error is not None
    assert "refresh the schema" in str(error)


def test_a_start_before_all_ads_is_warned_of_and_raised(
    source: SourceTiktokMarketing, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    play(tiktok, healthy((ACCOUNT,)))
    config = raw_config(start_date="2000-01-01", end_date="2012-01-05")
    _, error = read(source, config, ROWS["advertisers_reports_daily"])

    assert error is None
    assert [request.params["start_date"] for request in tiktok.asked(REPORT)] == ["2012-01-01"]
    assert [record for record in caplog.records if "`start_date` lies before 2012-01-01" in record.getMessage()]


def test_a_configured_account_that_tiktok_refuses_is_the_users_turn(
    source: SourceTiktokMarketing, tiktok: Loopback
) -> None:
    play(tiktok, healthy(campaign_get=always(40001, "No permission.")))
    messages, error = read(source, raw_config({"advertiser_id": ACCOUNT}), ROWS["campaigns"])

    assert error is not None
    assert error.failure_type is FailureType.config_error
    assert "No permission." in str(error)
    assert list(statuses(messages))[-1] == ("campaigns", "INCOMPLETE")
