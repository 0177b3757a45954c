"""TikTok Ads as a Dagster asset, partitioned by groups of accounts: work spreads over processes and machines.

    export TIKTOK_CONFIG=config.json TIKTOK_HOME=tiktok TIKTOK_GROUPS=2
    dagster job backfill --noprompt --job tiktok --all all -f dagster_assets.py

Each account has its database, its progress and its Parquet files in a folder of its own, so that no two processes
write to one file; a query reads them together: `FROM read_parquet('tiktok/*/ads_reports_daily.parquet')`. The
groups share the limit of requests of one app, so each keeps to its part of it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

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


def config_of(account: str, config: Json, settings: Json) -> Json:
    """The configuration for one account, with its part of the limit where the connector knows parts."""
    changes: Json = {"credentials": config["credentials"] | {"advertiser_id": account}}
    if "rate_limit_share" in settings:
        changes["rate_limit_share"] = 100 // GROUPS
    return config | changes


@asset(partitions_def=partitions)
def tiktok_raw(context: AssetExecutionContext) -> MaterializeResult:
    """The streams of one group of accounts, loaded into a database for each account."""
    path = Path(os.environ["TIKTOK_CONFIG"])
    config = json.loads(path.read_text())
    (spec,) = [message["spec"] for message in messages("spec") if message["type"] == "SPEC"]
    names = os.environ.get("TIKTOK_STREAMS", "").split()
    streams = [stream for stream in discover(path) if not names or stream["name"] in names]
    group = accounts(path)[partitions.get_partition_keys().index(context.partition_key) :: GROUPS]
    rows, failures = 0, []
    for account in group:
        home = Path(os.environ.get("TIKTOK_HOME", "."), account)
        home.mkdir(parents=True, exist_ok=True)
        settings = spec["connectionSpecification"]["properties"]
        (home / "config.json").write_text(json.dumps(config_of(account, config, settings)))
        (home / "catalog.json").write_text(json.dumps(configured(streams)))
        loaded = load(home)
        context.log.info("%s\n%s", account, loaded.stdout)
        rows += sum(int(line.split()[1].replace(",", "")) for line in loaded.stdout.splitlines())
        failures += [f"{account}: {loaded.stderr}"] if loaded.returncode else []
    if failures:
        # What came is kept; the next run goes on from there.
        raise Failure("\n".join(failures))
    return MaterializeResult(metadata={"accounts": len(group), "streams": len(streams), "rows": rows})


def load(home: Path) -> "subprocess.CompletedProcess[str]":
    """Read one account into its database; the loader's words are the result."""
    catalog, state = ["--catalog", str(home / "catalog.json")], ["--state", str(home / "state.json")]
    resumed = state if (home / "state.json").exists() else []
    read = [SOURCE, "read", "--config", str(home / "config.json"), *catalog, *resumed]
    load = [sys.executable, str(LOADER), str(home / "tiktok.duckdb"), *catalog, *state, "--parquet", str(home)]
    with subprocess.Popen(read, stdout=subprocess.PIPE) as reader:
        # The loader says it if a stream is not complete, so the reader's exit code adds nothing.
        return subprocess.run(load, stdin=reader.stdout, capture_output=True, text=True, check=False)


definitions = Definitions(
    assets=[tiktok_raw], jobs=[define_asset_job("tiktok", [tiktok_raw], partitions_def=partitions)]
)
