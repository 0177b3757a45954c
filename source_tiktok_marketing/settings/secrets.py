"""Secrets, masked in every text that leaves the process, however they are spelled.

TikTok, a gateway or a library may quote a secret as it came to them: in a URL, in JSON within JSON, in HTML, in
base64 or hex, in capitals. So a text is read as its readers would read it, one encoding after the other undone;
where a secret then stands, the original text is masked. What is quoted of a foreign text is cut short as well.
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

SECRET_KEYS = frozenset({"access_token", "app_id", "secret"})
# What opens an account, which an app's id alone does not.
CREDENTIAL_KEYS = SECRET_KEYS - {"app_id"}
# Anything shorter is no credential of TikTok's; masked, it would break half of what is printed.
SHORTEST_SECRET = 4
# TikTok's credentials have 40 signs; data is the user's own, and nothing shorter is masked in it.
SHORTEST_CREDENTIAL = 16
MASK = "****"
# A gateway in front of a gateway encodes twice, and a log that quotes both a third time. A text of more readings
# than that is made to have them.
MOST_ENCODINGS = 4
MOST_READINGS = 100

# What is quoted of a foreign text. It is masked before it is cut, or half a secret could be left; but who sends a
# text of megabytes need not have all of it looked at.
LONGEST_QUOTE = 500
LONGEST_LOOK = 100_000

ESCAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile("%([0-9a-f]{2})", re.IGNORECASE), lambda match: chr(int(match[1], 16))),
    (
        re.compile(r"\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))", re.IGNORECASE),
        lambda match: match[3] or chr(int(match[1] or match[2], 16)),
    ),
    # The same behind a stray backslash, which is none that escapes the next one.
    (
        re.compile(r"\\(?:u([0-9a-f]{4})|x([0-9a-f]{2}))", re.IGNORECASE),
        lambda match: chr(int(match[1] or match[2], 16)),
    ),
    (re.compile("&#?[0-9a-z]{1,32};", re.IGNORECASE), lambda match: _character(match[0])),
)
# Python's `lower` can change the length of a text.
LOWER_CASE = {capital: chr(capital).lower() for capital in range(ord("A"), ord("Z") + 1)}
URL_SAFE = str.maketrans("-_", "+/")

# How the known secrets may be spelled where no escape is left, in lower case.
_spellings: dict[str, None] = {}
# How credentials stand in the JSON of a record.
_credentials: dict[bytes, None] = {}


def protect(raw: Any) -> None:
    """Have every secret of a raw configuration masked from now on."""
    for key, secret in _secrets(raw):
        remember(secret)
        if key in CREDENTIAL_KEYS and len(secret) >= SHORTEST_CREDENTIAL:
            _credentials.update(
                dict.fromkeys((json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode()))
            )


def remember(secret: str) -> None:
    """Have a secret masked from now on."""
    if len(secret) >= SHORTEST_SECRET:
        _spellings.update(dict.fromkeys(_spelled(secret)))


def forget() -> None:
    """Mask nothing any more."""
    _spellings.clear()
    _credentials.clear()


def credentials() -> list[bytes]:
    """What no record may hold, as it would stand in JSON: as it is, and as it is in a URL."""
    return list(_credentials)


def mask(text: str) -> str:
    """The text with `****` in the place of every secret."""
    if not _spellings:
        return text
    parts, end = [], 0
    for start, stop in _joined(sorted(_places(text))):
        parts += [text[end:start], MASK]
        end = stop
    return "".join([*parts, text[end:]])


def shorten(text: str, longest: int = LONGEST_QUOTE) -> str:
    """The beginning of a foreign text, masked, for a sentence."""
    told = mask(text[:LONGEST_LOOK])
    return told if len(told) <= longest else f"{told[:longest]}..."


def _secrets(raw: Any) -> Iterator[tuple[str, str]]:
    """The values under the keys of secrets, each with its key, in whatever they are wrapped, however deep."""
    todo = [("", raw)]
    while todo:
        key, value = todo.pop()
        if isinstance(value, Mapping):
            todo += [(name if name in SECRET_KEYS else key, inner) for name, inner in value.items()]
        elif isinstance(value, list):
            todo += [(key, inner) for inner in value]
        elif key and value is not None and str(value).strip():
            yield key, str(value).strip()


def _spelled(secret: str) -> Iterator[str]:
    # Base64 and hex may hold what was escaped before.
    for form in {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
        content = form.encode("utf-8", "replace")
        # What is left of a sign beyond ASCII when `%XX` is undone byte by byte.
        yield from (form.translate(LOWER_CASE), content.decode("latin-1").translate(LOWER_CASE), content.hex())
        yield from (_in_base64(content, shift).translate(LOWER_CASE) for shift in range(3))


def _in_base64(content: bytes, shift: int) -> str:
    """The signs that stand for a content in base64, whatever stands around it, behind so many bytes modulo 3."""
    encoded = b64encode(bytes(shift) + content + bytes(2)).decode()
    return encoded[-(-shift * 8 // 6) : (shift + len(content)) * 8 // 6]


@dataclass(frozen=True)
class _Reading:
    """A text as it reads with some of its encodings undone.

    Attributes:
        text: What it says.
        starts: Where in the original each of its characters begins, and where the last one ends.
    """

    text: str
    starts: tuple[int, ...] | range

    def without(self, escape: re.Pattern[str], character: Callable[[re.Match[str]], str]) -> "_Reading":
        """The same with one more encoding undone."""
        parts: list[str] = []
        starts: list[int] = []
        end = 0
        for match in escape.finditer(self.text):
            sign = character(match)
            if not sign:
                continue
            parts += [self.text[end : match.start()], sign]
            starts += self.starts[end : match.start() + 1]
            end = match.end()
        return _Reading("".join([*parts, self.text[end:]]), (*starts, *self.starts[end:]))

    def places(self) -> Iterator[tuple[int, int]]:
        """Where secrets stand in the original."""
        plain = self.text.translate(LOWER_CASE)
        for text in {plain, plain.translate(URL_SAFE)}:
            for spelling in _spellings:
                at = text.find(spelling)
                while at >= 0:
                    yield self.starts[at], self.starts[at + len(spelling)]
                    at = text.find(spelling, at + 1)


def _places(text: str) -> Iterator[tuple[int, int]]:
    readings = {text: _Reading(text, range(len(text) + 1))}
    latest = list(readings.values())
    for _ in range(MOST_ENCODINGS):
        undone = (
            reading.without(*escape) for reading in latest for escape in ESCAPES if escape[0].search(reading.text)
        )
        latest = [readings.setdefault(one.text, one) for one in undone if one.text not in readings]
        if not latest or len(readings) > MOST_READINGS:
            break
    for reading in readings.values():
        yield from reading.places()


def _joined(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places that overlap, as one."""
    start = stop = -1
    for next_start, next_stop in places:
        if next_start >= stop:
            if stop > start:
                yield start, stop
            start, stop = next_start, next_stop
        else:
            stop = max(stop, next_stop)
    if stop > start:
        yield start, stop


def _character(reference: str) -> str:
    """The sign that HTML writes so, in capitals too; "" if there is none."""
    signs = (html.unescape(spelling) for spelling in (reference, reference.lower()))
    return next((sign for sign in signs if len(sign) == 1), "")
