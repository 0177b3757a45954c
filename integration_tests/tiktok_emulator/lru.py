"""Memories of costly results."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Recent(Generic[_V]):
    """Keeps the results used last; safe for threads (a result may be computed twice, never wrongly).

    Args:
        size: how many results to keep.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, _V] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], _V]) -> _V:
        """Return the result of the key, computing it when it is not remembered."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        result = compute()
        with self._lock:
            self._kept[key] = result
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return result


class Lazy(dict[_K, _V]):
    """A dictionary that computes what it lacks.

    Args:
        compute: returns the value of a key.
    """

    def __init__(self, compute: Callable[[_K], _V]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: _K) -> _V:
        """Compute a value, once per key (or more than once in a race of threads, never wrongly)."""
        value = self[key] = self._compute(key)
        return value
