"""How to read this source with PyAirbyte: stream by stream, so that one that fails costs itself only.

`source.read()` of many streams keeps nothing if one of them fails, and tells an exit code instead of the reason.
"""

import argparse
import json
import sys
from pathlib import Path

import airbyte
from airbyte.caches import CacheBase
from airbyte.exceptions import PyAirbyteError
from airbyte.logs import AIRBYTE_LOGGING_ROOT
from airbyte.sources import Source

SOURCE = "source-tiktok-marketing"
# Accounts share assets, whose published key leaves the account out: a merge would keep one row of many.
SHARED_BY_ACCOUNTS = "creative_assets_"


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The command line, as far as all destinations have it in common."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="the connector's configuration")
    parser.add_argument("--streams", nargs="*", help="which streams, by default all")
    parser.add_argument("--schema", default="tiktok", help="where the tables go")
    return parser


def connect(config: Path) -> Source:
    """The source, its configuration checked."""
    # Without `local_executable` PyAirbyte would install and run Airbyte's own connector of the same name.
    source = airbyte.get_source(SOURCE, config=json.loads(config.read_text()), local_executable=SOURCE)
    source.check()
    return source


def read_each(source: Source, cache: CacheBase, streams: list[str] | None) -> int:
    """Read streams one by one and say how it went; the exit code."""
    failed = {}
    for name in streams or source.get_available_streams():
        whole = is_read_whole(source, name)
        seen = len(log())
        try:
            source.read(
                cache=cache,
                streams=[name],
                write_strategy="replace" if whole else "merge",
                force_full_refresh=whole,
                skip_validation=True,  # Done once, in `connect`.
            )
        except PyAirbyteError:
            failed[name] = reason(seen)
    print(f"Read: {len(streams or source.get_available_streams()) - len(failed)} streams.")
    for name, words in failed.items():
        print(f"Not read: {name}: {words}", file=sys.stderr)
    return 1 if failed else 0


def is_read_whole(source: Source, name: str) -> bool:
    """Whether a stream's table is to be replaced; then rows that vanished vanish."""
    (stream,) = [stream for stream in source.discovered_catalog.streams if stream.name == name]
    modes = [mode.value for mode in stream.supported_sync_modes]
    return "incremental" not in modes or name.startswith(SHARED_BY_ACCOUNTS)


def log() -> list[str]:
    """What the connector has logged; PyAirbyte's errors leave its words out."""
    folder = Path(AIRBYTE_LOGGING_ROOT or ".") / SOURCE
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    return [line for path in files for line in path.read_text().splitlines()]


def reason(seen: int) -> str:
    """The connector's last error since a place in its log."""
    errors = [line.partition(" - ERROR - ")[2] for line in log()[seen:] if " - ERROR - " in line]
    return errors[-1] if errors else f"see {AIRBYTE_LOGGING_ROOT}"
