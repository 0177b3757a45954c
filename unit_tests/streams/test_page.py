"""Records become lines, or an error in one sentence."""

from typing import Any

import pytest

from source_tiktok_marketing.api.errors import Malformed
from source_tiktok_marketing.streams.page import Page


def test_what_is_nested_too_deep_to_be_written_is_told_in_one_sentence() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]

    with pytest.raises(Malformed, match="another shape") as caught:
        Page.of("ads", [{"ad_id": "1", "targeting": deep}], 0)

    assert len(str(caught.value)) < 300
