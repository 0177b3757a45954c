"""The command line: `source-tiktok-marketing spec|check|discover|read`."""

import gc
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessage, ConfiguredAirbyteCatalog, ConnectorSpecification
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.config import Config
from source_tiktok_marketing.source import SourceTiktokMarketing
from source_tiktok_marketing.sync import Page

TERMINATED = 128 + signal.SIGTERM
# Rows are garbage without cycles, and looking for cycles at Python's default pace costs a tenth of the CPU.
GC_THRESHOLD = 50_000


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entry point, with this connector's own words for a wrong configuration, and pages for records.

    A page of records goes to stdout in one piece. Built as one message object per record, as the CDK does it for
    sources in general, the same lines cost as much as everything before them.
    """

    source: SourceTiktokMarketing

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        """Check the configuration; a JSON schema's complaint would quote it, secrets included."""
        Config.parse(config)

    def read(
        self,
        source_spec: ConnectorSpecification,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[Any],
    ) -> Iterator[AirbyteMessage]:
        """Write the pages of a sync, and hand on its other messages in between."""
        self.validate_connection(source_spec, config)
        counts: defaultdict[HashableStreamDescriptor, float] = defaultdict(float)
        for item in self.source.read_pages(self.logger, config, catalog, state):
            if isinstance(item, Page):
                counts[HashableStreamDescriptor(name=item.stream, namespace=None)] += len(item.records)
                write(_lines(item))
            else:
                yield self.handle_record_counts(item, counts)


def _lines(page: Page) -> bytes:
    """The page as RECORD messages, a line each."""
    head = b'{"type":"RECORD","record":{"stream":%b,"emitted_at":%d,"data":' % (
        orjson.dumps(page.stream),
        page.emitted_at,
    )
    tail = b"}}\n"
    return b"".join([part for record in page.records for part in (head, orjson.dumps(record), tail)])


def write(text: bytes) -> None:
    """Write whole lines; what is written is on its way when this returns."""
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def run() -> None:
    """Run the command that the arguments ask for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    entrypoint = Entrypoint(SourceTiktokMarketing())
    try:
        for line in entrypoint.run(entrypoint.parse_args(sys.argv[1:])):
            write(line.encode() + b"\n")
    except AirbyteTracedException as error:
        # The trace says it all; left uncaught, the CDK would log a traceback beside it.
        error.emit_message()
        sys.exit(1)
    except OSError as error:
        _end_without_output(error)


def _end_without_output(error: OSError) -> None:
    """End when nobody reads stdout any more, or its disk is full: the last state that got through is safe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stderr.write(
        f"Cannot write to stdout: {error.strerror}. The last state that was written is safe to resume.\n"
    )
    sys.exit(1)
