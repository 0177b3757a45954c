"""What a sync asks for: whose days, from when, until when; and how far the state then goes."""

import gc
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pendulum import Date

from source_tiktok_marketing.accounts.account_infos import INFO_ENDPOINT
from source_tiktok_marketing.accounts.account_list import LIST_ENDPOINT, MAX_READS
from source_tiktok_marketing.accounts.watermarks import Watermarks, WindowProgress
from source_tiktok_marketing.api.errors import ApiError, Incomplete, Refused, Unavailable
from source_tiktok_marketing.catalog.gmv_max import STORE_ID
from source_tiktok_marketing.catalog.streams import ENTITIES, REPORTS, Report
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams import TiktokStream, centers, shops, stream_of
from source_tiktok_marketing.streams.base import NO_CURSOR_STATE
from unit_tests.builders import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROWS,
    THIRD_ACCOUNT,
    VirtualClock,
    context_of,
    names,
    raw_config,
    sandbox_config,
)
from unit_tests.loopback import Loopback, Reply, Request, envelope, failure, listing

TODAY = "2024-02-10"  # The clock of the tests shows noon UTC.
LONG_AGO, BORN = 1_325_376_000, 1_706_745_600  # 1 January 2012 and 1 February 2024, midnight UTC
UTC_INFO = {"timezone": "Etc/GMT", "create_time": LONG_AGO}
REPORTS_WITH_CURSOR = [report for report in REPORTS if report.cursor]
LIFETIMES = [report for report in REPORTS if not report.cursor]


def context_with(
    infos: dict[str, dict[str, Any]] | None = None, *, at: str = "2024-02-10T12:00:00Z", **fields: Any
) -> Context:
    raw = raw_config(**{"start_date": "2024-01-01", **fields})
    return context_of(raw, VirtualClock(at), infos or {ACCOUNT: UTC_INFO})


def stream(name: str, state: Any = None, context: Context | None = None, **fields: Any) -> TiktokStream:
    found = stream_of(ROWS[name], context or context_with(**fields))
    found.resume(state)
    return found


def windows(found: TiktokStream, account: str = ACCOUNT) -> list[tuple[str, str]]:
    return [
        (slice_["start_date"], slice_["end_date"])
        for slice_ in found.stream_slices()
        if slice_["advertiser_id"] == account
    ]


def marked(day: str, account: str = ACCOUNT, field: str = "stat_time_day") -> dict[str, Any]:
    return {"states": [{"partition": {"advertiser_id": account, "parent_slice": {}}, "cursor": {field: day}}]}


@pytest.mark.parametrize("name", ["ads", "ads_reports_daily", "ads_reports_lifetime", "advertisers"])
def test_accounts_that_take_long_are_asked_for_first(name: str) -> None:
    context = context_with(dict.fromkeys((ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT), UTC_INFO))
    for account, seconds in ((ACCOUNT, 5), (OTHER_ACCOUNT, 6), (THIRD_ACCOUNT, 50)):
        context.effort.note(account, seconds)

    asked = [slice_["advertiser_id"] for slice_ in stream(name, context=context).stream_slices()]
    assert list(dict.fromkeys(asked)) == [THIRD_ACCOUNT, ACCOUNT, OTHER_ACCOUNT]


DAILY, HOURLY = "ads_reports_daily", "ads_reports_hourly"

