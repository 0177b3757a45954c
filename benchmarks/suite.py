"""Measures the loads of `loads.py`, one run after the other."""

import os
import platform
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timezone
from functools import partial
from statistics import median
from typing import Any

from benchmarks.agencies import Agencies
from benchmarks.environments import FLOOR, OURS, PROFILER, RIVALS, Program
from benchmarks.figures import Figures
from benchmarks.files import Files
from benchmarks.loads import (
    ACCOUNT_GROWTH,
    CASES,
    CROWD_LATENCY,
    CROWDS,
    LATENCY,
    LONG,
    PACE_DAYS,
    PACES,
    ROW_GROWTH,
    THIRTY,
    THIRTY_METRICS,
    WORKERS,
    Case,
    Load,
    many_accounts,
    reports,
)
from benchmarks.measure import Cost, cost_of
from benchmarks.profile import profile_of
from benchmarks.reads import Reads, world
from benchmarks.service import Json


@dataclass(frozen=True)
class Bench:
    """A run of the benchmark.

    Args:
        files: For what the programs read.
        runs: Repetitions.
        scale: Divides the days to read, for a trial.
    """

    files: Files
    runs: int
    scale: int

    def results(self, only: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
        """Measure everything, or a part, a section after the other."""
        for program in (OURS, FLOOR, PROFILER, *RIVALS):
            program.prepare()
        programs = (OURS, FLOOR, *RIVALS)
        yield "about", about(self.runs, self.scale)
        yield "versions", {program.name: program.versions() for program in programs}
        startup = {program.name: self.startup(program) for program in programs}
        yield "startup", {name: asdict(cost) for name, cost in startup.items()}
        reads = Reads(self.files, startup)
        sections: dict[str, Callable[[], Any]] = {
            **{case.name: partial(self.case, case, reads) for case in CASES},
            "rows": lambda: [self.ours(self.shorter(days), reads, days) for days in ROW_GROWTH],
            "accounts": lambda: [self.ours(many_accounts(one), reads, one) for one in ACCOUNT_GROWTH],
            "limit": lambda: self.at_the_limit(reads),
            "crowds": lambda: self.crowds(reads),
            "agencies": Agencies(self.files, startup).results,
            "workers": lambda: self.workers(reads),
            "profile": lambda: self.profile(reads),
        }
        for name, section in sections.items():
            if not only or name in only:
                yield name, section()

    def shorter(self, days: int) -> Load:
        """The report of 30 metrics, for some days."""
        return self.scaled(reports(THIRTY, THIRTY_METRICS, days))

    def scaled(self, load: Load) -> Load:
        """A load for a trial."""
        return replace(load, days=max(load.days // self.scale, 4)) if load.days else load

    def startup(self, program: Program) -> Cost:
        """What the program costs before it does anything: a `spec`, or a floor without a request."""
        arguments = ["spec"]
        if program is FLOOR:
            arguments = ["", "", str(self.files.write("requests", [[], []]))]
        environment = program.environment(None)
        cost_of([*program.command, *arguments], environment, self.files.folder)  # The first run compiles.
        costs = [cost_of([*program.command, *arguments], environment, self.files.folder) for _ in range(self.runs)]
        return Cost(**{field.name: median(getattr(cost, field.name) for cost in costs) for field in fields(Cost)})

    def case(self, case: Case, reads: Reads) -> Json:
        """Measure all programs in turn, again and again."""
        found: dict[str, list[Figures]] = {}
        load, runs = self.scaled(case.load), 1 if case.long else self.runs
        with world(load) as service:
            for _ in range(runs):
                requests = self.files.folder / "asked.json"
                ours = reads.read(OURS, load, service, save=requests)
                found.setdefault(OURS.name, []).append(ours)
                found.setdefault(FLOOR.name, []).append(reads.replay(requests, service))
        if case.rivals_load:
            with world(case.rivals_load) as service:
                for program in RIVALS * runs:
                    figures = reads.read(program, case.rivals_load, service)
                    found.setdefault(program.name, []).append(figures)
        return {name: asdict(Figures.median(runs)) for name, runs in found.items()}

    def ours(self, load: Load, reads: Reads, size: int) -> Json:
        """Measure this connector alone."""
        runs = 1 if size >= LONG else self.runs
        with world(load) as service:
            return asdict(Figures.median([reads.read(OURS, load, service) for _ in range(runs)]))

    def at_the_limit(self, reads: Reads) -> Json:
        """Long reads at TikTok's lowest limit, in real time, with quick and with slow answers."""
        load = self.shorter(PACE_DAYS)
        found = {}
        for latency in PACES:
            with world(load) as service:
                service.order(latency=latency, tier="Basic")
                config: Json = {"rate_limit_level": "Basic", "concurrency_level": None}
                found[str(latency)] = asdict(reads.read(OURS, load, service, **config))
        return found

    def crowds(self, reads: Reads) -> Json:
        """Reads with as many requests under way as there may be: memory must not follow them."""
        found = {}
        for name, load in CROWDS.items():
            with world(load) as service:
                service.order(latency=CROWD_LATENCY, tier="Ultimate")
                figures = reads.read(OURS, self.scaled(load), service, concurrency_level=None)
                found[name] = asdict(figures)
        return found

    def workers(self, reads: Reads) -> Json:
        """One read for each number of workers, with TikTok's latency and next to no limit."""
        load = self.shorter(200)
        found = {}
        for number in WORKERS:
            with world(load) as service:
                service.order(latency=LATENCY)
                found[str(number)] = asdict(reads.read(OURS, load, service, concurrency_level=number))
        return found

    def profile(self, reads: Reads) -> Json:
        """Where the time goes."""
        load = self.shorter(200)
        with world(load) as service:
            command = [*OURS.command, *reads.command_line(OURS, load, service)]
            return dict(profile_of(PROFILER, command, OURS.environment(service), self.files.folder))


def about(runs: int, scale: int) -> Json:
    """When and where the figures were found."""
    return {
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "runs": runs,
        "scale": scale,
        "load": os.getloadavg()[0],
    }
