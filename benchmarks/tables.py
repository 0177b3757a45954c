"""The tables of `docs/performance.md`."""

from collections.abc import Iterable

from benchmarks.figures import Figures
from benchmarks.goals import BASIC_PER_SECOND, CASES, Results, all_goals, pace_of
from benchmarks.loads import ACCOUNT_GROWTH, AGENCIES, WORKERS
from source_tiktok_marketing.api.rate_limits import HEADROOM

NAMES = {"ours": "**ours**", "4.7.0": "Airbyte 4.7.0", "3.9.10": "Airbyte 3.9.10", "floor": "bare floor"}

# As `server.py` tells them.
PURPOSES = (
    "accounts",
    "days of the account",
    "TopView look-ups",
    "lists",
    "reports with rows",
    "reports without rows",
)

COSTS = ("Records", "CPU s", "Peak MB", "kB of the last state", "Minutes at Basic")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = (head, ("---", *("---:" for _ in head[1:])), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
            f"{latency:g}",
            f"{found.requests:,.0f}",
            f"{found.throttled:.0f}",
            f"{found.most_under_way:.0f}",
            f"{found.requests / BASIC_PER_SECOND:.1f}",
            f"{found.request_seconds:.1f}",
            f"{found.wall:.1f}",
            f"{pace_of(found):.3f}",
            f"{found.peak_mb:.0f}",
        )
        for latency, found in results.limits.items()
    )
    head = (
        "Seconds for an answer",
        "Requests",
        "Throttle answers",
        "Most under way",
        "Requests / 10, in s",
        "First request to last, in s",
        "Whole process, in s",
        "Process against requests / 10",
        "Peak MB",
    )
    return table(head, rows)


def crowds(results: Results) -> str:
    """Ours, with as many requests under way as there may be."""
    rows = (
        (
            CASES[name],
            f"{found.requests:,.0f}",
            f"{found.most_under_way:.0f}",
            f"{found.wall:.1f}",
            f"{found.cpu:.1f}",
            f"{found.peak_mb:.0f}",
        )
        for name, found in results.case("crowds").items()
    )
    return table(("", "Requests", "Most under way", "Wall s", "CPU s", "Peak MB"), rows)


def agencies(results: Results) -> str:
    """Requests by purpose, first and second sync."""
    rows = (
        (
            f"{accounts:,}",
            ("first", "second")[number],
            NAMES[program],
            *(f"{purposes.get(name, 0):,}" for name in PURPOSES),
            f"{sum(purposes.values()):,}" if found else f"{sum(purposes.values()):,} (told)",
            *_cost(found),
        )
        for accounts in AGENCIES
        for number in range(2)
        for program in ("ours", "4.7.0")
        for purposes, found in (results.agency(accounts, program)[number],)
    )
    head = ("Accounts", "Sync", "Program", *(name.capitalize() for name in PURPOSES), "All", *COSTS)
    return table(head, rows)


def _cost(found: Figures | None) -> tuple[str, ...]:
    if found is None:
        return ("-",) * len(COSTS)
    return (
        f"{found.records:,.0f}",
        f"{found.cpu:.0f}",
        f"{found.peak_mb:.0f}",
        f"{found.last_state_bytes / 1e3:.1f}",
        f"{found.requests / BASIC_PER_SECOND / HEADROOM / 60:.1f}",
    )
