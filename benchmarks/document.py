"""`docs/performance.md`: the results, in words and tables."""

import re
from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.goals import CASES, Results
from benchmarks.paths import HERE
from benchmarks.service import Json
from benchmarks.tables import (
    agencies,
    comparison,
    crowds,
    goals,
    growth_of_accounts,
    growth_of_rows,
    limits,
    many_accounts,
    profile,
    starts,
    unmet,
    versions,
    workers,
)

TEMPLATE = HERE / "performance.template.md"


def about(results: Results) -> str:
    """When and where."""
    about = results.raw["about"]
    loads = [found.load for name in CASES for found in results.case(name).values()]
    return (
        f"{about['date']}, {about['system']} on {about['cores']} {about['machine']} cores, which the emulator, "
        f"the reader of the output and the program under test share; Python {about['python']}. Figures are "
        f"medians of {about['runs']}; what takes long (a million rows, many accounts, the limit, the workers, the "
        f"profile) ran once. Load average before the runs: {median(loads):.1f} in the median."
    )


BLOCKS: dict[str, Callable[[Results], str]] = {
    "ABOUT": about,
    "GOALS": goals,
    "UNMET": unmet,
    **{name.upper(): partial(comparison, name=name) for name in ("thirty", "same", "whole", "entities")},
    "ACCOUNTS": many_accounts,
    "AGENCIES": agencies,
    "ROWS": growth_of_rows,
    "GROWTH": growth_of_accounts,
    "LIMIT": limits,
    "CROWDS": crowds,
    "WORKERS": workers,
    "STARTS": starts,
    "PROFILE": profile,
    "VERSIONS": versions,
}


def document(results: Json) -> str:
    """The document: the words of `performance.template.md`, the tables of the results."""
    found = Results(results)
    return re.sub(r"{{(\w+)}}", lambda match: BLOCKS[match[1]](found), TEMPLATE.read_text())
