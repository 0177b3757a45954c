"""The check of a configuration: a handful of requests that find what would fail a sync."""

import logging
from collections.abc import Mapping

import orjson

from source_tiktok_marketing.accounts.account_infos import INFO_ENDPOINT, MAX_IDS_PER_REQUEST
from source_tiktok_marketing.api.codes import PERMISSION
from source_tiktok_marketing.api.errors import Refused, Unavailable
from source_tiktok_marketing.catalog.rows import REPORT_ENDPOINT
from source_tiktok_marketing.catalog.streams import CAMPAIGNS, LIGHTEST_REPORT
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.settings.errors import config_error

LOGGER = logging.getLogger("airbyte")

# Accounts at the head of the list may be dead; so many refusals in a row mean that the app lacks the permission.
ACCOUNTS_TO_TRY = 10


def check_access(context: Context) -> None:
    """Check token, app, account and permission.

    Raises:
        AirbyteTracedException: As `config_error`, with one sentence.
        ApiError: TikTok's own words, with the cure.
    """
    if context.config.sandbox:
        # One of the few endpoints that the sandbox officially has.
        _probe(context, CAMPAIGNS.endpoint, {"page_size": "1"}, "campaigns")
        return
    context.accounts.check_visible()
    _check_account_information(context)
    _probe(context, REPORT_ENDPOINT, LIGHTEST_REPORT, "reports")


def _check_account_information(context: Context) -> None:
    """A sync does without time zones and birthdays of single accounts, but should not have to for all of them."""
    ids = orjson.dumps(context.accounts.ids[:MAX_IDS_PER_REQUEST]).decode()
    try:
        context.client.get(INFO_ENDPOINT, {"advertiser_ids": ids})
    except (Refused, Unavailable) as failure:
        if failure.answer.rule is PERMISSION:
            raise config_error(f"The app may not read account information: {failure}") from failure
        LOGGER.warning("Some accounts will be read until tomorrow UTC, without a first day: %s", failure)


def _probe(context: Context, endpoint: str, params: Mapping[str, str], what: str) -> None:
    """Ask one cheap question about the first account that answers."""
    refusal: Refused | None = None
    tried = context.accounts.ids[:ACCOUNTS_TO_TRY]
    for advertiser_id in tried:
        try:
            context.client.get(endpoint, {"advertiser_id": advertiser_id, **params})
        except Refused as error:
            LOGGER.warning("Account %s: %s", advertiser_id, error)
            refusal = error
        else:
            return
    which = f"account {tried[0]}" if len(tried) == 1 else f"any of the {len(tried)} accounts that were tried"
    raise config_error(f"The app may not read {what} of {which}: {refusal}") from refusal
