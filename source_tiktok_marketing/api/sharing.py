"""What the worker threads share beside the request budget: room to unpack pages, and answers asked for once."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from threading import Lock, get_ident
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Waiting:
    """Counts the threads that are inside its `with`: those that wait for something."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.count = 0

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.count -= 1


class DecodeLock:
    """Held by the one thread that unpacks a page.

    A page as Python objects takes ten times the memory of its text, and the interpreter would not unpack two at
    once anyway. A thread holds the lock from its answer until its page is taken, or it asks again; it must release
    it before it waits for another worker.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None

    def acquire(self) -> None:
        """Wait for the lock and take it."""
        self._lock.acquire()
        self._owner = get_ident()

    def release(self) -> None:
        """Give the lock back, if this thread has it."""
        if self._owner == get_ident():
            self._owner = None
            self._lock.release()


class Once:
    """Look-ups that several threads need and one of them asks.

    Args:
        release_decode_lock: Called before waiting: whoever asks will need that lock.
    """

    def __init__(self, release_decode_lock: Callable[[], None]) -> None:
        self._release_decode_lock = release_decode_lock
        self._lock = Lock()
        self._locks: defaultdict[Hashable, Lock] = defaultdict(Lock)
        self._answers: dict[Hashable, Any] = {}

    def __call__(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer of that key; asked for if nobody has an answer yet. What fails is asked for anew."""
        self._release_decode_lock()
        with self._lock:
            lock = self._locks[key]
        with lock:
            if key not in self._answers:
                self._answers[key] = ask()
            answer: T = self._answers[key]
            return answer


class Question(Generic[T]):
    """A question that one thread asks and others wait for; its answer, or its failure, goes with it.

    Args:
        ask: Asks it.
        release_decode_lock: Called before waiting: whoever asks will need that lock.
    """

    def __init__(self, ask: Callable[[], T], release_decode_lock: Callable[[], None]) -> None:
        self._ask = ask
        self._release_decode_lock = release_decode_lock
        self._lock = Lock()
        self._answers: list[T] = []
        self._failure: Exception | None = None

    def answer(self) -> T:
        """The answer; asked for by whoever comes first.

        Raises:
            Exception: What asking came to.
        """
        self._release_decode_lock()
        with self._lock:
            if self._failure:
                raise self._failure.with_traceback(None)
            if not self._answers:
                try:
                    self._answers.append(self._ask())
                except Exception as failure:
                    self._failure = failure
                    raise
            return self._answers[0]
