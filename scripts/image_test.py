"""`make image-test`: build the image on a local stand-in for its base, and run it as Airbyte's platform does.

No registry of images is asked: the stand-in is a bare Debian with this machine's Python under /usr/local, where
Airbyte's base has its own. The commands run as uid 1000 through `AIRBYTE_ENTRYPOINT`, against the emulator.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from integration_tests.connector import Output, configured, production_config
from integration_tests.tiktok_emulator import Emulator, small_world
from integration_tests.truth import Json, Key, by_key, differences, expected

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".image"
ROOTFS, FILES = FOLDER / "rootfs", FOLDER / "files"
BASE, IMAGE = "localhost/python-connector-base:stand-in", "localhost/source-tiktok-marketing:dev"
# What CPython and the wheels of the lock link to.
LIBRARIES = "ca-certificates libssl3 libffi8 libsqlite3-0 libbz2-1.0 liblzma5 zlib1g libreadline8 libexpat1"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
MOST_MEGABYTES = 200
UID = "1000"
START = "2024-03-01"
STREAMS = ("advertisers", "campaigns", "ads", "ads_reports_daily")
STARTED_WITHIN = 120

# Inside a build or a session without privileges nothing but a chroot is to be had.
os.environ |= {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}


class Failed(Exception):
    """What is missing or wrong, for the last line."""


def run(*command: Any) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Failed(f"`{' '.join(map(str, command))}` ended with exit code {done.returncode}")
    return done.stdout


def require_tools() -> None:
    """Say what is missing on this machine."""
    missing = [tool for tool in ("buildah", "debootstrap") if not shutil.which(tool)]
    if missing:
        raise Failed(f"this needs {' and '.join(missing)}: on Debian, `apt-get install {' '.join(missing)}`")
    if os.geteuid() != 0:
        raise Failed("this needs root: a chroot and its owners cannot be made without")
    if Path(sys.base_prefix) in (Path("/usr"), Path("/usr/local")):
        raise Failed("this needs a Python in a directory of its own: `make PYTHON=... image-test`")


def make_base() -> None:
    """Build the stand-in, once."""
    if run("buildah", "images", "--quiet", "--filter", f"reference={BASE}").strip():
        return
    shutil.rmtree(ROOTFS, ignore_errors=True)
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    run("debootstrap", "--variant=minbase", f"--include={','.join(LIBRARIES.split())}",
        release["VERSION_CODENAME"], ROOTFS)  # fmt: skip
    copy_python(Path(sys.base_prefix), ROOTFS / "usr" / "local")
    for command in (
        "ldconfig",
        "python -m ensurepip --default-pip",
        f"groupadd --gid {UID} airbyte",
        f"useradd --uid {UID} --gid {UID} --create-home airbyte",
        "install --directory --owner airbyte --group airbyte /airbyte",
    ):
        run(
            "chroot", ROOTFS, "/usr/bin/env", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *command.split()
        )
    container = run("buildah", "from", "scratch").strip()
    run("buildah", "copy", "--quiet", container, ROOTFS, "/")
    run("buildah", "config", "--user", "airbyte", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container)
    run("buildah", "commit", "--quiet", "--rm", container, BASE)


def copy_python(source: Path, target: Path) -> None:
    """Copy this Python without what is installed in it."""
    unwanted = shutil.ignore_patterns("site-packages", "test", "__pycache__", "*.a")
    shutil.copytree(source / "lib" / f"python{VERSION}", target / "lib" / f"python{VERSION}", ignore=unwanted)
    (target / "lib" / f"python{VERSION}" / "site-packages").mkdir()
    for library in (source / "lib").glob("libpython*.so*"):
        shutil.copy2(library, target / "lib", follow_symlinks=False)
    shutil.copy2(source / "bin" / f"python{VERSION}", target / "bin")
    for name in ("python", "python3"):
        (target / "bin" / name).symlink_to(f"python{VERSION}")


def pip_settings() -> Iterator[str]:
    """What makes pip in the build go where pip on this machine goes: variables, files, and what they name."""
    texts = [run(sys.executable, "-m", "pip", "config", name) for name in ("list", "debug")]
    for name, value in os.environ.items():
        if name.startswith(("PIP_", "SSL_CERT_")) or name.lower() in ("http_proxy", "https_proxy", "no_proxy"):
            texts.append(value)
            yield from ("--env", f"{name}={value}")
    words = " ".join(texts).replace("file://", " ").replace("/simple", " ")
    paths = {Path(word.strip("',:=")) for word in words.replace("=", " ").split()}
    for path in sorted(path for path in paths if path.is_absolute() and path.exists() and path != Path("/")):
        yield from ("--volume", f"{path}:{path}:ro")


def build() -> None:
    """Build the Dockerfile on the stand-in."""
    run("buildah", "bud", "--quiet", "--build-arg", f"BASE_IMAGE={BASE}", *pip_settings(), "--tag", IMAGE, ROOT)


@contextmanager
def container_of(image: str) -> Iterator[str]:
    """A container of an image."""
    name = run("buildah", "from", image).strip()
    try:
        yield name
    finally:
        run("buildah", "rm", name)


@dataclass
class Container:
    """The image as the platform runs it."""

    name: str
    emulator: Emulator

    def command(self, *arguments: str) -> list[str]:
        """The command that runs the connector, whose process id is then in a file."""
        variables = {
            "TIKTOK_MARKETING_API": self.emulator.url,
            "TIKTOK_MARKETING_NOW": self.emulator.clock.now().isoformat(),
            "TIKTOK_MARKETING_CLOCK_SPEED": "1000",
        }
        start = 'echo $$ > ${TMPDIR:-/tmp}/pid; exec $AIRBYTE_ENTRYPOINT "$@"'
        settings = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
        files = ["--volume", f"{FILES}:/secrets:ro"]
        run_as = ["buildah", "run", "--user", UID, *settings, *files, self.name]
        return [*run_as, "--", "sh", "-c", start, "sh", *arguments]

    def run(self, *arguments: str) -> Output:
        """Run the connector to its end."""
        done = subprocess.run(self.command(*arguments), capture_output=True, check=False)  # noqa: S603
        return Output(done.returncode, done.stdout, done.stderr)

    def read(self, **files: Any) -> Output:
        """Read with files of these contents."""
        return self.run("read", *options(**files))

    def terminate_while_reading(self, **files: Any) -> Output:
        """Read, and send SIGTERM once TikTok was asked for data."""
        seen = len(self.emulator.requests)
        with subprocess.Popen(  # noqa: S603  # our own image
            self.command("read", *options(**files)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            deadline = time.monotonic() + STARTED_WITHIN
            while len(self.emulator.requests) < seen + 5 and time.monotonic() < deadline:
                time.sleep(0.01)
            pid = run("buildah", "run", "--user", UID, self.name, "--", "sh", "-c", "cat ${TMPDIR:-/tmp}/pid")
            os.kill(int(pid), signal.SIGTERM)
            stdout, stderr = process.communicate()
        return Output(process.returncode, stdout, stderr)


def options(**files: Any) -> list[str]:
    """Write files for the command line, and name them."""
    named = []
    for name, content in files.items():
        (FILES / f"{name}.json").write_text(json.dumps(content))
        named += [f"--{name}", f"/secrets/{name}.json"]
    return named


def claim(holds: object, words: str, output: Output | None = None) -> None:
    """Say that something is so, or fail."""
    if not holds:
        raise Failed(f"not so: {words}\n{output.stderr.decode()[-2000:] if output else ''}")
    print(f"    {words}", flush=True)


def exercise(container: Container) -> None:
    """Run every command, and compare what comes with the emulator's world."""
    config = {"config": production_config(start_date=START)}
    claim(run("buildah", "run", "--user", UID, container.name, "id", "-u").strip() == UID, f"runs as uid {UID}")
    spec = container.run("spec")
    claim("SPEC" in [message["type"] for message in spec.messages], "spec prints the form", spec)
    check = container.run("check", *options(**config))
    claim(check.connection_status["status"] == "SUCCEEDED", "check succeeds", check)
    discover = container.run("discover", *options(**config))
    streams = {stream["name"]: stream for stream in discover.catalog}
    claim(set(STREAMS) < set(streams), f"discover offers {len(streams)} streams", discover)

    catalog = {"catalog": configured(list(streams.values()), *STREAMS)}
    first = container.read(**config, **catalog)
    claim(first.exit_code == 0 and not differences_of(container, streams, first), "read equals the truth", first)
    second = container.read(**config, **catalog, state=first.last_states)
    fewer = sum(map(len, second.records.values())) < sum(map(len, first.records.values()))
    claim(second.exit_code == 0 and fewer, "read with a state brings what is new", second)

    container.emulator.faults.latency = 0.2
    torn = container.terminate_while_reading(**config, **catalog)
    container.emulator.faults.latency = 0.0
    # Here the connector is no first process, and dies of the signal; what buildah makes of that is 1, with a word.
    died = torn.exit_code == 1 and b"exited on terminated" in torn.stderr
    claim(torn.exit_code == 128 + signal.SIGTERM or died, "SIGTERM ends a read", torn)
    rest = container.read(**config, **catalog, state=torn.last_states)
    claim(rest.exit_code == 0 and not differences_of(container, streams, torn, rest), "and the next goes on", rest)


