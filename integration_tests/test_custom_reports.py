"""Reports that users define are as good as the built-in ones: every combination of the rules reads exactly."""

import json
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from integration_tests.connector import Connector, Json, Output, configured, production_config
from integration_tests.custom_reports import (
    accepted_metrics,
    definition,
    every_report,
    grouping,
    is_refused,
    some_of,
)
from integration_tests.tiktok_emulator import Emulator, RandomFailures, World
from integration_tests.tiktok_emulator.metrics import ACCEPTED
from integration_tests.truth import by_key, cast, differences, last_day, production_accounts
from source_tiktok_marketing.catalog.streams import Report
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level, ReportType

NOW = "2024-03-15T20:00:00Z"
START = date(2024, 3, 13)
AT_A_TIME = 12
LEGAL = [report for report in every_report() if not is_refused(report) and grouping(report) == ACCEPTED]


def _raw_rows(world: World, report: Report, metrics: list[str], advertiser_id: str, choice: Json) -> list[Json]:
    end = last_day(world, advertiser_id)
    spans: list[tuple[date | None, date | None]] = [(START, end)]
    if report.query_lifetime:
        spans = [(None, None)]
    elif report.granularity is Granularity.HOURLY:
        spans = [(day, day) for day in map(date.fromordinal, range(START.toordinal(), end.toordinal() + 1))]
    return [
        row
        for first, last in spans
        for row in world.report_rows(
            advertiser_id,
            report.report_type.value,
            report.level.data_level,
            list(report.dimensions),
            metrics,
            start=first,
            end=last,
            **choice,
        )
    ]


def expected(
    world: World, stream: Json, report: Report, metrics: list[str], choice: Json
) -> dict[tuple[Any, ...], Json]:
    """The records that a report of the user's must have, in the published types."""
    properties = stream["json_schema"]["properties"]
    rows = []
    for advertiser_id in production_accounts(world):
        for raw in _raw_rows(world, report, metrics, advertiser_id, choice):
            nulled = {name: None if value == "-" else value for name, value in raw["metrics"].items()}
            row = {"dimensions": raw["dimensions"], "metrics": nulled, **raw["dimensions"]}
            typed = cast({"type": "object", "properties": properties}, row)
            rows.append(typed | {"advertiser_id": int(advertiser_id)})
    return by_key(stream, rows)


def read(connector: Connector, definitions: list[Json], **changes: Any) -> tuple[dict[str, Json], Output]:
    """The streams of some definitions, and a read of them."""
    config = production_config(start_date=str(START), custom_reports=definitions, **changes)
    catalog = {stream["name"]: stream for stream in connector.discover(config).catalog}
    streams = {one["name"]: catalog[one["name"]] for one in definitions}
    return streams, connector.read(config, configured(list(streams.values())))


def test_there_are_more_than_sixty_of_them() -> None:
    assert len(LEGAL) >= 60


