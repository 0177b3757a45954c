"""The order of the house: imports go one way, connector and emulator do not meet, and no room is too large."""

import ast
import io
import subprocess
import sys
import tokenize
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import integration_tests
import source_tiktok_marketing
from source_tiktok_marketing.catalog.streams import STREAMS

ROOT = Path(source_tiktok_marketing.__file__).parent
PACKAGE = source_tiktok_marketing.__name__
MODULES = {
    ".".join([PACKAGE, *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
# What each part of the package may import beside itself, from the top of the house to its ground. "" is the
# package's own `__init__.py`, which hands out the source.
GROUND = {"settings", "catalog", "clock"}
MAY_IMPORT = {
    "catalog": set(),
    "clock": set(),
    "settings": {"catalog"},
    "api": GROUND,
    "accounts": {"api", *GROUND},
    "context": {"accounts", "api", *GROUND},
    "streams": {"context", "accounts", "api", *GROUND},
    "check": {"context", "accounts", "api", *GROUND},
    "sync": {"streams", "context", "accounts", "api", *GROUND},
    "source": {"check", "sync", "streams", "context", "accounts", "api", *GROUND},
    "command_line": set(),
    "run": {"command_line", "source", "sync", "streams", "settings"},
    "": {"source"},
}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
    return found


def own_imports_of(module: str) -> set[str]:
    return (imports_of(MODULES[module]) & MODULES.keys()) - {module}


def wing_of(module: str) -> str:
    return module.removeprefix(PACKAGE).lstrip(".").split(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_its_own_wing_or_below(module: str) -> None:
    wing = wing_of(module)

    assert {name for name in own_imports_of(module) if wing_of(name) not in {wing, *MAY_IMPORT[wing]}} == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    order = list(TopologicalSorter({module: own_imports_of(module) for module in MODULES}).static_order())
    assert sorted(order) == sorted(MODULES)


@pytest.mark.parametrize("module", [module for module in MODULES if wing_of(module) == "catalog"])
def test_the_catalogue_imports_neither_the_cdk_nor_anything_of_ours(module: str) -> None:
    foreign = {name.split(".")[0] for name in imports_of(MODULES[module])} - set(sys.stdlib_module_names)

    assert foreign <= {PACKAGE, "orjson", "pendulum"}


def test_the_catalogue_can_be_used_where_the_cdk_is_not_installed() -> None:
    code = (
        "import sys; sys.modules['airbyte_cdk'] = None\n"
        f"from {PACKAGE}.catalog.schemas import schema_of\n"
        f"from {PACKAGE}.catalog.streams import STREAMS\n"
        "print(len([schema_of(row) for row in STREAMS]))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.stdout.strip(), done.stderr[-300:]) == (str(len(STREAMS)), "")


def test_the_connector_and_the_emulator_do_not_know_each_other() -> None:
    emulator = Path(integration_tests.__file__).parent / "tiktok_emulator"
    files = sorted(emulator.rglob("*.py"))
    assert files

    assert [path for path in files if any(name.startswith(PACKAGE) for name in imports_of(path))] == []
    assert [
        module
        for module, path in MODULES.items()
        if any(name.startswith(integration_tests.__name__) for name in imports_of(path))
    ] == []


MOST_LINES, MOST_LINES_OF_A_CLASS = 300, 150
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef)
# A table, which its head says.
TABLES = {f"{PACKAGE}.catalog.streams"}


def code_lines(source: str) -> set[int]:
    """The numbers of the lines that hold more than blanks, comments and docstrings."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {
        line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)
    }
    heads = (
        node.body[0] for node in ast.walk(ast.parse(source)) if isinstance(node, WITH_DOCSTRING) and node.body
    )
    docstrings = (head for head in heads if isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant))
    return code - {line for text in docstrings for line in range(text.lineno, (text.end_lineno or 0) + 1)}


@pytest.mark.parametrize("module", [module for module in MODULES if module not in TABLES])
def test_no_module_and_no_class_is_too_large(module: str) -> None:
    source = MODULES[module].read_text()
    code = code_lines(source)
    classes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef))
    large = {
        node.name
        for node in classes
        if len(code.intersection(range(node.lineno, (node.end_lineno or 0) + 1))) > MOST_LINES_OF_A_CLASS
    }

    assert (len(code) <= MOST_LINES, large) == (True, set())


def test_lines_of_code_are_those_that_do_something() -> None:
    assert code_lines('"""What."""\n\n# Why.\nx = 1\n\ndef f():\n    """How."""\n    return x\n') == {4, 6, 8}
