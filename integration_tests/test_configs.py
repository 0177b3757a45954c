"""Every form of configuration that was ever valid works, and every wrong one is told in one clear sentence."""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from integration_tests.conftest import NOW
from integration_tests.connector import Connector, Json, Output, configured, production_config, side_by_side
from integration_tests.tiktok_emulator import (
    APP_ID,
    SANDBOX_TOKEN,
    Emulator,
    LoggedRequest,
    Token,
    World,
    actions,
    small_world,
)
from integration_tests.truth import expected, mistakes, production_accounts

PRODUCTION_HOST, SANDBOX_HOST = "business-api.tiktok.com", "sandbox-ads.tiktok.com"
STREAM = "advertisers_reports_daily"
START = date(2024, 2, 10)

# Nothing else in any output looks like these, and they change when written into a URL.
TOKEN = "tok/8f+3A=%c1zQ9"
SECRET = "sec/5d+7B=%e4xW2"
WRONG_TOKEN = "bad/1a+9C=%d7vK5"
WRONG_SECRET = "bad/6e+2D=%b8uJ3"
SECRETS = (TOKEN, SECRET, WRONG_TOKEN, WRONG_SECRET)


class Api:
    """An emulator whose app and tokens have distinctive secrets."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.emulator = Emulator(world)
        self.emulator.access.secret = SECRET
        self.emulator.access.tokens |= {TOKEN: Token(), SANDBOX_TOKEN: Token(sandbox=True)}
        self.account = production_accounts(world)[0]
        (self.sandbox_account,) = [one.advertiser_id for one in world.accounts.values() if one.sandbox]

    def grant(self, *advertiser_ids: str) -> None:
        """Have the token reach these accounts only."""
        self.emulator.access.tokens[TOKEN] = Token(advertiser_ids=advertiser_ids)


def config(**credentials: Any) -> Json:
    """A configuration that works, with other credentials; None takes a field away."""
    changed = {"auth_type": "oauth2.0", "app_id": APP_ID, "secret": SECRET, "access_token": TOKEN} | credentials
    return production_config(credentials={name: value for name, value in changed.items() if value is not None})


def sandbox(api: Api, **credentials: Any) -> Json:
    """A sandbox configuration that works, with other credentials; None takes a field away."""
    changed = {
        "auth_type": "sandbox_access_token",
        "advertiser_id": api.sandbox_account,
        "access_token": SANDBOX_TOKEN,
    } | credentials
    return production_config(credentials={name: value for name, value in changed.items() if value is not None})


def legacy(**environment: Any) -> Json:
    """A configuration from before 0.1.13."""
    return {"access_token": TOKEN, "start_date": "2021-04-01", "environment": environment}


Given = Callable[[Api], Any]
Checked = tuple[Output, list[LoggedRequest]]

WORKING: dict[str, tuple[Given, str]] = {
    "oauth2.0": (lambda _: config(), PRODUCTION_HOST),
    "oauth2.0 with one account, ids as numbers, spaces around what was pasted": (
        lambda api: config(
            advertiser_id=int(api.account), app_id=int(APP_ID), access_token=f" {TOKEN}\n", secret=f"{SECRET} "
        ),
        PRODUCTION_HOST,
    ),
    "nothing but credentials, without their type, the account left empty": (
        lambda _: {"credentials": config(auth_type=None, advertiser_id="")["credentials"]},
        PRODUCTION_HOST,
    ),
    "prod_access_token with every setting, and with keys that nobody knows": (
        lambda _: (
            config(auth_type="prod_access_token")
            | {
                "start_date": "2024-03-01",
                "end_date": "2024-03-01",
                "attribution_window": 364,
                "report_granularity": 30,
                "include_deleted": True,
                "concurrency_level": 4,
                "favourite_colour": "blue",
            }
        ),
        PRODUCTION_HOST,
    ),
    "sandbox_access_token": (sandbox, SANDBOX_HOST),
    "legacy production": (lambda _: legacy(app_id=APP_ID, secret=SECRET), PRODUCTION_HOST),
    "legacy production with one account, times and a granularity in words": (
        lambda api: (
            legacy(app_id=APP_ID, secret=SECRET, advertiser_id=api.account)
            | {
                "start_date": "2019-10-10T00:00:00",
                "end_date": "2024-03-01T00:00:00Z",
                "report_granularity": "DAY",
            }
        ),
        PRODUCTION_HOST,
    ),
    "legacy sandbox": (
        lambda api: legacy(advertiser_id=api.sandbox_account) | {"access_token": SANDBOX_TOKEN},
        SANDBOX_HOST,
    ),
}


@dataclass(frozen=True)
class Wrong:
    """A configuration that cannot work.

    Attributes:
        config: Makes the configuration.
        words: What the sentence must name: the field, and what to do about it.
        given: Prepares TikTok.
    """

    config: Given
    words: tuple[str, ...]
    given: Callable[[Api], object] = lambda _: None


def settings(**changes: Any) -> Given:
    return lambda _: config() | changes


def refuse(code: int, endpoint: str = "") -> Callable[[Api], object]:
    return lambda api: api.emulator.access.refuse(code, endpoint=endpoint)


def revoke(api: Api) -> None:
    api.emulator.access.tokens[TOKEN].revoked = True


WRONG: dict[str, Wrong] = {
    # The token.
    "no token": Wrong(lambda _: config(access_token=None), ("`credentials.access_token`", "paste")),
    "an empty token": Wrong(lambda _: config(access_token=""), ("`credentials.access_token`", "paste")),
    "a token of one space": Wrong(
        lambda _: config(access_token=" "), ("`credentials.access_token` is missing or empty", "paste it")
    ),
    "a wrong token": Wrong(lambda _: config(access_token=WRONG_TOKEN), ("`access_token`", "40105", "paste")),
    "a revoked token": Wrong(lambda _: config(), ("`access_token`", "40105", "authenticate again"), revoke),
    # The app.
    "a wrong secret": Wrong(lambda _: config(secret=WRONG_SECRET), ("`secret`", "`app_id`", "portal")),
    "no secret": Wrong(lambda _: config(secret=None), ("`credentials.secret`", "portal")),
    "no app": Wrong(lambda _: config(app_id=None), ("`credentials.app_id`", "portal")),
    # The way to authenticate.
    "an unknown type": Wrong(
        lambda _: config(auth_type="password"),
        ("`credentials.auth_type`", "password", "oauth2.0", "prod_access_token", "sandbox_access_token"),
    ),
    "credentials in a list": Wrong(
        lambda _: {"credentials": [config()["credentials"]]}, ("`credentials`", "object", "`auth_type`")
    ),
    "credentials in a text": Wrong(lambda _: {"credentials": TOKEN}, ("`credentials`", "object", "`auth_type`")),
    "credentials that are a number": Wrong(
        lambda _: {"credentials": 7}, ("`credentials`", "object", "`auth_type`")
    ),
    "no credentials": Wrong(lambda _: {"start_date": "2024-01-01"}, ("`credentials`", "authenticate")),
    "a list instead of an object": Wrong(lambda _: [config()], ("object", "`credentials`")),
    # The settings.
    "an impossible date": Wrong(settings(start_date="2024-02-30"), ("`start_date`", "2024-02-30", "2024-01-31")),
    "an end before the start": Wrong(
        settings(start_date="2024-02-10", end_date="2024-02-09"), ("`end_date`", "`start_date`", "later")
    ),
    "a negative window": Wrong(settings(attribution_window=-1), ("`attribution_window`", "-1", "0 to 364")),
    "a window of a year": Wrong(settings(attribution_window=365), ("`attribution_window`", "365", "0 to 364")),
    "a window in words": Wrong(settings(attribution_window="abc"), ("`attribution_window`", "abc", "0 to 364")),
    "a flag in words": Wrong(settings(include_deleted="yes"), ("`include_deleted`", "yes", "true or false")),
    "a report of one's own that TikTok refuses": Wrong(
        settings(custom_reports=[{"name": "mine", "level": "AD", "metrics": ["spend"], "dimensions": ["age"]}]),
        ("`custom_reports` 'mine'", "BASIC", "choose the report type AUDIENCE"),
    ),
    # The account.
    "some accounts of others": Wrong(
        lambda api: config() | {"advertiser_ids": production_accounts(api.world)},
        ("`advertiser_ids`", "not among the 1 account", "it may read"),
        lambda api: api.grant(api.account),
    ),
    "a sandbox without account": Wrong(
        lambda api: sandbox(api, advertiser_id=None), ("`credentials.advertiser_id`", "enter")
    ),
    "an account of others": Wrong(
        lambda api: config(advertiser_id=production_accounts(api.world)[1]),
        ("`advertiser_id`", "not among the 1 account", "authorise"),
        lambda api: api.grant(api.account),
    ),
    "no account at all": Wrong(lambda _: config(), ("no ad account", "authorise the app again"), Api.grant),
    # The permissions.
    "reports refused for the account": Wrong(
        lambda _: config(), ("report", "40001", "check that"), refuse(40001, "report/integrated/get/")
    ),
    "reports not granted": Wrong(
        lambda _: config(), ("report", "40130", "permission"), refuse(40130, "report/integrated/get/")
    ),
    "account information not granted": Wrong(
        lambda _: config(), ("account information", "40125", "permission"), refuse(40125, "advertiser/info/")
    ),
}
# What the command line refuses before there is a configuration to judge.
UNUSABLE = "a list instead of an object"


@pytest.fixture(scope="module")
def check_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Checked]]:
    """Checks a configuration against an API of its own."""
    world = small_world(now=NOW)
    with ExitStack() as stack:

        def check(given: Given, prepare: Callable[[Api], object]) -> Checked:
            api = Api(world)
            emulator = stack.enter_context(api.emulator)
            prepare(api)
            output = Connector(emulator.url, tmp_path_factory.mktemp("check"), NOW).check(given(api))
            return output, emulator.requests

        yield check


@pytest.fixture(scope="module")
def working(check_of: Callable[..., Checked]) -> dict[str, Checked]:
    runs = (partial(check_of, given, lambda _: None) for given, _ in WORKING.values())
    return dict(zip(WORKING, side_by_side(*runs), strict=True))


@pytest.fixture(scope="module")
def failing(check_of: Callable[..., Checked]) -> dict[str, Checked]:
    runs = (partial(check_of, wrong.config, wrong.given) for wrong in WRONG.values())
    return dict(zip(WRONG, side_by_side(*runs), strict=True))


FORMS: tuple[Callable[[str], str], ...] = (
    *(str, str.upper, quote, quote_plus, partial(quote, safe="")),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: quote(text, safe="").lower(),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(json.dumps(text))[1:-1],
    lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    html.escape,
    lambda text: b64encode(text.encode()).decode(),
    lambda text: urlsafe_b64encode(text.encode()).decode(),
    lambda text: text.encode().hex(),
)


def assert_no_secret(output: Output) -> None:
    for secret in SECRETS:
        for spelled in {form(secret) for form in FORMS}:
            assert spelled.encode() not in output.stdout + output.stderr


def told(output: Output) -> list[str]:
    """All that a person is told, be it as the verdict of a check or as an error."""
    verdicts = [m["connectionStatus"] for m in output.messages if m["type"] == "CONNECTION_STATUS"]
    assert output.exit_code == (0 if verdicts else 1)
    return [said["message"] for said in (*verdicts, *output.errors)]


def assert_one_clear_sentence(text: str, *words: str) -> None:
    """One sentence for a person, with the words that name the field and the cure."""
    assert all(word in text for word in words), text
    assert text.endswith("."), text
    assert not re.search(r"[.!?]\s+[A-Z`]|\n|\*\*\*\*|Traceback", text), text
    assert 20 < len(text) < 400, text


@pytest.mark.parametrize("name", WORKING)
def test_every_form_of_configuration_that_ever_worked_still_works(name: str, working: dict[str, Checked]) -> None:
    output, requests = working[name]

    assert output.connection_status == {"status": "SUCCEEDED"}
    assert output.exit_code == 0
    assert output.stderr == b""
    assert {request.host for request in requests} == {WORKING[name][1]}
    assert not [request for request in requests if request.code != 0 or request.unknown_params]
    assert_no_secret(output)


@pytest.mark.parametrize("name", [name for name in WRONG if name != UNUSABLE])
def test_a_wrong_configuration_fails_the_check_with_one_sentence_that_names_field_and_cure(
    name: str, failing: dict[str, Checked]
) -> None:
    output, _ = failing[name]

    assert output.exit_code == 0
    assert output.stderr == b""
    assert b"Traceback" not in output.stdout
    assert [message["type"] for message in output.messages if message["type"] != "LOG"] == ["CONNECTION_STATUS"]
    assert output.connection_status["status"] == "FAILED"
    assert_one_clear_sentence(output.connection_status["message"], *WRONG[name].words)
    assert_no_secret(output)


def test_a_configuration_that_is_no_object_is_told_in_one_sentence(failing: dict[str, Checked]) -> None:
    output, requests = failing[UNUSABLE]

    (sentence,) = told(output)
    assert_one_clear_sentence(sentence, *WRONG[UNUSABLE].words)
    assert not output.complaints("Traceback")
    assert output.stderr == b""
    assert not requests
    assert_no_secret(output)


def test_twenty_wrong_configurations_and_more_are_tried() -> None:
    assert len(WRONG) >= 22


def test_an_account_that_is_gone_does_not_fail_the_check_while_others_answer(
    check_of: Callable[..., Checked],
) -> None:
    def lose_the_first(api: Api) -> None:
        api.emulator.access.refuse(40001, advertiser_id=api.account)

    output, _ = check_of(lambda _: config(), lose_the_first)

    assert output.connection_status == {"status": "SUCCEEDED"}
    assert output.exit_code == 0


def test_a_secret_that_tiktok_repeats_is_masked_in_every_form(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    echo = " ".join(form(secret) for secret in (TOKEN, SECRET) for form in FORMS)
    api = Api(world)
    api.emulator.access.refuse(40130, f"Not allowed: {echo}", endpoint="report/integrated/get/")

    with api.emulator as emulator:
        own = connector.beside("echo", api=emulator.url)
        check, read = own.check(config()), own.read(config(), configured([streams[STREAM]]))

    assert "Not allowed: ****" in check.connection_status["message"]
    assert all("Not allowed: ****" in error["message"] for error in read.errors)
    assert read.errors
    assert read.complaints("Not allowed: ****")
    for output in (check, read):
        assert_no_secret(output)


def test_a_credential_that_tiktok_repeats_in_a_record_is_masked_there_and_nothing_else_is(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    names, api = ("campaigns", "campaigns_reports_daily"), Api(world)
    campaign = world.entities("campaign", api.account)[0]
    world.touch(campaign.entity_id, name=f'Sale "{TOKEN}" \N{CROSS MARK} {quote(SECRET, safe="")} type')

    with api.emulator as emulator:
        read = connector.beside("repeated", api=emulator.url).read(
            config(), configured(list(streams.values()), *names)
        )

    assert_no_secret(read)
    world.touch(campaign.entity_id, name='Sale "****" \N{CROSS MARK} **** type', at=campaign.touched)
    for name in names:
        assert not mistakes(streams[name], read.records[name], expected(world, streams[name], START))
        assert len(read.complaints(f"within records of {name}:")) == 1
    assert read.exit_code == 0


def test_secrets_that_are_words_of_the_messages_break_none_of_them(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    api = Api(world)
    words = config(access_token="type", secret="answered", app_id="40105")

    with api.emulator as emulator:
        own = connector.beside("words", api=emulator.url)
        check, read = own.check(words), own.read(words, configured([streams[STREAM]]))

    assert check.connection_status["status"] == "FAILED"
    for told in (check.connection_status["message"], read.verdict["message"]):
        assert "TikTok **** oauth2/advertiser/get/ with code ****: Access token" in told


MACHINES: dict[str, tuple[dict[str, str], str]] = {
    "SOCKS": ({"https_proxy": "socks5://user:s3cr3t-pass@proxy.example:1080"}, "https_proxy"),
    "no port": ({"HTTPS_PROXY": "http://user:s3cr3t-pass@proxy.example:port"}, "HTTPS_PROXY"),
    "no certificates": ({"REQUESTS_CA_BUNDLE": "/nowhere/bundle.pem"}, "REQUESTS_CA_BUNDLE"),
}


def test_what_is_wrong_with_the_machine_is_told_at_once_as_the_result_of_a_check(connector: Connector) -> None:
    machines = [
        connector.beside(name, api="https://tiktok.invalid", environment={"no_proxy": "", **environment})
        for name, (environment, _) in MACHINES.items()
    ]
    checks = side_by_side(*(partial(machine.check, config()) for machine in machines))

    for output, (_, variable) in zip(checks, MACHINES.values(), strict=True):
        assert output.connection_status["status"] == "FAILED"
        assert_one_clear_sentence(output.connection_status["message"], f"environment variable {variable}")
        assert b"s3cr3t-pass" not in output.stdout
        assert output.stderr == b""
        assert not output.logs("INFO", "WARN")


def test_a_check_costs_a_handful_of_requests_however_many_accounts_there_are(connector: Connector) -> None:
    world = World(now=NOW)
    for number in range(250):
        world.add_account(f"Shop {number}")
    with Emulator(world) as emulator:
        output = connector.beside("many", api=emulator.url).check(production_config())

    assert output.connection_status == {"status": "SUCCEEDED"}
    assert len(emulator.requests) <= 4


SPEED = 20


def test_a_check_while_tiktok_is_down_ends_soon_with_one_sentence(connector: Connector, world: World) -> None:
    downs: dict[str, tuple[actions.Action, tuple[str, ...]]] = {
        "unavailable": (actions.http(503), ("HTTP 503",)),
        "cut off": (actions.reset(), ("with nothing",)),
    }

    def check(name: str) -> Checked:
        with Emulator(world) as emulator:
            emulator.faults.add(downs[name][0], times=None)
            environment = {"TIKTOK_MARKETING_CLOCK_SPEED": str(SPEED)}
            own = connector.beside(name, api=emulator.url, environment=environment)
            return own.check(production_config()), emulator.requests

    for (output, requests), (_, words) in zip(
        side_by_side(*(partial(check, name) for name in downs)), downs.values(), strict=True
    ):
        assert output.exit_code == 0
        assert output.stderr == b""
        assert output.connection_status["status"] == "FAILED"
        assert_one_clear_sentence(output.connection_status["message"], "TikTok", *words)
        assert 2 <= len(requests) <= 10


# Read


def test_a_read_with_a_wrong_configuration_is_one_error_and_nothing_else(
    connector: Connector, emulator: Emulator, streams: dict[str, Json]
) -> None:
    catalog = configured([streams[STREAM]])
    cases: dict[str, tuple[Json, str]] = {
        "date": (config() | {"start_date": "2024-02-30"}, "`start_date`"),
        "type": (config(auth_type="password"), "`credentials.auth_type`"),
    }

    outputs = side_by_side(
        *(partial(connector.beside(name).read, given, catalog) for name, (given, _) in cases.items())
    )

    for output, (_, field) in zip(outputs, cases.values(), strict=True):
        assert output.exit_code == 1
        (error,) = output.errors
        assert error["failure_type"] == "config_error"
        assert_one_clear_sentence(error["message"], field)
        assert not output.records
        assert not output.complaints("Traceback")
        assert output.stderr == b""
        assert_no_secret(output)
    assert not emulator.requests


def test_a_read_that_cannot_list_the_accounts_says_so_once_for_each_stream_and_asks_no_further(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    catalog = configured([streams[STREAM], streams["ads"]])
    cases: dict[str, tuple[Json, Callable[[Api], object], str, str]] = {
        "dead token": (config(access_token=WRONG_TOKEN), lambda _: None, "config_error", "`access_token`"),
        "no account": (config(), Api.grant, "config_error", "no ad account"),
        "down": (
            config(),
            lambda api: api.emulator.faults.add(actions.http(503), times=None),
            "transient_error",
            "HTTP 503",
        ),
    }

    def read(name: str) -> Checked:
        given, prepare, *_ = cases[name]
        api = Api(world)
        prepare(api)
        with api.emulator as emulator:
            return connector.beside(name, api=emulator.url).read(given, catalog), emulator.requests

    for (output, requests), (_, _, failure_type, words) in zip(
        side_by_side(*(partial(read, name) for name in cases)), cases.values(), strict=True
    ):
        assert output.exit_code == 1
        assert {error["failure_type"] for error in output.errors} == {failure_type}
        assert all(words in error["message"] for error in output.errors)
        assert {statuses[-1] for statuses in output.statuses.values()} == {"INCOMPLETE"}
        assert not output.records
        assert not output.complaints("Traceback")
        assert failure_type == "transient_error" or len(requests) <= 2
        assert output.stderr == b""
        assert_no_secret(output)


# Files


FILES = (
    "check, config missing",
    "check, config broken",
    "read, catalog missing",
    "read, catalog broken",
    "read, catalog shapeless",
)


@pytest.fixture(scope="module")
def with_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Output]:
    """What commands say to files that are missing or hold something else."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "broken").write_text(f'{{"access_token": "{TOKEN}",')
    (folder / "shapeless").write_text(json.dumps({"streams": [{"name": STREAM}]}))
    connector = Connector("http://127.0.0.1:1", folder, NOW)

    def run(case: str) -> Output:
        command, _, kind = case.replace(",", "").split()
        own = connector.beside(case)
        return own.check(folder / kind) if command == "check" else own.read(config(), folder / kind)

    return dict(zip(FILES, side_by_side(*(partial(run, case) for case in FILES)), strict=True))


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_missing_or_holds_something_else_is_told_in_one_sentence(
    case: str, with_files: dict[str, Output]
) -> None:
    output = with_files[case]
    _, what, kind = case.replace(",", "").split()

    assert output.stderr == b""
    (sentence,) = told(output)
    assert_one_clear_sentence(sentence, what, f"/{kind}")
    assert {error["failure_type"] for error in output.errors} <= {"config_error"}
    assert not output.complaints("Traceback")
    assert not output.records
    assert_no_secret(output)


