"""State files: what platforms, people and our own output hand in, from today back to the first single blob."""

import codecs
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from airbyte_cdk.models import AirbyteStateType, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing import SourceTiktokMarketing
from source_tiktok_marketing.sync.state_files import read_state_file, states_by_stream
from unit_tests.builders import ACCOUNT

ADS = {
    "states": [{"partition": {"advertiser_id": ACCOUNT, "parent_slice": {}}, "cursor": {"modify_time": "2024"}}]
}
REPORT = {"stat_time_day": "2024-01-04"}
BOTH = {"ads": ADS, "ads_reports_daily": REPORT}


def camel(name: str, state: Any) -> dict[str, Any]:
    """A stream's state as Airbyte's API and screen show it."""
    return {"streamDescriptor": {"name": name}, "streamState": state}


def of_stream(name: str, state: Any) -> dict[str, Any]:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}


def state_line(name: str, state: Any) -> bytes:
    return orjson.dumps({"type": "STATE", "state": of_stream(name, state)}) + b"\n"


GLOBAL = {
    "type": "GLOBAL",
    "global": {
        "shared_state": {},
        "stream_states": [of_stream(name, state)["stream"] for name, state in BOTH.items()],
    },
}

FILES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "a list of messages": (orjson.dumps([of_stream(name, state) for name, state in BOTH.items()]), BOTH),
    "one message": (orjson.dumps(of_stream("ads", ADS)), {"ads": ADS}),
    "a list of STATE messages": (
        orjson.dumps([{"type": "STATE", "state": of_stream(name, state)} for name, state in BOTH.items()]),
        BOTH,
    ),
    "one STATE line, as we print it": (state_line("ads", ADS), {"ads": ADS}),
    "STATE lines, as we print them": (b"".join(state_line(name, state) for name, state in BOTH.items()), BOTH),
    "STATE lines with blank ones, the last of a stream counts": (
        state_line("ads", {"modify_time": "2020-01-01"}) + b"\n\n" + state_line("ads", ADS),
        {"ads": ADS},
    ),
    "a message without type": (orjson.dumps([{"stream": of_stream("ads", ADS)["stream"]}]), {"ads": ADS}),
    "the blob of 0.1.15 under `data`": (orjson.dumps({"data": BOTH}), BOTH),
    "the same, typed": (orjson.dumps({"type": "LEGACY", "data": BOTH}), BOTH),
    "the same, in a list": (orjson.dumps([{"type": "LEGACY", "data": BOTH}]), BOTH),
    "the bare blob": (orjson.dumps(BOTH), BOTH),
    "a global state": (orjson.dumps([GLOBAL]), BOTH),
    "an empty file": (b"", {}),
    "a blank file": (b" \n", {}),
    "an empty object": (b"{}", {}),
    "an empty list": (b"[]", {}),
    "with a byte order mark": (codecs.BOM_UTF8 + state_line("ads", ADS), {"ads": ADS}),
    "a list of an empty object": (b"[{}]", {}),
    "null": (b"null", {}),
    "lines without a state": (b'{"type":"STATE","state":null}\nnull\n' + state_line("ads", ADS), {"ads": ADS}),
    "Airbyte's screen": (orjson.dumps([camel("ads", ADS)]), {"ads": ADS}),
    "Airbyte's API": (
        orjson.dumps({"stateType": "stream", "connectionId": "c", "streamState": [camel("ads", ADS)]}),
        {"ads": ADS},
    ),
    "Airbyte's API, global": (
        orjson.dumps({"stateType": "global", "globalState": {"streamStates": [camel("ads", ADS)]}}),
        {"ads": ADS},
    ),
    "Airbyte's API, legacy": (orjson.dumps({"stateType": "legacy", "state": {"ads": ADS}}), {"ads": ADS}),
    "Airbyte's API, nothing yet": (orjson.dumps({"stateType": "not_set", "connectionId": "c"}), {}),
    "states of streams without their envelope": (orjson.dumps([of_stream("ads", ADS)["stream"]]), {"ads": ADS}),
    "a global state without type": (orjson.dumps([{"global": GLOBAL["global"]}]), BOTH),
    "a blob of nothing": (orjson.dumps([{"type": "LEGACY", "data": {}}]), {}),
    "a blob in which a stream has none": (orjson.dumps({**BOTH, "campaigns": None}), BOTH),
    "a stream without state": (orjson.dumps([of_stream("ads", None)]), {}),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


@pytest.mark.parametrize(("content", "states"), FILES.values(), ids=FILES)
def test_given_a_state_file_of_any_form_when_read_then_each_stream_finds_its_state(
    path: Path, content: bytes, states: dict[str, Any]
) -> None:
    path.write_bytes(content)

    found = states_by_stream(read_state_file(str(path)))

    assert orjson.loads(orjson.dumps(found, default=vars)) == states


