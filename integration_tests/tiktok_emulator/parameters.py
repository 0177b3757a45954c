"""Reading and checking query parameters the way TikTok's validation does.

Arrays and objects are JSON text; every refusal is a 40002 that names the parameter.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from integration_tests.tiktok_emulator.clock import UTC
from integration_tests.tiktok_emulator.errors import ApiError, parameter_error

MOST_IDS = 100
_DIGITS = re.compile(r"\d+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


def decoded(text: str) -> Any:
    """Return the JSON value of a parameter, or the text itself when it is no JSON array or object."""
    if text[:1] not in ("[", "{"):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


class Parameters:
    """The query of one request.

    Args:
        raw: parameters as sent, decoded from the URL but not from JSON.
    """

    def __init__(self, raw: Mapping[str, str]) -> None:
        self.raw = raw

    def __contains__(self, name: str) -> bool:
        return self.raw.get(name, "") != ""

    def required(self, name: str) -> str:
        """Return a parameter that must be there."""
        if name not in self:
            raise parameter_error(name, "Missing data for required field.")
        return self.raw[name]

    def number_text(self, name: str) -> str:
        """Return a required id: digits only."""
        text = self.required(name)
        if not _DIGITS.fullmatch(text):
            raise parameter_error(name, "Not a valid id.")
        return text

    def integer(self, name: str, default: int, most: int) -> int:
        """Return a number between 1 and a maximum."""
        if name not in self:
            return default
        text = self.raw[name]
        if not _DIGITS.fullmatch(text):
            raise parameter_error(name, "Not a valid integer.")
        number = int(text)
        if not 1 <= number <= most:
            raise parameter_error(name, f"Must be between 1 and {most}.")
        return number

    def boolean(self, name: str) -> bool:
        """Return a boolean, false when absent; TikTok's own examples write it as Python does."""
        words = {"true": True, "True": True, "false": False, "False": False, "": False}
        text = self.raw.get(name, "")
        if text not in words:
            raise parameter_error(name, "Not a valid boolean.")
        return words[text]

    def choice(self, name: str, options: Sequence[str]) -> str:
        """Return a required parameter that is one of the options."""
        return one_of(name, self.required(name), options)

    def array(self, name: str) -> list[str] | None:
        """Return a JSON array of strings, None when absent."""
        if name not in self:
            return None
        return string_list(name, self._json(name))

    def object(self, name: str) -> dict[str, Any]:
        """Return a JSON object, empty when absent."""
        if name not in self:
            return {}
        value = self._json(name)
        if not isinstance(value, dict):
            raise parameter_error(name, "Field must be set to object.")
        return value

    def objects(self, name: str) -> list[dict[str, Any]]:
        """Return a JSON array of objects, empty when absent."""
        if name not in self:
            return []
        value = self._json(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise parameter_error(name, "Field must be set to array of objects.")
        return value

    def day(self, name: str) -> date:
        """Return a required date `YYYY-MM-DD`."""
        return iso_day(name, self.required(name))

    def _json(self, name: str) -> Any:
        try:
            return orjson.loads(self.raw[name])
        except orjson.JSONDecodeError:
            raise parameter_error(name, "Not valid JSON.") from None


def iso_day(name: str, value: Any) -> date:
    """Return a day written `YYYY-MM-DD`."""
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise parameter_error(name, "Not a valid date, the format is YYYY-MM-DD.")


def one_of(name: str, value: Any, options: Sequence[str]) -> str:
    """Return the value if it is one of the options."""
    if value not in options:
        raise parameter_error(name, f"one or more value of the param is not acceptable, allowed: {list(options)}")
    return str(value)


def string_list(name: str, value: Any) -> list[str]:
    """Return the value if it is a list of strings."""
    if not isinstance(value, list):
        raise parameter_error(name, "Field must be set to array.")
    if not all(isinstance(item, str) for item in value):
        raise parameter_error(name, "Items must be strings.")
    return value


def id_list(name: str, value: Any, most: int = MOST_IDS) -> frozenset[str]:
    """Return a list of 1 to `most` ids as a set; TikTok takes numbers as well as texts.

    Raises:
        ApiError: 40011 for too many ids, 40002 for anything else.
    """
    texts = [str(one) if type(one) is int else one for one in value] if isinstance(value, list) else value
    ids = string_list(name, texts)
    if len(ids) > most:
        raise ApiError(40011, f"{name}: at most {most} ids in one request.")
    if not ids:
        raise parameter_error(name, "Must not be empty.")
    return frozenset(ids)


def utc_time(name: str, value: Any) -> datetime:
    """Return a time written `YYYY-MM-DD HH:MM:SS`, which filters take as UTC."""
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise parameter_error(name, "Not a valid time, the format is YYYY-MM-DD HH:MM:SS.")
