"""The metrics of the report endpoint: which exist, and where they are accepted.

The table is `data/metrics.csv`, made from TikTok's own lists and from what production clients ask. `basic` and
`audience` hold the levels that are accepted: v advertiser, c campaign, g ad group, a ad. A `?` there says that
nothing is known about the other levels; without it they are refused.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError
from integration_tests.tiktok_emulator.model import AD_ID_V2, ID_DIMENSIONS, Level

MOST_METRICS = 100
DEFAULT_METRICS = ("spend", "impressions")
ATTRIBUTE, LIST = "attribute", "list"

ACCEPTED, REFUSED, UNPROVEN = "accepted", "refused", "unproven"

# TikTok publishes a list of metrics for each of these; the other audience dimensions take the general one.
_LISTED = frozenset({"country_code", "ad_type", "hashtag", "audience_tags", "purchase_intention"})
_DAY = "stat_time_day"
# "Text metrics" of the ad that are lists beside `ad_id_v2`.
_TEXTS_OF_ADS = frozenset(
    {"ad_text", "call_to_action", "ad_profile_image", "ad_url", "image_mode", "profile_image"}
)

_INVALID_FIELDS = "Please correct the information in invalid metric fields and try again. "
REFUSAL_WORDS: dict[str, Callable[[list[str]], str]] = {
    "named": lambda names: f"{_INVALID_FIELDS}Invalid metric fields: {names!r}. ",
    "conflict": lambda _: "Conflict occurs. The input params including metrics and dimensions have no relation.",
    "fields": lambda names: f"The following fields are invalid: {', '.join(names)}",
    "values": lambda names: "; ".join(
        f"{name}: one or more value of the param is not acceptable" for name in names
    ),
}
"""In which words TikTok refuses metrics: all of it seen or published, none of it promised."""


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        kind: attribute or list (what a row says of its object), count or money (they add up), or one of the
            kinds in `figures.py` that follow from others.
        part: the count from which a cost or a rate follows; empty where it is not a metric.
        basic: levels where BASIC reports accept it.
        audience: levels where AUDIENCE reports accept it.
        audience_dimensions: those of the dimensions with a list of their own that accept it; a `?` behind
            the name says that the list lacks it, although clients ask it.
        needs: condition on the dimensions, see `_CONDITIONS`.
    """

    name: str
    kind: str
    part: str
    basic: str
    audience: str
    audience_dimensions: frozenset[str]
    needs: str

    @property
    def figure(self) -> bool:
        """Whether it is a number about delivery."""
        return self.kind not in (ATTRIBUTE, LIST)


@dataclass(frozen=True)
class MetricReading:
    """How to read what the sources leave open.

    Attributes:
        words: key of `REFUSAL_WORDS`.
        unproven: `unknown` (the emulator answers 501), `accepted` or `refused`.
        disputed: whether metrics are accepted that TikTok's lists lack and clients ask.
    """

    words: str = "named"
    unproven: str = "unknown"
    disputed: bool = False


@cache
def metric_table() -> dict[str, Metric]:
    """Return all metrics by name."""
    path = Path(__file__).with_name("data") / "metrics.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["metric"]: Metric(
                row["metric"],
                row["kind"],
                row["part"],
                row["basic"],
                row["audience"],
                frozenset(row["audience_dimensions"].split()),
                row["needs"],
            )
            for row in csv.DictReader(lines)
        }


def _one_id(dimensions: Collection[str]) -> bool:
    return not set(dimensions).isdisjoint(ID_DIMENSIONS)


def _id_and_day(dimensions: Collection[str]) -> bool:
    return _one_id(dimensions) and set(dimensions) <= {*ID_DIMENSIONS, _DAY}


# TikTok: groupings outside of which a metric is refused.
_CONDITIONS: dict[str, Callable[[Collection[str]], bool]] = {
    "": lambda _: True,
    "id": _one_id,
    "account_day": lambda names: set(names) == {"advertiser_id", _DAY},
    "id_or_day": lambda names: _id_and_day(names) and AD_ID_V2 not in names,
    "id_or_day_v2": _id_and_day,
    "ad_id_v2": lambda names: AD_ID_V2 in names,
    "image_id": lambda names: "image_id" in names,
}


def standing(
    name: str, level: Level, report_type: str, dimensions: Collection[str], *, disputed: bool = False
) -> str:
    """Tell whether a metric is accepted, refused or unproven beside the dimensions of a report."""
    metric = metric_table().get(name)
    if metric is None or not _CONDITIONS[metric.needs](dimensions):
        return REFUSED
    if AD_ID_V2 in dimensions and name == "ad_id":
        return REFUSED
    if AD_ID_V2 in dimensions and name in _TEXTS_OF_ADS:
        return UNPROVEN
    levels = metric.audience if report_type == "AUDIENCE" else metric.basic
    if level.letter not in levels:
        return UNPROVEN if "?" in levels else REFUSED
    if report_type == "AUDIENCE" and metric.figure:
        return _listed(metric, _LISTED.intersection(dimensions), disputed=disputed)
    return ACCEPTED


def _listed(metric: Metric, dimensions: Iterable[str], *, disputed: bool) -> str:
    known = {name.rstrip("?") for name in metric.audience_dimensions} if disputed else metric.audience_dimensions
    return ACCEPTED if known.issuperset(dimensions) else REFUSED


def check_metrics(
    names: Sequence[str],
    level: Level,
    report_type: str,
    dimensions: Collection[str],
    *,
    withdrawn: Collection[str] = (),
    reading: MetricReading | None = None,
) -> None:
    """Refuse the whole request when one of its metrics is not accepted.

    Raises:
        ApiError: 40002, in the words of the reading.
        NotModelledError: where the sources do not say whether TikTok accepts a metric.
    """
    reading = reading or MetricReading()
    if len(names) > MOST_METRICS:
        raise ApiError(40002, f"metrics: at most {MOST_METRICS} metrics per request.")
    found = {name: standing(name, level, report_type, dimensions, disputed=reading.disputed) for name in names}
    unlike = (REFUSED, UNPROVEN) if reading.unproven == "refused" else (REFUSED,)
    wrong = [name for name in names if name in withdrawn or found[name] in unlike]
    if wrong:
        raise ApiError(40002, REFUSAL_WORDS[reading.words](wrong))
    unknown = [name for name in names if found[name] == UNPROVEN]
    if unknown and reading.unproven == "unknown":
        raise NotModelledError(f"{report_type} {level.data_level} {sorted(dimensions)} with {', '.join(unknown)}")
