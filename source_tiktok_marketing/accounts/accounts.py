"""Which ad accounts a sync reads, with their time zone and day of birth: asked once, shared by all streams."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from pendulum import Date

from source_tiktok_marketing.accounts.account_list import AccountList, Row
from source_tiktok_marketing.accounts.windows import Zone, first_day, last_day, running_day, zone_of
from source_tiktok_marketing.api.client import TiktokClient
from source_tiktok_marketing.api.errors import (
    ACCOUNT,
    PARAMETER_REFUSED,
    Answer,
    ApiError,
    Refused,
    Unavailable,
    documented_shape,
)
from source_tiktok_marketing.api.retries import ENDLESS, SHORT_PATIENCE
from source_tiktok_marketing.catalog.streams import CAMPAIGNS
from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.secrets import shorten

LOGGER = logging.getLogger("airbyte")

INFO_ENDPOINT = "advertiser/info/"
MAX_IDS_PER_REQUEST = 100
# So many failures without a single answer are not about single accounts: the app lacks the permission.
HOPELESS_FAILURES = 25
# Digits of a moment, and signs of a zone, that may be one.
LONGEST_EPOCH, LONGEST_ZONE = 12, 100

TOP_VIEW = "RESERVATION_TOP_VIEW"
# TikTok's codes for "this account, or the sandbox, has no TopView".
TOP_VIEW_REFUSALS = frozenset({40009, 40118})
BUYING_TYPES = re.compile(r"buying.?type|top.?view|reservation", re.IGNORECASE)


@dataclass(frozen=True)
class Account:
    """An ad account.

    Attributes:
        id: `advertiser_id`.
        zone: Time zone of its report days; None if TikTok did not tell.
        birthday: Day before which it has no data.
    """

    id: str
    zone: Zone | None = None
    birthday: Date = FIRST_DAY


class Accounts:
    """The accounts of a sync.

    Args:
        config: Says which accounts are read.
        client: Way to TikTok.
        clock: Says when "today" is.
    """

    def __init__(self, config: Config, client: TiktokClient, clock: Clock) -> None:
        self._config = config
        self._client = client
        self._clock = clock
        self._list = AccountList(config, client)
        self._top_view: dict[str, bool] = {}

    @property
    def visible(self) -> dict[str, Row]:
        """What the token may read: `{advertiser_id, advertiser_name}` by account."""
        return self._list.rows

    def listed(self, advertiser_id: str) -> Row:
        """What the list says of an account; see `AccountList.row_of`."""
        return self._list.row_of(advertiser_id)

    @property
    def _are_listed(self) -> bool:
        """Whether the list of accounts decides what is read; of a single one it would tell nothing needed."""
        return not self._config.sandbox and len(self._config.advertiser_ids) != 1

    def check_whole(self) -> None:
        """Raise if there may be more accounts to read than TikTok has told; see `AccountList.check_whole`."""
        if self._are_listed:
            self._list.check_whole()

    def tell_gone(self, marked: Iterable[str]) -> None:
        """Name the accounts that a stored state knows and the token does not reach; a choice needs no word."""
        if not self._config.advertiser_ids:
            self._list.tell_gone(set(marked).difference(self._config.excluded_advertiser_ids))

    def check_visible(self) -> None:
        """Raise a `config_error` if there is no account to read, or one that is configured is unknown."""
        config = self._config
        for advertiser_id in config.advertiser_ids:
            self._list.row_of(advertiser_id, "advertiser_ids" if self._are_listed else "advertiser_id")
        for advertiser_id in config.excluded_advertiser_ids:
            self._list.row_of(advertiser_id, "excluded_advertiser_ids")
        _ = self.ids

    @property
    def ids(self) -> tuple[str, ...]:
        """The accounts to read: those that are configured, or every one that the token may read.

        Raises:
            AirbyteTracedException: As `config_error`, if there is none.
        """
        return self._client.once(Accounts, self._choose) if self._are_listed else self._config.advertiser_ids

    def _choose(self) -> tuple[str, ...]:
        """The configured accounts that the token reaches; one that it has lost should not end the others' sync."""
        config, visible = self._config, self._all_visible()
        lost = [advertiser_id for advertiser_id in config.advertiser_ids if advertiser_id not in visible]
        if lost:
            LOGGER.warning(
                "The access token does not reach %s of `advertiser_ids`: nothing is read of it, and its state is "
                "kept.",
                ", ".join(f"account {advertiser_id}" for advertiser_id in lost),
            )
        chosen = tuple(
            advertiser_id
            for advertiser_id in config.advertiser_ids or visible
            if advertiser_id in visible and advertiser_id not in config.excluded_advertiser_ids
        )
        if not chosen:
            raise config_error(
                f"No account is left to read of the {len(visible)} that this access token may read: correct "
                "`advertiser_ids` and `excluded_advertiser_ids`."
            )
        return chosen

    def _all_visible(self) -> dict[str, Row]:
        if not self.visible:
            self.check_whole()
            raise config_error(
                "The access token reaches no ad account: authorise the app again and choose at least one account "
                "on TikTok's consent page."
            )
        return self.visible

    @property
    def _infos(self) -> dict[str, Row | ApiError]:
        return self._client.once(INFO_ENDPOINT, lambda: dict(_Infos(self._client).read(self.ids)))

    def info(self, advertiser_id: str) -> Row:
        """What `advertiser/info/` says of an account.

        Raises:
            ApiError: TikTok says nothing of it.
        """
        info = self._infos[advertiser_id]
        if isinstance(info, ApiError):
            raise info.with_traceback(None)  # It is raised for every stream; each time would add to it.
        return info

    @property
    def known(self) -> Mapping[str, Account]:
        """The accounts by id, with zone and birthday as far as TikTok tells them."""
        infos = self._infos
        return self._client.once(Account, lambda: {id_: self._account(id_, info) for id_, info in infos.items()})

    def _account(self, advertiser_id: str, info: Row | ApiError) -> Account:
        if isinstance(info, ApiError):
            LOGGER.warning("Account %s is read until tomorrow UTC, without a first day. %s", advertiser_id, info)
            return Account(advertiser_id)
        names = info.get("display_timezone"), info.get("timezone")
        zone = zone_of(*names)
        if zone is None:
            LOGGER.warning(
                "Account %s has the time zone %s, which is unknown here; it is read until tomorrow UTC.",
                advertiser_id,
                shorten(" / ".join(str(name) for name in names), LONGEST_ZONE),
            )
        # The sandbox serves sample data that is older than the account.
        created = None if self._config.sandbox else self._epoch(info.get("create_time"))
        return Account(advertiser_id, zone, first_day(created, zone))

    def _epoch(self, create_time: Any) -> int | None:
        """Seconds since the epoch; None where TikTok says something else, and then no day is left out."""
        text = str(create_time)
        seconds = int(text) if text.isdecimal() and len(text) <= LONGEST_EPOCH else 0
        return seconds if 0 < seconds <= self._clock.now().timestamp() else None

    def has_top_view(self, advertiser_id: str) -> bool:
        """Whether the account has, or had, a TopView campaign, whose report rows may have to be asked for."""
        known = self.known_top_view(advertiser_id)
        if known is not None:
            return known
        return self._client.once((TOP_VIEW, advertiser_id), lambda: self._ask_top_view(advertiser_id))

    def known_top_view(self, advertiser_id: str) -> bool | None:
        """What is known of `has_top_view` without asking TikTok; None if nothing."""
        return False if self._config.sandbox else self._top_view.get(advertiser_id)

    def note_top_view(self, advertiser_id: str, *, has: bool) -> None:
        """Note what a list of campaigns has told, so that nobody needs to ask."""
        self._top_view[advertiser_id] = has

    def _ask_top_view(self, advertiser_id: str) -> bool:
        filtering = {"buying_types": [TOP_VIEW], "secondary_status": CAMPAIGNS.status_all}
        params = {
            "advertiser_id": advertiser_id,
            "filtering": orjson.dumps(filtering).decode(),
            "page_size": "1",
        }
        try:
            answer = self._client.get(CAMPAIGNS.endpoint, params)
        except ApiError as error:
            if error.is_everywhere:
                raise
            # Reports may be open where campaigns are not.
            return not denies_top_view(error.answer)
        return bool(answer.data.get("list")) or answer.page_info.get("total_number") != 0

    def last_day(self, account: Account) -> Date:
        """The last day to read: the configured one, but never beyond the account's own today."""
        today = last_day(self._clock.now(), account.zone)
        return min(self._config.end_date or today, today)

    def running_day(self, account: Account) -> Date:
        """The first day that may still grow; no watermark may lie beyond it."""
        return running_day(self._clock.now(), account.zone)

    def first_day(self, account: Account) -> Date:
        """The first day to read without a state."""
        return max(self._config.start_date, account.birthday)