# Configuration and stored mark -> the days that a daily report asks for.
DAYS: dict[str, tuple[dict[str, Any], str | None, list[tuple[str, str]]]] = {
    "a first sync": ({}, None, [("2024-01-01", "2024-01-30"), ("2024-01-31", TODAY)]),
    "a mark, less the window": ({}, "2024-02-09", [("2024-02-06", TODAY)]),
    "a mark without window: its day again": ({"attribution_window": 0}, "2024-02-09", [("2024-02-09", TODAY)]),
    "a mark of today": ({"attribution_window": 0}, TODAY, [(TODAY, TODAY)]),
    "a mark of tomorrow, as Airbyte's connector leaves it": (
        {"attribution_window": 0},
        "2024-02-11",
        [(TODAY, TODAY)],
    ),
    "a mark of the day after tomorrow, by a connector in the west": (
        {"attribution_window": 0},
        "2024-02-12",
        [(TODAY, TODAY)],
    ),
    "a mark that only a wrong clock can have set: all again": (
        {},
        "2024-02-13",
        [("2024-01-01", "2024-01-30"), ("2024-01-31", TODAY)],
    ),
    "a look-back never goes before the start": (
        {},
        "2024-01-02",
        [("2024-01-01", "2024-01-30"), ("2024-01-31", TODAY)],
    ),
    "a look-back of a month": (
        {"attribution_window": 30},
        "2024-02-09",
        [("2024-01-10", "2024-02-08"), ("2024-02-09", TODAY)],
    ),
    "one day": ({"start_date": "2024-01-05", "end_date": "2024-01-05"}, None, [("2024-01-05", "2024-01-05")]),
    "exactly thirty days": ({"end_date": "2024-01-30"}, None, [("2024-01-01", "2024-01-30")]),
    "thirty-one days": (
        {"end_date": "2024-01-31"},
        None,
        [("2024-01-01", "2024-01-30"), ("2024-01-31", "2024-01-31")],
    ),
    "an end in the future": (
        {"start_date": "2024-02-01", "end_date": "2025-01-01"},
        None,
        [("2024-02-01", TODAY)],
    ),
    "a mark behind the end": ({"end_date": "2024-01-20"}, "2024-02-09", [("2024-01-17", "2024-01-20")]),
    "a step of twenty days": (
        {"report_granularity": 20},
        None,
        [("2024-01-01", "2024-01-20"), ("2024-01-21", "2024-02-09"), (TODAY, TODAY)],
    ),
    "a start of today": ({"start_date": TODAY}, None, [(TODAY, TODAY)]),
    "a start in the future": ({"start_date": "2024-02-11"}, None, []),
}


@pytest.mark.parametrize(("fields", "mark", "expected"), DAYS.values(), ids=DAYS)
def test_a_daily_report_asks_for_these_days(
    fields: dict[str, Any], mark: str | None, expected: list[tuple[str, str]]
) -> None:
    assert windows(stream(DAILY, marked(mark) if mark else None, **fields)) == expected


@pytest.mark.parametrize(("fields", "mark", "_"), DAYS.values(), ids=DAYS)
def test_an_hourly_report_asks_for_the_same_days_one_by_one_and_looks_back_a_day_at_least(
    fields: dict[str, Any], mark: str | None, _: Any
) -> None:
    looking_back = fields | {"attribution_window": max(fields.get("attribution_window", 3), 1)}
    expected = windows(stream(DAILY, marked(mark) if mark else None, **looking_back))
    state = marked(f"{mark} 00:00:00", field="stat_time_hour") if mark else None
    found = windows(stream(HOURLY, state, **fields))

    assert all(start == end for start, end in found)
    span = [(found[0][0], found[-1][1])] if found else []
    assert span == ([(expected[0][0], expected[-1][1])] if expected else [])
    assert len(found) == sum(
        (Date.fromisoformat(end) - Date.fromisoformat(start)).days + 1 for start, end in expected
    )


def test_a_mark_late_in_a_day_has_the_whole_day_and_the_one_before_read_again() -> None:
    state = marked("2024-02-09 23:00:00", field="stat_time_hour")
    assert windows(stream(HOURLY, state, attribution_window=0))[0] == ("2024-02-08", "2024-02-08")


@pytest.mark.parametrize(
    ("granularity", "cursor", "first"), [("hourly", "stat_time_hour", "08"), ("daily", "stat_time_day", "09")]
)
def test_a_shops_hours_look_back_a_day_at_least_as_an_accounts_do(
    granularity: str, cursor: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shops, "params_of", lambda *_: [{STORE_ID: "77", "bc_id": "9"}])
    shop = {STORE_ID: "77", "parent_slice": {"advertiser_id": ACCOUNT, "parent_slice": {}}}
    state = {"states": [{"partition": shop, "cursor": {cursor: "2024-02-09"}}]}
    name = f"gmv_max_product_campaign_reports_{granularity}"
    assert windows(stream(name, state, attribution_window=0))[0][0] == f"2024-02-{first}"


@pytest.mark.parametrize(
    ("info", "last"),
    [
        ({"timezone": "Etc/GMT+11"}, "2024-02-10"),
        ({"display_timezone": "Pacific/Kiritimati", "timezone": "Etc/GMT-14"}, "2024-02-11"),
        ({"display_timezone": "Asia/Kolkata"}, "2024-02-10"),
        ({"display_timezone": "Asia/Kolkata", "timezone": "Etc/GMT-14"}, "2024-02-10"),
        ({"display_timezone": "Pacific/Auckland"}, "2024-02-11"),
        ({"display_timezone": "Nowhere/Land", "timezone": "Etc/GMT-12"}, "2024-02-11"),
        ({"display_timezone": "Nowhere/Land", "timezone": "Also/Nowhere"}, "2024-02-11"),
        ({}, "2024-02-11"),
    ],
    ids=str,
)
def test_the_last_day_is_the_accounts_own_today_or_tomorrow_where_nobody_knows(
    info: dict[str, str], last: str
) -> None:
    assert windows(stream(DAILY, infos={ACCOUNT: info}))[-1][1] == last


