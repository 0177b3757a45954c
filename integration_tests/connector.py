"""The connector as its users run it: a process, judged by what it prints."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from integration_tests.tiktok_emulator import APP_ID, APP_SECRET, PRODUCTION_TOKEN, SANDBOX_TOKEN

ROOT = Path(__file__).parent.parent
TIMEOUT = 240

Json = dict[str, Any]


def production_config(**changes: Any) -> Json:
    """A configuration for every production account of the emulator."""
    credentials = {
        "auth_type": "oauth2.0",
        "app_id": APP_ID,
        "secret": APP_SECRET,
        "access_token": PRODUCTION_TOKEN,
    }
    return {"credentials": credentials, "start_date": "2024-02-10"} | changes


def sandbox_config(advertiser_id: str, **changes: Any) -> Json:
    """A configuration for a sandbox account of the emulator."""
    credentials = {
        "auth_type": "sandbox_access_token",
        "advertiser_id": advertiser_id,
        "access_token": SANDBOX_TOKEN,
    }
    return {"credentials": credentials, "start_date": "2020-12-01"} | changes


@dataclass
class Output:
    """What a run of the connector printed."""

    exit_code: int
    stdout: bytes
    stderr: bytes

    @cached_property
    def messages(self) -> list[Json]:
        """Every whole line of stdout; a line that is no message fails here, but for one cut off by a kill."""
        return [json.loads(line) for line in self.stdout.split(b"\n")[:-1]]

    def _of_type(self, type_: str) -> Iterator[Json]:
        return (message for message in self.messages if message["type"] == type_)

    @cached_property
    def records(self) -> dict[str, list[Json]]:
        """Record data by stream, in order."""
        records = defaultdict(list)
        for message in self._of_type("RECORD"):
            records[message["record"]["stream"]].append(message["record"]["data"])
        return records

    @property
    def states(self) -> list[Json]:
        """State messages, in order, as a platform would feed them back."""
        return [message["state"] for message in self._of_type("STATE")]

    @property
    def last_states(self) -> list[Json]:
        """The last state of each stream."""
        return list({state["stream"]["stream_descriptor"]["name"]: state for state in self.states}.values())

    def marks(self, stream: str) -> dict[str, str]:
        """The last mark of each account of a stream."""
        for state in self.last_states:
            if state["stream"]["stream_descriptor"]["name"] == stream:
                entries = state["stream"]["stream_state"].get("states", [])
                return {
                    entry["partition"]["advertiser_id"]: next(iter(entry["cursor"].values())) for entry in entries
                }
        return {}

    @property
    def statuses(self) -> dict[str, list[str]]:
        """Status messages by stream, in order."""
        statuses = defaultdict(list)
        for message in self._of_type("TRACE"):
            if message["trace"]["type"] == "STREAM_STATUS":
                status = message["trace"]["stream_status"]
                statuses[status["stream_descriptor"]["name"]].append(status["status"])
        return statuses

    @property
    def errors(self) -> list[Json]:
        """Error traces."""
        return [m["trace"]["error"] for m in self._of_type("TRACE") if m["trace"]["type"] == "ERROR"]

    @property
    def connection_status(self) -> Json:
        """The verdict of a check."""
        return next(self._of_type("CONNECTION_STATUS"))["connectionStatus"]

    @property
    def catalog(self) -> list[Json]:
        """The discovered streams."""
        return list(next(self._of_type("CATALOG"))["catalog"]["streams"])

    def logs(self, *levels: str) -> list[str]:
        """Log lines of the given levels."""
        return [m["log"]["message"] for m in self._of_type("LOG") if m["log"]["level"] in levels]


@dataclass
class Connector:
    """Runs the connector against an API.

    Attributes:
        api: Base URL of the API.
        folder: Where files for the command line go.
        now: The moment the connector believes in.
        environment: Further environment variables.
    """

    api: str
    folder: Path
    now: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def check(self, config: Any) -> Output:
        """Run `check`."""
        return self._run("check", config=config)

    def discover(self, config: Json) -> Output:
        """Run `discover`."""
        return self._run("discover", config=config)

    def read(self, config: Json, catalog: Json, state: Any = None) -> Output:
        """Run `read`."""
        files = {"config": config, "catalog": catalog}
        return self._run("read", **files, **({"state": state} if state is not None else {}))

    def start(self, command: str, **files: Any) -> "subprocess.Popen[bytes]":
        """Start a command and return its process."""
        arguments = [command]
        for name, content in files.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        variables = {
            "TIKTOK_MARKETING_API": self.api,
            "TIKTOK_MARKETING_NOW": self.now,
            "TIKTOK_MARKETING_CLOCK_SPEED": "1000",
        }
        return subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **variables, **self.environment},
        )

    def _run(self, command: str, **files: Any) -> Output:
        process = self.start(command, **files)
        stdout, stderr = process.communicate(timeout=TIMEOUT)
        return Output(process.returncode, stdout, stderr)


def configured(streams: list[Json], *names: str, sync_mode: str | None = None) -> Json:
    """A configured catalog of the named streams, or of all; incremental where offered unless told otherwise."""
    chosen = [stream for stream in streams if not names or stream["name"] in names]
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": sync_mode or stream["supported_sync_modes"][-1],
                "destination_sync_mode": "append",
            }
            for stream in chosen
        ]
    }
