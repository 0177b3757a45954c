"""A sync goes on where the one before ended, whichever version of the connector wrote the state."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import NOW
from integration_tests.connector import (
    Connector,
    Json,
    Output,
    configured,
    production_config,
    sandbox_config,
    side_by_side,
)
from integration_tests.tiktok_emulator import Emulator, LoggedRequest, Options, World, small_world
from integration_tests.truth import (
    Key,
    days,
    days_asked,
    differences,
    expected,
    last_day,
    mistakes,
    production_accounts,
    united,
)

START = date(2024, 2, 20)
CONFIG = production_config(start_date=str(START))
LOOK_BACK = timedelta(days=3)

MARK = date(2024, 3, 10)
ENTITY_MARK = "2024-03-01 08:00:00"

DAILY, HOURLY, LIFETIME = "advertisers_reports_daily", "advertisers_reports_hourly", "advertisers_reports_lifetime"
REPORTS = (DAILY, HOURLY)
ENTITIES = ("ads", "creative_assets_images")


def of_stream(name: str, state: Any) -> Json:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}


def partition(account: str, cursor: Json, **keys: str) -> Json:
    return {"partition": {**keys, "advertiser_id": account, "parent_slice": {}}, "cursor": cursor}


def comparable(time: str) -> str:
    """A time of change in either of TikTok's forms as one that sorts."""
    return time.replace("T", " ").removesuffix("Z")


def changed_since(world: World, stream: Json, marks: Mapping[str, str]) -> dict[Key, Json]:
    """The objects that a sync from these marks must emit: what changed since, the mark itself included."""
    return {
        key: record
        for account, mark in marks.items()
        for key, record in expected(world, stream, START, accounts=[account]).items()
        if not record.get("modify_time") or comparable(record["modify_time"]) >= mark
    }


def reported_since(world: World, stream: Json, since: Mapping[str, date]) -> dict[Key, Json]:
    """The rows that a sync must emit that reads each account again from a day on."""
    return {
        key: record
        for account, start in since.items()
        for key, record in expected(world, stream, start, accounts=[account]).items()
    }


def until_today(world: World, since: Mapping[str, date]) -> dict[str, list[date]]:
    return {account: days(start, last_day(world, account)) for account, start in since.items()}


def everywhere(world: World, what: Any) -> dict[str, Any]:
    return dict.fromkeys(production_accounts(world), what)


def look_back_of(marks: Mapping[str, str]) -> dict[str, date]:
    return {account: date.fromisoformat(mark[:10]) - LOOK_BACK for account, mark in marks.items()}


# Our own states


