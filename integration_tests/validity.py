"""Whether records keep to the schema and the key that their stream publishes.

A validator is compiled once per stream: what published schemas use of JSON Schema are types, properties and items,
and to check a hundred thousand records with a general validator takes longer than the tests.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Json = dict[str, Any]
# What is wrong with a value, each with its path.
Faults = Callable[[Any], Iterable[str]]

# As `json` reads them, so that a boolean is no integer.
TYPES: dict[str, frozenset[type]] = {
    "null": frozenset({type(None)}),
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
}
KNOWN = frozenset(
    {"$schema", "type", "properties", "items", "description", "format", "airbyte_type", "additionalProperties"}
)


def compiled(schema: Json, path: str = "") -> Faults:
    """A validator of one schema."""
    if not schema.keys() <= KNOWN or schema.get("additionalProperties", True) is not True:
        raise ValueError(f"{path} of a schema says more than is checked here: {schema.keys()}")
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    allowed = frozenset[type]().union(*(TYPES[name] for name in types))
    properties = {name: compiled(one, f"{path}.{name}") for name, one in schema.get("properties", {}).items()}
    items = compiled(schema["items"], f"{path}[]") if "items" in schema else None

    def faults(value: Any) -> Iterable[str]:
        if type(value) not in allowed:
            return [f"{path} is {value!r:.80} and not {' or '.join(types)}"]
        if properties and isinstance(value, dict):
            return _all(properties[name](one) for name, one in value.items() if name in properties)
        if items and isinstance(value, list):
            return _all(map(items, value))
        return ()

    return faults


def _all(found: Iterable[Iterable[str]]) -> list[str]:
    return [fault for faults in found if faults for fault in faults]


def invalid(messages: Iterable[Json], streams: Iterable[Json]) -> Iterator[str]:
    """What is wrong with the records among messages of a run, whose catalog has these streams."""
    known = {stream["name"]: stream for stream in streams}
    validators: dict[str, Faults] = {}
    for message in messages:
        if message["type"] != "RECORD" or "json_schema" not in known.get(message["record"]["stream"], {}):
            continue
        name, data = message["record"]["stream"], message["record"]["data"]
        if name not in validators:
            validators[name] = compiled(known[name]["json_schema"])
        yield from (f"{name}: {fault}" for fault in validators[name](data))
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
