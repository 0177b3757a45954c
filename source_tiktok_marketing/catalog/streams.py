"""START HERE: every stream of the connector, one row each.

Key, cursor, request, window length, record shape, JSON schema and the README's table all follow from the row.
A name is typed out rather than computed, so that a search for a stream lands on its row.
"""

from dataclasses import dataclass, replace
from typing import Any

from source_tiktok_marketing.catalog.filters import Filter
from source_tiktok_marketing.catalog.metrics import METRICS, Metric, published_metrics
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level, ReportType

REPORT_ENDPOINT = "report/integrated/get/"
REPORT_PAGE_SIZE = 1000
# The least that can be asked of an account's reports: its one total.
LIGHTEST_REPORT = {
    "report_type": ReportType.BASIC.value,
    "data_level": Level.ADVERTISER.data_level,
    "dimensions": f'["{Level.ADVERTISER.id_dimension}"]',
    "metrics": '["spend"]',
    "query_lifetime": "true",
    "page": "1",
    "page_size": "1",
}


@dataclass(frozen=True)
class Entity:
    """A stream of objects: what TikTok lists for an account, as it is now.

    Attributes:
        name: Stream name, as Airbyte's connector publishes it.
        endpoint: Path below `/open_api/v1.3/`.
        key: Field that identifies the object.
        cursor: Field that dates its last change; None where TikTok has no such field.
        page_size: Largest page that the endpoint serves; None where it does not page.
        list_field: Where `data` holds the objects.
        status_all: `secondary_status` that lists deleted objects too, which TikTok hides unless asked.
        buying_types: Whether the endpoint knows `buying_types`, so that TopView has to be asked for.
        in_sandbox: Whether the sandbox has the endpoint.
        reach: How many objects TikTok lists at most; None for all.
        from_start_date: Whether objects that changed last before the start date are left out.
    """

    name: str
    endpoint: str
    key: str
    cursor: str | None = None
    page_size: int | None = None
    list_field: str = "list"
    status_all: str | None = None
    buying_types: bool = False
    in_sandbox: bool = True
    reach: int | None = None
    from_start_date: bool = True

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Fields that identify a record within its account."""
        return (self.key,)


@dataclass(frozen=True)
class Report:
    """A stream of numbers: one row per object, time and audience group, from `report/integrated/get/`.

    The reports of Airbyte's connector and those that a user defines are the same kind of row.

    Attributes:
        name: Stream name, as Airbyte's connector publishes it or as the user chose it.
        level: Object that a row is about.
        granularity: Time that a row covers.
        report_type: BASIC, or AUDIENCE where people are split.
        by: Further dimensions that split the row.
        object_id: The id dimension, where it is not the level's own; empty for none.
        own_metrics: The metrics that the user chose; the published ones of its type if empty.
        more_metrics: Metrics beside the published ones.
        filters: What the rows are restricted to.
        include_deleted: Whether deleted objects are reported even if the configuration leaves them out.
    """

    name: str
    level: Level
    granularity: Granularity
    report_type: ReportType = ReportType.BASIC
    by: tuple[str, ...] = ()
    object_id: str | None = None
    own_metrics: tuple[str, ...] = ()
    more_metrics: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    include_deleted: bool = False

    endpoint = REPORT_ENDPOINT
    page_size = REPORT_PAGE_SIZE
    list_field = "list"
    reach = None

    @property
    def id_dimension(self) -> str:
        """The id that a row is grouped by; empty for none."""
        return self.level.id_dimension if self.object_id is None else self.object_id

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What a row is grouped by, in the order of Airbyte's keys."""
        return tuple(filter(None, (self.id_dimension, self.granularity.time_dimension, *self.by)))

    @property
    def primary_key(self) -> tuple[str, ...]:
        """A row is identified by what it is grouped by; rows of no object belong to their account."""
        return self.dimensions if self.id_dimension else ("advertiser_id", *self.dimensions)

    @property
    def cursor(self) -> str | None:
        """The time dimension; lifetime reports have none."""
        return self.granularity.time_dimension

    @property
    def columns(self) -> tuple[Metric, ...]:
        """Every metric that the report publishes, offered or not."""
        if self.own_metrics:
            return tuple(METRICS[name] for name in self.own_metrics)
        further = (METRICS[name] for name in self.more_metrics)
        return tuple(dict.fromkeys((*published_metrics(self.report_type), *further)))

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Metrics to ask for: the columns that TikTok offers at this level and grouping."""
        return tuple(
            metric for metric in self.columns if metric.offered(self.report_type, self.level, self.dimensions)
        )

    @property
    def in_sandbox(self) -> bool:
        """The sandbox has no reports at account level."""
        return self.level is not Level.ADVERTISER

    @property
    def is_account_days(self) -> bool:
        """Whether its rows are the accounts' own days, which tell what else there is to read."""
        return self.name == "advertisers_reports_daily"

    @property
    def query_lifetime(self) -> bool:
        """Whether one request covers all time; AUDIENCE reports refuse that and take a range of days instead."""
        return self.granularity is Granularity.LIFETIME and self.report_type is ReportType.BASIC


Row = Entity | Report


def _ad_object(object_name: str) -> dict[str, Any]:
    """What campaigns, ad groups and ads have in common."""
    return {
        "status_all": f"{object_name}_STATUS_ALL",
        "buying_types": True,
        "page_size": 1000,
        "cursor": "modify_time",
    }


