"""What `docs/scale.md` computes is what the streams ask for."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from source_tiktok_marketing.catalog.streams import STREAMS, Report
from source_tiktok_marketing.streams import stream_of
from unit_tests.builders import ACCOUNT, OTHER_ACCOUNT, context_of, names, raw_config

REPORTS = tuple(row for row in STREAMS if isinstance(row, Report))


@pytest.fixture(scope="module")
def scale() -> ModuleType:
    path = Path(__file__).parent.parent / "scripts" / "scale.py"
    spec = importlib.util.spec_from_file_location("scale", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("row", REPORTS, ids=names(REPORTS))
def test_a_report_is_counted_with_a_request_for_each_of_its_windows(scale: ModuleType, row: Report) -> None:
    # The clock of the tests shows 2024-02-10.
    config = raw_config(start_date="2023-02-11", skip_silent_days=False)
    infos = {account: {"timezone": "UTC", "create_time": 1} for account in (ACCOUNT, OTHER_ACCOUNT)}
    slices = list(stream_of(row, context_of(config, infos=infos)).stream_slices())

    assert len(slices) == 2 * scale.requests_of(row, 365)


def test_the_tables_tell_days_hours_minutes_and_seconds(scale: ModuleType) -> None:
    found = [scale.duration(seconds) for seconds in (0.2, 119, 120, 7_199, 7_200, 172_799, 172_800)]
    assert found == ["1 s", "119 s", "2.0 min", "120.0 min", "2.0 h", "48.0 h", "2.0 days"]
