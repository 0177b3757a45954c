"""What is written about the connector outside of its code agrees with the code."""

import fnmatch
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from airbyte_cdk.models.connector_metadata import ConnectorLanguage, MetadataFile
from packaging.requirements import Requirement

from source_tiktok_marketing.api.client import PRODUCTION_HOST, SANDBOX_HOST
from source_tiktok_marketing.api.retries import SYNC_PATIENCE
from source_tiktok_marketing.catalog.streams import STREAMS
from source_tiktok_marketing.settings.spec import DOCUMENTATION_URL, connection_specification

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
README, GUIDE = ROOT / "README.md", ROOT / "docs" / "tiktok-marketing.md"
MIGRATION = ROOT / "docs" / "migration.md"
LOCK, RUNTIME_LOCK = ROOT / "requirements.lock", ROOT / "requirements-runtime.lock"
BUILD_LOCK = ROOT / "requirements-build.lock"
EXAMPLES_LOCKS = sorted((ROOT / "examples").glob("*.lock"))

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
METADATA = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]

MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|root|home|Users|tmp)/\w+")
REGISTRY = re.compile(r"\b(?:pypi|pythonhosted|npmjs|crates|proxy\.golang)\.(?:org|io)\b")


def pinned(lock: Path) -> dict[str, list[Requirement]]:
    """Every pin of a lock by name; a name has several where Python versions need different ones."""
    pins: dict[str, list[Requirement]] = {}
    for line in re.findall(r"^(\w\S+==[^\\\n]+)", lock.read_text(), re.MULTILINE):
        requirement = Requirement(line)
        pins.setdefault(requirement.name, []).append(requirement)
    return pins


def project_files() -> Iterator[Path]:
    """The files of the project: all that .gitignore does not name."""
    ignored = [
        line.strip("/") for line in (ROOT / ".gitignore").read_text().split("\n") if line[:1] not in ("", "#")
    ]
    ignored.append(".git")
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not any(fnmatch.fnmatch(name, one) for one in ignored)]
        yield from (Path(folder, name) for name in names if not any(fnmatch.fnmatch(name, one) for one in ignored))


# A template's links hold where the document is written that comes of it.
DOCUMENTS = sorted(path for path in project_files() if path.suffix == ".md" and ".template" not in path.suffixes)


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]

    assert METADATA["dockerImageTag"] == version
    name = METADATA["dockerRepository"]
    assert f'LABEL io.airbyte.name="{name}" io.airbyte.version="{version}"\n' in (ROOT / "Dockerfile").read_text()
    assert f"## [{version}] - " in (ROOT / "CHANGELOG.md").read_text()


def test_the_metadata_is_what_airbyte_accepts() -> None:
    metadata = MetadataFile.from_file(ROOT / "metadata.yaml").data

    assert metadata.language is ConnectorLanguage.PYTHON


def test_the_platform_waits_longer_than_the_connector_waits_for_tiktok() -> None:
    assert METADATA["maxSecondsBetweenMessages"] > max(SYNC_PATIENCE.values())


def test_metadata_and_project_say_the_same() -> None:
    assert METADATA["license"] == PROJECT["project"]["license"]
    assert METADATA["documentationUrl"] == PROJECT["project"]["urls"]["Documentation"] == DOCUMENTATION_URL
    assert (ROOT / METADATA["icon"]).is_file()
    assert METADATA["dockerRepository"].endswith(PROJECT["project"]["name"])


def test_only_the_hosts_that_the_client_knows_are_allowed() -> None:
    assert sorted(METADATA["allowedHosts"]["hosts"]) == sorted([PRODUCTION_HOST, SANDBOX_HOST])


def test_suggested_streams_exist() -> None:
    assert set(METADATA["suggestedStreams"]["streams"]) <= {row.name for row in STREAMS}


def test_the_image_is_built_on_the_base_of_the_metadata() -> None:
    assert f"BASE_IMAGE={METADATA['connectorBuildOptions']['baseImage']}\n" in (ROOT / "Dockerfile").read_text()


