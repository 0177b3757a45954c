"""A credential that TikTok repeats in a record: looked for in the bytes of every page, and masked where it stands.

No list of TikTok's is known to do so. But a token in a warehouse is a leak like one in a log, and to look for it
costs a hundredth of what a page does.
"""

import logging
from collections.abc import Callable
from ctypes import CDLL, byref, c_char, c_char_p, c_size_t, c_void_p
from functools import cache
from operator import contains
from typing import Any

import orjson

from source_tiktok_marketing.settings.secrets import credentials, mask

LOGGER = logging.getLogger("airbyte")


def without_credentials(stream: str, lines: bytearray) -> bytearray:
    """The lines of a page, with `****` in the place of every credential."""
    holds, wanted = _search(), credentials()
    if not lines or not any(holds(lines, credential) for credential in wanted):
        return lines
    _tell(stream)
    masked = (_masked(line) if _is_told_in(line) else line for line in lines.splitlines(keepends=True))
    return bytearray().join(masked)


@cache
def _search() -> Callable[[bytearray, bytes], bool]:
    """The C library's search, which passes over most bytes of a page; Python's own looks at twice as many."""
    try:
        memmem = CDLL(None).memmem
    except (OSError, AttributeError):
        return contains
    memmem.argtypes, memmem.restype = (c_void_p, c_size_t, c_char_p, c_size_t), c_void_p

    def holds(lines: bytearray, credential: bytes) -> bool:
        return memmem(byref(c_char.from_buffer(lines)), len(lines), credential, len(credential)) is not None

    return holds


def _is_told_in(json: bytes | bytearray) -> bool:
    return any(credential in json for credential in credentials())


def _masked(line: bytearray) -> bytes:
    """A line whose texts are masked; the words of the message, which a secret may happen to be, stay."""
    message = orjson.loads(line)
    message["record"]["data"] = _masked_value(message["record"]["data"])
    return orjson.dumps(message) + b"\n"


def _masked_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {_masked_value(name): _masked_value(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(_masked_value, value))
    return mask(value) if isinstance(value, str) and _is_told_in(orjson.dumps(value)) else value


@cache
def _tell(stream: str) -> None:
    """Say it once for each stream."""
    LOGGER.warning(
        "TikTok sent the access token or the app's secret within records of %s: **** is written in its place.",
        stream,
    )
