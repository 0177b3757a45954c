"""Streams: one class per behaviour, one catalogue row per stream."""

from source_tiktok_marketing.catalog import Entity, Row
from source_tiktok_marketing.streams.accounts import AccountStream
from source_tiktok_marketing.streams.base import Context, TiktokStream
from source_tiktok_marketing.streams.entities import EntityStream
from source_tiktok_marketing.streams.reports import ReportStream

__all__ = ["Context", "TiktokStream", "stream_of"]


def stream_of(row: Row, context: Context) -> TiktokStream:
    """The stream that reads a catalogue row."""
    if not isinstance(row, Entity):
        return ReportStream(row, context)
    return EntityStream(row, context) if row.page_size else AccountStream(row, context)