def test_a_time_zone_that_nobody_knows_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    infos = {ACCOUNT: {"display_timezone": "Nowhere/Land"}, OTHER_ACCOUNT: {"timezone": "Asia/Kolkata"}}
    windows(stream(DAILY, infos=infos))

    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert f"Account {ACCOUNT} has the time zone Nowhere/Land" in line


BIRTHDAYS: dict[str, tuple[dict[str, Any], str]] = {
    "born later than the start": ({"timezone": "UTC", "create_time": BORN}, "2024-02-01"),
    "born before the start": (UTC_INFO, "2024-01-01"),
    "born in a zone where it was the day before": (
        {"display_timezone": "America/New_York", "create_time": BORN},
        "2024-01-31",
    ),
    "born in no zone that is known": ({"create_time": BORN}, "2024-01-31"),
    "of unknown age": ({"timezone": "UTC"}, "2024-01-01"),
    "of age zero": ({"timezone": "UTC", "create_time": 0}, "2024-01-01"),
}


@pytest.mark.parametrize(("info", "first"), BIRTHDAYS.values(), ids=BIRTHDAYS)
def test_nothing_is_asked_for_before_an_account_was_born(info: dict[str, Any], first: str) -> None:
    assert windows(stream(DAILY, infos={ACCOUNT: info}))[0][0] == first


def test_in_the_sandbox_the_birthday_is_no_limit_because_its_data_is_older() -> None:
    info = {"timezone": "UTC", "create_time": BORN}
    context = context_of(sandbox_config(start_date="2020-12-08"), infos={ACCOUNT: info})

    assert windows(stream(DAILY, context=context))[0][0] == "2020-12-08"


def test_each_account_has_its_own_days() -> None:
    infos = {
        ACCOUNT: UTC_INFO,
        OTHER_ACCOUNT: {"display_timezone": "Pacific/Kiritimati", "create_time": LONG_AGO},
        THIRD_ACCOUNT: {"timezone": "UTC", "create_time": BORN},
    }
    found = stream(DAILY, marked("2024-02-09"), infos=infos)

    assert windows(found, ACCOUNT) == [("2024-02-06", TODAY)]
    assert windows(found, OTHER_ACCOUNT) == [("2024-01-01", "2024-01-30"), ("2024-01-31", "2024-02-11")]
    assert windows(found, THIRD_ACCOUNT) == [("2024-02-01", TODAY)]


@pytest.mark.parametrize("report", REPORTS_WITH_CURSOR, ids=names(tuple(REPORTS_WITH_CURSOR)))
def test_every_window_of_every_report_is_as_long_as_its_granularity_allows(report: Report) -> None:
    found = windows(stream(report.name))
    lengths = [(Date.fromisoformat(end) - Date.fromisoformat(start)).days + 1 for start, end in found]

    assert set(lengths[:-1]) == {report.granularity.max_days}
    assert sum(lengths) == 41


@pytest.mark.parametrize(
    "report", [report for report in LIFETIMES if report.query_lifetime], ids=lambda report: report.name
)
def test_a_lifetime_is_one_question_per_account(report: Report) -> None:
    infos = {ACCOUNT: UTC_INFO, OTHER_ACCOUNT: UTC_INFO}
    assert list(stream(report.name, infos=infos).stream_slices()) == [
        {"advertiser_id": ACCOUNT},
        {"advertiser_id": OTHER_ACCOUNT},
    ]


@pytest.mark.parametrize(
    ("fields", "window"),
    [
        ({"start_date": "2016-09-01"}, ("2023-02-11", TODAY)),
        ({"start_date": "2024-01-01"}, ("2024-01-01", TODAY)),
        ({"start_date": "2016-09-01", "end_date": "2023-12-31"}, ("2023-01-01", "2023-12-31")),
    ],
    ids=["a year back", "not before the start", "back from the end"],
)
def test_the_audience_of_a_lifetime_is_that_of_a_year(fields: dict[str, Any], window: tuple[str, str]) -> None:
    assert windows(stream("advertisers_audience_reports_lifetime", **fields)) == [window]


