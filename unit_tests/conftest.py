from collections.abc import Iterator

import pytest

from source_tiktok_marketing.api.client import API_VARIABLE
from source_tiktok_marketing.settings.secrets import forget
from unit_tests.builders import VirtualClock
from unit_tests.loopback import Loopback


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> Iterator[None]:
    """The secrets to mask are kept for the whole process."""
    forget()
    yield
    forget()


@pytest.fixture(scope="session")
def _server() -> Iterator[Loopback]:
    loopback = Loopback()
    yield loopback
    loopback.close()


@pytest.fixture
def tiktok(_server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A scripted TikTok, to which the connector is led."""
    _server.reset()
    monkeypatch.setenv(API_VARIABLE, _server.url)
    yield _server
    _server.hang_up()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()