def test_given_our_own_lines_then_the_messages_are_what_the_protocol_calls_stream_states(path: Path) -> None:
    path.write_bytes(state_line("ads", ADS))
    assert [message.type for message in read_state_file(str(path))] == [AirbyteStateType.STREAM]


BAD_FILES = {
    "no JSON": b"state: none",
    "half a file": state_line("ads", ADS)[:-20],
    "a list of texts": b'["ads"]',
    "a number": b"7",
    "a text": b'"ads"',
    "an unknown type": b'[{"type": "SHARED", "stream": {}}]',
    "a message without stream name": b'[{"type": "STREAM", "stream": {"stream_state": {}}}]',
    "a stream message without stream": b'[{"type": "STREAM"}]',
    "a STATE message without state": b'{"type": "STATE"}',
    "no text at all": b"\xff\xfe\x00",
    "the wrapper of another runner": orjson.dumps({"singer_state": {"bookmarks": {"ads": ADS}}}),
    "a cursor without its stream": orjson.dumps(ADS),
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_given_a_file_that_holds_no_state_when_read_then_one_sentence_says_so(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert_refused(path)


def test_given_no_file_when_read_then_one_sentence_says_so(path: Path) -> None:
    assert_refused(path)


def assert_refused(path: Path) -> None:
    with pytest.raises(AirbyteTracedException, match="leave `--state` out") as caught:
        read_state_file(str(path))

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.failure_type is FailureType.config_error


def test_given_no_state_argument_then_there_is_no_state() -> None:
    assert SourceTiktokMarketing.read_state("") == []


# Configuration and catalog

STREAM = {"name": "ads", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
CONFIGURED = {"stream": STREAM, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
UNUSABLE = {
    "no JSON": b"{",
    "a list": b"[{}]",
    "a text": b'"streams"',
    "nothing": b"",
    "too deep": b'{"streams":' + b"[" * 1000 + b"]" * 1000 + b"}",
}
SHAPELESS: dict[str, tuple[Any, str]] = {
    "no streams": ({}, "`streams` must be a list"),
    "a number for the streams": ({"streams": 7}, "`streams` must be a list"),
    "a text for a stream": ({"streams": ["ads"]}, "`streams[0].stream`"),
    "an empty stream": ({"streams": [{}]}, "`streams[0].stream`"),
    "a stream that is no object": (
        {"streams": [CONFIGURED, {**CONFIGURED, "stream": "ads"}]},
        "`streams[1].stream`",
    ),
    "no name": ({"streams": [{**CONFIGURED, "stream": {"json_schema": {}}}]}, "`streams[0].stream.name`"),
    "no sync mode": (
        {"streams": [{"stream": STREAM, "destination_sync_mode": "append"}]},
        "`sync_mode` of the stream `ads`",
    ),
    "an unknown sync mode": (
        {"streams": [{**CONFIGURED, "sync_mode": "now and then"}]},
        "`sync_mode` of the stream `ads`",
    ),
    "a generation in words": ({"streams": [{**CONFIGURED, "generation_id": {}}]}, "optional fields"),
}


@pytest.mark.parametrize("read", [SourceTiktokMarketing.read_config, SourceTiktokMarketing.read_catalog])
@pytest.mark.parametrize("content", [*UNUSABLE.values(), None], ids=[*UNUSABLE, "a folder"])
def test_given_a_file_that_holds_no_object_when_read_then_one_sentence_says_so(
    tmp_path: Path, content: bytes | None, read: Callable[[str], object]
) -> None:
    path = tmp_path / "file.json"
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(AirbyteTracedException) as caught:
        read(str(path))

    assert f" file {path} " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.failure_type is FailureType.config_error


def test_given_a_path_that_is_no_utf_8_then_the_sentence_can_still_be_written() -> None:
    path = b"/nowhere/\xff.json".decode("utf-8", "surrogateescape")

    with pytest.raises(AirbyteTracedException, match="nowhere") as caught:
        SourceTiktokMarketing.read_config(path)

    assert str(caught.value).encode()


@pytest.mark.parametrize(("catalog", "what"), SHAPELESS.values(), ids=SHAPELESS)
def test_given_an_object_that_is_no_catalog_when_read_then_one_sentence_says_what_it_needs(
    tmp_path: Path, catalog: dict[str, Any], what: str
) -> None:
    path = tmp_path / "catalog.json"
    path.write_bytes(orjson.dumps(catalog))

    with pytest.raises(AirbyteTracedException, match=re.escape(what)) as caught:
        SourceTiktokMarketing.read_catalog(str(path))

    assert caught.value.failure_type is FailureType.config_error
