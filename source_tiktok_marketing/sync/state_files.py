"""The files of the command line; state files from today's list of messages back to the first connectors' blob."""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer, AirbyteStreamState

from source_tiktok_marketing.catalog.streams import STREAMS
from source_tiktok_marketing.settings.errors import config_error

StreamState = Mapping[str, Any]

# A schema of the catalog nests some ten levels.
DEEPEST = 100

# Streams that stood in states before version 0.1.13, when a setting chose their granularity.
FORMER_NAMES = (
    "ads_reports",
    "ad_groups_reports",
    "campaigns_reports",
    "advertisers_reports",
    "ads_audience_reports",
    "ad_group_audience_reports",
    "campaigns_audience_reports_by_country",
    "advertisers_audience_reports",
)
NAMES = frozenset({*(row.name for row in STREAMS), *FORMER_NAMES})


def read_json_object(path: str, what: str, field: str) -> dict[str, Any]:
    """Read a file that holds one JSON object, whose most important field is named for the error.

    Raises:
        AirbyteTracedException: As `config_error`, if it does not.
    """
    try:
        content = orjson.loads(_bytes(path))
    except OSError as error:
        raise config_error(
            f"The {what} file {shown(path)} cannot be read ({error.strerror}): check its path."
        ) from error
    except ValueError as error:
        raise config_error(f"The {what} file {shown(path)} is no JSON: correct it or write it anew.") from error
    if not isinstance(content, dict):
        raise config_error(f"The {what} file {shown(path)} must be a JSON object with `{field}`.")
    if _is_deeper(content, DEEPEST):
        raise config_error(f"The {what} file {shown(path)} nests its values too deep: correct it.")
    return content


def shown(path: str) -> str:
    """A path for a sentence, also where it is no UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode()


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value nests further than so many levels."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_deeper(one, levels - 1) for one in inner)


def read_state_file(path: str) -> list[AirbyteStateMessage]:
    """Read the state file given on the command line.

    Accepted are a list of state messages, one such message, STATE lines as this connector prints them, the forms
    of Airbyte's API and of its screen (in camel case), and the blob `{stream: state}` of the protocol's first
    years, bare or under `data`. A file that holds `null` or nothing is no state.

    Raises:
        AirbyteTracedException: As `config_error`, if the file holds something else.
    """
    try:
        text = _bytes(path)
        return [_message(entry) for entry in _entries(text)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise config_error(
            f"The state file {shown(path)} cannot be read ({type(error).__name__}): give a JSON list of state "
            "messages, or leave `--state` out to start anew."
        ) from error


def _bytes(path: str) -> bytes:
    """The content of a file, less the mark that some editors put before UTF-8."""
    return Path(path).read_bytes().removeprefix(codecs.BOM_UTF8)


def _entries(text: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        parsed = orjson.loads(text) if text.strip() else []
    except ValueError:
        parsed = [orjson.loads(line) for line in text.splitlines() if line.strip()]
    for entry in parsed if isinstance(parsed, list) else [parsed]:
        message = entry["state"] if isinstance(entry, Mapping) and entry.get("type") == "STATE" else entry
        if message is not None and not isinstance(message, Mapping):
            raise TypeError("a state message must be an object")
        if message:
            yield from _in_protocol_form(message)


def _in_protocol_form(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """State messages, also from what Airbyte's API and screen show of them in camel case."""
    if isinstance(streams := entry.get("streamState"), list):
        for stream in streams:
            yield from _in_protocol_form(stream)
    elif "streamDescriptor" in entry:
        yield {"type": "STREAM", "stream": _snake_case(entry)}
    elif "globalState" in entry or "streamStates" in entry:
        shared = entry.get("globalState") or entry
        yield {"type": "GLOBAL", "global": {"stream_states": [_snake_case(one) for one in shared["streamStates"]]}}
    elif "stateType" in entry:
        yield from _in_protocol_form(entry.get("state") or {})
    elif "stream_descriptor" in entry:
        yield {"type": "STREAM", "stream": entry}
    elif {"type", "stream", "global", "data"} & entry.keys():
        yield entry
    elif NAMES & entry.keys():
        yield {"type": "LEGACY", "data": dict(entry)}
    elif entry:
        raise ValueError("none of this connector's streams")


def _snake_case(stream: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"stream_descriptor": stream["streamDescriptor"], "stream_state": stream.get("streamState")}


def _message(entry: Mapping[str, Any]) -> AirbyteStateMessage:
    message = AirbyteStateMessageSerializer.load(dict(entry))
    if not (message.stream or message.global_ or message.data is not None):
        raise ValueError("a state message without a state")
    return message


def states_by_stream(messages: Iterable[AirbyteStateMessage]) -> dict[str, StreamState]:
    """The state of each stream, whatever kind of message it came in; later messages win."""
    states: dict[str, StreamState] = {}
    for message in messages:
        if message.stream:
            states |= _named([message.stream])
        elif message.global_:
            states |= _named(message.global_.stream_states)
        elif message.data:
            states |= {name: state for name, state in message.data.items() if isinstance(state, Mapping)}
    return states


def _named(streams: Iterable[AirbyteStreamState]) -> dict[str, StreamState]:
    return {
        stream.stream_descriptor.name: dict(vars(stream.stream_state)) for stream in streams if stream.stream_state
    }
