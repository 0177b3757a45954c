"""The fast way of a report page: the parser itself turns texts into the published types.

    bytes -> rows whose metrics are a struct of the published types -> the text of each record

It takes the pages that it reads exactly as `values.py` would, and leaves every other page to that way: whatever
msgspec reads more laxly or more strictly, a metric that is missing or unknown, null, or written as only Python
can judge. So there is one truth, and this is a short cut to it. Without msgspec, or with one that reads another
way than it did when this was written, all pages go the other way.

A row answers to `row["dimensions"]` and `row["metrics"]` as a row of objects does; its dimensions are the texts
that TikTok sent, so that keys and days are compared alike on both ways.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from operator import getitem
from typing import Annotated, Any, Literal, overload

import orjson

from source_tiktok_marketing.errors import SUCCESS, Answer, judge, rule_of
from source_tiktok_marketing.values import compile_texts, type_of

try:
    import msgspec
except ImportError:  # A distribution may leave it out: it makes things faster, not different.
    msgspec = None  # type: ignore[assignment]

LOGGER = logging.getLogger("airbyte")

Record = dict[str, Any]
Judge = Callable[[int, bytes], Answer]

ACCOUNT, DASH = "advertiser_id", "-"
# Beyond 64 bits, orjson reads and writes integers as something else; beyond 10^15, it writes floats another way.
LEAST_INTEGER, LARGEST_INTEGER, LARGEST_FLOAT = -(2**63), 2**63 - 1, 1e15


def _types() -> dict[str, Any]:
    """What the parser reads for each type that a metric is published with.

    There is no null among them, since the parser would take the text "null" for one. A dash stays a dash until
    the record is written. A whole number must not be written as a decimal, which the parser would let pass.
    """
    integer: Any = Annotated[int, msgspec.Meta(ge=LEAST_INTEGER, le=LARGEST_INTEGER)]
    decimal: Any = Annotated[float, msgspec.Meta(ge=-LARGEST_FLOAT, le=LARGEST_FLOAT)]
    return {
        "string": str,
        "integer": integer | _nothing() | Literal["-"],
        "number": integer | decimal | Literal["-"],
    }


def _nothing() -> Any:
    """A type without a value."""
    return Annotated[float, msgspec.Meta(ge=1, le=0)]


# What the parser has to make of texts, the odd ones above all; None where it has to refuse.
PROBES: dict[str, dict[str, Any]] = {
    "string": {"": "", "-": "-", "null": "null", "17": "17", 'ü"\n\x7f/': 'ü"\n\x7f/'},
    "integer": {"17": 17, "-3": -3, "-": "-", "9223372036854775807": 2**63 - 1}
    | dict.fromkeys(("", "null", "1.0", "1.5", "1e2", "1_0", "nan", "true", " 1", "9223372036854775808")),
    "number": {"17": 17, "-0.5": -0.5, "1.50": 1.5, "0.00": 0.0, "1e2": 100.0, "-": "-", "0.1": 0.1}
    | dict.fromkeys(("", "null", "nan", "inf", "Infinity", "1e400", "1e16", "1_0", "true", " 1", "1 %")),
}


@cache
def is_available() -> bool:
    """Whether msgspec is installed and reads and writes as it did when this module was written."""
    if msgspec is None:
        return False
    wrong = [
        (type_, text)
        for type_, probes in PROBES.items()
        for text, value in probes.items()
        if _probe(type_, text) != (None if value is None else orjson.dumps(value))
    ]
    if wrong:
        LOGGER.warning(
            "The msgspec that is installed (%s) reads values another way than this connector knows (%s), so that "
            "reports are read in a slower way. Install the version of requirements.lock.",
            msgspec.__version__,
            ", ".join(f"{text!r} as {type_}" for type_, text in wrong[:3]),
        )
    return not wrong


def _probe(type_: str, text: str) -> bytes | None:
    try:
        value = msgspec.json.decode(orjson.dumps(text), type=_types()[type_], strict=False)
        return msgspec.json.encode(value)
    except msgspec.MsgspecError:
        return None


def typed_judge(
    schema: Mapping[str, Any], dimensions: Sequence[str], metrics: Sequence[str], withdrawn: Sequence[str]
) -> Judge:
    """A `judge` of report answers whose rows are typed where that is exact; the usual one without msgspec.

    Args:
        schema: The stream's schema.
        dimensions: What the rows are grouped by.
        metrics: What is asked for.
        withdrawn: Metrics that are not asked for and leave an empty column.
    """
    if not is_available():
        return judge
    decode = _decoder(schema["properties"]["metrics"]["properties"], metrics, withdrawn)
    keys = frozenset(dimensions)

    def judge_typed(status: int, body: bytes) -> Answer:
        try:
            envelope = decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return judge(status, body)
        rows = envelope.data.list
        if envelope.code != SUCCESS or not _are_alike(rows, keys):
            return judge(status, body)
        data = {"list": rows, "page_info": envelope.data.page_info}
        return Answer(rule_of(SUCCESS), SUCCESS, envelope.message, envelope.request_id, data)

    return judge_typed


def _are_alike(rows: list[Any], dimensions: frozenset[str]) -> bool:
    """Whether all rows have the dimensions that were asked for, in one order and with the account first."""
    names = list(rows[0].dimensions) if rows else []
    if rows and (ACCOUNT in names[1:] or set(names) != dimensions):
        return False
    return all(list(row.dimensions) == names for row in rows)


def _decoder(
    properties: Mapping[str, Any], metrics: Sequence[str], withdrawn: Sequence[str]
) -> Callable[[bytes], Any]:
    """A parser of the whole answer; its structs hold no cycles, so that the collector need not look at them."""
    types, asked = _types(), frozenset(metrics)
    columns: list[Any] = [(name, _nothing(), None) for name in withdrawn]
    columns += [(name, types[type_of(spec)]) for name, spec in properties.items() if name in asked]
    values = msgspec.defstruct("Metrics", columns, kw_only=True, forbid_unknown_fields=True, gc=False)
    row: Any = msgspec.defstruct(
        "Row",
        [("dimensions", dict[str, str]), ("metrics", values)],
        namespace={"__getitem__": _part},
        forbid_unknown_fields=True,
        gc=False,
    )
    data = msgspec.defstruct("Data", [("list", list[row]), ("page_info", dict[str, Any] | None, None)])
    envelope = msgspec.defstruct(
        "Envelope", [("code", int), ("data", data), ("message", str, ""), ("request_id", str, "")]
    )
    return msgspec.json.Decoder(envelope, strict=False).decode


def _part(row: Any, name: str) -> Any:
    """What `row[name]` is."""
    return getattr(row, name)


def is_typed(rows: Sequence[Any]) -> bool:
    """Whether rows came the fast way; a page comes one way or the other."""
    return bool(rows) and not isinstance(rows[0], dict)


class _Texts(dict[str, bytes]):
    """The JSON of a dimension's values, each converted once: objects and days come again and again."""

    def __init__(self, name: str, convert: Callable[[Record], None]) -> None:
        super().__init__()
        self._name, self._convert = name, convert

    def __missing__(self, value: str) -> bytes:
        dimension: Record = {self._name: value}
        self._convert(dimension)
        text = self[value] = orjson.dumps(dimension[self._name])
        return text


