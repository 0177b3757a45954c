"""TopView campaigns: lists and reports hide them unless asked, and most accounts know nothing of them."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from source_tiktok_marketing.accounts.accounts import denies_top_view
from source_tiktok_marketing.api.errors import ApiError

T = TypeVar("T")


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
        if not denies_top_view(error.answer):
            raise
        note_refusal(error)
        return
    yield first
    yield from pages
