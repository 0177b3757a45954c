"""What several lists share: refusing filters, spans of creation times, and `fields`."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import NotModelledError, parameter_error
from integration_tests.tiktok_emulator.parameters import utc_time
from integration_tests.tiktok_emulator.records import Record


def filters_of(call: Call, *names: str) -> dict[str, Any]:
    """Return `filtering`.

    Raises:
        NotModelledError: for a filter beside those named, whether TikTok has it or not: what TikTok says to one
            that it does not have is not known.
    """
    filtering = call.parameters.object("filtering")
    unknown = set(filtering).difference(names)
    if unknown:
        raise NotModelledError(f"filter {min(unknown)}")
    return filtering


def unmodelled_parameters(call: Call, *names: str) -> None:
    """Answer 501 to parameters that TikTok knows and no stream needs."""
    asked = [name for name in names if name in call.parameters]
    if asked:
        raise NotModelledError(f"parameter {asked[0]}")


def created_within(filtering: dict[str, Any], call: Call) -> Callable[[datetime], bool]:
    """Return the test of `creation_filter_start_time` and `creation_filter_end_time`, in UTC."""
    names = ("creation_filter_start_time", "creation_filter_end_time")
    given = [name for name in names if name in filtering]
    if not given:
        return lambda _: True
    if len(given) == 1:
        raise parameter_error("filtering", f"{' and '.join(names)} belong together.")
    start, end = (utc_time(f"filtering.{name}", filtering[name]) for name in names)
    if not 0 <= (end - start).days < call.world.options.time_filter_days:
        raise parameter_error(f"filtering.{names[0]}", "The time span must be within 6 months.")
    return lambda moment: start <= moment.replace(microsecond=0) <= end


@cache
def _known_fields() -> dict[str, list[str]]:
    """Return every field name that the API documents, by endpoint."""
    path = Path(__file__).with_name("data") / "fields.json"
    loaded: dict[str, list[str]] = orjson.loads(path.read_bytes())
    return loaded


def trimmer(call: Call, endpoint: str) -> Callable[[Record], Record]:
    """Return what `fields` does to a record; what a name that is not documented brings is not known."""
    fields = call.parameters.array("fields")
    unknown = set(fields or ()).difference(_known_fields()[endpoint])
    if unknown:
        raise NotModelledError(f"field {min(unknown)}")
    if fields is None:
        return lambda record: record
    return lambda record: {key: value for key, value in record.items() if key in fields}
