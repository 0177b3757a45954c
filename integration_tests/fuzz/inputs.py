"""What users and platforms may put into the files of the command line, drawn by chance."""

import codecs
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from integration_tests.fuzz.mutations import HOSTILE

FILES = (
    b"",
    b"null",
    b"[]",
    b"{",
    b'"x"',
    b"\xff\xfe{}",
    b"[" * 1000 + b"]" * 1000,
    b'{"a":' * 1000 + b"1" + b"}" * 1000,
    b"9" * 5000,
    codecs.BOM_UTF8 + b"{}",
    b'{"type": "STATE"}\n{',
)
SETTINGS: tuple[Any, ...] = (
    *("2999-01-01", "0000-00-00", "2024-03-06T00:00:00+14:00", "2024-03-06 ", "x" * 5000, "\ud800", "\x00", "-"),
    *(10**30, -1, 3.0, 1e308, True, None, [], {}, [[]], {"a": None}),
)


def altered(rng: Random, document: Any) -> Any:
    """A copy of a JSON document with something else in one place: a value, a name, one thing more or less."""
    copy = deepcopy(document)
    parent, step = rng.choice(list(_places(copy)))
    draw = rng.randrange(5)
    if draw == 0:
        del parent[step]
    elif draw == 1 and isinstance(parent, dict):
        parent[_other_name(rng, step)] = parent.pop(step)
    elif draw == 1:
        parent.append(deepcopy(parent[step]))
    else:
        parent[step] = rng.choice(SETTINGS)
    return copy


def file_of(rng: Random, document: Any, folder: Path) -> Path:
    """A file with a document in which something was altered, or with something else altogether."""
    path = folder / "hostile.json"
    if rng.random() < 1 / 5:
        path.write_bytes(rng.choice((*FILES, *(text.encode() for text in HOSTILE))))
        return path
    for _ in range(rng.choice((1, 1, 2, 5))):
        document = altered(rng, document) if document else document
    path.write_text(json.dumps(document))
    return path


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a document with every step into it."""
    steps = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for step in steps:
        yield document, step
        yield from _places(document[step])


def _other_name(rng: Random, name: str) -> str:
    first, *rest = name.split("_")
    camel = first + "".join(part.title() for part in rest)
    return rng.choice((camel, name[:-1], name.upper(), f"{name}_", "", "type"))