# State


def cursor_of(found: TiktokStream, account: str = ACCOUNT) -> Any:
    cursors = {entry["partition"]["advertiser_id"]: entry["cursor"] for entry in found.current_state()["states"]}
    return cursors.get(account)


def test_the_state_moves_over_closed_windows_and_stops_before_the_first_open_one() -> None:
    found = stream(HOURLY, start_date="2024-02-07")
    first, second, third, last = found.stream_slices()

    moved = []
    for slice_ in (second, first, last, third):
        found.close(slice_)
        moved.append(cursor_of(found))
    assert moved == [
        None,
        {"stat_time_hour": "2024-02-08 00:00:00"},
        {"stat_time_hour": "2024-02-08 00:00:00"},
        {"stat_time_hour": "2024-02-10 00:00:00"},
    ]


def test_a_window_of_the_look_back_does_not_move_the_state_back() -> None:
    found = stream(HOURLY, marked("2024-02-09", field="stat_time_hour"))
    found.close(next(iter(found.stream_slices())))

    assert cursor_of(found) == {"stat_time_hour": "2024-02-09 00:00:00"}


@pytest.mark.parametrize("report", REPORTS_WITH_CURSOR, ids=names(tuple(REPORTS_WITH_CURSOR)))
def test_our_own_last_state_has_the_look_back_read_again_and_nothing_more(report: Report) -> None:
    first = stream(report.name)
    for slice_ in list(first.stream_slices()):
        first.close(slice_)

    again = windows(stream(report.name, first.current_state()))
    assert (again[0][0], again[-1][1]) == ("2024-02-07", TODAY)


def test_an_account_with_a_hole_starts_at_the_hole_next_time() -> None:
    first = stream(HOURLY, start_date="2024-02-05", attribution_window=0)
    for slice_ in list(first.stream_slices()):
        if slice_["start_date"] != "2024-02-08":
            first.close(slice_)

    again = windows(stream(HOURLY, first.current_state(), start_date="2024-02-05", attribution_window=0))
    assert again[0][0] == "2024-02-06"


def test_a_stream_that_is_read_holds_nothing_of_the_accounts_any_more() -> None:
    found = stream(HOURLY, marked("2024-02-05", field="stat_time_hour"))
    for slice_ in list(found.stream_slices()):
        found.close(slice_)
    gc.collect()
    held = weakref.WeakSet(one for one in gc.get_objects() if isinstance(one, WindowProgress | Watermarks))
    before = Counter(map(type, held))

    found.forget()

    gc.collect()
    assert before - Counter(map(type, held)) == Counter((WindowProgress, Watermarks))
    assert found.current_state()["states"] == []


WITHOUT_CURSOR = [row for row in (*ENTITIES, *REPORTS) if not row.cursor]


@pytest.mark.parametrize("row", WITHOUT_CURSOR, ids=names(tuple(WITHOUT_CURSOR)))
def test_a_stream_without_cursor_says_so_and_takes_any_state(row: Report) -> None:
    found = stream(row.name, {"anything": ["at all"]})
    assert found.current_state() == NO_CURSOR_STATE


# The accounts themselves


def accounts_api(*, refused: frozenset[str] = frozenset(), count: int = 250) -> Callable[[Request], Reply]:
    def script(request: Request) -> Reply:
        if request.endpoint != INFO_ENDPOINT:
            listed = [{"advertiser_id": str(number), "advertiser_name": f"n{number}"} for number in range(count)]
            return envelope({"list": listed})
        ids = request.json("advertiser_ids")
        if len(ids) > 100:
            return failure(40011)
        if refused & set(ids):
            return failure(40001, "No permission.")
        return envelope({"list": [{"advertiser_id": id_, "name": f"n{id_}", **UTC_INFO} for id_ in ids]})

    return script


def test_accounts_are_asked_for_by_the_hundred_and_once_for_all_streams(tiktok: Loopback) -> None:
    tiktok.script = accounts_api()
    context = context_of(raw_config(start_date="2024-02-01"))

    advertisers = stream("advertisers", context=context)
    rows = [
        row for slice_ in advertisers.stream_slices() for page in advertisers.read_pages(slice_) for row in page
    ]
    list(stream(DAILY, context=context).stream_slices())
    list(stream(HOURLY, context=context).stream_slices())

    assert [row["advertiser_id"] for row in rows] == list(range(250))
    assert len(tiktok.requests) == 1 + 3


