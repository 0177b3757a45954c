"""What TikTok's answers mean: the code decides, and every final failure says what to do."""

import json
import socket
import ssl
from typing import Any
from uuid import uuid4

import orjson
import pytest
import requests
import urllib3
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given, settings
from hypothesis import strategies as st

from source_tiktok_marketing.api.answers import judge, judge_exception
from source_tiktok_marketing.api.client import describe
from source_tiktok_marketing.api.codes import APP, CODES, FAIL, PERMISSION, RANGES, TOKEN, Action, Rule, rule_of
from source_tiktok_marketing.api.errors import (
    FINAL,
    LONGEST_TOLD,
    Answer,
    ApiError,
    Malformed,
    Refused,
    TooLarge,
    Unavailable,
    given_up,
)
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.secrets import remember
from unit_tests.builders import ACCOUNT

ACCEPT = {Action.ACCEPT}
NO = {Action.REFUSE, Action.CONFIGURE, Action.FAIL}
SKIP = {Action.REFUSE}
USER = {Action.CONFIGURE}
YES = {Action.RETRY, Action.LIGHTEN}
THROTTLE = {Action.THROTTLE}
LONG = {Action.WAIT_OUT}
SMALLER = {Action.NARROW}

# TikTok's return codes and whether to ask again, from the appendix of its documentation.
ADVICE: dict[int, set[Action]] = {
    **dict.fromkeys([0, 20001], ACCEPT),
    **dict.fromkeys([40000, 40002, 40003, 40006, 40007, 40010, 40011, 40013, 40050, 40051, 40061], NO),
    **dict.fromkeys([40001, 40106, 40119, 40300, 40301, 40302], SKIP),  # this account, not the others
    **dict.fromkeys([40008, 40009, 40014, 40118], SKIP),  # not in the sandbox, not on the allow list
    **dict.fromkeys([40016, 40100, 40132, 40133, 61000], THROTTLE),
    40067: SMALLER,
    **dict.fromkeys([40101, 40102, 40103, 40104, 40105, 40107, 40108, 40110, 40113], USER),
    **dict.fromkeys([40109, 40112, 40115, 40116, 40117, 40120, 40309], USER),
    **dict.fromkeys([40114, 40124, 40125, 40130, 40131], NO),
    **dict.fromkeys([40121, 40122, 40126, 40127, 40128, 40129], SKIP),  # permissions
    **dict.fromkeys([40012, 40052, 40053, 40062, 40063, 40065, *range(40900, 40917), 41013], NO),  # changes only
    **dict.fromkeys([40200, 40201, 40202, 40700], YES),
    **dict.fromkeys([40400, 40502, 41000, 41001, 41002, 70001], NO),
    **dict.fromkeys([50000, 50002, 51000, 51001, 51004, 51010, 51011, 51012, 51039, 51040, 51041], YES),
    **dict.fromkeys([51099, 51305, 52000, 52204, 53102, 53103], YES),
    60001: LONG,
}


@pytest.mark.parametrize(("code", "actions"), ADVICE.items())
def test_a_documented_code_is_treated_as_documented(code: int, actions: set[Action]) -> None:
    assert rule_of(code).action in actions


@pytest.mark.parametrize(
    ("code", "action", "cure"),
    [
        (40003, Action.REFUSE, "the token's user may read it"),
        (40010, Action.CONFIGURE, "a sandbox token with the sandbox"),
        (40013, Action.CONFIGURE, "`advertiser_id`"),
        (40101, Action.CONFIGURE, "`app_id` and `secret`"),
        (40105, Action.CONFIGURE, "`access_token`"),
        (40113, Action.CONFIGURE, "`app_id` and `secret`"),
        (40114, Action.REFUSE, "the token's user may read it"),
        (40118, Action.REFUSE, "ask for the permission"),
        (40131, Action.CONFIGURE, "`access_token`"),
        (41000, Action.CONFIGURE, "from a country"),
        (70001, Action.CONFIGURE, "`access_token`"),
    ],
)
def test_what_a_user_can_mend_is_told_with_the_place_to_mend_it(code: int, action: Action, cure: str) -> None:
    assert rule_of(code).action is action
    assert cure in rule_of(code).cure


