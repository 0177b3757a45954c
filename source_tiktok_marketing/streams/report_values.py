"""The values of report rows: texts mostly, a page of which is converted in place, by the rules of `values.py`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from source_tiktok_marketing.settings.secrets import mask
from source_tiktok_marketing.streams.values import Cast, Record, UnreadableValue, compile_cast, to_text, type_of


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
    unasked: list[str] = []
    are_in_place = False

    def arrange(values: Record) -> Record:
        nonlocal came, places, unasked, are_in_place
        names = list(values)
        if names != came:
            came, places = names, arranged(dict.fromkeys([*names, *empty]), order)
            unasked = [name for name in names if name not in order]
            are_in_place = names == places and not unasked
        return values if are_in_place else {name: values.get(name) for name in places} | _masked(values, unasked)

    return arrange


def _masked(values: Record, names: Sequence[str]) -> Record:
    """What nobody has asked for may say anything, a secret too, in whatever spelling."""
    return {name: mask(values[name]) if isinstance(values[name], str) else values[name] for name in names}


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
        if lists:
            values.update({name: cast_list(values[name]) for name, cast_list in lists if name in values})
        try:
            "".join(values.values())  # The fastest way to learn that all others are texts.
        except TypeError:
            values.update({name: _text_of(name, value) for name, value in values.items() if name not in is_list})
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


def _text_of(field: str, value: Any) -> str | None:
    try:
        return to_text(value)
    except (ValueError, TypeError):
        raise UnreadableValue(field, value, "string") from None
