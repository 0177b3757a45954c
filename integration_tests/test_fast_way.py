"""A report page that the parser itself turns into the published types is that which the converter makes of it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from integration_tests.conftest import Stage
from integration_tests.connector import Output, production_config, side_by_side

STREAMS = (
    "ads_reports_daily",
    "ads_audience_reports_daily",
    "advertisers_reports_hourly",
    "campaigns_reports_lifetime",
)
# Runs the connector; a page of a report that leaves the fast way ends it.
FAST_OR_DEAD = """
import os, runpy, sys
from source_tiktok_marketing.streams import typed
typed.parsed = lambda body: os._exit(9)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_a_read_gives_the_same_bytes_on_the_fast_way_and_where_msgspec_is_not_installed(stage: Stage) -> None:
    nowhere = stage.connector.folder / "modules"
    nowhere.mkdir()
    (nowhere / "msgspec.py").write_text("raise ImportError(__name__)\n")

    def read(name: str, **changes: Any) -> Output:
        connector = stage.connector.beside(name, **changes)
        return connector.read(production_config(), stage.catalog(*STREAMS))

    fast, other = side_by_side(
        lambda: read("fast", launcher=(sys.executable, "-c", FAST_OR_DEAD)),
        lambda: read("other", environment=path_to(nowhere)),
    )

    assert (fast.exit_code, other.exit_code) == (0, 0), (fast.stderr, fast.errors, other.errors)
    assert [len(lines_of(fast, name)) > 0 for name in STREAMS] == [True] * len(STREAMS)
    for name in STREAMS:
        assert lines_of(fast, name) == lines_of(other, name)


def path_to(folder: Path) -> Mapping[str, str]:
    return {"PYTHONPATH": str(folder)}


def lines_of(output: Output, name: str) -> list[bytes]:
    """The data of the stream's records as it stands on stdout."""
    head = b'{"type":"RECORD","record":{"stream":"%b",' % name.encode()
    return sorted(line.partition(b'"data":')[2] for line in output.stdout.splitlines() if line.startswith(head))