def test_every_code_with_a_rule_is_a_documented_one() -> None:
    assert CODES.keys() <= ADVICE.keys()


def test_every_documented_code_has_a_rule_of_its_own_or_is_in_a_range() -> None:
    assert {code for code in ADVICE if code not in CODES and not any(code in codes for codes in RANGES)} == set()


@pytest.mark.parametrize("code", [40111, 40123, 40199, 40303, 40399])
def test_a_code_about_rights_that_nobody_knows_leaves_the_account_out(code: int) -> None:
    assert rule_of(code) is PERMISSION


@pytest.mark.parametrize("code", [40012, 40052, 40065, 40900, 40916, 41013])
def test_a_code_of_changes_is_told_as_what_it_is(code: int) -> None:
    assert "changes, which the connector never makes" in rule_of(code).cure


@pytest.mark.parametrize(
    ("code", "message", "rule"),
    [
        (40000, "app_id is inconsistent with the token", APP),
        (40000, "The App ID does not match.", APP),
        (40000, "Invalid parameters.", FAIL),
        (40001, "The app does not grant you the scope.", PERMISSION),
        (40001, "Advertiser doesn't exist or has been deleted.", CODES[40001]),
        (40002, "You have no permission to access this advertiser.", CODES[40001]),
        (40002, "The advertiser does not grant you permission.", PERMISSION),
        (40002, "Invalid metric fields: ['reach'].", FAIL),
        (40105, "app_id, permission, scope", TOKEN),
    ],
)
def test_where_a_code_says_too_little_the_words_are_looked_at(code: int, message: str, rule: Rule) -> None:
    assert rule_of(code, message) is rule
    assert judge(200, envelope_of(code=code, message=message)).rule is rule


@settings(max_examples=50)
@given(code=st.integers(50000, 59999))
def test_every_5xxxx_passes(code: int) -> None:
    assert rule_of(code).action in YES


@pytest.mark.parametrize("code", [-1, 1, 200, 39999, 40015, 40900, 40999, 49999, 60000, 60002, 99999])
def test_a_code_that_nobody_knows_is_our_fault_and_final(code: int) -> None:
    assert rule_of(code).action is Action.FAIL


@pytest.mark.parametrize("code", sorted(CODES))
def test_an_action_is_to_go_on_to_ask_again_or_final(code: int) -> None:
    again = {Action.RETRY, Action.LIGHTEN, Action.WAIT_OUT, Action.THROTTLE}
    assert (rule_of(code).action in {Action.ACCEPT} | again) != (rule_of(code).action in FINAL)


@pytest.mark.parametrize("code", [code for code in sorted(CODES) if rule_of(code).action in FINAL])
def test_a_final_code_has_an_exception_that_says_what_to_do(code: int) -> None:
    rule = rule_of(code)
    error = FINAL[rule.action](Answer(rule, code, "No.", "R1"), "ad/get/ for account 7")

    assert rule.cure
    assert rule.cure in str(error)
    assert f"code {code}: No." in str(error)
    assert "R1" in str(error)
    assert "ad/get/ for account 7" in str(error)


@pytest.mark.parametrize(
    ("action", "exception", "failure_type"),
    [
        (Action.REFUSE, Refused, FailureType.config_error),
        (Action.CONFIGURE, ApiError, FailureType.config_error),
        (Action.NARROW, TooLarge, FailureType.system_error),
        (Action.FAIL, ApiError, FailureType.system_error),
    ],
)
def test_whose_turn_it_is_follows_from_the_action(
    action: Action, exception: type[ApiError], failure_type: FailureType
) -> None:
    error = FINAL[action](Answer(Rule(action), 1, ""), "")
    assert type(error) is exception
    assert error.failure_type is failure_type


