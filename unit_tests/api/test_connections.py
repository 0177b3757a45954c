"""When a request takes its slot: behind the handshake, and before its first byte."""

import pytest
from urllib3.connection import HTTPConnection

from source_tiktok_marketing.api.client import TiktokClient
from source_tiktok_marketing.api.errors import Unavailable
from source_tiktok_marketing.api.limits import Limits
from source_tiktok_marketing.settings.config import Config
from unit_tests.builders import VirtualClock, client_of, raw_config
from unit_tests.loopback import Loopback

ENDPOINT = "campaign/get/"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch, client: TiktokClient) -> list[str]:
    """What happens on the way of a request, in order."""
    happened: list[str] = []
    connect, acquire = HTTPConnection.connect, client.budget.acquire

    def connecting(connection: HTTPConnection) -> None:
        happened.append("connect")
        connect(connection)

    def acquiring(*place: str | None) -> float:
        happened.append("slot")
        return acquire(*place)  # type: ignore[arg-type]

    monkeypatch.setattr(HTTPConnection, "connect", connecting)
    monkeypatch.setattr(client.budget, "acquire", acquiring)
    return happened


@pytest.fixture
def client(tiktok: Loopback, clock: VirtualClock) -> TiktokClient:  # noqa: ARG001  # where it leads
    return client_of(Config.parse(raw_config()), clock, limits=Limits.of("Basic"))


def test_a_slot_is_taken_when_the_connection_stands(events: list[str], client: TiktokClient) -> None:
    client.get(ENDPOINT, {})
    client.get(ENDPOINT, {})

    assert events == ["connect", "slot", "slot"]


def test_through_a_proxy_too(
    events: list[str], client: TiktokClient, tiktok: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", tiktok.url)
    monkeypatch.setenv("no_proxy", "")
    client.get(ENDPOINT, {})

    assert events == ["connect", "slot"]


def test_a_connection_that_cannot_be_opened_takes_no_slot(
    events: list[str], client: TiktokClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: HTTPConnection) -> None:
        events.append("refused")
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(HTTPConnection, "connect", refused)
    with pytest.raises(Unavailable, match="Connection refused"):
        client.get(ENDPOINT, {}, patience=4.0)

    assert set(events) == {"refused"}


def test_a_pause_is_waited_out_before_a_connection_is_opened(
    events: list[str], client: TiktokClient, clock: VirtualClock
) -> None:
    client.budget.throttled(clock.monotonic(), "QPM limit")
    clock.meanwhile = lambda: events.append("wait")

    client.get(ENDPOINT, {})

    assert events == ["wait", "connect", "slot"]
