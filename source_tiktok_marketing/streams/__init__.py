"""How a kind of stream reads: a class per behaviour, a catalogue row per stream, from slice to proven records.

May import the accounts, the API, the settings, the catalogue and the context. Knows no thread and no message.
"""

from collections.abc import Sequence

from source_tiktok_marketing.catalog.streams import ACCOUNT_DAYS, Entity, Row
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.accounts import AccountStream
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.entities import EntityStream
from source_tiktok_marketing.streams.reports import ReportStream
from source_tiktok_marketing.streams.survey import Survey

__all__ = ["TiktokStream", "skip_silent_days", "stream_of"]


def stream_of(row: Row, context: Context) -> TiktokStream:
    """The stream that reads a catalogue row."""
    if not isinstance(row, Entity):
        return ReportStream(row, context)
    return EntityStream(row, context) if row.page_size else AccountStream(row, context)


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
    skipping = [stream for stream in reports if not stream.row.is_account_days and not stream.row.query_lifetime]
    lifetimes = len(reports) - len(own) - len(skipping)
    survey = Survey(context, own[0] if own else ReportStream(ACCOUNT_DAYS, context), skipping, lifetimes)
    for stream in reports:
        stream.survey = survey
    return [*objects, *sorted(reports, key=lambda stream: not stream.row.is_account_days)]
