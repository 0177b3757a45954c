"""Where the CPU time goes: samples of the connector's stack, sorted by the work that they stand for."""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.environments import Program

Profile = Mapping[str, float]

SAMPLES_PER_SECOND = 250
# The first step that one of the stack's frames belongs to, in this order; a frame is `name (file:line)`.
STEPS: tuple[tuple[str, str], ...] = (
    ("start-up: imports", r"importlib|<module> \((?!.*main\.py)"),
    ("parse the answer (msgspec, orjson)", r"^judge\b"),
    ("build the lines (msgspec, orjson)", r"^(Page\.)?of \(.*/page\.py"),
    ("convert the values", r"\(.*/(values|report_values|typed)\.py"),
    ("prove that each row came once (keys)", r"/(evidence|asked|keys|listing)\.py"),
    ("HTTP: requests, urllib3, sockets", r"urllib3|requests/|http/client|socket\.py|TiktokClient\._attempt"),
    (
        "pace, queue, locks",
        r"/(rate_limits|sending|crew|ahead)\.py|queue\.py|threading\.py:(?!9|10)|/sharing\.py|\b_put\b",
    ),
)
REST = "slices, state, messages, logging"
PATTERNS = [(name, re.compile(pattern)) for name, pattern in STEPS]


def profile_of(profiler: Program, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Profile:
    """Run a command under py-spy; the share of samples by step."""
    stacks = folder / "stacks.txt"
    options = ["--gil", "--format", "raw", "--rate", str(SAMPLES_PER_SECOND), "--output", str(stacks)]
    subprocess.run(  # noqa: S603  # what `environments.py` installed
        [*profiler.command, "record", *options, "--", *command],
        check=True,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return shares(stacks.read_text())


def shares(stacks: str) -> Profile:
    """The share of each step in collapsed stacks: a line each, frames from the root, and a count."""
    counts: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        counts[step_of(stack.split(";"))] += int(count)
    total = sum(counts.values())
    return {name: counts[name] / total for name in (*dict(STEPS), REST) if counts[name]}


def step_of(frames: Sequence[str]) -> str:
    """The step that a stack stands for."""
    found = (name for name, pattern in PATTERNS if any(pattern.search(frame) for frame in frames))
    return next(found, REST)
