"""What the tests are made of: published facts, configurations, and a clock on which waiting takes no time."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import pendulum

from source_tiktok_marketing.accounts.account_infos import INFO_ENDPOINT
from source_tiktok_marketing.accounts.account_list import LIST_ENDPOINT
from source_tiktok_marketing.accounts.accounts import Accounts
from source_tiktok_marketing.api.client import PRODUCTION_HOST, SANDBOX_HOST, Api, TiktokClient
from source_tiktok_marketing.api.codes import rule_of
from source_tiktok_marketing.api.errors import Answer
from source_tiktok_marketing.api.limits import Limits
from source_tiktok_marketing.api.rate_limits import RequestBudget
from source_tiktok_marketing.api.retries import ENDLESS, SYNC_PATIENCE, Patience
from source_tiktok_marketing.catalog.streams import STREAMS, Row
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.settings.config import Config

DATA = Path(__file__).parent / "data"
PUBLISHED: dict[str, Any] = json.loads((DATA / "published_streams.json").read_text())
METRIC_LEVELS: dict[str, Any] = json.loads((DATA / "metric_levels.json").read_text())["metrics"]

# Random, so that a test which looks for them in an output can only find a leak.
TOKEN, SECRET = uuid4().hex, uuid4().hex
APP_ID = "7300000000000000001"
CONNECTIONS = 20
ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT = "7310000000000000101", "7310000000000000102", "7310000000000000103"

ROWS = {row.name: row for row in STREAMS}


def raw_config(credentials: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A configuration as a user has it, for all accounts in production, with some fields changed."""
    oauth = {"auth_type": "oauth2.0", "app_id": APP_ID, "secret": SECRET, "access_token": TOKEN}
    return {"credentials": oauth | (credentials or {}), **fields}


def sandbox_config(**fields: Any) -> dict[str, Any]:
    """A configuration for the sandbox."""
    sandbox = {"auth_type": "sandbox_access_token", "advertiser_id": ACCOUNT, "access_token": TOKEN}
    return {"credentials": sandbox, **fields}


class VirtualClock(Clock):
    """A clock that stands still until somebody waits; then the wait is over at once.

    Args:
        start: What it shows at first.
    """

    def __init__(self, start: str = "2024-02-10T12:00:00Z") -> None:
        moment = pendulum.parse(start)
        assert isinstance(moment, pendulum.DateTime)  # noqa: S101  # for the type
        self._start = moment
        self._elapsed = 0.0
        self._lock = Lock()
        self.waits: list[float] = []
        self.meanwhile: Callable[[], None] | None = None

    def now(self) -> pendulum.DateTime:
        """The moment, in UTC."""
        return self._start.add(seconds=self._elapsed)

    def compare_with(self, date: str | None) -> None:
        """Stay as it is: the scripted TikTok has the machine's clock."""

    def monotonic(self) -> float:
        """Seconds since some time before the start."""
        return 1000.0 + self._elapsed

    def sleep(self, seconds: float) -> None:
        """Let the time pass, and let `meanwhile` happen once."""
        happening, self.meanwhile = self.meanwhile, None
        if happening:
            happening()
        if seconds > 0:
            with self._lock:
                self._elapsed += seconds
                self.waits.append(seconds)


def _api(config: Config) -> Api:
    return Api(SANDBOX_HOST if config.sandbox else PRODUCTION_HOST, config.access_token, CONNECTIONS)


def client_of(
    config: Config, clock: Clock, patience: Patience = SYNC_PATIENCE, limits: Limits | None = None
) -> TiktokClient:
    """A client without a pace, unless limits are given."""
    return TiktokClient(_api(config), RequestBudget(clock, limits or Limits()), clock, patience)


class KnowingClient(TiktokClient):
    """A client that knows which accounts there are, so that only a test's own requests go out.

    Args:
        infos: What `advertiser/info/` says, by account.
        config: Token and environment.
        clock: Where waiting happens.
    """

    def __init__(self, infos: dict[str, dict[str, Any]], config: Config, clock: Clock) -> None:
        budget = RequestBudget(clock, Limits())
        super().__init__(_api(config), budget, clock, SYNC_PATIENCE)
        self._infos = infos

    def get(self, endpoint: str, params: Mapping[str, str], patience: float = ENDLESS) -> Answer:
        """Ask the server for what is not about accounts."""
        if endpoint not in (LIST_ENDPOINT, INFO_ENDPOINT):
            return super().get(endpoint, params, patience)
        rows = [{"advertiser_id": id_, **info} for id_, info in self._infos.items()]
        return Answer(rule_of(0), 0, "OK", data={"list": rows})


def context_of(
    raw: dict[str, Any], clock: Clock | None = None, infos: dict[str, dict[str, Any]] | None = None
) -> Context:
    """What the streams of a sync share; with `infos`, the accounts are known."""
    config, clock = Config.parse(raw), clock or VirtualClock()
    client = client_of(config, clock) if infos is None else KnowingClient(infos, config, clock)
    return Context(config, client, Accounts(config, client, clock), clock)


def names(rows: tuple[Row, ...]) -> list[str]:
    """Test ids for catalogue rows."""
    return [row.name for row in rows]
