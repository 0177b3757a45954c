"""Which ad accounts a sync reads, with their time zone and day of birth: asked once, shared by all streams."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pendulum import Date

from source_tiktok_marketing.accounts.account_infos import INFO_ENDPOINT, AccountInfos
from source_tiktok_marketing.accounts.account_list import AccountList, Row
from source_tiktok_marketing.accounts.top_view import TopView
from source_tiktok_marketing.accounts.windows import Zone, first_day, last_day, running_day, zone_of
from source_tiktok_marketing.api.client import TiktokClient
from source_tiktok_marketing.api.errors import ApiError
from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.secrets import shorten

LOGGER = logging.getLogger("airbyte")

# Digits of a moment, and signs of a zone, that may be one.
LONGEST_EPOCH, LONGEST_ZONE = 12, 100


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
        self.top_view = TopView(client, exists=not config.sandbox)

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
        return self._client.once(INFO_ENDPOINT, lambda: dict(AccountInfos(self._client).read(self.ids)))

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
