"""What of a list has changed since a watermark. TikTok cannot be asked, so it is told from times in the rows."""

import re
from typing import Any

from pendulum import DateTime

from source_tiktok_marketing.accounts.watermarks import UnreadableState, parse_time
from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY
from source_tiktok_marketing.streams.values import Record, UnreadableValue

TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d+)?Z?)?")


class Changes:
    """The changed objects of lists, and the latest change of each list.

    Args:
        field: The field that dates an object's last change; None where there is none.
    """

    def __init__(self, field: str | None) -> None:
        self._field = field
        self._newest: dict[str, str] = {}

    def since(self, time: str, rows: list[Record], owner: str) -> list[Record]:
        """The rows that changed then or later, and those without a time of change.

        Args:
            time: As `YYYY-MM-DD HH:MM:SS` in UTC; "" for all rows.
            rows: A page of a list.
            owner: Whose list it is.

        Raises:
            UnreadableValue: A row holds something else than a time.
        """
        field = self._field
        if not field:
            return rows
        kept = []
        newest = self._newest.get(owner, "")
        for row in rows:
            changed = _comparable(field, row.get(field))
            if not changed or changed >= time:
                kept.append(row)
                newest = max(newest, changed)
        if newest:
            _moment(field, newest)
        self._newest[owner] = newest
        return kept

    def take_newest(self, owner: str) -> DateTime | None:
        """The latest change in the pages of a list that were asked about; they are forgotten with that."""
        newest = self._newest.pop(owner, "")
        return _moment(self._field or "", newest) if newest else None


def _comparable(field: str, time: Any) -> str:
    """A time of change as `YYYY-MM-DD HH:MM:SS`, which sorts as text; "" for none.

    TikTok writes `2024-02-09 10:00:00` for campaigns and `2024-02-09T10:00:00Z` for assets, both in UTC. What is
    written in another way cannot be compared, and would be left out or become the watermark.
    """
    if not time or time == "-":
        return ""
    if not isinstance(time, str) or not TIME.fullmatch(time):
        raise UnreadableValue(field, time, "a time")
    # TikTok's zero dates are of the years 0, 1 and 1970.
    return f"{time[:10]} {time[11:19] or '00:00:00'}" if time >= str(FIRST_DAY) else ""


def _moment(field: str, newest: str) -> DateTime:
    """A latest change as a moment; what is none would sort behind all times and become the watermark."""
    try:
        return parse_time(newest)
    except UnreadableState:
        raise UnreadableValue(field, newest, "a time") from None
