"""The HTTP server: HTTP/1.1 with keep-alive, one thread per connection, one write per answer."""

import socket
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from integration_tests.tiktok_emulator.wires import CUT, RESET, WHOLE, send

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
_ABORT = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Incoming:
    """A request as it came over the wire."""

    method: str
    path: str
    params: dict[str, str]
    host: str
    token: str
    body: bytes
    takes_gzip: bool = False


@dataclass(frozen=True)
class Answer:
    """What goes back.

    Attributes:
        headers: further headers, or others; None takes one away.
        transport: how it travels, see `wires.py`.
        seconds: pause between the pieces in which it travels.
    """

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str | None] = field(default_factory=dict)
    transport: str = WHOLE
    seconds: float = 0.0

    def head(self, changes: Mapping[str, str | None] | None = None) -> bytes:
        """Return status line and headers."""
        usual = {"Content-Type": self.content_type, "Content-Length": str(len(self.body))}
        headers = {**usual, **self.headers, **(changes or {})}
        lines = [
            f"HTTP/1.1 {self.status} {responses.get(self.status, 'Unknown')}",
            *(f"{name}: {value}" for name, value in headers.items() if value is not None),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    @property
    def last(self) -> bool:
        """Whether the connection is of no use afterwards: nobody knows where the answer ends."""
        return self.transport in CUT or "Content-Length" in self.headers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def do_GET(self) -> None:
        """Answer one request; the name is what the base class calls."""
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        incoming = Incoming(
            method=self.command,
            path=url.path,
            params=dict(parse_qsl(url.query, keep_blank_values=True)),
            host=self.headers.get("Host", ""),
            token=self.headers.get("Access-Token", ""),
            body=self.rfile.read(length),
            takes_gzip="gzip" in self.headers.get("Accept-Encoding", ""),
        )
        self._send(self.server.respond(incoming))

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 -- the names of the base class.

    def _send(self, answer: Answer) -> None:
        self.close_connection = self.close_connection or answer.last
        if answer.transport == RESET:
            # Closing with a zero linger time sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            self.connection.close()
            return
        send(self.wfile, answer)

    def log_message(self, *_: Any) -> None:
        """Stay silent: the request log is the log."""


class Server(ThreadingHTTPServer):
    """A loopback server in threads of this process.

    Args:
        respond: what answers requests; called from many threads.
        port: TCP port, 0 for any free one.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, respond: Callable[[Incoming], Answer], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.respond = respond
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and close the connections that clients keep alive."""
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and serve it in a thread."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors of the emulator; a client that goes away is none."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
