"""The ways in which servers and gateways write a text that they were sent, in the bodies of their answers."""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote


def _percent(text: str) -> str:
    return quote(text, safe="")


def _lower_percent(text: str) -> str:
    return re.sub("%..", lambda match: match[0].lower(), _percent(text))


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "lower": str.lower,
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64_url": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex_upper": lambda text: text.encode().hex().upper(),
    "percent": _percent,
    "percent_lower": _lower_percent,
    "percent_twice": lambda text: _percent(_percent(text)),
    "percent_all": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "json": _in_json,
    "json_slashes": lambda text: _in_json(text).replace("/", "\\/"),
    "json_in_json": lambda text: _in_json(_in_json(text)),
    "json_escapes": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "html": html.escape,
    "html_numbers": lambda text: "".join(f"&#{ord(one)};" for one in text),
}
