"""Whole-process tests and the TikTok emulator that they talk to."""
