"""The metrics of the report endpoint: which exist, where they are accepted, how they are written.

The table is `data/metrics.csv`. `levels` and `audience_levels` hold letters: v advertiser, c campaign,
g ad group, a ad. Sources: official SDK, public connectors, the reference as quoted in public SDKs.
"""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from integration_tests.tiktok_emulator.errors import ApiError
from integration_tests.tiktok_emulator.model import Level

MOST_METRICS = 100
DEFAULT_METRICS = ("spend", "impressions")

# TikTok: both are booked per account and day, and refused everywhere else.
_DAY_ONLY = frozenset({"cash_spend", "voucher_spend"})
# TikTok: one id dimension and, at most, the day beside it.
_NOT_HOURLY = frozenset(
    {
        "paid_engaged_view",
        "paid_engaged_view_15s",
        "paid_engagement_engaged_view",
        "paid_engagement_engaged_view_15s",
    }
)


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        kind: attribute, count, money (3 decimals), money4 (4 decimals) or decimal (2 decimals).
        levels: letters of the levels where BASIC reports accept it.
        audience_levels: letters of the levels where AUDIENCE reports accept it.
        with_country: whether BASIC reports split by country accept it.
    """

    name: str
    kind: str
    levels: str
    audience_levels: str
    with_country: bool


@cache
def metric_table() -> dict[str, Metric]:
    """Return all metrics by name."""
    path = Path(__file__).with_name("data") / "metrics.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["metric"]: Metric(
                row["metric"], row["kind"], row["levels"], row["audience_levels"], row["with_country"] == "yes"
            )
            for row in csv.DictReader(lines)
        }


def _accepted(name: str, level: Level, report_type: str, dimensions: Collection[str]) -> bool:
    metric = metric_table().get(name)
    if metric is None:
        return False
    if name in _DAY_ONLY and "stat_time_day" not in dimensions:
        return False
    if name in _NOT_HOURLY and "stat_time_hour" in dimensions:
        return False
    if report_type == "AUDIENCE":
        return level.letter in metric.audience_levels
    return level.letter in metric.levels and (metric.with_country or "country_code" not in dimensions)


def check_metrics(
    names: Sequence[str],
    level: Level,
    report_type: str,
    dimensions: Collection[str],
    withdrawn: Collection[str] = (),
) -> None:
    """Refuse the whole request when one of its metrics is not accepted.

    Raises:
        ApiError: 40002 with the text that names the metrics, as publicly reported.
    """
    if len(names) > MOST_METRICS:
        raise ApiError(40002, f"metrics: at most {MOST_METRICS} metrics per request.")
    wrong = [name for name in names if name in withdrawn or not _accepted(name, level, report_type, dimensions)]
    if wrong:
        raise ApiError(
            40002,
            "Please correct the information in invalid metric fields and try again. "
            f"Invalid metric fields: {wrong!r}.",
        )
