"""The connector as the examples run it: a process that gets files and prints a message a line."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SOURCE = "source-tiktok-marketing"


class Stopped(Exception):
    """The connector could not go on; its own last words."""


def messages(command: str, **files: Path) -> Iterator[Json]:
    """Run a command and give its messages as they come; a failure is raised behind the last of them."""
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    words = ""
    with subprocess.Popen([SOURCE, command, *options], stdout=subprocess.PIPE) as process:
        for message in map(json.loads, process.stdout or ()):
            if message["type"] == "TRACE" and "error" in message["trace"]:
                words = message["trace"]["error"]["message"]
            yield message
    if process.returncode:
        raise Stopped(words or f"{SOURCE} ended with exit code {process.returncode}")


def discover(config: Path) -> list[Json]:
    """The streams that a configuration offers."""
    (catalog,) = [message["catalog"] for message in messages("discover", config=config) if "catalog" in message]
    return list(catalog["streams"])


def configured(streams: Iterable[Json]) -> Json:
    """The catalogue that `read` takes: streams are read incrementally where they can be."""
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": stream["supported_sync_modes"][-1],
                "destination_sync_mode": "append_dedup",
            }
            for stream in streams
        ]
    }


def key_of(stream: Json) -> list[str]:
    """What identifies a row: its account, if it belongs to one, and the published key, which holds within it."""
    columns = stream["json_schema"]["properties"]
    # Without a key a row is known by all that it says.
    published = [name for (name,) in stream.get("source_defined_primary_key") or []] or list(columns)
    return list(dict.fromkeys([*({"advertiser_id"} & columns.keys()), *published]))
