"""What is handed out holds the connector and nothing else, and is installed as the README says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from unit_tests.test_packaging import PROJECT, README, ROOT

PACKAGE = "source_tiktok_marketing"
VERSION = PROJECT["project"]["version"]
ABOUT = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
# What they would fetch is there already, from the lock.
OFFLINE = ("--no-index", "--no-build-isolation")


def run(*command: object, folder: Path = ROOT, **environment: str) -> str:
    """Run a command in a folder; what it prints."""
    return subprocess.run(  # noqa: S603  # pip, and what it installed
        list(map(str, command)),
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def commands_of(document: Path, first_word: str) -> list[list[str]]:
    """The words of the commands of a document that begin with this one."""
    return [line.split() for line in re.findall(rf"^    ({first_word} .*)", document.read_text(), re.MULTILINE)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the last of the README's commands for pip has installed."""
    folder = tmp_path_factory.mktemp("installed")
    *_, (pip, install, *words) = commands_of(README, "pip")
    run(sys.executable, "-m", pip, install, *OFFLINE, "--quiet", "--target", folder, *words)
    return folder


def test_the_versions_of_the_lock_are_installed_as_the_readme_says() -> None:
    (pip, install, *words), _ = commands_of(README, "pip")

    told = run(sys.executable, "-m", pip, install, "--no-index", "--dry-run", *words)

    assert "Would install" not in told


def test_what_is_installed_runs(installed: Path) -> None:
    script = installed / "bin" / "source-tiktok-marketing"
    code = f"import {PACKAGE}; print({PACKAGE}.__file__)"

    told = run(sys.executable, script, "spec", PYTHONPATH=str(installed))
    place = run(sys.executable, "-c", code, folder=installed)

    assert json.loads(told)["type"] == "SPEC"
    assert place.startswith(str(installed))


def test_a_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", *OFFLINE, "--no-deps", "--quiet", "--wheel-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.iterdir()
    sources = {path.relative_to(ROOT) for path in (ROOT / PACKAGE).rglob("*") if path.is_file()}
    expected = {str(path) for path in sources if path.suffix != ".pyc"}

    assert set(ZipFile(wheel).namelist()) == expected | {f"{PACKAGE}-{VERSION}.dist-info/{name}" for name in ABOUT}


def test_the_image_is_given_what_it_copies_and_nothing_else() -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    given = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert ignored[0] == "*"
    assert ignored[-1] == "**/__pycache__"
    assert given == {name for names in copied for name in names.split()}


def test_the_readme_names_the_version_of_the_image() -> None:
    tags = set(re.findall(r"source-tiktok-marketing:(\S+)", README.read_text()))

    assert tags == {VERSION}
