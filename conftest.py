"""Pytest takes plugins from the top-level conftest only: the hooks of the CDK's standard tests."""

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]