class _Infos:
    """Reads `advertiser/info/` around accounts that it refuses or chokes on: one fails the whole request."""

    def __init__(self, client: TiktokClient) -> None:
        self._client = client
        self._answers = self._failures = 0

    def read(self, ids: Sequence[str]) -> Iterator[tuple[str, Row | ApiError]]:
        for first in range(0, len(ids), MAX_IDS_PER_REQUEST):
            yield from self._read_batch(ids[first : first + MAX_IDS_PER_REQUEST])

    def _read_batch(self, ids: Sequence[str]) -> Iterator[tuple[str, Row | ApiError]]:
        # Every stream waits for this: the whole patience is for one account alone, and for one account only.
        patience = SHORT_PATIENCE if len(ids) > 1 or self._failures else ENDLESS
        params = {"advertiser_ids": orjson.dumps(ids).decode()}
        try:
            answer = self._client.get(INFO_ENDPOINT, params, patience)
        except ApiError as failure:
            if failure.is_everywhere:
                raise
            yield from self._around(failure, ids)
            return
        rows = _by_id(answer)
        if not rows:
            yield from self._around(_left_out(answer, ids[0]), ids)
            return
        self._answers += 1
        for advertiser_id in ids:
            yield advertiser_id, rows.get(advertiser_id) or _left_out(answer, advertiser_id)

    def _around(self, failure: ApiError, ids: Sequence[str]) -> Iterator[tuple[str, Row | ApiError]]:
        self._failures += len(ids) == 1
        hopeless = not self._answers and self._failures >= HOPELESS_FAILURES
        if len(ids) > 1 and not hopeless:
            middle = len(ids) // 2
            yield from self._read_batch(ids[:middle])
            yield from self._read_batch(ids[middle:])
        elif isinstance(failure, Unavailable) and not self._answers:
            raise failure  # An outage, and no account's own.
        else:
            yield from ((advertiser_id, failure) for advertiser_id in ids)


def denies_top_view(answer: Answer) -> bool:
    """Whether a refusal says that there is no TopView; a 40002 may be about any other parameter."""
    if answer.code == PARAMETER_REFUSED:
        return bool(BUYING_TYPES.search(answer.message))
    return answer.code in TOP_VIEW_REFUSALS


def _by_id(answer: Answer) -> dict[str, Row]:
    with documented_shape():
        return {str(row["advertiser_id"]): row for row in answer.data.get("list") or []}


def _left_out(answer: Answer, advertiser_id: str) -> Refused:
    """A success that says nothing of an account, as the refusal that it is."""
    silence = replace(answer, rule=ACCOUNT, message="nothing about this account", data={})
    return Refused(silence, f"{INFO_ENDPOINT} for account {advertiser_id}")
