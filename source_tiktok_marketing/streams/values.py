"""Raw JSON values of TikTok into the types that the schemas publish, by converters compiled once per stream.

TikTok sends most numbers and all ids as text, writes `-` for "no value", and uses "" and null alike for "none".
Ids exceed 2^53, so no value passes through a float unless it is a decimal. What cannot be read as its type is an
error that names stream, field and value; guessing a null would lose a number silently.

A page is converted in place: its rows were parsed for us alone, and copying them would cost more than the rest.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
from airbyte_cdk.models import FailureType

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


def unwritable(records: Iterable[Record]) -> UnreadableValue | None:
    """What of some records no JSON writer takes: a whole number of more than 64 bits."""
    for record in records:
        for name, value in record.items():
            if isinstance(value, dict):
                nested = unwritable([value])
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


def compile_report(schema: Mapping[str, Any], dimensions: Sequence[str]) -> Callable[..., list[Record]]:
    """A converter of a page of report rows: `{dimensions, metrics}`, each dimension at the root as well.

    Both come in one order, whatever TikTok's is: dimensions as they are asked for, metrics as in the schema. Last,
    it takes the metrics that are null in rows that lack them.
    """
    groups, columns = groups_and_columns(schema)
    cast_metrics = _compile_texts(columns, dash=None)
    cast_dimensions = _compile_texts(groups, dash="-")

    def convert(rows: list[Record], advertiser_id: str, empty: Collection[str] = ()) -> list[Record]:
        account = int(advertiser_id)
        in_order, in_columns = _arranger(dimensions, ()), _arranger(columns, empty)
        records = []
        for row in rows:
            cast_metrics(row["metrics"])
            cast_dimensions(row["dimensions"])
            # A null among the texts would have sent the converter the long way.
            group, metrics = in_order(row["dimensions"]), in_columns(row["metrics"])
            # TikTok may add dimensions, of any name.
            records.append({**group, "dimensions": group, "metrics": metrics, "advertiser_id": account})
        return records

    return convert


def groups_and_columns(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a report publishes under `dimensions` and under `metrics`."""
    properties = schema["properties"]
    return properties["dimensions"]["properties"], properties["metrics"]["properties"]


def arranged(names: Collection[str], order: Collection[str]) -> list[str]:
    """Names in an order, those that it does not know behind it."""
    return [*(name for name in order if name in names), *(name for name in names if name not in order)]


def _arranger(order: Collection[str], empty: Collection[str]) -> Callable[[Record], Record]:
    """Puts objects into an order, and null where one is missing; those of a page are alike, mostly."""
    came: list[str] | None = None
    places: list[str] = []
    are_in_place = False

    def arrange(values: Record) -> Record:
        nonlocal came, places, are_in_place
        names = list(values)
        if names != came:
            came, places = names, arranged(dict.fromkeys([*names, *empty]), order)
            are_in_place = names == places
        return values if are_in_place else {name: values.get(name) for name in places}

    return arrange


def compile_text(field: str, schema: Mapping[str, Any]) -> Cast:
    """A converter for a text of a report's dimensions."""
    if type_of(schema) == "string":
        return to_text
    cast = compile_cast(field, schema)
    return lambda text: int(text) if text.isdecimal() else cast(text)


def _compile_texts(properties: Mapping[str, Mapping[str, Any]], dash: str | None) -> Callable[[Record], None]:
    """A converter for a mapping of texts and numbers, all sent as text, which is most of what there is to read.

    Args:
        properties: The published ones.
        dash: What TikTok's dash stands for in texts.
    """
    casts = {name: compile_cast(name, spec) for name, spec in properties.items() if type_of(spec) != "string"}
    is_list = {name for name, spec in properties.items() if type_of(spec) == "array"}
    lists = [(name, casts.pop(name)) for name in is_list]
    numbers = list(casts.items())

    def cast(values: Record) -> None:
        values.update({name: cast_list(values[name]) for name, cast_list in lists if name in values})
        try:
            "".join(values.values())  # The fastest way to learn that all others are texts.
        except TypeError:
            values.update({name: to_text(value) for name, value in values.items() if name not in is_list})
        if dash is None and "-" in values.values():
            values.update({name: None for name, value in values.items() if value == "-"})
        try:
            for name, cast_value in numbers:
                value = values.get(name)
                if value is not None:
                    values[name] = int(value) if value.isdecimal() else cast_value(value)
        except ValueError:  # Of thousands of digits.
            raise UnreadableValue(name, value, "a number") from None

    return cast
