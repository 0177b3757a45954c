"""Records become lines, or an error in one sentence."""

from typing import Any

import orjson
import pytest

from source_tiktok_marketing.api.errors import Malformed
from source_tiktok_marketing.settings.secrets import protect
from source_tiktok_marketing.streams.page import Page

TOKEN, SECRET = "0123456789abcdef" * 2, 'a "secret" of 20/signs'


def test_a_credential_in_a_record_is_masked_and_the_lines_beside_it_stay_as_they_are() -> None:
    protect({"credentials": {"access_token": TOKEN, "secret": SECRET, "app_id": "1234567890123456789"}})
    other = {"ad_id": "1234567890123456789", "type": "RECORD", "spend": 1.0}
    told = {"ad_id": "1", "urls": [f"https://a.example/?t={TOKEN}"], "extra": {SECRET: None, "n": 2**63 - 1}}
    (before, _), (first, second) = (
        Page.of("ads", records, 7).lines.splitlines() for records in ([other, other], [other, told])
    )

    assert first == before
    assert orjson.loads(second) == {
        "type": "RECORD",
        "record": {
            "stream": "ads",
            "emitted_at": 7,
            "data": {"ad_id": "1", "urls": ["https://a.example/?t=****"], "extra": {"****": None, "n": 2**63 - 1}},
        },
    }


@pytest.mark.parametrize("credential", ["RECORD", "fifteen signs.."])
def test_what_is_too_short_for_a_credential_is_the_users_data(credential: str) -> None:
    protect({"access_token": credential})

    assert Page.of("ads", [{"name": credential}], 7).lines.endswith(b'{"name":"%b"}}}\n' % credential.encode())


def test_what_is_nested_too_deep_to_be_written_is_told_in_one_sentence() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]

    with pytest.raises(Malformed, match="another shape") as caught:
        Page.of("ads", [{"ad_id": "1", "targeting": deep}], 0)

    assert len(str(caught.value)) < 300
