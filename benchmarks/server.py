"""The emulator with a world made to measure, as a process that takes orders.

    python -m benchmarks.server '{"accounts": 4, "campaigns": 250, "days": 1000, "adgroups": 1, "ads": 1,
                                  "active": null}'

Its first line says where it is; then each line on stdin is an order in JSON, answered by a line on stdout:
`{"latency": 0.3}`, `{"tier": "Basic"}`, `{"metrics": ["spend"]}`, `{"save": "asked.json"}`, `{"summary": true}`,
`{"purposes": true}`, `{"now": "2024-03-16T20:00:00Z"}`.
Metrics that are not in the list are refused.
"""

import json
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import Any

from integration_tests.tiktok_emulator import (
    APP_ID,
    APP_SECRET,
    PRODUCTION_TOKEN,
    Emulator,
    World,
    most_per_window,
)
from integration_tests.tiktok_emulator.growth import populate
from integration_tests.tiktok_emulator.log import LoggedRequest
from integration_tests.tiktok_emulator.metrics import metric_table
from integration_tests.tiktok_emulator.server import Answer, Incoming

NOW = "2024-03-15T20:00:00Z"
LOOK_UPS = ("oauth2/advertiser/get/", "advertiser/info/")
NEVER = datetime(2100, 1, 1, tzinfo=timezone.utc)
DAYS_OF_A_FLIGHT = 8


def world_of(*, accounts: int, campaigns: int, days: int, adgroups: int, ads: int, active: int | None) -> World:
    """Accounts in which every object delivers on every day, or those of an agency."""
    world = World(now=NOW)
    for number in range(accounts):
        account_id = world.add_account(f"Bench {number}", history_days=days).advertiser_id
        if active is None:
            populate(world, account_id, campaigns=campaigns, adgroups=adgroups, ads=ads, assets=0, plain=True)
        else:
            pause(world, account_id, campaigns, days, is_active=number < active)
    return world


def pause(world: World, account_id: str, campaigns: int, days: int, *, is_active: bool) -> None:
    """Campaigns of one ad each that delivers for some days and then pauses for as long, or never delivers."""
    now = world.clock.now()
    born = now - timedelta(days=days)
    for _ in range(campaigns):
        campaign = world.add_object("campaign", account_id, created=born)
        adgroup = world.add_object("adgroup", campaign.entity_id, created=born)
        world.add_object("ad", adgroup.entity_id, created=born, density=1000 if is_active else 0)
    for number in range(days if is_active else 0):
        if number // DAYS_OF_A_FLIGHT % 2:
            day = now.date() - timedelta(days=number)
            world.hold_back(account_id, day, NEVER, share=1000)


def purpose_of(request: LoggedRequest) -> str:
    """What a request was for."""
    asked = request.decoded
    if request.endpoint in LOOK_UPS:
        return "accounts"
    if request.endpoint != "report/integrated/get/":
        return "TopView look-ups" if asked.get("page_size") == 1 else "lists"
    if asked["dimensions"] == ["advertiser_id", "stat_time_day"]:
        return "days of the account"
    return "reports with rows" if request.rows else "reports without rows"


class Counted(Emulator):
    """An emulator that also counts the bytes of its answers, and those that it owes."""

    answered = owed = most_owed = 0

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._counting = Lock()

    def answer(self, incoming: Incoming) -> Answer:
        """Return the answer to any request."""
        with self._counting:
            self.owed += 1
            self.most_owed = max(self.most_owed, self.owed)
        answer = super().answer(incoming)
        with self._counting:
            self.owed -= 1
            self.answered += len(answer.body)
        return answer

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out an order; one for a summary ends with a clean slate."""
        if "tier" in order:
            self.enforce(order["tier"])
        if "now" in order:
            self.world.clock.set(order["now"])
        self.faults.latency = order.get("latency", self.faults.latency)
        if "metrics" in order:
            self.faults.withdraw(*set(metric_table()).difference(order["metrics"]))
        if "save" in order:
            Path(order["save"]).write_text(json.dumps([self._data_requests(), _texts()]))
        if "purposes" in order:
            return Counter(map(purpose_of, self.requests))
        return self._summary() if "summary" in order else {}

    def _data_requests(self) -> list[tuple[str, dict[str, str]]]:
        return [
            (request.endpoint, request.params)
            for request in self.requests
            if request.code == 0 and request.rows and request.endpoint not in LOOK_UPS
        ]

    def _summary(self) -> dict[str, Any]:
        entries = self.requests
        moments = [entry.monotonic for entry in entries] or [0.0]
        summary = {
            "requests": len(entries),
            "codes": Counter(entry.code for entry in entries),
            "answer_bytes": self.answered,
            "seconds": max(moments) - min(moments),
            "most_in_a_second": most_per_window(entries),
            "most_under_way": self.most_owed,
            "metrics": max(
                (len(entry.decoded.get("metrics", ())) for entry in entries if entry.code == 0), default=0
            ),
        }
        self.log.clear()
        self.answered = self.most_owed = 0
        return summary


def _texts() -> list[str]:
    """Metrics that are no numbers: names, ids and settings of the object."""
    return [name for name, metric in metric_table().items() if metric.kind == "attribute"]


def main() -> None:
    """Serve until stdin ends."""
    emulator = Counted(world_of(**json.loads(sys.argv[1])))
    with emulator:
        credentials = {
            "auth_type": "oauth2.0",
            "app_id": APP_ID,
            "secret": APP_SECRET,
            "access_token": PRODUCTION_TOKEN,
        }
        say({"url": emulator.url, "now": NOW, "credentials": credentials})
        for line in sys.stdin:
            say(emulator.obey(json.loads(line)))


def say(answer: dict[str, Any]) -> None:
    """Print an answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
