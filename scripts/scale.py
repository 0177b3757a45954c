"""The tables of `docs/scale.md`: how many requests syncs send, and how long TikTok's limits make them take.

Requests follow from the catalogue: every report window and every list is taken for one page, and every account for
active on every day. So the figures are what a sync of many usual accounts takes at most; pages beyond the first
come on top, a request for each 1,000 rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from source_tiktok_marketing.accounts.account_infos import MAX_IDS_PER_REQUEST
from source_tiktok_marketing.api.limits import LEVELS
from source_tiktok_marketing.api.rate_limits import HEADROOM
from source_tiktok_marketing.catalog.streams import STREAMS, Report, Row
from source_tiktok_marketing.catalog.vocabulary import Granularity, Level

ACCOUNTS = (1, 10, 100, 1_000, 10_000)
OBJECTS = frozenset({"campaigns", "ad_groups", "ads"})
# A year at first; then yesterday's last day, the three before it that are read again, and today.
FIRST_SYNC, DAILY_SYNC = 365, 5
# CPU milliseconds of an answer, from `docs/performance.md`.
CPU_OF = {
    "A few rows": 5.0,
    "1,000 rows of 30 metrics": 19.0,
    "1,000 rows of all metrics": 51.0,
}
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class Job:
    """Streams that are read together."""

    title: str
    streams: tuple[Row, ...]

    def requests(self, accounts: int, days: int) -> int:
        """How many requests a sync of these days sends."""
        look_ups = 1 + -(-accounts // MAX_IDS_PER_REQUEST)
        looks_for_top_view = any(
            isinstance(row, Report) and row.level is not Level.ADVERTISER for row in self.streams
        )
        of_an_account = sum(requests_of(row, days) for row in self.streams) + looks_for_top_view
        return look_ups + accounts * of_an_account


def requests_of(row: Row, days: int) -> int:
    """How many requests a stream sends for an account."""
    if not isinstance(row, Report):
        return 2  # TopView may only be asked for alone.
    return 1 if row.granularity is Granularity.LIFETIME else -(-days // row.granularity.max_days)


def _jobs() -> Iterator[Job]:
    objects = tuple(row for row in STREAMS if row.name in OBJECTS)
    reports = tuple(row for row in STREAMS if isinstance(row, Report))
    daily = tuple(row for row in reports if row.name.endswith("s_reports_daily") and not row.by)
    yield Job("Campaigns, ad groups, ads, and their daily reports", objects + daily)
    yield Job("Campaigns, ad groups, ads, and every report, hourly ones included", objects + reports)


JOBS = tuple(_jobs())


def duration(seconds: float) -> str:
    """A time for people."""
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{max(1, round(seconds))} s"


def times_table() -> str:
    """Return how long syncs take at each level, by their requests alone."""
    return "\n\n".join(
        f"{job.title}, {kind}:\n\n{_times(job, days)}"
        for job in JOBS
        for kind, days in (("the first year", FIRST_SYNC), ("a daily sync", DAILY_SYNC))
    )


def _times(job: Job, days: int) -> str:
    rows = []
    for accounts in ACCOUNTS:
        requests = job.requests(accounts, days)
        paces = (limit.per_second * HEADROOM for limit in LEVELS.values())
        rows.append((f"{accounts:,}", f"{requests:,}", *(duration(requests / pace) for pace in paces)))
    return _table(("Accounts", "Requests", *LEVELS), rows)


def cores_table() -> str:
    """Return how much of a core the full pace of each level takes."""
    rows = [
        (
            answer,
            f"{milliseconds:g}",
            *(f"{limit.per_second * HEADROOM * milliseconds / 10:.0f} %" for limit in LEVELS.values()),
        )
        for answer, milliseconds in CPU_OF.items()
    ]
    return _table(("Each answer has", "CPU ms", *LEVELS), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = (head, ("---:",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


BLOCKS: dict[str, Callable[[], str]] = {"times": times_table, "cores": cores_table}
