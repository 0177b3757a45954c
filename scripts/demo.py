"""`make demo`: check, discover and read every stream from the TikTok emulator, and show what came.

It plays a connection as Airbyte would run it: the connector is a process that gets files and prints messages.
Nothing leaves this machine, and nothing but a temporary directory is written.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "integration_tests" / "sample_config.json"
NOW = "2024-03-15T20:00:00Z"
STARTED_WITHIN, STOPPED_WITHIN = 20, 10
REMARK_WIDTH = 110

Message = dict[str, Any]


class DemoFailed(Exception):
    """What went wrong, for the last line of the demo."""


@contextmanager
def emulator() -> Iterator[str]:
    """Run the emulator on a free port and give its URL."""
    command = [sys.executable, "-m", "integration_tests.tiktok_emulator", "--port", "0", "--now", NOW]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own module
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise DemoFailed("the emulator did not start")
        yield url
    finally:
        process.terminate()
        process.wait(STOPPED_WITHIN)


def requests_seen(url: str) -> list[Message]:
    """Return the emulator's log of requests."""
    with urllib.request.urlopen(f"{url}/__emulator__/log", timeout=STARTED_WITHIN) as answer:  # noqa: S310  # loopback
        log: list[Message] = json.load(answer)
    return log


@dataclass
class Connector:
    """The connector as a command line, pointed at an emulator.

    Args:
        url: The emulator.
        folder: Where files for the connector go.
    """

    url: str
    folder: Path

    def run(self, command: str, *arguments: str) -> Iterator[Message]:
        """Run a command of the connector and give its messages as they come."""
        environment = os.environ | {
            "TIKTOK_MARKETING_API": self.url,
            "TIKTOK_MARKETING_NOW": NOW,
            # The connector paces itself for TikTok's limit; the emulator has none, so the waits pass quickly.
            "TIKTOK_MARKETING_CLOCK_SPEED": "1000",
        }
        with subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "main.py", command, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            for line in process.stdout or ():
                yield parsed(line)
        if process.returncode:
            raise DemoFailed(f"`{command}` ended with exit code {process.returncode}")

    def write(self, name: str, content: Any) -> str:
        """Write a file for the connector and return its path."""
        path = self.folder / name
        path.write_text(json.dumps(content))
        return str(path)


def parsed(line: str) -> Message:
    """Read a line of the connector's output, all of which must be messages."""
    try:
        message: Message = json.loads(line)
    except ValueError as error:
        raise DemoFailed(f"a printed line is no message ({error}): {line[:100]!r}") from error
    return message


def only(messages: Iterator[Message], kind: str) -> Message:
    """Return the content of the one message of a kind."""
    found = [message for message in messages if message["type"] == kind]
    if len(found) != 1:
        raise DemoFailed(f"expected one {kind} message, got {len(found)}")
    (message,) = found
    content: Message = message[{"CONNECTION_STATUS": "connectionStatus"}.get(kind, kind.lower())]
    return content


def configured(stream: Message) -> Message:
    """Return a discovered stream as a user would configure it: incremental where that is offered."""
    return {
        "stream": stream,
        "sync_mode": stream["supported_sync_modes"][-1],
        "destination_sync_mode": "append_dedup",
    }


@dataclass
class Tally:
    """What a read printed, counted by stream."""

    records: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, message: Message) -> None:
        """Count a message."""
        match message:
            case {"type": "RECORD", "record": {"stream": name}}:
                self.records[name] += 1
            case {"type": "STATE", "state": {"stream": {"stream_descriptor": {"name": name}}}}:
                self.states[name] += 1
            case {
                "type": "TRACE",
                "trace": {"stream_status": {"stream_descriptor": {"name": name}, "status": status}},
            }:
                self.statuses[name] = status
            case {"type": "TRACE", "trace": {"error": {"message": text}}}:
                self.remarks.append(text)
            case {"type": "LOG", "log": {"level": "WARN" | "ERROR" | "FATAL", "message": text}}:
                self.remarks.append(text)

    def table(self, names: list[str]) -> Iterator[str]:
        """Give the lines of a table over streams."""
        width = max(map(len, names))
        yield f"    {'stream':{width}}  {'records':>8}  {'states':>6}  status"
        for name in names:
            status = self.statuses.get(name, "MISSING").lower()
            yield f"    {name:{width}}  {self.records[name]:8,}  {self.states[name]:6}  {status}"


def demonstrate(url: str, folder: Path) -> None:
    """Run the three commands against an emulator.

    Raises:
        DemoFailed: Something is not as it should be.
    """
    connector = Connector(url, folder)
    settings = ("--config", str(CONFIG))

    say("check      Does the configuration work?")
    connection = only(connector.run("check", *settings), "CONNECTION_STATUS")
    say(f"           {connection['status']} {connection.get('message', '')}".rstrip())
    if connection["status"] != "SUCCEEDED":
        raise DemoFailed("the check failed")

    say("discover   What can be read?")
    streams = only(connector.run("discover", *settings), "CATALOG")["streams"]
    names = [stream["name"] for stream in streams]
    incremental = sum("incremental" in stream["supported_sync_modes"] for stream in streams)
    say(f"           {len(streams)} streams, {incremental} of them incremental")
    catalog = connector.write("catalog.json", {"streams": [configured(stream) for stream in streams]})

    start = json.loads(CONFIG.read_text())["start_date"]
    say(f"read       All of them, from {start} to the emulated today, {NOW}")
    before, started, tally = len(requests_seen(url)), time.monotonic(), Tally()
    try:
        for message in connector.run("read", *settings, "--catalog", catalog):
            tally.add(message)
    finally:
        say("", *tally.table(names), "")
        say(*(f"    ! {shorten(remark, REMARK_WIDTH, placeholder=' ...')}" for remark in tally.remarks))
    seconds = time.monotonic() - started
    log = requests_seen(url)[before:]
    say(
        f"    {tally.records.total():,} records and {tally.states.total()} states in {seconds:.1f} s, "
        f"from {len(log)} requests:",
        *(f"    {count:6}  {endpoint}" for endpoint, count in Counter(e["endpoint"] for e in log).most_common()),
    )
    unread = [name for name in names if tally.statuses.get(name) != "COMPLETE"]
    if unread:
        raise DemoFailed(f"not read whole: {', '.join(unread)}")


def say(*lines: str) -> None:
    """Print lines at once, so that a reader can follow."""
    for line in lines:
        print(line, flush=True)


def main() -> int:
    """Run the demo and return its exit code."""
    started = time.monotonic()
    try:
        with emulator() as url, TemporaryDirectory() as folder:
            say(f"emulator   A TikTok API with two ad accounts listens on {url}")
            demonstrate(url, Path(folder))
    except DemoFailed as failure:
        say("", f"The demo failed: {failure}.")
        return 1
    say("", f"All is well, after {time.monotonic() - started:.0f} s. The emulator is stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
