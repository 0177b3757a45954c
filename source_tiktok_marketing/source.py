"""The source: spec, check, discover and read, as loops over the catalogue."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStream,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConnectorSpecification,
    FailureType,
    Status,
    StreamDescriptor,
    SyncMode,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message as status_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.accounts.watermarks import UnreadableState
from source_tiktok_marketing.api.errors import ApiError, Incomplete, Malformed
from source_tiktok_marketing.api.retries import CHECK_PATIENCE, SYNC_PATIENCE
from source_tiktok_marketing.catalog.streams import STREAMS
from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY
from source_tiktok_marketing.check import check_access
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.settings.config import Config, starts_before_tiktok
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.spec import connector_specification
from source_tiktok_marketing.streams import TiktokStream, stream_of
from source_tiktok_marketing.streams.page import Message, Page
from source_tiktok_marketing.sync.messages import Sync
from source_tiktok_marketing.sync.state_files import read_json_object, read_state_file, states_by_stream


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
        return AirbyteConnectionStatus(status=Status.FAILED, message=filter_secrets(str(error)))

    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, Any | None]:
        """Ask TikTok a handful of questions, however many accounts there are."""
        try:
            parsed = Config.parse(config)
            check_access(Context.of(parsed, self._clock, CHECK_PATIENCE))
        except (AirbyteTracedException, ApiError, Incomplete, Malformed) as error:
            return False, str(error)
        return True, None

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        """Every stream that the environment of the configuration has."""
        parsed = Config.parse(config)
        context = Context.of(parsed, self._clock, SYNC_PATIENCE)
        return [stream_of(row, context) for row in STREAMS if row.in_sandbox or not parsed.sandbox]

    @staticmethod
    def read_config(config_path: str) -> dict[str, Any]:
        """Read the configuration file."""
        return read_json_object(config_path, "configuration", "credentials")

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """Read the configured catalog file."""
        catalog = read_json_object(catalog_path, "catalog", "streams")
        try:
            return ConfiguredAirbyteCatalogSerializer.load(catalog)
        except Exception as error:
            raise config_error(
                f"The catalog file {catalog_path} holds no configured catalog: each of its "
                "`streams` needs `stream`, `sync_mode` and `destination_sync_mode`."
            ) from error

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
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[Message]:
        """Read the configured streams, records by the page."""
        if starts_before_tiktok(config):
            logger.warning("`start_date` lies before %s, the first day that is read instead.", FIRST_DAY)
        offered = {stream.name: stream for stream in self.streams(config)}
        states = states_by_stream(state or [])
        streams, unknown = [], []
        twice = [name for name, times in Counter(one.stream.name for one in catalog.streams).items() if times > 1]
        if twice:
            raise config_error(f"The catalog names the stream {twice[0]} twice: leave one of the two out.")
        for configured in catalog.streams:
            stream = offered.get(configured.stream.name)
            if not isinstance(stream, TiktokStream):
                unknown.append(configured.stream)
                continue
            if configured.sync_mode is SyncMode.incremental:
                _resume(stream, states.get(stream.name))
            streams.append(stream)
        for missing in unknown:
            yield status_message(missing, AirbyteStreamStatus.INCOMPLETE)
            yield _not_offered(missing).as_sanitized_airbyte_message()
        if streams:
            yield from Sync(streams, self._clock).messages()
        if unknown:
            raise _not_offered(*unknown)


def _resume(stream: TiktokStream, state: Mapping[str, Any] | None) -> None:
    try:
        stream.resume(state)
    except UnreadableState as error:
        raise config_error(
            f"The stored state of the stream `{stream.name}` cannot be read: {error}. Reset the stream, or "
            "correct the state."
        ) from error


def _not_offered(*streams: AirbyteStream) -> AirbyteTracedException:
    names = ", ".join(stream.name for stream in streams)
    what = f"The stream {names} does" if len(streams) == 1 else f"The streams {names} do"
    sentence = f"{what} not exist for this configuration: refresh the schema of the connection, or leave them out."
    return AirbyteTracedException(
        message=sentence,
        internal_message=sentence,
        failure_type=FailureType.config_error,
        stream_descriptor=StreamDescriptor(name=names) if len(streams) == 1 else None,
    )
