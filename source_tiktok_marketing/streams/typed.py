"""The fast way of a report page: the parser itself turns texts into the published types.

    bytes -> rows that are structs of the published types -> the text of each record

It takes the pages that it reads exactly as `values.py` would, and leaves every other page to that way: whatever
msgspec reads more laxly or more strictly, a metric that is missing or unknown, null, or written as only Python
can judge. So there is one truth, and this is a short cut to it. Without msgspec, or with one that reads another
way than it did when this was written, all pages go the other way.

The dimensions of a row stay the texts that TikTok sent, so that days and keys are compared alike on both ways.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter
from typing import Annotated, Any, Literal, overload

import orjson

from source_tiktok_marketing.api.answers import Parse, parsed
from source_tiktok_marketing.api.codes import SUCCESS
from source_tiktok_marketing.streams.report_values import arranged, compile_text, groups_and_columns
from source_tiktok_marketing.streams.values import Record, type_of, unwritable

try:
    import msgspec
except ImportError:  # A distribution may leave it out: it makes things faster, not different.
    msgspec = None  # type: ignore[assignment]

LOGGER = logging.getLogger("airbyte")

ACCOUNT, DASH = "advertiser_id", "-"
UNKNOWN = {"type": "unknown"}
# An account of which so many pages in a row went the other way is not tried any more: trying costs, too.
MAX_MISSES = 3
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
        "array": list[str] | Literal["-"],
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
    "array": {"-": "-"} | dict.fromkeys(("", "null", "x", '["x"]')),
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


class TypedPages:
    """Parses the pages of one report, the fast way where that is exact.

    Args:
        schema: The stream's schema.
        dimensions: What the rows are grouped by.
    """

    def __init__(self, schema: Mapping[str, Any], dimensions: Sequence[str]) -> None:
        _, self._columns = groups_and_columns(schema)
        self._dimensions = dimensions
        self._misses: Counter[str] = Counter()
        self._decoder = cache(self._compile)

    def parser(
        self, advertiser_id: str, asked: Sequence[str], refused: Collection[str], missing: Collection[str]
    ) -> Parse:
        """A parser of answers about an account.

        Args:
            advertiser_id: The account.
            asked: The metrics that are asked for.
            refused: Metrics that leave an empty column where they are not asked for.
            missing: Metrics that rows may lack.
        """
        known = tuple(asked), frozenset(refused), frozenset(missing)
        decode = self._decoder(*known) if is_available() else None
        return partial(self._parse, decode, advertiser_id) if decode else parsed

    def _parse(self, decode: Callable[[bytes], Any], advertiser_id: str, body: bytes) -> Any:
        if self._misses[advertiser_id] >= MAX_MISSES:
            return parsed(body)
        try:
            envelope = msgspec.structs.asdict(decode(body))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            envelope = parsed(body)
            self._misses[advertiser_id] += _is_success(envelope)
            return envelope
        self._misses[advertiser_id] = 0
        return {**envelope, "data": msgspec.structs.asdict(envelope["data"])}

    def _compile(
        self, asked: tuple[str, ...], refused: frozenset[str], missing: frozenset[str]
    ) -> Callable[[bytes], Any] | None:
        """A parser of whole answers, or None if there is no fast way for such rows."""
        of_type, required = _types(), frozenset(asked) - missing
        types = dict.fromkeys(refused | missing, _nothing())
        types |= {name: of_type.get(type_of(self._columns.get(name, UNKNOWN))) for name in asked}
        if None in types.values() or not all(map(_is_plain, types)):
            return None
        columns = [
            (name, types[name], *([] if name in required else [None])) for name in arranged(types, self._columns)
        ]
        groups = [(name, str) for name in self._dimensions]
        return _decoder(_struct("Dimensions", groups), _struct("Metrics", columns))


def _is_success(envelope: Any) -> bool:
    return isinstance(envelope, dict) and envelope.get("code") == SUCCESS


def _is_plain(name: str) -> bool:
    """Whether a struct can have a field of that name beside what structs have anyway."""
    return name.isidentifier() and not name.startswith("_")


def _struct(name: str, fields: Sequence[Any]) -> Any:
    """A type that holds these fields and no other; without cycles, so that the collector need not look at it."""
    return msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True, gc=False)


def _decoder(dimensions: Any, metrics: Any) -> Callable[[bytes], Any]:
    """A parser of whole answers; what it makes of their envelope is judged as ever."""
    parts: list[Any] = [("dimensions", dimensions), ("metrics", metrics), (ACCOUNT, Any, None)]
    row: Any = msgspec.defstruct("Row", parts, gc=False)
    data = msgspec.defstruct("Data", [("list", list[row]), ("page_info", Any, None)])
    words = [("message", Any, ""), ("request_id", Any, "")]
    envelope = msgspec.defstruct("Envelope", [("code", Any), ("data", data), *words])
    return msgspec.json.Decoder(envelope, strict=False).decode


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
        self._groups, _ = groups_and_columns(schema)

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
        names = self._rows[0].dimensions.__struct_fields__
        columns = [self._json_of(name) for name in names]
        start, end = self._templates(names, head, tail)
        lines = bytearray()
        append, values_of = msgspec.json.Encoder().encode_into, msgspec.structs.astuple
        for row, before in zip(self._rows, map(start.__mod__, zip(*columns, *columns, strict=True)), strict=True):
            metrics = row.metrics
            values = values_of(metrics)
            if DASH in values:
                _blank(metrics, values)
            lines += before
            append(metrics, lines, -1)
            lines += end
        return lines

    def _json_of(self, name: str) -> list[bytes]:
        """The JSON of a dimension in each row; days come again and again."""
        convert = compile_text(name, self._groups.get(name, {"type": "string"}))
        texts = list(map(attrgetter(f"dimensions.{name}"), self._rows))
        values = {text: convert(text) for text in set(texts)}
        try:
            written = dict(zip(values, map(orjson.dumps, values.values()), strict=True))
        except TypeError as error:
            raise unwritable(({name: value} for value in values.values()), error) from None
        return list(map(written.__getitem__, texts))

    def _templates(self, names: Sequence[str], head: bytes, tail: bytes) -> tuple[bytes, bytes]:
        """What stands before the metrics of a line, with a place for each dimension, and behind them."""
        places = b",".join(b'"%b":%%b' % name.encode() for name in names)
        account = b"" if ACCOUNT in names else b',"%b":%d' % (ACCOUNT.encode(), self._account)
        start = b'%b{%b,"dimensions":{%b},"metrics":' % (head.replace(b"%", b"%%"), places, places)
        return start, account + b"}" + tail


def _blank(metrics: Any, values: tuple[Any, ...]) -> None:
    """Put null where TikTok put a dash."""
    names = metrics.__struct_fields__
    place = -1
    for _ in range(values.count(DASH)):
        place = values.index(DASH, place + 1)
        setattr(metrics, names[place], None)