def test_streams_that_do_not_exist_are_told_each_and_together(
    connector: Connector, streams: dict[str, Json]
) -> None:
    names = ("pixel_reports", "spark_reports")
    output = connector.read(production_config(), configured([streams[STREAM] | {"name": name} for name in names]))

    assert output.exit_code == 1
    assert [error["message"].split()[2] for error in output.errors[:2]] == list(names)
    assert_one_clear_sentence(output.verdict["message"], "The streams pixel_reports, spark_reports do not exist")
    assert [output.statuses[name] for name in names] == [["INCOMPLETE"]] * 2


def test_a_specification_without_docstrings_is_the_same(connector: Connector) -> None:
    bare = connector.beside("bare", environment={"PYTHONOPTIMIZE": "2"})

    assert bare.spec().messages[-1] == connector.spec().messages[-1]


def test_words_in_any_script_are_told_where_stdout_is_ascii(connector: Connector, emulator: Emulator) -> None:
    emulator.faults.add(actions.api(40105, "令牌无效 \N{CROSS MARK}"), times=None)
    own = connector.beside("ascii", environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})

    output = own.check(production_config())

    assert "令牌无效 \N{CROSS MARK}" in output.connection_status["message"]
    assert output.stderr == b""


def test_a_stream_that_does_not_exist_is_named_and_the_others_are_read(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    catalog = configured(
        [streams[STREAM] | {"name": "adverts_reports_daily"}, streams[STREAM], streams["audiences"]]
    )

    output = connector.read(production_config(), catalog)

    assert output.exit_code == 1
    for name in (STREAM, "audiences"):
        truth = expected(world, streams[name], START)
        assert not mistakes(streams[name], output.records[name], truth)
        assert output.statuses[name][-1] == "COMPLETE"
    assert output.statuses["adverts_reports_daily"][-1] == "INCOMPLETE"
    for error in output.errors:
        assert error["failure_type"] == "config_error"
        assert_one_clear_sentence(error["message"], "adverts_reports_daily", "refresh the schema")
    assert output.errors
    assert output.stderr == b""
