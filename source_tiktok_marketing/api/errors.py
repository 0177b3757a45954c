"""What TikTok's answers mean: one table from return code to action, and a lookup.

    ApiError                 TikTok answered, and the answer is final for this request
    ├── Refused              this account may not use this endpoint; other accounts may
    ├── TooLarge             the query must be made smaller
    └── Unavailable          the patience for a transient failure is used up
    Incomplete               every answer was a success, yet the listing could not be proven whole
    Malformed                an answer has a shape that nobody can read

HTTP statuses say little: TikTok answers nearly every failure with HTTP 200 and a `code` in the body, so the
body decides. Codes and meanings: the return-code appendix of the TikTok API for Business.
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import orjson
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from urllib3.exceptions import TimeoutError  # noqa: A004  # urllib3's, which is no OSError


class Action(Enum):
    """What to do about an answer."""

    ACCEPT = "use the data"
    RETRY = "ask again soon"
    LIGHTEN = "ask again once, then for less at a time"
    WAIT_OUT = "ask again for as long as a maintenance lasts"
    THROTTLE = "pause every worker, then ask again"
    NARROW = "ask for less at a time"
    REFUSE = "leave this account out"
    CONFIGURE = "let the user mend the configuration"
    FAIL = "report our own mistake"


@dataclass(frozen=True)
class Rule:
    """What a return code means to this connector.

    Attributes:
        action: What to do.
        cure: For the user: what to do about it, as the second half of a sentence.
    """

    action: Action
    cure: str = ""


ACCEPT = Rule(Action.ACCEPT)
RETRY = Rule(Action.RETRY)
# Time-outs on TikTok's side: mostly trouble that passes, but also how a query that is too large fails.
HEAVY = Rule(Action.LIGHTEN)
THROTTLE = Rule(Action.THROTTLE)
FAIL = Rule(Action.FAIL, "this is a fault of the connector; please report it with the request id")
GRANT = "ask for the permission in TikTok's developer portal and authorise the app again"
ACCOUNT = Rule(Action.REFUSE, "check that the account exists and that the token's user may read it")
PERMISSION = Rule(Action.REFUSE, GRANT)
SANDBOX = Rule(Action.REFUSE, "leave the stream out, the sandbox does not offer it")
TOKEN = Rule(Action.CONFIGURE, "authenticate again, or paste a valid `access_token`")
CERTIFICATE = Rule(
    Action.CONFIGURE,
    "a proxy answers in TikTok's place: let it through, or name its certificate in REQUESTS_CA_BUNDLE",
)
APP = Rule(Action.CONFIGURE, "check `app_id` and `secret` against TikTok's developer portal")

SUCCESS = 0
PARAMETER_REFUSED = 40002
CODES: dict[int, Rule] = {
    SUCCESS: ACCEPT,
    20001: ACCEPT,
    40000: FAIL,
    40001: ACCOUNT,
    PARAMETER_REFUSED: FAIL,
    40003: ACCOUNT,
    40006: FAIL,
    40007: FAIL,
    40008: SANDBOX,
    40009: SANDBOX,
    40010: Rule(Action.CONFIGURE, "use a sandbox token with the sandbox and a production token without it"),
    40011: FAIL,
    40013: Rule(Action.CONFIGURE, "check `advertiser_id` against the sandbox in the developer portal"),
    40014: SANDBOX,
    40016: THROTTLE,
    40050: FAIL,
    40051: FAIL,
    40061: FAIL,
    40067: Rule(Action.NARROW, "report it: the connector could not make the query small enough"),
    40100: THROTTLE,
    40101: APP,
    40102: TOKEN,
    40103: TOKEN,
    40104: TOKEN,
    40105: TOKEN,
    40106: ACCOUNT,
    40107: TOKEN,
    40108: TOKEN,
    40110: TOKEN,
    40113: APP,
    40114: ACCOUNT,
    40115: FAIL,
    40116: FAIL,
    40117: FAIL,
    40118: PERMISSION,
    40119: ACCOUNT,
    40124: PERMISSION,
    40125: PERMISSION,
    40130: PERMISSION,
    40131: TOKEN,
    40132: THROTTLE,
    40133: THROTTLE,
    40200: RETRY,
    40201: RETRY,
    40202: RETRY,
    40300: ACCOUNT,
    40301: ACCOUNT,
    40302: ACCOUNT,
    40400: FAIL,
    40502: FAIL,
    40700: RETRY,
    41000: Rule(Action.CONFIGURE, "run the connector from a country that TikTok serves"),
    41001: FAIL,
    41002: FAIL,
    50002: HEAVY,
    51010: HEAVY,
    60001: Rule(Action.WAIT_OUT, "try again when TikTok's maintenance is over"),
    61000: THROTTLE,
    70001: TOKEN,
}
# The app lacks a permission, whatever the account.
MISSING_SCOPES = frozenset(code for code, rule in CODES.items() if rule is PERMISSION)
HTTP_STATUSES: dict[int, Rule] = {404: FAIL, 405: FAIL, 429: THROTTLE, 504: HEAVY}
INTERNAL_CODES = range(50000, 60000)


def rule_of(code: int) -> Rule:
    """The rule for a return code; every 5xxxx is TikTok's own trouble, and what nobody knows is final."""
    return CODES.get(code) or (RETRY if code in INTERNAL_CODES else FAIL)


