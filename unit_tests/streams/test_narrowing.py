"""Report queries that are too large for TikTok are divided until they fit, and no number changes by it."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Barrier
from typing import Any

import pendulum
import pytest
from airbyte_cdk.models import FailureType

from source_tiktok_marketing.api.errors import ApiError, Incomplete, Malformed, Refused, TooLarge, Unavailable
from source_tiktok_marketing.catalog.filters import Filter
from source_tiktok_marketing.catalog.streams import LIGHTEST_REPORT
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams import TiktokStream, stream_of
from source_tiktok_marketing.streams import narrowing as narrowing_module
from source_tiktok_marketing.streams import report_reader as reader_module
from source_tiktok_marketing.streams.listing import MAX_READS
from source_tiktok_marketing.streams.metric_search import HOPELESS_REFUSALS
from source_tiktok_marketing.streams.narrowing import Narrowing
from source_tiktok_marketing.streams.withdrawn_metrics import GroupingRefused
from unit_tests.builders import ACCOUNT, OTHER_ACCOUNT, ROWS, context_of, raw_config
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure, listing

REPORT = "report/integrated/get/"
FIRST, LAST = "2024-01-01", "2024-01-04"
ID_DIMENSIONS = ("campaign_id", "adgroup_id", "ad_id")
ORIGINS = "campaign_system_origins"


@dataclass
class Shop:
    """An account of campaigns, ad groups and ads, and what it takes TikTok to answer a report of it.

    Attributes:
        refuses: The answer to a query, if TikTok refuses it.
        origins: The filter with which its objects are to be listed.
        queries: The report queries, first pages only.
        probes: How often one row of a report was asked for, to see what TikTok takes.
    """

    refuses: Callable[["Query"], Reply | None] = lambda _: None
    origins: list[str] | None = None
    campaigns: int = 3
    adgroups_each: int = 2
    ads_each: int = 2
    queries: list["Query"] = field(default_factory=list)
    refused: int = 0
    probes: int = 0

    def objects(self) -> Iterator[dict[str, str]]:
        for campaign in range(self.campaigns):
            for adgroup in range(self.adgroups_each):
                for ad in range(self.ads_each):
                    group = f"{campaign}{adgroup:02}"
                    yield {
                        "campaign_id": f"17{campaign}",
                        "adgroup_id": f"18{group}",
                        "ad_id": f"19{group}{ad:02}",
                    }

    def __call__(self, request: Request) -> Reply:
        if request.endpoint == "campaign/get/":
            return self._list(request, "campaign_id")
        if request.endpoint == "adgroup/get/":
            return self._list(request, "adgroup_id")
        assert request.endpoint == REPORT, request.endpoint
        query = Query.of(request, self)
        self.probes += request.params["page_size"] == "1"
        if request.params["page"] == "1" and request.params["page_size"] != "1":
            self.queries.append(query)
        refusal = self.refuses(query)
        self.refused += refusal is not None
        return refusal or listing(query.rows(), request)

    def _list(self, request: Request, key: str) -> Reply:
        filtering = request.json("filtering")
        chosen = filtering.get("campaign_ids")
        assert filtering.get(ORIGINS) == self.origins, "reports leave boosted posts out unless asked for them"
        if filtering.get("buying_types") == ["RESERVATION_TOP_VIEW"]:
            return listing([], request)
        ids = {item[key]: None for item in self.objects() if not chosen or item["campaign_id"] in chosen}
        return listing([{key: id_} for id_ in ids], request)


@dataclass(frozen=True)
class Query:
    """A report query as TikTok understands it."""

    shop: Shop
    days: tuple[str, ...]
    id_dimension: str
    time_dimension: str | None
    metrics: tuple[str, ...]
    ids: tuple[str, tuple[str, ...]] | None
    people: dict[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, request: Request, shop: Shop) -> "Query":
        filters = {item["field_name"]: item for item in request.json("filtering", [])}
        assert all(item["filter_type"] == "IN" for item in filters.values())
        ids = [
            (name, tuple(json.loads(item["filter_value"]))) for name, item in filters.items() if name != ORIGINS
        ]
        dimensions = request.json("dimensions")
        days = ()
        if "start_date" in request.params:
            start, end = (pendulum.Date.fromisoformat(request.params[name]) for name in ("start_date", "end_date"))
            days = tuple(str(start.add(days=day)) for day in range((end - start).days + 1))
        return cls(
            shop,
            days,
            next(name for name in dimensions if name in (*ID_DIMENSIONS, "advertiser_id")),
            next((name for name in dimensions if name.startswith("stat_time")), None),
            tuple(request.json("metrics")),
            ids[0] if ids else None,
            {name: "NONE" for name in dimensions if name in ("gender", "age")},
        )

    @property
    def objects(self) -> list[str]:
        """Ids of the rows' objects."""
        if self.id_dimension == "advertiser_id":
            return [ACCOUNT]
        kind, chosen = self.ids or (None, ())
        name = {"campaign_ids": "campaign_id", "adgroup_ids": "adgroup_id", None: "ad_id"}[kind]
        return list(
            {item[self.id_dimension]: None for item in self.shop.objects() if not kind or item[name] in chosen}
        )

    @property
    def size(self) -> int:
        """What TikTok's servers choke on."""
        return max(len(self.days), 1) * len(self.metrics) * len(self.objects)

    def rows(self) -> list[dict[str, Any]]:
        times = [{self.time_dimension: f"{day} 00:00:00"} for day in self.days] if self.time_dimension else [{}]
        parents = {item.get(self.id_dimension): item for item in self.shop.objects()}
        return [
            {
                "dimensions": {self.id_dimension: id_, **time, **self.people},
                "metrics": {name: parents.get(id_, {}).get(name) or value_of(id_, name) for name in self.metrics},
            }
            for time in times
            for id_ in self.objects
        ]


