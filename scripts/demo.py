"""`make demo`: from an emulated TikTok to a DuckDB file and a picture, as a user would get there.

The connector checks, discovers and reads every stream; `examples/to_duckdb.py` loads what it prints. All of it is
kept in `.demo`, so a second run goes on where the first one stopped, a day later. Nothing leaves this machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import spend
from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "integration_tests" / "sample_config.json"
FIRST_MOMENT, START_DATE = "2024-03-15T20:00:00+00:00", "2024-02-15"
ANSWERS_WITHIN, STOPPED_WITHIN = 20, 10
# A report such as a user may define: what each campaign sold, and what for.
OWN_REPORT = {
    "name": "campaign_sales_daily",
    "report_type": "BASIC",
    "level": "CAMPAIGN",
    "granularity": "DAILY",
    "metrics": [
        "campaign_name",
        "spend",
        "complete_payment",
        "cost_per_complete_payment",
        "complete_payment_roas",
    ],
}
# Which tables the picture is made of.
NEEDED = ("advertisers", "campaigns_reports_daily")

Message = dict[str, Any]


class DemoFailed(Exception):
    """What went wrong, for the last line of the demo."""


@dataclass
class Emulator:
    """An emulated TikTok that listens."""

    url: str

    def requests(self) -> int:
        """How many requests have come so far."""
        return len(self._ask("log"))

    def set_clock(self, now: str) -> None:
        """Let time pass."""
        self._ask("clock", json.dumps({"now": now}).encode())

    def _ask(self, what: str, body: bytes | None = None) -> Any:
        with urllib.request.urlopen(  # noqa: S310  # loopback
            f"{self.url}/__emulator__/{what}", data=body, timeout=ANSWERS_WITHIN
        ) as answer:
            return json.load(answer)


@contextmanager
def emulator() -> Iterator[Emulator]:
    """Run the emulator of three brands on a free port."""
    module = "integration_tests.tiktok_emulator"
    command = [sys.executable, "-m", module, "--size", "shop", "--now", FIRST_MOMENT]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own module
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise DemoFailed("the emulator did not start")
        yield Emulator(url)
    finally:
        process.terminate()
        process.wait(STOPPED_WITHIN)


@dataclass
class Connector:
    """The connector as a command line, pointed at an emulator.

    Args:
        url: The emulator.
        config: The configuration file.
        now: What time it is there.
    """

    url: str
    config: Path
    now: str

    def start(self, command: str, *arguments: str | Path) -> "subprocess.Popen[bytes]":
        """Start a command, whose output goes to a pipe."""
        environment = os.environ | {
            "TIKTOK_MARKETING_API": self.url,
            "TIKTOK_MARKETING_NOW": self.now,
            # The connector paces itself for TikTok's limit; the emulator has none, so the waits pass quickly.
            "TIKTOK_MARKETING_CLOCK_SPEED": "1000",
        }
        line = [sys.executable, ROOT / "main.py", command, "--config", self.config, *arguments]
        return subprocess.Popen(line, env=environment, stdout=subprocess.PIPE)  # noqa: S603  # our own program

    def answer(self, command: str, *arguments: str) -> bytes:
        """Run a command to its end and give what it printed."""
        process = self.start(command, *arguments)
        printed, _ = process.communicate()
        if process.returncode:
            raise DemoFailed(f"`{command}` ended with exit code {process.returncode}")
        return printed

    def message(self, command: str, kind: str) -> Message:
        """Run a command and give the content of its one message of a kind."""
        messages = map(json.loads, self.answer(command).splitlines())
        (content,) = [message[kind] for message in messages if kind in message]
        return dict(content)


@dataclass(frozen=True)
class Workspace:
    """The folder of the demo, and what is kept there."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        config = {
            "credentials": json.loads(SAMPLE.read_text())["credentials"],
            "start_date": START_DATE,
            "custom_reports": [OWN_REPORT],
        }
        self.path("config.json").write_text(json.dumps(config, indent=2))

    def path(self, name: str) -> Path:
        """A file in it."""
        return self.folder / name

    def next_moment(self) -> str:
        """When this run takes place: a day after the last one."""
        clock = self.path("clock.txt")
        if not clock.exists():
            return FIRST_MOMENT
        return (datetime.fromisoformat(clock.read_text()) + timedelta(days=1)).isoformat()

    def rows(self) -> dict[str, int]:
        """How many rows each table holds."""
        if not self.path("tiktok.duckdb").exists():
            return {}
        with duckdb.connect(str(self.path("tiktok.duckdb")), read_only=True) as database:
            names = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            return {name: len(database.table(name)) for name in names}


