"""What a sync passes over, what that costs, and what becomes of it where an account's total hides something."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from pendulum import Date

from source_tiktok_marketing.catalog.filters import BOOSTED, ORIGINS, Filter
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams import TiktokStream, reports, skip_silent_days, stream_of
from unit_tests.builders import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROWS,
    THIRD_ACCOUNT,
    VirtualClock,
    context_of,
    raw_config,
    sandbox_config,
)
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure, listing

REPORT = "report/integrated/get/"
INFO = {"timezone": "Etc/GMT", "create_time": 1_325_376_000}
OWN, HOURLY, DAILY, COUNTRY = (
    "advertisers_reports_daily",
    "ads_reports_hourly",
    "ads_reports_daily",
    "campaigns_audience_reports_by_country_daily",
)
NAMES = (HOURLY, DAILY, COUNTRY)
# The clock shows the 10th of February: the 7th is the last day whose silence is final.
FORTY_DAYS = [Date(2024, 1, 2).add(days=number) for number in range(40)]
SETTLED = "2024-02-07"

Days = Mapping[str, Collection[str]]


def a_context(*accounts: str, **fields: Any) -> Context:
    infos = dict.fromkeys(accounts or (ACCOUNT,), INFO)
    return context_of(raw_config(**{"start_date": "2024-01-02", **fields}), VirtualClock(), infos)


def streams_of(context: Context, *names: str) -> list[TiktokStream]:
    return skip_silent_days([stream_of(ROWS[name], context) for name in names])


def answers(active: Days, totals: Days | None = None, *, top_view: Collection[str] = ()) -> Any:
    """TikTok, with rows of objects on the active days of accounts, and of accounts on those of their totals."""
    shown = active if totals is None else totals

    def script(request: Request) -> Reply:
        account = request.params["advertiser_id"]
        if request.endpoint != REPORT:
            return listing([{"campaign_id": "1"}] if account in top_view else [], request)
        if "buying_type" in request.params.get("filtering", ""):
            return listing([], request)
        is_total = request.params["data_level"] == "AUCTION_ADVERTISER"
        days = (shown if is_total else active).get(account, ())
        first, last = request.params["start_date"], request.params["end_date"]
        return listing([row(request, day) for day in sorted(days) if first <= day <= last], request)

    return script


def row(request: Request, day: str) -> dict[str, Any]:
    values = {"advertiser_id": request.params["advertiser_id"], "country_code": "DE"}
    times = {"stat_time_day": f"{day} 00:00:00", "stat_time_hour": f"{day} 07:00:00"}
    dimensions = {name: (values | times).get(name, "1") for name in request.json("dimensions")}
    return {"dimensions": dimensions, "metrics": dict.fromkeys(request.json("metrics"), "1")}


def read(streams: Sequence[TiktokStream]) -> dict[str, Counter[str]]:
    """Read streams whole, one after the other; the days of their records."""
    found: dict[str, Counter[str]] = {stream.name: Counter() for stream in streams}
    for stream in streams:
        for slice_ in stream.stream_slices():
            for rows in stream.read_pages(slice_):
                found[stream.name].update(
                    f"{one['advertiser_id']} {one[str(stream.cursor_field)][:10]}" for one in rows
                )
            stream.close(slice_)
    return found


def of(active: Days) -> Counter[str]:
    return Counter(f"{account} {day}" for account, days in active.items() for day in days)


def asked(tiktok: Loopback, *dimensions: str) -> list[tuple[str, str, str]]:
    """The windows that were asked for, in a report by these dimensions or in any."""
    return [
        (request.params["advertiser_id"], request.params["start_date"], request.params["end_date"])
        for request in tiktok.asked(REPORT)
        if not dimensions or request.json("dimensions") == list(dimensions)
    ]


def mark(stream: TiktokStream, account: str = ACCOUNT) -> str | None:
    for entry in stream.current_state()["states"]:
        if entry["partition"]["advertiser_id"] == account:
            return str(next(iter(entry["cursor"].values())))
    return None


def test_whether_a_total_holds_boosted_posts_is_not_known_so_that_their_reports_are_read_on_every_day(
    tiktok: Loopback,
) -> None:
    of_others, of_posts = answers({}), answers({ACCOUNT: ["2024-01-20"]})
    tiktok.script = lambda request: (of_posts if BOOSTED in str(request.params) else of_others)(request)
    row = ROWS["campaigns_reports_daily"]
    assert isinstance(row, Report)
    mine = replace(row, name="mine", filters=(Filter(ORIGINS, "IN", (BOOSTED,)),))
    context = a_context()
    found = read(skip_silent_days([stream_of(one, context) for one in (ROWS[HOURLY], ROWS[DAILY], mine)]))

    assert found == {HOURLY: Counter(), DAILY: Counter(), "mine": of({ACCOUNT: ["2024-01-20"]})}


def test_a_silent_account_is_asked_for_its_days_and_for_the_audits(tiktok: Loopback) -> None:
    tiktok.script = answers({})
    streams = streams_of(a_context(), *NAMES)

    assert not any(read(streams).values())
    assert asked(tiktok, "advertiser_id", "stat_time_day") == [
        (ACCOUNT, "2024-01-02", "2024-01-31"),
        (ACCOUNT, "2024-02-01", "2024-02-10"),
    ]
    # Beside the days: one window of each stream, and the most telling one of the account.
    assert len(asked(tiktok)) == 2 + 3 + 1
    assert [mark(stream, ACCOUNT) for stream in streams] == [f"{SETTLED} 00:00:00", SETTLED, SETTLED]


def test_active_days_are_covered_by_few_windows_and_are_exact(tiktok: Loopback) -> None:
    active = {ACCOUNT: ["2024-01-20", "2024-02-05", "2024-02-10"]}
    tiktok.script = answers(active)
    streams = streams_of(a_context(), *NAMES)

    assert list(read(streams).values()) == [of(active)] * 3
    daily = asked(tiktok, "ad_id", "stat_time_day")
    assert (ACCOUNT, "2024-01-20", "2024-02-10") in daily
    assert len(daily) <= 1 + 2, "the window and its audits"
    assert set(asked(tiktok, "ad_id", "stat_time_hour")) >= {(ACCOUNT, day, day) for day in active[ACCOUNT]}
    assert mark(streams[1]) == "2024-02-10"
    # Between the last active day and today the silence is not final yet.
    assert mark(streams[0], ACCOUNT) == f"{SETTLED} 00:00:00"


def test_the_stream_of_the_accounts_own_days_is_the_map(tiktok: Loopback) -> None:
    active = {ACCOUNT: ["2024-01-20", "2024-02-05"]}
    tiktok.script = answers(active)
    streams = streams_of(a_context(), DAILY, OWN, COUNTRY)

    found = read(streams)

    assert [stream.name for stream in streams] == [OWN, DAILY, COUNTRY]
    assert found == dict.fromkeys((OWN, DAILY, COUNTRY), of(active))
    assert len(asked(tiktok, "advertiser_id", "stat_time_day")) == 2
    assert mark(streams[0]) == "2024-02-10", "it was asked for until today"


@pytest.mark.parametrize("names", [(DAILY,), (OWN,), (DAILY, COUNTRY), ("ads_reports_lifetime", DAILY)], ids=str)
def test_a_map_that_does_not_pay_is_not_asked_for(tiktok: Loopback, names: tuple[str, ...]) -> None:
    tiktok.script = answers({})
    context = a_context()
    for stream in streams_of(context, *names):
        list(stream.stream_slices())

    assert tiktok.requests == []


@pytest.mark.parametrize(
    "context", [context_of(sandbox_config(), infos={ACCOUNT: INFO}), a_context(skip_silent_days=False)]
)
def test_without_an_account_level_or_against_the_users_wish_there_is_no_map(
    tiktok: Loopback, context: Context
) -> None:
    tiktok.script = answers({})
    names = ("ads_reports_hourly", "ads_reports_daily")
    streams = streams_of(context, *names)

    assert [stream.name for stream in streams] == list(names)
    assert all("is_silent" not in slice_ for stream in streams for slice_ in stream.stream_slices())
    assert tiktok.requests == []


def refused(_: Request) -> Reply:
    return failure(40001, "No permission.")


def incomplete(_: Request) -> Reply:
    return envelope({"list": [], "page_info": {"page": 1, "page_size": 1000, "total_number": 3, "total_page": 1}})


def cut(_: Request) -> Reply:
    return envelope({"list": [], "page_info": {"total_number": 0}}, X_Tt_Ads_Throttle="Number of ad ids")


def undated(request: Request) -> Reply:
    return listing([row(request, "2024-99-99")], request)


@pytest.mark.parametrize("answer", [refused, incomplete, cut, undated])
def test_where_the_map_cannot_be_had_nothing_is_passed_over(tiktok: Loopback, answer: Any) -> None:
    active = {ACCOUNT: ["2024-01-20", "2024-02-05"]}
    others = answers(active)
    tiktok.script = lambda request: (
        answer(request) if request.params.get("data_level") == "AUCTION_ADVERTISER" else others(request)
    )

    assert list(read(streams_of(a_context(), *NAMES)).values()) == [of(active)] * 3
    assert len(asked(tiktok, "ad_id", "stat_time_hour")) == 40


def test_an_account_whose_total_hides_rows_is_read_whole_with_one_warning(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    active = {ACCOUNT: [str(day) for day in FORTY_DAYS], OTHER_ACCOUNT: ["2024-01-20"]}
    tiktok.script = answers(active, {OTHER_ACCOUNT: ["2024-01-20"]})

    assert list(read(streams_of(a_context(ACCOUNT, OTHER_ACCOUNT), *NAMES)).values()) == [of(active)] * 3
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len([line for line in warnings if f"Account {ACCOUNT}" in line]) == len(warnings) == 1
    hours = Counter(account for account, *_ in asked(tiktok, "ad_id", "stat_time_hour"))
    assert hours[OTHER_ACCOUNT] < 5


def test_when_three_accounts_hide_rows_all_that_was_passed_over_is_read_after_all(
    tiktok: Loopback, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reports, "ACCOUNTS_AT_A_TIME", 1)
    every_day = [str(day) for day in FORTY_DAYS]
    silent, hiding = "7310000000000000100", (ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT)
    tiktok.script = answers(dict.fromkeys(hiding, every_day), {})
    streams = streams_of(a_context(silent, *hiding), *NAMES)

    found = read(streams)

    assert list(found.values()) == [of(dict.fromkeys(hiding, every_day))] * 3
    asked_of_silent = [
        first for account, first, _ in asked(tiktok, "ad_id", "stat_time_hour") if account == silent
    ]
    assert set(asked_of_silent) == set(every_day)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line.split(":")[0] for line in warnings][-1] == "The totals of 3 accounts hide reports"
    assert len(warnings) == 4


def test_no_state_covers_a_silent_day_before_the_audits_are_through(tiktok: Loopback) -> None:
    tiktok.script = answers({})
    (stream,) = streams_of(a_context(ACCOUNT, OTHER_ACCOUNT), HOURLY)
    for slice_ in stream.stream_slices():
        if "question" not in slice_:
            break
        list(stream.read_pages(slice_))
        stream.close(slice_)
        assert stream.current_state()["states"] == []

    audits = asked(tiktok, "ad_id", "stat_time_hour")
    assert {account for account, *_ in audits} == {ACCOUNT, OTHER_ACCOUNT}


def test_an_account_with_top_view_is_passed_over_only_at_its_own_level(tiktok: Loopback) -> None:
    tiktok.script = answers({ACCOUNT: ["2024-01-20"]}, top_view=[ACCOUNT])
    read(streams_of(a_context(), HOURLY, "advertisers_reports_hourly"))

    assert len(set(asked(tiktok, "ad_id", "stat_time_hour"))) == 40
    assert len(set(asked(tiktok, "advertiser_id", "stat_time_hour"))) < 5


def test_a_silent_account_is_not_asked_for_top_view_but_for_one_audit(tiktok: Loopback) -> None:
    tiktok.script = answers({})
    accounts = [f"73100000000000{number:05}" for number in range(30)]
    read(streams_of(a_context(*accounts), HOURLY))

    assert len(tiktok.asked("campaign/get/")) == 1


def test_the_list_of_campaigns_tells_of_top_view_for_nothing(tiktok: Loopback) -> None:
    context = a_context(include_deleted=True)
    tiktok.script = answers({ACCOUNT: ["2024-01-20"]})
    campaigns, *others = streams_of(context, DAILY, "campaigns")
    list(campaigns.read_pages({"advertiser_id": ACCOUNT}))
    read(others)

    assert len(tiktok.asked("campaign/get/")) == 2, "the list and the list of TopView"
