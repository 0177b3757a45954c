"""A page of records on its way to stdout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type

from source_tiktok_marketing.streams.echoes import without_credentials
from source_tiktok_marketing.streams.typed import TypedRecords
from source_tiktok_marketing.streams.values import Record, unwritable

# What orjson returns holds on to its buffer, three times as large as a record.
LINES_AT_A_TIME = 50


@dataclass(frozen=True)
class Page:
    """Records that leave together, as the lines that a RECORD message is on stdout.

    Attributes:
        stream: Stream name.
        count: Number of records.
        lines: A line per record. Text takes a quarter of the memory of the objects that it stands for.
    """

    stream: str
    count: int
    lines: bytes | bytearray

    @classmethod
    def of(cls, stream: str, records: Sequence[Record], emitted_at: int) -> "Page":
        """Write records down; `emitted_at` is in milliseconds since the epoch.

        Raises:
            UnreadableValue: A number has more digits than can be written.
        """
        head = b'{"type":"RECORD","record":{"stream":%b,"emitted_at":%d,"data":' % (
            orjson.dumps(stream),
            emitted_at,
        )
        tail = b"}}\n"
        if isinstance(records, TypedRecords):
            return cls(stream, len(records), without_credentials(stream, records.lines(head, tail)))
        lines = bytearray()
        try:
            for start in range(0, len(records), LINES_AT_A_TIME):
                some = records[start : start + LINES_AT_A_TIME]
                lines += head + (tail + head).join(map(orjson.dumps, some)) + tail
        except TypeError as error:
            raise unwritable(records, error) from None
        return cls(stream, len(records), without_credentials(stream, lines))

    def messages(self) -> Iterator[AirbyteMessage]:
        """The page as one message per record, for callers that speak the protocol only."""
        for line in self.lines.splitlines():
            record = orjson.loads(line)["record"]
            yield AirbyteMessage(type=Type.RECORD, record=AirbyteRecordMessage(**record))


Message = AirbyteMessage | Page
