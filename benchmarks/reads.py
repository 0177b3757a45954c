"""A single read of a load by a program, measured."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.environments import FLOOR, Program, say
from benchmarks.figures import Figures, figures_of
from benchmarks.files import Files, catalog_of
from benchmarks.loads import Load
from benchmarks.measure import Cost, cost_of
from benchmarks.service import Service, serving


@contextmanager
def world(load: Load) -> Iterator[Service]:
    """An emulator with a load's world and metrics."""
    with serving(load.world) as service:
        if load.metrics:
            service.order(metrics=list(load.metrics))
        yield service


@dataclass(frozen=True)
class Reads:
    """Reads of any program.

    Args:
        files: For command lines.
        startup: What the programs cost before they do anything.
    """

    files: Files
    startup: Mapping[str, Cost]

    def read(
        self,
        program: Program,
        load: Load,
        service: Service,
        save: Path | None = None,
        **config: Any,
    ) -> Figures:
        """Have a connector read a load."""
        days = f"{load.days} days" if load.days else "all days"
        say(f"{program.name}: {load.stream}, {load.world.accounts} accounts, {days} {config or ''}")
        before = os.getloadavg()[0]
        arguments = self.command_line(program, load, service, **config)
        cost = cost_of([*program.command, *arguments], program.environment(service), self.files.folder)
        if save:
            service.order(save=str(save))
        return figures_of(cost, self.startup[program.name], service, before)

    def replay(self, requests: Path, service: Service) -> Figures:
        """Have the floor send the requests of a read again."""
        before = os.getloadavg()[0]
        arguments = [service.url, service.credentials["access_token"], str(requests)]
        cost = cost_of([*FLOOR.command, *arguments], {}, self.files.folder)
        return figures_of(cost, self.startup[FLOOR.name], service, before)

    def command_line(self, program: Program, load: Load, service: Service, **config: Any) -> list[str]:
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
