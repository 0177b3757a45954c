"""Envelope, routes, tokens, permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration_tests.tiktok_emulator import APP_ID, APP_SECRET, PRODUCTION_TOKEN, SANDBOX_TOKEN, Token
from integration_tests.tiktok_emulator.routes import REAL_ENDPOINTS, ROUTES

if TYPE_CHECKING:
    from integration_tests.emulator_tests.conftest import Client

ENDPOINT_SCOPES = {
    "campaign/get/": 200,
    "adgroup/get/": 210,
    "ad/get/": 220,
    "dmp/custom_audience/list/": 30,
    "file/image/ad/search/": 600,
    "file/video/ad/search/": 610,
    "file/music/get/": 630,
    "creative/portfolio/list/": 6110100,
}
FIRST_LEVEL_SCOPES = {
    "campaign/get/": 2,
    "adgroup/get/": 2,
    "ad/get/": 2,
    "dmp/custom_audience/list/": 3,
    "file/image/ad/search/": 6,
    "file/video/ad/search/": 6,
    "file/music/get/": 6,
    "creative/portfolio/list/": 6,
}


def test_success_has_code_0_and_a_request_id_of_its_own(client: Client) -> None:
    first, second = (
        client.get("ad/get/", advertiser_id=client.north),
        client.get("ad/get/", advertiser_id=client.north),
    )
    assert (first.status, first.code, first.message) == (200, 0, "OK")
    assert set(first.json) == {"code", "message", "request_id", "data"}
    assert first.json["request_id"] < second.json["request_id"]


def test_refusal_has_status_200_and_empty_data(client: Client) -> None:
    reply = client.get("ad/get/")
    assert (reply.status, reply.code, reply.json["data"]) == (200, 40002, {})


def test_path_without_trailing_slash_is_plain_text_404(client: Client) -> None:
    reply = client.get("ad/get", advertiser_id=client.north)
    assert (reply.status, reply.body) == (404, b"404 page not found")


@pytest.mark.parametrize("path", ["/", "/open_api/v1.2/ad/get/", "/ad/get/"])
def test_path_outside_of_the_api_is_plain_text_404(client: Client, path: str) -> None:
    reply = client.send("GET", path, {"Access-Token": PRODUCTION_TOKEN})
    assert (reply.status, reply.body) == (404, b"404 page not found")


def test_unknown_route_is_40400(client: Client) -> None:
    reply = client.get("ads/get/", advertiser_id=client.north)
    assert (reply.status, reply.code) == (200, 40400)


@pytest.mark.parametrize("endpoint", ["file/video/ad/info/", "tool/language/", "campaign/create/", "ad/update/"])
def test_endpoint_that_is_real_but_not_modelled_is_501(client: Client, endpoint: str) -> None:
    for method in ("GET", "POST"):
        assert client.get(endpoint, method=method, advertiser_id=client.north).status == 501


def test_every_modelled_endpoint_is_real() -> None:
    assert set(ROUTES) < REAL_ENDPOINTS


def test_wrong_method_is_405(client: Client) -> None:
    assert client.get("ad/get/", method="POST", advertiser_id=client.north).status == 405


@pytest.mark.parametrize(
    ("token", "code"), [(None, 40104), ("", 40104), ("nonsense", 40105), (SANDBOX_TOKEN, 40105)]
)
def test_token_that_is_missing_or_wrong(client: Client, token: str | None, code: int) -> None:
    assert client.get("ad/get/", token=token, advertiser_id=client.north).code == code


def test_revoked_token_is_40105(client: Client) -> None:
    client.emulator.access.tokens[PRODUCTION_TOKEN].revoked = True
    assert client.get("ad/get/", advertiser_id=client.north).code == 40105


def test_production_token_is_unknown_in_the_sandbox(client: Client) -> None:
    reply = client.sandbox("ad/get/", token=PRODUCTION_TOKEN, advertiser_id=client.sandbox_account)
    assert reply.code == 40105


def test_token_reads_its_own_accounts_only(client: Client) -> None:
    client.emulator.access.tokens["narrow"] = Token(advertiser_ids=(client.north,))
    assert client.get("ad/get/", token="narrow", advertiser_id=client.north).code == 0
    assert client.get("ad/get/", token="narrow", advertiser_id=client.south).code == 40001


def test_account_that_is_gone_is_listed_and_refused(client: Client) -> None:
    gone = "7310000000000000999"
    client.emulator.access.tokens["old"] = Token(advertiser_ids=(client.north, gone))
    listed = client.get("oauth2/advertiser/get/", token="old", app_id=APP_ID, secret=APP_SECRET)
    assert [row["advertiser_id"] for row in listed.rows] == [client.north, gone]
    reply = client.get("ad/get/", token="old", advertiser_id=gone)
    assert (reply.code, reply.message) == (40001, "Advertiser doesn't exist or has been deleted.")


@pytest.mark.parametrize("endpoint", ENDPOINT_SCOPES)
def test_each_endpoint_needs_its_scope_or_the_one_above(client: Client, endpoint: str) -> None:
    tokens = client.emulator.access.tokens
    own, above = ENDPOINT_SCOPES[endpoint], FIRST_LEVEL_SCOPES[endpoint]
    tokens["own"], tokens["above"] = Token(scopes=frozenset({own})), Token(scopes=frozenset({above}))
    tokens["others"] = Token(scopes=frozenset({*ENDPOINT_SCOPES.values(), 4, 44, 100} - {own}))
    codes = [
        client.get(endpoint, token=name, advertiser_id=client.north).code for name in ("own", "above", "others")
    ]
    assert codes == [0, 0, 40001]


@pytest.mark.parametrize(("scope", "code"), [(4, 0), (44, 0), (220, 40001)])
def test_reports_need_a_reporting_scope(client: Client, scope: int, code: int) -> None:
    client.emulator.access.tokens[PRODUCTION_TOKEN].scopes = frozenset({scope})
    assert client.report().code == code


@pytest.mark.parametrize(("scope", "code"), [(1, 0), (100, 0), (4, 40001)])
def test_account_details_need_the_account_scope(client: Client, scope: int, code: int) -> None:
    client.emulator.access.tokens[PRODUCTION_TOKEN].scopes = frozenset({scope})
    assert client.get("advertiser/info/", advertiser_ids=[client.north]).code == code


@pytest.mark.parametrize("code", [40001, 40106, 40118, 40125, 40130, 40300, 40301, 40302])
def test_any_refusal_for_one_account_and_one_endpoint(client: Client, code: int) -> None:
    client.emulator.access.refuse(code, advertiser_id=client.north, endpoint="ad/get/")
    replies = [
        client.get("ad/get/", advertiser_id=client.north),
        client.get("ad/get/", advertiser_id=client.south),
        client.get("adgroup/get/", advertiser_id=client.north),
    ]
    assert [reply.code for reply in replies] == [code, 0, 0]


def test_refusal_of_one_account_fails_the_whole_advertiser_info_call(client: Client) -> None:
    client.emulator.access.refuse(40001, "no", advertiser_id=client.south)
    both = client.get("advertiser/info/", advertiser_ids=[client.north, client.south])
    assert (both.code, both.message) == (40001, "no")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"app_id": APP_ID, "secret": APP_SECRET}, 0),
        ({"app_id": APP_ID, "secret": "wrong"}, 40101),
        ({"app_id": "1", "secret": APP_SECRET}, 40101),
        ({"app_id": APP_ID}, 40002),
        ({"secret": APP_SECRET}, 40002),
    ],
)
def test_list_of_accounts_checks_the_app(client: Client, params: dict[str, str], code: int) -> None:
    assert client.get("oauth2/advertiser/get/", **params).code == code


def test_log_tells_what_was_asked_and_answered(client: Client) -> None:
    client.get("ad/get/", advertiser_id=client.north, filtering={"ad_ids": ["1"]}, per_page=7)
    client.get("ad/get/", host="business-api.tiktok.com", advertiser_id="x")
    first, second = client.emulator.requests
    assert (first.endpoint, first.code, first.status, first.rows) == ("ad/get/", 0, 200, 0)
    assert first.params["filtering"] == '{"ad_ids": ["1"]}'
    assert first.decoded["filtering"] == {"ad_ids": ["1"]}
    assert (first.unknown_params, second.unknown_params) == (("per_page",), ())
    assert (second.code, second.host, second.token) == (40002, "business-api.tiktok.com", PRODUCTION_TOKEN)
    assert second.utc == "2024-03-15T20:00:00+00:00"
    assert first.monotonic <= second.monotonic
