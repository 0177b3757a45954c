"""Keys that came already are known, page by page, in little memory."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_tiktok_marketing.streams import keys
from source_tiktok_marketing.streams.keys import LONGEST_ARRAY, Keys

HASHES = st.integers(-8, 8) | st.integers(-(2**63), 2**63 - 1)


@given(pages=st.lists(st.lists(HASHES, max_size=12), max_size=12), longest=st.integers(0, 40))
def test_a_key_is_new_exactly_once(pages: list[list[int]], longest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "LONGEST_ARRAY", longest)
        noted, seen = Keys(), set[int]()
        for number, page in enumerate(pages):
            expected = [hash_ not in seen and hash_ not in page[:place] for place, hash_ in enumerate(page)]
            apart = noted.copy()
            assert noted.note(page) == expected
            seen.update(page)
            assert len(noted) == len(seen)
            assert apart.note(page) == expected, f"a copy knows nothing of what came behind it (page {number})"


def test_the_keys_of_a_window_take_little_memory() -> None:
    noted = Keys()
    for start in range(0, 50_000, 1000):
        noted.note([hash((str(number), "2024-01-01")) for number in range(start, start + 1000)])

    assert sys.getsizeof(noted._hashes) <= 10 * 50_000
    assert LONGEST_ARRAY >= 50_000
