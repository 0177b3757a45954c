"""Single fields of a configuration: what may stand in them, and the sentence for what may not."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pendulum import Date

from source_tiktok_marketing.settings.errors import config_error

DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
LONGEST_QUOTE = 30
LONGEST_NUMBER = 20

Raw = Mapping[str, Any]
Default = TypeVar("Default", int, None)


def text_of(fields: Raw, name: str, where: str, cure: str) -> str:
    """A text that must be there, such as a token; `where` and `cure` are for the sentence if it is not."""
    place = name if where == "environment." and name == "access_token" else f"{where}{name}"
    value = fields.get(name)
    if value is None or value == "" or (isinstance(value, str) and not value.strip()):
        raise config_error(f"`{place}` is missing or empty: {cure}.")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise config_error(f"`{place}` must be text: {cure}.")
    text = str(value).strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise config_error(f"`{place}` holds a space or a sign that cannot occur in it: {cure} again.")
    return text


def date_of(raw: Raw, name: str) -> Date | None:
    """A day, with or without a time behind it; None if the field is missing or empty."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    match = DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if match:
            year, month, day = map(int, match.groups()[:3])
            return Date(year, month, day)
    except ValueError:
        pass
    raise config_error(f"`{name}` is {quoted(value)}, which is no date: write it like 2024-01-31.")


def whole_number_of(raw: Raw, name: str, default: Default, allowed: range) -> int | Default:
    """A whole number within a range, or the default if the field is missing or empty."""
    value = raw.get(name)
    if value is None or value == "":
        return default
    # JSON schema takes 3.0 for a whole number, and so does Airbyte's form.
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    is_number = text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER
    if isinstance(value, bool) or not is_number or int(text) not in allowed:
        raise config_error(
            f"`{name}` is {quoted(value)}: it must be a whole number from {allowed.start} to {allowed.stop - 1}."
        )
    return int(text)


def flag_of(raw: Raw, name: str, *, default: bool = False) -> bool:
    """True or false, or the default if the field is missing."""
    value = raw.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise config_error(f"`{name}` is {quoted(value)}: it must be true or false.")
    return value


def quoted(value: Any) -> str:
    """A wrong value for a sentence, unless it may be a token that went into the wrong field."""
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"a value of {len(text)} characters"
