"""The way to TikTok is encrypted, to nobody but TikTok, and no proxy on it sees what is asked."""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from source_tiktok_marketing.api.client import API_VARIABLE, PRODUCTION_HOST
from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.api.retries import CHECK_PATIENCE
from source_tiktok_marketing.settings.config import Config
from unit_tests.builders import TOKEN, VirtualClock, client_of, raw_config
from unit_tests.loopback import Loopback

ENDPOINT = "campaign/get/"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine that nobody has signed, with its key."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")]),
    )
    today = datetime.now(timezone.utc)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(pem) + key.private_bytes(pem, private, serialization.NoEncryption()))
    return path


@pytest.fixture
def encrypted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Loopback(context)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(API_VARIABLE, server.url)
    yield server
    server.close()


def test_a_host_whose_certificate_nobody_vouches_for_is_told_nothing(
    encrypted: Loopback, clock: VirtualClock
) -> None:
    with pytest.raises(ApiError, match="certificate verify failed"):
        client_of(Config.parse(raw_config()), clock, CHECK_PATIENCE).get(ENDPOINT, {})

    assert not encrypted.requests


def test_a_certificate_that_the_machine_trusts_is_trusted(
    encrypted: Loopback, clock: VirtualClock, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    assert client_of(Config.parse(raw_config()), clock, CHECK_PATIENCE).get(ENDPOINT, {}).data == {"list": []}
    assert [request.endpoint for request in encrypted.requests] == [ENDPOINT]


def test_a_proxy_learns_where_a_request_goes_and_nothing_else(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = bytearray()

    def listen(listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                seen.extend(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                seen.extend(connection.recv(65536))

    listener = socket.create_server(("127.0.0.1", 0))
    Thread(target=listen, args=[listener], daemon=True).start()
    monkeypatch.delenv(API_VARIABLE, raising=False)
    for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")

    with pytest.raises(ApiError):
        client_of(Config.parse(raw_config()), clock, CHECK_PATIENCE).get(ENDPOINT, {"advertiser_id": "7"})

    assert seen.startswith(f"CONNECT {PRODUCTION_HOST}:443 ".encode())
    assert not [word for word in (TOKEN, ENDPOINT, "advertiser_id") if word.encode() in seen]
