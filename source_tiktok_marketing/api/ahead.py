"""Pages that are fetched before their reader asks for them.

A list is read page by page, so that a long one takes its pages times the time of an answer. Where TikTok is slow
and nothing else is left to ask for, a sync would end with a few such lists while the limit goes by unused. So
workers that find no slice fetch pages of lists that are open. Their reader alone unpacks, judges and proves them,
in their order; until then they wait as packed bytes.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock, get_ident

import requests

from source_tiktok_marketing.api.retries import Place
from source_tiktok_marketing.api.sending import Sent

# Packed pages that wait for their reader, or are under way.
MOST_AHEAD = 64


@dataclass(frozen=True, eq=False)
class Errand:
    """A page to be fetched."""

    request: requests.PreparedRequest
    place: Place
    sent: Future[Sent] = field(default_factory=Future)


class Ahead:
    """The pages that readers will ask for; a reader is a thread, and reads one list at a time.

    Args:
        send: Sends a request.
    """

    def __init__(self, send: Callable[[requests.PreparedRequest, Place], Sent]) -> None:
        self._send = send
        self._lock = Lock()
        self._wanted: deque[Errand] = deque()
        self._errands: dict[tuple[int, str | None], Errand] = {}

    def want(self, request: requests.PreparedRequest, place: Place) -> None:
        """Note what this thread will ask for."""
        errand = Errand(request, place)
        with self._lock:
            self._errands[get_ident(), request.url] = errand
            self._wanted.append(errand)

    @property
    def has_errands(self) -> bool:
        """Whether there is a page to fetch."""
        return bool(self._wanted) and len(self._errands) - len(self._wanted) < MOST_AHEAD

    def fetch_one(self) -> bool:
        """Fetch a page; whether there was one."""
        with self._lock:
            if not self.has_errands:
                return False
            errand = self._wanted.popleft()
            errand.sent.set_running_or_notify_cancel()
        try:
            errand.sent.set_result(self._send(errand.request, errand.place))
        except Exception as error:  # noqa: BLE001  # the reader's turn
            errand.sent.set_exception(error)
        return True

    def take(self, url: str | None) -> Sent | None:
        """What came of a page that this thread has wanted; None if nobody has begun to fetch it."""
        with self._lock:
            errand = self._errands.pop((get_ident(), url), None)
            if errand is None or self._is_dropped(errand):
                return None
        return errand.sent.result()

    def forget(self) -> None:
        """Note that this thread will not ask for any more of it."""
        with self._lock:
            mine = [key for key in self._errands if key[0] == get_ident()]
            for key in mine:
                self._is_dropped(self._errands.pop(key))

    def _is_dropped(self, errand: Errand) -> bool:
        """Take back an errand that nobody has begun; whether that was in time."""
        if not errand.sent.cancel():
            return False
        self._wanted.remove(errand)
        return True
