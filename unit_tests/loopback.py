"""A server on the loopback interface that answers what a test scripts, to exercise real requests."""

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

VERSION_PATH = "/open_api/v1.3/"


@dataclass(frozen=True)
class Request:
    """What the connector asked.

    Attributes:
        endpoint: Path below `/open_api/v1.3/`.
        params: The query.
        headers: The headers.
        port: The connector's end of the connection.
    """

    endpoint: str
    params: dict[str, str]
    headers: dict[str, str]
    port: int

    def json(self, name: str, default: Any = None) -> Any:
        """A parameter that holds JSON text."""
        return json.loads(self.params[name]) if name in self.params else default


@dataclass(frozen=True)
class Reply:
    """What to answer: a body, whole or cut off, or nothing at all."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    hang_up: bool = False


def envelope(data: Any = None, code: int = 0, message: str = "OK", **headers: str) -> Reply:
    """TikTok's envelope, around an empty list unless told otherwise."""
    data = {"list": []} if data is None else data
    body = {"code": code, "message": message, "request_id": "20240210120000ABCDEF", "data": data}
    return Reply(
        json.dumps(body).encode(), headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def failure(code: int, message: str = "Something is wrong.") -> Reply:
    """A failure in TikTok's envelope."""
    return envelope(code=code, message=message)


def listing(rows: list[Any], request: Request, field_name: str = "list") -> Reply:
    """The page of a listing that the request asks for, or all of it if the request knows no pages."""
    if "page_size" not in request.params:
        return envelope({field_name: rows})
    page, size = int(request.params.get("page", 1)), int(request.params["page_size"])
    page_info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size)}
    shown = [whole(row, request) for row in rows[(page - 1) * size : page * size]]
    return envelope({field_name: shown, "page_info": page_info})


def whole(row: Any, request: Request) -> Any:
    """A report row with every metric that was asked for: TikTok writes a dash for those without a value."""
    if not isinstance(row, dict) or not isinstance(row.get("metrics"), dict):
        return row
    return row | {"metrics": dict.fromkeys(request.json("metrics", []), "-") | row["metrics"]}


Script = Callable[[Request], Reply]


class _Server(ThreadingHTTPServer):
    """A server with a thread for each connection, which knows those that are open."""

    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)


class Loopback:
    """A server whose script can be exchanged; it keeps what it was asked.

    Args:
        tls: How to encrypt, if at all.
    """

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.script: Script = lambda _: envelope()
        self.requests: list[Request] = []
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answers(self, *replies: Reply) -> None:
        """Answer these in turn, and the last one for ever."""
        left = list(replies)
        self.script = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def asked(self, endpoint: str) -> list[Request]:
        """The requests to an endpoint."""
        return [request for request in self.requests if request.endpoint == endpoint]

    def reset(self) -> None:
        """Forget everything."""
        self.script = lambda _: envelope()
        self.requests = []

    def hang_up(self) -> None:
        """End the connections that clients keep alive: each has a thread, and there are thousands of tests."""
        for connection in tuple(self._server.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


def _handler_of(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:  # the name that http.server wants
            parts = urlsplit(self.path)
            request = Request(
                parts.path.removeprefix(VERSION_PATH),
                dict(parse_qsl(parts.query)),
                dict(self.headers.items()),
                self.client_address[1],
            )
            loopback.requests.append(request)
            reply = loopback.script(request)
            if reply.hang_up:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, text in reply.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(reply.promised or len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.promised:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing: the tests ask for what they need."""

    return Handler
