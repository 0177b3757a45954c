"""Objects that TikTok lists for several accounts: under a key without the account, a destination keeps one row."""

from collections.abc import Hashable, Iterable

# Enough to notice: who shares objects among accounts shares many. More would take memory for each object.
MAX_KEYS = 50_000


class SharedKeys:
    """Counts the keys of one stream that a second account has, too."""

    def __init__(self) -> None:
        self.count = 0
        self._first_account: dict[int, str] = {}

    def note(self, account: str, keys: Iterable[Hashable]) -> None:
        """Note what an account lists."""
        for key in map(hash, keys):
            if len(self._first_account) < MAX_KEYS:
                self._first_account.setdefault(key, account)
            self.count += self._first_account.get(key, account) != account