TEXTS = {"campaign_name", "adgroup_name", "ad_name", "ad_text"}


def value_of(id_: str, metric: str) -> str:
    """What the world has as the value of a metric: always the same, never that of another one."""
    return f"{metric} of {id_}" if metric in TEXTS else str(int(id_) % 10**12 * 1000 + sum(metric.encode()) % 1000)


def too_large(limit: int, reply: Reply) -> Callable[[Query], Reply | None]:
    return lambda query: reply if query.size > limit else None


@pytest.fixture
def context(tiktok: Loopback) -> Context:  # noqa: ARG001  # where its client leads
    return context_of(raw_config(start_date=FIRST, end_date=LAST), infos={ACCOUNT: {"timezone": "UTC"}})


def stream_for(shop: Shop, name: str, tiktok: Loopback, context: Context) -> TiktokStream:
    tiktok.script = shop
    return stream_of(ROWS[name], context)


def read(stream: TiktokStream) -> list[dict[str, Any]]:
    return [row for slice_ in stream.stream_slices() for rows in stream.read_pages(slice_) for row in rows]


def digest(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Rows as keys and metrics, in an order of their own."""
    return sorted((str(sorted(row["dimensions"].items())), sorted(row["metrics"].items())) for row in rows)


REFUSALS = {
    "40067": failure(40067, "Query too large."),
    "504": Reply(b"<html>504</html>", 504),
    "50002": failure(50002),
    "51001": failure(51001),
    "503": Reply(b"", 503),
}
TOO_LARGE = REFUSALS["40067"]

# What a query may weigh: 4 days, 87 metrics and 12 ads weigh 4,176.
LIMITS = {
    "half the days": 2200,
    "single days": 1100,
    "half the metrics": 600,
    "an eighth of the metrics": 156,
    "single campaigns": 50,
    "single ad groups": 26,
}


def assert_same_rows(limit: int, refusal: Reply, name: str, tiktok: Loopback, context: Context) -> Shop:
    whole = read(stream_for(Shop(), name, tiktok, context))
    shop = Shop(too_large(limit, refusal))

    rows = read(stream_for(shop, name, tiktok, context))

    assert digest(rows) == digest(whole)
    assert len(whole) == len({str(row["dimensions"]) for row in whole}) > 0
    assert shop.refused > 0
    return shop


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_query_too_large_is_divided_until_it_fits_and_gives_the_same_rows(
    limit: int, tiktok: Loopback, context: Context
) -> None:
    assert_same_rows(limit, TOO_LARGE, "ads_reports_daily", tiktok, context)


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_time_out_that_persists_is_answered_like_a_query_too_large(
    refusal: Reply, tiktok: Loopback, context: Context
) -> None:
    assert_same_rows(LIMITS["half the metrics"], refusal, "ads_reports_daily", tiktok, context)


@pytest.mark.parametrize("name", ["ad_groups_reports_daily", "campaigns_reports_daily"])
def test_at_every_level_with_objects_a_query_shrinks_to_the_smallest_that_makes_sense(
    name: str, tiktok: Loopback, context: Context
) -> None:
    assert_same_rows(LIMITS["single ad groups"], TOO_LARGE, name, tiktok, context)


@pytest.mark.parametrize("name", ["ads_reports_hourly", "ads_reports_lifetime"])
def test_reports_without_days_to_divide_are_divided_by_metrics_and_objects(
    name: str, tiktok: Loopback, context: Context
) -> None:
    shop = assert_same_rows(LIMITS["single campaigns"], TOO_LARGE, name, tiktok, context)
    assert all(len(query.days) <= 1 for query in shop.queries)


def test_a_report_of_boosted_posts_is_divided_by_boosted_posts(tiktok: Loopback, context: Context) -> None:
    row = replace(ROWS["ads_reports_daily"], filters=(Filter(ORIGINS, "IN", ("PROMOTE",)),))
    shop = Shop(too_large(LIMITS["single ad groups"], TOO_LARGE), origins=["PROMOTE"])
    whole = read(stream_for(Shop(), "ads_reports_daily", tiktok, context))

    tiktok.script = shop
    rows = read(stream_of(row, context))

    assert digest(rows) == digest(whole)
    assert {query.ids[0] for query in shop.queries if query.ids} == {"campaign_ids", "adgroup_ids"}


def test_first_the_days_are_divided_then_the_metrics_then_the_objects(tiktok: Loopback, context: Context) -> None:
    shop = Shop(too_large(26, TOO_LARGE))
    read(stream_for(shop, "ads_reports_daily", tiktok, context))

    def first(condition: Callable[[Query], bool]) -> int:
        return next(number for number, query in enumerate(shop.queries) if condition(query))

    all_metrics = len(shop.queries[0].metrics)
    steps = [
        first(lambda query: len(query.days) == 4),
        first(lambda query: len(query.days) == 1),
        first(lambda query: len(query.metrics) < all_metrics),
        first(lambda query: query.ids is not None and query.ids[0] == "campaign_ids"),
        first(lambda query: query.ids is not None and query.ids[0] == "adgroup_ids"),
    ]
    assert steps == sorted(steps)
    assert all(len(query.days) == 1 for query in shop.queries if len(query.metrics) < all_metrics)


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_what_an_account_needed_is_remembered_for_its_later_windows(
    limit: int, tiktok: Loopback, context: Context
) -> None:
    shop = Shop(too_large(limit, TOO_LARGE))
    stream = stream_for(shop, "ads_reports_daily", tiktok, context)
    read(stream)
    refused_at_first = shop.refused

    again = read(stream)

    assert len(again) == 4 * 12
    assert refused_at_first > 0
    if limit > LIMITS["single campaigns"]:
        assert (shop.refused - refused_at_first, refused_at_first <= 6) == (0, True)
    else:  # Of objects only that they must be divided is known, not how far: that differs from day to day.
        assert shop.refused - refused_at_first < refused_at_first


def test_the_smaller_size_of_one_account_does_not_slow_the_others(tiktok: Loopback, context: Context) -> None:
    shop = Shop(too_large(LIMITS["single days"], TOO_LARGE))
    stream = stream_for(shop, "ads_reports_daily", tiktok, context)
    read(stream)
    shop.refuses, asked = (lambda _: None), len(shop.queries)
    other = {"advertiser_id": "7310000000000000999", "start_date": FIRST, "end_date": LAST}

    assert [len(rows) for rows in stream.read_pages(other)] == [4 * 12]
    assert len(shop.queries) - asked == 1


def test_given_two_accounts_that_are_divided_by_objects_then_each_is_by_its_own(tiktok: Loopback) -> None:
    infos = {id_: {"timezone": "UTC"} for id_ in (ACCOUNT, OTHER_ACCOUNT)}
    context = context_of(raw_config(start_date=FIRST, end_date=LAST), infos=infos)
    # Of each campaign the ad groups are listed as well; campaigns of both accounts have the same ids here.
    shops = {ACCOUNT: Shop(truncating(3)), OTHER_ACCOUNT: Shop(truncating(3), campaigns=5, adgroups_each=3)}
    tiktok.script = lambda request: shops[request.params["advertiser_id"]](request)

    rows = read(stream_of(ROWS["ads_reports_daily"], context))

    counts = Counter(row["advertiser_id"] for row in rows)
    assert counts == {int(ACCOUNT): 4 * 12, int(OTHER_ACCOUNT): 4 * 30}


@pytest.mark.parametrize(
    ("refusal", "sizes"),
    [(TOO_LARGE, {100, 30}), (REFUSALS["504"], {30, 10})],
    ids=["too large", "too long, where TikTok advises 30 campaigns"],
)
def test_filters_name_at_most_a_hundred_objects(refusal: Reply, sizes: set[int], tiktok: Loopback) -> None:
    context = context_of(raw_config(start_date=FIRST, end_date=FIRST), infos={ACCOUNT: {"timezone": "UTC"}})
    shop = Shop(too_large(13 * 100, refusal), campaigns=130, adgroups_each=1, ads_each=1)

    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert {len(query.ids[1]) for query in shop.queries if query.ids} == sizes
    assert len(rows) == len({str(row["dimensions"]) for row in rows}) == 130


def test_one_wide_campaign_does_not_make_the_others_be_asked_for_in_small_groups(tiktok: Loopback) -> None:
    def wide(query: Query) -> Reply | None:
        field, ids = query.ids or ("campaign_ids", ("177",))
        return TOO_LARGE if len(query.days) > 1 or (field == "campaign_ids" and "177" in ids) else None

    context = context_of(raw_config(start_date=FIRST, end_date=LAST), infos={ACCOUNT: {"timezone": "UTC"}})
    shop = Shop(wide, campaigns=200, adgroups_each=2, ads_each=1)
    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    last_day = [query for query in shop.queries if query.days == (LAST,)]
    assert len(rows) == 4 * 400
    assert Counter(query.metrics for query in last_day)[last_day[0].metrics] <= 10
    assert [query.ids for query in last_day if wide(query)] == []


def test_campaigns_that_are_all_wide_are_asked_for_in_small_groups_soon(tiktok: Loopback) -> None:
    def wide(query: Query) -> Reply | None:
        return TOO_LARGE if len(query.days) > 1 or query.ids is None or len(query.ids[1]) > 12 else None

    context = context_of(raw_config(start_date=FIRST, end_date=LAST), infos={ACCOUNT: {"timezone": "UTC"}})
    shop = Shop(wide, campaigns=200, adgroups_each=1, ads_each=1)
    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert len(rows) == 4 * 200
    assert shop.refused <= 12
    assert [query for query in shop.queries if query.days == (LAST,) and wide(query)] == []


@pytest.mark.parametrize("name", ["ads_reports_daily", "campaigns_reports_daily", "advertisers_reports_daily"])
def test_what_is_too_large_at_its_smallest_fails_with_tiktoks_words(
    name: str, tiktok: Loopback, context: Context
) -> None:
    shop = Shop(lambda _: TOO_LARGE)
    with pytest.raises(TooLarge, match=r"code 40067: Query too large\."):
        read(stream_for(shop, name, tiktok, context))
    assert len(shop.queries) < 20


def test_an_account_row_is_never_put_together_from_its_objects(tiktok: Loopback, context: Context) -> None:
    shop = Shop(lambda _: TOO_LARGE)
    with pytest.raises(TooLarge):
        read(stream_for(shop, "advertisers_reports_daily", tiktok, context))
    assert {query.ids for query in shop.queries} == {None}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_total_over_many_days_is_never_put_together_from_fewer(
    refusal: Reply, tiktok: Loopback, context: Context
) -> None:
    shop = Shop(lambda query: refusal if len(query.metrics) > 20 else None)

    rows = read(stream_for(shop, "advertisers_audience_reports_lifetime", tiktok, context))

    assert len(rows) == 1
    assert {len(query.days) for query in shop.queries} == {4}


def test_days_that_do_not_stand_still_are_read_apart_from_those_that_do(
    tiktok: Loopback, context: Context
) -> None:
    shop = Shop()

    def moving(query: Query) -> Reply | None:
        if LAST in query.days and len(query.days) > 1:
            return envelope({"list": [], "page_info": {"total_number": 7}})
        return None

    shop.refuses = moving
    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert len(rows) == len({str(row["dimensions"]) for row in rows}) == 4 * 12
    assert [len(query.days) for query in shop.queries] == [4, 4, 2, 2, 2, 1, 1]
    assert shop.queries[-1].days == (LAST,)
    shop.refuses = lambda _: None
    read(stream_for(shop, "ads_reports_daily", tiktok, context))
    assert len(shop.queries[-1].days) == 4, "the next window may stand still"


def test_a_window_of_very_many_rows_is_read_in_spans_of_days(
    tiktok: Loopback, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "MAX_ROWS", 30)
    shop = Shop()
    stream = stream_for(shop, "ads_reports_daily", tiktok, context)

    rows = read(stream)
    assert len(rows) == len({str(row["dimensions"]) for row in rows}) == 4 * 12
    assert [len(query.days) for query in shop.queries] == [4, 2, 2]

    read(stream)
    assert [len(query.days) for query in shop.queries[3:]] == [2, 2], "and remembered"


def test_a_day_of_very_many_rows_is_read_all_the_same(
    tiktok: Loopback, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "MAX_ROWS", 5)
    shop = Shop()

    assert len(read(stream_for(shop, "ads_reports_hourly", tiktok, context))) == 4 * 12


def test_a_late_refusal_of_a_wide_query_does_not_widen_what_was_learnt(context: Context) -> None:
    narrowing = Narrowing(ROWS["ads_reports_daily"], context)
    window = (pendulum.Date(2024, 1, 1), pendulum.Date(2024, 1, 30))
    wide = narrowing_module.Query(ACCOUNT, window, ("spend",))

    for days in (30, 15, 8):
        narrowing.divide(replace(wide, window=(window[0], window[0].add(days=days - 1))), TooLarge)
    pieces = narrowing.divide(wide, TooLarge)

    assert {query.days for query in pieces.queries} == {4, 2}


def test_an_outage_is_not_mistaken_for_a_query_too_large(tiktok: Loopback, context: Context) -> None:
    shop = Shop(lambda _: failure(50000))
    with pytest.raises(Unavailable):
        read(stream_for(shop, "ads_reports_daily", tiktok, context))
    assert {len(query.days) for query in shop.queries} == {4}


def test_for_a_query_that_could_be_divided_the_client_is_told_of_a_lighter_one(
    tiktok: Loopback, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    send = context.client.send_request

    def noting(*arguments: Any, **named: Any) -> Any:
        told.append(named["request_kwargs"].get("lighter"))
        return send(*arguments, **named)

    monkeypatch.setattr(context.client, "send_request", noting)
    with pytest.raises(TooLarge):
        read(stream_for(Shop(lambda _: TOO_LARGE), "advertisers_reports_daily", tiktok, context))

    light = {"advertiser_id": ACCOUNT, **LIGHTEST_REPORT}
    assert told == [*[light] * (len(told) - 1), None]


def only_with(metric: str, **rows: set[str]) -> Callable[[Query], Reply | None]:
    """TikTok leaves out rows without a value: rows of ads by whether a metric is among those asked for."""

    def refuse(query: Query) -> Reply | None:
        if len(query.metrics) > 50:
            return TOO_LARGE
        kept = rows["there" if metric in query.metrics else "elsewhere"]
        found = [row for row in query.rows() if row["dimensions"]["ad_id"] in kept]
        return envelope({"list": found, "page_info": {"page": 1, "total_number": len(found), "total_page": 1}})

    return refuse


def test_a_row_that_tiktok_gives_with_half_of_the_metrics_only_is_null_in_the_other_half(
    tiktok: Loopback, context: Context
) -> None:
    both, one, other = "1900000", "1900001", "1900100"
    shop = Shop(only_with("engaged_view", there={both, other}, elsewhere={both, one}))

    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert len(rows) == len({str(row["dimensions"]) for row in rows}) == 4 * 3
    halves = [query.metrics for query in shop.queries if len(query.metrics) <= 50][:2]
    lacking = {int(both): set(), int(one): set(halves[1]), int(other): set(halves[0])}
    for row in rows:
        assert set(row["metrics"]) == {metric.name for metric in ROWS["ads_reports_daily"].metrics}
        assert {name for name, value in row["metrics"].items() if value is None} == lacking[row["ad_id"]]


def test_rows_that_change_between_two_halves_of_the_metrics_are_not_joined(
    tiktok: Loopback, context: Context
) -> None:
    shop = Shop()

    def growing(query: Query) -> Reply | None:
        if len(query.metrics) > 50:
            return TOO_LARGE
        shop.ads_each += "spend" not in query.metrics
        return None

    shop.refuses = growing
    with pytest.raises(Incomplete, match=f"changed in each of {MAX_READS} reads"):
        read(stream_for(shop, "ads_reports_daily", tiktok, context))


def test_rows_joined_from_halves_leave_by_the_page(tiktok: Loopback, context: Context) -> None:
    shop = Shop(
        lambda query: TOO_LARGE if len(query.metrics) > 50 or len(query.days) > 1 else None,
        campaigns=30,
        adgroups_each=10,
        ads_each=8,
    )
    stream = stream_for(shop, "ads_reports_daily", tiktok, context)
    (slice_,) = stream.stream_slices()

    pages = [len(page) for page in stream.read_pages(slice_)]

    assert sum(pages) == 4 * 2400
    assert max(pages) <= 1000


def test_halves_between_which_a_row_came_are_read_again(tiktok: Loopback, context: Context) -> None:
    shop = Shop()

    def growing_once(query: Query) -> Reply | None:
        if len(query.metrics) > 50:
            return TOO_LARGE
        if "spend" not in query.metrics:
            shop.ads_each = 3
        return None

    shop.refuses = growing_once
    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert len(rows) == len({str(row["dimensions"]) for row in rows}) == 4 * len(list(shop.objects()))
    assert {len(row["metrics"]) for row in rows} == {len(rows[0]["metrics"])}


def test_a_row_of_one_half_that_is_nested_too_deep_to_be_kept_is_told(tiktok: Loopback, context: Context) -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]

    def of_two_halves(query: Query) -> Reply | None:
        if len(query.metrics) > 50:
            return TOO_LARGE
        rows = [{**row, "metrics": row["metrics"] | {"of_tomorrow": deep}} for row in query.rows()]
        return envelope({"list": rows, "page_info": {"page": 1, "total_number": len(rows), "total_page": 1}})

    with pytest.raises(Malformed, match="another shape"):
        read(stream_for(Shop(of_two_halves), "ads_reports_daily", tiktok, context))


def test_given_an_hour_twice_then_its_rows_are_not_joined_to_each_others_halves(
    tiktok: Loopback, context: Context
) -> None:
    def doubling(query: Query) -> Reply | None:
        if len(query.metrics) > 50:
            return TOO_LARGE
        rows = query.rows()[:1] * 2
        return envelope({"list": rows, "page_info": {"page": 1, "total_number": 2, "total_page": 1}})

    stream = stream_for(Shop(doubling), "ads_reports_hourly", tiktok, context)
    twice = frozenset({f"{FIRST} 00:00:00"})
    stream.hours_that_come_twice = lambda _: twice  # type: ignore[attr-defined]
    with pytest.raises(Incomplete, match="keys that come twice"):
        read(stream)


# A report that TikTok has cut at 20,000 ads says so in a header only.


def truncating(limit: int) -> Callable[[Query], Reply | None]:
    def refuse(query: Query) -> Reply | None:
        if len(query.objects) <= limit:
            return None
        rows = query.rows()[:limit]
        page_info = {"page": 1, "page_size": 1000, "total_number": len(rows), "total_page": 1}
        return envelope({"list": rows, "page_info": page_info}, X_Tt_Ads_Throttle="20000")

    return refuse


@pytest.mark.parametrize("limit", [11, 4, 2], ids=["by campaigns", "by one campaign", "by ad groups"])
def test_given_a_report_that_was_cut_then_its_later_windows_are_never_cut_again(
    limit: int, tiktok: Loopback, context: Context
) -> None:
    shop = Shop(truncating(limit))
    stream = stream_for(shop, "ads_reports_daily", tiktok, context)
    read(stream)
    cut_at_first = shop.refused

    again = read(stream)

    assert len(again) == 4 * 12
    assert 0 < cut_at_first == shop.refused


@pytest.mark.parametrize("limit", [11, 4, 2], ids=["by campaigns", "by one campaign", "by ad groups"])
def test_a_report_that_tiktok_has_cut_is_read_by_objects(limit: int, tiktok: Loopback, context: Context) -> None:
    whole = read(stream_for(Shop(), "ads_reports_daily", tiktok, context))
    shop = Shop(truncating(limit))

    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert digest(rows) == digest(whole)
    assert {len(query.days) for query in shop.queries} == {4}


def test_given_a_cut_report_and_no_listed_object_then_it_is_incomplete_and_not_empty(
    tiktok: Loopback, context: Context
) -> None:
    shop = Shop(truncating(11))
    tiktok.script = lambda request: shop(request) if request.endpoint == REPORT else listing([], request)

    with pytest.raises(Incomplete, match="lists no campaign_ids to divide it by"):
        read(stream_of(ROWS["ads_reports_daily"], context))


# Metrics that TikTok has withdrawn.


def test_given_a_report_that_is_split_then_deleted_campaigns_and_ad_groups_are_listed_too(
    tiktok: Loopback, context: Context
) -> None:
    read(stream_for(Shop(truncating(2)), "ads_reports_daily", tiktok, context))

    for entity in (ROWS["campaigns"], ROWS["ad_groups"]):
        filters = [request.json("filtering") for request in tiktok.asked(entity.endpoint)]
        assert filters
        assert {chosen["secondary_status"] for chosen in filters} == {entity.status_all}


def test_an_account_total_that_is_said_to_be_cut_is_taken_with_one_warning(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    context = context_of(raw_config(start_date=FIRST, end_date="2024-02-03"), infos={ACCOUNT: {"timezone": "UTC"}})
    shop = Shop(truncating(0))

    assert read(stream_for(shop, "advertisers_reports_daily", tiktok, context)) == []

    assert len(shop.queries) == 2
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert all(words in warning for words in ("advertisers_reports_daily", ACCOUNT, "20,000"))


def withdrawing(words: str, *withdrawn: str) -> Callable[[Query], Reply | None]:
    def refuse(query: Query) -> Reply | None:
        return failure(40002, words) if set(withdrawn) & set(query.metrics) else None

    return refuse


SPELLINGS = {
    "with others": "Invalid metric fields: ['ad_text', 'engaged_view']. Valid are: ['spend', 'ad_name'].",
    "with a remark": "Invalid metric: ad_text; engaged_view. Please remove them: the result is undefined.",
    "with a place": "metrics[3]: ad_text, engaged_view",
    "with a number": "metrics.12: ad_text, engaged_view are no longer supported",
    "with a reason": "Metrics ad_text and engaged_view do not go with this: conversion and spend are missing.",
    "as fields": "The following fields are invalid: ad_text, engaged_view",
    "as parameters": "ad_text, engaged_view: one or more value of the param is not acceptable",
    "one by one": "ad_text: the value is not acceptable; engaged_view: the value is not acceptable",
    "in a sentence": "The metrics ad_text and engaged_view are not supported.",
    "as Python writes a list": "Invalid metric fields: ['ad_text', 'engaged_view']",
    "as JSON writes a list": 'Invalid metric fields: ["ad_text","engaged_view"]',
    "without quotes": "Invalid metric fields: [ad_text, engaged_view]",
    "without brackets": "Invalid metric fields: ad_text, engaged_view",
    "with a tail": "metrics: Invalid metric fields: ['ad_text', 'engaged_view'], please check.",
    "in capitals": "INVALID METRICS: ['ad_text', 'engaged_view']",
}


@pytest.mark.parametrize("words", SPELLINGS.values(), ids=SPELLINGS)
def test_withdrawn_metrics_are_dropped_and_their_columns_stay_null(
    words: str, tiktok: Loopback, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(withdrawing(words, "ad_text", "engaged_view"))
    stream = stream_for(shop, "ads_reports_daily", tiktok, context)

    rows = read(stream) + read(stream)

    assert len(rows) == 2 * 4 * 12
    assert {(row["metrics"]["ad_text"], row["metrics"]["engaged_view"]) for row in rows} == {(None, None)}
    assert all(row["metrics"]["spend"] and row["metrics"]["ad_name"] for row in rows)
    assert (shop.refused, len(shop.queries)) == (1, 3)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len([line for line in warnings if "ad_text, engaged_view" in line and "ads_reports_daily" in line]) == 1


def test_metrics_that_are_named_one_refusal_at_a_time_are_dropped_one_by_one(
    tiktok: Loopback, context: Context
) -> None:
    def refuse(query: Query) -> Reply | None:
        named = [name for name in ("ad_text", "likes", "vta_purchase") if name in query.metrics]
        return failure(40002, f"Invalid metric fields: {named[:1]}") if named else None

    shop = Shop(refuse)
    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert len(rows) == 4 * 12
    assert {row["metrics"][name] for row in rows for name in ("ad_text", "likes", "vta_purchase")} == {None}
    assert shop.refused == 3


def test_a_metric_withdrawn_in_one_stream_is_still_asked_for_in_another(
    tiktok: Loopback, context: Context
) -> None:
    read(
        stream_for(Shop(withdrawing(SPELLINGS["without quotes"], "ad_text")), "ads_reports_daily", tiktok, context)
    )

    shop = Shop()
    rows = read(stream_for(shop, "ads_reports_hourly", tiktok, context))

    assert all(row["metrics"]["ad_text"] for row in rows)


def test_a_withdrawn_metric_and_a_query_too_large_are_no_match_for_each_other(
    tiktok: Loopback, context: Context
) -> None:
    def refuse(query: Query) -> Reply | None:
        return too_large(500, TOO_LARGE)(query) or withdrawing(
            SPELLINGS["without quotes"], "ad_text", "engaged_view"
        )(query)

    rows = read(stream_for(Shop(refuse), "ads_reports_daily", tiktok, context))

    assert len(rows) == 4 * 12
    assert {row["metrics"]["ad_text"] for row in rows} == {None}
    assert {len(row["metrics"]) for row in rows} == {len(ROWS["ads_reports_daily"].metrics)}


OTHER_REFUSALS = [
    "one or more value of the param is not acceptable",
    "dimensions: Invalid dimension fields: ['ad_id']",
    f"Invalid metric fields: {[metric.name for metric in ROWS['ads_reports_daily'].metrics]}",
    "Invalid metric fields: ['a_metric_that_nobody_asked_for']",
    "filtering: Invalid field name: ['campaign_name']",
    "start_date: must be a date",
    "",
]


@pytest.mark.parametrize("words", OTHER_REFUSALS)
def test_any_other_40002_is_a_failure_with_tiktoks_words_and_no_empty_stream(
    words: str, tiktok: Loopback, context: Context
) -> None:
    shop = Shop(lambda _: failure(40002, words))
    with pytest.raises(ApiError, match=re.escape(f"code 40002: {words}"[:400])):
        read(stream_for(shop, "ads_reports_daily", tiktok, context))
    assert (len(shop.queries), shop.probes) == (1, HOPELESS_REFUSALS)


CONFLICT = "Conflict occurs. The input params including metrics and dimensions have no relation."
NAMELESS = {
    "a conflict": failure(40002, CONFLICT),
    "a conflict of another code": failure(40000, CONFLICT),
    "no name": failure(40002, "one or more value of the param is not acceptable"),
    "no words": failure(40002, ""),
    "a name that nobody asked for": failure(40002, "Invalid metric fields: ['a_metric_that_nobody_asked_for']"),
}


def refusing(reply: Reply, *culprits: str) -> Callable[[Query], Reply | None]:
    return lambda query: reply if set(culprits) & set(query.metrics) else None


@pytest.mark.parametrize("refusal", NAMELESS.values(), ids=NAMELESS)
def test_metrics_that_a_refusal_does_not_name_are_found_once_for_all_accounts_and_windows(
    refusal: Reply, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    infos = {id_: {"timezone": "UTC"} for id_ in (ACCOUNT, OTHER_ACCOUNT)}
    context = context_of(raw_config(start_date=FIRST, end_date="2024-02-09"), infos=infos)
    shop = Shop(refusing(refusal, "ad_text", "engaged_view"))

    rows = read(stream_for(shop, "ads_reports_daily", tiktok, context))

    assert len(rows) == 2 * 40 * 12
    assert {(row["metrics"]["ad_text"], row["metrics"]["engaged_view"]) for row in rows} == {(None, None)}
    assert all(row["metrics"]["spend"] and row["metrics"]["ad_name"] for row in rows)
    assert len(shop.queries) == 1 + 4
    assert shop.probes <= 25
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "ads_reports_daily: TikTok does not offer ad_text, engaged_view" in warnings[0]


def test_every_worker_waits_for_the_one_that_looks_for_the_culprits(tiktok: Loopback) -> None:
    context = context_of(raw_config(start_date=FIRST, end_date="2024-01-08"), infos={ACCOUNT: {"timezone": "UTC"}})
    shop, together = Shop(), Barrier(8)

    def refuse(query: Query) -> Reply | None:
        if "likes" in query.metrics and len(query.metrics) > 80:
            together.wait(timeout=10)
        return refusing(NAMELESS["a conflict"], "likes")(query)

    shop.refuses = refuse
    stream = stream_for(shop, "ads_reports_hourly", tiktok, context)
    with ThreadPoolExecutor(8) as workers:
        windows = list(workers.map(lambda slice_: list(stream.read_pages(slice_)), stream.stream_slices()))

    assert [len(rows) for pages in windows for rows in pages] == [12] * 8
    assert shop.probes <= 15


def test_a_grouping_that_tiktok_refuses_with_every_metric_ends_its_stream_with_a_sentence(
    tiktok: Loopback, context: Context
) -> None:
    shop = Shop(lambda _: NAMELESS["a conflict"])
    stream = stream_for(shop, "ads_audience_reports_daily", tiktok, context)
    sentence = "TikTok does not report AUCTION_AD by ad_id, stat_time_day, gender, age with any metric"

    for _ in range(2):
        with pytest.raises(GroupingRefused, match=sentence) as caught:
            read(stream)

    assert CONFLICT in str(caught.value)
    assert caught.value.failure_type is FailureType.config_error
    assert (len(shop.queries), shop.probes) == (1, HOPELESS_REFUSALS)


def test_a_failure_amid_the_search_for_culprits_is_no_verdict(tiktok: Loopback, context: Context) -> None:
    shop = Shop()

    def refuse(query: Query) -> Reply | None:
        if shop.probes == 1:
            return failure(40001)
        return refusing(NAMELESS["a conflict"], "likes")(query)

    shop.refuses = refuse
    stream = stream_for(shop, "ads_reports_daily", tiktok, context)
    with pytest.raises(Refused):
        read(stream)

    shop.probes = 100
    assert len(read(stream)) == 4 * 12


@pytest.mark.parametrize("code", [40000, 40007, 40006])
def test_only_a_40002_withdraws_metrics(code: int, tiktok: Loopback, context: Context) -> None:
    shop = Shop(lambda _: failure(code, SPELLINGS["as Python writes a list"]))
    with pytest.raises(ApiError, match=f"code {code}"):
        read(stream_for(shop, "ads_reports_daily", tiktok, context))
    assert len(shop.queries) == 1
