"""What an analyst wants of the demo: spend by campaign and day, as rows, as a table and as a picture."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import matplotlib as mpl
from matplotlib import dates
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from rich.table import Table

SQL = Path(__file__).with_name("demo.sql")
DAYS_IN_TABLE = 5
# Distinct also for the colour-blind (Okabe and Ito).
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
WIDTH, HEIGHT_OF_PANEL, DPI = 9.5, 2.4, 110

mpl.use("Agg")


class Spent(NamedTuple):
    """What a campaign spent on a day."""

    account: str
    currency: str
    day: date
    campaign: str
    spend: float


Panel = dict[str, dict[date, float]]
"""Of an account: what its campaigns spent, by day."""


def spending(database: Path) -> list[Spent]:
    """Ask the database."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(SQL.read_text()).fetchall()
    return [
        Spent(account, currency, day, campaign, float(spend)) for account, currency, day, campaign, spend in rows
    ]


def panels(rows: Sequence[Spent]) -> dict[str, Panel]:
    """Sort by account, whose currencies cannot be added up; the campaigns that spent most come first."""
    found: dict[str, Panel] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        found[f"{row.account} ({row.currency})"][row.campaign][row.day] = row.spend
    return {
        account: dict(sorted(campaigns.items(), key=lambda one: -sum(one[1].values())))
        for account, campaigns in found.items()
    }


def table(rows: Sequence[Spent]) -> Table:
    """The last days as a table for the terminal."""
    last = max(row.day for row in rows)
    days = [last - timedelta(days=back) for back in reversed(range(DAYS_IN_TABLE))]
    made = Table(title="Spend by campaign and day", title_justify="left")
    made.add_column("campaign", no_wrap=True)
    for name in (*(f"{day:%d %b}" for day in days), "all days"):
        made.add_column(name, justify="right", no_wrap=True)
    for account, campaigns in panels(rows).items():
        made.add_row(f"[bold]{account}")
        for campaign, spent in campaigns.items():
            figures = (f"{spent[day]:,.0f}" if day in spent else "-" for day in days)
            made.add_row(f"  {campaign}", *figures, f"{sum(spent.values()):,.0f}")
        made.add_section()
    return made


def draw(rows: Sequence[Spent], path: Path) -> None:
    """The same as a picture: a panel per account, a bar per day, a colour per campaign."""
    accounts = panels(rows)
    figure, axes = plt.subplots(
        len(accounts), sharex=True, squeeze=False, figsize=(WIDTH, HEIGHT_OF_PANEL * len(accounts) + 0.8)
    )
    for (account, campaigns), panel in zip(accounts.items(), axes[:, 0], strict=True):
        _draw_panel(panel, account, campaigns)
    lowest = axes[-1, 0]
    lowest.xaxis.set_major_locator(dates.WeekdayLocator(dates.MO))  # type: ignore[no-untyped-call]
    lowest.xaxis.set_major_formatter(dates.DateFormatter("Mon %d %b"))  # type: ignore[no-untyped-call]
    lowest.set_xlabel("Day in the account's time zone; the last one is still running")
    figure.suptitle("TikTok ad spend per day, by campaign", x=0.01, ha="left", weight="bold")
    figure.tight_layout()
    figure.savefig(path, dpi=DPI)
    plt.close(figure)


def _draw_panel(panel: Axes, account: str, campaigns: Panel) -> None:
    for colour, (campaign, days, heights, bottoms) in zip(COLOURS, _bars(campaigns), strict=False):
        panel.bar(days, heights, bottom=bottoms, width=0.85, color=colour, label=campaign)  # type: ignore[arg-type]
    currency = account.rpartition("(")[2].rstrip(")")
    panel.set_title(account.rpartition(" (")[0], loc="left", fontsize=10)
    panel.set_ylabel(f"{currency} per day")
    panel.yaxis.set_major_formatter("{x:,.0f}")
    panel.grid(axis="y", alpha=0.3)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9, frameon=False, reverse=True)


def _bars(campaigns: Panel) -> Iterator[tuple[str, list[date], list[float], list[float]]]:
    """Each campaign's days, with the height of its bars and of what lies below them."""
    below: dict[date, float] = defaultdict(float)
    for campaign, spent in campaigns.items():
        yield campaign, list(spent), list(spent.values()), [below[day] for day in spent]
        for day, spend in spent.items():
            below[day] += spend
