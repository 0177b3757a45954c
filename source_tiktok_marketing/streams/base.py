"""What every stream shares: its slices, its proven pages and its progress."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import requests
from pendulum import DateTime, Duration

from source_tiktok_marketing.accounts.watermarks import TIME_FORMAT, State, Watermarks
from source_tiktok_marketing.api.client import OWNERS, account_and_days, answer_of, forget_answer, seconds_of
from source_tiktok_marketing.api.errors import documented_shape
from source_tiktok_marketing.catalog.rows import Row
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.cdk_stream import CdkStream, Slice
from source_tiktok_marketing.streams.evidence import Evidence, ListedPage
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.listing import MAX_READS, Listing
from source_tiktok_marketing.streams.shared_keys import SharedKeys
from source_tiktok_marketing.streams.values import Record

# Seconds. Where answers are quicker, a list does not take long.
SLOW_ANSWER = 1.0

LOGGER = logging.getLogger("airbyte")

NO_CURSOR_STATE: State = {"__ab_no_cursor_state_message": True}


class TiktokStream(CdkStream, ABC):
    """A stream of TikTok, told apart from its siblings by its catalogue row.

    Args:
        row: The stream's catalogue row.
        context: What the sync shares.
    """

    def __init__(self, row: Row, context: Context) -> None:
        super().__init__(row, context)
        self._watermarks = self._stored(None)
        self._reads_each_once = False
        self._ahead_was_told = False
        self._placeholders_told = False
        self.shared_keys = SharedKeys()

    @abstractmethod
    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """What to read, in order: a slice per account, or per account and window."""

    def accounts_to_read(self) -> Iterator[str]:
        """The ids of the accounts, slow ones first.

        Raises:
            Incomplete: Behind the last one, if there may be more.
        """
        return chain.from_iterable(self.account_batches(1))

    def account_batches(self, size: int) -> Iterator[Sequence[str]]:
        """The ids of the accounts, slow ones first, so many at a time.

        Raises:
            Incomplete: Behind the last ones, if there may be more.
        """
        accounts = self.context.accounts
        # Of a shop, the account comes first.
        accounts.tell_gone(list(dict.fromkeys(name.partition("/")[0] for name in self._watermarks.accounts)))
        ids = self.context.effort.hardest_first(accounts.ids)
        yield from (ids[start : start + size] for start in range(0, len(ids), size))
        accounts.check_whole()

    def resume(self, state: Mapping[str, Any] | None, *, each_once: bool = False) -> None:
        """Take up a stored state in any of its forms; None starts anew.

        Args:
            state: The state.
            each_once: It belongs to a full refresh that goes on where an attempt before was cut off: nothing that
                the state covers is read again.

        Raises:
            UnreadableState: Nobody can read it.
        """
        self._watermarks = self._stored(state if self.row.cursor else None)
        self._reads_each_once = each_once

    def _stored(self, state: Mapping[str, Any] | None) -> Watermarks:
        return Watermarks(self.row.cursor or "", state, self.watermark_owners)

    @property
    def watermark_owners(self) -> tuple[str, ...]:
        """What has a watermark of its own, by the fields of a slice that name it."""
        return (self.row.owner.value or "",)

    @property
    def watermarked(self) -> Sequence[str]:
        """Everything that this sync may have read and that has a watermark of its own."""
        return self.owners

    def watermark_owner(self, stream_slice: Slice) -> str:
        """What has the watermark of a slice."""
        return "/".join(str(stream_slice.get(name, "")) for name in self.watermark_owners)

    @property
    def owners(self) -> Sequence[str]:
        """Whom the stream is read for, one after the other; TikTok may refuse one and not the others."""
        return self.context.accounts.ids

    def owner_of(self, stream_slice: Slice) -> str | None:
        """Whom a slice is read for; None where the endpoint is about the token itself."""
        return stream_slice.get(self.row.owner.value or "")

    @property
    def owner_kind(self) -> str:
        """What people call those for whom the stream is read."""
        return OWNERS.get(self.row.owner.value or "", "token")

    @property
    def total(self) -> int | None:
        """How many records there are in all; None where that is not known before the last one."""
        return None

    @property
    def state_version(self) -> int:
        """Grows whenever `current_state` has something new to say."""
        return self._watermarks.version

    def _bring_back(self, advertiser_id: str, latest: DateTime, tolerance: Duration) -> None:
        """Drop or lower a watermark that lies in the future."""
        if self._watermarks.bring_back(advertiser_id, latest, tolerance) and not self._ahead_was_told:
            self._ahead_was_told = True
            LOGGER.warning(
                "%s: the stored state of account %s lies beyond TikTok's today: a wrong clock has set it. Such "
                "accounts are read again from the start date.",
                self.name,
                advertiser_id,
            )

    @property
    def watermark_format(self) -> str:
        """How a watermark is written in a state."""
        return TIME_FORMAT

    @abstractmethod
    def close(self, stream_slice: Slice) -> None:
        """Note that a slice was read whole and its records are emitted."""

    def current_state(self) -> State:
        """The state that covers every closed slice: a watermark per account."""
        if not self.row.cursor:
            return NO_CURSOR_STATE
        return self._watermarks.state(self.watermarked, self.watermark_format)

    def forget(self) -> None:
        """Let go of what is known of accounts, thousands maybe: the stream is read, and its last state is out."""
        self._watermarks = self._stored(None)

    def list_pages(self, stream_slice: Slice, emitted: Keys, reads: int = MAX_READS) -> Iterator[list[Record]]:
        """Read the list behind a slice until it is proven whole; see `Listing`."""
        listing = Listing(
            self.name,
            account_and_days(stream_slice),
            partial(self._fetch_page, stream_slice, self.evidence_of(stream_slice)),
            self._page_size(stream_slice),
            self.row.reach,
            self.wait_out_doubt,
        )
        try:
            yield from listing.pages(emitted, reads)
        finally:
            self.context.client.ahead.forget()

    def _fetch_page(self, stream_slice: Slice, evidence: Evidence, number: int) -> ListedPage:
        if number == 1:
            # What was fetched for the pass before would prove nothing in this one.
            self.context.client.ahead.forget()
        _, response = self._fetch_next_page(stream_slice, None, {"page": number})
        if self.row.page_size and number == 1 and seconds_of(response) >= SLOW_ANSWER:
            self._look_ahead(stream_slice, response)
        with documented_shape():
            self.check_response(response, stream_slice)
            page = evidence.page(answer_of(response), self.row.list_field)
        forget_answer(response)
        self._tell_placeholders(page.placeholders, stream_slice)
        return page

    def _look_ahead(self, stream_slice: Slice, response: requests.Response) -> None:
        """Have the other pages fetched while this one is read, as far as its answer tells how many there are."""
        last = answer_of(response).page_info.get("total_page")
        if last is not None:
            pages = [self.request_params(None, stream_slice, {"page": page}) for page in range(2, last + 1)]
            self.context.client.look_ahead(self.url_base + self.path(), pages)

    def _tell_placeholders(self, number: int, stream_slice: Slice) -> None:
        if number and not self._placeholders_told:
            self._placeholders_told = True
            LOGGER.warning(
                "%s: %d rows for %s are left out: a dash is their time or id, TikTok's sign for no data.",
                self.name,
                number,
                account_and_days(stream_slice),
            )

    def check_response(self, response: requests.Response, stream_slice: Slice) -> None:
        """Raise what makes a page unusable although its code is a success."""

    def wait_out_doubt(self) -> bool:
        """Wait until successes may be believed; whether that was necessary."""
        return False

    @abstractmethod
    def evidence_of(self, stream_slice: Slice) -> Evidence:
        """What a slice asks for, as a test of the rows that come."""
