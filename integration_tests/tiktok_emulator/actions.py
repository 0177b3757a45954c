"""What can go wrong with one answer, as a vocabulary; `edits.py`, `wires.py` and `exchange.py` carry it out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integration_tests.tiktok_emulator.edits import BODY_EDITS, PAGE_EDITS, PAGE_VIEWS
from integration_tests.tiktok_emulator.spellings import SPELLINGS
from integration_tests.tiktok_emulator.wires import WIRES
from integration_tests.tiktok_emulator.world import World


@dataclass(frozen=True)
class Action:
    """One misbehaviour; see the functions below for its kinds.

    Attributes:
        kind: name of the misbehaviour.
        code: API code.
        message: API message; the usual one when empty.
        status: HTTP status.
        seconds: delay before the answer, or pause between its pieces.
        amount: error of `total_number`, number of rows, or number of bytes.
        path: JSON pointer of what an edit changes.
        text: JSON text of an edit, body of an HTTP error (a page when None), or name of a spelling.
        headers: headers of the answer; None takes one away.
        change: what to do to the world before the request is answered.
    """

    kind: str
    code: int = 0
    message: str = ""
    status: int = 0
    seconds: float = 0.0
    amount: int = 0
    path: str = ""
    text: str | None = None
    headers: Mapping[str, str | None] | None = None
    change: Callable[[World], object] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of fault: {self.kind}")
        if self.kind == "echo" and self.text not in SPELLINGS:
            raise ValueError(f"Unknown spelling: {self.text}")
        if self.kind == "put" and not self.text:
            raise ValueError("A value to put is missing.")


# Instead of an answer


def api(code: int, message: str = "") -> Action:
    """Answer a code with HTTP status 200."""
    return Action("api", code=code, message=message)


def echo(spelling: str, *, code: int = 40105, status: int = 200) -> Action:
    """Answer a refusal that holds the token, app id and secret of the request.

    Args:
        spelling: one of `SPELLINGS`, for example `base64`.
        code: the API code, with HTTP status 200.
        status: another HTTP status makes it a gateway's page instead.
    """
    return Action("echo", code=code, status=status, text=spelling)


def http(status: int, text: str | None = None, headers: Mapping[str, str | None] | None = None) -> Action:
    """Answer an HTTP status with an HTML body, as the edge or a gateway does, or with a body of one's own."""
    return Action("http", status=status, text=text, headers=headers)


def redirect(location: str, status: int = 302) -> Action:
    """Send the client elsewhere."""
    return http(status, headers={"Location": location})


def reset() -> Action:
    """Reset the connection instead of answering."""
    return Action("reset")


def continues(seconds: float = 0.0) -> Action:
    """Answer `100 Continue` for ever, with a pause after each."""
    return Action("continues", seconds=seconds)


def empty_body() -> Action:
    """Answer status 200 with no body."""
    return Action("empty_body")


def wrong_json() -> Action:
    """Answer status 200 with a body that stops being JSON."""
    return Action("wrong_json")


def gzip_bomb(amount: int = 128 * 1024 * 1024) -> Action:
    """Answer a small packed body that unpacks to a success of so many bytes."""
    return Action("gzip_bomb", amount=amount)


# On the way of an answer


def delay(seconds: float) -> Action:
    """Answer late."""
    return Action("delay", seconds=seconds)


def mutate(change: Callable[[World], object]) -> Action:
    """Change the world just before the request is answered, as other users of an account do."""
    return Action("mutate", change=change)


def truncated() -> Action:
    """Send half the body and close, though Content-Length promised all of it."""
    return Action("truncated")


def trickle(seconds: float = 1.0) -> Action:
    """Send the body byte by byte, with a pause after each."""
    return Action("trickle", seconds=seconds)


def endless(seconds: float = 0.0) -> Action:
    """Send the body in a chunk and further chunks of blanks for ever, with a pause after each."""
    return Action("endless", seconds=seconds)


# Edits of an honest answer


def put(path: str, value: Any = None, *, text: str = "") -> Action:
    """Put a value into the JSON body.

    Args:
        path: JSON pointer, for example `/data/list/0/ad_id`; `*` stands for every row, `-` appends one.
        value: any JSON value.
        text: JSON text instead, for what Python would not write, such as `1e400` or 5,000 digits.
    """
    return Action("put", path=path, text=text or json.dumps(value))


def drop(path: str) -> Action:
    """Take a value out of the JSON body; see `put` for paths."""
    return Action("drop", path=path)


def header(name: str, value: str | None) -> Action:
    """Set a header of the answer, for example `Date` or `Content-Length`; None takes it away."""
    return Action("header", headers={name: value})


def byte_order_mark() -> Action:
    """Begin the body with a byte order mark."""
    return Action("byte_order_mark")


def shortened(amount: int) -> Action:
    """Leave out the last rows of a list; `total_number` agrees, as it does when TikTok throttles a token."""
    return Action("shortened", amount=amount)


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


_INSTEAD = ("api", "echo", "http", "empty_body", "wrong_json", "gzip_bomb")
KINDS = frozenset({*_INSTEAD, "delay", "mutate", *WIRES, *BODY_EDITS, *PAGE_EDITS, *PAGE_VIEWS})

THROTTLES = (40100, 40016, 40133, 61000)

TRANSIENT: tuple[Action, ...] = (
    *(api(code) for code in (*THROTTLES[:3], 50000, 50002, 51010, 52000, 60001, THROTTLES[3])),
    *(http(status) for status in (429, 500, 502, 503, 504)),
    reset(),
    truncated(),
    delay(0.02),
)
"""All that passes by itself when the request is sent again."""
