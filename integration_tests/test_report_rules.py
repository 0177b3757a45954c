"""The connector's rules and tables of reports agree with what the emulator knows of TikTok from other sources."""

import pytest

from integration_tests.custom_reports import (
    every_report,
    grouping,
    is_refused,
    metric,
)
from integration_tests.tiktok_emulator.metrics import ACCEPTED, REFUSED, metric_table
from source_tiktok_marketing.catalog.metrics import METRICS
from source_tiktok_marketing.catalog.streams import REPORTS, Report
from source_tiktok_marketing.catalog.vocabulary import AD_ID_V2, Granularity, Level, ReportType


def test_no_grouping_is_refused_that_tiktok_answers_nor_let_through_that_it_refuses() -> None:
    found = {(is_refused(report), grouping(report)) for report in every_report()}

    assert (True, ACCEPTED) not in found
    assert (False, REFUSED) not in found
    assert {(False, ACCEPTED), (True, REFUSED)} <= found


SHAPES = [
    Report("by day", Level.ADVERTISER, Granularity.DAILY),
    Report("by hour", Level.CAMPAIGN, Granularity.HOURLY),
    Report("by country", Level.ADGROUP, Granularity.DAILY, by=("country_code",)),
    Report("in total", Level.AD, Granularity.LIFETIME),
    Report("Smart+", Level.AD, Granularity.DAILY, object_id=AD_ID_V2),
    Report("without object", Level.ADVERTISER, Granularity.DAILY, object_id=""),
    *(
        Report(f"{level.value} by gender", level, Granularity.DAILY, ReportType.AUDIENCE, ("gender", "age"))
        for level in Level
    ),
]


@pytest.mark.parametrize("report", SHAPES, ids=lambda report: report.name)
def test_no_metric_is_asked_for_that_tiktok_refuses_nor_held_back_that_it_answers(report: Report) -> None:
    for name, one in METRICS.items():
        known = metric(report, name)
        offered = one.offered(report.report_type, report.level, report.dimensions)
        assert not (offered and known == REFUSED), name
        assert offered or known != ACCEPTED or name == AD_ID_V2, name  # The emulator takes it beside `ad_id`.


def test_every_metric_that_reports_have_can_be_chosen() -> None:
    known_nowhere = {name for name, one in metric_table().items() if one.basic.strip("?") == ""}
    assert metric_table().keys() - METRICS.keys() <= known_nowhere


def test_the_metrics_of_the_built_in_reports_are_accepted_where_they_are_asked_for() -> None:
    # TikTok's list for countries lacks them, and clients ask them all the same; a refusal costs the columns only.
    of_people = {"reach", "frequency", "cost_per_1000_reached", "average_video_play_per_user"}
    for report in REPORTS:
        refused = {one.name for one in report.metrics if metric(report, one.name) == REFUSED}
        assert refused <= (of_people if report.by == ("country_code",) else set()), report.name
