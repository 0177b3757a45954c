"""A strict, deterministic stand-in for the TikTok API for Business v1.3, which can misbehave on command.

Start with `README.md`. Nothing here knows the connector, nor the reverse: if they shared a vocabulary, both
would accept the same misspelling.
"""

from integration_tests.tiktok_emulator import actions, report_quirks
from integration_tests.tiktok_emulator.access import (
    APP_ID,
    APP_SECRET,
    PRODUCTION_TOKEN,
    SANDBOX_TOKEN,
    Refusal,
    Token,
)
from integration_tests.tiktok_emulator.brands import shop_world
from integration_tests.tiktok_emulator.emulator import Emulator
from integration_tests.tiktok_emulator.faults import RandomFailures
from integration_tests.tiktok_emulator.growth import bench_world, demo_world, populate, promote, small_world
from integration_tests.tiktok_emulator.log import LoggedRequest, most_per_window
from integration_tests.tiktok_emulator.odd_objects import add_odd_objects
from integration_tests.tiktok_emulator.options import Options
from integration_tests.tiktok_emulator.stocking import stock
from integration_tests.tiktok_emulator.world import World

__all__ = [
    "APP_ID",
    "APP_SECRET",
    "PRODUCTION_TOKEN",
    "SANDBOX_TOKEN",
    "Emulator",
    "LoggedRequest",
    "Options",
    "RandomFailures",
    "Refusal",
    "Token",
    "World",
    "actions",
    "add_odd_objects",
    "bench_world",
    "demo_world",
    "most_per_window",
    "populate",
    "promote",
    "report_quirks",
    "shop_world",
    "small_world",
    "stock",
]
