"""Any configuration that a user may have, old or new, into one frozen `Config`.

The form of today has `credentials`; configurations from before Airbyte's 0.1.13 have `access_token` at the top and
`environment` beside it. Both are read for ever, so nobody's configuration is rewritten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pendulum import Date

from source_tiktok_marketing.catalog.metrics import further_metrics, published_metrics
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY, RATE_LIMIT_LEVELS, Granularity, ReportType
from source_tiktok_marketing.settings.custom_reports import custom_reports_of
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.fields import (
    Raw,
    date_of,
    flag_of,
    ids_of,
    is_id,
    names_of,
    quoted,
    text_of,
    unknown,
    whole_number_of,
)
from source_tiktok_marketing.settings.secrets import protect

DEFAULT_LEVEL = RATE_LIMIT_LEVELS[0]
DEFAULT_START = Date(2016, 9, 1)
DEFAULT_ATTRIBUTION_WINDOW = 3
ATTRIBUTION_WINDOWS = range(365)
MAX_REPORT_DAYS = Granularity.DAILY.max_days
REPORT_DAYS = range(1, MAX_REPORT_DAYS + 1)
OLD_GRANULARITIES = ("DAY", "HOUR", "LIFETIME")
CONCURRENCIES = range(1, 21)
SHARES = range(1, 101)
WHOLE_LIMIT = SHARES[-1]

OAUTH, PRODUCTION_TOKEN, SANDBOX_TOKEN = "oauth2.0", "prod_access_token", "sandbox_access_token"


@dataclass(frozen=True)
class Config:
    """What the user wants read, checked.

    Attributes:
        access_token: Value of the `Access-Token` header.
        app_id: Developer app; None in the sandbox.
        secret: The app's secret; None in the sandbox.
        advertiser_ids: The accounts to read; none for every account that the token may read.
        excluded_advertiser_ids: The accounts to leave out.
        sandbox: Whether requests go to the sandbox host.
        start_date: First day to read.
        end_date: Last day to read; None for the account's own today.
        attribution_window: Days before the stored watermark that are read again.
        include_deleted: Whether deleted campaigns, ad groups and ads are read too.
        all_objects: Whether objects are read whose last change lies before the start date.
        account_in_keys: Whether every stream's key begins with the account.
        rate_limit_level: TikTok's access level of the app, which sets its request limits.
        rate_limit_share: Percent of these limits that this connection may use.
        concurrency_level: Requests under way at a time; None for as many as the limits need.
        skip_silent_days: Whether reports are asked for only on days on which the account was active.
        report_granularity: The most days that one request for a daily report covers.
        additional_metrics: Metrics that BASIC reports carry beside the published ones.
        custom_reports: Reports that the user has defined.
    """

    access_token: str = field(repr=False)
    app_id: str | None
    secret: str | None = field(repr=False)
    advertiser_ids: tuple[str, ...]
    sandbox: bool
    start_date: Date
    end_date: Date | None
    attribution_window: int
    include_deleted: bool
    all_objects: bool = False
    account_in_keys: bool = False
    rate_limit_level: str = DEFAULT_LEVEL
    rate_limit_share: int = WHOLE_LIMIT
    concurrency_level: int | None = None
    skip_silent_days: bool = True
    report_granularity: int = MAX_REPORT_DAYS
    excluded_advertiser_ids: tuple[str, ...] = ()
    additional_metrics: tuple[str, ...] = ()
    custom_reports: tuple[Report, ...] = ()

    @classmethod
    def parse(cls, raw: Any) -> "Config":
        """Read a configuration of any form.

        Raises:
            AirbyteTracedException: As `config_error` with one sentence that names the field and the cure.
        """
        if not isinstance(raw, Mapping):
            raise config_error("The configuration must be a JSON object with `credentials`.")
        protect(raw)
        start, end = _start_date(raw), date_of(raw, "end_date")
        if end and end < start:
            raise config_error(
                f"`end_date` {end} lies before `start_date` {start}: choose a later end or an earlier start."
            )
        access = _access(raw)
        return cls(
            **access,
            start_date=start,
            end_date=end,
            attribution_window=whole_number_of(
                raw, "attribution_window", DEFAULT_ATTRIBUTION_WINDOW, ATTRIBUTION_WINDOWS
            ),
            include_deleted=flag_of(raw, "include_deleted"),
            all_objects=flag_of(raw, "all_objects"),
            account_in_keys=flag_of(raw, "account_in_keys"),
            rate_limit_level=_level(raw),
            rate_limit_share=whole_number_of(raw, "rate_limit_share", WHOLE_LIMIT, SHARES),
            concurrency_level=whole_number_of(raw, "concurrency_level", None, CONCURRENCIES),
            skip_silent_days=flag_of(raw, "skip_silent_days", default=True),
            report_granularity=_report_granularity(raw),
            additional_metrics=_additional_metrics(raw),
            custom_reports=custom_reports_of(raw, sandbox=access["sandbox"]),
        )

    def check_start(self, today: Date) -> None:
        """Refuse a start date that has nothing to read; today is UTC's, and tomorrow has begun in the east.

        Raises:
            AirbyteTracedException: As `config_error`.
        """
        if self.start_date > today.add(days=1):
            raise config_error(f"`start_date` {self.start_date} lies in the future: choose a day up to today.")


def _access(raw: Raw) -> dict[str, Any]:
    """The fields of `Config` that say who reads what where."""
    where, fields, kind = _credentials(raw)
    sandbox = kind == SANDBOX_TOKEN
    token = text_of(fields, "access_token", where, "generate one in TikTok's developer portal and paste it")
    advertiser = _advertiser(fields, where)
    if sandbox and not advertiser:
        raise config_error(
            f"`{where}advertiser_id` is missing: the sandbox cannot list its accounts, so enter the sandbox "
            "account's id."
        )
    cure = "copy it from the app's page in TikTok's developer portal"
    app = {name: None if sandbox else text_of(fields, name, where, cure) for name in ("app_id", "secret")}
    return {"access_token": token, **app, **_accounts(raw, advertiser), "sandbox": sandbox}


def _credentials(raw: Raw) -> tuple[str, Raw, str]:
    """Where the credentials stand (for sentences), the credentials, and their kind."""
    credentials = raw.get("credentials")
    if credentials:
        if not isinstance(credentials, Mapping):
            raise config_error("`credentials` must be an object with `auth_type` and its fields.")
        return "credentials.", credentials, _kind(credentials)
    environment = raw.get("environment")
    if environment is None and "access_token" not in raw:
        raise config_error("`credentials` is missing: choose a way to authenticate and fill in its fields.")
    if environment is not None and not isinstance(environment, Mapping):
        raise config_error("`environment` must be an object; better, replace it with `credentials`.")
    environment = environment or {}
    fields = {**environment, "access_token": raw.get("access_token")}
    kind = PRODUCTION_TOKEN if environment.get("secret") not in (None, "") else SANDBOX_TOKEN
    if not environment:
        raise config_error("`credentials` is missing: `access_token` alone does not say which app it belongs to.")
    return "environment.", fields, kind


def _kind(credentials: Raw) -> str:
    kind = credentials.get("auth_type")
    known = (OAUTH, PRODUCTION_TOKEN, SANDBOX_TOKEN)
    if kind in (None, ""):
        return SANDBOX_TOKEN if "secret" not in credentials and "app_id" not in credentials else OAUTH
    if kind not in known:
        raise config_error(f"`credentials.auth_type` is {quoted(kind)}: it must be one of {', '.join(known)}.")
    return str(kind)


def _advertiser(fields: Raw, where: str) -> str | None:
    value = fields.get("advertiser_id")
    if value is None or value == "":
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not isinstance(value, str | int) or not is_id(text):
        raise config_error(
            f"`{where}advertiser_id` must be the number of an ad account, such as 7310000000000000101: copy it "
            "from TikTok Ads Manager, or leave it empty to read every account."
        )
    return text


def _accounts(raw: Raw, advertiser: str | None) -> dict[str, tuple[str, ...]]:
    """The accounts to read, those of the list beside the one of the credentials, and those to leave out."""
    chosen = dict.fromkeys((*filter(None, [advertiser]), *ids_of(raw, "advertiser_ids")))
    excluded = ids_of(raw, "excluded_advertiser_ids")
    both = next((advertiser_id for advertiser_id in excluded if advertiser_id in chosen), None)
    if both:
        raise config_error(
            f"Account {both} is to be read and to be left out: take it out of `excluded_advertiser_ids`, or out "
            "of the accounts to read."
        )
    return {"advertiser_ids": tuple(chosen), "excluded_advertiser_ids": excluded}


def _report_granularity(raw: Raw) -> int:
    """Days of a request; the words that stood here before 2022, such as DAY, mean nothing any more."""
    value = raw.get("report_granularity")
    if isinstance(value, str) and value.upper() in OLD_GRANULARITIES:
        return MAX_REPORT_DAYS
    return whole_number_of(raw, "report_granularity", MAX_REPORT_DAYS, REPORT_DAYS)


def _additional_metrics(raw: Raw) -> tuple[str, ...]:
    metrics = names_of(raw, "additional_metrics", "choose names of metrics such as live_views")
    offered = {metric.name for metric in (*published_metrics(ReportType.BASIC), *further_metrics())}
    for name in metrics:
        if name not in offered:
            raise config_error(f"`additional_metrics` names {unknown(name, 'metric', offered)}")
    return metrics


def _level(raw: Raw) -> str:
    value = raw.get("rate_limit_level") or DEFAULT_LEVEL
    if not isinstance(value, str) or value not in RATE_LIMIT_LEVELS:
        levels = ", ".join(RATE_LIMIT_LEVELS)
        raise config_error(f"`rate_limit_level` is {quoted(value)}: it must be one of {levels}.")
    return value


def _start_date(raw: Raw) -> Date:
    return max(date_of(raw, "start_date") or DEFAULT_START, FIRST_DAY)