def differences_of(container: Container, streams: dict[str, Any], *syncs: Output) -> list[str]:
    """How what syncs brought differs from the truth."""
    found = []
    for name in STREAMS:
        held: dict[Key, Json] = {}
        for sync in syncs:
            held |= by_key(streams[name], sync.records[name])
        truth = expected(container.emulator.world, streams[name], date.fromisoformat(START))
        found += differences(held, truth)
    return found


def weigh(name: str) -> Counter[str]:
    """The bytes of an image by package of Python, and of all else together."""
    sizes: Counter[str] = Counter()
    root = Path(run("buildah", "mount", name).strip())
    packages = root / "usr" / "local" / "lib" / f"python{VERSION}" / "site-packages"
    for path in root.rglob("*"):
        if not path.is_symlink() and path.is_file():
            owner = path.relative_to(packages).parts[0] if packages in path.parents else "(system)"
            sizes[owner] += path.stat().st_size
    return sizes


def look_inside(name: str) -> None:
    """List what the image holds beyond its base, and its size."""
    with container_of(BASE) as base:
        held, before = weigh(name), weigh(base)
    added = held - before
    total = (held.total() - before.total()) / 1e6
    for package, size in added.most_common(12):
        print(f"    {size / 1e6:7.1f} MB  {package}")
    claim(total <= MOST_MEGABYTES, f"{total:.0f} MB over the base, of at most {MOST_MEGABYTES}")
    labels = json.loads(run("buildah", "inspect", "--type", "image", IMAGE))["OCIv1"]["config"]["Labels"]
    claim(
        labels["io.airbyte.name"] and labels["io.airbyte.version"],
        f"labelled {labels['io.airbyte.name']} {labels['io.airbyte.version']}",
    )


def main() -> int:
    """Build, look and run; the exit code."""
    try:
        require_tools()
        FILES.mkdir(parents=True, exist_ok=True)
        print("The stand-in for the base", flush=True)
        make_base()
        print("The image", flush=True)
        build()
        with container_of(IMAGE) as name, Emulator(small_world()) as emulator:
            look_inside(name)
            exercise(Container(name, emulator))
    except Failed as failure:
        print(f"\n{failure}.")
        return 1
    print("\nThe image is well.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
