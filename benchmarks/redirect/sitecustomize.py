# ruff: noqa: INP001 -- Python finds this module by the folder that PYTHONPATH names.
"""Leads Airbyte's releases to the emulator: Python imports this module by its name, as it starts.

They know no other host than TikTok's. Beyond that, the requests stay as they are.
"""

import enum
import os
from typing import Any

from requests.adapters import HTTPAdapter

TIKTOK = "https://business-api.tiktok.com"

send = HTTPAdapter.send
format_enum = enum.Enum.__format__


def send_to_emulator(self: HTTPAdapter, request: Any, *arguments: Any, **options: Any) -> Any:
    """Send a request to the emulator that is meant for TikTok."""
    request.url = request.url.replace(TIKTOK, os.environ["BENCHMARK_API"], 1)
    return send(self, request, *arguments, **options)


def format_as_before(self: enum.Enum, spec: str) -> str:
    """Format a member as Python did until 3.10, for which 3.9.10 was written: by its value, if that is text."""
    return str.__format__(self.value, spec) if isinstance(self, str) else format_enum(self, spec)


HTTPAdapter.send = send_to_emulator  # type: ignore[method-assign]
enum.Enum.__format__ = format_as_before  # type: ignore[assignment,method-assign]
