"""Hooks of all tests; pytest takes plugins from the top-level conftest only: those of the CDK's standard tests."""

from pathlib import Path

import pytest

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

UNIT_TESTS = Path(__file__).parent / "unit_tests"
# Each of these keeps a core busy for long.
LONG = {"test_demo", "test_full_read", "test_fuzz", "test_kill", "test_silent_days", "test_standard"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that in the end no core is alone with it; each takes a file at a time."""
    items.sort(key=lambda item: (item.path.stem not in LONG, item.path.is_relative_to(UNIT_TESTS)))
