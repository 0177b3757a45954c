"""TikTok Ads into DuckDB with PyAirbyte. Run it again for what is new, whatever happened to the last run.

python pyairbyte_duckdb.py --config config.json --database tiktok.duckdb
"""

import sys

from airbyte.caches import DuckDBCache
from pyairbyte_reading import arguments, connect, read_each


def main() -> int:
    """Read; 1 if a stream could not be read."""
    parser = arguments(__doc__)
    parser.add_argument("--database", default="tiktok.duckdb", help="the DuckDB file")
    options = parser.parse_args()
    cache = DuckDBCache(db_path=options.database, schema_name=options.schema)
    return read_each(connect(options.config), cache, options.streams)


if __name__ == "__main__":
    sys.exit(main())
