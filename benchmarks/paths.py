"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"
WORKSHOP = ROOT / ".bench"
RESULTS = WORKSHOP / "results.json"
TRIAL = WORKSHOP / "trial.json"
DOCUMENT = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "performance.svg"
