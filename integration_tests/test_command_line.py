"""The command line as a person meets it: help, versions, and files of other tools."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from integration_tests.connector import Connector, Json, configured, production_config

ROOT = Path(__file__).parent.parent


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603  # our own program


@pytest.mark.parametrize(
    ("arguments", "exit_code", "where", "words"),
    [
        ((), 2, "stderr", ("usage:", "examples:", "read --config")),
        (("--help",), 0, "stdout", ("usage:", "examples:", "read --config")),
        (("read", "--help"), 0, "stdout", ("--catalog FILE", "--state FILE")),
        (("--version",), 0, "stdout", (version("source-tiktok-marketing"),)),
        (("check",), 2, "stderr", ("required: --config",)),
        (("catalog", "--help"), 0, "stdout", ("--streams A,B", "no message")),
        (("reed",), 2, "stderr", ("invalid choice: 'reed'",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_a_question_about_the_command_line_is_answered_and_nothing_else(
    arguments: tuple[str, ...], exit_code: int, where: str, words: tuple[str, ...]
) -> None:
    done = run(*arguments)
    said = {"stdout": done.stdout, "stderr": done.stderr}

    assert done.returncode == exit_code
    answer = said.pop(where)
    assert [word for word in words if word not in answer] == []
    assert list(said.values()) == [""]


def test_spec_prints_one_line() -> None:
    done = run("spec")

    (line,) = done.stdout.splitlines()
    assert (json.loads(line)["type"], done.stderr) == ("SPEC", "")


def bare(catalog: Json) -> Json:
    """A catalog of a tool that leaves out what only a destination needs, or has its own word for it."""
    for entry in catalog["streams"]:
        entry["stream"] = {"name": entry["stream"]["name"]}
        entry["destination_sync_mode"] = "overwrite_dedup"
    return catalog


def test_a_catalog_without_what_a_source_needs_not_is_read(connector: Connector, streams: dict[str, Json]) -> None:
    output = connector.read(production_config(), bare(configured(list(streams.values()), "advertisers", "ads")))

    assert output.exit_code == 0, output.errors
    assert output.records["ads"]


WRONG_CATALOGS = {
    "no stream": ({"sync_mode": "full_refresh"}, "`streams[0].stream`"),
    "no name": ({"stream": {}, "sync_mode": "full_refresh"}, "`streams[0].stream.name`"),
    "no sync mode": ({"stream": {"name": "ads"}}, "`sync_mode` of the stream `ads`"),
    "a sync mode of another world": (
        {"stream": {"name": "ads"}, "sync_mode": "log_based"},
        "`sync_mode` of the stream `ads`",
    ),
}


@pytest.mark.parametrize("name", WRONG_CATALOGS)
def test_a_wrong_catalog_is_told_with_the_place_and_the_cure(name: str, connector: Connector) -> None:
    entry, place = WRONG_CATALOGS[name]

    output = connector.read(production_config(), {"streams": [entry]})

    assert output.exit_code == 1
    (error,) = output.errors
    assert place in error["message"]
    assert error["failure_type"] == "config_error"
    assert not output.logs("ERROR", "FATAL")
    assert output.stderr == b""


def test_a_setting_that_does_not_exist_is_warned_of_in_check_and_read(
    connector: Connector, streams: dict[str, Json]
) -> None:
    config = production_config(start_dat="2024-03-01", report_granularity="DAY")
    catalog = configured(list(streams.values()), "advertisers")

    for output in (connector.check(config), connector.read(config, catalog)):
        (warning,) = output.complaints("start_dat")
        assert "did you mean `start_date`?" in warning
        assert not output.complaints("report_granularity")


def catalog_command(tmp_path: Path, config: Json, *arguments: str) -> "subprocess.CompletedProcess[str]":
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    return run("catalog", "--config", str(path), *arguments)


def test_catalog_writes_what_read_takes_without_a_request(
    connector: Connector, tmp_path: Path, streams: dict[str, Json]
) -> None:
    whole = catalog_command(tmp_path, production_config())
    some = catalog_command(tmp_path, production_config(), "--streams", "ads,advertisers")

    assert (whole.stderr, some.stderr) == ("", "")
    assert [entry["stream"] for entry in json.loads(whole.stdout)["streams"]] == list(streams.values())
    catalog = json.loads(some.stdout)
    assert [(entry["stream"]["name"], entry["sync_mode"]) for entry in catalog["streams"]] == [
        ("ads", "incremental"),
        ("advertisers", "full_refresh"),
    ]
    output = connector.read(production_config(), catalog)
    assert output.exit_code == 0, output.errors
    assert output.records["ads"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("campaign", "did you mean `campaigns`?"), ("nothing_like_it", "`discover` shows"), ("x" * 9_000, "xxx")],
)
def test_catalog_tells_a_stream_that_does_not_exist(name: str, words: str, tmp_path: Path) -> None:
    done = catalog_command(tmp_path, production_config(), "--streams", f"ads,{name}")

    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 3_000


def test_catalog_tells_a_wrong_configuration(tmp_path: Path) -> None:
    done = catalog_command(tmp_path, production_config(start_date="yesterday"))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("`start_date` is")
