"""How a kind of stream reads: a class per behaviour, a catalogue row per stream, from slice to proven records.

May import the accounts, the API, the settings, the catalogue and the context. Knows no thread and no message.
"""

from source_tiktok_marketing.catalog.streams import Entity, Row
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.accounts import AccountStream
from source_tiktok_marketing.streams.base import TiktokStream
from source_tiktok_marketing.streams.entities import EntityStream
from source_tiktok_marketing.streams.reports import ReportStream

__all__ = ["TiktokStream", "stream_of"]


def stream_of(row: Row, context: Context) -> TiktokStream:
    """The stream that reads a catalogue row."""
    if not isinstance(row, Entity):
        return ReportStream(row, context)
    return EntityStream(row, context) if row.page_size else AccountStream(row, context)
