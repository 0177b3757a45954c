"""From a response, or from none, to a judged answer.

HTTP statuses say little: TikTok answers nearly every failure with HTTP 200 and a `code` in the body, so the body
decides. What is no envelope of TikTok's comes from something on the way, and then the status does.
"""

import codecs
import json
import re
import ssl
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

import orjson
import requests
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3Timeout

from source_tiktok_marketing.api.bodies import UnreadableBody, unpacked
from source_tiktok_marketing.api.codes import CERTIFICATE, HEAVY, HTTP_STATUSES, RETRY, Action, Rule, rule_of
from source_tiktok_marketing.api.errors import LONGEST_MESSAGE, Answer
from source_tiktok_marketing.api.machine import UnfitMachine
from source_tiktok_marketing.settings.secrets import shorten

# From a body to the envelope in it.
Parse = Callable[[bytes], Any]

LONGEST_REQUEST_ID = 100
SUCCESSES = range(200, 300)
# What is looked at of a gateway's page, and what of it is told.
PAGE_LOOK, PAGE_WORDS = 2_000, 100
TAG = re.compile("<[^<>]*>")
TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})\b")

# What the libraries raise for requests that got no whole answer; they do not wrap all that goes wrong in them.
FAILURES = (
    UnfitMachine,
    UnreadableBody,
    requests.RequestException,
    HTTPError,
    HTTPException,
    OSError,
    ValueError,
    OverflowError,
    MemoryError,
)


def parsed(body: bytes) -> Any:
    """JSON, also where a name was cut in the middle of a sign, and behind the mark that some put before UTF-8."""
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(body)
    except ValueError:
        whole = json.dumps(json.loads(body.decode("utf-8", "replace")), ensure_ascii=False)
        return orjson.loads(whole.encode("utf-8", "replace"))


def judge_response(status: int, packed: bytes, encoding: str, parse: Parse = parsed) -> Answer:
    """Judge a response by its body, which is still packed."""
    try:
        return judge(status, unpacked(packed, encoding), parse)
    except UnreadableBody as error:
        return _no_envelope(status, str(error))


def judge(status: int, body: bytes, parse: Parse = parsed) -> Answer:
    """Judge a response by its envelope, or by its HTTP status where a gateway answered with something else."""
    try:
        envelope = parse(body)
        code, message = _code(envelope["code"]), str(envelope.get("message", ""))[:LONGEST_MESSAGE]
        rule = rule_of(code, message)
        data = dict(envelope.get("data") or {}) if rule.action is Action.ACCEPT else {}
        request_id = str(envelope.get("request_id", ""))[:LONGEST_REQUEST_ID]
        return Answer(rule, code, message, request_id, data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        words = _words_of_page(body) if status not in SUCCESSES else ""
        return _no_envelope(status, f"a body that is no TikTok answer{words and f' ({words})'}")


def judge_exception(error: Exception) -> Answer:
    """Judge a request that got no whole response: resets, time-outs and cut-off bodies are transient."""
    if isinstance(error, UnfitMachine):
        return Answer(Rule(Action.CONFIGURE, error.cure), None, f"nothing, since {error.words}")
    cause = _innermost(error)
    # The system's words only: those of the libraries hold the URL, and with it the app's secret.
    words = shorten(str(getattr(cause, "strerror", None) or ""))
    rule = HEAVY if isinstance(error, requests.Timeout | Urllib3Timeout) else RETRY
    if isinstance(cause, ssl.SSLCertVerificationError):
        rule = CERTIFICATE
    elif isinstance(cause, UnreadableBody):
        words = str(cause)
    elif refused := TUNNEL_REFUSED.match(str(cause)):
        words = f"the proxy answers HTTP {refused[1]}"
        rule = HTTP_STATUSES.get(int(refused[1]), RETRY)
    return Answer(rule, None, f"nothing ({type(error).__name__}{f': {words}' if words else ''})")


def _no_envelope(status: int, what: str) -> Answer:
    return Answer(HTTP_STATUSES.get(status, RETRY), None, f"HTTP {status} with {what}")


def _code(value: Any) -> int:
    """A return code; a failure's as text too, but only the number says that all is well."""
    if type(value) is int:
        return value
    if isinstance(value, str) and rule_of(int(value)).action is not Action.ACCEPT:
        return int(value)
    raise TypeError("no return code")


def _words_of_page(body: bytes) -> str:
    """The first words of a gateway's page, which say more than its status."""
    text = shorten(body[: 10 * PAGE_LOOK].decode("utf-8", "replace"), PAGE_LOOK)
    words = "".join(sign if sign.isprintable() else " " for sign in TAG.sub(" ", text)).split()
    return shorten(" ".join(words), PAGE_WORDS)


def _innermost(error: BaseException) -> BaseException:
    """The exception that began it."""
    return list(_causes(error))[-1]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        inner = (getattr(error, "reason", None), *error.args, error.__cause__)
        error = next((nested for nested in inner if isinstance(nested, BaseException)), None)
