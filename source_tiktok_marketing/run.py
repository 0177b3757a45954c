"""The command line: `source-tiktok-marketing spec|check|discover|read`."""

import signal
import sys
from collections.abc import Mapping
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.models import ConnectorSpecification

from source_tiktok_marketing.config import Config
from source_tiktok_marketing.source import SourceTiktokMarketing

TERMINATED = 128 + signal.SIGTERM


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entry point, with this connector's own words for a wrong configuration."""

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        """Check the configuration; a JSON schema's complaint would quote it, secrets included."""
        Config.parse(config)


def run() -> None:
    """Run the command that the arguments ask for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    launch(SourceTiktokMarketing(), sys.argv[1:])
