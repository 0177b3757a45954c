"""Any configuration that a user may have, old or new, into one frozen `Config`.

The form of today has `credentials`; configurations from before Airbyte's 0.1.13 have `access_token` at the top and
`environment` beside it. Both are read for ever, so nobody's configuration is rewritten.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pendulum import Date

from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY, RATE_LIMIT_LEVELS
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.secrets import protect

DEFAULT_LEVEL = RATE_LIMIT_LEVELS[0]
DEFAULT_START = Date(2016, 9, 1)
DEFAULT_ATTRIBUTION_WINDOW = 3
ATTRIBUTION_WINDOWS = range(365)
# Four use up the lowest rate limit if an answer takes 0.3 s and nothing else takes time; but unpacking does.
DEFAULT_CONCURRENCY = 8
CONCURRENCIES = range(1, 21)
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")

OAUTH, PRODUCTION_TOKEN, SANDBOX_TOKEN = "oauth2.0", "prod_access_token", "sandbox_access_token"

LONGEST_QUOTE = 30

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Config:
    """What the user wants read, checked.

    Attributes:
        access_token: Value of the `Access-Token` header.
        app_id: Developer app; None in the sandbox.
        secret: The app's secret; None in the sandbox.
        advertiser_id: The one account to read; None for every account that the token may read.
        sandbox: Whether requests go to the sandbox host.
        start_date: First day to read.
        end_date: Last day to read; None for the account's own today.
        attribution_window: Days before the stored mark that are read again.
        include_deleted: Whether deleted campaigns, ad groups and ads are read too.
        rate_limit_level: TikTok's access level of the app, which sets its request limits.
        concurrency_level: Threads that wait for TikTok's answers.
    """

    access_token: str = field(repr=False)
    app_id: str | None
    secret: str | None = field(repr=False)
    advertiser_id: str | None
    sandbox: bool
    start_date: Date
    end_date: Date | None
    attribution_window: int
    include_deleted: bool
    rate_limit_level: str = DEFAULT_LEVEL
    concurrency_level: int = DEFAULT_CONCURRENCY

    @classmethod
    def parse(cls, raw: Any) -> "Config":
        """Read a configuration of any form.

        Raises:
            AirbyteTracedException: As `config_error` with one sentence that names the field and the cure.
        """
        if not isinstance(raw, Mapping):
            raise config_error("The configuration must be a JSON object with `credentials`.")
        protect(raw)
        start, end = _start_date(raw), _date(raw, "end_date")
        if end and end < start:
            raise config_error(
                f"`end_date` {end} lies before `start_date` {start}: choose a later end or an earlier start."
            )
        return cls(
            **_access(raw),
            start_date=start,
            end_date=end,
            attribution_window=_whole(raw, "attribution_window", DEFAULT_ATTRIBUTION_WINDOW, ATTRIBUTION_WINDOWS),
            include_deleted=_flag(raw, "include_deleted"),
            rate_limit_level=_level(raw),
            concurrency_level=_whole(raw, "concurrency_level", DEFAULT_CONCURRENCY, CONCURRENCIES),
        )


def _access(raw: Raw) -> dict[str, Any]:
    """The fields of `Config` that say who reads what where."""
    where, fields, kind = _credentials(raw)
    sandbox = kind == SANDBOX_TOKEN
    token = _text(fields, "access_token", where, "generate one in TikTok's developer portal and paste it")
    advertiser = _advertiser(fields, where)
    if sandbox:
        if not advertiser:
            raise config_error(
                f"`{where}advertiser_id` is missing: the sandbox cannot list its accounts, so enter the sandbox "
                "account's id."
            )
        return {
            "access_token": token,
            "app_id": None,
            "secret": None,
            "advertiser_id": advertiser,
            "sandbox": True,
        }
    app_cure = "copy it from the app's page in TikTok's developer portal"
    return {
        "access_token": token,
        "app_id": _text(fields, "app_id", where, app_cure),
        "secret": _text(fields, "secret", where, app_cure),
        "advertiser_id": advertiser,
        "sandbox": False,
    }


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
    kind = PRODUCTION_TOKEN if environment.get("secret") is not None else SANDBOX_TOKEN
    if not environment:
        raise config_error("`credentials` is missing: `access_token` alone does not say which app it belongs to.")
    return "environment.", fields, kind


def _kind(credentials: Raw) -> str:
    kind = credentials.get("auth_type")
    known = (OAUTH, PRODUCTION_TOKEN, SANDBOX_TOKEN)
    if kind in (None, ""):
        return SANDBOX_TOKEN if "secret" not in credentials and "app_id" not in credentials else OAUTH
    if kind not in known:
        raise config_error(f"`credentials.auth_type` is {_quoted(kind)}: it must be one of {', '.join(known)}.")
    return str(kind)


def _text(fields: Raw, name: str, where: str, cure: str) -> str:
    place = name if where == "environment." and name == "access_token" else f"{where}{name}"
    value = fields.get(name)
    if value is None or value == "" or (isinstance(value, str) and not value.strip()):
        raise config_error(f"`{place}` is missing or empty: {cure}.")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise config_error(f"`{place}` must be text: {cure}.")
    text = str(value).strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise config_error(f"`{place}` holds a space or a sign that cannot occur in it: {cure} again.")
    return text


def _advertiser(fields: Raw, where: str) -> str | None:
    value = fields.get("advertiser_id")
    if value is None or value == "":
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not isinstance(value, str | int) or not (text.isascii() and text.isdigit()):
        raise config_error(
            f"`{where}advertiser_id` must be the number of an ad account, such as 7310000000000000101: copy it "
            "from TikTok Ads Manager, or leave it empty to read every account."
        )
    return text


def _start_date(raw: Raw) -> Date:
    return max(_date(raw, "start_date") or DEFAULT_START, FIRST_DAY)


def starts_before_tiktok(raw: Raw) -> bool:
    """Whether the start date was raised to the first day that can have data."""
    start = _date(raw, "start_date")
    return start is not None and start < FIRST_DAY


def _date(raw: Raw, name: str) -> Date | None:
    value = raw.get(name)
    if value is None or value == "":
        return None
    match = DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if match:
            year, month, day = map(int, match.groups()[:3])
            return Date(year, month, day)
    except ValueError:
        pass
    raise config_error(f"`{name}` is {_quoted(value)}, which is no date: write it like 2024-01-31.")


def _whole(raw: Raw, name: str, default: int, allowed: range) -> int:
    value = raw.get(name)
    if value is None or value == "":
        return default
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or int(text) not in allowed:
        raise config_error(
            f"`{name}` is {_quoted(value)}: it must be a whole number from {allowed.start} to {allowed.stop - 1}."
        )
    return int(text)


def _level(raw: Raw) -> str:
    value = raw.get("rate_limit_level") or DEFAULT_LEVEL
    if not isinstance(value, str) or value not in RATE_LIMIT_LEVELS:
        levels = ", ".join(RATE_LIMIT_LEVELS)
        raise config_error(f"`rate_limit_level` is {_quoted(value)}: it must be one of {levels}.")
    return value


def _flag(raw: Raw, name: str) -> bool:
    value = raw.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise config_error(f"`{name}` is {_quoted(value)}: it must be true or false.")
    return value


def _quoted(value: Any) -> str:
    """A wrong value for a sentence, unless it may be a token that went into the wrong field."""
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"a value of {len(text)} characters"
