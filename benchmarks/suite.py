"""Measures the loads of `loads.py`, one run after the other."""

import os
import platform
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.agencies import Agencies
from benchmarks.environments import FLOOR, OURS, PROFILER, RIVALS, Program, say
from benchmarks.figures import Figures, figures_of
from benchmarks.files import Files, catalog_of
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
from benchmarks.service import Json, Service, serving


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
        sections: dict[str, Callable[[], Any]] = {
            **{case.name: partial(self.case, case, startup) for case in CASES},
            "rows": lambda: [self.ours(self.shorter(days), startup, days) for days in ROW_GROWTH],
            "accounts": lambda: [self.ours(many_accounts(one), startup, one) for one in ACCOUNT_GROWTH],
            "limit": lambda: self.at_the_limit(startup),
            "crowds": lambda: self.crowds(startup),
            "agencies": Agencies(self.files, startup).results,
            "workers": lambda: self.workers(startup),
            "profile": self.profile,
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

    def case(self, case: Case, startup: dict[str, Cost]) -> Json:
        """Measure all programs in turn, again and again."""
        found: dict[str, list[Figures]] = {}
        load, runs = self.scaled(case.load), 1 if case.long else self.runs
        with self.world(load) as service:
            for _ in range(runs):
                requests = self.files.folder / "asked.json"
                ours = self.read(OURS, load, service, startup, save=requests)
                found.setdefault(OURS.name, []).append(ours)
                found.setdefault(FLOOR.name, []).append(self.replay(requests, service, startup))
        if case.rivals_load:
            with self.world(case.rivals_load) as service:
                for program in RIVALS * runs:
                    figures = self.read(program, case.rivals_load, service, startup)
                    found.setdefault(program.name, []).append(figures)
        return {name: asdict(Figures.median(runs)) for name, runs in found.items()}

    def ours(self, load: Load, startup: dict[str, Cost], size: int) -> Json:
        """Measure this connector alone."""
        runs = 1 if size >= LONG else self.runs
        with self.world(load) as service:
            return asdict(Figures.median([self.read(OURS, load, service, startup) for _ in range(runs)]))

    def at_the_limit(self, startup: dict[str, Cost]) -> Json:
        """Long reads at TikTok's lowest limit, in real time, with quick and with slow answers."""
        load = self.shorter(PACE_DAYS)
        found = {}
        for latency in PACES:
            with self.world(load) as service:
                service.order(latency=latency, tier="Basic")
                config: Json = {"rate_limit_level": "Basic", "concurrency_level": None}
                found[str(latency)] = asdict(self.read(OURS, load, service, startup, **config))
        return found

    def crowds(self, startup: dict[str, Cost]) -> Json:
        """Reads with as many requests under way as there may be: memory must not follow them."""
        found = {}
        for name, load in CROWDS.items():
            with self.world(load) as service:
                service.order(latency=CROWD_LATENCY, tier="Ultimate")
                figures = self.read(OURS, self.scaled(load), service, startup, concurrency_level=None)
                found[name] = asdict(figures)
        return found

    def workers(self, startup: dict[str, Cost]) -> Json:
        """One read for each number of workers, with TikTok's latency and next to no limit."""
        load = self.shorter(200)
        found = {}
        for number in WORKERS:
            with self.world(load) as service:
                service.order(latency=LATENCY)
                found[str(number)] = asdict(self.read(OURS, load, service, startup, concurrency_level=number))
        return found

    def profile(self) -> Json:
        """Where the time goes."""
        load = self.shorter(200)
        with self.world(load) as service:
            command = [*OURS.command, *self.arguments(OURS, load, service)]
            return dict(profile_of(PROFILER, command, OURS.environment(service), self.files.folder))

    # A single run

    @contextmanager
    def world(self, load: Load) -> Iterator[Service]:
        """An emulator with the load's world and metrics."""
        with serving(load.world) as service:
            if load.metrics:
                service.order(metrics=list(load.metrics))
            yield service

    def read(
        self,
        program: Program,
        load: Load,
        service: Service,
        startup: dict[str, Cost],
        save: Path | None = None,
        **config: Any,
    ) -> Figures:
        """Have a connector read a load."""
        days = f"{load.days} days" if load.days else "all days"
        say(f"{program.name}: {load.stream}, {load.world.accounts} accounts, {days} {config or ''}")
        before = os.getloadavg()[0]
        arguments = self.arguments(program, load, service, **config)
        cost = cost_of([*program.command, *arguments], program.environment(service), self.files.folder)
        if save:
            service.order(save=str(save))
        return figures_of(cost, startup[program.name], service, before)

    def replay(self, requests: Path, service: Service, startup: dict[str, Cost]) -> Figures:
        """Have the floor send the requests of a read again."""
        before = os.getloadavg()[0]
        arguments = [service.url, service.credentials["access_token"], str(requests)]
        cost = cost_of([*FLOOR.command, *arguments], {}, self.files.folder)
        return figures_of(cost, startup[FLOOR.name], service, before)

    def arguments(self, program: Program, load: Load, service: Service, **config: Any) -> list[str]:
        """The command line of a read, with its files."""
        end = datetime.fromisoformat(service.now.removesuffix("Z")).date() - timedelta(days=1)
        first = end - timedelta(days=(load.days or load.world.days) - 1)
        dates = {"start_date": str(first), **({"end_date": str(end)} if load.days else {})}
        stream = {
            "name": load.stream,
            "json_schema": {},
            "supported_sync_modes": ["full_refresh", "incremental"],
            "source_defined_cursor": True,
        }
        whole = {"credentials": service.credentials, **dates, **program.config, **config}
        return self.files.command_line("read", config=whole, catalog=catalog_of(stream))


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
