"""How far each account of a stream has been read, and every form in which that was ever stored.

State is emitted in the CDK's per-partition shape, so that a user can go back to Airbyte's connector as well as
come from it:

    {"use_global_cursor": false,
     "states": [{"partition": {"advertiser_id": "7", "parent_slice": {}},
                 "cursor": {"stat_time_day": "2024-02-09"}}]}

Read are that shape with more or fewer keys, and one cursor for the whole stream (Airbyte's 3.x and before), nested
under `dimensions` or not; dates with and without a time, with a space or a `T`, with or without `Z`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pendulum
from pendulum import Date, DateTime, Duration

from source_tiktok_marketing.accounts.windows import Window
from source_tiktok_marketing.settings.fields import quoted

State = dict[str, Any]

TIME_FORMAT = "YYYY-MM-DD HH:mm:ss"
# What the CDK stores for a stream that cannot go on where it was.
SENTINELS = frozenset(
    {
        "__ab_no_cursor_state_message",
        "__ab_full_refresh_state_message",
        "__ab_full_refresh_sync_complete",
    }
)


# The keys of a state around its cursor.
STATE_KEYS = frozenset({"use_global_cursor", "states", "state", "lookback_window", "parent_state"})


class UnreadableState(Exception):
    """A stored state that this connector cannot read."""


def parse_time(text: Any) -> DateTime:
    """A moment in UTC from any form in which TikTok or a connector writes one."""
    try:
        Date.fromisoformat(str(text).strip()[:10])  # Alone, a time of day would be taken for today's.
        # A trailing Z behind a space-separated time is Airbyte's, and no ISO form.
        parsed = pendulum.parse(str(text).strip().removesuffix("Z"), tz="UTC")
    except ValueError:
        parsed = None
    if not isinstance(parsed, DateTime):
        raise UnreadableState(f"{quoted(text)} is no date or time")
    return parsed.in_timezone("UTC")


class Watermarks:
    """The stored state of a stream: a watermark per account, or one for every account.

    Args:
        field: The stream's cursor field.
        state: The stored state in any of its forms; None or {} for a first sync.
        owners: What tells apart whose watermarks they are: the account, and within it the shop, or the Business
            Center; where there are two, both together, joined by a slash, are an "account" below.

    Raises:
        UnreadableState: If the state holds something else.
    """

    def __init__(
        self, field: str, state: Mapping[str, Any] | None, owners: Sequence[str] = ("advertiser_id",)
    ) -> None:
        self.field = field
        self._owners = tuple(owners)
        # Grows whenever there is something new to store.
        self.version = 0
        # None where an account has no watermark although others have a common one.
        self._by_account: dict[str, DateTime | None] = {}
        self._common: DateTime | None = None
        if state and not SENTINELS & state.keys():
            self._read(state)

    def _read(self, state: Mapping[str, Any]) -> None:
        states = state.get("states") or []
        try:
            if state.get("use_global_cursor") or not states:
                self._common = self._value(state.get("state") or state)
            if self._common and state.get("use_global_cursor"):
                # The CDK's global cursor may be ahead of a slow account by as much as this, in seconds.
                self._common = self._common.subtract(seconds=int(state.get("lookback_window") or 0))
            elif not self._common:
                for entry in states:
                    self._read_partition(self._account_of(entry["partition"]), self._value(entry["cursor"]))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise UnreadableState("it has a form that no version has written") from error

    def _read_partition(self, account: str, value: DateTime | None) -> None:
        if value:
            # Airbyte splits some streams further, by buying type or store: the oldest watermark loses nothing.
            self._by_account[account] = min(value, self._by_account.get(account) or value)

    def _value(self, cursor: Mapping[str, Any]) -> DateTime | None:
        nested = cursor.get("dimensions")
        fields = nested if isinstance(nested, Mapping) else cursor
        if fields.keys() - STATE_KEYS and self.field not in fields:
            raise UnreadableState(f"it holds no `{self.field}`")
        value = fields.get(self.field)
        return parse_time(value) if value else None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts with a watermark of their own."""
        return tuple(self._by_account)

    def of(self, account: str) -> DateTime | None:
        """The watermark of an account, or None if it has not been read before."""
        return self._by_account.get(account, self._common)

    def set(self, account: str, watermark: DateTime) -> None:
        """Move the watermark of an account; never backwards."""
        known = self.of(account)
        if known is None or watermark > known:
            self._by_account[account] = watermark
            self.version += 1

    def bring_back(self, account: str, latest: DateTime, tolerance: Duration) -> bool:
        """Bring a watermark of an account back that lies further ahead than anything can have been read.

        Args:
            account: Whose watermark.
            latest: Where it may lie at most.
            tolerance: How far ahead a right clock may have set it. One beyond that was set by a wrong clock and
                says nothing of what was read: it is dropped.

        Returns:
            Whether it was dropped.
        """
        known = self.of(account)
        if known is None or known <= latest:
            return False
        is_wrong = known > latest + tolerance
        self._by_account[account] = None if is_wrong else latest
        return is_wrong

    def state(self, accounts: Iterable[str], time_format: str) -> State:
        """The state to emit: every account with a watermark, accounts that this sync did not read included."""
        watermarks = {account: self.of(account) for account in (*accounts, *self._by_account)}
        return {
            "use_global_cursor": False,
            "states": [
                {
                    "partition": self._partition(account),
                    "cursor": {self.field: watermark.format(time_format)},
                }
                for account, watermark in sorted(watermarks.items())
                if watermark
            ],
        }

    def _partition(self, account: str) -> dict[str, Any]:
        partition: dict[str, Any] = {}
        for name, value in zip(self._owners, account.split("/"), strict=True):
            partition = {name: value, "parent_slice": partition}
        return partition

    def _account_of(self, partition: Mapping[str, Any]) -> str:
        """Whose partition it is; Airbyte nests the account where it splits accounts further."""
        found: dict[str, str] = {}
        while partition:
            found = {name: str(partition[name]) for name in self._owners if name in partition} | found
            partition = partition.get("parent_slice") or {}
        return "/".join(found[name] for name in self._owners)


class WindowProgress:
    """Which windows of one account are read, in any order; what may be trusted is what has no hole before it.

    Args:
        windows: The account's windows, oldest first, without gaps.
    """

    def __init__(self, windows: Iterable[Window]) -> None:
        self._windows = iter(windows)
        self._oldest = next(self._windows, None)
        self._closed: set[Window] = set()
        self.trusted_until: Date | None = None

    def close(self, window: Window) -> None:
        """Note a window as read and proven; `trusted_until` is then the last day before the first open one."""
        self._closed.add(window)
        while self._oldest in self._closed:
            self._closed.remove(self._oldest)
            self.trusted_until = self._oldest[1]
            self._oldest = next(self._windows, None)