def test_accounts_that_are_refused_cost_few_requests_and_are_read_until_tomorrow(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.script = accounts_api(refused=frozenset({"7", "120"}))
    context = context_of(raw_config(start_date="2024-02-01"))

    found = stream(DAILY, context=context)
    assert windows(found, "6") == [("2024-02-01", "2024-02-10")]
    assert windows(found, "7") == windows(found, "120") == [("2024-02-01", "2024-02-11")]
    assert len(tiktok.asked(INFO_ENDPOINT)) < 40
    warned = [record.getMessage() for record in caplog.records if "Account" in record.getMessage()]
    assert [line for line in warned if "Account 7 " in line]


def test_a_refusal_that_streams_share_does_not_grow_with_each_of_them(tiktok: Loopback) -> None:
    tiktok.script = accounts_api(refused=frozenset({"7"}), count=10)
    accounts = context_of(raw_config()).accounts
    depths = []
    for _ in range(3):
        with pytest.raises(Refused) as caught:
            accounts.info("7")
        depths.append(len(caught.traceback))

    assert depths == depths[:1] * 3


def test_given_many_refused_accounts_among_others_then_the_others_keep_their_zone(tiktok: Loopback) -> None:
    refused = frozenset(str(number) for number in range(0, 250, 8))
    tiktok.script = accounts_api(refused=refused)
    found = stream(DAILY, context=context_of(raw_config(start_date="2024-02-10")))

    last_days = {slice_["advertiser_id"]: slice_["end_date"] for slice_ in found.stream_slices()}

    assert {id_ for id_, day in last_days.items() if day == "2024-02-11"} == refused
    assert len(last_days) == 250


def test_an_app_without_the_permission_for_account_information_does_not_ask_a_thousand_times(
    tiktok: Loopback,
) -> None:
    tiktok.script = accounts_api(refused=frozenset(map(str, range(1000))), count=1000)
    context = context_of(raw_config(start_date="2024-02-01"))

    assert len(list(stream(DAILY, context=context).stream_slices())) == 1000
    assert len(tiktok.asked(INFO_ENDPOINT)) < 80


def test_many_dead_accounts_at_the_head_of_the_list_do_not_hide_the_living(tiktok: Loopback) -> None:
    dead = frozenset(map(str, range(20)))
    tiktok.script = accounts_api(refused=dead, count=100)
    advertisers = stream("advertisers", context=context_of(raw_config()))

    told = []
    for slice_ in advertisers.stream_slices():
        try:
            told += [row["advertiser_id"] for page in advertisers.read_pages(slice_) for row in page]
        except Refused:
            assert slice_["advertiser_id"] in dead
    assert told == list(range(20, 100))


@pytest.mark.parametrize("code", [50000, 40002], ids=["chokes", "calls it wrong"])
def test_an_account_on_which_tiktok_chokes_for_ever_does_not_hide_the_others(code: int, tiktok: Loopback) -> None:
    answers = accounts_api(count=8)

    def script(request: Request) -> Reply:
        return failure(code) if "5" in request.json("advertiser_ids", []) else answers(request)

    tiktok.script = script
    found = stream(DAILY, context=context_of(raw_config(start_date="2024-02-01")))

    assert windows(found, "4") == [("2024-02-01", "2024-02-10")]
    assert windows(found, "5") == [("2024-02-01", "2024-02-11")]


@pytest.mark.parametrize("place", [5, 94])
def test_an_account_on_which_tiktok_chokes_holds_a_sync_up_for_no_longer_than_an_outage(
    place: int, tiktok: Loopback
) -> None:
    answers = accounts_api(count=100)
    choking = {str(place), "50"}

    def script(request: Request) -> Reply:
        return failure(51040) if choking & set(request.json("advertiser_ids", [])) else answers(request)

    tiktok.script = script
    clock = VirtualClock()
    found = stream(DAILY, context=context_of(raw_config(start_date="2024-02-01"), clock))

    assert windows(found, "4") == [("2024-02-01", "2024-02-10")]
    assert windows(found, str(place)) == windows(found, "50") == [("2024-02-01", "2024-02-11")]
    assert 300 < sum(clock.waits) < 1000


@pytest.mark.parametrize("code", [40100, 60001])
def test_a_look_up_that_has_to_wait_for_a_limit_or_a_maintenance_is_not_divided(
    code: int, tiktok: Loopback
) -> None:
    answers = accounts_api(count=8)
    odd = [failure(code, "QPM limit")] * 3
    tiktok.script = lambda request: odd.pop() if odd and request.endpoint == INFO_ENDPOINT else answers(request)

    list(stream(DAILY, context=context_of(raw_config(start_date="2024-02-01"))).stream_slices())

    assert len({request.params["advertiser_ids"] for request in tiktok.asked(INFO_ENDPOINT)}) == 1


def test_a_look_up_with_a_dead_token_is_not_asked_account_by_account(tiktok: Loopback) -> None:
    answers = accounts_api(count=8)
    tiktok.script = lambda request: failure(40105) if request.endpoint == INFO_ENDPOINT else answers(request)

    with pytest.raises(ApiError, match="40105"):
        list(stream(DAILY, context=context_of(raw_config(start_date="2024-02-01"))).stream_slices())
    assert len(tiktok.asked(INFO_ENDPOINT)) == 1


ODD = {"nothing": {}, "a list that is null": {"list": None}, "an empty list": {"list": []}}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_a_list_of_accounts_that_says_nothing_is_asked_for_again(data: dict[str, Any], tiktok: Loopback) -> None:
    answers = accounts_api(count=2)
    tiktok.script = lambda request: envelope(data) if len(tiktok.requests) == 1 else answers(request)

    assert context_of(raw_config()).accounts.ids == ("0", "1")


def listed(*ids: Any, total: int | None = None, code: int = 0) -> Reply:
    rows = [{"advertiser_id": id_, "advertiser_name": "n"} for id_ in ids]
    return envelope({"list": rows} | ({} if total is None else {"page_info": {"total_number": total}}), code=code)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (listed("1", "2", total=250), "2 accounts came where TikTok counts 250"),
        (listed("1", "2", total=1), "2 accounts came where TikTok counts 1"),
        (listed("1", "2", code=20001), "20001"),
    ],
)
def test_accounts_of_a_list_that_never_adds_up_are_read_and_their_streams_fail(
    reply: Reply, why: str, tiktok: Loopback
) -> None:
    answers = accounts_api(count=2)
    tiktok.script = lambda request: reply if request.endpoint == LIST_ENDPOINT else answers(request)
    slices = stream("ads_reports_lifetime", context=context_of(raw_config())).stream_slices()

    assert [next(slices)["advertiser_id"], next(slices)["advertiser_id"]] == ["1", "2"]
    with pytest.raises(Incomplete, match=why):
        next(slices)
    assert len(tiktok.asked(LIST_ENDPOINT)) == MAX_READS


