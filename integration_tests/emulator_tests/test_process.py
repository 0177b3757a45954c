"""The emulator as a process, and its control endpoints."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from integration_tests.tiktok_emulator import PRODUCTION_TOKEN, bench_world, small_world

if TYPE_CHECKING:
    from datetime import date

    from integration_tests.emulator_tests.conftest import Client

ROOT = Path(__file__).parents[2]
MODULE = "integration_tests.tiktok_emulator"


def control(client: Client, method: str, name: str, body: Any = None) -> Any:
    text = None if body is None else json.dumps(body).encode()
    return client.send(method, f"/__emulator__/{name}", {}, text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_prints_its_url_and_stops_on_a_signal(number: signal.Signals) -> None:
    command = [sys.executable, "-m", MODULE, "--seed", "1", "--now", "2024-03-15T20:00:00Z"]
    with subprocess.Popen(  # noqa: S603 -- our own command.
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        advertiser_id = next(iter(small_world().accounts))
        path = f"/open_api/v1.3/ad/get/?advertiser_id={advertiser_id}"
        connection.request("GET", path, headers={"Access-Token": PRODUCTION_TOKEN})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        process.send_signal(number)
        rest = process.stdout.read()
    assert (answer["code"], answer["data"]["page_info"]["total_number"]) == (0, 12)
    assert (process.returncode, rest) == (0, "")


def test_control_of_clock_faults_refusals_limits_and_reset(client: Client) -> None:
    def code() -> int:
        return client.get("ad/get/", advertiser_id=client.north).code

    assert control(client, "POST", "clock", {"now": "2024-03-16T01:00:00Z"}).json == {
        "now": "2024-03-16T01:00:00+00:00"
    }
    assert control(client, "GET", "clock").json == {"now": "2024-03-16T01:00:00+00:00"}
    rule = {"action": {"kind": "api", "code": 50002}, "endpoint": "ad/get/", "nth": 2}
    drift = {"endpoint": "adgroup/get/", "kind": "insert", "rows": 1}
    modes = {"latency": 0.001, "ad_limit": 5, "size_budget": 7, "withdrawn": ["likes"], "random": {"rate": 0.0}}
    modes["time_outs_cost"] = True
    assert control(client, "POST", "faults", {"rules": [rule], "drifts": [drift], **modes}).status == 200
    faults = client.emulator.faults
    assert (faults.latency, faults.ad_limit, faults.size_budget, faults.withdrawn) == (0.001, 5, 7, {"likes": 0})
    assert faults.time_outs_cost
    assert [code(), code(), code()] == [0, 50002, 0]
    control(client, "POST", "refusals", {"code": 40118, "advertiser_id": client.north, "endpoint": "ad/get/"})
    assert code() == 40118
    logged = control(client, "GET", "log").json
    assert [entry["code"] for entry in logged] == [0, 50002, 0, 40118]
    assert logged[0]["decoded"] == {"advertiser_id": client.north}
    control(client, "POST", "limits", {"tier": "Basic"})
    control(client, "POST", "reset")
    assert [code() for _ in range(11)] == [0] * 10 + [40100]
    assert len(client.emulator.requests) == 11


def test_control_of_tokens(client: Client) -> None:
    def codes() -> list[int]:
        return [client.get("ad/get/", token="new", advertiser_id=one).code for one in (client.north, client.south)]

    assert codes() == [40105, 40105]
    control(client, "POST", "tokens", {"token": "new", "advertiser_ids": [client.north], "scopes": [2]})
    assert codes() == [0, 40001]
    assert client.get("file/music/get/", token="new", advertiser_id=client.north).code == 40001
    control(client, "POST", "tokens", {"token": "new", "revoked": True})
    assert codes() == [40105, 40105]


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("GET", "nonsense", None, 404),
        ("GET", "faults", None, 404),
        ("POST", "faults", {"rules": [{"action": {"kind": "meteor"}}]}, 400),
        ("POST", "faults", {"rules": [{"action": {"kind": "api", "colour": 1}}]}, 400),
        ("POST", "faults", {"rules": [{"action": {"kind": "put", "path": "/code"}}]}, 400),
        ("POST", "faults", {"rules": [{"action": {"kind": "echo", "text": "morse"}}]}, 400),
        ("POST", "tokens", {"advertiser_ids": []}, 400),
        ("POST", "limits", {"tier": "Gold"}, 400),
        ("POST", "clock", {"now": "yesterday"}, 400),
    ],
)
def test_wrong_control_is_told(client: Client, method: str, name: str, body: Any, status: int) -> None:
    reply = control(client, method, name, body)
    assert reply.status == status
    assert "error" in reply.json


def test_bench_world_has_a_million_rows() -> None:
    world = bench_world()
    total = 0
    for one, account in world.accounts.items():
        first: date = account.local_day(account.created)
        last = account.local_day(world.clock.now())
        ads = len(world.entities("ad", one))
        total += ads * ((last - first).days + 1)
        sample = world.report_rows(
            one, "BASIC", "AUCTION_AD", ["ad_id", "stat_time_day"], ["spend"], start=last, end=last
        )
        assert len(sample) == ads
    assert total == 1_000_000
