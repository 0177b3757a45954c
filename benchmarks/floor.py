"""The bare floor: what no connector in Python can do without, in one loop and without any care.

It sends the requests of a file again, one after the other; parses each answer, turns its metrics into numbers,
lifts the dimensions to the root and writes each row as a line. No limits, no retries, no proof of completeness,
no state, no schema.

    python floor.py URL TOKEN REQUESTS
"""

import json
import os
import sys
from typing import Any

import orjson
import requests


def main() -> None:
    """Read everything that the requests ask for."""
    url, token, path = sys.argv[1:]
    session = requests.Session()
    session.headers["Access-Token"] = token
    stdout = os.fdopen(sys.stdout.fileno(), "wb", closefd=False)
    with open(path) as file:  # noqa: PTH123  # pathlib would be the floor's only other import
        asked, texts = json.load(file)
    texts = frozenset(texts)
    for endpoint, params in asked:
        answer = session.get(f"{url}/open_api/v1.3/{endpoint}", params=params, timeout=60)
        rows = orjson.loads(answer.content)["data"]["list"]
        lines = [b'{"type":"RECORD","record":{"data":%b}}\n' % orjson.dumps(converted(row, texts)) for row in rows]
        stdout.write(b"".join(lines))
    stdout.flush()


def converted(row: dict[str, Any], texts: frozenset[str]) -> dict[str, Any]:
    """A row with numbers for text; an object has none to convert."""
    if "metrics" in row:
        metrics = row["metrics"]
        for name, value in metrics.items():
            if name not in texts:
                metrics[name] = None if value == "-" else float(value)
        row.update(row["dimensions"])
    return row


if __name__ == "__main__":
    main()
