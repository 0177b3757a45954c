"""Single fields of a configuration: what may stand in them, and the sentence for what may not."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
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
    if value is None or (isinstance(value, str) and not value.strip()):
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


def names_of(raw: Raw, name: str, cure: str) -> tuple[str, ...]:
    """A list of names, each once; a text with commas is a list too, and none is an empty one."""
    value = raw.get(name)
    items = value.split(",") if isinstance(value, str) else [] if value is None else value
    if not isinstance(items, list) or not all(type(item) in (str, int) for item in items):
        raise config_error(f"`{name}` must be a list: {cure}.")
    return tuple(dict.fromkeys(text for item in items if (text := str(item).strip())))


def ids_of(raw: Raw, name: str) -> tuple[str, ...]:
    """A list of ad accounts by their number."""
    cure = "write numbers of ad accounts such as 7310000000000000101, copied from TikTok Ads Manager"
    ids = names_of(raw, name, cure)
    for text in ids:
        if not is_id(text):
            raise config_error(f"`{name}` holds {quoted(text)}, which is no number of an ad account: {cure}.")
    return ids


def is_id(text: str) -> bool:
    """Whether a text is a number as TikTok gives to objects."""
    return text.isascii() and text.isdigit()


def unknown(name: str, what: str, known: Collection[str]) -> str:
    """The end of a sentence about a name that does not exist, with those that come near it."""
    near = [f"`{one}`" for one in get_close_matches(name.lower(), sorted(known), n=3)]
    cure = f"perhaps {' or '.join(near)} is meant." if near else "choose one from the list in the form."
    return f"{quoted(name)}, which is no {what} that can be asked for here: {cure}"


def quoted(value: Any) -> str:
    """A wrong value for a sentence, unless it may be a token that went into the wrong field."""
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"a value of {len(text)} characters"
