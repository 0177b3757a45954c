"""The emulator's process, seen from the benchmark."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.paths import ROOT

Json = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What an emulator holds: every object delivers on every day, or those of some accounts on some days.

    Attributes:
        accounts: Number of accounts.
        campaigns: Campaigns of each account.
        days: Age of the accounts.
        adgroups: Ad groups of each campaign.
        ads: Ads of each ad group.
        active: How many accounts run ads, and those not on all days; all on every day if None.
    """

    accounts: int
    campaigns: int
    days: int
    adgroups: int = 1
    ads: int = 1
    active: int | None = None


class Service:
    """A running emulator.

    Args:
        process: The process, which has said where it is.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        hello = self._answer()
        self.url: str = hello["url"]
        self.now: str = hello["now"]
        self.credentials: Json = hello["credentials"]

    def order(self, **order: Any) -> Json:
        """Have an order carried out."""
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the emulator's process has no stdin")
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        return self._answer()

    def _answer(self) -> Json:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the emulator has ended")
        answer: Json = json.loads(line)
        return answer


@contextmanager
def serving(world: World) -> Iterator[Service]:
    """A running emulator with a world, for as long as the block lasts."""
    with subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "benchmarks.server", json.dumps(asdict(world))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Service(process)
        finally:
            process.kill()
