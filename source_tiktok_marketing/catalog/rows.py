"""What a row of the catalogue can say: an entity, a report, a report of GMV Max.

Key, cursor, request, window length, record shape, JSON schema and the README's table all follow from it.
"""

from dataclasses import dataclass
from enum import Enum

from source_tiktok_marketing.catalog.filters import BOOSTED, ORIGINS, Filter
from source_tiktok_marketing.catalog.gmv_max import REPORT_ENDPOINT as SHOP_REPORT_ENDPOINT
from source_tiktok_marketing.catalog.gmv_max import ShopLevel
from source_tiktok_marketing.catalog.metrics import METRICS, Metric, published_metrics
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level, ReportType

REPORT_ENDPOINT = "report/integrated/get/"
REPORT_PAGE_SIZE = 1000


class Certainty(Enum):
    """How sure it is that TikTok takes a stream's requests."""

    PUBLISHED = "as Airbyte's connector reads it"
    DOCUMENTED = "the request is documented"
    INFERRED = "that TikTok takes the request is inferred"


class Owner(Enum):
    """Whose objects an endpoint lists at a time, by the parameter that says so; None for those of the token."""

    ACCOUNT = "advertiser_id"
    CENTER = "bc_id"
    TOKEN = None


@dataclass(frozen=True)
class Each:
    """What TikTok lists apart: a list for each value of a parameter.

    Attributes:
        name: The parameter.
        values: Its values.
        is_filter: Whether it is a field of `filtering`, where it takes a list of values.
    """

    name: str
    values: tuple[str, ...]
    is_filter: bool = False


@dataclass(frozen=True)
class Parent:
    """Objects of an account, for each of which TikTok lists something.

    Attributes:
        entity: The objects.
        params: Parameters of a request, and the fields of the object that they take.
        flag: Field that has to be true; None where there is no condition.
    """

    entity: "Entity"
    params: tuple[tuple[str, str], ...]
    flag: str | None = None


@dataclass(frozen=True)
class Entity:
    """A stream of objects: what TikTok lists for an account, as it is now.

    Attributes:
        name: Stream name, as Airbyte's connector publishes it.
        endpoint: Path below `/open_api/v1.3/`.
        key: Field that identifies the object; None where nothing does.
        cursor: Field that dates its last change; None where TikTok has no such field.
        page_size: Largest page that the endpoint serves; None where it does not page.
        list_field: Where `data` holds the objects.
        status_all: Status that lists deleted objects too, which TikTok hides unless asked.
        status_field: The filter that takes it.
        status_deleted: `primary_status` that lists deleted objects alone, where no status lists all.
        buying_types: Whether the endpoint knows `buying_types`, so that TopView has to be asked for.
        in_sandbox: Whether the sandbox has the endpoint.
        reach: How many objects TikTok lists at most; None for all.
        from_start_date: Whether objects that changed last before the start date are left out.
        within: Fields without which the key is not unique.
        key_path: Object and field from which the key is taken, where TikTok nests it.
        owner: Whose objects are listed at a time.
        each: What is listed apart, if anything.
        parent: The objects of which each has a list of its own, if so.
        private: Fields that tell of people: they are taken out of every record.
        by_day: Whether a list is the total of some days, so that it is asked for day by day and dated.
        most_days: Days that a list covers at most, so that it is asked for span by span.
        certainty: How sure it is that TikTok takes the request.
    """

    name: str
    endpoint: str
    key: str | None
    cursor: str | None = None
    page_size: int | None = None
    list_field: str = "list"
    status_all: str | None = None
    status_field: str = "secondary_status"
    status_deleted: str | None = None
    buying_types: bool = False
    in_sandbox: bool = True
    reach: int | None = None
    from_start_date: bool = True
    within: tuple[str, ...] = ()
    key_path: tuple[str, str] | None = None
    owner: Owner = Owner.ACCOUNT
    each: Each | None = None
    parent: Parent | None = None
    private: tuple[str, ...] = ()
    by_day: bool = False
    most_days: int | None = None
    certainty: Certainty = Certainty.PUBLISHED

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Fields that identify a record within its account."""
        return (*self.within, self.key, *(("date",) if self.by_day else ())) if self.key else ()


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
        production_only: Whether the sandbox lacks the report.
        certainty: How sure it is that TikTok takes the request.
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
    production_only: bool = False
    certainty: Certainty = Certainty.PUBLISHED

    endpoint = REPORT_ENDPOINT
    owner = Owner.ACCOUNT
    page_size = REPORT_PAGE_SIZE
    list_field = "list"
    reach = None

    @property
    def id_dimension(self) -> str:
        """The id that a row is grouped by; empty for none."""
        return self.level.id_dimension if self.object_id is None else self.object_id

    @property
    def numbers(self) -> tuple[str, ...]:
        """The dimensions that hold whole numbers."""
        return (self.id_dimension,)

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
        grouping = (self.report_type, self.level, self.dimensions)
        return tuple(metric for metric in self.columns if metric.offered(*grouping))

    @property
    def in_sandbox(self) -> bool:
        """The sandbox has no reports at account level."""
        return self.level is not Level.ADVERTISER and not self.production_only

    @property
    def is_account_days(self) -> bool:
        """Whether its rows are the accounts' own days, which tell what else there is to read."""
        return self.name == "advertisers_reports_daily"

    @property
    def is_of_boosted_posts(self) -> bool:
        """Whether it is of posts that were boosted in TikTok's app, which other reports of objects leave out."""
        return any(one.field == ORIGINS and BOOSTED in one.values for one in self.filters)

    @property
    def query_lifetime(self) -> bool:
        """Whether one request covers all time; AUDIENCE reports refuse that and take a range of days instead."""
        return self.granularity is Granularity.LIFETIME and self.report_type is ReportType.BASIC


@dataclass(frozen=True)
class ShopReport:
    """A stream of numbers of GMV Max, TikTok Shop's own campaigns: read shop by shop, from `gmv_max/report/get/`.

    Attributes:
        name: Stream name.
        level: What a row is about, and what TikTok tells of it.
        granularity: Time that a row covers.
        certainty: How sure it is that TikTok takes the request.
    """

    name: str
    level: ShopLevel
    granularity: Granularity
    certainty: Certainty = Certainty.DOCUMENTED

    endpoint = SHOP_REPORT_ENDPOINT
    owner = Owner.ACCOUNT
    page_size = REPORT_PAGE_SIZE
    list_field = "list"
    reach = None
    in_sandbox = False
    by = ()
    numbers = ("advertiser_id", "campaign_id")

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What a row is grouped by."""
        time = self.granularity.time_dimension
        return (*self.level.ids, *((time,) if time else ()))

    @property
    def primary_key(self) -> tuple[str, ...]:
        """What a row is grouped by, and its shop: several shops can have rows of one campaign or account."""
        time = self.granularity.time_dimension
        return (*self.level.key, *((time,) if time else ()))

    @property
    def cursor(self) -> str | None:
        """The time dimension."""
        return self.granularity.time_dimension

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Metrics to ask for."""
        return self.level.metrics


Row = Entity | Report | ShopReport
