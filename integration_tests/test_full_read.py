"""A read of everything equals the world: no row missing, doubled or invented, every value right."""

from datetime import date

import pytest
from jsonschema import Draft7Validator

from integration_tests.conftest import Stage
from integration_tests.connector import Connector, configured, production_config, sandbox_config
from integration_tests.tiktok_emulator import Emulator, World
from integration_tests.truth import by_key, differences, expected

# Two windows of days; what deleted objects add, a few days show as well.
START, START_WITH_DELETED = date(2024, 2, 10), date(2024, 3, 8)
# Hours take a request a day each, and add nothing by being many.
START_OF_HOURS = date(2024, 3, 13)
# So many records of each stream are shown to a general validator, too, after the quick one of every read.
VALIDATED = 50
SANDBOX_START = date(2020, 12, 1)


@pytest.mark.parametrize("hourly", [False, True], ids=["all but hours", "hours"])
@pytest.mark.parametrize("include_deleted", [False, True], ids=["without deleted", "with deleted"])
def test_all_production_streams_equal_the_world(stage: Stage, include_deleted: bool, hourly: bool) -> None:
    streams = {name: stream for name, stream in stage.streams.items() if name.endswith("hourly") == hourly}
    start = START_OF_HOURS if hourly else START_WITH_DELETED if include_deleted else START
    config = production_config(start_date=str(start), include_deleted=include_deleted)
    output = stage.connector.read(config, configured(list(streams.values())))

    assert output.exit_code == 0, output.errors
    assert output.stderr == b""
    for name, stream in streams.items():
        truth = expected(stage.world, stream, start, include_deleted=include_deleted)
        assert not differences(by_key(stream, output.records[name]), truth), name
        validator = Draft7Validator(stream["json_schema"])
        some = output.records[name][:VALIDATED]
        assert not [error.message for record in some for error in validator.iter_errors(record)]
        assert output.statuses[name] == ["STARTED", *(["RUNNING"] if truth else []), "COMPLETE"]
    assert {state["stream"]["stream_descriptor"]["name"] for state in output.states} == set(streams)
    requests = stage.emulator.requests
    assert not [request for request in requests if request.code != 0 or request.unknown_params]
    assert {(request.method, request.host) for request in requests} == {("GET", "business-api.tiktok.com")}


def test_all_sandbox_streams_equal_the_world(connector: Connector, emulator: Emulator, world: World) -> None:
    (account,) = [account.advertiser_id for account in world.accounts.values() if account.sandbox]
    config = sandbox_config(account, end_date="2020-12-31")
    offered = connector.discover(config).catalog
    assert len(offered) == 28

    output = connector.read(config, configured(offered))

    assert output.exit_code == 0, output.errors
    for stream in offered:
        truth = expected(world, stream, SANDBOX_START, date(2020, 12, 31), accounts=[account])
        assert not differences(by_key(stream, output.records[stream["name"]]), truth), stream["name"]
    seen = {(request.method, request.host) for request in emulator.requests}
    assert seen == {("GET", "sandbox-ads.tiktok.com")}
