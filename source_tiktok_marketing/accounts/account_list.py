"""The list of ad accounts that an access token may read, held to the same proof as every other list."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from source_tiktok_marketing.api.client import TiktokClient, is_silent
from source_tiktok_marketing.api.codes import SUCCESS
from source_tiktok_marketing.api.errors import Answer, Incomplete, documented_shape
from source_tiktok_marketing.settings.config import Config
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.secrets import shorten

LOGGER = logging.getLogger("airbyte")

LIST_ENDPOINT = "oauth2/advertiser/get/"
MAX_READS = 5
MAX_QUOTED = 40
# Accounts, and signs, of a sentence about those that can be read.
MAX_NAMED, LONGEST_NAMES = 10, 1000

Row = dict[str, Any]


@dataclass(frozen=True)
class ListAnswer:
    """What one answer lists; the endpoint knows no pages.

    Attributes:
        rows: The accounts by id.
        nameless: What stands in the place of ids that are no numbers.
        fault: Why there may be more, or None.
    """

    rows: dict[str, Row]
    nameless: tuple[str, ...] = ()
    fault: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> "ListAnswer":
        """Judge an answer."""
        listed = answer.data.get("list")
        if not isinstance(listed, list):
            return cls({}, fault="an answer held no list")
        with documented_shape():
            rows = {str(row["advertiser_id"]): row for row in listed}
            total = answer.page_info.get("total_number")
        fault = None
        if answer.code != SUCCESS:
            fault = f"TikTok itself called it a success in part, with {answer}"
        elif total is not None and total != len(rows):
            fault = f"{len(rows)} accounts came where TikTok counts {total}"
        named = {id_: row for id_, row in rows.items() if id_.isdecimal()}
        return cls(named, tuple(f"{id_[:MAX_QUOTED]!r}" for id_ in rows if id_ not in named), fault)


class AccountList:
    """What `oauth2/advertiser/get/` lists, asked for once.

    Args:
        config: Holds the app's credentials.
        client: Way to TikTok.
    """

    def __init__(self, config: Config, client: TiktokClient) -> None:
        self._config = config
        self._client = client
        self._gone: set[str] = set()

    @property
    def rows(self) -> dict[str, Row]:
        """`{advertiser_id, advertiser_name}` by account."""
        return self._answer.rows

    @property
    def _answer(self) -> ListAnswer:
        return self._client.once(LIST_ENDPOINT, self._read)

    def _read(self) -> ListAnswer:
        """The list, asked for until it proves itself; what it holds in the end is read all the same."""
        app = {"app_id": self._config.app_id or "", "secret": self._config.secret or ""}
        for read in range(1, MAX_READS + 1):
            answer = self._client.get(LIST_ENDPOINT, app)
            found = ListAnswer.of(answer)
            # An empty list ends the sync, so it is looked at twice; of silence the client has asked often enough.
            proven = not found.fault and not found.nameless and (found.rows or read > 1)
            if proven or is_silent(answer, "list"):
                break
        if found.nameless:
            LOGGER.warning(
                "TikTok lists %d accounts whose `advertiser_id` is no number (%s): they are left out.",
                len(found.nameless),
                ", ".join(found.nameless[:3]),
            )
        return found

    def check_whole(self) -> None:
        """Raise if there may be more accounts to read than the list has told.

        Raises:
            Incomplete: It never added up.
        """
        if self._answer.fault:
            raise Incomplete(
                f"TikTok's list of accounts never added up, in {MAX_READS} reads: {self._answer.fault}."
            )

    def tell_gone(self, marked: Iterable[str]) -> None:
        """Name the accounts, once each, that a stored state knows and the token does not reach any more."""
        gone = sorted(set(marked) - self.rows.keys() - self._gone)
        self._gone.update(gone)
        if gone:
            LOGGER.warning(
                "The access token no longer reaches %s, which was read before: nothing new is read of it, and its "
                "state is kept.",
                ", ".join(f"account {advertiser_id}" for advertiser_id in gone),
            )

    def row_of(self, advertiser_id: str, setting: str = "advertiser_id") -> Row:
        """What the list says of an account.

        Raises:
            AirbyteTracedException: As `config_error`, if the account that the setting names is not in the list.
            Incomplete: It is not, but the list is not whole.
        """
        if advertiser_id not in self.rows:
            self.check_whole()
            raise config_error(
                f"`{setting}` {advertiser_id} is not among the {len(self.rows)} accounts that this access token "
                f"may read: correct the id, or authorise the app for that account; it may read {self._names()}."
            )
        return self.rows[advertiser_id]

    def _names(self) -> str:
        names = [f"{id_} ({row.get('advertiser_name')})" for id_, row in self.rows.items()]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        return shorten(", ".join(names[:MAX_NAMED]), LONGEST_NAMES) + more
