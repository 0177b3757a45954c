"""START HERE: what `make bench` measures."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.service import World

# What Airbyte's releases ask for in `campaigns_reports_daily`: with nothing else on offer, all get the same.
AIRBYTES_METRICS = (
    "campaign_name",
    "spend",
    "cpc",
    "cpm",
    "impressions",
    "clicks",
    "ctr",
    "reach",
    "cost_per_1000_reached",
    "frequency",
    "video_play_actions",
    "video_watched_2s",
    "video_watched_6s",
    "average_video_play",
    "average_video_play_per_user",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "profile_visits",
    "likes",
    "comments",
    "shares",
    "follows",
    "clicks_on_music_disc",
    "real_time_app_install",
    "real_time_app_install_cost",
    "app_install",
)
# This stream publishes but seven columns beyond thirty, which stay empty when only thirty are on offer.
THIRTY = "campaigns_audience_reports_by_country_daily"
THIRTY_METRICS = (
    "campaign_name",
    "spend",
    "cpc",
    "cpm",
    "impressions",
    "clicks",
    "ctr",
    "reach",
    "cost_per_1000_reached",
    "frequency",
    "conversion",
    "cost_per_conversion",
    "conversion_rate",
    "result",
    "cost_per_result",
    "result_rate",
    "video_play_actions",
    "video_watched_2s",
    "video_watched_6s",
    "average_video_play",
    "average_video_play_per_user",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "profile_visits",
    "likes",
    "comments",
    "shares",
    "follows",
)

# A thousand rows a day in each report but the audience's, which has a fifth more.
WIDE = World(accounts=4, campaigns=250, days=1250)
LATENCY = 0.3
WORKERS = (1, 4, 8, 16)
# Seconds that an answer takes, at the lowest limit and with as many requests under way as that needs; and how many
# times requests / 10 a read of more than 1,500 requests may take then.
PACES = {0.3: 1.05, 2.0: 1.10, 5.0: 1.20}
PACE_DAYS = 1250
# At the highest level that takes as many requests under way as there may be.
CROWD_LATENCY, CROWD_DAYS = 2.0, 500


@dataclass(frozen=True)
class Load:
    """What is to be read: a stream of a world, for some days.

    Attributes:
        metrics: The metrics that the API offers; all if empty.
    """

    world: World
    stream: str
    days: int | None = None
    metrics: Sequence[str] = ()


@dataclass(frozen=True)
class Case:
    """A comparison.

    Attributes:
        name: Key of its results.
        load: What this connector and the floor read.
        rivals_load: What Airbyte's releases read: less, since they take longer.
        long: Whether once is enough.
    """

    name: str
    load: Load
    rivals_load: Load | None = None
    long: bool = False


def reports(stream: str, metrics: Sequence[str] = (), days: int = 100) -> Load:
    """A report of the wide world."""
    return Load(WIDE, stream, days, metrics)


def entities(campaigns: int) -> Load:
    """All ads of four accounts, ten in each campaign."""
    return Load(World(accounts=4, campaigns=campaigns, days=400, ads=10), "ads")


def many_accounts(number: int) -> Load:
    """Ten thousand rows of ten days, however many accounts they come from."""
    world = World(accounts=number, campaigns=1000 // number, days=100)
    return Load(world, "campaigns_reports_daily", 10, AIRBYTES_METRICS)


CASES = (
    Case("thirty", reports(THIRTY, THIRTY_METRICS)),
    Case(
        "same",
        reports("campaigns_reports_daily", AIRBYTES_METRICS),
        reports("campaigns_reports_daily", AIRBYTES_METRICS, days=4),
    ),
    Case("whole", reports("ads_reports_daily"), reports("ads_reports_daily", days=4)),
    Case("entities", entities(500), entities(100)),
    Case("accounts_100", many_accounts(100), many_accounts(100), long=True),
    Case("accounts_1000", many_accounts(1000), many_accounts(1000), long=True),
)
CROWDS = {
    "thirty": reports(THIRTY, THIRTY_METRICS, CROWD_DAYS),
    "whole": reports("ads_reports_daily", days=CROWD_DAYS),
}
# Accounts of which a tenth runs ads, and how many of them Airbyte's release reads as well: it asks the same of
# each account, so that the rest can be told from that.
AGENCIES = (1, 10, 40, 100, 1000)
LARGEST_OF_RIVAL = 10
AGENCY_DAYS = 40
ROW_GROWTH = (10, 100, 1000)
ACCOUNT_GROWTH = (1, 10, 100, 1000)
# The largest growth is read once.
LONG = 1000


def agency(accounts: int) -> World:
    """Accounts of which a tenth runs ads, in flights with silent days in between."""
    return World(accounts, campaigns=1, days=60, active=max(accounts // 10, 1))
