"""What TikTok answers in a report, and what it refuses: the rules that a user's own reports are held to.

Only what is known to be refused is refused here. What nobody has said is asked for, and TikTok's answer counts:
a metric that it does not take becomes an empty column, a grouping ends with a sentence about its stream.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from source_tiktok_marketing.catalog.filters import FILTER_FIELDS, MAX_FILTER_IDS, Filter
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.vocabulary import AD_ID_V2, SPLITS, Granularity, Level, ReportType

BASIC, AUDIENCE = ReportType.BASIC, ReportType.AUDIENCE
HOURLY, DAILY, LIFETIME = Granularity.HOURLY, Granularity.DAILY, Granularity.LIFETIME

# Beside them any other splits rows too far for TikTok.
PAIRS = (frozenset({"gender", "age"}), frozenset({"search_keyword", "match_type"}))
INTERESTS = ("interest_category", *(f"interest_category_tier{tier}" for tier in (2, 3, 4)))
WITHOUT_TIME = frozenset({"device_brand_id", *INTERESTS})
# Posts that were boosted in TikTok's app: where it does not split them, it may answer zeros rather than refuse.
PROMOTE_SPLITS = (
    "gender",
    "age",
    "country_code",
    "province_id",
    "dma_id",
    "ac",
    "platform",
    "interest_category",
    "placement",
    "ad_type",
    "device_brand_id",
)


@dataclass(frozen=True)
class Refusal:
    """Something that TikTok does not report.

    Attributes:
        refuses: Whether a report is such a thing.
        sentence: What is wrong with it, and what to do; without a full stop.
    """

    refuses: Callable[[Report], bool]
    sentence: str


def _strangers(report: Report) -> set[str]:
    """Dimensions that belong to the other report type."""
    return {name for name in report.by if report.report_type not in SPLITS[name].report_types}


def _splits_people(name: str) -> bool:
    return AUDIENCE in SPLITS[name].report_types


GROUPING_RULES = (
    Refusal(
        lambda report: report.report_type is BASIC and bool(_strangers(report)),
        "TikTok splits BASIC reports by none of those people's dimensions: choose the report type AUDIENCE",
    ),
    Refusal(
        lambda report: report.report_type is AUDIENCE and bool(_strangers(report)),
        "TikTok splits AUDIENCE reports by what tells people apart only: choose the report type BASIC",
    ),
    Refusal(
        lambda report: report.report_type is AUDIENCE and not report.by,
        "an AUDIENCE report needs a dimension that tells people apart: add one, or choose the report type BASIC",
    ),
    Refusal(
        lambda report: len(report.by) > 1 and set(report.by) not in PAIRS,
        "TikTok takes one dimension beside object and time, or gender with age: make several reports of it",
    ),
    Refusal(
        lambda report: report.report_type is AUDIENCE and report.granularity is HOURLY,
        "TikTok gives AUDIENCE reports no hours: choose DAILY or LIFETIME",
    ),
    Refusal(
        lambda report: report.granularity is not LIFETIME and not WITHOUT_TIME.isdisjoint(report.by),
        "TikTok gives devices and interests as totals of a year at most, without a time: choose LIFETIME",
    ),
    Refusal(
        lambda report: report.query_lifetime and any(map(_splits_people, report.by)),
        "TikTok gives totals over all time neither by country nor by kind of ad: choose DAILY, or leave that out",
    ),
    Refusal(
        lambda report: report.object_id == AD_ID_V2 and report.level is not Level.AD,
        f"TikTok knows {AD_ID_V2} at the level AD only: choose that level",
    ),
    Refusal(
        lambda report: (
            report.object_id == AD_ID_V2
            and report.report_type is BASIC
            and (report.granularity is HOURLY or bool(report.by))
        ),
        f"TikTok reports {AD_ID_V2} alone or by day: choose DAILY or LIFETIME, and no other dimension",
    ),
    Refusal(
        lambda report: report.object_id == "" and report.level is not Level.ADVERTISER,
        "TikTok reports rows without an object for whole accounts only: choose the level ADVERTISER",
    ),
    Refusal(
        lambda report: report.object_id == "" and report.report_type is BASIC and report.granularity is not DAILY,
        "TikTok gives rows without an object by day in BASIC reports: choose DAILY",
    ),
    Refusal(
        lambda report: report.object_id == "" and report.report_type is BASIC and bool(report.by),
        "TikTok splits rows without an object in AUDIENCE reports only: leave the dimensions out",
    ),
    Refusal(
        lambda report: (
            report.object_id == ""
            and report.report_type is AUDIENCE
            and (report.granularity is not LIFETIME or len(report.by) > 1)
        ),
        "TikTok gives groups of people without an object by one dimension and without a time: choose LIFETIME",
    ),
    Refusal(
        lambda report: (
            report.report_type is BASIC
            and report.is_of_boosted_posts
            and (report.granularity is HOURLY or report.object_id == AD_ID_V2 or bool(report.by))
        ),
        "TikTok reports boosted posts neither by hour nor by further dimensions: choose DAILY, and none of these",
    ),
    Refusal(
        lambda report: (
            report.report_type is AUDIENCE
            and report.is_of_boosted_posts
            and not set(PROMOTE_SPLITS).issuperset(report.by)
        ),
        f"TikTok splits boosted posts by other dimensions only: choose from {', '.join(PROMOTE_SPLITS)}",
    ),
    Refusal(
        lambda report: (
            bool(report.include_deleted) and any(one.field.endswith("_status") for one in report.filters)
        ),
        "a status is filtered and deleted objects are included: STATUS_ALL in the filter means the latter",
    ),
)


def refusals(report: Report) -> Iterator[str]:
    """What TikTok refuses of a report, a sentence each, without a full stop."""
    yield from (rule.sentence for rule in GROUPING_RULES if rule.refuses(report))
    yield from (f"TikTok offers the metric `{name}` {why}" for name, why in _metric_refusals(report))
    for one in report.filters:
        yield from (f"the filter `{one.field}` {why}" for why in _filter_refusals(report, one))


def _metric_refusals(report: Report) -> Iterator[tuple[str, str]]:
    for metric in report.columns:
        why = metric.refusal(report.report_type, report.level, report.dimensions)
        if why:
            yield metric.name, f"{why}: leave it out, or change the report"


def _filter_refusals(report: Report, one: Filter) -> Iterator[str]:
    known = FILTER_FIELDS[one.field]
    if one.type not in known.types:
        yield f"takes {' or '.join(known.types)}: choose that filter type"
    if report.report_type not in known.report_types:
        yield "exists in BASIC reports only: leave it out"
    if known.levels and report.level not in known.levels:
        yield f"exists at the level {_listed(known.levels)} only: leave it out"
    if known.needs and known.needs not in report.dimensions:
        yield f"needs the dimension `{known.needs}`: add it, or leave the filter out"
    if one.field == "ad_ids" and report.object_id == AD_ID_V2:
        yield f"does not go with {AD_ID_V2}: filter by ad_ids_v2"
    if sum(other.field == one.field for other in report.filters) > 1:
        yield "comes twice: put the values into one"
    yield from _value_refusals(one)


def _value_refusals(one: Filter) -> Iterator[str]:
    known, expected = FILTER_FIELDS[one.field], {"BETWEEN": 2, "GREATER_THAN": 1, "LOWER_THAN": 1}
    if not one.values:
        yield "has no value: enter one"
    elif len(one.values) != expected.get(one.type, len(one.values)):
        yield f"takes {expected[one.type]} values for {one.type}: correct them"
    wrong = next((value for value in one.values if known.values and value not in known.values), None)
    if wrong:
        yield f"is compared with {wrong!r}: choose from {', '.join(known.values)}"
    if known.is_id and not all(value.isascii() and value.isdigit() for value in one.values):
        yield "takes numbers of objects: copy them from TikTok Ads Manager"
    if known.is_id and len(one.values) > MAX_FILTER_IDS:
        yield f"takes {MAX_FILTER_IDS} ids at most, and has {len(one.values)}: make several reports of it"


def _listed(levels: frozenset[Level]) -> str:
    return " or ".join(level.value for level in Level if level in levels)
