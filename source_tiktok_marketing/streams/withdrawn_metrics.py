"""Metrics that TikTok refuses or leaves out: their columns stay empty, so that no report dies of one."""

import logging
import re
from collections.abc import Iterable, Sequence
from threading import Lock

from airbyte_cdk.models import FailureType

from source_tiktok_marketing.api.codes import PARAMETER_REFUSED, Action
from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.settings.secrets import mask

LOGGER = logging.getLogger("airbyte")

# TikTok publishes these words without their code.
CONFLICT = re.compile(r"conflict occurs|have no relation", re.IGNORECASE)


class GroupingRefused(ApiError):
    """TikTok does not report these dimensions at this level, whatever the metrics.

    Args:
        refusal: TikTok's answer.
        grouping: Level and dimensions, for people.
    """

    def __init__(self, refusal: ApiError, grouping: str) -> None:
        super().__init__(refusal.answer, refusal.where)
        sentence = f"TikTok does not report {grouping} with any metric, not even `spend`: leave the stream out."
        self.args = (mask(f"{sentence} TikTok said: {refusal.answer}."),)

    @property
    def failure_type(self) -> FailureType:
        """The user's turn: no later sync will fare better."""
        return FailureType.config_error


def is_conflict(error: ApiError) -> bool:
    """Whether TikTok says that metrics and dimensions do not go together, without saying which."""
    return error.answer.rule.action is Action.FAIL and bool(CONFLICT.search(error.answer.message))


def may_be_about_metrics(error: ApiError) -> bool:
    """Whether a refusal can be that of a metric: its words say so at times only."""
    return error.answer.code == PARAMETER_REFUSED or is_conflict(error)


class WithdrawnMetrics:
    """The metrics of one report that TikTok has refused or left out during this sync.

    Args:
        stream: Whose metrics they are, for people.
        metrics: All that the report asks for.

    Attributes:
        names: The refused ones, which are not asked for any more.
        missing: Those that rows may lack.
    """

    def __init__(self, stream: str, metrics: Sequence[str]) -> None:
        self._stream = stream
        self._metrics = tuple(metrics)
        self._lock = Lock()
        self.names: frozenset[str] = frozenset()
        self.missing: frozenset[str] = frozenset()

    @property
    def others(self) -> tuple[str, ...]:
        """The metrics to ask for."""
        return tuple(name for name in self._metrics if name not in self.names)

    def withdraw(self, refused: Iterable[str], asked: Iterable[str], error: ApiError) -> bool:
        """Drop refused metrics of those that were asked for; whether there were any, and others are left."""
        refused, asked = frozenset(refused).intersection(asked), frozenset(asked)
        if not refused or refused == asked:
            return False
        with self._lock:
            new = refused - self.names
            self.names |= new
        if new:
            LOGGER.warning(
                "%s: TikTok does not offer %s; the columns stay empty in this sync. TikTok said: %s",
                self._stream,
                ", ".join(sorted(new)),
                error.answer,
            )
        return True

    def refused_by(self, error: ApiError) -> set[str]:
        """Which of the report's metrics a refusal names."""
        if error.answer.code != PARAMETER_REFUSED:
            return set()
        return _named_metrics(error.answer.message, self._metrics)

    def do_without(self, names: frozenset[str]) -> None:
        """Accept that rows lack metrics which TikTok does not refuse; still asked for, as they may come back."""
        with self._lock:
            new = names - self.missing
            self.missing |= new
        if new:
            LOGGER.warning(
                "%s: TikTok leaves out %s although it was asked for; the columns stay empty where it is missing.",
                self._stream,
                ", ".join(sorted(new)),
            )

    @property
    def empty(self) -> frozenset[str]:
        """The columns that are null in rows without them."""
        return self.names | self.missing


def _named_metrics(refusal: str, known: Iterable[str]) -> set[str]:
    """The metrics that a refusal is about.

    Seen are `Invalid metric fields: ['cash_spend', …]`, `The following fields are invalid: reach, frequency` and
    `reach: one or more value of the param is not acceptable`. Where no bracket holds a metric, the sentence
    counts, up to its colon or, if that names none, behind it. Many metrics are plain words (`result`, `shares`),
    so a sentence that does not speak of metrics names none.
    """
    sentences = [sentence for sentence in re.split(r"\.(?:\s|$)", refusal) if _speaks_of_metrics(sentence)]
    names = frozenset(known)
    if not sentences:
        clauses = (clause.partition(":") for clause in refusal.split(";"))
        heads = (set(re.findall(r"\w+", head)) for head, colon, _ in clauses if colon)
        return set().union(*(head for head in heads if head <= names))
    subject, _, rest = sentences[0].partition(":")
    places = [*re.findall(r"\[([^][]*)\]", refusal), subject, rest]
    found = (names.intersection(re.findall(r"\w+", place)) for place in places)
    return set(next(filter(None, found), ()))


def _speaks_of_metrics(sentence: str) -> bool:
    words = sentence.lower()
    if "metric" in words:
        return not CONFLICT.search(words)
    return "field" in words and not re.search(r"filter|dimension|order|date|required", words)
