"""Answers that come in bits, never end, explode or lie about their length: none hangs, grows or is a traceback."""

import gc
import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_tiktok_marketing.api import bodies, connections
from source_tiktok_marketing.api.bodies import UnreadableBody, unpacked
from source_tiktok_marketing.api.client import API_VARIABLE, TiktokClient
from source_tiktok_marketing.api.errors import Unavailable
from source_tiktok_marketing.settings.config import Config
from unit_tests.builders import VirtualClock, client_of, raw_config
from unit_tests.loopback import envelope

ENDPOINT = "campaign/get/"
GOOD = envelope({"list": ["found"]}).body
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD
PACKED = gzip.compress(GOOD)
ONE_SECOND = 1.0

Answer = Callable[[socket.socket], None]


class Wire:
    """A server that answers whatever bytes a test likes, one answer per connection, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            connection.recv(65536)
            self.asked += 1
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            answer(connection)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire()
    monkeypatch.setenv(API_VARIABLE, wire.url)
    yield wire
    wire.close()


@pytest.fixture
def client(wire: Wire, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> TiktokClient:  # noqa: ARG001
    monkeypatch.setattr(connections, "SECONDS_TO_SEND_AN_ANSWER", 0.3)
    for module in (connections, bodies):
        monkeypatch.setattr(module, "LONGEST_ANSWER", 1_000_000)
    monkeypatch.setattr(bodies, "LONGEST_TEXT", 1_000_000)
    return client_of(Config.parse(raw_config()), clock)


def sends(*pieces: bytes, pause: float = 0.0, for_ever: bytes = b"") -> Answer:
    def answer(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        while for_ever:
            connection.sendall(for_ever)
            time.sleep(pause)

    return answer


def bit_by_bit(data: bytes) -> Answer:
    return sends(*(data[at : at + 1] for at in range(len(data))), pause=0.01)


BOMB = gzip.compress(bytes(5_000_000))
ODD = {
    "a body byte by byte": bit_by_bit(WHOLE),
    "a head byte by byte": bit_by_bit(HEAD + b"X: " + b"y" * 1000),
    "a long pause in the middle": sends(WHOLE[:-10], b"", pause=ONE_SECOND),
    "endless chunks": sends(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", for_ever=b"400\r\n" + b" " * 1024 + b"\r\n"
    ),
    "an endless chunk": sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n", for_ever=b" " * 1024),
    "an absurd chunk": sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}"),
    "a negative chunk": sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}"),
    "no chunk at all": sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n"),
    "an endless body": sends(HEAD + b"\r\n", for_ever=b" " * 1024),
    "100 Continue for ever": sends(for_ever=b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "100 Continue now and then": sends(for_ever=b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05),
    "headers for ever": sends(b"HTTP/1.1 200 OK\r\n", for_ever=b"X-Y: z\r\n" * 100),
    "a header without end": sends(b"HTTP/1.1 200 OK\r\nX: ", for_ever=b"y" * 1024),
    "a bomb": sends(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
    "a twenty-digit length": sends(HEAD + b"Content-Length: " + b"9" * 20 + b"\r\n\r\n{}"),
    "a length of 5,000 digits": sends(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"),
    "a length in words": sends(HEAD + b"Content-Length: much\r\n\r\n{}"),
    "two lengths": sends(HEAD + b"Content-Length: 2, 3\r\n\r\n{}"),
    "a length that is not kept": sends(HEAD + b"Content-Length: 999\r\n\r\n{}"),
    "gzip that is none": sends(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
    "gzip that is cut off": sends(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 40\r\n\r\n" + PACKED[:40]),
    "an encoding that nobody asked for": sends(HEAD + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}"),
    "no HTTP": sends(b"220 mail.example ESMTP\r\n"),
    "nothing": sends(),
    "a status without a number": sends(b"HTTP/1.1 OK\r\n\r\n"),
}


# A head that the HTTP library gives up on leaves its socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_answer_is_asked_for_again_and_then_the_good_one_is_used(
    odd: Answer, wire: Wire, client: TiktokClient
) -> None:
    wire.answers = [odd, sends(WHOLE)]
    started = time.monotonic()

    assert client.get(ENDPOINT, {}).data == {"list": ["found"]}

    assert time.monotonic() - started < 15
    assert wire.asked == 2


def test_an_answer_that_is_odd_for_ever_is_told_in_one_sentence(wire: Wire, client: TiktokClient) -> None:
    for name, words in {
        "endless chunks": "an answer of more than 0 MB",
        "100 Continue now and then": "an answer that takes more than 0 s to come",
        "a twenty-digit length": "an absurd Content-Length",
        "a bomb": "HTTP 200 with a body without end",
        "gzip that is none": "HTTP 200 with a body that cannot be unpacked",
    }.items():
        wire.answers = [ODD[name]]
        with pytest.raises(Unavailable) as caught:
            client.get(ENDPOINT, {}, patience=1.0)

        assert words in str(caught.value)
        assert len(str(caught.value)) < 200


def test_the_time_for_an_answer_begins_with_its_first_byte(wire: Wire, client: TiktokClient) -> None:
    def thinks(connection: socket.socket) -> None:
        time.sleep(0.6)
        connection.sendall(WHOLE)

    wire.answers = [thinks]

    assert client.get(ENDPOINT, {}).data == {"list": ["found"]}
    assert wire.asked == 1


@pytest.mark.parametrize("name", ["endless chunks", "an endless body", "an endless chunk"])
def test_what_came_of_an_endless_answer_is_let_go(name: str, wire: Wire, client: TiktokClient) -> None:
    wire.answers = [ODD[name]]
    gc.disable()  # Cycles would keep it until the collector comes, which may be many answers later.
    try:
        tracemalloc.start()
        with pytest.raises(Unavailable):
            client.get(ENDPOINT, {}, patience=10.0)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()

    assert wire.asked > 2
    assert most > 1_000_000
    assert kept < 500_000


def test_the_bounds_leave_the_largest_page_on_a_slow_line_room() -> None:
    assert 10 * 1024 * 1024 < connections.LONGEST_ANSWER <= 16 * 1024 * 1024
    assert 30 * 1024 * 1024 <= bodies.LONGEST_TEXT <= 64 * 1024 * 1024
    assert 30 <= connections.SECONDS_TO_SEND_AN_ANSWER <= 120


# Unpacking


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "GZIP": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "gzip, gzip": lambda text: gzip.compress(gzip.compress(text)),
    "deflate,gzip": lambda text: gzip.compress(zlib.compress(text)),
}


@pytest.mark.parametrize("encoding", PACKERS)
@settings(max_examples=30)
@given(text=st.binary(max_size=5000))
def test_what_was_packed_is_unpacked(encoding: str, text: bytes) -> None:
    assert unpacked(PACKERS[encoding](text), encoding) == text


@settings(max_examples=100)
@given(body=st.binary(max_size=200), encoding=st.sampled_from([*PACKERS, "br", "zstd", ",", "gzip;q=1"]))
def test_any_body_is_unpacked_or_told_to_be_unreadable(body: bytes, encoding: str) -> None:
    with suppress(UnreadableBody):
        assert isinstance(unpacked(body, encoding), bytes)


def test_a_bomb_takes_little_more_memory_than_the_bound_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LONGEST_TEXT", 8 * bodies.PIECE)
    bomb = gzip.compress(bytes(12 * bodies.PIECE))
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableBody, match="without end"):
            unpacked(bomb, "gzip")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 10.5 * bodies.PIECE


@settings(max_examples=50)
@given(length=st.integers(0, 60), piece=st.integers(1, 20), bound=st.integers(1, 60))
def test_a_text_is_unpacked_up_to_the_bound_whatever_the_pieces(length: int, piece: int, bound: int) -> None:
    text, packed = bytes(length), gzip.compress(bytes(length))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "PIECE", piece)
        patch.setattr(bodies, "LONGEST_TEXT", bound)
        if length > bound:
            with pytest.raises(UnreadableBody, match="without end"):
                unpacked(packed, "gzip")
        elif length < bound:
            assert unpacked(packed, "gzip") == text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_a_bomb_is_not_unpacked_beyond_the_bound(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LONGEST_TEXT", 1_000_000)
    with pytest.raises(UnreadableBody, match="without end"):
        unpacked(PACKERS[encoding](bytes(50_000_000)), encoding)
