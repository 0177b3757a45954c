"""TikTok's words, each said once: levels, granularities and dimensions of reports; access levels.

The catalogue, the requests, the converters and the JSON schemas all read these tables.
"""

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
    "language": "Language of the people reached; no stream asks for it.",
    "interest_category": "Interest of the people reached; no stream asks for it.",
    "placement": "Placement; no stream asks for it.",
}
