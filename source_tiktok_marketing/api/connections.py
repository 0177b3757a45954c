"""Connections on which a request takes its slot at the last moment: when the way to TikTok is open.

A slot taken before names are looked up and hands are shaken would be used a quarter of a second later, side by
side with those of the connections that were open already, and TikTok would count them together.
"""

from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager, ProxyManager


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


def _paced(pool: type[HTTPConnectionPool], take_slot: Callable[[], None]) -> type[HTTPConnectionPool]:
    class Connection(pool.ConnectionCls):  # type: ignore[misc,name-defined]  # the class is a value here
        def request(self, *args: Any, **kwargs: Any) -> None:
            if self.is_closed:
                self.connect()
            take_slot()
            super().request(*args, **kwargs)

    return type("PacedPool", (pool,), {"ConnectionCls": Connection})
