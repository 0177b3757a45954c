"""What `advertiser/info/` says of accounts: their time zone, currency and time of creation."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import orjson

from source_tiktok_marketing.accounts.account_list import Row
from source_tiktok_marketing.api.client import TiktokClient
from source_tiktok_marketing.api.codes import ACCOUNT
from source_tiktok_marketing.api.errors import Answer, ApiError, Refused, Unavailable, documented_shape
from source_tiktok_marketing.api.retries import ENDLESS, SHORT_PATIENCE

INFO_ENDPOINT = "advertiser/info/"
MAX_IDS_PER_REQUEST = 100
# So many failures without a single answer are not about single accounts: the app lacks the permission.
HOPELESS_FAILURES = 25


class AccountInfos:
    """Reads what TikTok says of accounts around those that it refuses or chokes on: one fails the whole request.

    Args:
        client: Way to TikTok.
    """

    def __init__(self, client: TiktokClient) -> None:
        self._client = client
        self._answers = self._failures = 0

    def read(self, ids: Sequence[str]) -> Iterator[tuple[str, Row | ApiError]]:
        """What is said of each account, or the failure that stands in its place."""
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


def _by_id(answer: Answer) -> dict[str, Row]:
    with documented_shape():
        return {str(row["advertiser_id"]): row for row in answer.data.get("list") or []}


def _left_out(answer: Answer, advertiser_id: str) -> Refused:
    """A success that says nothing of an account, as the refusal that it is."""
    silence = replace(answer, rule=ACCOUNT, message="nothing about this account", data={})
    return Refused(silence, f"{INFO_ENDPOINT} for account {advertiser_id}")
