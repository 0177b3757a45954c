"""Which dimensions may stand together in a report.

TikTok's own page of allowed groupings is not public. What is known to be allowed is answered, what is known to be
refused is refused, and for the rest the emulator admits that it does not know.
"""

from collections.abc import Sequence

from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.model import AD, AD_ID_V2, ADVERTISER, ID_DIMENSIONS, Level
from integration_tests.tiktok_emulator.pieces import AUDIENCE_VALUES

TIME_DIMENSIONS = ("stat_time_day", "stat_time_hour")
DAY, HOUR = TIME_DIMENSIONS
COUNTRY = "country_code"
CONFLICT = "Conflict occurs. The input params including metrics and dimensions have no relation."

_ONLY_AUDIENCE = frozenset({*AUDIENCE_VALUES, "bucket_id"}) - {"ad_type"}
_ONLY_BASIC = frozenset(
    {
        "custom_event_type",
        "event_source_id",
        "page_id",
        "component_name",
        "room_id",
        "post_id",
        "image_id",
        "video_material_id",
        "minis_id",
        "search_terms",
        "search_keyword",
        "match_type",
        "skan_postback_sequence",
    }
)
_KNOWN = frozenset({*ID_DIMENSIONS, *TIME_DIMENSIONS, COUNTRY, "ad_type", *_ONLY_AUDIENCE, *_ONLY_BASIC})
# Without a time dimension only: totals of a range.
_TIMELESS = frozenset(
    {"device_brand_id", "interest_category", *(f"interest_category_tier{tier}" for tier in (2, 3, 4))}
)
_BY_DAY = (
    frozenset({"gender", "age"}),
    frozenset({COUNTRY}),
    frozenset({"platform"}),
    frozenset({"province_id"}),
)
# The dimensions are certain; that a day may stand beside them is inferred.
_BY_DAY_PERHAPS = (frozenset({"language"}), frozenset({"placement"}))
# One client sends it, others say that one audience dimension is all.
_DISPUTED = frozenset({"device_brand_id", "platform"})


def conflict() -> ApiError:
    """Return the refusal of dimensions that do not fit together, which names none."""
    return ApiError(40002, CONFLICT)


def check_grouping(report_type: str, level: Level, names: Sequence[str], inferred: str = "accepted") -> None:
    """Refuse dimensions that TikTok refuses together.

    Args:
        report_type: BASIC or AUDIENCE.
        level: the level of the report.
        names: the dimensions.
        inferred: what TikTok does with those of which that is inferred, see `Options.inferred_groupings`.

    Raises:
        ApiError: 40002.
        NotModelledError: where nobody knows.
    """
    if not _KNOWN.issuperset(names):
        raise parameter_error("dimensions", "one or more value of the param is not acceptable")
    if len(set(names)) != len(names):
        raise NotModelledError("a dimension twice")
    ids = set(names) & set(ID_DIMENSIONS)
    times = set(names) & set(TIME_DIMENSIONS)
    if len(ids) > 1 or len(times) > 1 or not ids <= _ids_of(level):
        raise conflict()
    others = frozenset(names) - ids - times
    if report_type == "AUDIENCE" and ids and times == {DAY} and others in _BY_DAY_PERHAPS:
        if inferred == "refused":
            raise conflict()
        return
    check = _check_audience if report_type == "AUDIENCE" else _check_basic
    if not check(level, ids, times, others):
        raise NotModelledError(f"{report_type} at {level.data_level} by {list(names)}")


def _ids_of(level: Level) -> set[str]:
    return {level.id_field, AD_ID_V2} if level is AD else {level.id_field}


def _check_basic(level: Level, ids: set[str], times: set[str], others: frozenset[str]) -> bool:
    """Tell whether a BASIC report is known to be answered."""
    if others & _ONLY_AUDIENCE:
        raise conflict()
    if not ids:
        return level is ADVERTISER and times == {DAY} and not others
    if AD_ID_V2 in ids:
        return HOUR not in times and not others
    return others <= {COUNTRY}


def _check_audience(level: Level, ids: set[str], times: set[str], others: frozenset[str]) -> bool:
    """Tell whether an AUDIENCE report is known to be answered."""
    if others & _ONLY_BASIC or (times and others & _TIMELESS):
        raise conflict()
    if len(others) > 1 and others not in ({"gender", "age"}, _DISPUTED):
        raise conflict()
    if HOUR in times or "bucket_id" in others or AD_ID_V2 in ids or others == _DISPUTED or not others:
        return False
    if not ids:
        return level is ADVERTISER and len(others) == 1 and not times
    return not times or others in _BY_DAY
