"""TikTok's answers, judged, and the failures that come of them.

ApiError                 TikTok answered, and the answer is final for this request
├── Refused              this account may not use this endpoint; other accounts may
├── TooLarge             the query must be made smaller
└── Unavailable          the patience for a transient failure is used up
Incomplete               every answer was a success, yet the listing could not be proven whole
Malformed                an answer has a shape that nobody can read
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from airbyte_cdk.models import FailureType

from source_tiktok_marketing.api.codes import Action, Rule
from source_tiktok_marketing.settings.secrets import mask, shorten

# What TikTok can say at most, a list of all metrics, and what of it is worth telling.
LONGEST_MESSAGE, LONGEST_TOLD = 5_000, 500
COUNTS = ("page", "page_size", "total_number", "total_page")
LONGEST_COUNT = 12


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
    def page_info(self) -> dict[str, int]:
        """What TikTok says of page and count, in numbers; `{}` if nothing.

        Raises:
            Malformed: It is something else.
        """
        given = self.data.get("page_info") or {}
        with documented_shape():
            return {name: _count(name, given[name]) for name in COUNTS if given.get(name) is not None}

    def __str__(self) -> str:
        """TikTok's words with the code, for a sentence."""
        message = shorten(self.message, LONGEST_TOLD)
        words = f"code {self.code}: {message}" if self.code is not None else message
        return f"{words} [request {self.request_id}]" if self.request_id else words


def _count(name: str, value: Any) -> int:
    """A number of rows or pages, as text too."""
    digits = str(value) if type(value) in (int, str) else ""
    if not digits.isdecimal() or len(digits) > LONGEST_COUNT:
        raise TypeError(f"`{name}` is {shorten(repr(value), 30)}")
    return int(digits)


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
        super().__init__(mask(f"TikTok answered {where} with {answer}{cure}."))

    @property
    def is_everywhere(self) -> bool:
        """Whether every other request would fail alike, since token, app or configuration are wrong."""
        return self.answer.rule.action is Action.CONFIGURE

    @property
    def failure_type(self) -> FailureType:
        """Whose turn it is: the user's or ours."""
        is_the_users = self.answer.rule.action in (Action.CONFIGURE, Action.REFUSE, Action.INTERCEPTED)
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


def given_up(answer: Answer, where: str) -> ApiError:
    """The failure of a request that was asked again in vain."""
    return (ApiError if answer.rule.action is Action.INTERCEPTED else Unavailable)(answer, where)


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
    """An answer that TikTok's documentation does not allow for; nothing is guessed about it."""

    failure_type = FailureType.system_error

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"TikTok sent an answer of another shape than it documents ({shorten(repr(error), LONGEST_TOLD)})"
        )


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
