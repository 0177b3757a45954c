"""Edits of an honest answer: what is in it stays TikTok's, but for one thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from integration_tests.tiktok_emulator.listing import Page, Slice
from integration_tests.tiktok_emulator.server import JSON, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from integration_tests.tiktok_emulator.actions import Action


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


def _shortened(action: Action, page: Page) -> Page:
    kept = max(0, page.listing.total - action.amount)
    return replace(page, listing=Slice(page.listing, 0, kept), cache_key=None)


PAGE_VIEWS: dict[str, Callable[[Action, Page], Page]] = {"shortened": _shortened}


def _reached(document: Any, step: str) -> Iterator[Any]:
    """Return the values that one step of a pointer leads to; none where there is nothing."""
    if isinstance(document, list):
        yield from document if step == "*" else document[int(step) :][:1]
    elif isinstance(document, dict) and step in document:
        yield document[step]


def _put(parent: Any, step: str, text: str | None) -> None:
    value = orjson.Fragment(text or "null")
    if isinstance(parent, dict):
        parent[step] = value
    elif step == "-":
        parent.append(value)
    else:
        parent[:] = [value if step in ("*", str(place)) else one for place, one in enumerate(parent)]


def _drop(parent: Any, step: str, _: str | None) -> None:
    if isinstance(parent, dict):
        parent.pop(step, None)
    else:
        parent[:] = [one for place, one in enumerate(parent) if step not in ("*", str(place))]


_JSON_EDITS = {"put": _put, "drop": _drop}


def _edit_json(document: Any, action: Action) -> None:
    *steps, last = action.path.lstrip("/").split("/")
    parents = [document]
    for step in steps:
        parents = [found for parent in parents for found in _reached(parent, step)]
    for parent in parents:
        if isinstance(parent, (dict, list)):
            _JSON_EDITS[action.kind](parent, last, action.text)


BODY_EDITS = frozenset({*_JSON_EDITS, "header", "byte_order_mark"})


def edited(answer: Answer, actions: Iterable[Action]) -> Answer:
    """Return the answer with all edits of its body and headers.

    The body is read once for all of them: what one edit wrote may be no JSON that a second reading would keep.
    """
    wanted = [action for action in actions if action.kind in BODY_EDITS]
    if not wanted:
        return answer
    rewrites = [action for action in wanted if action.kind in _JSON_EDITS]
    body = answer.body
    if rewrites and answer.content_type == JSON:
        document = orjson.loads(body)
        for action in rewrites:
            _edit_json(document, action)
        body = orjson.dumps(document)
    if any(action.kind == "byte_order_mark" for action in wanted):
        body = b"\xef\xbb\xbf" + body
    headers = {name: value for action in wanted for name, value in (action.headers or {}).items()}
    return replace(answer, body=body, headers={**answer.headers, **headers})
