"""What the documents of the examples name exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import EXAMPLES, Stage

DOCUMENTS = (EXAMPLES / "README.md", EXAMPLES / "dbt" / "README.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.parent.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_example_is_described() -> None:
    text = DOCUMENTS[0].read_text()
    assert [path.name for path in EXAMPLES.glob("*.py") if f"({path.name})" not in text] == []


def test_every_model_is_described() -> None:
    text = DOCUMENTS[1].read_text()
    models = [path.stem for path in (EXAMPLES / "dbt" / "models").rglob("*.sql")]
    assert [name for name in models if f"`{name}`" not in text] == []


def test_the_line_for_duckdb_runs_as_it_is_written(stage: Stage) -> None:
    stage.file("config.json", stage.config)
    stage.catalog("advertisers", "ads_reports_daily")
    (stage.folder / ".venv-examples").symlink_to(Path(sys.executable).parents[1])
    (stage.folder / "examples").symlink_to(EXAMPLES)
    lines = re.findall(r"(    source-tiktok-marketing read .*\|\n.*)", DOCUMENTS[0].read_text())

    for command in lines:
        process = stage.start("sh", "-c", command, stdout=subprocess.PIPE)
        told, _ = process.communicate()
        assert process.returncode == 0
        assert b"ads_reports_daily" in told
    assert len(lines) == 2
