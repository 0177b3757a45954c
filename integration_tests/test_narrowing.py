"""Queries that are too large for TikTok become smaller by themselves, stay exact, and cost few refusals."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import pytest

from integration_tests.conftest import NOW, Stage
from integration_tests.connector import Output, production_config
from integration_tests.tiktok_emulator import LoggedRequest, World, actions, populate
from integration_tests.tiktok_emulator.actions import Action
from integration_tests.truth import Key, by_key

REPORT = "report/integrated/get/"
DAILY, HOURLY, LIFETIME = "ads_reports_daily", "ads_reports_hourly", "ads_reports_lifetime"
METRICS = 80  # An ad report asks for a little more.
# 6 campaigns (5 that reports show by default) of 2 ad groups of 5 ads.
CAMPAIGNS, ADGROUPS, ADS_EACH = 6, 2, 5
WORKERS = 8
TOO_LARGE = 40067
FOR_EVER = None


def config(start: str) -> dict[str, object]:
    # Every day by the same few workers, so that requests can be counted.
    return production_config(start_date=start, attribution_window=0, concurrency_level=8, skip_silent_days=False)


@pytest.fixture
def world() -> World:
    world = World(now=NOW)
    populate(
        world, world.add_account("Large Shop").advertiser_id, campaigns=CAMPAIGNS, adgroups=ADGROUPS, ads=ADS_EACH
    )
    populate(world, world.add_account("Tiny Shop").advertiser_id, campaigns=1, adgroups=1, ads=1)
    return world


@pytest.fixture
def large(world: World) -> str:
    return next(iter(world.accounts))


def days(request: LoggedRequest) -> int:
    return span(request.params)


def span(params: Mapping[str, str]) -> int:
    """Length of the window that a report request asks for; 1 for a whole life."""
    if "start_date" not in params:
        return 1
    return (date.fromisoformat(params["end_date"]) - date.fromisoformat(params["start_date"])).days + 1


def ids(request: LoggedRequest) -> dict[str, int]:
    """How many ids a report request names, by filter."""
    filters = request.decoded.get("filtering") or []
    return {
        one["field_name"]: one["filter_value"].count('"') // 2 for one in filters if "_ids" in one["field_name"]
    }


def refused(stage: Stage) -> list[LoggedRequest]:
    return [request for request in stage.asked(REPORT) if request.code == TOO_LARGE]


def assert_exact(stage: Stage, output: Output, start: str, *names: str) -> None:
    assert output.exit_code == 0, output.errors
    for name in names:
        truth = stage.truth(name, date.fromisoformat(start))
        assert truth
        assert not stage.mistakes(output, name, truth), name
        assert output.statuses[name][-1] == "COMPLETE"


# A report that TikTok has cut at 20,000 ads


def test_a_cut_report_is_split_by_campaign(stage: Stage) -> None:
    # Four of five campaigns are one too many at every level.
    stage.emulator.faults.ad_limit = 3 * ADGROUPS * ADS_EACH
    names = (DAILY, "campaigns_reports_daily", "ad_group_audience_reports_by_platform_daily", LIFETIME)

    output = stage.read(config("2024-03-10"), *names)

    assert_exact(stage, output, "2024-03-10", *names)
    split = [ids(request) for request in stage.asked(REPORT) if ids(request)]
    assert split
    assert {name for filters in split for name in filters} == {"campaign_ids"}


def test_a_cut_report_is_split_by_ad_group_with_deleted_objects_too(stage: Stage) -> None:
    # One campaign is too many.
    stage.emulator.faults.ad_limit = ADS_EACH + 1

    output = stage.read({**config("2024-03-10"), "include_deleted": True}, DAILY)

    assert output.exit_code == 0, output.errors
    truth = stage.truth(DAILY, date(2024, 3, 10), include_deleted=True)
    assert not stage.mistakes(output, DAILY, truth)
    assert "adgroup_ids" in {name for request in stage.asked(REPORT) for name in ids(request)}


@pytest.mark.parametrize(
    ("fault", "exit_code"), [(actions.api(TOO_LARGE), 1), (actions.http(504), 0)], ids=["40067", "504"]
)
def test_a_total_over_a_year_is_never_put_together_from_halves_of_it(
    stage: Stage, fault: Action, exit_code: int
) -> None:
    name = "advertisers_audience_reports_lifetime"
    stage.emulator.faults.add(
        fault, REPORT, where=lambda params: "gender" in params["dimensions"] and span(params) > 50, times=8
    )

    output = stage.read(config("2023-09-01"), name, "campaigns_reports_daily")

    assert output.exit_code == exit_code
    whole = {} if exit_code else stage.truth(name, date(2023, 9, 1))
    assert not stage.mistakes(output, name, whole)
    spans = {span(request.params) for request in stage.asked(REPORT) if "gender" in request.params["dimensions"]}
    assert spans == {91}


def test_a_filter_names_at_most_a_hundred_objects(stage: Stage, world: World, large: str) -> None:
    for number in range(230):
        campaign = world.add_object("campaign", large, created=world.accounts[large].created, name=str(number))
        adgroup = world.add_object("adgroup", campaign.entity_id, created=campaign.created)
        world.add_object("ad", adgroup.entity_id, created=campaign.created)
    stage.emulator.faults.ad_limit = 120

    output = stage.read(config("2024-03-14"), DAILY, "campaigns_reports_daily")

    assert_exact(stage, output, "2024-03-14", DAILY, "campaigns_reports_daily")
    assert max(number for request in stage.asked(REPORT) for number in ids(request).values()) == 100


def test_what_cannot_be_split_any_further_is_told_and_keeps_its_state(stage: Stage, large: str) -> None:
    # One ad group is too many.
    stage.emulator.faults.ad_limit = ADS_EACH - 2

    output = stage.read(config("2024-03-14"), DAILY, "campaigns_reports_lifetime")

    assert output.exit_code == 1
    assert output.verdict["failure_type"] == "transient_error"
    assert output.statuses[DAILY][-1] == "INCOMPLETE"
    assert output.complaints(f"{DAILY}:", large, "2024-03-14", "2024-03-15")
    assert large not in output.marks(DAILY)
    assert output.marks(DAILY), "the other account is read"


def test_how_a_cut_report_had_to_be_split_is_remembered(stage: Stage) -> None:
    # Ten ads of one campaign pass, twenty of two do not: campaigns have to be asked for one by one.
    stage.emulator.faults.ad_limit = ADGROUPS * ADS_EACH

    output = stage.read(config("2024-02-25"), HOURLY)

    assert_exact(stage, output, "2024-02-25", HOURLY)
    cut = [request for request in stage.asked(REPORT) if len(ids(request)) == 0 or max(ids(request).values()) > 1]
    windows = {request.params["start_date"] for request in stage.asked(REPORT)}
    assert len(windows) == 20
    of_large_shop = [
        request for request in cut if request.params["advertiser_id"] == next(iter(stage.world.accounts))
    ]
    assert len(of_large_shop) <= 5 * WORKERS, "in flight when the first was found to be cut, and no more"


# A query that TikTok refuses because of its size


@pytest.mark.parametrize(
    ("start", "budget", "most_refused"),
    [
        # 30 days -> 15 -> 8 -> 4 are refused at most, by workers that do not know of one another yet.
        pytest.param("2024-01-16", 50 * METRICS * 3, 12, id="days"),
        # Then a day of all metrics is refused, and of half of them.
        pytest.param("2024-02-25", 50 * METRICS // 3, 16, id="days and metrics"),
        # Then a handful of metrics, of all objects and of several campaigns.
        pytest.param("2024-03-08", 5 * METRICS // 4, 40, id="days, metrics and objects"),
    ],
)
def test_a_query_that_is_too_large_is_divided(stage: Stage, start: str, budget: int, most_refused: int) -> None:
    stage.emulator.faults.size_budget = budget

    output = stage.read(config(start), DAILY)

    assert_exact(stage, output, start, DAILY)
    assert len(refused(stage)) <= most_refused


def test_what_had_to_be_divided_in_one_account_is_asked_whole_in_another(stage: Stage, large: str) -> None:
    stage.emulator.faults.size_budget = 50 * METRICS * 3

    output = stage.read(config("2024-02-15"), DAILY)

    assert_exact(stage, output, "2024-02-15", DAILY)
    others = [request for request in stage.asked(REPORT) if request.params["advertiser_id"] != large]
    assert {days(request) for request in others} == {30}
    assert refused(stage)


def test_a_life_that_is_too_large_for_one_query_is_divided_without_days(stage: Stage) -> None:
    stage.emulator.faults.size_budget = 50 * METRICS // 6
    names = (LIFETIME, "campaigns_reports_lifetime", "advertisers_reports_lifetime")

    output = stage.read(config("2024-03-01"), *names)

    assert_exact(stage, output, "2024-03-01", *names)
    assert 0 < len(refused(stage)) <= 24


def test_what_no_division_makes_small_enough_is_told(stage: Stage, large: str) -> None:
    stage.emulator.faults.size_budget = 5

    output = stage.read(config("2024-03-14"), "advertisers_reports_daily", "campaigns")

    assert output.exit_code == 1
    assert output.statuses["advertisers_reports_daily"][-1] == "INCOMPLETE"
    assert output.complaints("advertisers_reports_daily:", large, "2024-03-14", "40067")
    assert output.marks("advertisers_reports_daily") == {}
    assert output.statuses["campaigns"][-1] == "COMPLETE"


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(actions.api(50002), id="50002"),
        pytest.param(actions.http(504), id="504"),
        pytest.param(actions.api(51010), id="51010", marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("everywhere", [False, True], ids=["one account", "every account"])
def test_a_window_that_is_too_heavy_to_be_answered_is_divided(
    stage: Stage, large: str, action: Action, everywhere: bool
) -> None:
    def heavy(params: Mapping[str, str]) -> bool:
        return (everywhere or params["advertiser_id"] == large) and span(params) > 7

    stage.emulator.faults.add(action, REPORT, where=heavy, times=FOR_EVER)

    output = stage.read(config("2024-02-01"), DAILY)

    assert_exact(stage, output, "2024-02-01", DAILY)
    failed = Counter(
        (request.params["advertiser_id"], request.params["start_date"], request.params["end_date"])
        for request in stage.asked(REPORT)
        if request.fault
    )
    assert max(failed.values()) <= 5, "a window is given up soon"
    healthy = {days(request) for request in stage.asked(REPORT) if not request.fault}
    assert (30 in healthy) is not everywhere


# An outage that looks like size


def test_an_outage_of_all_reports_does_not_multiply_requests(stage: Stage, large: str) -> None:
    stage.emulator.faults.add(actions.api(50002), REPORT, times=FOR_EVER)

    output = stage.read(config("2024-02-15"), DAILY, "campaigns")

    assert output.exit_code == 1
    assert output.verdict["failure_type"] == "transient_error"
    assert output.statuses[DAILY] == ["STARTED", "INCOMPLETE"]
    assert output.complaints(f"{DAILY}:", large)
    assert output.marks(DAILY) == {}
    assert output.statuses["campaigns"][-1] == "COMPLETE"
    assert len(stage.asked(REPORT)) <= 2 * 100, "two accounts, one window each"


def test_an_outage_of_everything_ends(stage: Stage) -> None:
    def beyond_accounts(params: Mapping[str, str]) -> bool:
        return "advertiser_id" in params

    stage.emulator.faults.add(actions.http(504), where=beyond_accounts, times=FOR_EVER)

    output = stage.read(config("2024-01-01"), DAILY, "campaigns", "audiences")

    assert output.exit_code == 1
    assert output.verdict["failure_type"] == "transient_error"
    assert {statuses[-1] for statuses in output.statuses.values()} == {"INCOMPLETE"}
    assert not output.records
    assert len(stage.emulator.requests) <= 600


def test_an_outage_of_everything_takes_the_patience_of_a_few_requests_and_not_of_every_window(
    stage: Stage,
) -> None:
    def beyond_accounts(params: Mapping[str, str]) -> bool:
        return "advertiser_id" in params

    stage.emulator.faults.add(actions.api(50000), where=beyond_accounts, times=FOR_EVER)
    windows = 2 * 40

    output = stage.read(config("2024-02-05"), HOURLY)

    assert output.exit_code == 1
    assert output.verdict["failure_type"] == "transient_error"
    assert output.statuses[HOURLY] == ["STARTED", "INCOMPLETE"]
    assert len(stage.emulator.requests) <= 20 * WORKERS + 2 * windows


def test_a_short_outage_does_not_divide_the_rest_of_the_sync(stage: Stage) -> None:
    # A report that times out is sent once more and then left alone, so that few failures are few tries of each.
    failures, names = 16, (DAILY, "campaigns_reports_hourly")
    quiet = stage.read(config("2024-02-15"), *names)
    usual = len(stage.asked(REPORT))
    stage.emulator.reset()
    stage.emulator.faults.add(actions.api(50002), REPORT, times=failures)

    output = stage.read(config("2024-02-15"), *names)

    assert quiet.exit_code == 0, quiet.errors
    assert_exact(stage, output, "2024-02-15", *names)
    assert len(stage.asked(REPORT)) - failures <= 2 * usual


# Metrics that TikTok no longer offers


def without(rows: dict[Key, dict[str, object]], *metrics: str) -> dict[Key, dict[str, object]]:
    """The rows with empty columns."""
    return {key: row | {"metrics": {**row["metrics"], **dict.fromkeys(metrics)}} for key, row in rows.items()}


def test_a_withdrawn_metric_is_an_empty_column_and_one_warning_per_stream(stage: Stage) -> None:
    stage.emulator.faults.withdraw("likes", "reach")
    names = (DAILY, "campaigns_reports_lifetime", "ad_group_audience_reports_daily")

    output = stage.read(config("2024-01-16"), *names)

    assert output.exit_code == 0, output.errors
    for name in names:
        truth = without(stage.truth(name, date(2024, 1, 16)), "likes", "reach")
        assert truth
        assert not stage.mistakes(output, name, truth), name
        assert output.statuses[name][-1] == "COMPLETE"
        assert len(output.complaints(f"{name}:", "likes", "reach")) == 1
    refusals = [request for request in stage.asked(REPORT) if request.code]
    assert len(refusals) <= len(names) * WORKERS


CONFLICT = "Conflict occurs. The input params including metrics and dimensions have no relation."
REFUSALS = {
    "nothing named": (CONFLICT, 20),
    "fields": ("The following fields are invalid: likes, shares", 0),
    "values": ("likes: one or more value of the param is not acceptable; shares: the same", 0),
}


@pytest.mark.parametrize(("words", "probes"), REFUSALS.values(), ids=REFUSALS)
def test_metrics_that_are_refused_in_other_words_or_without_a_name_cost_their_columns_only(
    stage: Stage, words: str, probes: int
) -> None:
    def refused(params: Mapping[str, str]) -> bool:
        return any(f'"{metric}"' in params["metrics"] for metric in ("likes", "shares"))

    stage.emulator.faults.add(actions.api(40002, words), REPORT, where=refused, times=FOR_EVER)

    output = stage.read(config("2024-02-01"), DAILY)

    assert output.exit_code == 0, output.errors
    assert not stage.mistakes(output, DAILY, without(stage.truth(DAILY, date(2024, 2, 1)), "likes", "shares"))
    assert len(output.complaints(f"{DAILY}:")) == len(output.complaints(f"{DAILY}:", "likes, shares")) == 1
    assert len(stage.asked(REPORT, page_size="1")) <= probes


def test_a_grouping_that_is_refused_ends_its_stream_alone(stage: Stage) -> None:
    stage.emulator.faults.add(
        actions.api(40002, CONFLICT),
        REPORT,
        where=lambda params: "province_id" in params["dimensions"],
        times=FOR_EVER,
    )
    name = "ads_audience_reports_by_province_daily"

    output = stage.read(config("2023-09-01"), name, DAILY)

    assert output.exit_code == 1
    assert "TikTok does not report AUCTION_AD by ad_id, stat_time_day, province_id" in output.verdict["message"]
    assert output.statuses[name][-1] == "INCOMPLETE"
    assert output.statuses[DAILY][-1] == "COMPLETE"
    refused = [request for request in stage.asked(REPORT) if "province_id" in request.params["dimensions"]]
    assert len(refused) <= 16 + WORKERS


def test_a_metric_that_is_withdrawn_in_the_middle_leaves_the_rest_exact(stage: Stage) -> None:
    stage.emulator.faults.withdraw("likes", after=4)

    output = stage.read(config("2024-02-25"), HOURLY)

    assert output.exit_code == 0, output.errors
    truth = stage.truth(HOURLY, date(2024, 2, 25))
    found = by_key(stage.streams[HOURLY], output.records[HOURLY])
    assert without(found, "likes") == without(truth, "likes")
    values = Counter(row["metrics"]["likes"] is None for row in found.values())
    assert values[True] > 0, "withdrawn"
    assert values[False] > 0, "offered before"
    assert all(row["metrics"]["likes"] in (None, truth[key]["metrics"]["likes"]) for key, row in found.items())
    assert len(output.complaints(f"{HOURLY}:", "likes")) == 1


def test_a_metric_may_be_withdrawn_while_its_query_is_being_divided(stage: Stage) -> None:
    stage.emulator.faults.size_budget = 50 * METRICS // 3
    stage.emulator.faults.withdraw("likes", "spend", after=12)

    output = stage.read(config("2024-03-10"), DAILY)

    assert output.exit_code == 0, output.errors
    found = by_key(stage.streams[DAILY], output.records[DAILY])
    withdrawn = ("likes", "spend")
    assert without(found, *withdrawn) == without(stage.truth(DAILY, date(2024, 3, 10)), *withdrawn)
    assert [len(output.complaints(f"{DAILY}: TikTok", metric)) for metric in withdrawn] == [1, 1]


@pytest.mark.parametrize(
    ("name", "endpoint"), [("campaigns_reports_daily", REPORT), ("campaigns", "campaign/get/")]
)
def test_any_other_parameter_error_is_a_failure_in_tiktoks_words(stage: Stage, name: str, endpoint: str) -> None:
    words = "objective_type: one or more value of the param is not acceptable"
    stage.emulator.faults.add(actions.api(40002, words), endpoint, times=FOR_EVER)

    output = stage.read(config("2024-02-01"), name, "audiences", "ads")

    assert output.exit_code == 1
    assert words in output.verdict["message"]
    assert output.verdict["failure_type"] != "transient_error"
    assert output.statuses[name] == ["STARTED", "INCOMPLETE"]
    assert output.marks(name) == {}
    for sound in ("audiences", "ads"):
        assert not stage.mistakes(output, sound, stage.truth(sound, date(2024, 2, 1))), sound
        assert output.statuses[sound][-1] == "COMPLETE"
