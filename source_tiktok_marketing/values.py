"""Raw JSON values of TikTok into the types that the schemas publish, by converters compiled once per stream.

TikTok sends most numbers and all ids as text, writes `-` for "no value", and uses "" and null alike for "none".
Ids exceed 2^53, so no value passes through a float unless it is a decimal. What cannot be read as its type is an
error that names stream, field and value; guessing a null would lose a number silently.

A page is converted in place: its rows were parsed for us alone, and copying them would cost more than the rest.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from airbyte_cdk.models import FailureType

NOTHING = frozenset({"", "-"})
# What a report row is made of, in this order.
PARTS = dict.fromkeys(("dimensions", "metrics"))

Row = dict[str, Any]
Cast = Callable[[Any], Any]


class UnreadableValue(Exception):
    """A value that its published type cannot hold."""

    failure_type = FailureType.system_error

    def __init__(self, field: str, value: Any, type_: str) -> None:
        super().__init__(f"field `{field}` holds {value!r}, which cannot be read as {type_}")


def to_text(value: Any) -> str | None:
    """Text as it is; other scalars and structures as text."""
    if value is None or type(value) is str:
        return value
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else str(value)


def to_integer(value: Any) -> int | None:
    """A whole number from a number or a text, without passing through a float."""
    if value is None or value in NOTHING:
        return None
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    if isinstance(value, str) and "_" in value:  # Python would read 1_0 as ten.
        raise ValueError(value)
    return int(value)


def to_number(value: Any) -> int | float | None:
    """A whole number if the text is one, else a decimal."""
    if type(value) is str:
        if value in NOTHING:
            return None
        if "_" in value:  # Python would read 1_0 as ten.
            raise ValueError(value)
        if "." in value:  # To let `int` refuse a decimal first costs more than reading it.
            return _finite(float(value))
        try:
            return int(value)
        except ValueError:
            return _finite(float(value))
    return value if value is None or type(value) is float or type(value) is int else int(value)


def _finite(number: float) -> float:
    if number - number != 0:  # NaN and infinities have no place in JSON.
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
    """A converter for one property.

    A list where an object is published, or the reverse, passes as it is: TikTok has changed shapes that way, and
    the content is worth more than the shape.
    """
    type_ = type_of(schema)
    if type_ == "object":
        return _compile_object(schema.get("properties", {}))
    if type_ == "array":
        cast_item = compile_cast(field, schema.get("items") or {"type": "object"})
        return lambda value: [cast_item(item) for item in value] if isinstance(value, list) else value
    scalar = SCALARS[type_]

    def cast(value: Any) -> Any:
        try:
            return scalar(value)
        except (ValueError, TypeError, KeyError):
            raise UnreadableValue(field, value, type_) from None

    return cast


def _compile_object(properties: Mapping[str, Mapping[str, Any]]) -> Cast:
    casts = [(name, compile_cast(name, schema)) for name, schema in properties.items()]

    def cast(value: Any) -> Any:
        if isinstance(value, dict):
            for name, cast_field in casts:
                if name in value:
                    value[name] = cast_field(value[name])
        return value

    return cast


def compile_entity(schema: Mapping[str, Any]) -> Callable[[list[Row], str], list[Row]]:
    """A converter of a page of objects, which stamps each with the account that it was read for."""
    cast = _compile_object(schema["properties"])
    cast_id = compile_cast("advertiser_id", schema["properties"]["advertiser_id"])

    def convert(rows: list[Row], advertiser_id: str) -> list[Row]:
        account = cast_id(advertiser_id)
        for row in rows:
            cast(row)
            row["advertiser_id"] = account
        return rows

    return convert


def compile_report(schema: Mapping[str, Any]) -> Callable[[list[Row], str], list[Row]]:
    """A converter of a page of report rows: `{dimensions, metrics}`, each dimension at the root as well.

    Metrics come in the order of the schema, whatever TikTok's is.
    """
    names = schema["properties"]["metrics"]["properties"]
    cast_metrics = compile_texts(names)
    cast_dimensions = compile_texts(schema["properties"]["dimensions"]["properties"])

    def convert(rows: list[Row], advertiser_id: str) -> list[Row]:
        account = int(advertiser_id)
        known: list[str] = []
        records = []
        for row in rows:
            metrics = row["metrics"]
            cast_metrics(metrics)
            cast_dimensions(row["dimensions"])
            found = list(metrics)
            if found != known:
                known = [*filter(metrics.__contains__, names), *(name for name in found if name not in names)]
                row["metrics"] = {name: metrics[name] for name in known}
            records.append({**PARTS, **row, "advertiser_id": account, **row["dimensions"]})
        return records

    return convert


def compile_texts(properties: Mapping[str, Mapping[str, Any]]) -> Callable[[Row], None]:
    """A converter for a mapping of texts and numbers, all sent as text, which is most of what there is to read."""
    casts = [(name, compile_cast(name, spec)) for name, spec in properties.items() if type_of(spec) != "string"]
    only_text = {str}

    def cast(values: Row) -> None:
        if not only_text.issuperset(map(type, values.values())):
            values.update({name: to_text(value) for name, value in values.items()})
        if "-" in values.values():
            values.update({name: None for name, value in values.items() if value == "-"})
        for name, cast_value in casts:
            value = values.get(name)
            if value is not None:
                values[name] = int(value) if value.isdecimal() else cast_value(value)

    return cast
