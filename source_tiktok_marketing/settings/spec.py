"""The form that a user fills in, and the OAuth flow behind its first choice.

Published names, defaults and limits are Airbyte's; the words are for the person in front of the form.
"""

from typing import Annotated, Any, Literal

from airbyte_cdk.models import (
    AdvancedAuth,
    AuthFlowType,
    ConnectorSpecification,
    DestinationSyncMode,
    OAuthConfigSpecification,
)
from pydantic import BaseModel, ConfigDict, Field

from source_tiktok_marketing.catalog.metrics import further_metrics
from source_tiktok_marketing.catalog.vocabulary import RATE_LIMIT_LEVELS
from source_tiktok_marketing.settings.config import (
    ATTRIBUTION_WINDOWS,
    CONCURRENCIES,
    DEFAULT_ATTRIBUTION_WINDOW,
    DEFAULT_LEVEL,
    DEFAULT_START,
    MAX_REPORT_DAYS,
    OAUTH,
    REPORT_DAYS,
    SHARES,
    WHOLE_LIMIT,
)
from source_tiktok_marketing.settings.report_form import CustomReport

DOCUMENTATION_URL = "https://docs.airbyte.com/integrations/sources/tiktok-marketing"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?)?$"
FURTHER_METRICS = sorted(metric.name for metric in further_metrics())

Schema = dict[str, Any]


def _text(title: str, description: str, *, secret: bool = False) -> Any:
    return Field(
        title=title, description=description, json_schema_extra={"airbyte_secret": True} if secret else {}
    )


AccessToken = Annotated[
    str, _text("Access Token", "Long-lived token of the app, as TikTok issued it.", secret=True)
]
AppId = Annotated[str, _text("App ID", "ID of your app in TikTok's developer portal.", secret=True)]
Secret = Annotated[str, _text("Secret", "Secret of your app in TikTok's developer portal.", secret=True)]
OneAdvertiser = Annotated[
    str | None,
    _text("Advertiser ID", "Read this ad account only. Leave empty to read every account the token reaches."),
]


def _require_auth_type(schema: Schema) -> None:
    schema["required"].insert(0, "auth_type")


class OAuth(BaseModel):
    """Sign in with TikTok."""

    model_config = ConfigDict(title="OAuth2.0")

    auth_type: Literal["oauth2.0"] = Field("oauth2.0", json_schema_extra={"order": 0})
    app_id: AppId
    secret: Secret
    access_token: AccessToken
    advertiser_id: OneAdvertiser = None


class ProductionToken(BaseModel):
    """A token that the user generated in the developer portal."""

    # The fields are those of OAuth2.0: only the type tells them apart, so it must be there.
    model_config = ConfigDict(title="Production Access Token", json_schema_extra=_require_auth_type)

    auth_type: Literal["prod_access_token"] = Field("prod_access_token", json_schema_extra={"order": 0})
    app_id: AppId
    secret: Secret
    access_token: AccessToken
    advertiser_id: OneAdvertiser = None


class SandboxToken(BaseModel):
    """TikTok's sandbox, with sample data."""

    # Without `auth_type`, what belongs to an app is no sandbox: a secret is not allowed, and an id needs one.
    model_config = ConfigDict(
        title="Sandbox Access Token",
        json_schema_extra={"not": {"required": ["secret"]}, "dependencies": {"app_id": ["secret"]}},
    )

    auth_type: Literal["sandbox_access_token"] = Field("sandbox_access_token", json_schema_extra={"order": 0})
    advertiser_id: Annotated[
        str, _text("Advertiser ID", "The sandbox ad account; the sandbox cannot list its accounts.")
    ]
    access_token: AccessToken


def _date(title: str, description: str) -> Any:
    return Field(
        title=title,
        description=description,
        pattern=DATE_PATTERN,
        json_schema_extra={"format": "date"},
    )


