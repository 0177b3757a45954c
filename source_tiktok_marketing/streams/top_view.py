"""TopView campaigns: lists and reports hide them unless asked, and most accounts know nothing of them."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from source_tiktok_marketing.accounts.accounts import TOP_VIEW_REFUSALS
from source_tiktok_marketing.api.errors import ApiError

T = TypeVar("T")


def unless_refused(pages: Iterator[T], note_refusal: Callable[[ApiError], bool]) -> Iterator[T]:
    """The pages of a TopView listing; a refusal at once is an empty list.

    Args:
        pages: What is listed.
        note_refusal: Told of a refusal that is about TopView; whether it is.

    Raises:
        ApiError: The refusal is about something else, or came later.
    """
    try:
        first = next(pages)
    except ApiError as error:
        if error.answer.code in TOP_VIEW_REFUSALS and note_refusal(error):
            return
        raise
    yield first
    yield from pages
