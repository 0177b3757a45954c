"""Answers that no client expects, each ordered from a running emulator through its control endpoint."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
import pytest

from integration_tests.emulator_tests.conftest import REPORT
from integration_tests.tiktok_emulator import (
    APP_ID,
    APP_SECRET,
    PRODUCTION_TOKEN,
    Emulator,
    Options,
    World,
    actions,
)
from integration_tests.tiktok_emulator.spellings import SPELLINGS

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client, Reply

ACCOUNTS = "oauth2/advertiser/get/"
NINES = "9" * 5_000


def order(client: Client, *kinds: dict[str, Any], **rule: Any) -> None:
    """Script misbehaviours for one request through the control endpoint."""
    rules = [{"action": kind, **rule} for kind in kinds]
    reply = client.send("POST", "/__emulator__/faults", {}, json.dumps({"rules": rules}).encode())
    assert reply.status == 200, reply.body


def ads(client: Client, **params: Any) -> Reply:
    return client.get("ad/get/", advertiser_id=client.north, page_size=5, **params)


def accounts(client: Client) -> Reply:
    return client.get(ACCOUNTS, app_id=APP_ID, secret=APP_SECRET)


def at(document: Any, path: str) -> Any:
    for step in path.strip("/").split("/"):
        document = document[int(step) if isinstance(document, list) else step]
    return document


# Values


# what is put -> where, and what a client finds there
PUT: dict[str, tuple[dict[str, Any], Any]] = {
    "a code that is no integer": ({"path": "/code", "value": 0.9}, 0.9),
    "a code that is false": ({"path": "/code", "value": False}, False),
    "a code that is a text": ({"path": "/code", "value": "0"}, "0"),
    "a code that is true": ({"path": "/code", "value": True}, True),
    "a partial success": ({"path": "/code", "value": 20001}, 20001),
    "pages that are a list": ({"path": "/data/page_info", "value": [1]}, [1]),
    "pages that are a text": ({"path": "/data/page_info", "value": "all"}, "all"),
    "pages that are null": ({"path": "/data/page_info", "value": None}, None),
    "a total of 20 digits": ({"path": "/data/page_info/total_number", "text": "9" * 20}, "9" * 20),
    "a total of 5,000 digits": ({"path": "/data/page_info/total_number", "text": NINES}, NINES),
    "a page of 5,000 digits": ({"path": "/data/page_info/total_page", "text": NINES}, NINES),
    "a row of another account": ({"path": "/data/list/0/advertiser_id", "value": "7319"}, "7319"),
    "a null id": ({"path": "/data/list/1/ad_id", "value": None}, None),
    "an id as a float": ({"path": "/data/list/1/ad_id", "text": "1.790000000001001e18"}, 1.790000000001001e18),
    "an id beyond 64 bits": ({"path": "/data/list/1/ad_id", "text": "1" * 21}, "1" * 21),
    "a row that is no object": ({"path": "/data/list/4", "value": "row"}, "row"),
    "a scalar instead of the list": ({"path": "/data/list", "value": 7}, 7),
}  # fmt: skip


@pytest.mark.parametrize("case", PUT)
def test_any_value_can_stand_anywhere(client: Client, case: str) -> None:
    fields, wanted = PUT[case]
    honest = ads(client).json
    order(client, {"kind": "put", **fields}, endpoint="ad/get/")
    body = ads(client).body
    found = json.loads(body, parse_int=lambda text: int(text) if len(text) < 20 else text)
    assert at(found, fields["path"]) == wanted
    assert type(at(found, fields["path"])) is type(wanted)
    assert ads(client).json["data"] == honest["data"]


def test_log_knows_the_code_that_was_said(client: Client) -> None:
    for code in (20001, 0.9, True):
        order(client, {"kind": "put", "path": "/code", "value": code}, nth=1)
        client.emulator.faults.rules[:-1] = []
        ads(client)
    assert [one.code for one in client.emulator.requests] == [20001, -1, -1]


def test_every_row_can_be_changed_and_one_added(client: Client) -> None:
    order(client, {"kind": "put", "path": "/data/list/*/ad_name", "value": "X"},
          {"kind": "put", "path": "/data/list/-", "value": {"ad_id": "1"}})  # fmt: skip
    rows = ads(client).rows
    assert [row.get("ad_name") for row in rows] == ["X"] * 5 + [None]
    assert rows[5] == {"ad_id": "1"}


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("/data", {"code", "message", "request_id"}),
        ("/code", {"message", "request_id", "data"}),
        ("/data/list", {"page_info"}),
        ("/data/page_info/total_number", {"page", "page_size", "total_page"}),
        ("/data/list/*/ad_id", None),
        ("/data/list/0", None),
    ],
)
def test_any_part_can_be_missing(client: Client, path: str, left: set[str] | None) -> None:
    whole = ads(client).rows
    order(client, {"kind": "drop", "path": path})
    answer = ads(client).json
    if left is not None:
        above = path.rpartition("/")[0]
        assert set(at(answer, above) if above else answer) == left
    elif path.endswith("ad_id"):
        assert all("ad_id" not in row and row["ad_name"] for row in answer["data"]["list"])
    else:
        assert answer["data"]["list"] == whole[1:]


def test_bodies_can_be_nested_beyond_reason(client: Client) -> None:
    order(client, {"kind": "put", "path": "/data/list/0/deep", "text": "[" * 600 + "]" * 600})
    assert b"[" * 600 in ads(client).body


def test_message_can_be_a_flood(client: Client) -> None:
    order(client, {"kind": "api", "code": 40002, "message": "[" * 300_000})
    assert len(ads(client).message) == 300_000


def test_account_list_can_promise_more_and_hold_odd_ids(client: Client) -> None:
    info = {"page": 1, "page_size": 10, "total_number": 250, "total_page": 25}
    order(client, {"kind": "put", "path": "/data/page_info", "value": info},
          *({"kind": "put", "path": "/data/list/-", "value": {"advertiser_id": one}}
            for one in (None, "-5", "", "abc")), endpoint=ACCOUNTS)  # fmt: skip
    reply = accounts(client)
    assert reply.page_info["total_number"] == 250
    ids = [row["advertiser_id"] for row in reply.rows]
    assert ids == [client.north, client.south, None, "-5", "", "abc"]


def test_account_can_vanish(client: Client) -> None:
    client.send("POST", "/__emulator__/faults", {}, json.dumps({"vanished": [client.south]}).encode())
    assert [row["advertiser_id"] for row in accounts(client).rows] == [client.north]
    assert client.get("ad/get/", advertiser_id=client.south).code == 40001
    client.send("POST", "/__emulator__/reset", {})
    assert len(accounts(client).rows) == 2


def test_byte_order_mark(client: Client) -> None:
    order(client, {"kind": "byte_order_mark"})
    assert ads(client).body.startswith(b"\xef\xbb\xbf{")


# Success that is short


@pytest.mark.parametrize("code", actions.THROTTLES)
@pytest.mark.parametrize("endpoint", ["ad/get/", REPORT])
def test_throttle_is_followed_by_short_successes(client: Client, endpoint: str, code: int) -> None:
    def ask() -> Reply:
        return client.report() if endpoint == REPORT else client.get(endpoint, advertiser_id=client.north)

    whole = ask()
    client.emulator.faults.throttle(code, endpoint, refusals=2, rows=3, times=2)
    assert [ask().code for _ in range(2)] == [code, code]
    short = [ask() for _ in range(2)]
    total = whole.page_info["total_number"]
    assert [(reply.code, reply.page_info["total_number"]) for reply in short] == [(0, total - 3)] * 2
    assert len({json.dumps(reply.rows) for reply in short}) == 1
    assert ask().rows == whole.rows


# Secrets


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_secrets_can_come_back_in_any_spelling(client: Client, spelling: str) -> None:
    token = 'Tok/en+=&"<é'
    request = urlencode({"app_id": APP_ID, "secret": APP_SECRET})
    sent = {"Access-Token": token.encode().decode("latin-1")}
    for action in (
        {"kind": "echo", "code": 40105, "text": spelling},
        {"kind": "echo", "status": 403, "text": spelling},
    ):
        order(client, {"status": 200, **action})
        client.emulator.faults.rules[:-1] = []
        reply = client.send("GET", f"/open_api/v1.3/{ACCOUNTS}?{request}", sent)
        text = reply.message if reply.status == 200 else reply.body.decode()
        for secret in (APP_ID, APP_SECRET, token.encode().decode("latin-1")):
            assert SPELLINGS[spelling](secret) in text


def test_spellings_differ() -> None:
    assert len({spell('a/b+c="é<Ä??>>ÿ') for spell in SPELLINGS.values()}) == len(SPELLINGS)


# Pages of gateways


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 407, 451, 530])
def test_gateway_answers_any_status_with_a_page(client: Client, status: int) -> None:
    order(client, {"kind": "http", "status": status, "headers": {"Location": "http://[bad", "Via": "proxy"}})
    reply = ads(client)
    assert (reply.status, reply.body[:6]) == (status, b"<html>")
    assert (reply.headers["Location"], reply.headers["Via"]) == ("http://[bad", "proxy")


def test_gateway_may_say_nothing_or_its_own_words(client: Client) -> None:
    order(client, {"kind": "http", "status": 401, "text": ""})
    order(client, {"kind": "http", "status": 403, "text": "<h1>Blocked by policy</h1>"}, nth=2)
    assert [ads(client).body for _ in range(2)] == [b"", b"<h1>Blocked by policy</h1>"]


# Headers


def test_date_follows_the_emulated_clock_unless_told_otherwise(client: Client, world: World) -> None:
    first = parsedate_to_datetime(ads(client).headers["Date"])
    world.clock.advance(days=8)
    second = parsedate_to_datetime(client.get("nowhere/").headers["Date"])
    assert (first, second - first) == (world.clock.now() - (second - first), second - first)
    assert (second - first).days == 8
    for value in ("Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", None):
        order(client, {"kind": "header", "headers": {"Date": value}})
        client.emulator.faults.rules[:-1] = []
        assert ads(client).headers.get("Date") == value


@pytest.mark.parametrize("length", ["9" * 30, "-5", "many"])
def test_content_length_can_be_absurd(client: Client, length: str) -> None:
    order(client, {"kind": "header", "headers": {"Content-Length": length}})
    assert f"Content-Length: {length}\r\n".encode() in raw(client, enough=10_000_000)


def test_body_is_packed_for_those_who_ask(client: Client) -> None:
    path = f"/open_api/v1.3/ad/get/?advertiser_id={client.north}"
    token = {"Access-Token": PRODUCTION_TOKEN}
    packed = client.send("GET", path, {**token, "Accept-Encoding": "gzip, deflate"})
    plain = client.send("GET", path, {**token, "Accept-Encoding": "identity"})
    assert (packed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert len(packed.body) < len(plain.body) / 2
    assert orjson.loads(gzip.decompress(packed.body))["data"] == plain.json["data"]


def test_bomb_is_small_and_unpacks_to_a_huge_success(client: Client) -> None:
    size = 50_000_000
    order(client, {"kind": "gzip_bomb", "amount": size})
    reply = ads(client)
    assert (reply.headers["Content-Encoding"], len(reply.body) < 60_000) == ("gzip", True)
    unpacked = zlib.decompress(reply.body, wbits=31)
    assert (len(unpacked), json.loads(unpacked)["code"]) == (size, 0)


# Connections


def raw(client: Client, *, enough: int) -> bytes:
    """Send one request and return what comes until there is enough of it or the server closes."""
    path = f"/open_api/v1.3/ad/get/?advertiser_id={client.north}&page_size=1"
    host, port = client.emulator.url.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccess-Token: {PRODUCTION_TOKEN}\r\n\r\n"
        connection.sendall(head.encode())
        while len(received) < enough and (piece := connection.recv(65_536)):
            received += piece
    return received


def test_endless_chunks_come_as_long_as_one_reads(client: Client) -> None:
    order(client, {"kind": "endless"})
    received = raw(client, enough=20_000_000)
    assert len(received) >= 20_000_000
    assert b"Transfer-Encoding: chunked" in received[:400]
    assert b"Content-Length" not in received[:400]
    assert (client.emulator.requests[0].status, client.emulator.requests[0].code) == (0, -1)
    assert ads(client).code == 0


def test_continue_comes_for_ever(client: Client) -> None:
    order(client, {"kind": "continues"})
    received = raw(client, enough=500_000)
    assert received[:50] == b"HTTP/1.1 100 Continue\r\n\r\n" * 2
    assert received.count(b"100 Continue") > 10_000


def test_trickle_sends_byte_by_byte_and_arrives_whole(client: Client) -> None:
    honest = ads(client, fields=["ad_id"]).body
    start = time.monotonic()
    order(client, {"kind": "trickle", "seconds": 0.001})
    reply = ads(client, fields=["ad_id"])
    assert (len(reply.body), reply.code) == (len(honest), 0)
    assert time.monotonic() - start > 0.001 * len(honest)


@pytest.mark.parametrize("kind", ["trickle", "endless", "continues"])
def test_emulator_can_stop_in_the_middle_of_an_answer(world: World, kind: str) -> None:
    with Emulator(world) as emulator:
        emulator.faults.add(actions.Action(kind, seconds=0.01))
        host, port = emulator.url.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)), timeout=5)
        connection.sendall(b"GET /open_api/v1.3/ad/get/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(10) == b"HTTP/1.1 1" if kind == "continues" else b"HTTP/1.1 2"
    connection.close()


# Time-outs


class Stopwatch:
    """Seconds that pass when told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    "action", [actions.http(504), actions.api(50002), actions.api(51010)], ids=["504", "50002", "51010"]
)
def test_query_that_timed_out_three_times_is_blocked_for_ten_minutes(
    world: World, action: actions.Action, make_client: Any
) -> None:
    watch = Stopwatch()
    world.options = Options(blocked_query_code=40016)
    with Emulator(world, monotonic=watch) as emulator:
        client = make_client(emulator)
        emulator.faults.time_outs_cost = True
        emulator.faults.add(action, REPORT, where={"start_date": "2024-03-01"}, times=3)
        timed_out = [client.report() for _ in range(3)]
        assert all(reply.status == 504 or reply.code in (50002, 51010) for reply in timed_out)
        assert client.report().code == 40016
        assert client.report(start_date="2024-03-02").code == 0
        watch.now += 599
        assert client.report().code == 40016
        watch.now += 1
        assert client.report().code == 0


