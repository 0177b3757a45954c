"""The files that a connector's command line names."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Files:
    """A folder of them.

    Args:
        folder: Where they are written, anew for each command.
    """

    folder: Path

    def command_line(self, command: str, **contents: Any) -> list[str]:
        """A command of the protocol, with its files."""
        options = [(f"--{name}", str(self.write(name, content))) for name, content in contents.items()]
        return [command, *(word for option in options for word in option)]

    def write(self, name: str, content: Any) -> Path:
        """A file for a command line."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content))
        return path


def catalog_of(*streams: dict[str, Any]) -> dict[str, Any]:
    """A configured catalogue of discovered streams, incremental where they can be."""
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": "incremental" if "incremental" in stream["supported_sync_modes"] else "full_refresh",
                "destination_sync_mode": "append",
            }
            for stream in streams
        ]
    }
