"""For all tests: their order, hooks of the CDK, which must be at the top level, and how hypothesis works."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

# How long an example takes says something about the machine, and what else runs there.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

UNIT_TESTS = Path(__file__).parent / "unit_tests"
# Each of these keeps a core busy for long.
LONG = {"test_demo", "test_full_read", "test_fuzz", "test_kill", "test_silent_days", "test_standard"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that in the end no core is alone with it; each takes a file at a time."""
    items.sort(key=lambda item: (item.path.stem not in LONG, item.path.is_relative_to(UNIT_TESTS)))