class TypedRecords(Sequence[Record]):
    """The records of typed rows: cheap as lines, and as objects for whoever wants those.

    Args:
        rows: Typed rows of one page, which are used up.
        advertiser_id: The account that they were read for.
        schema: The stream's schema.
    """

    def __init__(self, rows: list[Any], advertiser_id: str, schema: Mapping[str, Any]) -> None:
        self._rows = rows
        self._account = int(advertiser_id)
        self._convert = compile_texts(schema["properties"]["dimensions"]["properties"])

    def __len__(self) -> int:
        """Number of records."""
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        """Records as objects."""
        return list(self)[index]

    def __iter__(self) -> Iterator[Record]:
        """Records as objects, for callers that speak the protocol only."""
        return map(orjson.loads, self.lines(b"", b"\n").splitlines())

    def lines(self, head: bytes, tail: bytes) -> bytearray:
        """Each record as JSON, between a head and a tail.

        Raises:
            UnreadableValue: A dimension is not what its schema says.
        """
        names = list(self._rows[0].dimensions)
        texts = [_Texts(name, self._convert) for name in names]
        start, end = self._templates(names, head, tail)
        lines = bytearray()
        append, values_of = msgspec.json.Encoder().encode_into, msgspec.structs.astuple
        for row in self._rows:
            dimensions = tuple(map(getitem, texts, row.dimensions.values()))
            metrics = row.metrics
            values = values_of(metrics)
            if DASH in values:
                _blank(metrics, values)
            lines += start % dimensions
            append(metrics, lines, -1)
            lines += end % dimensions
        return lines

    def _templates(self, names: list[str], head: bytes, tail: bytes) -> tuple[bytes, bytes]:
        """What stands around the metrics of a line, with a place for each dimension."""
        dimensions = b",".join(b'"%b":%%b' % name.encode() for name in names)
        account = b"" if ACCOUNT in names else b'"%b":%d,' % (ACCOUNT.encode(), self._account)
        start = b'%b{"dimensions":{%b},"metrics":' % (_escaped(head), dimensions)
        return start, b",%b%b}%b" % (account, dimensions, _escaped(tail))


def _escaped(text: bytes) -> bytes:
    return text.replace(b"%", b"%%")


def _blank(metrics: Any, values: tuple[Any, ...]) -> None:
    """Put null where TikTok put a dash."""
    names = metrics.__struct_fields__
    place = -1
    for _ in range(values.count(DASH)):
        place = values.index(DASH, place + 1)
        setattr(metrics, names[place], None)
