"""What the rows of a report can be restricted to: the fields that TikTok documents, and how they are written."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from source_tiktok_marketing.catalog.vocabulary import Level, ReportType

BASIC, AUDIENCE = ReportType.BASIC, ReportType.AUDIENCE

# TikTok's own list; which field takes which is said in `FILTER_FIELDS`.
FILTER_TYPES = (
    "IN",
    "NOT_IN",
    "CONTAIN_ANY_OF",
    "MATCH",
    "GREATER_EQUAL",
    "GREATER_THAN",
    "LOWER_EQUAL",
    "LOWER_THAN",
    "BETWEEN",
)
LIST_TYPES = ("IN", "NOT_IN", "CONTAIN_ANY_OF", "BETWEEN")
MAX_FILTER_IDS = 100
# Where campaigns come from: TikTok's ads manager, or a boost of a post in its app.
ORIGINS, BOOSTED = "campaign_system_origins", "PROMOTE"


@dataclass(frozen=True)
class Filter:
    """A restriction; several hold at once.

    Attributes:
        field: TikTok's `field_name`.
        type: TikTok's `filter_type`.
        values: What the field is compared with: one value, but for lists and spans.
    """

    field: str
    type: str
    values: tuple[str, ...]

    def as_request(self) -> dict[str, str]:
        """The filter as TikTok takes it: lists and spans are JSON text inside a text, or it ignores them."""
        is_list = self.type in LIST_TYPES
        value = orjson.dumps(self.values).decode() if is_list else self.values[0]
        return {"field_name": self.field, "filter_type": self.type, "filter_value": value}


@dataclass(frozen=True)
class FilterField:
    """What a field of a filter takes.

    Attributes:
        types: Filter types.
        levels: Levels at which it filters; all if empty.
        report_types: Report types that it filters.
        values: All that it can be compared with, where that is a fixed list.
        needs: Dimension without which it is refused.
        is_id: Whether it takes ids, of which a request has room for `MAX_FILTER_IDS`.
    """

    types: Sequence[str] = ("IN",)
    levels: frozenset[Level] = frozenset()
    report_types: frozenset[ReportType] = frozenset({BASIC, AUDIENCE})
    values: Sequence[str] = ()
    needs: str = ""
    is_id: bool = False


STATUSES = (
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
    "STATUS_DELETE",
    "STATUS_DELIVERY_OK",
    "STATUS_DISABLE",
    "STATUS_NOT_DELIVERY",
    "STATUS_TIME_DONE",
    "STATUS_RF_CLOSED",
    "STATUS_FROZEN",
)
PROMOTION_TYPES = (
    "APP",
    "WEBSITE",
    "INSTANT_FORM",
    "LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE",
    "LEAD_GEN_CLICK_TO_SOCIAL_MEDIA_APP_MESSAGE",
    "LEAD_GEN_CLICK_TO_CALL",
)
AUTOMATION_TYPES = ("MANUAL", "SMART_PLUS", "UPGRADED_SMART_PLUS", "UPGRADED_SMART_PLUS_CREATIVE")
ONLY_BASIC = frozenset({BASIC})
CAMPAIGNS_DOWN = frozenset({Level.CAMPAIGN, Level.ADGROUP, Level.AD})
AD_GROUPS_DOWN = frozenset({Level.ADGROUP, Level.AD})
ADS = frozenset({Level.AD})

FILTER_FIELDS: dict[str, FilterField] = {
    "campaign_ids": FilterField(levels=CAMPAIGNS_DOWN, is_id=True),
    "adgroup_ids": FilterField(levels=AD_GROUPS_DOWN, is_id=True),
    "ad_ids": FilterField(levels=ADS, is_id=True),
    "ad_ids_v2": FilterField(levels=ADS, needs="ad_id_v2", is_id=True),
    # The status of another level than the report's own loses rows.
    "campaign_status": FilterField(levels=frozenset({Level.CAMPAIGN}), values=STATUSES),
    "adgroup_status": FilterField(levels=frozenset({Level.ADGROUP}), values=STATUSES),
    "ad_status": FilterField(levels=ADS, values=STATUSES),
    "buying_type": FilterField(levels=CAMPAIGNS_DOWN, values=("RESERVATION_TOP_VIEW",)),
    ORIGINS: FilterField(levels=CAMPAIGNS_DOWN, values=("TT_ADS_PLATFORM", BOOSTED)),
    "campaign_automation_type": FilterField(
        levels=CAMPAIGNS_DOWN, report_types=ONLY_BASIC, values=AUTOMATION_TYPES
    ),
    "promotion_type": FilterField(levels=AD_GROUPS_DOWN, report_types=ONLY_BASIC, values=PROMOTION_TYPES),
    "country_code": FilterField(needs="country_code"),
    "billing_event": FilterField(levels=AD_GROUPS_DOWN),
    "image_mode": FilterField(levels=ADS),
    "create_time": FilterField(types=("BETWEEN", "GREATER_THAN", "LOWER_THAN"), levels=CAMPAIGNS_DOWN),
}
