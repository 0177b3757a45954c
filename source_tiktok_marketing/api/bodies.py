"""The body of an answer: as it comes from the network, and as it reads.

A body waits as the compressed bytes that it came in, a tenth of its text, until it is its turn to be unpacked: so
memory does not grow with the requests that are under way.
"""

import zlib

import requests

from source_tiktok_marketing.api.connections import LONGEST_ANSWER

# The largest page of ads, 1,000 of 10 KB each, has a third of that.
LONGEST_TEXT = 32 * 1024 * 1024
# Unpacked in one go, what turns out to be too long would be there twice.
PIECE = 4 * 1024 * 1024

# What the connector can unpack, as zlib counts the forms; "deflate" comes with a header or without.
ACCEPTED_ENCODING = "gzip"
FORMS: dict[str, tuple[int, ...]] = {
    "gzip": (zlib.MAX_WBITS | 16,),
    "x-gzip": (zlib.MAX_WBITS | 16,),
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}


class UnreadableBody(Exception):
    """A body that is none of TikTok's: too large, cut off, or packed in a way that nobody asked for."""


def packed_body(response: requests.Response) -> bytes:
    """The body as it comes from the network, read to its end.

    Raises:
        UnreadableBody: Its promised length is absurd.
    """
    raw = response.raw
    if "Content-Length" in raw.headers and not raw.chunked:
        promised = raw.length_remaining
        if promised is None or promised > LONGEST_ANSWER:
            raw.close()
            raise UnreadableBody("an absurd Content-Length")
    # In one piece: `response.content` collects small ones, which is slower and scatters the memory. The
    # connection counts them on their way.
    body: bytes = raw.read(decode_content=False)
    return body


def unpacked(body: bytes, encoding: str) -> bytes:
    """The text of a body.

    Raises:
        UnreadableBody: It cannot be unpacked, or is too large.
    """
    for name in reversed(encoding.lower().split(",")):
        if name.strip() not in ("", "identity"):
            body = _unpacked_once(body, name.strip())
    return body


def _unpacked_once(body: bytes, name: str) -> bytes:
    for form in FORMS.get(name, ()):
        try:
            return _text_of(body, zlib.decompressobj(form))
        except zlib.error:
            continue
    raise UnreadableBody("a body that cannot be unpacked")


def _text_of(body: bytes, unpacker: "zlib._Decompress") -> bytes:
    pieces, left = list[bytes](), LONGEST_TEXT
    while left:
        wanted = min(PIECE, left)
        pieces.append(unpacker.decompress(body, wanted))
        if unpacker.eof:
            return b"".join(pieces)
        if len(pieces[-1]) < wanted:
            raise UnreadableBody("a body that is cut off")
        body, left = unpacker.unconsumed_tail, left - wanted
    raise UnreadableBody("a body without end")