@dataclass(frozen=True)
class Answer:
    """One answer of TikTok, judged.

    Attributes:
        rule: What to do.
        code: TikTok's return code, or None if there was no envelope.
        message: TikTok's words, or what happened instead.
        request_id: For TikTok's support.
        data: The payload; `{}` on failure.
    """

    rule: Rule
    code: int | None
    message: str
    request_id: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def page_info(self) -> Any:
        """What TikTok says of page and count; `{}` if nothing."""
        return self.data.get("page_info") or {}

    def __str__(self) -> str:
        """TikTok's words with the code, for a sentence."""
        words = f"code {self.code}: {self.message}" if self.code is not None else self.message
        return f"{words} [request {self.request_id}]" if self.request_id else words


def _parsed(body: bytes) -> Any:
    """JSON, also where a name was cut in the middle of a sign."""
    try:
        return orjson.loads(body)
    except ValueError:
        whole = json.dumps(json.loads(body.decode("utf-8", "replace")), ensure_ascii=False)
        return orjson.loads(whole.encode("utf-8", "replace"))


def judge(status: int, body: bytes) -> Answer:
    """Judge a response by its envelope, or by its HTTP status where a gateway answered with something else."""
    try:
        envelope = _parsed(body)
        code = int(envelope["code"])
        rule = rule_of(code)
        data = dict(envelope.get("data") or {}) if rule.action is Action.ACCEPT else {}
        return Answer(rule, code, str(envelope.get("message", "")), str(envelope.get("request_id", "")), data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        rule = HTTP_STATUSES.get(status, RETRY)
        return Answer(rule, None, f"HTTP {status} with a body that is no TikTok answer")


def judge_exception(error: Exception) -> Answer:
    """Judge a request that got no whole response: resets, time-outs and cut-off bodies are transient."""
    rule = HEAVY if isinstance(error, requests.Timeout | TimeoutError) else RETRY
    cause = _innermost(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        rule = CERTIFICATE
    # The system's words only: those of the libraries hold the URL, and with it the app's secret.
    words = getattr(cause, "strerror", None)
    return Answer(rule, None, f"nothing ({type(error).__name__}{f': {words}' if words else ''})")


def _innermost(error: BaseException) -> BaseException:
    """The exception that began it."""
    inner = (getattr(error, "reason", None), *error.args, error.__cause__)
    cause = next((nested for nested in inner if isinstance(nested, BaseException)), None)
    return error if cause is None else _innermost(cause)


class ApiError(Exception):
    """A final failure of one request.

    Args:
        answer: The last answer.
        where: Endpoint and account, without the query (which can hold secrets).
    """

    def __init__(self, answer: Answer, where: str) -> None:
        self.answer = answer
        self.where = where
        cure = f"; {answer.rule.cure}" if answer.rule.cure else ""
        super().__init__(filter_secrets(f"TikTok answered {where} with {answer}{cure}."))

    @property
    def is_everywhere(self) -> bool:
        """Whether every other request would fail alike, since token, app or configuration are wrong."""
        return self.answer.rule.action is Action.CONFIGURE

    @property
    def failure_type(self) -> FailureType:
        """Whose turn it is: the user's or ours."""
        is_the_users = self.answer.rule.action in (Action.CONFIGURE, Action.REFUSE)
        return FailureType.config_error if is_the_users else FailureType.system_error


class Refused(ApiError):
    """This account may not use this endpoint."""


class TooLarge(ApiError):
    """TikTok cannot answer a query of this size."""


class Unavailable(ApiError):
    """A transient failure outlasted the patience for it."""

    @property
    def failure_type(self) -> FailureType:
        """TikTok's turn: the next sync may succeed."""
        return FailureType.transient_error


FINAL: dict[Action, type[ApiError]] = {
    Action.REFUSE: Refused,
    Action.NARROW: TooLarge,
    Action.CONFIGURE: ApiError,
    Action.FAIL: ApiError,
}


class Incomplete(Exception):
    """A listing that could not be proven whole; what was read of it is emitted, its state is not."""

    failure_type = FailureType.transient_error


class Malformed(Exception):
    """A row that TikTok's documentation does not allow for; nothing is guessed about it."""

    failure_type = FailureType.system_error

    def __init__(self, error: Exception) -> None:
        super().__init__(f"TikTok sent a row of another shape than it documents ({error!r})")


@contextmanager
def documented_shape() -> Iterator[None]:
    """Tell rows of another shape as such.

    Raises:
        Malformed: Instead of what Python says of a key or a type that is missing.
    """
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise Malformed(error) from error
