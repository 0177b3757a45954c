"""For all tests: the CDK's hooks, which pytest takes from the top level only, and how hypothesis works."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

# How long an example takes says something about the machine, and what else runs there.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