@pytest.mark.parametrize("code", [50000, 51010, 60001, 40100, None])
def test_patience_used_up_is_tiktoks_turn(code: int | None) -> None:
    answer = Answer(rule_of(code) if code else Rule(Action.RETRY), code, "")
    assert Unavailable(answer, "").failure_type is FailureType.transient_error


@pytest.mark.parametrize(("code", "may_be"), [(50002, True), (51010, True), (50000, False), (60001, False)])
def test_a_time_out_inside_of_tiktok_may_be_a_query_too_large(code: int, may_be: bool) -> None:
    assert (rule_of(code).action is Action.LIGHTEN) is may_be


# Judging


def envelope_of(**fields: Any) -> bytes:
    return json.dumps({"code": 0, "message": "OK", "request_id": "R1", "data": {}} | fields).encode()


@pytest.mark.parametrize("status", [200, 401, 404, 429, 500, 504])
def test_the_envelope_decides_whatever_the_http_status(status: int) -> None:
    answer = judge(status, envelope_of(code=40105, message="Access token is incorrect."))

    assert (answer.rule.action, answer.code) == (Action.CONFIGURE, 40105)
    assert str(answer) == "code 40105: Access token is incorrect. [request R1]"


def test_the_data_of_a_success_is_handed_on() -> None:
    answer = judge(200, envelope_of(data={"list": [{"ad_id": "1"}]}))
    assert (answer.rule.action, answer.data) == (Action.ACCEPT, {"list": [{"ad_id": "1"}]})


def test_a_code_that_comes_as_text_is_the_same_code() -> None:
    answer = judge(200, envelope_of(code="40105"))
    assert (answer.rule.action, answer.code) == (Action.CONFIGURE, 40105)


@pytest.mark.parametrize("body", [b'{"code": 0}', envelope_of(data=None), envelope_of(data={})])
def test_a_success_without_data_is_an_empty_one(body: bytes) -> None:
    answer = judge(200, body)
    assert (answer.rule.action, answer.data) == (Action.ACCEPT, {})


@pytest.mark.parametrize("code", [b"0.0", b"0.9", b"false", b'"0"', b'"20001"', b"null", b"[]", b"-0.0", b'""'])
def test_only_the_number_zero_is_a_success(code: bytes) -> None:
    answer = judge(200, b'{"code": ' + code + b', "message": "OK", "data": {"list": []}}')
    assert (answer.rule.action, answer.code) == (Action.RETRY, None)


def test_the_mark_that_some_put_before_utf_8_is_no_part_of_an_answer() -> None:
    assert judge(200, b"\xef\xbb\xbf" + envelope_of(data={"list": [1]})).data == {"list": [1]}


@settings(max_examples=200)
@given(body=st.binary(max_size=100) | st.text(max_size=100).map(str.encode), status=st.integers(200, 599))
def test_any_body_is_judged(body: bytes, status: int) -> None:
    assert judge(status, body).rule.action is not Action.ACCEPT


@pytest.mark.parametrize(
    "value",
    ["[1]", "17", '"text"', '{"total_number": [1]}', '{"total_number": "many"}', '{"total_number": 1e400}']
    + [
        f'{{"total_number": {digits}}}' for digits in ("9" * 20, "9" * 300, "-1", "1.5", "true", f'"{"9" * 5000}"')
    ],
)
def test_a_page_info_that_is_none_is_told_in_one_sentence(value: str) -> None:
    answer = judge(200, f'{{"code": 0, "data": {{"list": [], "page_info": {value}}}}}'.encode())
    if answer.rule.action is not Action.ACCEPT:
        return  # The number is none of JSON's.

    with pytest.raises(Malformed) as caught:
        _ = answer.page_info
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("info", [{}, None, {"total_number": None}])
def test_a_page_info_may_be_missing(info: Any) -> None:
    assert judge(200, envelope_of(data={"page_info": info})).page_info == {}


def test_a_page_info_of_text_is_the_same() -> None:
    info = {"page": "1", "page_size": 1000, "total_number": "17", "cursor": "x"}
    counts = {"page": 1, "page_size": 1000, "total_number": 17}
    assert judge(200, envelope_of(data={"page_info": info})).page_info == counts


