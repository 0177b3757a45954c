"""One request on its way: it waits for its slot, goes out once, and its answer is read as packed bytes."""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import local
from typing import Any

import requests

from source_tiktok_marketing.api.answers import FAILURES
from source_tiktok_marketing.api.bodies import ACCEPTED_ENCODING, packed_body
from source_tiktok_marketing.api.connections import PacedAdapter, Session
from source_tiktok_marketing.api.machine import settings_of_machine
from source_tiktok_marketing.api.rate_limits import RequestBudget
from source_tiktok_marketing.api.retries import Place
from source_tiktok_marketing.api.sharing import Waiting

# Heavy report queries take TikTok minutes; a dead connection should not.
CONNECT_TIMEOUT, READ_TIMEOUT = 10, 150


class Slot(local):
    """What a thread asks the budget for, and what it got.

    Attributes:
        place: Endpoint and account of the thread's request.
        sent_at: When it went out, by the clock of the budget.
        left: The same by the machine's clock, since TikTok's time cannot be hastened.
    """

    place: Place
    sent_at: float = float("-inf")
    left: float


@dataclass(frozen=True)
class Sent:
    """A request that was sent once, and what came.

    Attributes:
        sent_at: When it went out, by the clock of the budget.
        seconds: How long it took after that.
        response: What came; an empty one if nothing did.
        packed: Its body as it came from the network.
        error: Why nothing came.
    """

    sent_at: float
    seconds: float
    response: requests.Response = field(default_factory=requests.Response)
    packed: bytes = b""
    error: Exception | None = None


class Sender:
    """Sends requests over connections that stay open.

    Args:
        budget: Slots for requests.
        connections: How many of them to keep open.
        url: Where requests go.
    """

    def __init__(self, budget: RequestBudget, connections: int, url: str) -> None:
        self.session = Session()
        self.session.headers["Accept-Encoding"] = ACCEPTED_ENCODING
        self._adapter = PacedAdapter(self._take_slot, connections)
        self.session.mount("https://", self._adapter)
        self.session.mount("http://", self._adapter)
        self._budget = budget
        self._url = url
        self._slot = Slot()
        # The threads that wait for a slot, or with their answer for room to unpack it.
        self.waiting = Waiting()
        self.went_out: Callable[[], None] = _nobody_minds

    def send(self, request: requests.PreparedRequest, place: Place) -> Sent:
        """Send a request when the budget lets it, and read its answer."""
        # A connection that stands idle for the minutes of a pause would be closed by TikTok.
        self._budget.wait_out_pause()
        self._slot.place = place
        self._slot.left = time.monotonic()
        try:
            response = self.session.send(
                request, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), allow_redirects=False, **self._machine
            )
            packed = packed_body(response)
        except FAILURES as error:
            _let_go_of_frames(error)
            return Sent(self._slot.sent_at, time.monotonic() - self._slot.left, error=error)
        return Sent(self._slot.sent_at, time.monotonic() - self._slot.left, response, packed)

    @cached_property
    def _machine(self) -> Mapping[str, Any]:
        return settings_of_machine(self.session, self._adapter, self._url)

    def _take_slot(self) -> None:
        """Wait until this thread's request may go out; its connection stands."""
        with self.waiting:
            self._slot.sent_at = self._budget.acquire(*self._slot.place)
        self._slot.left = time.monotonic()
        self.went_out()


def _let_go_of_frames(error: BaseException | None) -> None:
    """Drop what the libraries held when they failed: megabytes of an answer, in cycles that are collected late."""
    while error:
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _nobody_minds() -> None:
    """A check has no workers."""
