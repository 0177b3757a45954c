"""The keys of rows, in little memory: each list that is open keeps all of its keys, and many are open at once.

A hash takes 70 bytes in a dictionary and 8 in an array. To go through an array once a page is quick as long as it
is short: it holds the keys of any window of reports (`report_reader.MAX_ROWS`). Longer lists are rare.
"""

from array import array
from collections.abc import Sequence

LONGEST_ARRAY = 65_536


class Keys:
    """Hashes of the keys of rows that have come so far."""

    def __init__(self) -> None:
        self._hashes: array[int] | set[int] = array("q")

    def __len__(self) -> int:
        """How many there are."""
        return len(self._hashes)

    def copy(self) -> "Keys":
        """The same keys, to go on with apart."""
        other = Keys()
        other._hashes = self._hashes[:] if isinstance(self._hashes, array) else self._hashes.copy()
        return other

    def note(self, hashes: Sequence[int]) -> list[bool]:
        """Note the keys of a page; for each whether it came for the first time."""
        page = set(hashes)
        if len(page) == len(hashes) and page.isdisjoint(self._hashes):
            self._add(hashes)
            return [True] * len(hashes)
        known = page.intersection(self._hashes)
        is_new, new = [], []
        for hash_ in hashes:
            is_new.append(hash_ not in known)
            if is_new[-1]:
                known.add(hash_)
                new.append(hash_)
        self._add(new)
        return is_new

    def _add(self, new: Sequence[int]) -> None:
        if not isinstance(self._hashes, array):
            self._hashes.update(new)
            return
        self._hashes.extend(new)
        if len(self._hashes) > LONGEST_ARRAY:
            self._hashes = set(self._hashes)