def load(connector: Connector, workspace: Workspace) -> int:
    """Read everything that is new into the database; how many rows came."""
    catalog, state = workspace.path("catalog.json"), workspace.path("state.json")
    catalog_and_state = "--catalog", catalog, "--state", state
    files = catalog_and_state[: None if state.exists() else 2]
    program = ROOT / "examples" / "to_duckdb.py", workspace.path("tiktok.duckdb")
    command: list[str | Path] = [sys.executable, *program, *catalog_and_state]
    with connector.start("read", *files) as reader:
        loader = subprocess.run(command, stdin=reader.stdout, capture_output=True, text=True, check=False)  # noqa: S603  # our own program
    if loader.returncode or reader.returncode:
        raise DemoFailed(f"not all was read: {loader.stderr.strip()}")
    return sum(int(line.split()[1].replace(",", "")) for line in loader.stdout.splitlines())


def demonstrate(tiktok: Emulator, workspace: Workspace, streams: str, console: Console) -> None:
    """Go from TikTok to the picture.

    Raises:
        DemoFailed: Something is not as it should be.
    """
    now = workspace.next_moment()
    tiktok.set_clock(now)
    connector = Connector(tiktok.url, workspace.path("config.json"), now)
    console.print(
        f"emulator   A TikTok API with three brands listens on {tiktok.url}; there it is {now[:16]} UTC."
    )
    status = connector.message("check", "connectionStatus")
    console.print(f"check      {status['status']} {status.get('message', '')}".rstrip())
    offered = connector.message("discover", "catalog")["streams"]
    incremental = sum("incremental" in stream["supported_sync_modes"] for stream in offered)
    console.print(
        f"discover   {len(offered)} streams, {incremental} of them incremental; one is the user's own report, "
        f"{OWN_REPORT['name']}"
    )
    catalog = connector.answer("catalog", *(("--streams", streams) if streams else ()))
    workspace.path("catalog.json").write_bytes(catalog)
    names = [entry["stream"]["name"] for entry in json.loads(catalog)["streams"]]
    console.print(f"catalog    {len(names)} of them, incremental where that is offered")

    before, asked, started = workspace.rows(), tiktok.requests(), time.monotonic()
    read = load(connector, workspace)
    seconds = time.monotonic() - started
    console.print(
        f"read       {read:,} records in {seconds:.1f} s, from {tiktok.requests() - asked} requests, since "
        f"{'the last run' if before else START_DATE}"
    )
    tell_what_is_new(before, workspace.rows(), console)
    workspace.path("clock.txt").write_text(now)
    show(workspace, console)


def tell_what_is_new(before: dict[str, int], after: dict[str, int], console: Console) -> None:
    """Compare the tables before and after."""
    new = {name: rows - before.get(name, 0) for name, rows in after.items() if rows > before.get(name, 0)}
    console.print(
        f"duckdb     {sum(after.values()):,} rows in {len(after)} tables, of which {sum(new.values()):,} rows in "
        f"{len(new)} tables are new"
    )
    if before:
        reports = ", ".join(f"{name} +{new.get(name, 0)}" for name in after if name.endswith("s_reports_daily"))
        console.print(
            f"           {reports}; other days came again, as TikTok still corrects them", highlight=False
        )


def show(workspace: Workspace, console: Console) -> None:
    """Show what was spent."""
    rows = spend.spending(workspace.path("tiktok.duckdb"))
    spend.draw(rows, workspace.path("spend.png"))
    console.print()
    console.print(spend.table(rows))
    console.print(f"\nThe SQL behind it:\n\n{spend.SQL.read_text()}")
    for name, what in (
        ("spend.png", "the same as a picture, all days"),
        ("tiktok.duckdb", "a typed table per stream"),
        ("state.json", "how far each stream is read"),
        ("catalog.json", "which streams are read, and how"),
    ):
        console.print(f"{workspace.path(name)}  {what}")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="From an emulated TikTok to a DuckDB file and a picture.")
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo", help="where files are kept")
    parser.add_argument("--streams", default="", help=f"some of the streams; {', '.join(NEEDED)} among them")
    return parser.parse_args()


def main() -> int:
    """Run the demo and return its exit code."""
    console, options, started = Console(soft_wrap=True, highlight=False), arguments(), time.monotonic()
    folder = Path(os.path.relpath(options.folder))
    try:
        with emulator() as tiktok:
            demonstrate(tiktok, Workspace(folder), options.streams, console)
    except DemoFailed as failure:
        console.print(f"\nThe demo failed: {failure}. Delete {folder} to begin anew.")
        return 1
    console.print(
        f"\nAll is well, after {time.monotonic() - started:.0f} s. Run it again: a day has passed there, and only "
        "what is new is read, into the same file."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
