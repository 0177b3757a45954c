"""Tests of the connector's parts, by behaviour; whole-process tests are in `integration_tests`."""
