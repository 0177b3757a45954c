"""The proof that a list of TikTok was read whole: pages are read again until nothing speaks against them."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress

from source_tiktok_marketing.api.errors import Incomplete, documented_shape
from source_tiktok_marketing.streams.evidence import Doubt, ListedPage, MetricsMissing, Silence, StrangeRows
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.values import Record

LOGGER = logging.getLogger("airbyte")

# Live data shifts between pages now and then; a listing that is still moving after so many reads is reported.
MAX_READS = 5
MAX_PAGES_WITHOUT_NEWS = 2
NO_COUNT = "TikTok gave no count"


@dataclass
class Pass:
    """The evidence that one reading of all pages of a list saw every row exactly once.

    TikTok pages by number over live data: what is created meanwhile pushes rows over the page border, so that
    they are seen twice or not at all. A pass is whole if each of its pages is evidence, its keys are unique, the
    total stood still, and as many rows came as the total says; where TikTok gives no total, pages are asked for
    until one is empty, and the pass before has to have found the same rows.

    Attributes:
        page_size: Rows of a full page.
        reach: How many rows TikTok lists at most; None for all.
        seen: The keys of its rows.
        totals: What TikTok said of the number of rows, as far as it lists them.
        rows: How many rows came.
        repeated: How many of them had come before in this pass.
        page: How many pages are read.
        more: Whether there is another page.
        largest_total: The largest number of rows that TikTok spoke of.
        pages_without_news: How many pages in a row had no row that was new to this pass.
        doubt: Why one of its pages proves nothing, or None.
        fresh: How many rows no pass had seen before.
    """

    page_size: int
    reach: int | None = None
    seen: Keys = field(default_factory=Keys)
    totals: set[int] = field(default_factory=set)
    rows: int = 0
    repeated: int = 0
    page: int = 0
    more: bool = True
    largest_total: int = 0
    pages_without_news: int = 0
    doubt: Doubt | None = None
    fresh: int = 0

    def add(
        self,
        rows: int,
        repeated: int,
        page_info: Mapping[str, int],
        *,
        fresh: int = 0,
        doubt: Doubt | None = None,
    ) -> None:
        """Note a page: how many rows it has, how many of them this pass had seen before, how many no pass had."""
        self.page += 1
        self.fresh += fresh
        self.doubt = self.doubt or doubt
        self.rows += rows
        self.repeated += repeated
        total = page_info.get("total_number")
        if total is not None:
            self.totals.add(self._reachable(total))
            self.largest_total = max(self.largest_total, total)
        # One page without a new row is TikTok's hiccup; two are the end of what it has.
        self.pages_without_news = 0 if rows > repeated else self.pages_without_news + 1
        self.more = self.page < self._pages(page_info, rows) and self.pages_without_news < MAX_PAGES_WITHOUT_NEWS

    def _pages(self, page_info: Mapping[str, int], rows: int) -> int:
        """How many pages there are, as far as this page tells."""
        total = page_info.get("total_number")
        if total is not None:
            # Counted here, since `total_page` is 0 at times although there are rows. Pages may be smaller than
            # asked for, never larger.
            size = min(page_info.get("page_size") or self.page_size, self.page_size)
            return -(-self._reachable(total) // size)
        # Nothing but the rows themselves can be trusted to tell the end: pages may be smaller than asked for.
        pages = self.page + 1 if rows else self.page
        return -(-self._reachable(pages * self.page_size) // self.page_size)

    @property
    def cut_off(self) -> bool:
        """Whether there may be more objects than TikTok lists."""
        return self.reach is not None and self.largest_total >= self.reach

    def _reachable(self, total: int) -> int:
        return total if self.reach is None else min(total, self.reach)

    @property
    def fault(self) -> str | None:
        """Why this pass proves nothing, or None if it proves the listing whole."""
        if self.doubt:
            return self.doubt.reason
        if self.repeated:
            return f"{self.repeated} of its {self.rows} rows came twice"
        if len(self.totals) > 1:
            return f"its total moved between {min(self.totals)} and {max(self.totals)} rows"
        if self.totals and self.rows not in self.totals:
            return f"{self.rows} rows came where TikTok counts {max(self.totals)}"
        return None

    def proves(self, earlier: "Pass | None") -> bool:
        """Whether this pass saw everything; where TikTok gives no count, a second pass has to find the same."""
        if self.fault:
            return False
        agreed = earlier is not None and earlier.rows == self.rows and not (self.fresh or earlier.fault)
        return bool(self.totals) or agreed

    def reads(self, usual: int) -> int:
        """After how many passes like this one to give up."""
        if self.doubt and self.doubt.silent and not self.rows:
            return 1
        return MAX_READS if self.doubt and self.doubt.strange else usual


@dataclass(frozen=True)
class Listing:
    """Reads a list until one pass over its pages proves it whole, each row once.

    Attributes:
        stream: Whose list it is, for people.
        where: Account and days, for people.
        fetch: Asks for the page of that number.
        page_size: Rows of a full page.
        reach: How many rows TikTok lists at most; None for all.
        wait_out_doubt: Waits until successes may be believed again, and says whether that was necessary.
    """

    stream: str
    where: str
    fetch: Callable[[int], ListedPage]
    page_size: int
    reach: int | None = None
    wait_out_doubt: Callable[[], bool] = bool

    def pages(self, emitted: Keys, reads: int) -> Iterator[list[Record]]:
        """Read the list.

        Args:
            emitted: What this sync has emitted of it already; grows.
            reads: After so many passes that prove nothing, give up. Rows that were not asked for get all passes
                there are, since no smaller query would be better; silence gets one.

        Raises:
            Incomplete: No pass proved the list whole, or, as Silence, TikTok said nothing.
            StrangeRows: Rows came that were not asked for.
            MetricsMissing: Rows lack the same metrics twice in a row.
        """
        earlier: Pass | None = None
        believed = False
        for attempt in range(1, MAX_READS + 1):
            # What the first pass has seen is just what was emitted.
            one = Pass(self.page_size, self.reach, Keys() if emitted else emitted)
            while one.more:
                yield self._read_page(one, emitted)
            if one.proves(earlier):
                if believed or attempt == MAX_READS or not self.wait_out_doubt():
                    self._tell_if_cut_off(one)
                    return
                believed = True
                LOGGER.info("%s: %s is read once more, TikTok was throttling.", self.stream, self.where)
            else:
                self._note_failed_pass(attempt, one, earlier)
                if attempt >= one.reads(reads):
                    break
            earlier = one
        raise self._failure(attempt, one)

    def _read_page(self, one: Pass, emitted: Keys) -> list[Record]:
        """Read the next page of a pass, and keep what was not emitted before."""
        page = self.fetch(one.page + 1)
        is_fresh = emitted.note(page.keys)
        is_first = is_fresh if one.seen is emitted else one.seen.note(page.keys)
        fresh = list(compress(page.rows, is_fresh))
        with documented_shape():
            came = len(page.rows) + page.placeholders
            one.add(came, is_first.count(False), page.page_info, fresh=len(fresh), doubt=page.doubt)
        return fresh

    def _note_failed_pass(self, attempt: int, one: Pass, earlier: Pass | None) -> None:
        """Say why a pass proves nothing.

        Raises:
            MetricsMissing: It lacks what the pass before lacked: that is no hiccup.
        """
        why = one.fault or NO_COUNT
        LOGGER.info("%s: read %d of %s proves nothing: %s.", self.stream, attempt, self.where, why)
        if one.doubt and one.doubt.lacking and earlier and earlier.doubt:
            again = one.doubt.lacking & earlier.doubt.lacking
            if again:
                raise MetricsMissing(again)

    def _failure(self, reads: int, one: Pass) -> Exception:
        why = one.fault or NO_COUNT
        if one.doubt and one.doubt.strange:
            return StrangeRows(f"TikTok's answers for {self.where} cannot be used, in {reads} reads: {why}.")
        kind = Silence if one.doubt and one.doubt.silent else Incomplete
        return kind(f"TikTok's answers for {self.where} never added up in {reads} reads: {why}.")

    def _tell_if_cut_off(self, one: Pass) -> None:
        if one.cut_off:
            LOGGER.warning(
                "%s: %s has %d objects or more; TikTok lists %d only.",
                self.stream,
                self.where,
                one.largest_total,
                self.reach,
            )
