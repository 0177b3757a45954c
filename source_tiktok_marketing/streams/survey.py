"""Which reports of which account need no request, because nothing happened: asked, audited, and then relied on.

TikTok's daily rows of the account itself say on which days anything happened. For some accounts at a time the
survey asks for those rows, has each stream ask for some of the days that are silent by them all the same, and only
then lets any stream pass over the others. So no state ever covers a silent day whose audit is still to come.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from random import Random
from typing import Any, Protocol, TypeVar

from pendulum import Date

from source_tiktok_marketing.accounts.accounts import Account
from source_tiktok_marketing.accounts.activity import (
    SETTLING,
    UNKNOWN,
    Activity,
    active_days,
    cut,
    lay,
    pays,
    sample,
    windows_in,
)
from source_tiktok_marketing.accounts.windows import Window, split
from source_tiktok_marketing.api.errors import ApiError, Incomplete, Malformed
from source_tiktok_marketing.api.sharing import Question
from source_tiktok_marketing.catalog.streams import ACCOUNT_DAYS, Report
from source_tiktok_marketing.catalog.vocabulary import Level
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.evidence import StrangeRows
from source_tiktok_marketing.streams.values import Record

LOGGER = logging.getLogger("airbyte")

T = TypeVar("T")

# Enough to keep every worker busy, few enough that states move on while other accounts are still to be asked.
ACCOUNTS_AT_A_TIME = 100
# So many accounts whose totals hide something: totals hide something.
ACCOUNTS_THAT_DISCREDIT_ALL = 3


class ReadsReports(Protocol):
    """What the survey needs of a report stream."""

    row: Report

    def days(self, account: Account) -> Window:
        """The first and the last day to read of an account."""

    def read_window(self, advertiser_id: str, window: Window, *, top_view: bool = True) -> Iterator[list[Record]]:
        """The rows of a window as TikTok sends them, proven whole."""

    def is_cut(self, advertiser_id: str) -> bool:
        """Whether TikTok was seen to leave ads out of an account's own rows."""


@dataclass
class Told:
    """The account's own rows of a window.

    Attributes:
        active: Ordinals of the days that show anything; None if the rows cannot tell.
        pages: The rows, for the stream of these rows.
    """

    active: set[int] | None
    pages: list[list[Record]]

    def take_pages(self) -> list[list[Record]]:
        """The rows; they are gone then."""
        pages, self.pages = self.pages, []
        return pages


MapPiece = tuple[Window, Question[Told]]


