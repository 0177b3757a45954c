"""Silent days that are asked for all the same, so that nobody has to believe that they are silent."""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Protocol, TypeVar

from pendulum import Date

from source_tiktok_marketing.accounts.accounts import Account
from source_tiktok_marketing.accounts.activity import sample
from source_tiktok_marketing.accounts.windows import Window, split
from source_tiktok_marketing.api.errors import ApiError, Incomplete, Malformed
from source_tiktok_marketing.api.sharing import Question
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.vocabulary import Level
from source_tiktok_marketing.streams.evidence import StrangeRows
from source_tiktok_marketing.streams.values import Record

LOGGER = logging.getLogger("airbyte")

T = TypeVar("T")

# An account, and whether one of its silent windows holds rows; None if TikTok does not tell.
AccountAudit = tuple[str, Question[bool | None]]


class ReadsReports(Protocol):
    """What the survey needs of a report stream."""

    row: Report

    @property
    def max_days(self) -> int:
        """Days of a window."""

    def days(self, account: Account) -> Window:
        """The first and the last day to read of an account."""

    def read_window(self, advertiser_id: str, window: Window, *, top_view: bool = True) -> Iterator[list[Record]]:
        """The rows of a window as TikTok sends them, proven whole."""

    def is_cut(self, advertiser_id: str) -> bool:
        """Whether TikTok was seen to leave ads out of an account's own rows."""


class Lays(Protocol):
    """What audits need of the survey."""

    def laid(self, stream: ReadsReports, account: Account) -> list[tuple[Window, bool]]:
        """The windows of a report, each with whether it is to be asked for."""

    def settled(self, account: Account) -> Date:
        """The last day whose silence is final."""

    def question(self, ask: Callable[[], T]) -> Question[T]:
        """A question that one worker asks."""


class Audits:
    """Chooses silent windows to ask for.

    Args:
        survey: Says which windows are silent.
        streams: The streams that pass over them.
        random: Chooses.
    """

    def __init__(self, survey: Lays, streams: Sequence[ReadsReports], random: Random) -> None:
        self._survey = survey
        self._streams = streams
        self._random = random

    def of(self, accounts: Sequence[Account]) -> Iterator[AccountAudit]:
        """Silent windows that are asked for all the same: of each stream, and at least one of each account."""
        for account in accounts:
            yield from self._most_telling_audit(account)
        for stream in self._streams:
            silent = [(account.id, window) for account in accounts for window in self._silent(stream, account)]
            audited = sample(silent, stream.max_days, self._random)
            for number, (advertiser_id, window) in enumerate(audited):
                # One of them looks for TopView as well, which may take a request more.
                yield self._audit(stream, advertiser_id, window, top_view=number == 0)

    def _most_telling_audit(self, account: Account) -> Iterator[AccountAudit]:
        """The audit of a long silent window, of objects rather than of the account itself, if there is one."""
        silent = [(stream, stretch) for stream in self._streams for stretch in self._silent(stream, account)]
        if silent:
            self._random.shuffle(silent)
            stream, stretch = max(silent, key=_how_telling)
            windows = list(split(*stretch, stream.max_days))
            yield self._audit(stream, account.id, self._random.choice(windows), top_view=False)

    def _silent(self, stream: ReadsReports, account: Account) -> Iterator[Window]:
        """The stretches of days that a stream is going to pass over for good."""
        settled = self._survey.settled(account)
        for window, is_asked in self._survey.laid(stream, account):
            if not is_asked and (window[1] <= settled or not stream.row.cursor):
                yield window

    def _audit(self, stream: ReadsReports, advertiser_id: str, window: Window, *, top_view: bool) -> AccountAudit:
        ask = partial(self._holds_rows, stream, advertiser_id, window, top_view=top_view)
        return advertiser_id, self._survey.question(ask)

    @staticmethod
    def _holds_rows(stream: ReadsReports, advertiser_id: str, window: Window, *, top_view: bool) -> bool | None:
        """Whether a silent window has rows; None if TikTok does not tell."""
        holds = or_none(lambda: any(stream.read_window(advertiser_id, window, top_view=top_view)))
        if holds:
            LOGGER.info(
                "%s: account %s has rows from %s to %s, where its own total shows nothing.",
                stream.row.name,
                advertiser_id,
                *window,
            )
        return holds


def _how_telling(silent: tuple[ReadsReports, Window]) -> tuple[bool, int]:
    stream, (first, last) = silent
    return stream.row.level is not Level.ADVERTISER, min((last - first).days + 1, stream.max_days)


def or_none(ask: Callable[[], T]) -> T | None:
    """An answer, or None where TikTok gives none that can be relied on.

    Raises:
        ApiError: Nothing else would be answered either.
    """
    try:
        return ask()
    except (ApiError, Incomplete, Malformed, StrangeRows) as failure:
        if isinstance(failure, ApiError) and failure.is_everywhere:
            raise
        LOGGER.info("Silent days are not passed over where TikTok does not tell of them. %s", failure)
        return None