def test_tiktoks_words_are_told_up_to_a_bound_and_masked_before_they_are_cut() -> None:
    secret = uuid4().hex
    remember(secret)
    message = "x" * (LONGEST_TOLD - 10) + secret + "[" * 300_000

    error = ApiError(judge(200, envelope_of(code=40002, message=message, request_id="R" * 9999)), "ad/get/")

    assert len(str(error)) < LONGEST_TOLD + 300
    assert secret[:8] not in str(error)


HTML = b"<html><head><title>504 Gateway Time-out</title></head></html>"
NO_ENVELOPE = {
    "HTML": HTML,
    "nothing": b"",
    "text": b"404 page not found",
    "half an envelope": envelope_of(data={"list": [{}]})[:-20],
    "a list": b"[]",
    "a number": b"17",
    "null": b"null",
    "an object without code": b'{"message": "OK"}',
    "a code that is an object": b'{"code": {}}',
    "an abyss": b"[" * 100_000,
}


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (200, Action.RETRY),
        *((status, Action.INTERCEPTED) for status in (301, 302, 400, 401, 403, 404, 405, 407, 451)),
        (408, Action.RETRY),
        (429, Action.THROTTLE),
        (500, Action.RETRY),
        (502, Action.RETRY),
        (503, Action.RETRY),
        (504, Action.LIGHTEN),
    ],
)
@pytest.mark.parametrize("body", NO_ENVELOPE.values(), ids=NO_ENVELOPE)
def test_without_an_envelope_the_status_decides(body: bytes, status: int, action: Action) -> None:
    answer = judge(status, body)

    assert answer.rule.action is action
    assert answer.code is None
    assert f"HTTP {status}" in str(answer)
    assert "<html>" not in str(answer)


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (requests.ConnectionError("reset"), Action.RETRY),
        (requests.exceptions.ChunkedEncodingError("cut off"), Action.RETRY),
        (requests.exceptions.ContentDecodingError("garbled"), Action.RETRY),
        (requests.exceptions.SSLError("handshake"), Action.RETRY),
        (requests.ReadTimeout("slow"), Action.LIGHTEN),
        (ValueError("Invalid IPv6 URL"), Action.RETRY),
        (OverflowError("too large"), Action.RETRY),
        (MemoryError(), Action.RETRY),
        (requests.ConnectTimeout("nobody there"), Action.LIGHTEN),
        (urllib3.exceptions.ProtocolError("cut off"), Action.RETRY),
        (urllib3.exceptions.ReadTimeoutError(None, "/", "slow"), Action.LIGHTEN),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_no_answer_at_all_passes_and_is_told_without_the_address(error: Exception, action: Action) -> None:
    answer = judge_exception(error)

    assert answer.rule.action is action
    assert str(answer) == f"nothing ({type(error).__name__})"


def failed(cause: Exception) -> requests.ConnectionError:
    """A request that failed for a reason, as the libraries wrap it: with the address."""
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/?secret=abc", cause))


def caused(by: OSError) -> Exception:
    """An exception whose cause is another."""
    error = urllib3.exceptions.NewConnectionError(None, "to /?secret=abc")
    error.__cause__ = by
    return error


