"""Airbyte source for TikTok Ads, on the TikTok API for Business v1.3."""

from source_tiktok_marketing.source import SourceTiktokMarketing

__all__ = ["SourceTiktokMarketing"]