class Survey:
    """The silent days of a sync's accounts.

    Args:
        context: What the sync shares.
        teller: Reads an account's own days.
        streams: The streams whose silent windows need no request.
        others: Requests of an account that the sync sends in any case, lifetime reports for instance.
    """

    def __init__(
        self,
        context: Context,
        teller: ReadsReports,
        streams: Sequence[ReadsReports] = (),
        others: int = 0,
    ) -> None:
        self._context = context
        self._streams = streams
        self._teller = teller
        self._others = others
        self._random = Random(int(context.clock.now().timestamp()))  # for spreading only
        self._own: dict[str, list[MapPiece]] = {}
        self._activities: dict[str, Activity] = {}
        self._surveyed: set[str] = set()
        self._top_view: set[str] = set()
        self._discredited = 0

    @property
    def is_dropped(self) -> bool:
        """Whether nothing is passed over any more."""
        return self._discredited >= ACCOUNTS_THAT_DISCREDIT_ALL

    def laid(self, row: Report, account: Account, days: Window) -> list[tuple[Window, bool]]:
        """The windows of a report, in order and without a gap, each with whether it is to be asked for."""
        activity = self._activity(row, account.id)
        if not row.cursor:
            return [(days, any(activity.busy(*days)))]
        settled = self.settled(account)
        return [
            (part, is_asked)
            for window, is_asked in lay(days, row.granularity.max_days, activity)
            for part in ((window,) if is_asked else cut(window, settled))
        ]

    def settled(self, account: Account) -> Date:
        """The last day whose silence is final; state must not pass a later one that was not asked for."""
        return self._context.accounts.running_day(account).subtract(days=SETTLING)

    def _activity(self, row: Report, advertiser_id: str) -> Activity:
        is_hidden = row.level is not Level.ADVERTISER and advertiser_id in self._top_view
        return UNKNOWN if is_hidden or self.is_dropped else self._activities.get(advertiser_id, UNKNOWN)

    def own_days(self, advertiser_id: str, window: Window) -> Question[Told]:
        """The question for a window of the stream of the accounts' own days, whose rows are the map as well."""
        question = self._question(partial(self._tell, advertiser_id, window))
        if self._streams:
            self._own.setdefault(advertiser_id, []).append((window, question))
        return question

    def questions(self, accounts: Sequence[Account]) -> Iterator[Slice]:
        """Slices without records whose reading asks what is to be known of accounts; at their end it is known."""
        if not self._streams or self.is_dropped:
            return
        new = [account for account in accounts if account.id not in self._surveyed]
        self._surveyed.update(account.id for account in new)
        maps = {account.id: self._map(account) for account in new}
        for advertiser_id, pieces in maps.items():
            yield from (_slice(advertiser_id, partial(self._told, question)) for _, question in pieces)
        self._activities |= {advertiser_id: self._activity_of(pieces) for advertiser_id, pieces in maps.items()}
        yield from self._look_for_top_view(new)
        audits = list(self._audits(new))
        yield from (_slice(advertiser_id, question.answer) for advertiser_id, question in audits)
        self._judge(audits)

    def _question(self, ask: Callable[[], T]) -> Question[T]:
        return Question(ask, self._context.client.decode_lock.release)

    # The map

    def _map(self, account: Account) -> list[MapPiece]:
        """The windows of an account's own days: those that are read anyway, and others if they pay."""
        own = self._own.pop(account.id, [])
        spans = [(stream.row, stream.days(account)) for stream in self._streams]
        saved = sum(windows_in(days, row.granularity.max_days) for row, days in spans if row.cursor)
        days = [days for row, days in spans if row.cursor and days[0] <= days[1]]
        if not days:
            return own
        more = _around([window for window, _ in own], min(days)[0], max(last for _, last in days))
        if not pays(len(more), saved, saved + len(own) + self._others):
            return own
        asked = [(window, self._question(partial(self._tell, account.id, window, keep=False))) for window in more]
        return own + asked

    def _tell(self, advertiser_id: str, window: Window, *, keep: bool = True) -> Told:
        pages = list(self._teller.read_window(advertiser_id, window))
        active = None
        try:
            if not self._teller.is_cut(advertiser_id):
                active = active_days(chain.from_iterable(pages))
        except (ValueError, TypeError, KeyError):
            LOGGER.info("The days of account %s from %s to %s cannot be told.", advertiser_id, *window)
        return Told(active, pages if keep else [])

    def _told(self, question: Question[Told]) -> set[int] | None:
        """The active days of a window, or None if they cannot be had."""
        return _or_none(lambda: question.answer().active)

    def _activity_of(self, pieces: list[MapPiece]) -> Activity:
        told = [self._told(question) for _, question in pieces]
        active = [days for days in told if days is not None]
        if not pieces or len(active) < len(told):
            return UNKNOWN
        return Activity.of([window for window, _ in pieces], set().union(*active))

    def _look_for_top_view(self, accounts: Sequence[Account]) -> Iterator[Slice]:
        """Find accounts with TopView: whether their totals hold it is not documented.

        An account that is silent is not asked whether it has any; an active one is asked for its reports' sake.
        """
        if all(stream.row.level is Level.ADVERTISER for stream in self._streams):
            return
        known = self._context.accounts
        active = [account.id for account in accounts if self._activities[account.id].active]
        yield from (_slice(advertiser_id, partial(known.has_top_view, advertiser_id)) for advertiser_id in active)
        self._top_view.update(filter(known.has_top_view, active))
        self._top_view.update(account.id for account in accounts if known.known_top_view(account.id))

    # The audit

    def _audits(self, accounts: Sequence[Account]) -> Iterator[tuple[str, Question[bool | None]]]:
        """Silent windows that are asked for all the same: of each stream, and at least one of each account."""
        for account in accounts:
            yield from self._most_telling_audit(account)
        for stream in self._streams:
            silent = [(account.id, window) for account in accounts for window in self._silent(stream, account)]
            audited = sample(silent, stream.row.granularity.max_days, self._random)
            for number, (advertiser_id, window) in enumerate(audited):
                # One of them looks for TopView as well, which may take a request more.
                yield self._audit(stream, advertiser_id, window, top_view=number == 0)

    def _most_telling_audit(self, account: Account) -> Iterator[tuple[str, Question[bool | None]]]:
        """The audit of a long silent window, of objects rather than of the account itself, if there is one."""
        silent = [(stream, stretch) for stream in self._streams for stretch in self._silent(stream, account)]
        if silent:
            self._random.shuffle(silent)
            stream, stretch = max(silent, key=_how_telling)
            windows = list(split(*stretch, stream.row.granularity.max_days))
            yield self._audit(stream, account.id, self._random.choice(windows), top_view=False)

    def _silent(self, stream: ReadsReports, account: Account) -> Iterator[Window]:
        """The stretches of days that a stream is going to pass over for good."""
        settled = self.settled(account)
        for window, is_asked in self.laid(stream.row, account, stream.days(account)):
            if not is_asked and (window[1] <= settled or not stream.row.cursor):
                yield window

    def _audit(
        self, stream: ReadsReports, advertiser_id: str, window: Window, *, top_view: bool
    ) -> tuple[str, Question[bool | None]]:
        ask = partial(self._holds_rows, stream, advertiser_id, window, top_view=top_view)
        return advertiser_id, self._question(ask)

    @staticmethod
    def _holds_rows(stream: ReadsReports, advertiser_id: str, window: Window, *, top_view: bool) -> bool | None:
        """Whether a silent window has rows; None if TikTok does not tell."""
        holds = _or_none(lambda: any(stream.read_window(advertiser_id, window, top_view=top_view)))
        if holds:
            LOGGER.info(
                "%s: account %s has rows from %s to %s, where its own total shows nothing.",
                stream.row.name,
                advertiser_id,
                *window,
            )
        return holds

    def _judge(self, audits: Sequence[tuple[str, Question[bool | None]]]) -> None:
        """Drop what is known of the accounts whose audits did not find nothing."""
        verdicts = [(advertiser_id, question.answer()) for advertiser_id, question in audits]
        self._activities |= {advertiser_id: UNKNOWN for advertiser_id, holds in verdicts if holds is not False}
        for advertiser_id in dict.fromkeys(advertiser_id for advertiser_id, holds in verdicts if holds):
            self._discredited += 1
            LOGGER.warning(
                "Account %s has reports on days on which its own total shows nothing: all of its days are read.",
                advertiser_id,
            )
        if self.is_dropped:
            LOGGER.warning(
                "The totals of %d accounts hide reports: all days of all accounts are read in this sync. Turn "
                "`skip_silent_days` off to spare the attempt.",
                self._discredited,
            )


def _how_telling(silent: tuple[ReadsReports, Window]) -> tuple[bool, int]:
    stream, (first, last) = silent
    return stream.row.level is not Level.ADVERTISER, min((last - first).days + 1, stream.row.granularity.max_days)


def _slice(advertiser_id: str, ask: Callable[[], Any]) -> Slice:
    return {"advertiser_id": advertiser_id, "question": ask}


def _around(covered: Sequence[Window], first: Date, last: Date) -> list[Window]:
    """Windows for the days from first to last that are not covered, without a gap to those that are."""
    longest = ACCOUNT_DAYS.granularity.max_days
    if not covered:
        return list(split(first, last, longest))
    before, after = covered[0][0].subtract(days=1), covered[-1][1].add(days=1)
    return [*split(first, before, longest), *split(after, last, longest)]


def _or_none(ask: Callable[[], T]) -> T | None:
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
