"""A small world, an emulator of it, and a client that does no more than it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from integration_tests.tiktok_emulator import PRODUCTION_TOKEN, SANDBOX_TOKEN, Emulator, World, small_world

REPORT = "report/integrated/get/"
SANDBOX_HOST = "sandbox-ads.tiktok.com"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def code(self) -> int:
        return self.json["code"]

    @property
    def message(self) -> str:
        return self.json["message"]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.json["data"]["list"]

    @property
    def page_info(self) -> dict[str, int]:
        return self.json["data"]["page_info"]


class Client:
    """Sends one request per call on one kept-alive connection; values that are no text become JSON."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._connection = HTTPConnection(emulator.url.removeprefix("http://"), timeout=10)

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Reply:
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())

    def get(
        self,
        endpoint: str,
        *,
        host: str = "",
        token: str | None = PRODUCTION_TOKEN,
        method: str = "GET",
        **params: Any,
    ) -> Reply:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        headers = {} if token is None else {"Access-Token": token}
        if host:
            headers["Host"] = host
        return self.send(method, f"/open_api/v1.3/{endpoint}?{urlencode(texts)}", headers)

    def sandbox(self, endpoint: str, **params: Any) -> Reply:
        return self.get(endpoint, **{"host": SANDBOX_HOST, "token": SANDBOX_TOKEN, **params})

    def report(self, **changes: Any) -> Reply:
        """Ask for a valid report, changed as told; None leaves a parameter out."""
        valid = {
            "advertiser_id": self.north,
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", "stat_time_day"],
            "metrics": ["spend", "impressions"],
            "start_date": "2024-03-01",
            "end_date": "2024-03-15",
            "page_size": 1000,
        }
        params = {name: value for name, value in {**valid, **changes}.items() if value is not None}
        return self.get(REPORT, **params)

    def pages(self, endpoint: str, **params: Any) -> list[dict[str, Any]]:
        """Return the rows of all pages."""
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            reply = self.get(endpoint, page=page, **params)
            rows += reply.rows
            if page >= reply.page_info["total_page"]:
                return rows
            page += 1

    @property
    def north(self) -> str:
        return self._account("North Shop")

    @property
    def south(self) -> str:
        return self._account("South Shop")

    @property
    def sandbox_account(self) -> str:
        return self._account("Sandbox Shop")

    def _account(self, name: str) -> str:
        accounts = self.emulator.world.accounts.values()
        return next(account.advertiser_id for account in accounts if account.name == name)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def world() -> World:
    return small_world(seed=1, now="2024-03-15T20:00:00Z")


@pytest.fixture
def emulator(world: World) -> Iterator[Emulator]:
    with Emulator(world) as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    one = Client(emulator)
    yield one
    one.close()


@pytest.fixture
def make_client() -> Iterator[Callable[[Emulator], Client]]:
    """Clients of emulators that a test starts itself."""
    made: list[Client] = []

    def make(emulator: Emulator) -> Client:
        made.append(Client(emulator))
        return made[-1]

    yield make
    for one in made:
        one.close()
