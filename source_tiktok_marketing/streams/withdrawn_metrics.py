"""Metrics that TikTok refuses or leaves out: their columns stay empty, so that no report dies of one."""

import logging
import re
from collections.abc import Iterable, Sequence

from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.streams.values import Record

LOGGER = logging.getLogger("airbyte")

METRICS_REFUSED = 40002


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
        self.names: frozenset[str] = frozenset()
        self.missing: frozenset[str] = frozenset()

    @property
    def others(self) -> tuple[str, ...]:
        """The metrics to ask for."""
        return tuple(name for name in self._metrics if name not in self.names)

    def withdraw(self, error: ApiError, asked: Iterable[str]) -> bool:
        """Drop the metrics that TikTok's refusal names; whether there were any, and others are left."""
        refused = self.refused_by(error) & set(asked)
        if not refused or refused >= set(asked):
            return False
        new = refused - self.names
        if new:
            self.names |= new
            LOGGER.warning(
                "%s: TikTok no longer offers %s; the columns stay empty in this sync. TikTok said: %s",
                self._stream,
                ", ".join(sorted(new)),
                error.answer,
            )
        return True

    def refused_by(self, error: ApiError) -> set[str]:
        """Which of the report's metrics a refusal names."""
        if error.answer.code != METRICS_REFUSED:
            return set()
        return _named_metrics(error.answer.message, self._metrics)

    def do_without(self, names: frozenset[str]) -> None:
        """Accept that rows lack metrics which TikTok does not refuse; still asked for, as they may come back."""
        new = names - self.missing
        if new:
            self.missing |= new
            LOGGER.warning(
                "%s: TikTok leaves out %s although it was asked for; the columns stay empty where it is missing.",
                self._stream,
                ", ".join(sorted(new)),
            )

    def fill(self, records: list[Record]) -> None:
        """Give every record its empty columns.

        Only once it is converted: a null among the texts would send the converter the long way.
        """
        empty = dict.fromkeys(self.names | self.missing)
        for record in records if empty else ():
            record["metrics"] = empty | record["metrics"]


def _named_metrics(refusal: str, known: Iterable[str]) -> set[str]:
    """The metrics that a refusal is about.

    Seen is `Invalid metric fields: ['cash_spend', …]`. Where no bracket holds a metric, the sentence about metrics
    counts, up to its colon or, if that names none, behind it.
    """
    sentences = [sentence for sentence in re.split(r"\.(?:\s|$)", refusal) if "metric" in sentence.lower()]
    if not sentences:
        return set()
    names = frozenset(known)
    subject, _, rest = sentences[0].partition(":")
    places = [*re.findall(r"\[(.*?)\]", refusal), subject, rest]
    found = (names.intersection(re.findall(r"\w+", place)) for place in places)
    return set(next(filter(None, found), ()))
