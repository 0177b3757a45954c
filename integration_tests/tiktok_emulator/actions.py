"""What can go wrong with one answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from integration_tests.tiktok_emulator.listing import Page
from integration_tests.tiktok_emulator.world import World

HTML = "<html><head><title>{status}</title></head><body><h1>{status} Bad weather</h1></body></html>"


@dataclass(frozen=True)
class Action:
    """One misbehaviour; see the functions below for its kinds.

    Attributes:
        kind: name of the misbehaviour.
        code: API code.
        message: API message; the usual one when empty.
        status: HTTP status.
        seconds: delay before the answer.
        amount: error of `total_number`.
        change: what to do to the world before the request is answered.
    """

    kind: str
    code: int = 0
    message: str = ""
    status: int = 0
    seconds: float = 0.0
    amount: int = 0
    change: Callable[[World], object] | None = None


def api(code: int, message: str = "") -> Action:
    """Answer a code with HTTP status 200."""
    return Action("api", code=code, message=message)


def http(status: int) -> Action:
    """Answer an HTTP error with an HTML body, as the edge does."""
    return Action("http", status=status)


def reset() -> Action:
    """Reset the connection instead of answering."""
    return Action("reset")


def truncated() -> Action:
    """Send half the body and close, though Content-Length promised all of it."""
    return Action("truncated")


def empty_body() -> Action:
    """Answer status 200 with no body."""
    return Action("empty_body")


def wrong_json() -> Action:
    """Answer status 200 with a body that stops being JSON."""
    return Action("wrong_json")


def delay(seconds: float) -> Action:
    """Answer late."""
    return Action("delay", seconds=seconds)


def mutate(change: Callable[[World], object]) -> Action:
    """Change the world just before the request is answered, as other users of an account do."""
    return Action("mutate", change=change)


def no_page_info() -> Action:
    """Leave `page_info` out of the answer."""
    return Action("no_page_info")


def repeated_page() -> Action:
    """Answer the rows of the page before."""
    return Action("repeated_page")


def empty_page() -> Action:
    """Answer no rows, with an honest `page_info`."""
    return Action("empty_page")


def wrong_total(amount: int) -> Action:
    """Let `total_number` be wrong by an amount."""
    return Action("wrong_total", amount=amount)


def no_pages() -> Action:
    """Let `total_page` be 0."""
    return Action("no_pages")


@dataclass(frozen=True)
class PageParts:
    """The two halves of a paged answer."""

    rows: bytes
    page_info: dict[str, Any] | None


def _changed_info(parts: PageParts, **changes: int) -> PageParts:
    return replace(parts, page_info={**(parts.page_info or {}), **changes})


def _previous_rows(page: Page) -> bytes:
    start = max(0, page.start - page.size)
    return page.listing.render(start, start + page.size)


PAGE_EDITS: dict[str, Callable[[Action, Page, PageParts], PageParts]] = {
    "no_page_info": lambda _, __, parts: replace(parts, page_info=None),
    "repeated_page": lambda _, page, parts: replace(parts, rows=_previous_rows(page)),
    "empty_page": lambda _, __, parts: replace(parts, rows=b""),
    "wrong_total": lambda action, page, parts: _changed_info(
        parts, total_number=page.listing.total + action.amount
    ),
    "no_pages": lambda _, __, parts: _changed_info(parts, total_page=0),
}

KINDS = frozenset(
    {"api", "http", "reset", "truncated", "empty_body", "wrong_json", "delay", "mutate", *PAGE_EDITS}
)

TRANSIENT: tuple[Action, ...] = (
    *(api(code) for code in (40100, 40016, 40133, 50000, 50002, 51010, 52000, 60001, 61000)),
    *(http(status) for status in (429, 500, 502, 503, 504)),
    reset(),
    truncated(),
    delay(0.02),
)
"""All that passes by itself when the request is sent again."""
