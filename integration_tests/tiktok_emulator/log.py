"""What the emulator was asked and what it answered."""

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from integration_tests.tiktok_emulator.parameters import decoded

TRANSPORT_FAILURE = -1
"""The `code` of an answer that never arrived whole, or that was no envelope."""


@dataclass(frozen=True)
class LoggedRequest:
    """One request.

    Attributes:
        number: position, from 1.
        method: HTTP method.
        endpoint: path after `/open_api/v1.3/`.
        params: parameters as sent, decoded from the URL only.
        host: the `Host` header.
        token: the `Access-Token` header.
        sandbox: whether the host named the sandbox.
        status: HTTP status answered; 0 when the connection was cut.
        code: API code answered; -1 when there was no whole envelope.
        fault: kinds of the faults applied, joined by `+`; empty for an honest answer.
        unknown_params: parameters that TikTok does not know and ignores.
        rows: rows in the answer.
        monotonic: moment of arrival on the monotonic clock, seconds.
        utc: emulated moment of arrival, ISO.
    """

    number: int
    method: str
    endpoint: str
    params: dict[str, str]
    host: str
    token: str
    sandbox: bool
    status: int
    code: int
    fault: str
    unknown_params: tuple[str, ...]
    rows: int
    monotonic: float
    utc: str

    @property
    def decoded(self) -> dict[str, Any]:
        """The parameters with JSON arrays and objects decoded."""
        return {name: decoded(text) for name, text in self.params.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the entry for the control endpoint."""
        return {**asdict(self), "decoded": self.decoded}


@dataclass
class RequestLog:
    """The log, in the order in which requests were answered."""

    _entries: list[LoggedRequest] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, entry: LoggedRequest) -> None:
        """Note a request."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[LoggedRequest]:
        """Return a copy of all entries."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def most_per_window(requests: Iterable[LoggedRequest], seconds: float = 1.0) -> int:
    """Return the largest number of requests that arrived within any sliding window."""
    window: deque[float] = deque()
    most = 0
    for moment in sorted(request.monotonic for request in requests):
        window.append(moment)
        while window[0] <= moment - seconds:
            window.popleft()
        most = max(most, len(window))
    return most
