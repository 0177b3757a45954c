"""One run, from its seed to all that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from random import Random
from threading import Timer
from time import monotonic
from typing import Any

from integration_tests.connector import Connector, Json, Output, configured, production_config, stored_state
from integration_tests.forks import Forked
from integration_tests.fuzz.chaos import Chaos
from integration_tests.fuzz.endpoints import GRANTED, INFO, fields_of
from integration_tests.fuzz.inputs import file_of
from integration_tests.fuzz.mutations import FAMILIES
from integration_tests.fuzz.rules import MOST_SECONDS, Run, TwoSyncs, breaches
from integration_tests.tiktok_emulator import APP_ID, Emulator, Token, World, populate
from integration_tests.tiktok_emulator.faults import Faults
from integration_tests.truth import Key, expected, production_accounts

NOW, START = "2024-03-15T20:00:00Z", date(2024, 3, 6)
# Nothing else in any output looks like these, and they change in every spelling.
TOKEN, SECRET = "tok/8f+3A=%c1zQ9", "sec/5d+7B=%e4xW2"
LOOK_UPS = (GRANTED, INFO)
# TikTok's throttling may be waited out for a day, and for another one in the next window.
HASTE = {"TIKTOK_MARKETING_CLOCK_SPEED": "50000"}
# What a hostile configuration may be about, beside the settings of every run.
FURTHER_SETTINGS: Json = {
    "end_date": "2024-03-14",
    "rate_limit_level": "Basic",
    "rate_limit_share": 50,
    "report_granularity": 7,
    "excluded_advertiser_ids": ["7311111111111111111"],
    "additional_metrics": ["profile_visits"],
    "custom_reports": [
        {
            "name": "spend_by_country",
            "report_type": "BASIC",
            "level": "CAMPAIGN",
            "granularity": "DAILY",
            "dimensions": ["country_code"],
            "metrics": ["spend", "clicks"],
            "filters": [
                {"field_name": "campaign_status", "filter_type": "IN", "filter_value": "STATUS_DELIVERY_OK"}
            ],
        }
    ],
}
MOST_TOLD = 30
RATES = (0.05, 0.2, 0.5, 1.0)


class House:
    """What all runs share and none changes: a tiny world, and what it holds.

    Args:
        streams: The published streams, by name.
    """

    def __init__(self, streams: Mapping[str, Json]) -> None:
        self.streams = streams
        self.world = World(now=NOW)
        # Ten days; one account has lists of two pages.
        for name, zone, assets in (("North Shop", "America/Los_Angeles", 120), ("South Shop", "Asia/Tokyo", 3)):
            account = self.world.add_account(name, zone, history_days=10)
            populate(self.world, account.advertiser_id, campaigns=4, adgroups=1, ads=2, assets=assets)
        self.accounts = production_accounts(self.world)
        self.fields = fields_of(streams)
        self._truth: dict[tuple[str, bool], dict[Key, Json]] = {}

    def truth(self, name: str, *, include_deleted: bool) -> dict[Key, Json]:
        """All that a stream must hold."""
        key = (name, include_deleted)
        if key not in self._truth:
            self._truth[key] = expected(self.world, self.streams[name], START, include_deleted=include_deleted)
        return self._truth[key]

    def emulator(self) -> Emulator:
        """An API before the world, with an app of its own."""
        emulator = Emulator(self.world)
        emulator.access.secret = SECRET
        emulator.access.tokens[TOKEN] = Token()
        return emulator


@dataclass(frozen=True)
class Plan:
    """What a seed stands for."""

    seed: int
    names: tuple[str, ...]
    config: Json
    families: tuple[str, ...]
    rate: float
    spared: tuple[str, ...]
    command: str
    hostile_file: str

    @classmethod
    def of(cls, seed: int, streams: Mapping[str, Json]) -> "Plan":
        """Draw it."""
        rng = Random(seed)
        settings = {
            "start_date": str(START),
            "attribution_window": rng.choice((0, 0, 3)),
            "concurrency_level": rng.choice((1, 4)),
            "include_deleted": rng.random() < 1 / 4,
        }
        hostile = rng.choice((*[""] * 7, "config", "state", "catalog"))
        commands = {"": ["read"] * 7 + ["check"], "config": ["check", "check", "discover", "read"]}
        return cls(
            seed=seed,
            names=_some(rng, streams),
            config=production_config(
                credentials={"auth_type": "oauth2.0", "app_id": APP_ID, "secret": SECRET, "access_token": TOKEN},
                **settings,
            ),
            families=tuple(rng.sample(sorted(FAMILIES), rng.choice((1, 1, 2, 4)))) if not hostile else (),
            rate=rng.choice(RATES),
            spared=LOOK_UPS if rng.random() < 3 / 4 else (),
            command=rng.choice(commands.get(hostile, ["read"])),
            hostile_file=hostile,
        )

    def __str__(self) -> str:
        """What is drawn, for people."""
        drawn = {name: value for name, value in vars(self).items() if name != "config"}
        settings = {name: value for name, value in self.config.items() if name != "credentials"}
        return f"{drawn} {settings}"


def _some(rng: Random, streams: Mapping[str, Json]) -> tuple[str, ...]:
    """Some streams, of which at most one takes a request for each day."""
    names = rng.sample(sorted(streams), rng.randint(2, 5))
    hourly = [name for name in names if name.endswith("hourly")]
    return tuple(name for name in names if name not in hourly[1:])


@dataclass
class Fuzzed:
    """A run by its seed.

    Attributes:
        folder: Where its files go.
        only: Fingerprints of the requests that may be hit; None for all that the seed hits.
    """

    seed: int
    house: House
    folder: Path
    only: frozenset[str] | None = None
    chaos: Chaos = field(init=False)

    def __post_init__(self) -> None:
        """Draw what will happen."""
        self.chaos = Chaos(
            seed=self.seed,
            families=self.plan.families,
            rate=self.plan.rate if self.plan.families else 0.0,
            spared=self.plan.spared,
            only=self.only,
            lore=self.house.fields,
            accounts=self.house.accounts,
            secrets=(TOKEN, SECRET),
        )

    @cached_property
    def plan(self) -> Plan:
        """What the seed stands for."""
        return Plan.of(self.seed, self.house.streams)

    def breaches(self) -> list[str]:
        """Run, and tell all that is wrong."""
        with self.house.emulator() as emulator:
            emulator.faults = self.chaos
            connector = Connector(emulator.url, self.folder, NOW, HASTE)
            if self.plan.hostile_file:
                return breaches(self._run_with_hostile_file(connector))
            first = self._run(connector, self.plan.command)
            found = breaches(first)
            if self.plan.command != "read" or any("every_line_is_a_message" in line for line in found):
                return found
            emulator.faults = Faults()
            second = self._run(connector, "read", state=first.output.last_states)
            return [*found, *breaches(second), *self._compared(first, second).breaches()]

    def report(self, found: list[str]) -> str:
        """What is wrong, and all that it takes to see it again."""
        lines = [f"seed {self.seed}: {self.plan}", *(f"  - {line}" for line in found)]
        struck, more = self.chaos.struck[:MOST_TOLD], self.chaos.struck[MOST_TOLD:]
        return "\n".join([*lines, *(f"    {one}" for one in struck), *(["    ..."] if more else [])])

    def _run(self, connector: Connector, command: str, **changes: Any) -> Run:
        files: Json = {"config": self.plan.config}
        if command == "read":
            files["catalog"] = configured(list(self.house.streams.values()), *self.plan.names)
        began = monotonic()
        with connector.start(command, **{**files, **changes}) as process:
            watch = Timer(MOST_SECONDS, process.kill)
            watch.start()
            stdout, stderr = process.communicate()
            watch.cancel()
        return Run(
            command=command,
            output=Output(process.returncode, stdout, stderr),
            seconds=monotonic() - began,
            megabytes=process.most_megabytes if isinstance(process, Forked) else 0.0,
            streams=self.house.streams,
            asked=() if "catalog" in changes else self.plan.names,
            secrets=(TOKEN, SECRET),
        )

    def _run_with_hostile_file(self, connector: Connector) -> Run:
        rng, name = Random(f"{self.seed} file"), self.plan.hostile_file
        honest = {
            "config": {**self.plan.config, **FURTHER_SETTINGS, "advertiser_ids": list(self.chaos.accounts)},
            "catalog": configured(list(self.house.streams.values()), *self.plan.names),
            "state": [
                stored_state(name, field, dict.fromkeys(self.chaos.accounts, "2024-03-10"))
                for name in self.plan.names
                for field in self.house.streams[name].get("default_cursor_field", [])
            ],
        }
        return self._run(connector, self.plan.command, **{name: file_of(rng, honest[name], self.folder)})

    def _compared(self, first: Run, second: Run) -> TwoSyncs:
        names, include_deleted = self.plan.names, bool(self.plan.config["include_deleted"])
        truth = {name: self.house.truth(name, include_deleted=include_deleted) for name in names}
        spoilt = {name: self.chaos.spoilt(self.house.streams[name]) for name in names}
        return TwoSyncs(first, second, truth, spoilt)