@pytest.mark.parametrize(
    ("error", "action", "words"),
    [
        (
            failed(caused(socket.gaierror(-2, "Name or service not known"))),
            Action.RETRY,
            "Name or service not known",
        ),
        (failed(ConnectionRefusedError(111, "Connection refused")), Action.RETRY, "Connection refused"),
        (
            failed(urllib3.exceptions.SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed"))),
            Action.CONFIGURE,
            "certificate verify failed",
        ),
    ],
    ids=["unknown host", "refused", "a proxy's certificate"],
)
def test_the_systems_words_for_a_connection_that_fails_are_told(
    error: Exception, action: Action, words: str
) -> None:
    answer = judge_exception(error)

    assert answer.rule.action is action
    assert str(answer) == f"nothing (ConnectionError: {words})"


@pytest.mark.parametrize(("status", "cure"), [(407, "the proxy's user and password"), (403, "proxy, firewall")])
def test_a_proxy_that_refuses_the_way_is_told_with_the_cure(status: int, cure: str) -> None:
    refused = OSError(f"Tunnel connection failed: {status} No")
    answer = judge_exception(failed(urllib3.exceptions.ProxyError("Unable to connect to proxy", refused)))

    assert answer.rule.action is Action.INTERCEPTED
    assert cure in answer.rule.cure
    assert f"the proxy answers HTTP {status}" in str(answer)


def test_a_gateways_page_is_told_by_its_first_words() -> None:
    page = (
        b"<html><head>\n<title>403 Forbidden</title></head><body>"
        + b"Ask your admin. \x00" * 9999
        + b"<" * 300_000
    )
    answer = judge(403, page)

    assert str(answer).startswith(
        "HTTP 403 with a body that is no TikTok answer (403 Forbidden Ask your admin. Ask"
    )
    assert len(str(answer)) < 200
    assert str(answer).isprintable()


def test_what_is_on_the_way_is_the_users_turn() -> None:
    error = given_up(judge(403, b""), "ad/get/")

    assert error.failure_type is FailureType.config_error
    assert not error.is_everywhere, "a gateway may let other requests through"
    assert isinstance(given_up(judge(503, b""), ""), Unavailable)


def test_a_failure_counts_whatever_stands_beside_its_code() -> None:
    assert judge(200, b'{"code":40105,"message":"No.","data":"none"}').rule is rule_of(40105)


# Words


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"app_id": "1", "secret": "s3cret"}, "oauth2/advertiser/get/"),
        ({"advertiser_id": ACCOUNT, "page": "2"}, f"oauth2/advertiser/get/ for account {ACCOUNT}"),
        (
            {"advertiser_id": ACCOUNT, "start_date": "2024-01-01", "end_date": "2024-01-30"},
            f"oauth2/advertiser/get/ for account {ACCOUNT} from 2024-01-01 to 2024-01-30",
        ),
    ],
    ids=["secrets", "account", "days"],
)
def test_a_request_is_described_by_endpoint_account_and_days_never_by_its_query(
    params: dict[str, str], words: str
) -> None:
    url = "https://business-api.tiktok.com/open_api/v1.3/oauth2/advertiser/get/"
    assert describe(url, params) == words


def test_a_secret_that_tiktok_quotes_is_masked() -> None:
    secret = uuid4().hex
    remember(secret)

    error = ApiError(Answer(rule_of(40105), 40105, f"Token {secret} is revoked."), "ad/get/")

    assert secret not in str(error)
    assert "Token **** is revoked." in str(error)


@pytest.mark.parametrize("data", [b'"text"', b"7", b'["a"]'])
def test_data_that_is_no_object_is_no_answer(data: bytes) -> None:
    answer = judge(200, b'{"code": 0, "message": "OK", "data": ' + data + b"}")
    assert (answer.rule.action, answer.code) == (Action.RETRY, None)


@pytest.mark.parametrize("name", [rb'"Caf\ud83d"', b'"Caf\xf0\x9f"'], ids=["half a pair", "half a sign"])
def test_a_name_that_was_cut_in_the_middle_of_a_sign_costs_that_sign_only(name: bytes) -> None:
    answer = judge(200, b'{"code": 0, "data": {"id": 9007199254740993, "name": ' + name + b"}}")

    assert answer.data["id"] == 9007199254740993
    assert answer.data["name"].startswith("Caf")
    assert orjson.dumps(answer.data)


def test_a_config_error_is_one_sentence_for_the_user_without_secrets() -> None:
    secret = uuid4().hex
    remember(secret)

    error = config_error(f"`x` is {secret}: mend it.")

    assert isinstance(error, AirbyteTracedException)
    assert (error.message, error.internal_message) == ("`x` is ****: mend it.",) * 2
    assert error.failure_type is FailureType.config_error