def test_every_stream_is_documented() -> None:
    text = GUIDE.read_text()

    assert [row.name for row in STREAMS if f"| `{row.name}` |" not in text] == []


def test_the_documents_name_streams_that_exist_and_as_many_as_there_are() -> None:
    text, names = MIGRATION.read_text(), {row.name for row in STREAMS}
    counterparts = re.findall(r"^\| `\w+` \| `(\w+)` \|$", text, re.MULTILINE)

    assert len(counterparts) == 9
    assert set(counterparts) <= names
    assert f"{len(names) - len(counterparts)} more streams" in text
    for document in (README.read_text(), text):
        assert [int(count) for count in re.findall(r"\b(\d\d)(?: streams read|, and \[reports)", document)] == [
            len(names)
        ]


def test_every_setting_is_documented() -> None:
    text, fields = GUIDE.read_text(), connection_specification()["properties"]
    variants = [
        f"credentials.{name}" for variant in fields["credentials"]["oneOf"] for name in variant["properties"]
    ]

    assert [name for name in (*fields, *variants) if f"| `{name}` |" not in text] == []


def test_generated_tables_and_catalogue_are_up_to_date() -> None:
    command = [sys.executable, "scripts/docs.py", "--check"]

    checked = subprocess.run(  # noqa: S603  # our own script
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": "."}, capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr


def anchors(document: Path) -> set[str]:
    """The headings of a document as links name them."""
    titles = re.findall(r"^#+ (.*)", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets: list[Any] = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", document.read_text())
    for target, anchor in targets:
        path = document.parent / target if target else document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), (target, anchor)


def test_every_document_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(docs/(\w[\w-]*\.md)", README.read_text()))

    assert {path.name for path in (ROOT / "docs").glob("*.md")} - linked == {"fields.md", "scale.md"}
    assert {"(fields.md)", "(scale.md)"} <= set(re.findall(r"\(\w+\.md\)", GUIDE.read_text()))


@pytest.mark.parametrize("name", ["truth.md", "security.md"])
def test_every_test_that_a_document_names_exists(name: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / name).read_text()))
    tests = [
        path.read_text()
        for folder in ("unit_tests", "integration_tests")
        for path in (ROOT / folder).rglob("*.py")
    ]
    existing = set(re.findall(r"^def (test_\w+)", "\n".join(tests), re.MULTILINE))

    assert len(named) > 40
    assert sorted(named - existing) == []


@pytest.mark.parametrize("lock", [LOCK, RUNTIME_LOCK, BUILD_LOCK, *EXAMPLES_LOCKS], ids=lambda path: path.name)
def test_a_lock_names_no_host_and_has_a_hash_for_every_pin(lock: Path) -> None:
    text = lock.read_text()

    assert "://" not in text
    assert len(re.findall(r"^\w.*\\\n +--hash=sha256:", text, re.MULTILINE)) == len(
        re.findall(r"^\w", text, re.MULTILINE)
    )


def test_the_locks_pin_every_direct_dependency_within_its_bounds() -> None:
    runtime, groups = PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]
    development = [*groups["build"], *(wanted for wanted in groups["dev"] if isinstance(wanted, str))]
    for lock, direct in ((RUNTIME_LOCK, runtime), (LOCK, runtime + development), (BUILD_LOCK, groups["build"])):
        pins = pinned(lock)
        for wanted in map(Requirement, direct):
            versions = [next(iter(pin.specifier)).version for pin in pins[wanted.name]]
            assert versions, wanted
            assert all(wanted.specifier.contains(version) for version in versions), wanted


def test_the_image_gets_the_versions_that_were_tested() -> None:
    tested = pinned(LOCK)

    for lock in (RUNTIME_LOCK, BUILD_LOCK):
        assert {name: pins for name, pins in pinned(lock).items() if tested.get(name) != pins} == {}


def test_no_file_names_a_path_of_a_machine_or_a_package_registry() -> None:
    found = {}
    for path in project_files():
        text = path.read_bytes().decode(errors="replace")
        if match := MACHINE_PATH.search(text) or REGISTRY.search(text):
            found[str(path.relative_to(ROOT))] = match[0]

    assert found == {}
