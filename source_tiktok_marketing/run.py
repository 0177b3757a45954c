"""The command line: `source-tiktok-marketing spec|check|discover|catalog|read`."""

import argparse
import ctypes
import gc
import json
import logging
import os
import signal
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import (
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConnectorSpecification,
)
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor

from source_tiktok_marketing.command_line import parse_arguments
from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.settings.secrets import protect
from source_tiktok_marketing.source import SourceTiktokMarketing
from source_tiktok_marketing.streams.page import Page
from source_tiktok_marketing.sync.catalog_files import catalog_of
from source_tiktok_marketing.sync.progress import Farewell, tell_stopped
from source_tiktok_marketing.sync.stdout import Stdout, StdoutLost
from source_tiktok_marketing.sync.telling import (
    failed_check,
    failure_message,
    line_of,
    listen_to_logs,
    masked,
    sentence_of,
)

# Rows are garbage without cycles, and looking for cycles at Python's default pace costs a tenth of the CPU.
GC_THRESHOLD = 50_000
# From glibc's malloc.h, with what they are set to.
M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES = -3, 32 * 1024
M_ARENA_MAX, ARENAS = -8, 1


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entry point, with this connector's own words for a wrong configuration, and pages for records.

    A page of records goes to stdout in one piece. Built as one message object per record, as the CDK does it for
    sources in general, the same lines cost as much as everything before them.
    """

    def __init__(self, source: SourceTiktokMarketing, stdout: Stdout) -> None:
        with _without_remarks():
            super().__init__(source)
        self._source = source
        self._stdout = stdout

    @staticmethod
    def set_up_secret_filter(config: Mapping[str, Any], connection_specification: Mapping[str, Any]) -> None:
        """Mask the secrets of any form of configuration; the CDK, which masks whole messages, knows none."""
        protect(config)

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        """Check the configuration; a JSON schema's complaint would quote it, secrets included."""
        Config.parse(config)

    def check(self, source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> Iterable[AirbyteMessage]:
        """Say whether the configuration works."""
        return map(masked, super().check(source_spec, config))

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
        farewell = Farewell.of_process()
        try:
            for item in self._source.read_pages(self.logger, config, catalog, _handed_over(state)):
                if isinstance(item, Page):
                    counts[HashableStreamDescriptor(name=item.stream, namespace=None)] += item.count
                    self._stdout.write(item.lines)
                else:
                    message = masked(self.handle_record_counts(item, counts))
                    farewell.note(message)
                    yield message
        finally:
            farewell.tell()


def _handed_over(items: list[Any]) -> Iterator[Any]:
    """The items of a list that is held to the end, though nobody will ask for them again: megabytes of states."""
    while items:
        yield items.pop(0)


def run() -> None:
    """Run the command that the arguments ask for."""
    # A log line that cannot be written because stdout is lost needs no traceback on stderr.
    logging.raiseExceptions = False
    # What Python thinks of a cookie is nothing for a log, and stderr is no place for it.
    warnings.simplefilter("ignore")
    listen_to_logs()
    if sys.stdout is None:
        sys.exit("stdout is closed; it is where this connector writes what it reads. Start it with stdout open.")
    # Airbyte's messages are UTF-8 whatever the machine's language; half a sign becomes JSON's escape of it.
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    arguments = parse_arguments(sys.argv[1:])
    stdout = Stdout(tell_stopped) if arguments.command == "read" else Stdout()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, stdout.end)
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    _share_freed_memory()
    source = SourceTiktokMarketing()
    try:
        if arguments.command == "catalog":
            _write_catalog(source, arguments, stdout)
        else:
            _run(Entrypoint(source, stdout), arguments, stdout)
    except StdoutLost as error:
        _end_without_output(error)


def _run(entrypoint: Entrypoint, arguments: argparse.Namespace, stdout: Stdout) -> None:
    """Write what the command has to say, and what ended it."""
    try:
        for line in entrypoint.run(arguments):
            stdout.write(line.encode() + b"\n")
    except StdoutLost:
        raise
    except Exception as error:  # noqa: BLE001  # left uncaught, the CDK would mask the text of a whole message
        if arguments.command == "check":
            stdout.write(line_of(failed_check(error)).encode() + b"\n")
        else:
            stdout.write(line_of(failure_message(error)).encode() + b"\n")
            sys.exit(1)


def _write_catalog(source: SourceTiktokMarketing, arguments: argparse.Namespace, stdout: Stdout) -> None:
    """Write a configured catalog, which is for a person and a file and so, like help, no message."""
    try:
        config = source.read_config(arguments.config)
        protect(config)
        streams = [stream.as_airbyte_stream() for stream in source.streams(config)]
        catalog = ConfiguredAirbyteCatalogSerializer.dump(catalog_of(streams, arguments.streams))
    except Exception as error:  # noqa: BLE001  # a traceback could hold a secret
        sys.exit(sentence_of(error))
    stdout.write(json.dumps(catalog, indent=2).encode() + b"\n")


@contextmanager
def _without_remarks() -> Iterator[None]:
    """Keep what the CDK says of itself out of the answer to a question."""
    logger = logging.getLogger("airbyte")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _share_freed_memory() -> None:
    """Have the C library share what one worker has freed with the others, where it can be told to.

    Left alone, glibc gives each thread a heap of its own, and learns from the first freed body to keep blocks of
    that size: each worker would hold the memory of a page for ever.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES)
        mallopt(M_ARENA_MAX, ARENAS)


def _end_without_output(error: StdoutLost) -> None:
    """End quietly: the last state that got through is safe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stderr.write(f"Cannot write to stdout: {error}. The last state that was written is safe to resume.\n")
    sys.exit(1)
