"""What the documents give to copy is right, where no other test runs it as it is written.

The README's commands are run by `integration_tests/test_readme.py` and `test_archives.py`, the examples by
`make examples`.
"""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from source_tiktok_marketing.api.client import PRODUCTION_HOST, VERSION_PATH
from source_tiktok_marketing.catalog import streams
from source_tiktok_marketing.settings.config import Config
from unit_tests.builders import raw_config
from unit_tests.test_packaging import GUIDE, ROOT

BLOCK = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)
CONTRIBUTING, SECURITY = ROOT / "CONTRIBUTING.md", ROOT / "docs" / "security.md"
# How the blocks of a document begin that a test below holds, or one beside it.
HELD = {
    GUIDE: ("curl ", '"custom_reports"', "CREATE OR REPLACE VIEW ", "SELECT "),  # SQL: test_star_schema.py
    CONTRIBUTING: (
        "export ",
        "source_tiktok_marketing/",
        "Config ->",
        "Report(",
        "ShopReport(",
        "Entity(",
        "likes,",
    ),
    SECURITY: (".venv/bin/uv ",),
    ROOT / "docs" / "migration.md": (),
    ROOT / "docs" / "scale.md": (),
    ROOT / "docs" / "truth.md": (),
}
EXAMPLES = (ROOT / "examples" / "README.md", ROOT / "examples" / "dbt" / "README.md")


def blocks(document: Path, beginning: str = "") -> list[str]:
    """The indented blocks of a document that begin so."""
    found = (re.sub(r"^ {4}", "", block, flags=re.MULTILINE) for block in BLOCK.findall(document.read_text()))
    return [block.strip() for block in found if block.strip().startswith(beginning)]


@pytest.mark.parametrize("document", HELD, ids=lambda path: path.name)
def test_no_block_stands_in_a_document_without_a_test(document: Path) -> None:
    assert [block for block in blocks(document) if not block.startswith(HELD[document] or "-")] == []


def test_the_commands_for_the_cdks_tests_name_what_exists() -> None:
    (block,) = blocks(CONTRIBUTING, "export ")
    code = "".join(path.read_text() for path in (ROOT / "source_tiktok_marketing").rglob("*.py"))

    assert [name for name in re.findall(r"\b(TIKTOK_[A-Z_]+)=", block) if f'"{name}"' not in code] == []
    for program in re.findall(r"^\.venv/bin/(\S+)", block, re.MULTILINE):
        assert Path(sys.executable).with_name(program).exists()


def test_the_guides_report_of_ones_own_is_a_valid_one() -> None:
    (block,) = blocks(GUIDE, '"custom_reports"')

    config = Config.parse(raw_config(**json.loads(f"{{{block}}}")))

    assert [report.name for report in config.custom_reports] == ["campaigns_by_language_daily"]


def test_the_guides_request_for_a_token_goes_to_tiktok() -> None:
    (block,) = blocks(GUIDE, "curl")

    words = shlex.split(block)

    url, body = words[3], words[-1]
    assert url == f"https://{PRODUCTION_HOST}{VERSION_PATH}oauth2/access_token/"
    assert json.loads(body).keys() == {"app_id", "secret", "auth_code"}


@pytest.mark.parametrize("kind", ["Report", "ShopReport", "Entity"])
def test_a_row_that_stands_for_how_to_add_one_is_a_row_of_the_catalogue(kind: str) -> None:
    rows = [eval(block.rstrip(","), vars(streams)) for block in blocks(CONTRIBUTING, f"{kind}(")]  # noqa: S307

    assert rows
    assert [row.name for row in rows if row not in streams.STREAMS] == []


def test_the_metrics_that_stand_for_how_to_add_one_are_lines_of_the_table() -> None:
    (block,) = blocks(CONTRIBUTING, "likes,")
    table = (ROOT / "source_tiktok_marketing" / "catalog" / "metrics.csv").read_text().splitlines()

    assert [line for line in block.splitlines() if line not in table] == []


def test_the_map_names_files_that_exist() -> None:
    (map_,) = blocks(CONTRIBUTING, "source_tiktok_marketing/")
    names = re.findall(r"^  (\w+(?:\.py|/)) ", map_, re.MULTILINE)

    assert len(names) > 8
    assert [name for name in names if not (ROOT / "source_tiktok_marketing" / name).exists()] == []


def test_the_audit_reads_a_lock_that_exists() -> None:
    (command,) = blocks(SECURITY, ".venv/bin/uv ")

    assert (ROOT / command.split()[-1]).is_file()


@pytest.mark.parametrize("document", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_know_what_their_commands_name(document: Path) -> None:
    lines = [
        line for block in BLOCK.findall(document.read_text()) for line in block.replace("\\\n", "").splitlines()
    ]
    code = "".join(path.read_text() for path in (ROOT / "examples").rglob("*") if path.suffix in (".py", ".yml"))
    options = {name for line in lines if "examples/" in line for name in re.findall(r" (--[a-z-]+)", line)}
    variables = {name for line in lines for name in re.findall(r"\b((?:TIKTOK|PG)_?[A-Z]+)=", line)}

    assert lines
    # `--tags` is Dagster's own.
    assert [name for name in options - {"--tags"} if f'"{name}"' not in code] == []
    assert [name for name in variables if name not in code] == []
