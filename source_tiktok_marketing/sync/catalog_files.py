"""Configured catalogs: as platforms, other tools and people write them, and as `catalog` writes one."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)

from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.sync.json_files import shown

SYNC_MODES = [mode.value for mode in SyncMode]
DESTINATION_SYNC_MODES = frozenset(mode.value for mode in DestinationSyncMode)


def configured_catalog(catalog: Mapping[str, Any], path: str) -> ConfiguredAirbyteCatalog:
    """Read a configured catalog, from which a source needs a name and a sync mode per stream.

    What only a destination needs may be missing or unknown: the schema, and how rows are written.

    Raises:
        AirbyteTracedException: As `config_error`, naming the place.
    """
    streams = catalog.get("streams")
    if not isinstance(streams, list):
        raise _wrong(path, "`streams` must be a list of configured streams")
    entries = [_entry(entry, f"streams[{place}]", path) for place, entry in enumerate(streams)]
    try:
        return ConfiguredAirbyteCatalogSerializer.load({"streams": entries})
    except Exception as error:
        raise _wrong(path, "one of its optional fields has another type than the Airbyte protocol says") from error


def _entry(entry: Any, place: str, path: str) -> dict[str, Any]:
    stream = entry.get("stream") if isinstance(entry, Mapping) else None
    if not isinstance(stream, Mapping):
        raise _wrong(path, f"`{place}.stream` must be a stream of `discover`")
    name = stream.get("name")
    if not isinstance(name, str) or not name:
        raise _wrong(path, f"`{place}.stream.name` is missing")
    if entry.get("sync_mode") not in SYNC_MODES:
        raise _wrong(path, f"`sync_mode` of the stream `{name}` must be {' or '.join(SYNC_MODES)}")
    known = entry.get("destination_sync_mode") in DESTINATION_SYNC_MODES
    return {
        **entry,
        "stream": {"json_schema": {}, "supported_sync_modes": [], **stream},
        "destination_sync_mode": entry["destination_sync_mode"] if known else DestinationSyncMode.append.value,
    }


def _wrong(path: str, what: str) -> Exception:
    return config_error(f"The catalog file {shown(path)} holds no configured catalog: {what}.")


def catalog_of(offered: Sequence[AirbyteStream], names: Sequence[str] = ()) -> ConfiguredAirbyteCatalog:
    """Configure the named streams, or all: incremental where that is offered.

    Raises:
        AirbyteTracedException: As `config_error`, if a stream does not exist.
    """
    by_name = {stream.name: stream for stream in offered}
    if unknown := [name for name in names if name not in by_name]:
        raise config_error(" ".join(_unknown(name, list(by_name)) for name in unknown))
    chosen = [by_name[name] for name in dict.fromkeys(names)] or offered
    return ConfiguredAirbyteCatalog(streams=[_configured(stream) for stream in chosen])


def _configured(stream: AirbyteStream) -> ConfiguredAirbyteStream:
    is_incremental = SyncMode.incremental in stream.supported_sync_modes
    return ConfiguredAirbyteStream(
        stream=stream,
        sync_mode=SyncMode.incremental if is_incremental else SyncMode.full_refresh,
        destination_sync_mode=DestinationSyncMode.append_dedup
        if is_incremental
        else DestinationSyncMode.overwrite,
        cursor_field=stream.default_cursor_field,
        primary_key=stream.source_defined_primary_key,
    )


def _unknown(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    cure = f"did you mean `{close[0]}`?" if close else "`discover` shows those that do."
    return f"The stream {shown(name)} does not exist for this configuration; {cure}"
