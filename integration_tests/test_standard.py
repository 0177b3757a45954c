"""The CDK's standard tests, over the configurations of acceptance-test-config.yml, against the emulator."""

from collections.abc import Iterator

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests.source_base import SourceTestSuiteBase

from integration_tests.tiktok_emulator.clock import DEFAULT_NOW
from integration_tests.tiktok_emulator.emulator import Emulator
from source_tiktok_marketing import SourceTiktokMarketing


@pytest.fixture(scope="module", autouse=True)
def emulated_tiktok() -> Iterator[Emulator]:
    with Emulator() as emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_MARKETING_API", emulator.url)
        patch.setenv("TIKTOK_MARKETING_NOW", DEFAULT_NOW)
        patch.setenv("TIKTOK_MARKETING_CLOCK_SPEED", "1000")
        yield emulator


class TestStandard(SourceTestSuiteBase):
    # By default both are derived from the folder's name, which a clone is free to choose.
    connector_name = "source-tiktok-marketing"
    connector = SourceTiktokMarketing

    def test_discover(self, scenario: ConnectorTestScenario, emulated_tiktok: Emulator) -> None:
        """Discover asks TikTok nothing, so it works with a refused token as well."""
        asked_before = len(emulated_tiktok.requests)
        super().test_discover(scenario.model_copy(update={"status": "succeed"}))

        assert len(emulated_tiktok.requests) == asked_before
