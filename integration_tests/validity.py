"""Whether records keep to the schema and the key that their stream publishes.

A validator is compiled once per stream: what published schemas use of JSON Schema are types, properties and items,
and to check a hundred thousand records with a general validator takes longer than the tests.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Json = dict[str, Any]
# What is wrong with a value, each with its path.
Faults = Callable[[Any], Iterator[str]]

TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
KNOWN = frozenset(
    {"$schema", "type", "properties", "items", "description", "format", "airbyte_type", "additionalProperties"}
)


def compiled(schema: Json, path: str = "") -> Faults:
    """A validator of one schema."""
    if not schema.keys() <= KNOWN or schema.get("additionalProperties", True) is not True:
        raise ValueError(f"{path} of a schema says more than is checked here: {schema.keys()}")
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    checks = [TYPES[name] for name in types]
    properties = {name: compiled(one, f"{path}.{name}") for name, one in schema.get("properties", {}).items()}
    items = compiled(schema["items"], f"{path}[]") if "items" in schema else None

    def faults(value: Any) -> Iterator[str]:
        if not any(check(value) for check in checks):
            yield f"{path} is {value!r:.80} and not {' or '.join(types)}"
        elif isinstance(value, dict):
            for name in properties.keys() & value.keys():
                yield from properties[name](value[name])
        elif isinstance(value, list) and items:
            for item in value:
                yield from items(item)

    return faults


def invalid(messages: Iterable[Json], streams: Iterable[Json]) -> Iterator[str]:
    """What is wrong with the records among messages of a run, whose catalog has these streams."""
    known = {stream["name"]: stream for stream in streams}
    validators = {
        name: compiled(stream["json_schema"]) for name, stream in known.items() if "json_schema" in stream
    }
    for message in messages:
        if message["type"] != "RECORD" or message["record"]["stream"] not in validators:
            continue
        name, data = message["record"]["stream"], message["record"]["data"]
        for fault in validators[name](data):
            yield f"{name}: {fault}"
        for (field,) in known[name].get("source_defined_primary_key") or []:
            if data.get(field) is None:
                yield f"{name}: the key field {field} is null"


def unpublished(schema: Json, value: Any, path: str = "") -> Iterator[str]:
    """The fields of a value, however deep, that a schema does not know although it tells of their neighbours."""
    if isinstance(value, list):
        for item in value:
            yield from unpublished(schema.get("items") or {}, item, f"{path}[]")
    elif isinstance(value, dict) and "properties" in schema:
        for name, inner in value.items():
            known = schema["properties"].get(name)
            yield from [f"{path}.{name}"] if known is None else unpublished(known, inner, f"{path}.{name}")
