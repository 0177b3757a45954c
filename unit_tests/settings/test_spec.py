"""The form: Airbyte's names, defaults and limits, with words for the person in front of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer, DestinationSyncMode, Type
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets
from jsonschema import Draft7Validator

from source_tiktok_marketing.settings.spec import connection_specification, connector_specification
from unit_tests.builders import ACCOUNT, APP_ID, SECRET, TOKEN, raw_config, sandbox_config

FORM = connection_specification()
PRODUCTION_TOKEN = raw_config({"auth_type": "prod_access_token"})


def variant(auth_type: str) -> dict[str, Any]:
    found = [
        option
        for option in FORM["properties"]["credentials"]["oneOf"]
        if option["properties"]["auth_type"]["const"] == auth_type
    ]
    assert len(found) == 1
    return found[0]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from nodes(child)


@pytest.mark.parametrize(
    ("name", "facts"),
    {
        "credentials": {"type": "object", "default": {}, "order": 0},
        "start_date": {"type": "string", "format": "date", "default": "2016-09-01", "order": 1},
        "end_date": {"type": "string", "format": "date", "order": 2},
        "attribution_window": {"type": "integer", "default": 3, "minimum": 0, "maximum": 364, "order": 3},
        "include_deleted": {"type": "boolean", "default": False, "order": 4},
        "all_objects": {"type": "boolean", "default": False},
        "account_in_keys": {"type": "boolean", "default": False},
        # Ours; Airbyte's connector reads concurrency_level, too, but does not offer it.
        "rate_limit_level": {
            "type": "string",
            "default": "Basic",
            "enum": ["Basic", "Advanced", "Premium", "Ultimate"],
        },
        "report_granularity": {"type": "integer", "default": 30, "minimum": 1, "maximum": 30},
        "advertiser_ids": {"type": "array", "items": {"type": "string"}},
        "excluded_advertiser_ids": {"type": "array", "items": {"type": "string"}},
        "additional_metrics": {"type": "array", "uniqueItems": True},
        "concurrency_level": {"type": "integer", "minimum": 1, "maximum": 20},
        "rate_limit_share": {"type": "integer", "default": 100, "minimum": 1, "maximum": 100},
    }.items(),
)
def test_a_field_has_the_published_name_default_and_limits(name: str, facts: dict[str, Any]) -> None:
    field = FORM["properties"][name]
    assert {key: field.get(key) for key in facts} == facts
    assert ("default" in field) == ("default" in facts)


def test_fields_stand_in_the_form_as_they_stand_in_the_code() -> None:
    assert [field["order"] for field in FORM["properties"].values()] == list(range(len(FORM["properties"])))


def test_metrics_are_chosen_from_a_list_of_all_that_reports_do_not_have_yet() -> None:
    items = FORM["properties"]["additional_metrics"]["items"]

    assert items["title"] == "Metric"
    assert items["enum"] == sorted(set(items["enum"]))
    assert {"live_views", "skan_conversion", "native_growth_purchase_roas_d0"} <= set(items["enum"])
    assert not {"spend", "ad_text_list", "single_image_ctr"} & set(items["enum"])


def test_nothing_is_required_and_unknown_keys_are_allowed() -> None:
    assert FORM["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "required" not in FORM
    assert FORM["additionalProperties"] is True
    Draft7Validator.check_schema(FORM)


@pytest.mark.parametrize(
    ("auth_type", "title", "fields", "required"),
    [
        (
            "oauth2.0",
            "OAuth2.0",
            {"auth_type", "app_id", "secret", "access_token", "advertiser_id"},
            {"app_id", "secret", "access_token"},
        ),
        (
            "prod_access_token",
            "Production Access Token",
            {"auth_type", "app_id", "secret", "access_token", "advertiser_id"},
            {"auth_type", "app_id", "secret", "access_token"},
        ),
        (
            "sandbox_access_token",
            "Sandbox Access Token",
            {"auth_type", "advertiser_id", "access_token"},
            {"advertiser_id", "access_token"},
        ),
    ],
)
def test_a_way_in_has_the_published_fields(
    auth_type: str, title: str, fields: set[str], required: set[str]
) -> None:
    option = variant(auth_type)

    assert option["title"] == title
    assert option["properties"].keys() == fields
    assert set(option["required"]) == required
    assert option["properties"]["auth_type"]["order"] == 0
    assert {option["properties"][name]["type"] for name in fields} == {"string"}


def test_the_ways_in_stand_in_the_order_in_which_people_should_try_them() -> None:
    ways = [option["properties"]["auth_type"]["const"] for option in FORM["properties"]["credentials"]["oneOf"]]
    assert ways == ["oauth2.0", "prod_access_token", "sandbox_access_token"]


SECRETS = {"app_id", "secret", "access_token"}


@pytest.mark.parametrize("auth_type", ["oauth2.0", "prod_access_token", "sandbox_access_token"])
def test_exactly_the_secrets_are_marked_as_secrets(auth_type: str) -> None:
    properties = variant(auth_type)["properties"]
    marked = {name for name, field in properties.items() if field.get("airbyte_secret") is True}
    assert marked == SECRETS & properties.keys()


@pytest.mark.parametrize(
    ("config", "secrets"),
    [
        (raw_config(), {APP_ID, SECRET, TOKEN}),
        (PRODUCTION_TOKEN, {APP_ID, SECRET, TOKEN}),
        (sandbox_config(), {TOKEN}),
    ],
    ids=["oauth", "production token", "sandbox"],
)
def test_the_cdk_finds_every_secret_of_a_configuration(config: dict[str, Any], secrets: set[str]) -> None:
    assert set(get_secrets(FORM, config)) == secrets


def test_nothing_in_the_form_is_a_reference() -> None:
    keys = {key for node in nodes(FORM) for key in node}
    assert not {"$ref", "$defs", "definitions", "anyOf", "allOf"} & keys


def test_no_field_offers_null() -> None:
    assert [node for node in nodes(FORM) if node.get("type") == "null" or node.get("default", "") is None] == []


def test_every_field_has_a_title_and_a_description_for_people() -> None:
    fields = dict(FORM["properties"])
    for option in FORM["properties"]["credentials"]["oneOf"]:
        fields |= {
            f"{option['title']}.{name}": field
            for name, field in option["properties"].items()
            if name != "auth_type"
        }
    assert "description" not in FORM, "the words for programmers are no words for people"
    assert [way for way in FORM["properties"]["credentials"]["oneOf"] if "description" in way] == []
    assert len(fields) > 10
    assert {
        name for name, field in fields.items() if not field.get("title") or not field["description"].endswith(".")
    } == set()


LEGACY = {"access_token": TOKEN, "environment": {"app_id": APP_ID, "secret": SECRET}}


@pytest.mark.parametrize(
    "config",
    [
        raw_config(),
        raw_config({"advertiser_id": ACCOUNT}),
        PRODUCTION_TOKEN,
        sandbox_config(),
        LEGACY,
        {"access_token": TOKEN, "environment": {"advertiser_id": ACCOUNT}},
        {**LEGACY, "start_date": "2019-10-10T00:00:00"},
        raw_config(start_date="2024-01-31T00:00:00Z", end_date="2024-01-31"),
        raw_config(attribution_window=364, include_deleted=True, concurrency_level=4, report_granularity=30),
        raw_config(advertiser_ids=[ACCOUNT], excluded_advertiser_ids=[], additional_metrics=["live_views"]),
        raw_config(rate_limit_share=25),
    ],
    ids=[
        "oauth",
        "one account",
        "production token",
        "sandbox",
        "legacy",
        "legacy sandbox",
        "legacy with a moment",
        "dates of both forms",
        "all fields and unknown ones",
        "a choice of accounts and metrics",
        "a share",
    ],
)
def test_the_form_accepts_every_configuration_that_the_connector_reads(config: dict[str, Any]) -> None:
    assert [error.message for error in Draft7Validator(FORM).iter_errors(config)] == []


@pytest.mark.parametrize(
    "config",
    [
        raw_config({"auth_type": "api_key"}),
        raw_config(start_date="31.01.2024"),
        raw_config(start_date="2024-01-31 or so"),
        raw_config(attribution_window=365),
        raw_config(attribution_window=-1),
        raw_config(include_deleted="yes"),
        raw_config(rate_limit_level="Gold"),
        raw_config(concurrency_level=21),
        raw_config(report_granularity=31),
        raw_config(additional_metrics=["no_metric"]),
        raw_config(rate_limit_share=0),
        {"credentials": {"auth_type": "oauth2.0", "access_token": TOKEN}},
        {"credentials": {"auth_type": "sandbox_access_token", "access_token": TOKEN}},
    ],
    ids=[
        "auth_type",
        "date",
        "words behind a date",
        "wide window",
        "negative window",
        "flag",
        "level",
        "concurrency",
        "step",
        "metric",
        "share",
        "no app",
        "no sandbox account",
    ],
)
def test_the_form_refuses_what_the_connector_cannot_read(config: dict[str, Any]) -> None:
    assert list(Draft7Validator(FORM).iter_errors(config))


def test_the_oauth_flow_is_the_published_one() -> None:
    message = AirbyteMessage(type=Type.SPEC, spec=connector_specification())
    advanced = AirbyteMessageSerializer.dump(message)["spec"]["advanced_auth"]
    flow = advanced["oauth_config_specification"]

    def paths(part: str) -> dict[str, Any]:
        assert set(flow[part]["required"]) == flow[part]["properties"].keys()
        assert flow[part]["additionalProperties"] is False
        return {name: field.get("path_in_connector_config") for name, field in flow[part]["properties"].items()}

    assert advanced["auth_flow_type"] == "oauth2.0"
    assert advanced["predicate_key"] == ["credentials", "auth_type"]
    assert advanced["predicate_value"] == "oauth2.0"
    assert paths("complete_oauth_output_specification") == {"access_token": ["credentials", "access_token"]}
    assert paths("complete_oauth_server_input_specification") == {"app_id": None, "secret": None}
    assert paths("complete_oauth_server_output_specification") == {
        "app_id": ["credentials", "app_id"],
        "secret": ["credentials", "secret"],
    }
    assert not flow.get("oauth_user_input_from_connector_config_specification")


def test_the_specification_promises_incremental_reads_and_names_the_documentation() -> None:
    specification = connector_specification()

    assert specification.supportsIncremental is True
    assert set(specification.supported_destination_sync_modes) == {
        DestinationSyncMode.overwrite,
        DestinationSyncMode.append,
        DestinationSyncMode.append_dedup,
    }
    assert specification.changelogUrl == specification.documentationUrl
    assert specification.documentationUrl == "https://docs.airbyte.com/integrations/sources/tiktok-marketing"
