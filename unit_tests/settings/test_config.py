"""Every configuration that a user may have, old or new, good or bad."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from orjson import dumps
from pendulum import Date

from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.settings.remarks import remarks
from source_tiktok_marketing.settings.secrets import mask
from unit_tests.builders import ACCOUNT, APP_ID, OTHER_ACCOUNT, SECRET, TOKEN, raw_config, sandbox_config

PRODUCTION = Config(
    access_token=TOKEN,
    app_id=APP_ID,
    secret=SECRET,
    advertiser_ids=(),
    sandbox=False,
    start_date=Date(2016, 9, 1),
    end_date=None,
    attribution_window=3,
    include_deleted=False,
    rate_limit_level="Basic",
    rate_limit_share=100,
    concurrency_level=None,
)
SANDBOX = replace(PRODUCTION, app_id=None, secret=None, advertiser_ids=(ACCOUNT,), sandbox=True)


def without(name: str, raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "credentials": {key: value for key, value in raw["credentials"].items() if key != name}}


def legacy(environment: Any, **fields: Any) -> dict[str, Any]:
    return {"access_token": TOKEN, "environment": environment, **fields}


LEGACY_APP = {"app_id": APP_ID, "secret": SECRET}

FORMS = {
    "oauth": (raw_config(), PRODUCTION),
    "oauth of one account": (
        raw_config({"advertiser_id": ACCOUNT}),
        replace(PRODUCTION, advertiser_ids=(ACCOUNT,)),
    ),
    "oauth with an empty account": (raw_config({"advertiser_id": ""}), PRODUCTION),
    "oauth with no account": (raw_config({"advertiser_id": None}), PRODUCTION),
    "a long-lived token": (raw_config({"auth_type": "prod_access_token"}), PRODUCTION),
    "a long-lived token for one account": (
        raw_config({"auth_type": "prod_access_token", "advertiser_id": ACCOUNT}),
        replace(PRODUCTION, advertiser_ids=(ACCOUNT,)),
    ),
    "sandbox": (sandbox_config(), SANDBOX),
    "oauth without auth_type, which is not required": (without("auth_type", raw_config()), PRODUCTION),
    "oauth with an empty auth_type": (raw_config({"auth_type": ""}), PRODUCTION),
    "sandbox without auth_type": (without("auth_type", sandbox_config()), SANDBOX),
    "legacy production": (legacy(LEGACY_APP), PRODUCTION),
    "legacy production of one account": (
        legacy({**LEGACY_APP, "advertiser_id": ACCOUNT}),
        replace(PRODUCTION, advertiser_ids=(ACCOUNT,)),
    ),
    "legacy sandbox": (legacy({"advertiser_id": ACCOUNT}), SANDBOX),
    "legacy with empty credentials beside it": (legacy(LEGACY_APP, credentials={}), PRODUCTION),
    "legacy with the old granularity": (legacy(LEGACY_APP, report_granularity="DAY"), PRODUCTION),
    "numbers where text is meant": (
        raw_config({"app_id": int(APP_ID), "advertiser_id": int(ACCOUNT)}),
        replace(PRODUCTION, advertiser_ids=(ACCOUNT,)),
    ),
    "legacy sandbox with a number": (legacy({"advertiser_id": int(ACCOUNT)}), SANDBOX),
    "spaces around what was pasted": (
        raw_config(
            {
                "access_token": f" {TOKEN}\n",
                "secret": f"\t{SECRET} ",
                "app_id": f" {APP_ID}",
                "advertiser_id": f"{ACCOUNT} ",
            }
        ),
        replace(PRODUCTION, advertiser_ids=(ACCOUNT,)),
    ),
    "unknown keys, here and there": (
        raw_config({"scope": [1, 2]}, favourite_colour="blue", __injected={}),
        PRODUCTION,
    ),
}


@pytest.mark.parametrize(("raw", "expected"), FORMS.values(), ids=FORMS)
def test_given_any_form_when_parsed_then_the_same_config_comes_out(raw: dict[str, Any], expected: Config) -> None:
    assert Config.parse(raw) == expected


SOME = (ACCOUNT, OTHER_ACCOUNT)
FIELDS = {
    "an absent start": ({}, {"start_date": Date(2016, 9, 1)}),
    "an empty start": ({"start_date": ""}, {"start_date": Date(2016, 9, 1)}),
    "a null start": ({"start_date": None}, {"start_date": Date(2016, 9, 1)}),
    "a date": ({"start_date": "2024-01-31"}, {"start_date": Date(2024, 1, 31)}),
    "a moment, whose day counts": ({"start_date": "2024-01-31T23:59:59Z"}, {"start_date": Date(2024, 1, 31)}),
    "a moment without zone": ({"start_date": "2019-10-10T00:00:00"}, {"start_date": Date(2019, 10, 10)}),
    "a moment without seconds": ({"start_date": "2019-10-10T00:00"}, {"start_date": Date(2019, 10, 10)}),
    "a moment with a space": ({"start_date": "2019-10-10 00:00:00"}, {"start_date": Date(2019, 10, 10)}),
    "a moment with fractions": ({"start_date": "2019-10-10T00:00:00.000Z"}, {"start_date": Date(2019, 10, 10)}),
    "a moment with an offset": ({"start_date": "2019-10-10T23:00:00+02:00"}, {"start_date": Date(2019, 10, 10)}),
    "an offset without colon": ({"start_date": "2019-10-10T23:00:00-0800"}, {"start_date": Date(2019, 10, 10)}),
    "spaces around a date": ({"start_date": " 2024-01-31 "}, {"start_date": Date(2024, 1, 31)}),
    "a leap day": ({"start_date": "2024-02-29"}, {"start_date": Date(2024, 2, 29)}),
    "a start before all ads": ({"start_date": "2000-01-01"}, {"start_date": Date(2012, 1, 1)}),
    "the first day of all": ({"start_date": "2012-01-01"}, {"start_date": Date(2012, 1, 1)}),
    "an end": ({"end_date": "2024-01-31"}, {"end_date": Date(2024, 1, 31)}),
    "an end as a moment": ({"end_date": "2024-01-31T00:00:00Z"}, {"end_date": Date(2024, 1, 31)}),
    "an empty end": ({"end_date": ""}, {"end_date": None}),
    "a single day": (
        {"start_date": "2024-01-31", "end_date": "2024-01-31"},
        {"start_date": Date(2024, 1, 31), "end_date": Date(2024, 1, 31)},
    ),
    "an absent window": ({}, {"attribution_window": 3}),
    "a null window": ({"attribution_window": None}, {"attribution_window": 3}),
    "an empty window": ({"attribution_window": ""}, {"attribution_window": 3}),
    "no window": ({"attribution_window": 0}, {"attribution_window": 0}),
    "the widest window": ({"attribution_window": 364}, {"attribution_window": 364}),
    "a window as text": ({"attribution_window": "7"}, {"attribution_window": 7}),
    "deleted left out": ({"include_deleted": False}, {"include_deleted": False}),
    "deleted included": ({"include_deleted": True}, {"include_deleted": True}),
    "another level": ({"rate_limit_level": "Premium"}, {"rate_limit_level": "Premium"}),
    "a null level": ({"rate_limit_level": None}, {"rate_limit_level": "Basic"}),
    "an empty level": ({"rate_limit_level": ""}, {"rate_limit_level": "Basic"}),
    "one at a time": ({"concurrency_level": 1}, {"concurrency_level": 1}),
    "twenty at a time": ({"concurrency_level": "20"}, {"concurrency_level": 20}),
    "a week a request": ({"report_granularity": 7}, {"report_granularity": 7}),
    "the old word for days": ({"report_granularity": "DAY"}, {"report_granularity": 30}),
    "the old word in small letters": ({"report_granularity": "lifetime"}, {"report_granularity": 30}),
    "some accounts": ({"advertiser_ids": [ACCOUNT, int(OTHER_ACCOUNT), ACCOUNT]}, {"advertiser_ids": SOME}),
    "accounts in a line": ({"advertiser_ids": f"{ACCOUNT}, {OTHER_ACCOUNT},"}, {"advertiser_ids": SOME}),
    "no accounts chosen": ({"advertiser_ids": [], "excluded_advertiser_ids": None}, {}),
    "accounts left out": ({"excluded_advertiser_ids": [*SOME]}, {"excluded_advertiser_ids": SOME}),
    "metrics beside the others": (
        {"additional_metrics": ["live_views", "spend", "live_views"]},
        {"additional_metrics": ("live_views", "spend")},
    ),
    "no metrics beside the others": ({"additional_metrics": []}, {}),
    "a null concurrency": ({"concurrency_level": None}, {"concurrency_level": None}),
    "an empty concurrency": ({"concurrency_level": ""}, {"concurrency_level": None}),
    "the whole limit": ({"rate_limit_share": None}, {"rate_limit_share": 100}),
    "a hundredth of the limit": ({"rate_limit_share": 1}, {"rate_limit_share": 1}),
    "a share as text": ({"rate_limit_share": "40"}, {"rate_limit_share": 40}),
    "null for deleted": ({"include_deleted": None}, {"include_deleted": False}),
}


@pytest.mark.parametrize(("fields", "expected"), FIELDS.values(), ids=FIELDS)
def test_given_a_field_in_any_spelling_when_parsed_then_it_means_the_same(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert Config.parse(raw_config(**fields)) == replace(PRODUCTION, **expected)


@pytest.mark.parametrize(
    ("start", "is_raised"), [("2011-12-31", True), ("2012-01-01", False), (None, False)], ids=str
)
def test_given_a_start_before_all_ads_then_a_warning_is_due(start: str | None, is_raised: bool) -> None:
    assert any("2012-01-01" in remark for remark in remarks(raw_config(start_date=start))) is is_raised


LATER_OR_EARLIER = "choose a later end or an earlier start"
LIKE = "write it like 2024-01-31"
DAYS = "must be a whole number from 0 to 364"
THREADS = "must be a whole number from 1 to 20"
LEVELS = "must be one of Basic, Advanced, Premium, Ultimate"
PASTE = "generate one in TikTok's developer portal and paste it"
COPY_APP = "copy it from the app's page in TikTok's developer portal"
COPY_ACCOUNT = "copy it from TikTok Ads Manager"
CHOOSE = "choose a way to authenticate"

# What is wrong -> the configuration, the field that the sentence names, the cure that it gives.
BAD: dict[str, tuple[Any, str, str]] = {
    "nothing": ({}, "`credentials`", CHOOSE),
    "only dates": ({"start_date": "2024-01-01"}, "`credentials`", CHOOSE),
    "no object": ([raw_config()], "`credentials`", "must be a JSON object"),
    "credentials are a list": ({"credentials": [TOKEN]}, "`credentials`", "must be an object with `auth_type`"),
    "credentials are a string": ({"credentials": TOKEN}, "`credentials`", "must be an object with `auth_type`"),
    "credentials are empty": ({"credentials": {}}, "`credentials`", CHOOSE),
    "credentials are an empty list": ({"credentials": []}, "`credentials`", CHOOSE),
    "no token": (without("access_token", raw_config()), "`credentials.access_token`", PASTE),
    "an empty token": (raw_config({"access_token": ""}), "`credentials.access_token`", PASTE),
    "a blank token": (raw_config({"access_token": "  "}), "`credentials.access_token`", PASTE),
    "a null token": (raw_config({"access_token": None}), "`credentials.access_token`", PASTE),
    "two tokens": (raw_config({"access_token": f"{TOKEN} {SECRET}"}), "`credentials.access_token`", "again"),
    "a token in two lines": (
        raw_config({"access_token": f"{TOKEN}\n{SECRET}"}),
        "`credentials.access_token`",
        "again",
    ),
    "a token in smart quotes": (raw_config({"access_token": f"“{TOKEN}”"}), "`credentials.access_token`", "again"),
    "a token in an object": (raw_config({"access_token": {"value": TOKEN}}), "`credentials.access_token`", PASTE),
    "a token in a list": (raw_config({"access_token": [TOKEN]}), "`credentials.access_token`", PASTE),
    "a token that is true": (raw_config({"access_token": True}), "`credentials.access_token`", PASTE),
    "no secret": (without("secret", raw_config()), "`credentials.secret`", COPY_APP),
    "an empty secret": (raw_config({"secret": ""}), "`credentials.secret`", COPY_APP),
    "no app": (without("app_id", raw_config()), "`credentials.app_id`", COPY_APP),
    "an app that is a decimal": (raw_config({"app_id": 7.3e18}), "`credentials.app_id`", COPY_APP),
    "no app and no type": (
        without("app_id", without("auth_type", raw_config())),
        "`credentials.app_id`",
        COPY_APP,
    ),
    "no secret and no type": (
        without("secret", without("auth_type", raw_config())),
        "`credentials.secret`",
        COPY_APP,
    ),
    "no secret for a long-lived token": (
        without("secret", raw_config({"auth_type": "prod_access_token"})),
        "`credentials.secret`",
        COPY_APP,
    ),
    "an unknown auth_type": (
        raw_config({"auth_type": "api_key"}),
        "`credentials.auth_type`",
        "must be one of oauth2.0, prod_access_token, sandbox_access_token",
    ),
    "an auth_type that is a list": (raw_config({"auth_type": ["oauth2.0"]}), "`credentials.auth_type`", "one of"),
    "a sandbox without account": (
        without("advertiser_id", sandbox_config()),
        "`credentials.advertiser_id`",
        "enter the sandbox account's id",
    ),
    "a sandbox without token": (without("access_token", sandbox_config()), "`credentials.access_token`", PASTE),
    "an account's name for its id": (
        raw_config({"advertiser_id": "My Shop"}),
        "`credentials.advertiser_id`",
        COPY_ACCOUNT,
    ),
    "an account in superscript": (
        raw_config({"advertiser_id": "⁷³"}),
        "`credentials.advertiser_id`",
        COPY_ACCOUNT,
    ),
    "two accounts": (
        raw_config({"advertiser_id": f"{ACCOUNT},{ACCOUNT}"}),
        "`credentials.advertiser_id`",
        COPY_ACCOUNT,
    ),
    "an account that is a decimal": (
        raw_config({"advertiser_id": 7.31e18}),
        "`credentials.advertiser_id`",
        COPY_ACCOUNT,
    ),
    "a list of accounts": (raw_config({"advertiser_id": [ACCOUNT]}), "`credentials.advertiser_id`", COPY_ACCOUNT),
    "no day of any month": (raw_config(start_date="2024-02-30"), "`start_date`", LIKE),
    "a date with slashes": (raw_config(start_date="01/31/2024"), "`start_date`", LIKE),
    "a date with words behind it": (raw_config(start_date="2024-01-31 or so"), "`start_date`", LIKE),
    "a date in words": (raw_config(start_date="yesterday"), "`start_date`", LIKE),
    "a date that is a number": (raw_config(start_date=20240131), "`start_date`", LIKE),
    "a date that is a list": (raw_config(start_date=["2024-01-31"]), "`start_date`", LIKE),
    "an end that is no date": (raw_config(end_date="2024-13-01"), "`end_date`", LIKE),
    "an end before the start": (
        raw_config(start_date="2024-02-01", end_date="2024-01-31"),
        "`end_date`",
        LATER_OR_EARLIER,
    ),
    "an end before the default start": (raw_config(end_date="2016-08-31"), "`end_date`", LATER_OR_EARLIER),
    "an end before all ads": (
        raw_config(start_date="2011-01-01", end_date="2011-12-31"),
        "`end_date`",
        LATER_OR_EARLIER,
    ),
    "a negative window": (raw_config(attribution_window=-1), "`attribution_window`", DAYS),
    "a window of a year": (raw_config(attribution_window=365), "`attribution_window`", DAYS),
    "half a day": (raw_config(attribution_window=0.5), "`attribution_window`", DAYS),
    "a window in words": (raw_config(attribution_window="a week"), "`attribution_window`", DAYS),
    "a window that is true": (raw_config(attribution_window=True), "`attribution_window`", DAYS),
    "a window in superscript": (raw_config(attribution_window="²"), "`attribution_window`", DAYS),
    "an unknown level": (raw_config(rate_limit_level="Gold"), "`rate_limit_level`", LEVELS),
    "a level that is a list": (raw_config(rate_limit_level=["Basic"]), "`rate_limit_level`", LEVELS),
    "no threads": (raw_config(concurrency_level=0), "`concurrency_level`", THREADS),
    "a crowd of threads": (raw_config(concurrency_level=21), "`concurrency_level`", THREADS),
    "a thread and a half": (raw_config(concurrency_level=1.5), "`concurrency_level`", THREADS),
    "no share": (raw_config(rate_limit_share=0), "`rate_limit_share`", "a whole number from 1 to 100"),
    "more than the limit": (
        raw_config(rate_limit_share=101),
        "`rate_limit_share`",
        "a whole number from 1 to 100",
    ),
    "a flag in words": (raw_config(include_deleted="yes"), "`include_deleted`", "must be true or false"),
    "a flag as a number": (raw_config(include_deleted=1), "`include_deleted`", "must be true or false"),
    "a legacy token alone": ({"access_token": TOKEN}, "`credentials`", "which app it belongs to"),
    "a legacy app without token": ({"environment": LEGACY_APP}, "`access_token`", PASTE),
    "a legacy app without id": (legacy({"secret": SECRET}), "`environment.app_id`", COPY_APP),
    "a legacy app with an empty secret": (
        legacy({"app_id": APP_ID, "secret": ""}),
        "`environment.advertiser_id`",
        "enter",
    ),
    "a legacy sandbox without account": (legacy({"app_id": APP_ID}), "`environment.advertiser_id`", "enter"),
    "a legacy environment that is text": (legacy("sandbox"), "`environment`", "replace it with `credentials`"),
}


@pytest.mark.parametrize(("raw", "field", "cure"), BAD.values(), ids=BAD)
def test_given_a_bad_config_when_parsed_then_one_sentence_names_the_field_and_the_cure(
    raw: Any, field: str, cure: str
) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        Config.parse(raw)

    sentence = str(caught.value)
    assert field in sentence
    assert cure in sentence
    assert sentence.endswith(".")
    assert ". " not in sentence
    assert "\n" not in sentence
    assert caught.value.failure_type is FailureType.config_error


@pytest.mark.parametrize("raw", [raw for raw, _, _ in BAD.values()], ids=BAD)
def test_given_a_bad_config_when_it_fails_then_no_secret_is_told(raw: Any) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        Config.parse(raw)

    trace = dumps(AirbyteMessageSerializer.dump(caught.value.as_airbyte_message())).decode()
    for told in (str(caught.value), repr(caught.value), trace):
        assert TOKEN not in told
        assert SECRET not in told


PASTED = uuid4().hex


@pytest.mark.parametrize(
    "raw",
    [
        raw_config({"auth_type": PASTED}),
        *(
            raw_config(**{name: PASTED})
            for name in (
                "start_date",
                "end_date",
                "attribution_window",
                "include_deleted",
                "rate_limit_level",
                "concurrency_level",
                "report_granularity",
                "advertiser_ids",
                "additional_metrics",
                "rate_limit_share",
            )
        ),
    ],
    ids=lambda raw: next((name for name in raw if name != "credentials"), "auth_type"),
)
def test_given_a_token_that_was_pasted_into_a_wrong_field_then_it_is_not_told(raw: dict[str, Any]) -> None:
    with pytest.raises(AirbyteTracedException, match="a value of 34 characters") as caught:
        Config.parse(raw)

    assert PASTED not in str(caught.value)


def test_given_a_wrong_value_too_short_for_a_token_then_it_is_told() -> None:
    with pytest.raises(AirbyteTracedException, match="`start_date` is 'the last day of last month', which"):
        Config.parse(raw_config(start_date="the last day of last month"))


def test_given_a_config_when_printed_then_no_secret_stands_in_it() -> None:
    printed = repr(Config.parse(raw_config()))

    assert TOKEN not in printed
    assert SECRET not in printed


def test_given_a_secret_too_short_to_be_one_then_nothing_else_is_masked_for_it() -> None:
    Config.parse(raw_config({"app_id": "17"}))
    assert mask('{"emitted_at":1700000000017}') == '{"emitted_at":1700000000017}'


@pytest.mark.parametrize(
    ("raw", "hidden"),
    [
        (raw_config(), [TOKEN, SECRET, APP_ID]),
        (sandbox_config(), [TOKEN]),
        (legacy(LEGACY_APP), [TOKEN, SECRET, APP_ID]),
        (
            raw_config({"access_token": "a+b/c=" + TOKEN}),
            [f"a%2Bb%2Fc%3D{TOKEN}", f"a%2Bb/c%3D{TOKEN}", f"a+b/c={TOKEN}"],
        ),
        (raw_config({"access_token": f'a"b\\c{TOKEN}'}), [f'a\\"b\\\\c{TOKEN}', f'a"b\\\\c{TOKEN}']),
        (raw_config({"access_token": [TOKEN]}), [TOKEN]),
        (raw_config({"access_token": {"value": TOKEN}}), [TOKEN]),
        (raw_config({"access_token": f" {TOKEN} "}), [TOKEN]),
        (raw_config({"app_id": int(APP_ID)}), [APP_ID]),
        (raw_config({"secret": "s3c!"}), ["s3c!"]),
    ],
    ids=[
        "oauth",
        "sandbox",
        "legacy",
        "as it stands in a URL",
        "as it is quoted",
        "in a list",
        "in an object",
        "with spaces",
        "a number",
        "short",
    ],
)
def test_given_a_config_when_parsed_or_refused_then_its_secrets_are_masked_in_all_that_is_logged(
    raw: dict[str, Any], hidden: list[str]
) -> None:
    try:
        Config.parse(raw)
    except AirbyteTracedException:
        assert not isinstance(raw["credentials"]["access_token"], str)

    for text in hidden:
        assert text not in mask(f"GET /?token={text}&page=1")
