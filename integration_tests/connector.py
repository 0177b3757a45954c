"""The connector as its users run it: a process, judged by what it prints."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from integration_tests.forks import Forked, forks
from integration_tests.tiktok_emulator import APP_ID, APP_SECRET, PRODUCTION_TOKEN, SANDBOX_TOKEN
from integration_tests.validity import invalid

ROOT = Path(__file__).parent.parent
TIMEOUT = 240
MOST_TOLD = 5
OWN_VARIABLES = "TIKTOK_MARKETING_"

Json = dict[str, Any]
T = TypeVar("T")


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
    def estimates(self) -> list[Json]:
        """What is said of how many records will come."""
        return [m["trace"]["estimate"] for m in self._of_type("TRACE") if m["trace"]["type"] == "ESTIMATE"]

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

    def complaints(self, *words: str) -> list[str]:
        """Warnings and errors in the log that hold all of the words."""
        return [line for line in self.logs("WARN", "ERROR", "FATAL") if all(word in line for word in words)]

    @property
    def verdict(self) -> Json:
        """The error trace that ends a failed run."""
        return self.errors[-1]


@dataclass
class Connector:
    """Runs the connector against an API.

    Attributes:
        api: Base URL of the API.
        folder: Where files for the command line go.
        now: The moment the connector believes in.
        environment: Further environment variables.
        launcher: A command that runs the connector's command, for measuring it.
    """

    api: str
    folder: Path
    now: str
    environment: Mapping[str, str] = field(default_factory=dict)
    launcher: Sequence[str] = ()

    def beside(self, name: str, **changes: Any) -> "Connector":
        """The same connector with a folder of its own, to run at the same time; `changes` replace attributes."""
        folder = self.folder / name
        folder.mkdir()
        return replace(self, folder=folder, **changes)

    def spec(self) -> Output:
        """Run `spec`."""
        return self._run("spec")

    def check(self, config: Any) -> Output:
        """Run `check`."""
        return self._run("check", config=config)

    def discover(self, config: Json) -> Output:
        """Run `discover`."""
        return self._run("discover", config=config)

    def read(self, config: Any, catalog: Any, state: Any = None) -> Output:
        """Run `read`; a record that its schema rejects, or a null in its key, fails here."""
        files = {"config": config, "catalog": catalog}
        output = self._run("read", **files, **({"state": state} if state is not None else {}))
        assert list(islice(invalid(output.messages, _streams_of(catalog)), MOST_TOLD)) == []
        return output

    def start(
        self, command: str, *, stdout: Any = subprocess.PIPE, stderr: Any = subprocess.PIPE, **files: Any
    ) -> "subprocess.Popen[bytes] | Forked":
        """Start a command and return its process; its output goes to a pipe or to the given file.

        A file for the command line is given by its content, or as it is by its path. The process is forked where
        no more is asked of it than the connector itself looks at.
        """
        arguments = [command]
        for name, content in files.items():
            path = content if isinstance(content, Path) else self.folder / f"{name}.json"
            if path is not content:
                path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        variables = {
            "TIKTOK_MARKETING_API": self.api,
            "TIKTOK_MARKETING_NOW": self.now,
            "TIKTOK_MARKETING_CLOCK_SPEED": "1000",
        }
        environment = {**os.environ, **variables, **self.environment}
        if not self.launcher and all(name.startswith(OWN_VARIABLES) for name in self.environment):
            return forks().start(arguments, environment, stdout, stderr)
        command = [*self.launcher, sys.executable, str(ROOT / "main.py"), *arguments]
        return subprocess.Popen(command, stdout=stdout, stderr=stderr, env=environment)

    def _run(self, command: str, **files: Any) -> Output:
        with self.start(command, **files) as process:
            try:
                stdout, stderr = process.communicate(timeout=TIMEOUT)
            finally:
                process.kill()  # One that hangs must not outlive its test.
        return Output(process.returncode, stdout, stderr)


def _streams_of(catalog: Any) -> Iterator[Json]:
    """The streams of a configured catalog, as far as it is one."""
    configured_streams = catalog.get("streams") if isinstance(catalog, dict) else None
    for entry in configured_streams if isinstance(configured_streams, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("stream"), dict) and "name" in entry["stream"]:
            yield entry["stream"]


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


def side_by_side(*runs: Callable[[], T]) -> list[T]:
    """The results of runs, of which two take place at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda run: run(), runs))


def stored_state(stream: str, cursor_field: str, marks: Mapping[str, str]) -> Json:
    """The state message that stands for a mark per account, as a platform hands it over."""
    states = [
        {"partition": {"advertiser_id": account, "parent_slice": {}}, "cursor": {cursor_field: mark}}
        for account, mark in marks.items()
    ]
    return {
        "type": "STREAM",
        "stream": {
            "stream_descriptor": {"name": stream},
            "stream_state": {"use_global_cursor": False, "states": states},
        },
    }
