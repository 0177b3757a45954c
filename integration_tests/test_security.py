"""What the process does beyond reading its files and writing to stdout, as Python itself reports it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from integration_tests.conftest import Stage
from integration_tests.connector import production_config

STREAMS = ("advertiser_ids", "campaigns", "ads_reports_daily")
# Python imports this module as it starts, wherever the connector's code is.
WATCHER = """
import os, sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
LOG = os.open(os.environ["SEEN"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def see(event, arguments):
    if event == "open" and arguments[2] & WRITING and arguments[0] != 1:
        # Python tries whether files can be made in the folder for temporary ones.
        told = ["writes", str(arguments[0]).replace(os.environ["TMPDIR"] + "/", "")]
        if not {"/", "."} & set(told[1]):
            return
    elif event in ("socket.connect", "socket.sendto"):
        told = ["talks to", *map(str, arguments[1])]
    elif event == "socket.getaddrinfo":
        told = ["talks to", *map(str, arguments[:2])]
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn"):
        told = [event, str(arguments)]
    else:
        return
    os.write(LOG, ("\\t".join(told) + "\\n").encode())

sys.addaudithook(see)
"""


def test_the_process_talks_to_the_api_alone_and_writes_no_file(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCHER)
    seen = tmp_path / "seen"
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "SEEN": str(seen)}
    environment["TMPDIR"] = str(tmp_path)
    watched = stage.connector.beside("watched", environment=environment)
    api = urlsplit(stage.emulator.url)

    check = watched.check(production_config())
    read = watched.read(production_config(), stage.catalog(*STREAMS), [])

    assert check.connection_status == {"status": "SUCCEEDED"}
    assert read.exit_code == 0
    assert set(seen.read_text().splitlines()) == {f"talks to\t{api.hostname}\t{api.port}"}


def leaves(value: Any) -> Iterator[str]:
    """Every value at the end of a structure, as text."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield str(value)


def test_a_state_holds_ids_times_and_flags_and_nothing_else(stage: Stage) -> None:
    names = (
        *("campaigns", "audiences", "pixels", "business_centers", "catalogs"),
        *("ads_reports_hourly", "ads_reports_lifetime", "gmv_max_product_campaign_reports_daily"),
    )
    read = stage.read(production_config(start_date="2024-03-10"), *names)

    held = [value for state in read.last_states for value in leaves(state["stream"]["stream_state"])]
    assert read.exit_code == 0
    assert len(read.last_states) == len(names)
    assert [
        value for value in held if not re.fullmatch(r"\d+|\d{4}-\d\d-\d\d([ T][\d:]{8}Z?)?|True|False", value)
    ] == []
