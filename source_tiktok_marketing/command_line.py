"""The command line: what can be asked of the connector, and with which files."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "source-tiktok-marketing"
USAGE_ERROR = 2
FILES = {
    "config": "the configuration, a JSON object",
    "catalog": "the configured catalog: which streams to read, and how",
}
EXAMPLES = """examples:
  %(prog)s spec
  %(prog)s check --config secrets/config.json
  %(prog)s discover --config secrets/config.json > secrets/catalog.jsonl
  %(prog)s catalog --config secrets/config.json --streams campaigns,ads_reports_daily > secrets/catalog.json
  %(prog)s read --config secrets/config.json --catalog secrets/catalog.json --state secrets/state.jsonl
"""


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments of the process.

    Raises:
        SystemExit: Help or version was asked for (0), or the arguments make no command (2).
    """
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if not parsed.command:
        parser.print_help(sys.stderr)
        parser.exit(USAGE_ERROR)
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        DISTRIBUTION,
        description="Reads TikTok Ads as an Airbyte source: messages of the Airbyte protocol go to stdout.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    _add(commands, "spec", "print the form of the configuration")
    _add(commands, "check", "say whether a configuration works", "config")
    _add(commands, "discover", "print the streams that a configuration can read", "config")
    catalog = _add(commands, "catalog", "write a configured catalog, which is JSON and no message", "config")
    catalog.add_argument(
        "--streams", metavar="A,B", type=_names, default=(), help="what to read, by default all streams"
    )
    read = _add(commands, "read", "read the streams of a configured catalog", "config", "catalog")
    read.add_argument("--state", metavar="FILE", help="states of an earlier read, to go on from")
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, purpose: str, *files: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=purpose, description=f"{purpose.capitalize()}.", allow_abbrev=False)
    command.add_argument("--debug", action="store_true", help="log more")
    for file in files:
        command.add_argument(f"--{file}", metavar="FILE", required=True, help=FILES[file])
    return command


def _names(text: str) -> list[str]:
    return [name for name in text.replace(",", " ").split() if name]


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "(not installed)"
