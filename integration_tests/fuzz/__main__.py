"""A seed again, by hand: `python -m integration_tests.fuzz 17`; with `--shrink` by the fewest requests needed."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_tests.connector import Connector, production_config
from integration_tests.fuzz.runs import NOW, Fuzzed, House


@dataclass
class Replay:
    """Runs a seed again and again, with fewer and fewer requests hit."""

    seed: int
    house: House
    folder: Path

    def __post_init__(self) -> None:
        """Number the runs, for their folders."""
        self._numbers = count()

    def run(self, only: frozenset[str] | None = None) -> tuple[Fuzzed, list[str]]:
        """Run once."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        fuzzed = Fuzzed(self.seed, self.house, folder, only)
        return fuzzed, fuzzed.breaches()

    def shrunk(self) -> tuple[Fuzzed, list[str]]:
        """Run with the fewest requests hit that still break a rule."""
        fuzzed, found = self.run()
        if not found:
            return fuzzed, found
        hit = smallest(sorted({one.fingerprint for one in fuzzed.chaos.struck}), self._breaks)
        return self.run(frozenset(hit))

    def _breaks(self, kept: list[str]) -> bool:
        return bool(self.run(frozenset(kept))[1])


def smallest(items: list[str], breaks: Callable[[list[str]], bool]) -> list[str]:
    """Leave out as many items as possible, in ever smaller pieces."""
    size = len(items)
    while size > 1:
        size = -(-size // 2)
        for start in range(0, len(items), size):
            rest = items[:start] + items[start + size :]
            if rest != items and breaks(rest):
                return smallest(rest, breaks)
    return items


def main() -> int:
    """Run a seed and tell what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m integration_tests.fuzz", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--shrink", action="store_true", help="leave out the mutations that it does not take")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        catalog = Connector("http://127.0.0.1:1", folder, NOW).discover(production_config()).catalog
        replay = Replay(arguments.seed, House({stream["name"]: stream for stream in catalog}), folder)
        fuzzed, found = replay.shrunk() if arguments.shrink else replay.run()
    sys.stdout.write(fuzzed.report(found) + "\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
