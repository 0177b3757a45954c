"""TikTok Ads as a Dagster asset, partitioned by groups of accounts: work spreads over processes and machines.

    export TIKTOK_CONFIG=config.json TIKTOK_HOME=tiktok TIKTOK_GROUPS=2
    dagster job backfill --noprompt --job tiktok --all all -f dagster_assets.py

A group is one configuration with the ids of its accounts, read by one process. It has its database, its progress
and its Parquet files in a folder of its own, so that no two processes write to one file; a query reads them
together: `FROM read_parquet('tiktok/*_of_2/ads_reports_daily.parquet')`. The groups share the limit of requests of
one app, so each keeps to its part of it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from connector import SOURCE, Json, configured, discover, messages
from dagster import (
    AssetExecutionContext,
    Definitions,
    Failure,
    MaterializeResult,
    StaticPartitionsDefinition,
    asset,
    define_asset_job,
)

GROUPS = int(os.environ.get("TIKTOK_GROUPS", "2"))
LOADER = Path(__file__).with_name("to_duckdb.py")
partitions = StaticPartitionsDefinition([f"group_{number}" for number in range(1, GROUPS + 1)])


def accounts(config: Path) -> list[str]:
    """The accounts of the token, which the stream `advertiser_ids` lists without a request per account."""
    (stream,) = [stream for stream in discover(config) if stream["name"] == "advertiser_ids"]
    with TemporaryDirectory() as folder:
        catalog = Path(folder, "catalog.json")
        catalog.write_text(json.dumps(configured([stream])))
        read = messages("read", config=config, catalog=catalog)
        return sorted(str(message["record"]["data"]["advertiser_id"]) for message in read if "record" in message)


def group_of(account: str) -> str:
    """The group that an account belongs to, whatever other accounts come and go."""
    return f"group_{crc32(account.encode()) % GROUPS + 1}"


@asset(partitions_def=partitions)
def tiktok_raw(context: AssetExecutionContext) -> MaterializeResult:
    """The streams of one group of accounts, loaded into the database of the group."""
    path = Path(os.environ["TIKTOK_CONFIG"])
    names = os.environ.get("TIKTOK_STREAMS", "").split()
    streams = [stream for stream in discover(path) if not names or stream["name"] in names]
    group = [account for account in accounts(path) if group_of(account) == context.partition_key]
    loaded = load(home_of(context.partition_key, group, path, streams)) if group else ""
    context.log.info("%d accounts\n%s", len(group), loaded)
    rows = sum(int(line.split()[1].replace(",", "")) for line in loaded.splitlines())
    return MaterializeResult(metadata={"accounts": len(group), "streams": len(streams), "rows": rows})


def home_of(partition: str, group: list[str], config: Path, streams: list[Json]) -> Path:
    """The folder of a group, with its configuration; with another number of groups it is another one."""
    home = Path(os.environ.get("TIKTOK_HOME", "."), f"{partition}_of_{GROUPS}")
    home.mkdir(parents=True, exist_ok=True)
    choice = {"advertiser_ids": group, "rate_limit_share": 100 // GROUPS}
    (home / "config.json").write_text(json.dumps(json.loads(config.read_text()) | choice))
    (home / "catalog.json").write_text(json.dumps(configured(streams)))
    return home


def load(home: Path) -> str:
    """Read the accounts of a group into its database; what the loader says of each stream."""
    catalog, state = ["--catalog", str(home / "catalog.json")], ["--state", str(home / "state.json")]
    resumed = state if (home / "state.json").exists() else []
    read = [SOURCE, "read", "--config", str(home / "config.json"), *catalog, *resumed]
    load = [sys.executable, str(LOADER), str(home / "tiktok.duckdb"), *catalog, *state, "--parquet", str(home)]
    with subprocess.Popen(read, stdout=subprocess.PIPE) as reader:
        # The loader says it if a stream is not complete, so the reader's exit code adds nothing.
        loaded = subprocess.run(load, stdin=reader.stdout, capture_output=True, text=True, check=False)
    if loaded.returncode:
        # What came is kept; the next run goes on from there.
        raise Failure(f"{loaded.stdout}{loaded.stderr}")
    return loaded.stdout


definitions = Definitions(
    assets=[tiktok_raw], jobs=[define_asset_job("tiktok", [tiktok_raw], partitions_def=partitions)]
)
