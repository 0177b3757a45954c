"""The programs under test, each in a virtual environment of its own below `.bench/`."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.paths import HERE, ROOT, WORKSHOP
from benchmarks.service import Service

LOCK = ROOT / "requirements-runtime.lock"
PACKAGE = "airbyte-source-tiktok-marketing"
SHOWN_PACKAGES = ("airbyte-cdk", "orjson", "pydantic", "requests")
TELL_VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Program:
    """A connector, or the bare floor.

    Attributes:
        name: How the document calls it.
        folder: Its environment, below `.bench/`.
        install: What pip is to install there.
        start: What starts it, the first part below its environment.
        redirected: Whether it has to be led to the emulator from outside.
        config: Fields of its configuration beside those that every connector has.
    """

    name: str
    folder: str
    install: tuple[str, ...]
    start: tuple[str, ...]
    redirected: bool = False
    config: Mapping[str, object] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Folder of its environment."""
        return WORKSHOP / self.folder

    @property
    def command(self) -> list[str]:
        """How it is started."""
        return [str(self.home / "bin" / self.start[0]), *self.start[1:]]

    @property
    def _python(self) -> str:
        return str(self.home / "bin" / "python")

    def environment(self, service: Service | None) -> dict[str, str]:
        """The variables that lead it to an emulator."""
        if self.redirected:
            return {"PYTHONPATH": str(HERE / "redirect"), "BENCHMARK_API": service.url if service else ""}
        if service is None:
            return {}
        return {"TIKTOK_MARKETING_API": service.url, "TIKTOK_MARKETING_NOW": service.now}

    def prepare(self) -> None:
        """Create the environment, unless it exists as it should be."""
        stamp = self.home / "installed.json"
        wanted = json.dumps([sys.version, self.install, LOCK.read_text() if str(LOCK) in self.install else ""])
        if stamp.exists() and stamp.read_text() == wanted:
            return
        say(f"Preparing {self.home.relative_to(ROOT)}.")
        _run([sys.executable, "-m", "venv", "--clear", str(self.home)])
        _run([self._python, "-m", "pip", "install", "--disable-pip-version-check", "-qq", *self.install])
        stamp.write_text(wanted)

    def versions(self) -> dict[str, str]:
        """Versions of the packages that matter for the figures."""
        found = subprocess.run(  # noqa: S603  # our own interpreter
            [self._python, "-c", TELL_VERSIONS, *SHOWN_PACKAGES], check=True, capture_output=True, text=True
        )
        versions: dict[str, str] = json.loads(found.stdout)
        return versions


def say(sentence: str) -> None:
    """Tell whoever waits."""
    sys.stderr.write(sentence + "\n")


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)  # noqa: S603  # commands of this file


# At this level the pace is 48 requests a second, which is never what the CPU cases wait for.
FAST = {"rate_limit_level": "Ultimate", "concurrency_level": 4}

OURS = Program(
    "ours",
    "ours",
    ("--no-deps", "--require-hashes", "--requirement", str(LOCK)),
    ("python", str(ROOT / "main.py")),
    config=FAST,
)
NEWER, OLDER = (
    Program(
        version,
        f"airbyte-{version}",
        (f"{PACKAGE}=={version}",),
        ("source-tiktok-marketing",),
        redirected=True,
    )
    for version in ("4.7.0", "3.9.10")
)
FLOOR = Program("floor", OURS.folder, OURS.install, ("python", str(HERE / "floor.py")))
PROFILER = Program("py-spy", "py-spy", ("py-spy>=0.4,<1",), ("py-spy",))

RIVALS = (NEWER, OLDER)
