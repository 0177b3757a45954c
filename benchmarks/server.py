"""The emulator with a world made to measure, as a process that takes orders.

    python -m benchmarks.server '{"accounts": 4, "campaigns": 250, "days": 1000}'

Its first line says where it is; then each line on stdin is an order in JSON, answered by a line on stdout:
`{"latency": 0.3}`, `{"tier": "Basic"}`, `{"metrics": ["spend"]}`, `{"save": "asked.json"}`, `{"summary": true}`.
Metrics that are not in the list are refused.
"""

import json
import sys
from collections import Counter
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
from integration_tests.tiktok_emulator.metrics import metric_table
from integration_tests.tiktok_emulator.server import Answer, Incoming

NOW = "2024-03-15T20:00:00Z"
LOOK_UPS = ("oauth2/advertiser/get/", "advertiser/info/")


def world_of(accounts: int, campaigns: int, days: int, adgroups: int = 1, ads: int = 1) -> World:
    """Accounts in which every object delivers on every day."""
    world = World(now=NOW)
    for number in range(accounts):
        account = world.add_account(f"Bench {number}", history_days=days)
        populate(
            world, account.advertiser_id, campaigns=campaigns, adgroups=adgroups, ads=ads, assets=0, plain=True
        )
    return world


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
        self.faults.latency = order.get("latency", self.faults.latency)
        if "metrics" in order:
            self.faults.withdraw(*set(metric_table()).difference(order["metrics"]))
        if "save" in order:
            Path(order["save"]).write_text(json.dumps([self._data_requests(), _texts()]))
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