class Form(BaseModel):
    """The whole form."""

    model_config = ConfigDict(title="TikTok Marketing Source Spec", extra="allow")

    credentials: OAuth | ProductionToken | SandboxToken | None = Field(
        None,
        title="Authentication Method",
        description="How the connector signs in to TikTok.",
        json_schema_extra={"type": "object"},
    )
    start_date: Annotated[
        str,
        _date(
            "Replication Start Date",
            "First day to read, as YYYY-MM-DD in each account's own time zone. Nothing before it is read.",
        ),
    ] = str(DEFAULT_START)
    end_date: Annotated[
        str | None,
        _date(
            "End Date",
            "Last day to read, as YYYY-MM-DD, included. Leave empty to read until each account's today.",
        ),
    ] = None
    attribution_window: int = Field(
        DEFAULT_ATTRIBUTION_WINDOW,
        title="Attribution Window",
        description="Days that every sync reads again, because TikTok still credits conversions to them.",
        ge=ATTRIBUTION_WINDOWS[0],
        le=ATTRIBUTION_WINDOWS[-1],
    )
    include_deleted: bool = Field(
        default=False,
        title="Include Deleted Data in Reports and Ads, Ad Groups and Campaigns",
        description="Read deleted campaigns, ad groups and ads too, in their streams and in reports.",
    )
    all_objects: bool = Field(
        default=False,
        title="Read objects older than the start date",
        description="Read campaigns, ad groups, ads and assets too whose last change lies before the start date, "
        "so that every id of a report has its object.",
    )
    account_in_keys: bool = Field(
        default=False,
        title="Put the ad account into every key",
        description="Begin every stream's key with `advertiser_id`. Accounts may share audiences, music, images, "
        "videos and portfolios; a destination that merges by the usual key keeps one account's row of each.",
    )
    rate_limit_level: str = Field(
        DEFAULT_LEVEL,
        title="API Rate Limit Level",
        description="Access level of your app in TikTok's developer portal; requests go out as fast as it allows.",
        json_schema_extra={"enum": list(RATE_LIMIT_LEVELS)},
    )
    concurrency_level: int | None = Field(
        None,
        title="Concurrency",
        description="Requests under way at a time. Leave empty for as many as the rate limit needs, however long "
        "TikTok takes to answer.",
        ge=CONCURRENCIES[0],
        le=CONCURRENCIES[-1],
    )
    rate_limit_share: int = Field(
        WHOLE_LIMIT,
        title="Share of the rate limit",
        description="Percent of the app's rate limit that this connection may use. Connections with the same app "
        "that run at the same time should have shares that add up to 100 at most.",
        ge=SHARES[0],
        le=SHARES[-1],
    )
    skip_silent_days: bool = Field(
        default=True,
        title="Ask only for days with activity",
        description="Ask first on which days an account was active, and read its reports for those days only. "
        "Some silent days are read all the same, as a check. Turn off to read every day.",
    )
    report_granularity: int = Field(
        MAX_REPORT_DAYS,
        title="Daily Reports Date Step",
        description="The most days that one request for a daily report covers. Requests that TikTok finds too "
        "large are divided anyway; a smaller step spares the attempt.",
        ge=REPORT_DAYS[0],
        le=REPORT_DAYS[-1],
    )
    advertiser_ids: list[str] | None = Field(
        None,
        title="Advertiser IDs",
        description="Read these ad accounts only. Leave empty to read every account the token reaches.",
    )
    excluded_advertiser_ids: list[str] | None = Field(
        None,
        title="Excluded Advertiser IDs",
        description="Ad accounts that are not read.",
    )
    additional_metrics: (
        list[Annotated[str, Field(title="Metric", json_schema_extra={"enum": FURTHER_METRICS})]] | None
    ) = Field(
        None,
        title="Additional Metrics",
        description="Metrics that every BASIC report carries beside its own, where TikTok offers them; elsewhere "
        "the column is null. Beyond 100 metrics a report takes twice the requests.",
        json_schema_extra={"uniqueItems": True},
    )
    custom_reports: list[CustomReport] | None = Field(
        None,
        title="Custom Reports",
        description="Reports of your own, each a stream as good as the built-in ones.",
    )


def connection_specification() -> Schema:
    """The form as JSON schema, in the dialect that Airbyte renders: no references, no `anyOf` with null."""
    schema = Form.model_json_schema()
    definitions = schema.pop("$defs")
    schema.pop("description", None)  # Gone already where Python leaves docstrings out.
    rendered = _render(schema, definitions)
    for place, field in enumerate(rendered["properties"].values()):
        field["order"] = place
    credentials = rendered["properties"]["credentials"]
    credentials |= {"oneOf": credentials.pop("anyOf"), "default": {}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **rendered,
        "additionalProperties": True,
    }


def _render(node: Any, definitions: Schema) -> Any:
    if isinstance(node, list):
        return [_render(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        # Airbyte finds the secrets of a configuration by walking the schema, and it does not follow references.
        target = dict(definitions[node["$ref"].rsplit("/", 1)[-1]])
        target.pop("description", None)
        return _render(target, definitions)
    rendered = {key: _render(value, definitions) for key, value in node.items()}
    options = [option for option in rendered.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        del rendered["anyOf"]
        rendered = options[0] | rendered
    elif options:
        rendered["anyOf"] = options
    if rendered.get("default", ...) is None:
        del rendered["default"]
    return rendered


def connector_specification() -> ConnectorSpecification:
    """The specification that `spec` prints."""
    return ConnectorSpecification(
        documentationUrl=DOCUMENTATION_URL,
        changelogUrl=DOCUMENTATION_URL,
        supportsIncremental=True,
        supported_destination_sync_modes=[
            DestinationSyncMode.overwrite,
            DestinationSyncMode.append,
            DestinationSyncMode.append_dedup,
        ],
        connectionSpecification=connection_specification(),
        advanced_auth=_advanced_auth(),
    )


def _advanced_auth() -> AdvancedAuth:
    return AdvancedAuth(
        auth_flow_type=AuthFlowType.oauth2_0,
        predicate_key=["credentials", "auth_type"],
        predicate_value=OAUTH,
        oauth_config_specification=OAuthConfigSpecification(
            complete_oauth_output_specification=_oauth_object(
                {"access_token": {"path_in_connector_config": ["credentials", "access_token"]}}
            ),
            complete_oauth_server_input_specification=_oauth_object({"app_id": {}, "secret": {}}),
            complete_oauth_server_output_specification=_oauth_object(
                {
                    "app_id": {"path_in_connector_config": ["credentials", "app_id"]},
                    "secret": {"path_in_connector_config": ["credentials", "secret"]},
                }
            ),
        ),
    )


def _oauth_object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"type": "string", **extra} for name, extra in properties.items()},
        "required": list(properties),
    }
