"""The emulator as a server."""

import time
from collections.abc import Callable
from types import TracebackType

from integration_tests.tiktok_emulator import control
from integration_tests.tiktok_emulator.exchange import Exchange
from integration_tests.tiktok_emulator.server import Answer, Incoming, Server
from integration_tests.tiktok_emulator.site import Site
from integration_tests.tiktok_emulator.world import World


class Emulator(Site):
    """A TikTok API for Business on a loopback port, in threads of this process.

    Args:
        world: what exists; a small world when None.
        port: TCP port, 0 for any free one.
        tier: rate-limit tier to enforce; None enforces nothing.
        monotonic: seconds, for rate limits and for the request log.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        port: int = 0,
        tier: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(world, tier=tier, monotonic=monotonic)
        self._server = Server(self.answer, port)

    def __enter__(self) -> "Emulator":  # noqa: PYI034 -- typing.Self came with Python 3.11.
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Base URL, for example `http://127.0.0.1:40123`."""
        return self._server.url

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering and close all connections."""
        self._server.stop()

    def answer(self, incoming: Incoming) -> Answer:
        """Return the answer to any request; called by the server from many threads."""
        if incoming.path.startswith(control.PREFIX):
            return control.answer(self, incoming)
        return Exchange(self, incoming).answer()
