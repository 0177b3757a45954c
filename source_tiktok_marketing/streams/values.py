"""Raw JSON values of TikTok into the types that the schemas publish, by converters compiled once per stream.

TikTok sends most numbers and all ids as text, writes `-` for "no value", and uses "" and null alike for "none".
Ids exceed 2^53, so no value passes through a float unless it is a decimal. What cannot be read as its type is an
error that names stream, field and value; guessing a null would lose a number silently.

A page is converted in place: its rows were parsed for us alone, and copying them would cost more than the rest.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from airbyte_cdk.models import FailureType

from source_tiktok_marketing.api.errors import Malformed
from source_tiktok_marketing.settings.secrets import shorten

# What a record was read for, as far as TikTok does not say it in the record.
STAMPS = frozenset({"advertiser_id", "bc_id", "date"})

NOTHING = frozenset({"", "-"})
MAX_QUOTED = 80
# Beyond it a float does not hold every whole number.
MAX_EXACT = 2**53
# What can be written down as a whole number.
INTEGERS = range(-(2**63), 2**64)

Record = dict[str, Any]
Cast = Callable[[Any], Any]


class UnreadableValue(Exception):
    """A value that its published type cannot hold."""

    failure_type = FailureType.system_error

    def __init__(self, field: str, value: Any, type_: str) -> None:
        super().__init__(f"field `{field}` holds {shortened(value)}, which cannot be read as {type_}")


def written(record: Record) -> bytes:
    """A record as JSON.

    Raises:
        UnreadableValue: A number has more digits than can be written.
        Malformed: It is nested too deep.
    """
    try:
        return orjson.dumps(record)
    except TypeError as error:
        raise unwritable([record], error) from None


def unwritable(records: Iterable[Record], error: TypeError) -> UnreadableValue | Malformed:
    """Why no JSON writer takes some records: a number beyond 64 bits, or what is nested too deep."""
    return _too_long(records) or Malformed(error)


def _too_long(records: Iterable[Record]) -> UnreadableValue | None:
    for record in records:
        for name, value in record.items():
            if isinstance(value, dict):
                nested = _too_long([value])
                if nested:
                    return nested
            elif isinstance(value, int) and value not in INTEGERS:
                return UnreadableValue(name, value, "a number of 64 bits")
    return None


def shortened(value: Any) -> str:
    """A value for people; as much of it as a sentence can hold."""
    return shorten(repr(value), MAX_QUOTED)


def to_text(value: Any) -> str | None:
    """Text as it is, structures as JSON, other scalars as Airbyte's connector writes them: `False` for false."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return str(_exact(value) if type(value) is float else value)


def to_integer(value: Any) -> int | None:
    """A whole number from a number or a text, without passing through a float."""
    if value is None or value in NOTHING:
        return None
    if isinstance(value, float) and not _exact(value).is_integer():
        raise ValueError(value)
    if isinstance(value, str) and "_" in value:  # Python would read 1_0 as ten.
        raise ValueError(value)
    return _fitting(int(value))


def to_number(value: Any) -> int | float | None:
    """A whole number if the text is one, else a decimal."""
    if type(value) is str:
        if value in NOTHING:
            return None
        if "_" in value:  # Python would read 1_0 as ten.
            raise ValueError(value)
        if "." in value:  # To let `int` refuse a decimal first costs more than reading it.
            return _exact(float(value))
        try:
            number = int(value)
        except ValueError:
            return _exact(float(value))
        return _fitting(number)
    if type(value) is float:
        return _exact(value)
    return value if value is None or type(value) is int else int(value)


def _fitting(number: int) -> int:
    if number not in INTEGERS:
        raise ValueError(number)
    return number


def _exact(number: float) -> float:
    """A decimal, unless it may have lost digits: parsers make decimals of integers that are too long for them."""
    if not -MAX_EXACT <= number <= MAX_EXACT:  # Nor have NaN and infinities a place in JSON.
        raise ValueError(number)
    return number


BOOLEANS: dict[Any, bool | None] = {
    True: True,
    False: False,
    **dict.fromkeys(("true", "1", "on", "yes"), True),
    **dict.fromkeys(("false", "0", "off", "no"), False),
    **dict.fromkeys(NOTHING),
    None: None,
}


def to_boolean(value: Any) -> bool | None:
    """A truth value, which TikTok writes as a boolean, as 0 and 1, as ON and OFF, or as text."""
    return BOOLEANS[value.lower() if type(value) is str else value]


SCALARS: dict[str, Cast] = {
    "string": to_text,
    "integer": to_integer,
    "number": to_number,
    "boolean": to_boolean,
}


def type_of(schema: Mapping[str, Any]) -> str:
    """The one JSON type of a property, null aside."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return str(next(name for name in types if name != "null"))


def compile_cast(field: str, schema: Mapping[str, Any]) -> Cast:
    """A converter for one property."""
    if {"object", "array"} <= set(schema["type"]):
        return _compile_either(field, schema)
    type_ = type_of(schema)
    if type_ == "object":
        return _compile_object(field, schema.get("properties", {}))
    if type_ == "array":
        return _compile_array(field, schema.get("items"))
    scalar = SCALARS[type_]

    def cast(value: Any) -> Any:
        try:
            return scalar(value)
        except (ValueError, TypeError, KeyError):
            raise UnreadableValue(field, value, type_) from None

    return cast


def _compile_array(field: str, items: Mapping[str, Any] | None) -> Cast:
    cast_item = compile_cast(field, items) if items else _as_it_is

    def cast(value: Any) -> Any:
        if isinstance(value, list):
            return [cast_item(item) for item in value]
        return _nothing(field, value, "array")

    return cast


def _compile_object(field: str, properties: Mapping[str, Mapping[str, Any]]) -> Cast:
    casts = [(name, compile_cast(name, schema)) for name, schema in properties.items()]

    def cast(value: Any) -> Any:
        if not isinstance(value, dict):
            return _nothing(field, value, "object")
        for name, cast_field in casts:
            if name in value:
                value[name] = cast_field(value[name])
        return value

    return cast


def _compile_either(field: str, schema: Mapping[str, Any]) -> Cast:
    """A converter where one object was published, and TikTok documents a list of them."""
    cast_object = _compile_object(field, schema["properties"])
    cast_array = _compile_array(field, schema["items"])
    return lambda value: (cast_array if isinstance(value, list) else cast_object)(value)


def _as_it_is(value: Any) -> Any:
    return value


def _nothing(field: str, value: Any, type_: str) -> None:
    """Of lists and objects TikTok writes "none" in the ways that it has for texts; what else there is, is told."""
    if value not in (None, "", "-"):
        raise UnreadableValue(field, value, type_)


def compile_entity(schema: Mapping[str, Any]) -> Callable[[list[Record], Mapping[str, str]], list[Record]]:
    """A converter of a page of objects, which stamps each with what it was read for: account, center, day."""
    cast = _compile_object("", schema["properties"])
    casts = {name: compile_cast(name, spec) for name, spec in schema["properties"].items() if name in STAMPS}

    def convert(rows: list[Record], asked: Mapping[str, str]) -> list[Record]:
        stamps = [(name, casts[name](value)) for name, value in asked.items() if name in casts]
        for row in rows:
            cast(row)
            for name, value in stamps:
                row[name] = value
        return rows

    return convert
