"""`make bench`: measure, and write `docs/performance.md` and `docs/performance.svg`."""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.document import document
from benchmarks.environments import say
from benchmarks.files import Files
from benchmarks.paths import CHART, DOCUMENT, RESULTS, ROOT, TRIAL, WORKSHOP
from benchmarks.suite import Bench

QUICK_SCALE = 10


def measure(arguments: argparse.Namespace, path: Path) -> None:
    """Measure, and keep what is found after each section."""
    runs, scale = (1, QUICK_SCALE) if arguments.quick else (arguments.runs, 1)
    WORKSHOP.mkdir(exist_ok=True)
    results = json.loads(path.read_text()) if arguments.only else {}
    with tempfile.TemporaryDirectory() as folder:
        for name, found in Bench(Files(Path(folder)), runs, scale).results(arguments.only):
            results[name] = found
            path.write_text(json.dumps(results, indent=1))


def main() -> None:
    """Measure everything, or write the documents from the last results."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--quick", action="store_true", help="one run of a tenth of the days; writes no documents")
    parser.add_argument("--only", nargs="+", default=(), help="sections of the last results to measure again")
    parser.add_argument("--write", action="store_true", help="measure nothing; write from the last results")
    arguments = parser.parse_args()
    path = TRIAL if arguments.quick else RESULTS
    if not arguments.write:
        measure(arguments, path)
    results = json.loads(path.read_text())
    if arguments.quick:
        say(document(results))
        return
    for document_path, text in ((DOCUMENT, document(results)), (CHART, chart(results))):
        document_path.write_text(text)
        say(f"{document_path.relative_to(ROOT)} written.")


if __name__ == "__main__":
    main()
