"""`docs/performance.md`: the results, in words and tables."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks.figures import Figures
from benchmarks.loads import ACCOUNT_GROWTH, LIMIT_WORKERS, WORKERS
from benchmarks.paths import HERE
from benchmarks.service import Json

NAMES = {"ours": "**ours**", "4.7.0": "Airbyte 4.7.0", "3.9.10": "Airbyte 3.9.10", "floor": "bare floor"}
CASES = {
    "thirty": "Reports of 30 metrics",
    "same": "Reports, the same answers for all (28 metrics)",
    "whole": "Reports, every metric that the program asks for",
    "entities": "Ads",
    "accounts_100": "100 accounts",
    "accounts_1000": "1,000 accounts",
}
TEMPLATE = HERE / "performance.template.md"
RATE_GOAL, FLOOR_GOAL, MEMORY_GOAL_MB, STARTUP_GOAL, PACE_GOAL = 16_000, 0.6, 130, 1.5, 1.05
BASIC_PER_SECOND = 10


@dataclass(frozen=True)
class Results:
    """The results, as figures."""

    raw: Json

    def case(self, name: str) -> dict[str, Figures]:
        """Figures by program."""
        return {program: Figures(**found) for program, found in self.raw[name].items()}

    def series(self, name: str) -> list[Figures]:
        """Figures of a growth."""
        return [Figures(**found) for found in self.raw[name]]

    @property
    def limits(self) -> dict[str, Figures]:
        """The reads at the limit, by number of workers."""
        return {number: Figures(**found) for number, found in self.raw["limit"].items()}

    @property
    def limit(self) -> Figures:
        """The read at the limit with the most workers."""
        return self.limits[str(max(LIMIT_WORKERS))]

    @property
    def floor_share(self) -> float:
        """Our rate as a share of the floor's."""
        thirty = self.case("thirty")
        return thirty["ours"].rate / thirty["floor"].rate

    @property
    def peak_mb(self) -> list[float]:
        """Peak memory of 30-metric reads from 100 thousand rows on."""
        return [found.peak_mb for found in self.series("rows")[1:]]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = (head, ("---", *("---:" for _ in head[1:])), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclass(frozen=True)
class Goal:
    """Something that the project wants of its speed.

    Attributes:
        sentence: What.
        found: The figure.
        met: Whether it is so.
        reason: Why not, if not.
    """

    sentence: str
    found: str
    met: bool
    reason: str


def all_goals(results: Results) -> list[Goal]:
    """What the project wants, and what it has."""
    thirty, peaks, limit = results.case("thirty"), results.peak_mb, results.limit
    least = limit.requests / BASIC_PER_SECOND
    ours, floor, imports = thirty["ours"], thirty["floor"], results.raw["startup"]["ours"]
    return [
        Goal(
            f"At least {RATE_GOAL:,} records of 30 metrics per CPU second after start-up, with 4 workers",
            f"{ours.rate:,.0f}",
            ours.rate >= RATE_GOAL,
            f"the floor itself reaches {floor.rate:,.0f} on this machine.",
        ),
        Goal(
            f"At least {FLOOR_GOAL} of the bare floor",
            f"{results.floor_share:.2f}",
            results.floor_share >= FLOOR_GOAL,
            f"our lines have {ours.out_bytes / ours.records:,.0f} bytes, the floor's "
            f"{floor.out_bytes / floor.records:,.0f}: they name the stream, and publish columns that the API does "
            "not offer here as nulls. The rest of the distance is the table below: reading each number by its "
            "published type, exactly, and the keys by which each row is proven to have come once.",
        ),
        Goal(
            f"At most {MEMORY_GOAL_MB} MB resident, however many rows of 30 metrics",
            " and ".join(f"{peak:.0f} MB" for peak in peaks),
            max(peaks) <= MEMORY_GOAL_MB,
            f"Python and the CDK take {imports['peak_mb']:.0f} MB before the first request; the rest are "
            "the answers under way, one page as objects and three as lines.",
        ),
        Goal(
            f"Start-up of `spec` at most {STARTUP_GOAL} CPU seconds",
            f"{imports['cpu']:.2f} s",
            imports["cpu"] <= STARTUP_GOAL,
            "nearly all of it is the import of `airbyte_cdk`, which a connector cannot put off.",
        ),
        Goal(
            f"At 300 ms and 10 requests a second: wall at most {PACE_GOAL} x requests / 10",
            f"{pace_of(limit):.3f} with {max(LIMIT_WORKERS)} workers",
            pace_of(limit) <= PACE_GOAL,
            f"from the first request to the last it is {limit.request_seconds / least:.3f}; the other "
            f"{limit.wall - limit.request_seconds:.1f} s are the start of Python and of the CDK and the end of "
            "the process, which weigh the less the longer a sync is.",
        ),
        Goal(
            "There: no throttle answer",
            f"{limit.throttled:.0f}",
            limit.throttled == 0,
            f"{limit.most_in_a_second:.0f} requests arrived within a second: they bunched on their way.",
        ),
    ]


def goals(results: Results) -> str:
    """The goals as a table."""
    return table(
        ("Goal", "Found", "Met"),
        ((goal.sentence, goal.found, "yes" if goal.met else "**no**") for goal in all_goals(results)),
    )


def unmet(results: Results) -> str:
    """Why a goal is not met."""
    missed = [f"- {goal.sentence}: {goal.reason}" for goal in all_goals(results) if not goal.met]
    return "\n".join(["What is not met, and why:", "", *missed]) if missed else "All are met."


def comparison(results: Results, name: str) -> str:
    """All programs in one case."""
    case = results.case(name)
    base = case.get("4.7.0", case["floor"])
    rows = (
        (
            NAMES[program],
            f"{found.rate / base.rate:,.2f} x",
            f"{found.mb_rate / base.mb_rate:,.2f} x",
            f"{found.rate:,.0f}",
            f"{found.gross_rate:,.0f}",
            f"{found.mb_rate:.1f}",
            f"{found.metrics:.0f}" if found.metrics else "-",
            f"{found.records:,.0f}",
            f"{found.requests:,.0f}",
            f"{found.cpu:.1f}",
            f"{found.wall:.1f}",
            f"{found.peak_mb:.0f}",
        )
        for program, found in ((program, case[program]) for program in NAMES if program in case)
    )
    reference = NAMES["4.7.0"] if "4.7.0" in case else NAMES["floor"]
    head = (
        "Program",
        f"Records per CPU s, against {reference}",
        "MB of answers per CPU s, the same",
        "Records per CPU s",
        "Start-up included",
        "MB per CPU s",
        "Metrics",
        "Records",
        "Requests",
        "CPU s",
        "Wall s",
        "Peak MB",
    )
    return f"### {CASES[name]}\n\n{table(head, rows)}"


def many_accounts(results: Results) -> str:
    """The cases with many accounts, with state."""
    rows = (
        (
            f"{CASES[name]}, {NAMES[program]}",
            f"{found.requests:,.0f}",
            f"{found.net_cpu:.1f}",
            f"{found.wall:.0f}",
            f"{found.states:,.0f}",
            f"{found.state_bytes / 1e6:.2f}",
            f"{found.last_state_bytes / 1e3:.1f}",
            f"{found.peak_mb:.0f}",
        )
        for name in ("accounts_100", "accounts_1000")
        for program, found in results.case(name).items()
        if program != "floor"
    )
    head = (
        "10,000 rows of",
        "Requests",
        "CPU s after start-up",
        "Wall s",
        "States",
        "MB of states",
        "kB of the last",
        "Peak MB",
    )
    return table(head, rows)


def growth_of_rows(results: Results) -> str:
    """Ours, ten and a hundred times the rows."""
    rows = (
        (
            f"{found.records:,.0f}",
            f"{found.net_cpu / found.records * 1e6:.1f}",
            f"{found.rate:,.0f}",
            f"{found.cpu:.1f}",
            f"{found.wall:.1f}",
            f"{found.requests:,.0f}",
            f"{found.peak_mb:.0f}",
        )
        for found in results.series("rows")
    )
    head = ("Rows", "CPU us per row", "Rows per CPU s", "CPU s", "Wall s", "Requests", "Peak MB")
    return table(head, rows)


def growth_of_accounts(results: Results) -> str:
    """Ours, with the same rows in ever more accounts."""
    rows = (
        (
            f"{number:,}",
            f"{found.net_cpu:.2f}",
            f"{found.requests:,.0f}",
            f"{found.net_cpu / found.requests * 1e3:.1f}",
            f"{found.wall:.1f}",
            f"{found.states:,.0f}",
            f"{found.state_bytes / 1e3:,.1f}",
            f"{found.last_state_bytes / 1e3:.1f}",
            f"{found.peak_mb:.0f}",
        )
        for number, found in zip(ACCOUNT_GROWTH, results.series("accounts"), strict=True)
    )
    head = (
        "Accounts",
        "CPU s after start-up",
        "Requests",
        "CPU ms per request",
        "Wall s",
        "States",
        "kB of states",
        "kB of the last",
        "Peak MB",
    )
    return table(head, rows)


def workers(results: Results) -> str:
    """Ours, with more and more workers."""
    found = {number: Figures(**results.raw["workers"][str(number)]) for number in WORKERS}
    rows = (
        (
            str(number),
            f"{one.wall:.1f}",
            f"{found[1].request_seconds / one.request_seconds:.1f} x",
            f"{one.requests / one.request_seconds:.1f}",
            f"{one.cpu:.1f}",
            f"{one.peak_mb:.0f}",
        )
        for number, one in found.items()
    )
    return table(("Workers", "Wall s", "Speed-up", "Requests per second", "CPU s", "Peak MB"), rows)


def starts(results: Results) -> str:
    """What it takes to do nothing."""
    rows = (
        (NAMES[name], f"{cost['cpu']:.2f}", f"{cost['wall']:.2f}", f"{cost['peak_mb']:.0f}")
        for name, cost in results.raw["startup"].items()
    )
    return table(("Program", "CPU s", "Wall s", "Peak MB"), rows)


def profile(results: Results) -> str:
    """Where the CPU time goes."""
    shares = results.raw["profile"]
    startup = shares.get("start-up: imports", 0.0)
    rows = (
        (step, f"{share:.1%}", "" if step.startswith("start-up") else f"{share / (1 - startup):.1%}")
        for step, share in sorted(shares.items(), key=lambda item: -item[1])
    )
    return table(("Step", "Of all samples", "Of those after start-up"), rows)


def versions(results: Results) -> str:
    """What was measured."""
    found = results.raw["versions"]
    packages = sorted({package for versions in found.values() for package in versions})
    rows = (
        (NAMES[program], *(versions.get(package, "-") for package in packages))
        for program, versions in found.items()
    )
    return table(("Program", *packages), rows)


def limits(results: Results) -> str:
    """Ours, at the lowest limit."""
    rows = (
        (
            number,
            f"{found.requests:,.0f}",
            f"{found.throttled:.0f}",
            f"{found.requests / BASIC_PER_SECOND:.1f}",
            f"{found.request_seconds:.1f}",
            f"{found.wall:.1f}",
            f"{pace_of(found):.3f}",
            f"{found.peak_mb:.0f}",
        )
        for number, found in results.limits.items()
    )
    head = (
        "Workers",
        "Requests",
        "Throttle answers",
        "Requests / 10, in s",
        "First request to last, in s",
        "Whole process, in s",
        "Process against requests / 10",
        "Peak MB",
    )
    return table(head, rows)


def pace_of(found: Figures) -> float:
    """Wall time at the limit, as a multiple of what the limit takes."""
    return found.wall * BASIC_PER_SECOND / found.requests


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
    "ROWS": growth_of_rows,
    "GROWTH": growth_of_accounts,
    "LIMIT": limits,
    "WORKERS": workers,
    "STARTS": starts,
    "PROFILE": profile,
    "VERSIONS": versions,
}


def document(results: Json) -> str:
    """The document: the words of `performance.template.md`, the tables of the results."""
    found = Results(results)
    return re.sub(r"{{(\w+)}}", lambda match: BLOCKS[match[1]](found), TEMPLATE.read_text())
