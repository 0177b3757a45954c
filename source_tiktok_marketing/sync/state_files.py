"""State files, from today's list of messages back to the first connectors' blob."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer, AirbyteStreamState

from source_tiktok_marketing.catalog.streams import STREAMS
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.sync.json_files import bytes_of, shown

StreamState = Mapping[str, Any]


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


def read_state_file(path: str) -> list[AirbyteStateMessage]:
    """Read the state file given on the command line.

    Accepted are a list of state messages, one such message, STATE lines as this connector prints them, the forms
    of Airbyte's API and of its screen (in camel case), and the blob `{stream: state}` of the protocol's first
    years, bare or under `data`. A file that holds `null` or nothing is no state.

    Raises:
        AirbyteTracedException: As `config_error`, if the file holds something else.
    """
    try:
        text = bytes_of(path)
        return [_message(entry) for entry in _entries(text)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise config_error(
            f"The state file {shown(path)} cannot be read ({type(error).__name__}): give a JSON list of state "
            "messages, or leave `--state` out to start anew."
        ) from error


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
