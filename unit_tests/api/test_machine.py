"""What is wrong with the machine's proxy or certificates is told at once: the variable, but not its value."""

import socket
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from source_tiktok_marketing.api.client import API_VARIABLE, TiktokClient
from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.settings.secrets import mask
from unit_tests.builders import VirtualClock, client_of, raw_config
from unit_tests.loopback import Loopback, Reply

PASSWORD = uuid4().hex
# Of proxies and certificates, in both cases.
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def failure_with(monkeypatch: pytest.MonkeyPatch, clock: VirtualClock) -> Callable[..., ApiError]:
    def failure_with(url: str = "https://tiktok.invalid", **variables: str) -> ApiError:
        monkeypatch.setenv(API_VARIABLE, url)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ApiError) as caught:
            client_of(Config.parse(raw_config()), clock).get("ad/get/", {})
        assert clock.waits == []
        return caught.value

    return failure_with


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "address",
    [
        "socks5://{}proxy.example:1080",
        "socks5h://{}proxy.example:1080",
        "http://{}proxy.example:port",
        "http://{}proxy.example:99999",
        "http://{}[::1:3128",
        "ftp://{}proxy.example:21",
        "http://",
        "http://{}:3128",
        "http://{}proxy example:3128",
    ],
)
def test_a_proxy_that_is_none_is_told_with_its_variable(
    name: str, address: str, failure_with: Callable[..., ApiError]
) -> None:
    error = failure_with(**{name: address.format(f"user:{PASSWORD}@")})

    assert f"the environment variable {name} holds no address of a proxy" in str(error)
    assert error.is_everywhere
    assert error.failure_type.value == "config_error"
    assert PASSWORD not in str(error)
    assert "proxy.example:1080" not in str(error)
    assert len(str(error)) < 300


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "names a file that does not exist"),
        ("", "names a file without certificates"),
        ("no certificate", "names a file without certificates"),
        ("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", "names a file without certificates"),
    ],
    ids=["missing", "empty", "text", "garbled"],
)
def test_certificates_that_are_none_are_told_with_their_variable(
    name: str, content: str | None, words: str, failure_with: Callable[..., ApiError], tmp_path: Path
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)

    error = failure_with(**{name: str(path)})

    assert f"the environment variable {name} {words}" in str(error)
    assert error.is_everywhere


def test_a_proxys_password_is_a_secret(
    monkeypatch: pytest.MonkeyPatch, tiktok: Loopback, clock: VirtualClock
) -> None:
    monkeypatch.setenv("http_proxy", tiktok.url.replace("//", f"//user:{PASSWORD}@"))
    monkeypatch.setenv(API_VARIABLE, "http://tiktok.invalid")

    client_of(Config.parse(raw_config()), clock).get("ad/get/", {})

    assert "Proxy-Authorization" in tiktok.requests[0].headers
    assert mask(PASSWORD) == "****"


@pytest.mark.parametrize("status", [301, 302, 401, 403, 404, 407, 451])
def test_what_answers_in_tiktoks_place_is_the_users_turn_after_a_short_while(
    status: int, tiktok: Loopback, clock: VirtualClock
) -> None:
    tiktok.answers(Reply(b"<html><title>Blocked by Acme Gateway</title></html>", status))

    with pytest.raises(ApiError) as caught:
        client_of(Config.parse(raw_config()), clock).get("ad/get/", {})

    assert caught.value.failure_type.value == "config_error"
    assert f"HTTP {status} with a body that is no TikTok answer (Blocked by Acme Gateway)" in str(caught.value)
    assert 2 <= len(tiktok.requests) <= 8
    assert 1 < sum(clock.waits) < 20


def test_a_gateways_hiccup_costs_nothing(tiktok: Loopback, clock: VirtualClock) -> None:
    good = tiktok.script
    replies = [Reply(b"", 403)]
    tiktok.script = lambda request: replies.pop() if replies else good(request)

    assert client_of(Config.parse(raw_config()), clock).get("ad/get/", {}).data == {"list": []}


@pytest.mark.parametrize(
    "location", ["http://[::1", "//\udcff", "http://a:b:c/", "x" * 50_000, "http://tiktok.invalid/"]
)
def test_where_a_redirect_leads_is_not_even_looked_at(
    location: str, tiktok: Loopback, clock: VirtualClock
) -> None:
    where = location.encode("utf-8", "surrogateescape").decode("latin-1")
    tiktok.answers(Reply(b"", 302, {"Location": where, "Set-Cookie": "a=b; expires=Thu, 99-Foo-9999; Max-Age=x"}))

    with pytest.raises(ApiError, match="HTTP 302"):
        client_of(Config.parse(raw_config()), clock).get("ad/get/", {})


def test_a_connection_that_nobody_takes_is_told_in_the_systems_words(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv(API_VARIABLE, f"http://127.0.0.1:{port}")
    client: TiktokClient = client_of(Config.parse(raw_config()), clock)

    with pytest.raises(ApiError, match="Connection refused"):
        client.get("ad/get/", {}, patience=1.0)
