"""A credential that TikTok repeats in a record: looked for in the bytes of every page, and masked where it stands.

No list of TikTok's is known to do so. But a token in a warehouse is a leak like one in a log, and to look for it
costs two hundredths of what a page does.
"""

import logging
from functools import cache
from typing import Any

import orjson

from source_tiktok_marketing.settings.secrets import credentials, mask

LOGGER = logging.getLogger("airbyte")


def without_credentials(stream: str, lines: bytearray) -> bytearray:
    """The lines of a page, with `****` in the place of every credential."""
    if not _is_told_in(lines):
        return lines
    _tell(stream)
    masked = (_masked(line) if _is_told_in(line) else line for line in lines.splitlines(keepends=True))
    return bytearray().join(masked)


def _is_told_in(json: bytes | bytearray) -> bool:
    """Whether any credential stands in some JSON."""
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
