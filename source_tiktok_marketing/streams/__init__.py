"""How a kind of stream reads: a class per behaviour, a catalogue row per stream, from slice to proven records.

May import the accounts, the API, the settings, the catalogue and the context. Knows no thread and no message.
"""

from collections.abc import Sequence

from source_tiktok_marketing.accounts.account_infos import INFO_ENDPOINT
from source_tiktok_marketing.accounts.account_list import LIST_ENDPOINT
from source_tiktok_marketing.catalog.rows import Entity, Owner, Report, Row, ShopReport
from source_tiktok_marketing.catalog.streams import ACCOUNT_DAYS
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.accounts import AccountStream
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.centers import CenterStream, DailyCostStream, TokenStream, TransactionStream
from source_tiktok_marketing.streams.children import ChildStream, PixelStatisticsStream
from source_tiktok_marketing.streams.entities import EntityStream
from source_tiktok_marketing.streams.identities import IDENTITY_ENDPOINT, IdentityStream
from source_tiktok_marketing.streams.reports import ReportStream
from source_tiktok_marketing.streams.shops import ShopReportStream
from source_tiktok_marketing.streams.survey import Survey

__all__ = ["TiktokStream", "skip_silent_days", "stream_of"]


def stream_of(row: Row, context: Context) -> TiktokStream:
    """The stream that reads a catalogue row."""
    match row:
        case Report():
            return ReportStream(row, context)
        case ShopReport():
            return ShopReportStream(row, context)
        case Entity():
            return _behaviour_of(row)(row, context)


def _behaviour_of(row: Entity) -> type[EntityStream | AccountStream]:
    if row.endpoint in (LIST_ENDPOINT, INFO_ENDPOINT):
        return AccountStream
    if row.endpoint == IDENTITY_ENDPOINT:
        return IdentityStream
    if row.by_day:
        return DailyCostStream if row.owner is Owner.CENTER else PixelStatisticsStream
    if row.most_days:
        return TransactionStream
    if row.parent:
        return ChildStream
    return {Owner.TOKEN: TokenStream, Owner.CENTER: CenterStream, Owner.ACCOUNT: EntityStream}[row.owner]


def skip_silent_days(streams: Sequence[TiktokStream]) -> list[TiktokStream]:
    """Have the streams of a sync share what is known of silent days, where the configuration wants it.

    Returns:
        The streams in the order in which most is known soonest: objects, whose lists tell of TopView, then the
        accounts' own days, then all else.
    """
    context = streams[0].context
    # The sandbox has no account level.
    if context.config.sandbox or not context.config.skip_silent_days:
        return list(streams)
    objects = [stream for stream in streams if not isinstance(stream, ReportStream)]
    reports = [stream for stream in streams if isinstance(stream, ReportStream)]
    own = [stream for stream in reports if stream.row.is_account_days]
    skipping = [stream for stream in reports if _skips(stream.row)]
    others = len(reports) - len(own) - len(skipping)
    survey = Survey(context, own[0] if own else ReportStream(ACCOUNT_DAYS, context), skipping, others)
    for stream in (*own, *skipping):
        stream.survey = survey
    return [*objects, *sorted(reports, key=lambda stream: not stream.row.is_account_days)]


def _skips(row: Report) -> bool:
    """Whether an account's total tells on which days a report has rows; of boosted posts that is not known."""
    return not (row.is_account_days or row.query_lifetime or row.is_of_boosted_posts)
