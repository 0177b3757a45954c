"""Reports that a user may define, made from the rules: every combination, and those that the emulator models."""

from collections.abc import Iterator, Sequence
from itertools import chain, product

from integration_tests.connector import Json
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError
from integration_tests.tiktok_emulator.groupings import check_grouping
from integration_tests.tiktok_emulator.metrics import ACCEPTED, REFUSED, UNPROVEN, standing
from integration_tests.tiktok_emulator.model import DATA_LEVELS
from source_tiktok_marketing.catalog.metrics import METRICS
from source_tiktok_marketing.catalog.report_rules import GROUPING_RULES
from source_tiktok_marketing.catalog.streams import Report
from source_tiktok_marketing.catalog.vocabulary import AD_ID_V2, SPLITS, Granularity, Level, ReportType

SPLIT_CHOICES = ((), *((name,) for name in SPLITS), ("gender", "age"), ("age", "gender"), ("platform", "age"))
OBJECT_CHOICES = (None, "", AD_ID_V2)


def every_report() -> Iterator[Report]:
    """Every report of one level, time and split, whether TikTok answers it or not."""
    choices = product(ReportType, Level, Granularity, SPLIT_CHOICES, OBJECT_CHOICES)
    for number, (report_type, level, granularity, by, object_id) in enumerate(choices):
        yield Report(f"own_{number}", level, granularity, report_type, by, object_id)


def is_refused(report: Report) -> bool:
    """Whether a rule refuses the grouping of a report."""
    return any(rule.refuses(report) for rule in GROUPING_RULES)


def grouping(report: Report) -> str:
    """What the emulator knows of the grouping of a report."""
    level = DATA_LEVELS[report.level.data_level]
    try:
        check_grouping(report.report_type.value, level, report.dimensions)
    except ApiError:
        return REFUSED
    except NotModelledError:
        return UNPROVEN
    if report.query_lifetime and report.by:
        return REFUSED
    return ACCEPTED


def metric(report: Report, name: str) -> str:
    """What the emulator knows of a metric in a report."""
    level = DATA_LEVELS[report.level.data_level]
    return standing(name, level, report.report_type.value, report.dimensions)


def accepted_metrics(report: Report) -> list[str]:
    """The metrics that the emulator answers in a report, and the rules do not refuse."""
    return [
        name
        for name, one in METRICS.items()
        if one.offered(report.report_type, report.level, report.dimensions) and metric(report, name) == ACCEPTED
    ]


def definition(report: Report, metrics: Sequence[str], **more: object) -> Json:
    """A report as a user writes it into the form."""
    smart = [AD_ID_V2] if report.object_id == AD_ID_V2 else []
    return {
        "name": report.name,
        "report_type": report.report_type.value,
        "level": report.level.value,
        "granularity": report.granularity.name,
        "dimensions": [*smart, *report.by],
        "without_object": report.object_id == "",
        "metrics": list(metrics),
        **more,
    }


def some_of(names: Sequence[str], number: int, count: int) -> list[str]:
    """So many of some names, others for each number, so that together all of them come."""
    turned = chain(names[number * count % len(names) :], names)
    return list(dict.fromkeys(("spend", *list(turned)[:count])))