def test_a_list_of_accounts_that_does_not_add_up_for_once_is_read_again(tiktok: Loopback) -> None:
    tiktok.answers(listed("1", total=2), listed("1", "2", total=2))

    assert context_of(raw_config()).accounts.ids == ("1", "2")


def test_accounts_whose_id_is_no_number_are_told_and_left_out(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.answers(listed("1", None, "-5", "", "abc", "x" * 1000))

    assert context_of(raw_config()).accounts.ids == ("1",)
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "5 accounts" in warning
    assert "'None', '-5', ''" in warning
    assert len(warning) < 200


def test_accounts_of_the_state_that_are_gone_are_named_once_and_keep_their_state(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.script = lambda request: (
        listed("1") if request.endpoint == LIST_ENDPOINT else accounts_api(count=2)(request)
    )
    context = context_of(raw_config(start_date="2024-02-01"))
    for name in (DAILY, "campaigns"):
        field = "stat_time_day" if name == DAILY else "modify_time"
        entries = [{"partition": {"advertiser_id": id_}, "cursor": {field: "2024-02-05"}} for id_ in ("1", "77")]
        found = stream(name, {"states": entries}, context=context)
        assert {slice_["advertiser_id"] for slice_ in found.stream_slices()} == {"1"}
        assert "77" in str(found.current_state())

    gone = [record.getMessage() for record in caplog.records if "no longer reaches" in record.getMessage()]
    assert len(gone) == 1
    assert "account 77" in gone[0]


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_a_look_up_that_says_nothing_is_asked_for_again(data: dict[str, Any], tiktok: Loopback) -> None:
    answers = accounts_api(count=8)
    odd = [envelope(data)]
    tiktok.script = lambda request: odd.pop() if odd and request.endpoint == INFO_ENDPOINT else answers(request)

    found = stream(DAILY, context=context_of(raw_config(start_date="2024-02-01")))
    assert {slice_["end_date"] for slice_ in found.stream_slices()} == {"2024-02-10"}


def test_an_outage_of_the_look_up_is_no_accounts_own(tiktok: Loopback) -> None:
    answers = accounts_api(count=8)
    tiktok.script = lambda request: failure(50000) if request.endpoint == INFO_ENDPOINT else answers(request)

    with pytest.raises(Unavailable):
        list(stream(DAILY, context=context_of(raw_config(start_date="2024-02-01"))).stream_slices())


@pytest.mark.parametrize("created", ["2024-01-01 00:00:00", None, "", -1, "9" * 5000, "9" * 20])
def test_a_birthday_that_cannot_be_read_leaves_out_no_day(created: Any) -> None:
    infos = {ACCOUNT: UTC_INFO | {"create_time": created}}
    assert windows(stream(DAILY, infos=infos, start_date="2024-02-01")) == [("2024-02-01", "2024-02-10")]


@pytest.mark.parametrize("mark", ["0001-01-01", "2011-12-31"])
def test_a_mark_of_long_ago_starts_at_the_start(mark: str) -> None:
    assert windows(stream(DAILY, marked(mark), start_date="2024-02-01")) == [("2024-02-01", "2024-02-10")]


def test_an_account_that_is_left_out_of_an_answer_without_a_word_is_left_out_loudly(
    tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    answers = accounts_api(count=3)

    def script(request: Request) -> Reply:
        if request.endpoint != INFO_ENDPOINT:
            return answers(request)
        return envelope({"list": [{"advertiser_id": "0", **UTC_INFO}, {"advertiser_id": "2", **UTC_INFO}]})

    tiktok.script = script
    context = context_of(raw_config(start_date="2024-02-01"))
    advertisers = stream("advertisers", context=context)

    assert windows(stream(DAILY, context=context), "1") == [("2024-02-01", "2024-02-11")]
    assert [record for record in caplog.records if "Account 1 is read until tomorrow" in record.getMessage()]
    with pytest.raises(Refused, match=r"account 1 with .* nothing about this account") as caught:
        list(advertisers.read_pages({"advertiser_id": "1"}))
    assert caught.value.failure_type is FailureType.config_error
    assert "check that the account exists" in str(caught.value)


def test_a_configured_account_that_the_token_does_not_see_is_told(tiktok: Loopback) -> None:
    tiktok.script = accounts_api(count=3)
    context = context_of(raw_config({"advertiser_id": ACCOUNT}))

    with pytest.raises(AirbyteTracedException, match=f"{ACCOUNT} is not among the 3 accounts"):
        list(stream("advertiser_ids", context=context).read_pages({"advertiser_id": ACCOUNT}))


def test_a_configured_account_needs_no_list_of_accounts(tiktok: Loopback) -> None:
    tiktok.script = accounts_api()
    context = context_of(raw_config({"advertiser_id": ACCOUNT}))

    assert [slice_["advertiser_id"] for slice_ in stream("campaigns", context=context).stream_slices()] == [
        ACCOUNT
    ]
    assert tiktok.requests == []


CHOICES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "some": ({"advertiser_ids": [THIRD_ACCOUNT, ACCOUNT]}, [THIRD_ACCOUNT, ACCOUNT], ""),
    "all but some": ({"excluded_advertiser_ids": [ACCOUNT]}, [OTHER_ACCOUNT, THIRD_ACCOUNT], ""),
    "some, of which one is gone": ({"advertiser_ids": ["7", ACCOUNT]}, [ACCOUNT], "does not reach account 7 of"),
    "one of the credentials, one of the list": (
        {"advertiser_ids": [ACCOUNT], "credentials": {"advertiser_id": THIRD_ACCOUNT}},
        [THIRD_ACCOUNT, ACCOUNT],
        "",
    ),
    "one that is excluded is gone": (
        {"excluded_advertiser_ids": ["7", ACCOUNT, OTHER_ACCOUNT]},
        [THIRD_ACCOUNT],
        "",
    ),
}


@pytest.mark.parametrize(("fields", "chosen", "told"), CHOICES.values(), ids=CHOICES)
def test_the_accounts_that_the_user_chose_are_read(
    fields: dict[str, Any], chosen: list[str], told: str, tiktok: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    three = [{"advertiser_id": id_} for id_ in (ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT)]
    tiktok.script = lambda _: envelope({"list": three})
    credentials = fields.get("credentials")
    others = {name: value for name, value in fields.items() if name != "credentials"}
    context = context_of(raw_config(credentials, **others))

    for name in ("campaigns", "ads"):
        slices = stream(name, context=context).stream_slices()
        assert [slice_["advertiser_id"] for slice_ in slices] == chosen
    assert len(tiktok.requests) == 1
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == bool(told)
    assert all(told in warning for warning in warnings)


UNKNOWN_CHOICES = {
    "one": ({"advertiser_ids": ["7"]}, "`advertiser_id` 7 is not among the 3 accounts"),
    "some": ({"advertiser_ids": [ACCOUNT, "7"]}, "`advertiser_ids` 7 is not among the 3 accounts"),
    "excluded": ({"excluded_advertiser_ids": ["7"]}, "`excluded_advertiser_ids` 7 is not among the 3 accounts"),
}


@pytest.mark.parametrize(("fields", "told"), UNKNOWN_CHOICES.values(), ids=UNKNOWN_CHOICES)
def test_a_chosen_account_that_does_not_exist_is_told_with_those_that_do(
    fields: dict[str, Any], told: str, tiktok: Loopback
) -> None:
    three = [{"advertiser_id": id_, "advertiser_name": f"Shop {id_[-1]}"} for id_ in (ACCOUNT, "8", "9")]
    tiktok.answers(envelope({"list": three}))

    with pytest.raises(AirbyteTracedException) as caught:
        context_of(raw_config(**fields)).accounts.check_visible()
    assert str(caught.value).startswith(told)
    assert str(caught.value).endswith(f"it may read {ACCOUNT} (Shop 1), 8 (Shop 8), 9 (Shop 9).")


def test_a_choice_that_leaves_no_account_is_told(tiktok: Loopback) -> None:
    tiktok.answers(envelope({"list": [{"advertiser_id": ACCOUNT}]}))
    with pytest.raises(AirbyteTracedException, match="No account is left to read of the 1"):
        _ = context_of(raw_config(excluded_advertiser_ids=[ACCOUNT])).accounts.ids


def test_an_account_that_appears_later_is_filled_from_the_start_date() -> None:
    infos = {ACCOUNT: UTC_INFO, OTHER_ACCOUNT: UTC_INFO}
    found = stream(DAILY, marked("2024-02-09"), infos=infos)

    assert windows(found, ACCOUNT) == [("2024-02-06", TODAY)]
    assert windows(found, OTHER_ACCOUNT) == [("2024-01-01", "2024-01-30"), ("2024-01-31", TODAY)]


def test_an_account_that_disappears_keeps_its_state() -> None:
    state = marked("2024-02-09")
    state["states"] += marked("2024-01-20", OTHER_ACCOUNT)["states"]

    assert stream(DAILY, state).current_state()["states"] == state["states"]


def test_a_day_that_has_begun_in_the_east_only_is_no_fault_of_a_state(
    tiktok: Loopback, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(centers, "centers_of", lambda _: ["9"])
    tiktok.script = lambda request: listing([], request, "cost_list")
    state = {"states": [{"partition": {"bc_id": "9", "parent_slice": {}}, "cursor": {"date": "2024-02-10"}}]}
    infos = {ACCOUNT: {"timezone": "Asia/Tokyo", "create_time": LONG_AGO}}
    # Five o'clock of the 10th in Tokyo.
    found = stream("business_center_account_costs_daily", state, infos=infos, at="2024-02-09T20:00:00Z")

    for slice_ in found.stream_slices():
        assert list(found.read_pages(slice_)) == [[]]
        found.close(slice_)
        assert found.current_state()["states"][0]["cursor"] == {"date": "2024-02-10"}
    assert not caplog.records


REFUSED_LISTS = {
    "catalogs": "bc/get/",
    "business_center_account_costs_daily": "bc/get/",
    "gmv_max_advertiser_reports_daily": "gmv_max/store/list/",
}


@pytest.mark.parametrize(("name", "endpoint"), REFUSED_LISTS.items(), ids=REFUSED_LISTS)
def test_where_centers_or_shops_cannot_be_listed_a_slice_fails_so_without_asking_again(
    name: str, endpoint: str, tiktok: Loopback
) -> None:
    tiktok.script = lambda _: failure(40001)
    found = stream(name)
    (slice_,) = found.stream_slices()
    tiktok.script = lambda request: listing([], request)

    with pytest.raises(Refused):
        list(found.read_pages(slice_))
    assert [request.endpoint for request in tiktok.requests] == [endpoint]


def test_an_account_that_is_listed_twice_is_read_once(tiktok: Loopback) -> None:
    tiktok.answers(envelope({"list": [{"advertiser_id": ACCOUNT}, {"advertiser_id": ACCOUNT}]}))
    assert len(list(stream("campaigns", context=context_of(raw_config())).stream_slices())) == 1
