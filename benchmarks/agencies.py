"""What agencies cost: many accounts of which few run ads, a first sync of all streams and one a day later."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.environments import NEWER, OURS, Program, say
from benchmarks.figures import figures_of
from benchmarks.files import Files, catalog_of
from benchmarks.loads import AGENCIES, AGENCY_DAYS, LARGEST_OF_RIVAL, agency
from benchmarks.measure import Cost, cost_of
from benchmarks.service import Json, Service, serving

# Airbyte's release asks for these in a way that TikTok refuses by its own documents.
REFUSED = frozenset({"advertisers_audience_reports_lifetime", "pixel_instant_page_events"})
# The emulator has no limit here, and nobody needs to wait for one.
HURRY = {"TIKTOK_MARKETING_CLOCK_SPEED": "1000"}


@dataclass(frozen=True)
class Agencies:
    """Syncs of the streams that Airbyte's release has.

    Args:
        files: For command lines.
        startup: What the programs cost before they do anything.
    """

    files: Files
    startup: Mapping[str, Cost]

    def results(self) -> Json:
        """Both syncs of each program, by number of accounts."""
        found: Json = {}
        for accounts in AGENCIES:
            programs = (OURS, NEWER) if accounts <= LARGEST_OF_RIVAL else (OURS,)
            for program in programs:
                with serving(agency(accounts)) as service:
                    found.setdefault(str(accounts), {})[program.name] = list(
                        self._syncs(program, service, accounts)
                    )
        return found

    def _syncs(self, program: Program, service: Service, accounts: int) -> Iterator[Json]:
        catalog = catalog_of(*self._published(service))
        moment, states = datetime.fromisoformat(service.now.removesuffix("Z")), dict[str, Any]()
        start = moment.date() - timedelta(days=AGENCY_DAYS - 1)
        for number in (1, 2):
            say(f"{program.name}: {accounts} accounts, sync {number}")
            now = f"{moment.isoformat()}Z"
            service.order(now=now)
            dates = {"start_date": str(start), "end_date": str(moment.date())}
            config = {"credentials": service.credentials, **dates, **program.config}
            line = self.files.command_line("read", config=config, catalog=catalog, state=list(states.values()))
            before = os.getloadavg()[0]
            here = {**program.environment(service), **HURRY, "TIKTOK_MARKETING_NOW": now}
            cost = cost_of([*program.command, *line], here, self.files.folder, lambda text: _keep(text, states))
            purposes = service.order(purposes=True)
            figures = figures_of(cost, self.startup[program.name], service, before)
            yield {"purposes": purposes, "figures": asdict(figures)}
            moment += timedelta(days=1)

    def _published(self, service: Service) -> list[Json]:
        """What Airbyte's release discovers."""
        found: list[Json] = []

        def keep(line: bytes) -> None:
            message = json.loads(line)
            streams = message["catalog"]["streams"] if message["type"] == "CATALOG" else []
            found.extend(stream for stream in streams if stream["name"] not in REFUSED)

        line = self.files.command_line("discover", config={"credentials": service.credentials})
        cost_of([*NEWER.command, *line], NEWER.environment(service), self.files.folder, keep)
        return found


def _keep(line: bytes, states: dict[str, Any]) -> None:
    """Note the last state of each stream."""
    if b'"STATE"' not in line:
        return
    message = json.loads(line)
    if message["type"] == "STATE":
        state = message["state"]
        states[state["stream"]["stream_descriptor"]["name"]] = state