def test_a_second_sync_reads_again_the_attribution_window_and_emits_only_what_changed_or_has_no_date(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    catalog = configured(list(streams.values()), *REPORTS, *ENTITIES, "creative_assets_music")
    first = connector.read(CONFIG, catalog)
    emulator.log.clear()

    second = connector.read(CONFIG, catalog, first.last_states)

    assert (first.exit_code, second.exit_code) == (0, 0)
    for name in REPORTS:
        marks = first.marks(name)
        assert {account: mark[:10] for account, mark in marks.items()} == {
            account: str(last_day(world, account)) for account in production_accounts(world)
        }
        since = look_back_of(marks)
        assert days_asked(emulator.requests, streams[name]) == until_today(world, since)
        assert not mistakes(streams[name], second.records[name], reported_since(world, streams[name], since))
        union = united(streams[name], first.records[name], second.records[name])
        assert not differences(union, expected(world, streams[name], START))
    for name in (*ENTITIES, "creative_assets_music"):
        truth = changed_since(world, streams[name], first.marks(name))
        assert not mistakes(streams[name], second.records[name], truth)
        assert second.records[name]
        assert not mistakes(streams[name], first.records[name], expected(world, streams[name], START))
    for name in ENTITIES:
        assert len(second.records[name]) < len(first.records[name])
    for name in (*REPORTS, *ENTITIES):
        assert second.marks(name) == first.marks(name)


def test_what_came_and_changed_between_two_syncs_arrives_with_the_second(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    later = "2024-03-17T01:00:00Z"
    names = ("ads_reports_daily", HOURLY, "campaigns", "ads")
    catalog = configured(list(streams.values()), *names)
    accounts = production_accounts(world)
    mark_days = {account: last_day(world, account) for account in accounts}
    for account, day in mark_days.items():
        world.hold_back(account, day, until=later, share=400)
        world.hold_back(account, day - timedelta(days=2), until=later, share=400)
    truth_before = {name: expected(world, streams[name], START) for name in names}

    first = connector.read(CONFIG, catalog)
    world.clock.set(later)
    for account, day in mark_days.items():
        world.restate(account, day - timedelta(days=1), 1.25)
        world.restate(account, day - LOOK_BACK, 0.5)
        campaign = world.add_object("campaign", account)
        adgroup = world.add_object("adgroup", campaign.entity_id)
        world.add_object("ad", adgroup.entity_id)
        world.add_object("ad", adgroup.entity_id, dated=False)
        world.touch(
            next(ad for ad in world.entities("ad", account) if not ad.deleted).entity_id, landing_page_url="x"
        )
    emulator.log.clear()
    second = connector.beside("later", now=later).read(CONFIG, catalog, first.last_states)

    assert (first.exit_code, second.exit_code) == (0, 0)
    for name in names:
        assert not mistakes(streams[name], first.records[name], truth_before[name])
        truth = expected(world, streams[name], START)
        assert not differences(united(streams[name], first.records[name], second.records[name]), truth)
        late = {str(truth[key].get("stat_time_day")) for key in truth.keys() - truth_before[name].keys()}
        if name == "ads_reports_daily":
            assert {
                f"{day - timedelta(days=back)} 00:00:00" for day in mark_days.values() for back in (0, 2)
            } <= late
    for name in ("ads_reports_daily", HOURLY):
        since = {account: day - LOOK_BACK for account, day in mark_days.items()}
        assert days_asked(emulator.requests, streams[name]) == until_today(world, since)
    for name in ("campaigns", "ads"):
        truth = changed_since(world, streams[name], first.marks(name))
        assert not mistakes(streams[name], second.records[name], truth)
        assert 0 < len(truth) < len(expected(world, streams[name], START))


def test_what_changed_in_the_very_second_of_the_mark_is_read_again_and_what_changed_before_is_not(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    second_of_mark = datetime.fromisoformat(ENTITY_MARK).replace(tzinfo=timezone.utc)
    account = production_accounts(world)[0]
    equal, before = [ad.entity_id for ad in world.entities("ad", account) if not ad.deleted and ad.modified][:2]
    world.touch(equal, at=second_of_mark)
    world.touch(before, at=second_of_mark - timedelta(seconds=1))
    state = [of_stream("ads", {"states": [partition(account, {"modify_time": ENTITY_MARK})]})]

    output = connector.read(CONFIG, configured([streams["ads"]]), state)

    ids = {str(record["ad_id"]) for record in output.records["ads"]}
    assert equal in ids
    assert before not in ids


# Every older form


@dataclass(frozen=True)
class Form:
    """A way in which some version stored its state.

    Attributes:
        times: How a time is written, by cursor field.
        state: Makes the state of a stream from its cursor and the accounts.
        file: Makes the state file from the states by stream.
        earlier: How much earlier than its cursor the state asks to be read.
    """

    times: Mapping[str, str]
    state: Callable[[Json, list[str]], Json]
    file: Callable[[dict[str, Json], Path], Any]
    earlier: timedelta = timedelta()

    def since(self, field: str) -> datetime:
        return datetime.fromisoformat(comparable(self.times[field])) - self.earlier


def one_cursor(cursor: Json, _: list[str]) -> Json:
    return cursor


def nested(cursor: Json, _: list[str]) -> Json:
    return {"dimensions": cursor}


def nested_and_not(cursor: Json, _: list[str]) -> Json:
    return {**dict.fromkeys(cursor, "2030-01-01"), "dimensions": cursor}


def partitions(cursor: Json, accounts: list[str]) -> Json:
    return {"states": [partition(account, cursor) for account in reversed(accounts)]}


def partitions_with_outer_keys(cursor: Json, accounts: list[str]) -> Json:
    return {
        "use_global_cursor": False,
        **partitions(cursor, accounts),
        "state": dict.fromkeys(cursor, "2024-03-15"),
        "lookback_window": 86400,
        "parent_state": {},
    }


def global_cursor(cursor: Json, accounts: list[str]) -> Json:
    return {
        **partitions_with_outer_keys(dict.fromkeys(cursor, "2024-03-15"), accounts),
        "use_global_cursor": True,
        "state": cursor,
    }


def message_list(states: dict[str, Json], _: Path) -> Any:
    return [of_stream(name, state) for name, state in states.items()]


def typed_blob(states: dict[str, Json], _: Path) -> Any:
    return [{"type": "LEGACY", "data": states}]


def data_blob(states: dict[str, Json], _: Path) -> Any:
    return {"data": states}


def bare_blob(states: dict[str, Json], _: Path) -> Any:
    return states


def global_message(states: dict[str, Json], _: Path) -> Any:
    entries = [of_stream(name, state)["stream"] for name, state in states.items()]
    return [{"type": "GLOBAL", "global": {"shared_state": {}, "stream_states": entries}}]


def printed_lines(states: dict[str, Json], folder: Path) -> Any:
    """Lines of stdout: a stale state of each stream, then the last one."""
    stale = [of_stream(name, {}) for name in states]
    lines = [json.dumps({"type": "STATE", "state": state}) for state in [*stale, *message_list(states, folder)]]
    path = folder / "printed.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


DATES = {"stat_time_day": str(MARK), "stat_time_hour": str(MARK), "modify_time": ENTITY_MARK[:10]}
TIMES = {"stat_time_day": f"{MARK} 00:00:00", "stat_time_hour": f"{MARK} 07:00:00", "modify_time": ENTITY_MARK}
TRAILING_Z = {field: f"{time}Z" for field, time in TIMES.items()}
ISO = {field: time.replace(" ", "T") for field, time in TRAILING_Z.items()}

FORMS = {
    "before 0.1.15, nested, one blob with a type": Form(DATES, nested, typed_blob),
    "before 0.1.16, nested and not, one bare blob": Form(TIMES, nested_and_not, bare_blob),
    "3.x, a date, one blob under data": Form(DATES, one_cursor, data_blob),
    "3.x, a time": Form(TIMES, one_cursor, message_list),
    "4.0 to 4.3": Form(TIMES, partitions, message_list),
    "4.4 and later, a trailing Z": Form(TRAILING_Z, partitions_with_outer_keys, message_list),
    "4.4 and later, T and Z, a global message": Form(ISO, partitions_with_outer_keys, global_message),
    "4.4 and later, very many accounts": Form(TIMES, global_cursor, message_list, earlier=timedelta(days=1)),
    "lines of stdout": Form(DATES, partitions, printed_lines),
}


@pytest.fixture(scope="module")
def still_world() -> World:
    """A world that nobody changes."""
    return small_world(now=NOW, options=Options(disputed_metrics=True))


@pytest.fixture(scope="module")
def emulator_of() -> Iterator[Callable[[World], Emulator]]:
    """Starts emulators, one for each process that runs at the same time, so that each has a log of its own."""
    with ExitStack() as stack:
        yield lambda world: stack.enter_context(Emulator(world))


Resumed = tuple[Output, list[LoggedRequest]]


@pytest.fixture(scope="module")
def resumed(
    still_world: World,
    emulator_of: Callable[[World], Emulator],
    streams: dict[str, Json],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Resumed]:
    """What a read makes of each form of state, and what it asked for."""
    accounts = production_accounts(still_world)
    cursors = {name: streams[name]["default_cursor_field"][0] for name in (*REPORTS, *ENTITIES)}
    catalog = configured(list(streams.values()), *cursors, LIFETIME)

    def read(form: Form) -> Resumed:
        folder = tmp_path_factory.mktemp("form")
        states = {name: form.state({field: form.times[field]}, accounts) for name, field in cursors.items()}
        emulator = emulator_of(still_world)
        file = form.file({**states, LIFETIME: {}}, folder)
        return Connector(emulator.url, folder, NOW).read(CONFIG, catalog, file), emulator.requests

    return dict(zip(FORMS, side_by_side(*(partial(read, form) for form in FORMS.values())), strict=True))


@pytest.mark.parametrize("name", FORMS)
def test_every_older_form_of_state_reads_on_from_its_mark(
    name: str, resumed: dict[str, Resumed], still_world: World, streams: dict[str, Json]
) -> None:
    form, (output, requests) = FORMS[name], resumed[name]

    assert output.exit_code == 0, output.errors
    for report, field in ((DAILY, "stat_time_day"), (HOURLY, "stat_time_hour")):
        since = everywhere(still_world, form.since(field).date() - LOOK_BACK)
        assert days_asked(requests, streams[report]) == until_today(still_world, since)
        truth = reported_since(still_world, streams[report], since)
        assert not mistakes(streams[report], output.records[report], truth)
    for entity in ENTITIES:
        marks = everywhere(still_world, str(form.since("modify_time")))
        truth = changed_since(still_world, streams[entity], marks)
        assert not mistakes(streams[entity], output.records[entity], truth)
        assert 0 < len(truth) < len(expected(still_world, streams[entity], START))
    assert len(output.records[LIFETIME]) == len(production_accounts(still_world))


def test_marks_by_buying_type_count_as_the_oldest_of_them(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    split, whole = production_accounts(world)
    times = sorted(str(record["modify_time"]) for record in expected(world, streams["campaigns"], START).values())
    oldest, newest = times[1], "2024-03-15 00:00:00"
    states = [
        partition(split, {"modify_time": f"{newest}Z"}, buying_type="AUCTION"),
        partition(split, {"modify_time": f"{oldest}Z"}, buying_type="RESERVATION_TOP_VIEW"),
        partition(split, {"modify_time": f"{newest}Z"}, buying_type="RESERVATION_RF"),
        partition(whole, {"modify_time": f"{newest}Z"}),
    ]

    output = connector.read(
        CONFIG, configured([streams["campaigns"]]), [of_stream("campaigns", {"states": states})]
    )

    assert output.exit_code == 0, output.errors
    truth = changed_since(world, streams["campaigns"], {split: oldest, whole: newest})
    assert not mistakes(streams["campaigns"], output.records["campaigns"], truth)
    assert len(truth) != len(changed_since(world, streams["campaigns"], {split: newest, whole: newest}))


# Who is read from where


def test_a_stream_configured_as_full_refresh_reads_everything_whatever_the_state(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    whole, resuming = ("campaigns_reports_daily", "ads"), DAILY
    catalog = {
        "streams": [
            *configured(list(streams.values()), *whole, sync_mode="full_refresh")["streams"],
            *configured([streams[resuming]])["streams"],
        ]
    }
    state = [
        of_stream("campaigns_reports_daily", {"stat_time_day": str(MARK)}),
        of_stream("ads", {"modify_time": "2024-03-15 19:00:00"}),
        of_stream(resuming, {"stat_time_day": str(MARK)}),
    ]

    output = connector.read(CONFIG, catalog, state)

    assert output.exit_code == 0, output.errors
    for name in whole:
        assert not mistakes(streams[name], output.records[name], expected(world, streams[name], START))
    asked = days_asked(emulator.requests, streams[resuming])
    assert asked == until_today(world, everywhere(world, MARK - LOOK_BACK))


def test_an_account_that_the_state_does_not_know_is_read_from_the_start_date_while_others_read_on(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    known, new = production_accounts(world)
    names = (DAILY, HOURLY, "ads")
    state = [
        of_stream(DAILY, {"states": [partition(known, {"stat_time_day": str(MARK)})]}),
        of_stream(HOURLY, {"states": [partition(known, {"stat_time_hour": f"{MARK} 00:00:00"})]}),
        of_stream("ads", {"states": [partition(known, {"modify_time": ENTITY_MARK})]}),
    ]

    output = connector.read(CONFIG, configured(list(streams.values()), *names), state)

    assert output.exit_code == 0, output.errors
    since = {known: MARK - LOOK_BACK, new: START}
    for name in (DAILY, HOURLY):
        assert days_asked(emulator.requests, streams[name]) == until_today(world, since)
        assert not mistakes(streams[name], output.records[name], reported_since(world, streams[name], since))
        assert set(output.marks(name)) == {known, new}
    truth = changed_since(world, streams["ads"], {known: ENTITY_MARK, new: ""})
    assert not mistakes(streams["ads"], output.records["ads"], truth)


def test_accounts_that_are_not_read_any_more_stay_in_the_state(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    read, not_chosen = production_accounts(world)
    gone = "7310000000000000404"
    left_alone = (not_chosen, gone)
    config = production_config(start_date=str(START))
    config["credentials"]["advertiser_id"] = read
    days_known = {"states": [partition(account, {"stat_time_day": str(MARK)}) for account in (*left_alone, read)]}
    times_known = {"states": [partition(account, {"modify_time": ENTITY_MARK}) for account in (*left_alone, read)]}
    state = [of_stream(DAILY, days_known), of_stream("ads", times_known)]

    output = connector.read(config, configured(list(streams.values()), DAILY, "ads"), state)

    assert output.exit_code == 0, output.errors
    assert output.marks(DAILY) == {read: str(last_day(world, read)), not_chosen: str(MARK), gone: str(MARK)}
    ads_marks = output.marks("ads")
    assert {account: ads_marks[account] for account in left_alone} == dict.fromkeys(left_alone, ENTITY_MARK)
    assert ads_marks[read] > ENTITY_MARK


# Which days


def test_a_range_of_one_day_is_read_whole_from_its_first_hour(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    day = date(2024, 3, 11)
    names = (DAILY, HOURLY, "ads_audience_reports_daily")

    output = connector.read(
        production_config(start_date=str(day), end_date=str(day)), configured(list(streams.values()), *names)
    )

    assert output.exit_code == 0, output.errors
    for name in names:
        assert days_asked(emulator.requests, streams[name]) == everywhere(world, [day])
        truth = expected(world, streams[name], day, day)
        assert not mistakes(streams[name], output.records[name], truth)
        assert {account for account, *_ in truth} == {int(account) for account in production_accounts(world)}
    hours = {(str(row["advertiser_id"]), row["stat_time_hour"]) for row in output.records[HOURLY]}
    assert {(account, f"{day} 00:00:00") for account in production_accounts(world)} <= hours


def test_a_start_in_the_future_is_the_users_turn(
    connector: Connector, emulator: Emulator, streams: dict[str, Json]
) -> None:
    config = production_config(start_date="2024-04-01")

    check = connector.check(config).connection_status
    output = connector.read(config, configured([streams[DAILY]]))

    assert check["status"] == "FAILED"
    assert check["message"] == output.verdict["message"]
    assert "`start_date` 2024-04-01 lies in the future" in output.verdict["message"]
    assert output.verdict["failure_type"] == "config_error"
    assert not emulator.requests


def test_the_look_back_is_as_long_as_configured_but_never_reaches_before_start_date_or_birthday(
    connector: Connector,
    still_world: World,
    emulator_of: Callable[[World], Emulator],
    streams: dict[str, Json],
) -> None:
    world = still_world
    accounts = production_accounts(world)
    birthdays = {
        account: world.accounts[account].local_day(world.accounts[account].created) for account in accounts
    }
    cases: list[tuple[Json, dict[str, date]]] = [
        ({}, everywhere(world, MARK - timedelta(days=3))),
        ({"attribution_window": 3, "end_date": "2024-03-12"}, everywhere(world, MARK - timedelta(days=3))),
        ({"attribution_window": 0}, everywhere(world, MARK)),
        ({"attribution_window": 364}, everywhere(world, START)),
        ({"attribution_window": 364, "start_date": "2023-01-01"}, birthdays),
    ]
    state = [of_stream(DAILY, {"stat_time_day": str(MARK)})]

    def read(number: int, changes: Json) -> dict[str, list[date]]:
        emulator = emulator_of(world)
        own = connector.beside(f"case-{number}", api=emulator.url)
        output = own.read(
            production_config(**{"start_date": str(START), **changes}), configured([streams[DAILY]]), state
        )
        assert output.exit_code == 0, output.errors
        return days_asked(emulator.requests, streams[DAILY])

    asked = side_by_side(*(partial(read, number, changes) for number, (changes, _) in enumerate(cases)))

    for (changes, since), spans in zip(cases, asked, strict=True):
        end = date.fromisoformat(changes.get("end_date", "2030-01-01"))
        wanted = {account: days(start, last_day(world, account, end)) for account, start in since.items()}
        assert spans == wanted, changes


def test_the_sandbox_knows_no_birthday_and_looks_back_to_the_start_date(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    (account,) = [account.advertiser_id for account in world.accounts.values() if account.sandbox]
    config = sandbox_config(account, end_date="2020-12-31", attribution_window=10)
    stream = streams["ads_reports_daily"]
    state = [of_stream("ads_reports_daily", {"stat_time_day": "2020-12-15"})]

    output = connector.read(config, configured([stream]), state)

    assert output.exit_code == 0, output.errors
    assert days_asked(emulator.requests, stream) == {account: days(date(2020, 12, 5), date(2020, 12, 31))}
    truth = expected(world, stream, date(2020, 12, 5), date(2020, 12, 31), accounts=[account])
    assert truth
    assert not mistakes(stream, output.records["ads_reports_daily"], truth)


def test_nothing_after_a_past_end_date_is_read_and_a_later_mark_is_not_lost(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    end = date(2024, 3, 5)
    config = production_config(start_date=str(START), end_date=str(end))
    catalog = configured([streams[DAILY], streams[HOURLY]])

    fresh = connector.read(config, catalog)
    asked = {name: days_asked(emulator.requests, streams[name]) for name in REPORTS}
    emulator.log.clear()
    state = [of_stream(DAILY, {"stat_time_day": str(MARK)}), of_stream(HOURLY, {"stat_time_hour": str(MARK)})]
    ahead = connector.read(config, catalog, state)

    assert (fresh.exit_code, ahead.exit_code) == (0, 0)
    for name in REPORTS:
        assert asked[name] == everywhere(world, days(START, end))
        assert not mistakes(streams[name], fresh.records[name], expected(world, streams[name], START, end))
        assert {mark[:10] for mark in fresh.marks(name).values()} == {str(end)}
        assert all(span[-1] <= end for span in days_asked(emulator.requests, streams[name]).values())
        assert {account: mark[:10] for account, mark in ahead.marks(name).items()} == everywhere(world, str(MARK))


# States that cannot be right


FUTURE = "2122-01-01 00:00:00"


@pytest.fixture(scope="module")
def ahead(
    still_world: World,
    emulator_of: Callable[[World], Emulator],
    streams: dict[str, Json],
    tmp_path_factory: pytest.TempPathFactory,
) -> Resumed:
    """What a read makes of marks that lie a century ahead, and what it asked for."""
    emulator = emulator_of(still_world)
    state = [
        of_stream(DAILY, {"stat_time_day": FUTURE[:10]}),
        of_stream(HOURLY, {"stat_time_hour": FUTURE}),
        of_stream("ads", {"modify_time": FUTURE}),
    ]
    catalog = configured(list(streams.values()), DAILY, HOURLY, "ads")
    output = Connector(emulator.url, tmp_path_factory.mktemp("ahead"), NOW).read(CONFIG, catalog, state)
    return output, emulator.requests


def test_a_mark_in_the_future_says_nothing_and_all_is_read_again(
    ahead: Resumed, still_world: World, streams: dict[str, Json]
) -> None:
    output, requests = ahead

    assert output.exit_code == 0, output.errors
    since = dict.fromkeys(production_accounts(still_world), START)
    for name in REPORTS:
        assert days_asked(requests, streams[name]) == until_today(still_world, since)
        assert not mistakes(streams[name], output.records[name], expected(still_world, streams[name], START))
    assert not mistakes(streams["ads"], output.records["ads"], expected(still_world, streams["ads"], START))
    assert len(output.complaints("a wrong clock")) == len((*REPORTS, "ads"))


def test_a_mark_in_the_future_is_not_handed_on_so_that_days_to_come_are_not_skipped(
    ahead: Resumed, still_world: World
) -> None:
    output, _ = ahead

    for name in REPORTS:
        marks = {account: mark[:10] for account, mark in output.marks(name).items()}
        assert marks == {account: str(last_day(still_world, account)) for account in marks}
        assert set(marks) == set(production_accounts(still_world))


def written(text: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "given.json"
        path.write_text(text)
        return path

    return write


# What is given as state, and the words that the sentence must have.
UNREADABLE_FILES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "no such file": (lambda folder: folder / "nowhere.json", ("nowhere.json", "`--state`")),
    "no JSON": (written("{nope"), ("given.json", "`--state`")),
    "an unknown type": ([{"type": "NONSENSE", "data": {}}], ("state.json", "`--state`")),
    "the wrapper of another runner": (
        {"singer_state": {"bookmarks": {"ads": {}}}},
        ("state.json", "`--state`"),
    ),
}
UNREADABLE_STATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a cursor that is no date": (
        [of_stream(DAILY, {"stat_time_day": "yesterday"})],
        (DAILY, "yesterday", "Reset"),
    ),
    "no account": (
        [of_stream("ads", {"states": [{"cursor": {"modify_time": ENTITY_MARK}}]})],
        ("ads", "Reset"),
    ),
    "states in a text": ([of_stream("ads", {"states": "all of them"})], ("ads", "Reset")),
    "a foreign cursor": ([of_stream("ads", {"stat_time_day": str(MARK)})], ("ads", "modify_time", "Reset")),
}
UNREADABLE = UNREADABLE_FILES | UNREADABLE_STATES


@pytest.fixture(scope="module")
def unreadable(
    still_world: World,
    emulator_of: Callable[[World], Emulator],
    streams: dict[str, Json],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Output]:
    """What a read says to each state that nobody can read."""
    emulator = emulator_of(still_world)
    catalog = configured([streams["ads"], streams[DAILY]])

    def read(state: Any) -> Output:
        folder = tmp_path_factory.mktemp("unreadable")
        given = state(folder) if callable(state) else state
        return Connector(emulator.url, folder, NOW).read(CONFIG, catalog, given)

    runs = (partial(read, state) for state, _ in UNREADABLE.values())
    return dict(zip(UNREADABLE, side_by_side(*runs), strict=True))


@pytest.mark.parametrize("name", UNREADABLE_FILES)
def test_a_state_file_that_cannot_be_read_is_one_clear_sentence_and_reads_nothing(
    name: str, unreadable: dict[str, Output]
) -> None:
    output = unreadable[name]

    assert output.exit_code == 1
    (error,) = output.errors
    assert error["failure_type"] == "config_error"
    assert all(word in error["message"] for word in UNREADABLE[name][1]), error["message"]
    assert error["message"].endswith(".")
    assert "\n" not in error["message"]
    assert not output.records
    assert not output.states
    assert not output.complaints()
    assert output.stderr == b""


@pytest.mark.parametrize("name", UNREADABLE_STATES)
def test_a_state_that_cannot_be_read_stops_its_stream_and_no_other(
    name: str, unreadable: dict[str, Output]
) -> None:
    output = unreadable[name]
    broken, whole = ("ads", DAILY) if "ads" in UNREADABLE_STATES[name][1] else (DAILY, "ads")

    assert output.exit_code == 1
    own, last = output.errors
    for error in (own, last):
        assert error["failure_type"] == "config_error"
        assert all(word in error["message"] for word in UNREADABLE_STATES[name][1]), error["message"]
    assert output.statuses[broken] == ["INCOMPLETE"]
    assert output.statuses[whole][-1] == "COMPLETE"
    assert output.records[whole]
    assert not output.records[broken]
    assert {state["stream"]["stream_descriptor"]["name"] for state in output.states} == {whole}


# Further attempts at a full refresh


GENERATIONS = ("ads", DAILY, HOURLY)


def refresh(streams: dict[str, Json], **generation: int) -> Json:
    catalog = configured([streams[name] for name in GENERATIONS], sync_mode="full_refresh")
    return {"streams": [entry | generation for entry in catalog["streams"]]}


def test_a_second_attempt_at_a_full_refresh_adds_what_the_first_lacked_and_nothing_twice(
    connector: Connector, emulator: Emulator, world: World, streams: dict[str, Json]
) -> None:
    catalog = refresh(streams, generation_id=7, minimum_generation_id=7, sync_id=1)
    broken = list(production_accounts(world))[-1]
    for endpoint in ("ad/get/", "report/integrated/get/"):
        emulator.access.refuse(50002, advertiser_id=broken, endpoint=endpoint)

    first = connector.read(CONFIG, catalog)
    emulator.access.refusals.clear()
    second = connector.read(CONFIG, catalog, first.last_states)

    assert (first.exit_code, second.exit_code) == (1, 0)
    today = {account: last_day(world, account) for account in production_accounts(world)}
    for name in GENERATIONS:
        # The running day is read again: the first attempt cannot have had all of it.
        rows = [row for row in (*first.records[name], *second.records[name]) if not is_of(row, today)]
        truth = {key: row for key, row in expected(world, streams[name], START).items() if not is_of(row, today)}
        assert not mistakes(streams[name], rows, truth)


def is_of(row: Json, days: dict[str, date]) -> bool:
    """Whether a report row is of its account's day."""
    day = row.get("stat_time_day") or row.get("stat_time_hour") or ""
    return bool(day) and str(day)[:10] == str(days[str(row["advertiser_id"])])


def test_a_full_refresh_without_generations_ignores_a_state(
    connector: Connector, world: World, streams: dict[str, Json]
) -> None:
    output = connector.read(CONFIG, refresh(streams), [of_stream(DAILY, {"stat_time_day": str(MARK)})])

    assert not mistakes(streams[DAILY], output.records[DAILY], expected(world, streams[DAILY], START))