def test_every_legal_report_equals_the_world(connector: Connector, emulator: Emulator, world: World) -> None:
    metrics = {
        report.name: some_of(accepted_metrics(report), number, AT_A_TIME) for number, report in enumerate(LEGAL)
    }
    definitions = [definition(report, metrics[report.name]) for report in LEGAL]

    streams, output = read(connector, definitions)

    assert output.exit_code == 0, output.errors
    assert output.stderr == b""
    found = {
        report.name: differences(
            by_key(streams[report.name], output.records[report.name]),
            expected(world, streams[report.name], report, metrics[report.name], {}),
        )[:2]
        for report in LEGAL
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert all(output.records[report.name] for report in LEGAL)
    for report in LEGAL:
        stream = streams[report.name]
        key = [field for (field,) in stream["source_defined_primary_key"]]
        assert key == list(report.primary_key)
        assert ("incremental" in stream["supported_sync_modes"]) == (
            report.granularity is not Granularity.LIFETIME
        )
        assert stream["json_schema"]["properties"]["metrics"]["properties"].keys() == set(metrics[report.name])
    assert not [request for request in emulator.requests if request.code != 0 or request.unknown_params]


AD_DAYS = Report("ads_of_mine", Level.AD, Granularity.DAILY)
GROUP_DAYS = Report("groups_of_mine", Level.ADGROUP, Granularity.DAILY)
COUNTRY_DAYS = Report("countries_of_mine", Level.AD, Granularity.DAILY, ReportType.AUDIENCE, ("country_code",))
NUMBERS = ["spend", "impressions", "clicks"]


def filters_of(world: World) -> dict[str, tuple[Report, Json]]:
    """Filters of every kind that the emulator knows: the report, and the field as a user fills it in."""
    accounts = production_accounts(world)
    ids = {
        level: [one.entity_id for id_ in accounts for one in islice(world.entities(level, id_), 2)]
        for level in ("campaign", "adgroup", "ad")
    }
    created = sorted(f"{one.created:%Y-%m-%d %H:%M:%S}" for id_ in accounts for one in world.entities("ad", id_))
    middle = created[len(created) // 2]
    return {
        "campaign_ids": (AD_DAYS, {"filter_value": ", ".join(ids["campaign"])}),
        "adgroup_ids": (
            GROUP_DAYS,
            {"filter_type": "IN", "filter_value": str([int(id_) for id_ in ids["adgroup"]])},
        ),
        "ad_ids": (AD_DAYS, {"filter_value": ids["ad"][0]}),
        "adgroup_status": (GROUP_DAYS, {"filter_value": "STATUS_DELETE,STATUS_DELIVERY_OK"}),
        "country_code": (COUNTRY_DAYS, {"filter_value": "US,JP,DE"}),
        "promotion_type": (AD_DAYS, {"filter_value": "WEBSITE"}),
        "campaign_automation_type": (AD_DAYS, {"filter_value": "MANUAL"}),
        "create_time": (AD_DAYS, {"filter_type": "GREATER_THAN", "filter_value": middle}),
    }


def as_request(field: str, raw: Json) -> Json:
    """A filter as TikTok takes it, worked out from what the user wrote."""
    kind, value = raw.get("filter_type", "IN"), raw["filter_value"]
    values = [one.strip() for one in value.strip("[]").split(",")]
    return {
        "field_name": field,
        "filter_type": kind,
        "filter_value": json.dumps(values) if kind == "IN" else value,
    }


def test_filters_many_metrics_deleted_objects_and_divided_queries_read_exactly_beside_failures(
    connector: Connector, emulator: Emulator, world: World
) -> None:
    emulator.faults.random = RandomFailures(rate=0.1, seed=7, most_in_a_row=2)
    emulator.faults.ad_limit = 8  # Some reports have to be divided by their objects.
    reports = {
        f"by_{field}": (replace(report, name=f"by_{field}"), NUMBERS, {"filtering": [as_request(field, raw)]})
        for field, (report, raw) in filters_of(world).items()
    }
    filters = {f"by_{field}": [{"field_name": field, **raw}] for field, (_, raw) in filters_of(world).items()}
    wide = accepted_metrics(AD_DAYS)[:150]
    reports["wide"] = (replace(AD_DAYS, name="wide"), wide, {})
    reports["deleted"] = (replace(GROUP_DAYS, name="deleted"), NUMBERS, {"include_deleted": True})
    definitions = [
        definition(report, metrics, filters=filters.get(name, []), include_deleted=name == "deleted")
        for name, (report, metrics, _) in reports.items()
    ]

    streams, output = read(connector, definitions)

    assert output.exit_code == 0, output.errors
    for name, (report, metrics, choice) in reports.items():
        truth = expected(world, streams[name], report, metrics, choice)
        assert differences(by_key(streams[name], output.records[name]), truth) == [], name
        assert truth, name
    asked = [request.decoded for request in emulator.requests if "metrics" in request.params]
    assert max(len(params["metrics"]) for params in asked) <= len(wide) / 2
    assert all(len(params.get("filtering", [])) < 4 for params in asked)


def test_a_report_of_ones_own_goes_on_where_it_was(connector: Connector, emulator: Emulator) -> None:
    definitions = [definition(AD_DAYS, NUMBERS), definition(COUNTRY_DAYS, NUMBERS)]
    streams, first = read(connector, definitions)
    assert first.exit_code == 0, first.errors
    before = len(emulator.requests)
    config = production_config(start_date=str(START), custom_reports=definitions, attribution_window=0)

    second = connector.read(config, configured(list(streams.values())), first.last_states)

    assert second.exit_code == 0, second.errors
    asked = emulator.requests[before:]
    days = {request.params["start_date"] for request in asked if "start_date" in request.params}
    assert days <= {"2024-03-15", "2024-03-16"}
    for name in streams:
        marks = first.marks(name)
        again = [
            one for one in first.records[name] if one["stat_time_day"][:10] == marks[str(one["advertiser_id"])]
        ]
        assert sorted(map(str, second.records[name])) == sorted(map(str, again)) != []
