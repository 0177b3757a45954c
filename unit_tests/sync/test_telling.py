"""What people are told holds no secret, is short, and is a message whatever the secrets are."""

import json
import logging
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteConnectionStatus, AirbyteMessage, FailureType, Status, Type
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given, settings
from hypothesis import strategies as st

from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.secrets import MASK, forget, remember
from source_tiktok_marketing.sync.telling import (
    LONGEST_TEXT,
    LogFormatter,
    failed_check,
    failure_message,
    line_of,
    masked,
    sentence_of,
)

# Words of which the messages themselves are made.
AWKWARD = ["type", "message", "1795", "null", "LOG,", '"log"', "ERROR", "trace", "\\" * 4, "level", "{}{}", "true"]


def logged(message: str, level: int = logging.INFO, exc_info: Any = None) -> dict[str, Any]:
    record = logging.LogRecord("airbyte", level, "", 0, message, None, exc_info)
    line: dict[str, Any] = json.loads(LogFormatter().format(record))
    return line


def raised(error: Exception) -> Exception:
    try:
        raise error  # noqa: TRY301  # for its traceback
    except Exception as caught:  # noqa: BLE001
        return caught


@settings(max_examples=100)
@given(secrets=st.lists(st.sampled_from(AWKWARD) | st.text(min_size=4), max_size=4), text=st.text())
def test_a_log_line_is_a_message_whatever_is_a_secret(secrets: list[str], text: str) -> None:
    forget()
    for secret in secrets:
        remember(secret)

    line = logged(" ".join([text, *secrets]).encode("utf-8", "replace").decode())

    assert (line["type"], line["log"]["level"]) == ("LOG", "INFO")
    assert [secret for secret in secrets if secret in line["log"]["message"].replace(MASK, "\0")] == []


@pytest.mark.parametrize(
    ("level", "name"),
    [(logging.DEBUG, "DEBUG"), (logging.WARNING, "WARN"), (logging.ERROR, "ERROR"), (logging.CRITICAL, "FATAL")],
)
def test_a_log_line_of_any_level_is_a_message_with_that_level(level: int, name: str) -> None:
    assert logged("Read.", level) == {"type": "LOG", "log": {"level": name, "message": "Read."}}


def test_a_traceback_in_the_log_is_masked_and_cut() -> None:
    remember("s3cr3t-t0k3n")
    error = raised(ValueError("s3cr3t-t0k3n" + "x" * 1_000_000))

    line = logged("Not read.", logging.ERROR, (type(error), error, error.__traceback__))

    assert "Traceback" in line["log"]["message"]
    assert f"ValueError: {MASK}xxx" in line["log"]["message"]
    assert len(line["log"]["message"]) <= LONGEST_TEXT + 3


@pytest.mark.parametrize("secret", AWKWARD)
@pytest.mark.parametrize(
    "error",
    [config_error("`type` is wrong."), AirbyteTracedException("in", "out"), KeyError("type")],
    ids=["config", "traced", "surprise"],
)
def test_the_failure_of_a_command_is_a_message_whatever_is_a_secret(secret: str, error: Exception) -> None:
    remember(secret)
    failure, check = json.loads(line_of(failure_message(raised(error)))), json.loads(line_of(failed_check(error)))

    assert (failure["type"], failure["trace"]["type"]) == ("TRACE", "ERROR")
    assert (check["type"], check["connectionStatus"]["status"]) == ("CONNECTION_STATUS", "FAILED")
    for told in (failure["trace"]["error"]["message"], check["connectionStatus"]["message"]):
        assert told
        assert secret not in told.replace(MASK, "")


@pytest.mark.parametrize(
    ("error", "traced"),
    [(config_error("Mend it."), False), (AirbyteTracedException("a", "b"), False), (KeyError("x"), True)],
    ids=["config", "traced", "surprise"],
)
def test_only_what_nobody_foresaw_is_told_with_its_stack_trace(error: Exception, traced: bool) -> None:
    failure = json.loads(line_of(failure_message(raised(error))))["trace"]["error"]

    assert bool(failure.get("stack_trace")) is traced
    assert ("fault of the connector" in failure["message"]) is traced


def test_every_text_of_a_failure_is_masked_and_cut() -> None:
    remember("s3cr3t-t0k3n")
    text = "s3cr3t-t0k3n" + "x" * 1_000_000
    error = AirbyteTracedException(text, text, FailureType.system_error, exception=raised(ValueError(text)))

    told = masked(error.as_airbyte_message())

    assert told.trace
    assert told.trace.error
    for said in (told.trace.error.message, told.trace.error.internal_message, told.trace.error.stack_trace):
        assert said
        assert "s3cr3t" not in said
        assert len(said) <= LONGEST_TEXT + 3


def test_the_result_of_a_check_is_masked() -> None:
    remember("s3cr3t-t0k3n")
    status = AirbyteConnectionStatus(status=Status.FAILED, message="Token s3cr3t-t0k3n.")
    message = masked(AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status))

    assert message.connectionStatus
    assert message.connectionStatus.message == f"Token {MASK}."


@pytest.mark.parametrize("error", [config_error("s3cr3t-t0k3n is wrong."), ValueError("s3cr3t-t0k3n")])
def test_a_sentence_for_a_person_holds_no_secret(error: Exception) -> None:
    remember("s3cr3t-t0k3n")

    assert MASK in sentence_of(error)
    assert "s3cr3t-t0k3n" not in sentence_of(error)
