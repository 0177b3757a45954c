"""The files that the command line names: JSON, which a person may have written."""

import codecs
from pathlib import Path
from typing import Any

import orjson

from source_tiktok_marketing.settings.errors import config_error

# A schema of the catalog nests some ten levels.
DEEPEST = 100


def read_json_object(path: str, what: str, field: str) -> dict[str, Any]:
    """Read a file that holds one JSON object, whose most important field is named for the error.

    Raises:
        AirbyteTracedException: As `config_error`, if it does not.
    """
    try:
        content = orjson.loads(bytes_of(path))
    except OSError as error:
        raise config_error(
            f"The {what} file {shown(path)} cannot be read ({error.strerror}): check its path."
        ) from error
    except ValueError as error:
        raise config_error(f"The {what} file {shown(path)} is no JSON: correct it or write it anew.") from error
    if not isinstance(content, dict):
        raise config_error(f"The {what} file {shown(path)} must be a JSON object with `{field}`.")
    if _is_deeper(content, DEEPEST):
        raise config_error(f"The {what} file {shown(path)} nests its values too deep: correct it.")
    return content


def shown(path: str) -> str:
    """A path for a sentence, also where it is no UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode()


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value nests further than so many levels."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_deeper(one, levels - 1) for one in inner)


def bytes_of(path: str) -> bytes:
    """The content of a file, less the mark that some editors put before UTF-8."""
    return Path(path).read_bytes().removeprefix(codecs.BOM_UTF8)
