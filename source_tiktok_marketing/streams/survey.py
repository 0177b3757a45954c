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
from typing import Any, TypeVar

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
    windows_in,
)
from source_tiktok_marketing.accounts.windows import Window, split
from source_tiktok_marketing.api.sharing import Question
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.streams import ACCOUNT_DAYS
from source_tiktok_marketing.catalog.vocabulary import Level
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.audits import AccountAudit, Audits, ReadsReports, or_none
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.values import Record

LOGGER = logging.getLogger("airbyte")

T = TypeVar("T")

# Enough to keep every worker busy, few enough that states move on while other accounts are still to be asked.
ACCOUNTS_AT_A_TIME = 100
# So many accounts whose totals hide something: totals hide something.
ACCOUNTS_THAT_DISCREDIT_ALL = 3


@dataclass
class Told:
    """The account's own rows of a window.

    Attributes:
        active: Ordinals of the days that show anything; None if the rows cannot tell.
        pages: The rows, for the stream of these rows.
        failure: What ended the reading before it was proven whole.
    """

    active: set[int] | None
    pages: list[list[Record]]
    failure: Exception | None = None

    def take_pages(self) -> Iterator[list[Record]]:
        """The rows; they are gone then.

        Raises:
            Exception: Behind them, what ended the reading.
        """
        pages, self.pages = self.pages, []
        yield from pages
        self.check()

    def check(self) -> None:
        """Raise what ended the reading."""
        if self.failure:
            raise self.failure.with_traceback(None)


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

    def laid(self, stream: ReadsReports, account: Account) -> list[tuple[Window, bool]]:
        """The windows of a report, in order and without a gap, each with whether it is to be asked for."""
        row, days = stream.row, stream.days(account)
        activity = self._activity(row, account.id)
        if not row.cursor:
            return [(days, any(activity.busy(*days)))]
        settled = self.settled(account)
        return [
            (part, is_asked)
            for window, is_asked in lay(days, stream.max_days, activity)
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
        question = self.question(partial(self._tell, advertiser_id, window))
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
        audits = list(Audits(self, self._streams, self._random).of(new))
        yield from (_slice(advertiser_id, question.answer) for advertiser_id, question in audits)
        self._judge(audits)

    def question(self, ask: Callable[[], T]) -> Question[T]:
        """A question that one worker asks, while others wait for its answer."""
        return Question(ask, self._context.client.decode_lock.release)

    # The map

    def _map(self, account: Account) -> list[MapPiece]:
        """The windows of an account's own days: those that are read anyway, and others if they pay."""
        own = self._own.pop(account.id, [])
        spans = [(stream, stream.days(account)) for stream in self._streams if stream.row.cursor]
        saved = sum(windows_in(days, stream.max_days) for stream, days in spans)
        days = [days for _, days in spans if days[0] <= days[1]]
        if not days:
            return own
        more = _around([window for window, _ in own], min(days)[0], max(last for _, last in days))
        if not pays(len(more), saved, saved + len(own) + self._others):
            return own
        asked = [(window, self.question(partial(self._tell, account.id, window, keep=False))) for window in more]
        return own + asked

    def _tell(self, advertiser_id: str, window: Window, *, keep: bool = True) -> Told:
        pages: list[list[Record]] = []
        active = None
        try:
            pages.extend(self._teller.read_window(advertiser_id, window))
        except Exception as failure:  # noqa: BLE001  # what came before it is emitted, and then it is raised
            return Told(None, pages if keep else [], failure)
        try:
            if not self._teller.is_cut(advertiser_id):
                active = active_days(chain.from_iterable(pages))
        except (ValueError, TypeError, KeyError):
            LOGGER.info("The days of account %s from %s to %s cannot be told.", advertiser_id, *window)
        return Told(active, pages if keep else [])

    def _told(self, question: Question[Told]) -> set[int] | None:
        """The active days of a window, or None if they cannot be had."""

        def active() -> set[int] | None:
            told = question.answer()
            told.check()
            return told.active

        return or_none(active)

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
        top_view = self._context.accounts.top_view
        active = [account.id for account in accounts if self._activities[account.id].active]
        yield from (_slice(advertiser_id, partial(top_view.has, advertiser_id)) for advertiser_id in active)
        self._top_view.update(filter(top_view.has, active))
        self._top_view.update(account.id for account in accounts if top_view.known(account.id))

    def _judge(self, audits: Sequence[AccountAudit]) -> None:
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


def _slice(advertiser_id: str, ask: Callable[[], Any]) -> Slice:
    return {"advertiser_id": advertiser_id, "question": ask}


def _around(covered: Sequence[Window], first: Date, last: Date) -> list[Window]:
    """Windows for the days from first to last that are not covered, without a gap to those that are."""
    longest = ACCOUNT_DAYS.granularity.max_days
    if not covered:
        return list(split(first, last, longest))
    before, after = covered[0][0].subtract(days=1), covered[-1][1].add(days=1)
    return [*split(first, before, longest), *split(after, last, longest)]
