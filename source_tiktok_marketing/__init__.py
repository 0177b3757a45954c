"""Airbyte source for TikTok Ads, on the TikTok API for Business v1.3."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_tiktok_marketing.source import SourceTiktokMarketing

__all__ = ["SourceTiktokMarketing"]


def __getattr__(name: str) -> Any:
    """Import the source when it is asked for, so that the catalogue can be read where the CDK is not installed."""
    if name != "SourceTiktokMarketing":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from source_tiktok_marketing.source import SourceTiktokMarketing  # noqa: PLC0415  # that is the point

    return SourceTiktokMarketing
