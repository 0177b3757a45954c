"""TopView campaigns: lists and reports hide them unless asked, and most accounts know nothing of them."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

import orjson

from source_tiktok_marketing.api.client import TiktokClient
from source_tiktok_marketing.api.codes import PARAMETER_REFUSED
from source_tiktok_marketing.api.errors import Answer, ApiError
from source_tiktok_marketing.catalog.streams import CAMPAIGNS

T = TypeVar("T")

TOP_VIEW = "RESERVATION_TOP_VIEW"
# TikTok's codes for "this account, or the sandbox, has no TopView".
REFUSALS = frozenset({40009, 40118})
BUYING_TYPES = re.compile(r"buying.?type|top.?view|reservation", re.IGNORECASE)


class TopView:
    """Which accounts have, or had, TopView campaigns, so that rows of their reports may have to be asked for.

    Args:
        client: Way to TikTok.
        exists: Whether there is any at all; the sandbox has none.
    """

    def __init__(self, client: TiktokClient, *, exists: bool) -> None:
        self._client = client
        self._exists = exists
        self._noted: dict[str, bool] = {}

    def has(self, advertiser_id: str) -> bool:
        """Whether an account has any; TikTok is asked once, if a list of campaigns has not told."""
        known = self.known(advertiser_id)
        if known is not None:
            return known
        return self._client.once((TOP_VIEW, advertiser_id), lambda: self._ask(advertiser_id))

    def known(self, advertiser_id: str) -> bool | None:
        """What is known without asking TikTok; None if nothing."""
        return self._noted.get(advertiser_id) if self._exists else False

    def note(self, advertiser_id: str, *, has: bool) -> None:
        """Note what a list of campaigns has told, so that nobody needs to ask."""
        self._noted[advertiser_id] = has

    def _ask(self, advertiser_id: str) -> bool:
        filtering = {"buying_types": [TOP_VIEW], "secondary_status": CAMPAIGNS.status_all}
        params = {
            "advertiser_id": advertiser_id,
            "filtering": orjson.dumps(filtering).decode(),
            "page_size": "1",
        }
        try:
            answer = self._client.get(CAMPAIGNS.endpoint, params)
        except ApiError as error:
            if error.is_everywhere:
                raise
            # Reports may be open where campaigns are not.
            return not _denies_top_view(error.answer)
        return bool(answer.data.get("list")) or answer.page_info.get("total_number") != 0


def unless_refused(pages: Iterator[T], note_refusal: Callable[[ApiError], None]) -> Iterator[T]:
    """The pages of a TopView listing; a refusal of TopView at once is an empty list.

    Args:
        pages: What is listed.
        note_refusal: Told of such a refusal.

    Raises:
        ApiError: The refusal is about something else, or came later.
    """
    try:
        first = next(pages)
    except ApiError as error:
        if not _denies_top_view(error.answer):
            raise
        note_refusal(error)
        return
    yield first
    yield from pages


def _denies_top_view(answer: Answer) -> bool:
    """Whether a refusal says that there is no TopView; a 40002 may be about any other parameter."""
    if answer.code == PARAMETER_REFUSED:
        return bool(BUYING_TYPES.search(answer.message))
    return answer.code in REFUSALS
