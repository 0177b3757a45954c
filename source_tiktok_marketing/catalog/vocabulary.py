"""TikTok's words, each said once: levels, granularities, dimensions and metrics of reports; access levels.

The catalogue, the requests, the converters and the JSON schemas all read these tables, so a metric that is
added here is asked for, converted and published without another edit. Nothing in this module knows the CDK.
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


TEXT, INTEGER, NUMBER = "string", "integer", "number"

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

EVERY_LEVEL = frozenset(Level)
BELOW_ADVERTISER = EVERY_LEVEL - {Level.ADVERTISER}
BELOW_CAMPAIGN = BELOW_ADVERTISER - {Level.CAMPAIGN}
ADVERTISER_ONLY = frozenset({Level.ADVERTISER})
AD_ONLY = frozenset({Level.AD})
NOWHERE: frozenset[Level] = frozenset()

EVERY_GRANULARITY = frozenset(Granularity)
DAILY_ONLY = frozenset({Granularity.DAILY})
# The "paid" half of the engaged views allows one id dimension and, at most, the day beside it.
NOT_HOURLY = EVERY_GRANULARITY - {Granularity.HOURLY}


@dataclass(frozen=True)
class Metric:
    """One column under `metrics`.

    Attributes:
        name: TikTok's name, in the request and in the answer.
        type: JSON type that the column is published with; TikTok itself sends every value as text.
        description: What the value means, for the schema.
        levels: Levels of BASIC reports that offer the metric. Elsewhere TikTok may refuse the whole request, so it
            is not asked for there and the column, shared over all levels by Airbyte's schemas, stays null.
        granularities: Granularities that offer it.
        audience_levels: The same levels of AUDIENCE reports; None where those do not publish it.
        audience_type: Its JSON type there, where Airbyte published another one.
    """

    name: str
    type: str
    description: str
    levels: frozenset[Level] = EVERY_LEVEL
    granularities: frozenset[Granularity] = EVERY_GRANULARITY
    audience_levels: frozenset[Level] | None = None
    audience_type: str | None = None

    def offered(self, report_type: ReportType, level: Level, granularity: Granularity) -> bool:
        """Whether TikTok answers this metric in a report of that type, level and granularity."""
        levels = self.levels if report_type is ReportType.BASIC else self.audience_levels or NOWHERE
        return level in levels and granularity in self.granularities

    def published_type(self, report_type: ReportType) -> str:
        """The JSON type of the column in reports of that type."""
        return self.audience_type or self.type if report_type is ReportType.AUDIENCE else self.type


def _attribute(
    name: str, levels: frozenset[Level], description: str, type_: str = TEXT, audience_type: str | None = None
) -> Metric:
    return Metric(name, type_, description, levels, audience_levels=levels, audience_type=audience_type)


def _shared(name: str, type_: str, description: str) -> Metric:
    return Metric(name, type_, description, audience_levels=EVERY_LEVEL)


def _outcome(name: str, description: str) -> Metric:
    """A conversion or result: nobody is known to ask for it in AUDIENCE reports of whole accounts."""
    return Metric(name, TEXT, description, audience_levels=BELOW_ADVERTISER)


METRICS: tuple[Metric, ...] = (
    # The object's own attributes. Parents come as metrics, since a request takes one id dimension only.
    _attribute("campaign_name", BELOW_ADVERTISER, "Name of the campaign."),
    _attribute("campaign_id", BELOW_CAMPAIGN, "Campaign that the object belongs to.", INTEGER),
    _attribute("adgroup_name", BELOW_CAMPAIGN, "Name of the ad group."),
    _attribute("adgroup_id", AD_ONLY, "Ad group that the ad belongs to.", INTEGER),
    _attribute("ad_name", AD_ONLY, "Name of the ad."),
    _attribute("ad_text", AD_ONLY, "Caption of the ad."),
    _attribute("placement_type", BELOW_CAMPAIGN, "Placement as a label for people."),
    _attribute("promotion_type", BELOW_CAMPAIGN, "What is promoted, as a label for people."),
    _attribute("tt_app_id", BELOW_CAMPAIGN, "Promoted app in TikTok's numbering; 0 for none.", INTEGER, TEXT),
    _attribute("tt_app_name", BELOW_CAMPAIGN, "Name of the promoted app; 0 for none."),
    _attribute("mobile_app_id", BELOW_CAMPAIGN, "Promoted app's id in its store; 0 for none."),
    _attribute("dpa_target_audience_type", BELOW_CAMPAIGN, "Kind of audience of a catalogue ad."),
    # Delivery and its cost. Money is in the account's currency; rates are percentages.
    _shared("spend", TEXT, "Money spent."),
    Metric("cash_spend", TEXT, "Part of the spend paid in cash.", ADVERTISER_ONLY, DAILY_ONLY),
    Metric("voucher_spend", TEXT, "Part of the spend paid with vouchers.", ADVERTISER_ONLY, DAILY_ONLY),
    _shared("cpc", TEXT, "Spend per click."),
    _shared("cpm", TEXT, "Spend per 1,000 impressions."),
    _shared("impressions", TEXT, "Times that ads were shown."),
    _shared("clicks", TEXT, "Clicks to the destination."),
    _shared("ctr", TEXT, "Share of impressions that were clicked, in percent."),
    _shared("reach", TEXT, "People who saw an ad at least once; cannot be added up over rows."),
    _shared("cost_per_1000_reached", TEXT, "Spend per 1,000 people reached."),
    _shared("frequency", TEXT, "Impressions per person; cannot be added up over rows."),
    # Conversions and results: what the ad group optimises for and what the objective counts.
    _outcome("conversion", "Conversions, dated by the impression."),
    _outcome("cost_per_conversion", "Spend per conversion."),
    _outcome("conversion_rate", "Conversions per click, in percent."),
    _outcome("real_time_conversion", "Conversions, dated by the event."),
    _outcome("real_time_cost_per_conversion", "Spend per conversion dated by the event."),
    _outcome("real_time_conversion_rate", "Conversions dated by the event per click, in percent."),
    _outcome("result", "Outcomes that fit the objective, dated by the impression."),
    _outcome("cost_per_result", "Spend per result."),
    _outcome("result_rate", "Results per impression, in percent."),
    _outcome("real_time_result", "Outcomes that fit the objective, dated by the event."),
    _outcome("real_time_cost_per_result", "Spend per result dated by the event."),
    _outcome("real_time_result_rate", "Results dated by the event per impression, in percent."),
    Metric("secondary_goal_result", TEXT, "Outcomes of the secondary goal; null without such a goal."),
    Metric("cost_per_secondary_goal_result", TEXT, "Spend per outcome of the secondary goal."),
    Metric("secondary_goal_result_rate", TEXT, "Outcomes of the secondary goal per impression, in percent."),
    # Purchases on website, app and TikTok Shop.
    Metric("total_purchase_value", TEXT, "Value of purchases in the app."),
    Metric("total_onsite_shopping_value", TEXT, "Revenue in TikTok Shop."),
    Metric("onsite_shopping", TEXT, "Purchases in TikTok Shop."),
    Metric("vta_purchase", TEXT, "Purchases after a view without a click."),
    Metric("cta_purchase", TEXT, "Purchases after a click."),
    Metric("vta_conversion", TEXT, "Conversions after a view without a click."),
    Metric("cta_conversion", TEXT, "Conversions after a click."),
    Metric("total_pageview", TEXT, "Page views on the website."),
    Metric("complete_payment", TEXT, "Payments on the website."),
    Metric("value_per_complete_payment", TEXT, "Mean value of a payment on the website."),
    Metric("total_complete_payment_rate", TEXT, "Total value of website payments; no rate, despite its name."),
    # Video.
    _shared("video_play_actions", NUMBER, "Video starts, without replays."),
    _shared("video_watched_2s", NUMBER, "Plays of two seconds or more."),
    _shared("video_watched_6s", NUMBER, "Plays of six seconds or more."),
    _shared("average_video_play", NUMBER, "Mean seconds watched per play."),
    _shared("average_video_play_per_user", NUMBER, "Mean seconds watched per person."),
    _shared("video_views_p25", NUMBER, "Plays that reached a quarter of the video."),
    _shared("video_views_p50", NUMBER, "Plays that reached half of the video."),
    _shared("video_views_p75", NUMBER, "Plays that reached three quarters of the video."),
    _shared("video_views_p100", NUMBER, "Plays that reached the end."),
    # Social actions.
    _shared("profile_visits", NUMBER, "Visits to the profile from the ad."),
    _shared("likes", NUMBER, "Likes from the ad."),
    _shared("comments", NUMBER, "Comments from the ad."),
    _shared("shares", NUMBER, "Shares from the ad."),
    _shared("follows", NUMBER, "New followers from the ad."),
    _shared("clicks_on_music_disc", NUMBER, "Clicks on the music of the ad."),
    Metric("profile_visits_rate", NUMBER, "Profile visits per impression, in percent."),
    # Events in the app.
    Metric("real_time_app_install", NUMBER, "App installs, dated by the install."),
    Metric("real_time_app_install_cost", NUMBER, "Spend per app install dated by the install."),
    Metric("app_install", NUMBER, "App installs, dated by the impression."),
    Metric("cost_per_app_install", NUMBER, "Spend per app install."),
    Metric("purchase", NUMBER, "People who bought in the app."),
    Metric("purchase_rate", NUMBER, "App buyers, as a rate in percent."),
    Metric("cost_per_purchase", NUMBER, "Spend per app buyer."),
    Metric("registration", NUMBER, "People who registered in the app."),
    Metric("registration_rate", NUMBER, "App registrations per install, in percent."),
    Metric("cost_per_registration", NUMBER, "Spend per app registration."),
    Metric("sales_lead", NUMBER, "People who became a lead in the app."),
    Metric("sales_lead_rate", NUMBER, "App leads, as a rate in percent."),
    Metric("cost_per_sales_lead", NUMBER, "Spend per person who became a lead in the app."),
    Metric("cost_per_total_sales_lead", NUMBER, "Spend per lead event in the app."),
    Metric("total_app_event_add_to_cart", NUMBER, "Add-to-cart events in the app (not website or shop)."),
    Metric("cost_per_total_app_event_add_to_cart", NUMBER, "Spend per add-to-cart event in the app."),
    # Engaged views.
    Metric("engaged_view", NUMBER, "Plays of six seconds, or with an action in the first six."),
    Metric("engaged_view_15s", NUMBER, "Plays of fifteen seconds, or with an action in the first fifteen."),
    Metric("engagements", NUMBER, "All clicks on the ad, social actions included."),
    Metric("engaged_view_through_conversions", NUMBER, "Conversions credited to an engaged view."),
    Metric("paid_engaged_view", NUMBER, "Paid plays of six seconds.", granularities=NOT_HOURLY),
    Metric("paid_engaged_view_15s", NUMBER, "Paid plays of fifteen seconds.", granularities=NOT_HOURLY),
    Metric(
        "paid_engagement_engaged_view",
        NUMBER,
        "Paid actions within six seconds without a play of six seconds.",
        granularities=NOT_HOURLY,
    ),
    Metric(
        "paid_engagement_engaged_view_15s",
        NUMBER,
        "Paid actions within fifteen seconds without a play of fifteen seconds.",
        granularities=NOT_HOURLY,
    ),
)

# A column of Airbyte's audience schema that is a dimension to TikTok: never asked for as a metric, always null.
PROVINCE_AS_METRIC = Metric(
    "province_id", TEXT, "Kept for compatibility; see the dimension.", NOWHERE, audience_levels=NOWHERE
)


def published_metrics(report_type: ReportType) -> tuple[Metric, ...]:
    """Every metric column that reports of a type publish, offered at a level or not."""
    if report_type is ReportType.BASIC:
        return METRICS
    return (*(metric for metric in METRICS if metric.audience_levels is not None), PROVINCE_AS_METRIC)