def test_time_outs_further_apart_block_nothing(world: World, make_client: Any) -> None:
    watch = Stopwatch()
    with Emulator(world, monotonic=watch) as emulator:
        client = make_client(emulator)
        emulator.faults.time_outs_cost = True
        emulator.faults.add(actions.http(504), REPORT, times=3)
        for _ in range(3):
            assert client.report().status == 504
            watch.now += 301
        assert client.report().code == 0


@pytest.mark.parametrize(("time_outs", "allowed"), [(9, 99), (10, 5), (20, 1), (30, 0)])
def test_time_outs_cut_the_rate_of_the_app_for_five_minutes(
    world: World, time_outs: int, allowed: int, make_client: Any
) -> None:
    watch = Stopwatch()
    with Emulator(world, monotonic=watch) as emulator:
        client = make_client(emulator)
        emulator.faults.time_outs_cost = True
        for number in range(time_outs):
            watch.now += 0.3
            emulator.time_outs.note(APP_ID, f"query {number}")

        def passed() -> int:
            return sum(client.get("adgroup/get/", advertiser_id=client.north).code == 0 for _ in range(7))

        watch.now += 1
        assert passed() == min(7, allowed)
        watch.now += 300
        assert passed() == 7


def test_time_outs_cost_nothing_by_default(client: Client) -> None:
    client.emulator.faults.add(actions.http(504), REPORT, times=4)
    assert [client.report().status for _ in range(5)] == [504] * 4 + [200]
