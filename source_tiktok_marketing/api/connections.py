"""Connections on which a request takes its slot at the last moment, and on which no answer goes on for ever.

A slot taken before names are looked up and hands are shaken would be used a quarter of a second later, side by
side with those of the connections that were open already, and TikTok would count them together.

An answer is measured where its bytes come in, headers and all: whoever sends a byte a second, or never ends, is
stopped in the middle.
"""

import io
import time
from collections.abc import Callable
from http.client import HTTPResponse
from socket import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager, ProxyManager

# The largest page of a report has 3 MB, of ads 10 MB, where they come unpacked; one waits per request under way.
LONGEST_ANSWER = 16 * 1024 * 1024
# From its first byte to its last. TikTok takes minutes to think of an answer, but not to send it.
SECONDS_TO_SEND_AN_ANSWER = 60.0


class EndlessAnswer(OSError):
    """An answer that is larger, or takes longer to come, than any answer of TikTok's."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.strerror = words


class Session(requests.Session):
    """A session that follows no redirect, and does not even look where it leads: the token goes nowhere else."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


class PacedAdapter(HTTPAdapter):
    """The adapter of requests, with connections that ask for their slot.

    Args:
        take_slot: Called in the thread of a request, when its connection stands and before its first byte is sent;
            returns when it may be.
        size: How many connections to keep open.
    """

    def __init__(self, take_slot: Callable[[], None], size: int) -> None:
        self._take_slot = take_slot
        super().__init__(pool_maxsize=size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Keep connections that ask."""
        super().init_poolmanager(*args, **kwargs)
        self._pace(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        """The same, on the way through a proxy."""
        is_new = proxy not in self.proxy_manager
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            self._pace(manager)
        return manager

    def _pace(self, manager: PoolManager) -> None:
        pools = manager.pool_classes_by_scheme.items()
        manager.pool_classes_by_scheme = {scheme: _paced(pool, self._take_slot) for scheme, pool in pools}


class Meter(io.RawIOBase):
    """The bytes of one answer, for as long as it is short enough.

    Args:
        source: Where they come from.
        connection: The socket behind it.
    """

    def __init__(self, source: io.RawIOBase, connection: socket) -> None:
        self._source = source
        self._connection = connection
        # How long to wait for the next byte.
        self._patience = connection.gettimeout()
        self._left = LONGEST_ANSWER
        self._ends_at: float | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is.

        Raises:
            EndlessAnswer: The answer is none of TikTok's.
        """
        try:
            count = self._source.readinto(buffer)
        except TimeoutError:
            self._check_time()
            raise
        self._left -= count or 0
        if self._left < 0:
            raise EndlessAnswer(f"an answer of more than {LONGEST_ANSWER >> 20} MB")
        left = self._check_time()
        self._connection.settimeout(left if self._patience is None else min(left, self._patience))
        return count

    def _check_time(self) -> float:
        """The seconds that are left; the first byte starts them."""
        now = time.monotonic()
        self._ends_at = self._ends_at or now + SECONDS_TO_SEND_AN_ANSWER
        if now >= self._ends_at:
            raise EndlessAnswer(f"an answer that takes more than {SECONDS_TO_SEND_AN_ANSWER:.0f} s to come")
        return self._ends_at - now

    def close(self) -> None:
        """Let go of the connection."""
        self._source.close()
        super().close()


class MeteredResponse(HTTPResponse):
    """A response whose bytes are counted, those of its headers and of every `100 Continue` before it included."""

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(Meter(self.fp.detach(), sock))


def _paced(pool: type[HTTPConnectionPool], take_slot: Callable[[], None]) -> type[HTTPConnectionPool]:
    class Connection(pool.ConnectionCls):  # type: ignore[misc,name-defined]  # the class is a value here
        response_class = MeteredResponse

        def request(self, *args: Any, **kwargs: Any) -> None:
            if self.is_closed:
                self.connect()
            take_slot()
            super().request(*args, **kwargs)

    return type("PacedPool", (pool,), {"ConnectionCls": Connection})
