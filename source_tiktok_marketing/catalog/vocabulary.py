"""TikTok's words, each said once: levels, granularities and dimensions of reports; access levels.

The catalogue, the requests, the converters and the JSON schemas all read these tables.
"""

from dataclasses import dataclass
from enum import Enum

from pendulum import Date

FIRST_DAY = Date(2012, 1, 1)  # TikTok has no ads before; a start date before it is a typing error.

# Access levels of a developer app, which set its rate limits; the first is the lowest.
RATE_LIMIT_LEVELS = ("Basic", "Advanced", "Premium", "Ultimate")


class Level(Enum):
    """The object that a report row is about (`data_level`), from the account down to the ad."""

    ADVERTISER = "ADVERTISER"
    CAMPAIGN = "CAMPAIGN"
    ADGROUP = "ADGROUP"
    AD = "AD"

    @property
    def data_level(self) -> str:
        """The request's `data_level`; the AUCTION_ levels cover reservation ads as well."""
        return f"AUCTION_{self.value}"

    @property
    def id_dimension(self) -> str:
        """The one id dimension that TikTok allows at this level, for instance `ad_id`."""
        return f"{self.value.lower()}_id"

    @property
    def status_field(self) -> str | None:
        """The filter field for deleted objects; the account itself has none."""
        return None if self is Level.ADVERTISER else f"{self.value.lower()}_status"


class Granularity(Enum):
    """How a report is cut in time: its time dimension and the days that one request may span (inclusive)."""

    HOURLY = ("stat_time_hour", 1)
    DAILY = ("stat_time_day", 30)
    LIFETIME = (None, 365)

    def __init__(self, time_dimension: str | None, max_days: int) -> None:
        self.time_dimension = time_dimension
        self.max_days = max_days


class ReportType(Enum):
    """`report_type` of a request: BASIC is split by object and time only, AUDIENCE by people as well."""

    BASIC = "BASIC"
    AUDIENCE = "AUDIENCE"


TEXT, INTEGER, NUMBER, LIST = "string", "integer", "number", "array"

TIME_DIMENSIONS = {
    "stat_time_day": "Day of the row in the account's time zone, as midnight.",
    "stat_time_hour": "Hour of the row in the account's time zone.",
}
ID_DIMENSIONS = {
    "advertiser_id": "Ad account that the row was read for.",
    "campaign_id": "Campaign of the row.",
    "adgroup_id": "Ad group of the row.",
    "ad_id": "Ad of the row.",
}
# Upgraded Smart+: `ad_id` is a creative, and this is the ad that shows it; for other ads both are the ad.
AD_ID_V2 = "ad_id_v2"
FURTHER_IDS = {AD_ID_V2: "Ad of the row; of an Upgraded Smart+ ad all creatives together."}
AUDIENCE_DIMENSIONS = {
    "country_code": "Country of the people reached, in two letters.",
    "platform": "Operating system or device family, for instance ANDROID or IPHONE.",
    "gender": "MALE, FEMALE or NONE when unknown.",
    "age": "Age band, for instance AGE_25_34, or NONE when unknown.",
    "province_id": "Location id of the province or state.",
}
# Published under `dimensions` by Airbyte's connector, asked for by no stream: kept so that no column vanishes.
UNUSED_AUDIENCE_DIMENSIONS = {
    "ac": "Network type; no stream asks for it.",
    "language": "Language of the people reached; in reports by language only.",
    "interest_category": "Interest of the people reached; no stream asks for it.",
    "placement": "App of TikTok's in which the ad was shown; in reports by placement only.",
}


@dataclass(frozen=True)
class Split:
    """A dimension beside object and time.

    Attributes:
        description: What it tells apart.
        report_types: The reports that it splits.
    """

    description: str
    report_types: frozenset[ReportType]


def _splits(meanings: dict[str, str], *report_types: ReportType) -> dict[str, Split]:
    return {name: Split(text, frozenset(report_types)) for name, text in meanings.items()}


# Every dimension that can split a report of the user's own.
SPLITS = {
    **_splits({"country_code": AUDIENCE_DIMENSIONS["country_code"]}, ReportType.BASIC, ReportType.AUDIENCE),
    **_splits({"ad_type": "Kind of ad, for instance Search."}, ReportType.BASIC, ReportType.AUDIENCE),
    **_splits(
        {
            "gender": AUDIENCE_DIMENSIONS["gender"],
            "age": AUDIENCE_DIMENSIONS["age"],
            "platform": AUDIENCE_DIMENSIONS["platform"],
            "province_id": AUDIENCE_DIMENSIONS["province_id"],
            "dma_id": "Market area in the United States.",
            "language": "Language of the people reached.",
            "placement": "App of TikTok's in which the ad was shown.",
            "ac": "Kind of network, for instance WIFI.",
            "interest_category": "Interest of the people reached.",
            "interest_category_tier2": "Interest of the people reached, second tier.",
            "interest_category_tier3": "Interest of the people reached, third tier.",
            "interest_category_tier4": "Interest of the people reached, fourth tier.",
            "device_brand_id": "Brand of the device.",
            "behavior_id": "Behaviour of the people reached.",
            "contextual_tag": "Content beside which the ad was shown.",
            "hashtag": "Hashtag that the ad was targeted by.",
            "audience_tags": "Audience that the ad was targeted by.",
            "additional_interests": "Further interest of the people reached.",
            "purchase_intention": "What the people reached intend to buy.",
        },
        ReportType.AUDIENCE,
    ),
    **_splits(
        {
            "custom_event_type": "Event that the advertiser has defined.",
            "event_source_id": "Source of the events, such as a pixel.",
            "page_id": "Page of an Instant Experience or an instant form.",
            "component_name": "Component of an Instant Experience page.",
            "room_id": "LIVE room.",
            "post_id": "Post that the ad shows.",
            "image_id": "Image of a carousel.",
            "video_material_id": "Video of the ad.",
            "minis_id": "Mini app.",
            "search_terms": "What people searched for.",
            "search_keyword": "Keyword that the ad bids on.",
            "match_type": "How the keyword matched.",
            "skan_postback_sequence": "Number of the SKAN postback.",
        },
        ReportType.BASIC,
    ),
}
