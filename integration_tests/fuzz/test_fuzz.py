"""A few runs under mutations, and by `make soak` two thousand: `ARGS="-k 'fuzz and 412-511'"` picks some."""

from functools import partial
from pathlib import Path

import pytest

from integration_tests.connector import Json, side_by_side
from integration_tests.fuzz.runs import Fuzzed, House

FEW, MANY, BLOCK = 12, 2000, 100
BLOCKS = [range(first, first + BLOCK) for first in range(FEW, FEW + MANY, BLOCK)]


@pytest.fixture(scope="module")
def house(streams: dict[str, Json]) -> House:
    return House(streams)


def reports(house: House, folder: Path, seeds: range) -> list[str]:
    """What is wrong with the runs of some seeds, and how to see it again."""

    def run(seed: int) -> str:
        own = folder / str(seed)
        own.mkdir()
        fuzzed = Fuzzed(seed, house, own)
        found = fuzzed.breaches()
        return fuzzed.report(found) if found else ""

    return [report for report in side_by_side(*(partial(run, seed) for seed in seeds)) if report]


@pytest.mark.timeout(900)  # Half a minute by itself; the rest is for a machine that is busy with something else.
def test_a_few_runs_under_mutations_break_no_rule(house: House, tmp_path: Path) -> None:
    broken = reports(house, tmp_path, range(FEW))

    assert not broken, "\n\n".join(broken)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seeds", BLOCKS, ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_runs_under_mutations_break_no_rule(house: House, tmp_path: Path, seeds: range) -> None:
    broken = reports(house, tmp_path, seeds)

    assert not broken, f"{len(broken)} of {len(seeds)} seeds:\n\n" + "\n\n".join(broken)
