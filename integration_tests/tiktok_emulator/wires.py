"""How an answer travels: whole, or in one of the ways that leave a client waiting, starving or drowning.

What never ends here ends when the client hangs up, or when the server stops and cuts its connections.
"""

from __future__ import annotations

import gzip
import time
import zlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedIOBase

    from integration_tests.tiktok_emulator.server import Answer

_CHUNK = b" " * 65_536
_GZIP_FORMAT = 31
_EMPTY_SUCCESS = b'{"code":0,"message":"OK","request_id":"20240101000000","data":{"list":[]}}'


def _whole(wire: BufferedIOBase, answer: Answer) -> None:
    wire.write(answer.head() + answer.body)


def _truncated(wire: BufferedIOBase, answer: Answer) -> None:
    wire.write(answer.head() + answer.body[: len(answer.body) // 2])


def _trickle(wire: BufferedIOBase, answer: Answer) -> None:
    wire.write(answer.head())
    for byte in answer.body:
        wire.write(bytes([byte]))
        time.sleep(answer.seconds)


def _endless(wire: BufferedIOBase, answer: Answer) -> None:
    wire.write(answer.head({"Content-Length": None, "Transfer-Encoding": "chunked"}))
    piece = answer.body
    while True:
        wire.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        piece = _CHUNK
        time.sleep(answer.seconds)


def _continues(wire: BufferedIOBase, answer: Answer) -> None:
    while True:
        wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(answer.seconds)


def _reset(*_: object) -> None:
    """Say nothing: the server aborts the connection."""


WHOLE = "whole"
RESET = "reset"
_WAYS: dict[str, Callable[[BufferedIOBase, Answer], None]] = {
    WHOLE: _whole,
    RESET: _reset,
    "truncated": _truncated,
    "trickle": _trickle,
    "endless": _endless,
    "continues": _continues,
}
WIRES = frozenset(_WAYS) - {WHOLE}
CUT = WIRES - {"trickle"}
"""The ways on which no whole answer arrives."""


def send(wire: BufferedIOBase, answer: Answer) -> None:
    """Send an answer on its way."""
    _WAYS[answer.transport](wire, answer)


def packed(body: bytes) -> bytes:
    """Return the body as gzip, quickly."""
    return gzip.compress(body, compresslevel=1, mtime=0)


@cache
def bomb(size: int) -> bytes:
    """Return a success as gzip that unpacks to so many bytes, nearly all of them blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP_FORMAT)
    pieces = [packer.compress(_EMPTY_SUCCESS)]
    left = size - len(_EMPTY_SUCCESS)
    while left > 0:
        pieces.append(packer.compress(_CHUNK[:left]))
        left -= len(_CHUNK)
    return b"".join((*pieces, packer.flush()))
