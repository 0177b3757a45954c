"""The source: spec, check, discover and read, as loops over the catalogue."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStream,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    ConnectorSpecification,
    Status,
    StreamDescriptor,
    SyncMode,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message as status_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.accounts.watermarks import UnreadableState
from source_tiktok_marketing.api.errors import ApiError, Incomplete, Malformed
from source_tiktok_marketing.api.retries import CHECK_PATIENCE, SYNC_PATIENCE
from source_tiktok_marketing.catalog.streams import streams_with
from source_tiktok_marketing.check import check_access
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.remarks import remarks
from source_tiktok_marketing.settings.secrets import mask
from source_tiktok_marketing.settings.spec import connector_specification
from source_tiktok_marketing.streams import TiktokStream, skip_silent_days, stream_of
from source_tiktok_marketing.streams.page import Message, Page
from source_tiktok_marketing.sync.catalog_files import configured_catalog
from source_tiktok_marketing.sync.json_files import read_json_object
from source_tiktok_marketing.sync.messages import Sync
from source_tiktok_marketing.sync.state_files import read_state_file, states_by_stream


class SourceTiktokMarketing(AbstractSource):
    """TikTok Ads, through the TikTok API for Business v1.3."""

    def __init__(self) -> None:
        self._clock = Clock.from_environment()

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        """The form that the user fills in."""
        return connector_specification()

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Say whether the configuration works, in one sentence if not."""
        works, error = self.check_connection(logger, config)
        if works:
            return AirbyteConnectionStatus(status=Status.SUCCEEDED)
        return AirbyteConnectionStatus(status=Status.FAILED, message=mask(str(error)))

    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, Any | None]:
        """Ask TikTok a handful of questions, however many accounts there are."""
        try:
            parsed = Config.parse(config)
            for remark in remarks(config):
                logger.warning("%s", remark)
            check_access(Context.of(parsed, self._clock, CHECK_PATIENCE))
        except (AirbyteTracedException, ApiError, Incomplete, Malformed) as error:
            return False, str(error)
        return True, None

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        """Every stream that the environment of the configuration has."""
        parsed = Config.parse(config)
        context = Context.of(parsed, self._clock, SYNC_PATIENCE)
        rows = streams_with(parsed.additional_metrics, parsed.custom_reports)
        return [stream_of(row, context) for row in rows if row.in_sandbox or not parsed.sandbox]

    @staticmethod
    def read_config(config_path: str) -> dict[str, Any]:
        """Read the configuration file."""
        return read_json_object(config_path, "configuration", "credentials")

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """The configuration as it is; the CDK would copy it, secrets and all, to a file that a kill leaves."""
        return config

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """Read the configured catalog file."""
        return configured_catalog(read_json_object(catalog_path, "catalog", "streams"), catalog_path)

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        """Read a state file of any form, from a list of messages back to the first single blob."""
        return read_state_file(state_path) if state_path else []

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the configured streams, a message at a time."""
        for item in self.read_pages(logger, config, catalog, state):
            if isinstance(item, Page):
                yield from item.messages()
            else:
                yield item

    def read_pages(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: Iterable[AirbyteStateMessage] | None = None,
    ) -> Iterator[Message]:
        """Read the configured streams, records by the page."""
        for remark in remarks(config):
            logger.warning("%s", remark)
        offered = {stream.name: stream for stream in self.streams(config) if isinstance(stream, TiktokStream)}
        states = states_by_stream(state or [])
        twice = [name for name, times in Counter(one.stream.name for one in catalog.streams).items() if times > 1]
        if twice:
            raise config_error(f"The catalog names the stream {twice[0]} twice: leave one of the two out.")
        missing = [one.stream for one in catalog.streams if one.stream.name not in offered]
        for absent in missing:
            yield from _told(absent, _not_offered(absent))
        streams, failures = [], [_not_offered(*missing)] if missing else []
        for configured in catalog.streams:
            stream = offered.get(configured.stream.name)
            if stream is None:
                continue
            try:
                _resume(stream, configured, states.pop(stream.name, None))
                streams.append(stream)
            except AirbyteTracedException as failure:
                failures.append(failure)
                yield from _told(configured.stream, failure)
        states.clear()  # Of other streams; what counts is taken up.
        if streams:
            yield from Sync(skip_silent_days(streams), self._clock).messages()
        if failures:
            raise config_error(" ".join(str(failure.message) for failure in failures))


def _told(stream: AirbyteStream, failure: AirbyteTracedException) -> Iterator[AirbyteMessage]:
    """What the platform is told of a stream that cannot be read."""
    yield status_message(stream, AirbyteStreamStatus.INCOMPLETE)
    yield failure.as_sanitized_airbyte_message(StreamDescriptor(name=stream.name))


def _resume(stream: TiktokStream, configured: ConfiguredAirbyteStream, state: Mapping[str, Any] | None) -> None:
    """Hand a stream its stored state.

    A full refresh has one only as a further attempt, which platforms that number their refreshes make; for anybody
    else full means from the start.
    """
    is_full = configured.sync_mode is SyncMode.full_refresh
    try:
        if is_full and configured.generation_id is None:
            stream.resume(None)
        else:
            stream.resume(state, each_once=is_full)
    except UnreadableState as error:
        raise config_error(
            f"The stored state of the stream `{stream.name}` cannot be read: {error}. Reset the stream, or "
            "correct the state."
        ) from error


def _not_offered(*streams: AirbyteStream) -> AirbyteTracedException:
    names = ", ".join(stream.name for stream in streams)
    what = f"The stream {names} does" if len(streams) == 1 else f"The streams {names} do"
    return config_error(
        f"{what} not exist for this configuration: refresh the schema of the connection, or leave it out."
    )