_SEARCHED_ASSET: dict[str, Any] = {"cursor": "modify_time", "page_size": 100, "reach": 10_000}

CAMPAIGNS = Entity("campaigns", "campaign/get/", "campaign_id", **_ad_object("CAMPAIGN"))
ADGROUPS = Entity("ad_groups", "adgroup/get/", "adgroup_id", **_ad_object("ADGROUP"))

ENTITIES: tuple[Entity, ...] = (
    Entity("advertiser_ids", "oauth2/advertiser/get/", "advertiser_id", in_sandbox=False),
    Entity("advertisers", "advertiser/info/", "advertiser_id"),
    Entity("audiences", "dmp/custom_audience/list/", "audience_id", page_size=100),
    CAMPAIGNS,
    ADGROUPS,
    Entity("ads", "ad/get/", "ad_id", **_ad_object("AD")),
    Entity("creative_assets_images", "file/image/ad/search/", "image_id", **_SEARCHED_ASSET),
    Entity(
        "creative_assets_music",
        "file/music/get/",
        "music_id",
        cursor="modify_time",
        page_size=1000,
        list_field="musics",
        reach=100_000,
        from_start_date=False,
    ),
    Entity(
        "creative_assets_portfolios",
        "creative/portfolio/list/",
        "creative_portfolio_id",
        page_size=100,
        list_field="creative_portfolios",
    ),
    Entity("creative_assets_videos", "file/video/ad/search/", "video_id", **_SEARCHED_ASSET),
)

ADVERTISER, CAMPAIGN, ADGROUP, AD = Level.ADVERTISER, Level.CAMPAIGN, Level.ADGROUP, Level.AD
HOURLY, DAILY, LIFETIME = Granularity.HOURLY, Granularity.DAILY, Granularity.LIFETIME
AUDIENCE = ReportType.AUDIENCE
GENDER_AGE = ("gender", "age")
COUNTRY = ("country_code",)
PLATFORM = ("platform",)
PROVINCE = ("province_id",)

ACCOUNT_DAYS = Report("advertisers_reports_daily", ADVERTISER, DAILY)

REPORTS: tuple[Report, ...] = (
    Report("ads_reports_hourly", AD, HOURLY),
    Report("ads_reports_daily", AD, DAILY),
    Report("ads_reports_lifetime", AD, LIFETIME),
    Report("ad_groups_reports_hourly", ADGROUP, HOURLY),
    Report("ad_groups_reports_daily", ADGROUP, DAILY),
    Report("ad_groups_reports_lifetime", ADGROUP, LIFETIME),
    Report("campaigns_reports_hourly", CAMPAIGN, HOURLY),
    Report("campaigns_reports_daily", CAMPAIGN, DAILY),
    Report("campaigns_reports_lifetime", CAMPAIGN, LIFETIME),
    Report("advertisers_reports_hourly", ADVERTISER, HOURLY),
    ACCOUNT_DAYS,
    Report("advertisers_reports_lifetime", ADVERTISER, LIFETIME),
    Report("ads_audience_reports_daily", AD, DAILY, AUDIENCE, GENDER_AGE),
    Report("ads_audience_reports_by_country_daily", AD, DAILY, AUDIENCE, COUNTRY),
    Report("ads_audience_reports_by_platform_daily", AD, DAILY, AUDIENCE, PLATFORM),
    Report("ads_audience_reports_by_province_daily", AD, DAILY, AUDIENCE, PROVINCE),
    # Airbyte's names say ad_group here and ad_groups above.
    Report("ad_group_audience_reports_daily", ADGROUP, DAILY, AUDIENCE, GENDER_AGE),
    Report("ad_group_audience_reports_by_country_daily", ADGROUP, DAILY, AUDIENCE, COUNTRY),
    Report("ad_group_audience_reports_by_platform_daily", ADGROUP, DAILY, AUDIENCE, PLATFORM),
    Report("campaigns_audience_reports_daily", CAMPAIGN, DAILY, AUDIENCE, GENDER_AGE),
    Report("campaigns_audience_reports_by_country_daily", CAMPAIGN, DAILY, AUDIENCE, COUNTRY),
    Report("campaigns_audience_reports_by_platform_daily", CAMPAIGN, DAILY, AUDIENCE, PLATFORM),
    Report("advertisers_audience_reports_daily", ADVERTISER, DAILY, AUDIENCE, GENDER_AGE),
    Report("advertisers_audience_reports_by_country_daily", ADVERTISER, DAILY, AUDIENCE, COUNTRY),
    Report("advertisers_audience_reports_by_platform_daily", ADVERTISER, DAILY, AUDIENCE, PLATFORM),
    Report("advertisers_audience_reports_lifetime", ADVERTISER, LIFETIME, AUDIENCE, GENDER_AGE),
)

STREAMS: tuple[Row, ...] = (*ENTITIES, *REPORTS)


def streams_with(more_metrics: tuple[str, ...] = (), own: tuple[Report, ...] = ()) -> tuple[Row, ...]:
    """Every stream there is: BASIC reports with metrics beside the published ones, and the reports of a user."""
    published = (
        replace(row, more_metrics=more_metrics)
        if isinstance(row, Report) and row.report_type is ReportType.BASIC
        else row
        for row in STREAMS
    )
    return (*published, *own)
