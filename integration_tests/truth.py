"""What the connector must emit, worked out from the emulator's world and the published schemas alone."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from integration_tests.tiktok_emulator import LoggedRequest, World
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError
from integration_tests.tiktok_emulator.metrics import MetricReading, check_metrics
from integration_tests.tiktok_emulator.model import DATA_LEVELS
from integration_tests.wider_truth import Reading, rows_of

Json = dict[str, Any]
Key = tuple[Any, ...]
Cast = Callable[[Any], Any]

LEVELS = {
    "ads": "AUCTION_AD",
    "ad_group": "AUCTION_ADGROUP",
    "ad_groups": "AUCTION_ADGROUP",
    "campaigns": "AUCTION_CAMPAIGN",
    "advertisers": "AUCTION_ADVERTISER",
    "smart_plus_ads": "AUCTION_AD",
}
OBJECTS = {"campaigns": "campaign", "ad_groups": "adgroup", "ads": "ad"}
ASSETS = {
    "audiences": "audience",
    "creative_assets_images": "image",
    "creative_assets_videos": "video",
    "creative_assets_music": "music",
    "creative_assets_portfolios": "portfolio",
}
LONGEST_RANGE = 365


def key_of(stream: Json, record: Json) -> Key:
    """The account and the stream's primary key; the record itself, where the stream has none."""
    key = [field for (field,) in stream.get("source_defined_primary_key") or ()]
    if not key:
        return (record["advertiser_id"], json.dumps(record, sort_keys=True))
    return (record.get("advertiser_id"), *(record[field] for field in key))


def by_key(stream: Json, records: list[Json]) -> dict[Key, Json]:
    """Records by key; a key that comes twice is a failure of the reader."""
    keyed = {key_of(stream, record): record for record in records}
    assert len(keyed) == len(records), f"{stream['name']}: {len(records) - len(keyed)} keys came twice"
    return keyed


def expected(
    world: World,
    stream: Json,
    start: date,
    end: date | None = None,
    *,
    include_deleted: bool = False,
    accounts: list[str] | None = None,
    buying_types: tuple[str, ...] | None = None,
) -> dict[Key, Json]:
    """The records of a full read from `start` to each account's today or `end`.

    `buying_types` are those that a report covers, where that is not what TikTok shows by default.
    """
    properties = stream["json_schema"]["properties"]
    typed = caster({"type": "object", "properties": properties})
    read = tuple(production_accounts(world) if accounts is None else accounts)
    last_days = {one: last_day(world, one, end) for one in read}
    wider = rows_of(Reading(world, stream, read, start, last_days, include_deleted))
    if wider is not None:
        return by_key(stream, [typed(raw) for raw in wider])
    choice = {"include_deleted": include_deleted, "buying_types": buying_types}
    rows = [
        typed({**raw, "advertiser_id": advertiser_id})
        for advertiser_id in read
        for raw in _raw(world, stream, advertiser_id, (start, end), choice)
    ]
    return by_key(stream, rows)


def production_accounts(world: World) -> list[str]:
    """The accounts that a production token sees."""
    return [account.advertiser_id for account in world.accounts.values() if not account.sandbox]


def last_day(world: World, advertiser_id: str, end: date | None = None) -> date:
    """The account's own today, or the configured end before it."""
    today = world.accounts[advertiser_id].local_day(world.clock.now())
    return min(end, today) if end else today


def _raw(
    world: World, stream: Json, advertiser_id: str, span: tuple[date, date | None], choice: Json
) -> Iterator[Json]:
    name, (start, _) = stream["name"], span
    if name in ("advertisers", "advertiser_ids"):
        record = world.account_record(advertiser_id)
        fields = {"advertiser_id": advertiser_id, "advertiser_name": record["name"]}
        yield record if name == "advertisers" else fields
    elif name in OBJECTS:
        level = DATA_LEVELS[LEVELS[name]]
        for entity, record in zip(
            world.entities(level.name, advertiser_id), world.objects(level.name, advertiser_id), strict=True
        ):
            boosted = record.get("campaign_system_origin") == "PROMOTE"
            if (choice["include_deleted"] or not entity.deleted) and not boosted and _since(record, start):
                yield record
    elif name in ASSETS:
        # Music is catalogue more than history: the start date leaves none of it out.
        since = date.min if ASSETS[name] == "music" else start
        yield from (record for record in world.assets(ASSETS[name], advertiser_id) if _since(record, since))
    else:
        yield from _report(world, stream, advertiser_id, span, choice)


def _since(record: Json, start: date) -> bool:
    """Whether an object changed since the start; a date before TikTok existed is none."""
    changed = record.get("modify_time") or ""
    return changed[:4] < "2012" or changed[:10] >= str(start)


def _report(
    world: World, stream: Json, advertiser_id: str, span: tuple[date, date | None], choice: Json
) -> Iterator[Json]:
    name, (start, end) = stream["name"], span
    report_type = "AUDIENCE" if "audience" in name else "BASIC"
    data_level = LEVELS[name.split("_audience")[0].split("_reports")[0]]
    dimensions = [field for (field,) in stream["source_defined_primary_key"]]
    columns = stream["json_schema"]["properties"]["metrics"]["properties"]
    reading = MetricReading(disputed=world.options.disputed_metrics)
    metrics = [column for column in columns if _accepted(column, data_level, report_type, dimensions, reading)]
    for first, last in _spans(name, report_type, start, last_day(world, advertiser_id, end)):
        for row in world.report_rows(
            advertiser_id,
            report_type,
            data_level,
            dimensions,
            metrics,
            start=first,
            end=last,
            **choice,
        ):
            nulled = {column: None if value == "-" else value for column, value in row["metrics"].items()}
            yield {"dimensions": row["dimensions"], "metrics": nulled, **row["dimensions"]}


def _spans(name: str, report_type: str, start: date, end: date) -> list[tuple[date | None, date | None]]:
    """The spans that make up a whole read; hours are known to the world a day at a time."""
    if name.endswith("hourly"):
        days = [date.fromordinal(number) for number in range(start.toordinal(), end.toordinal() + 1)]
        return [(day, day) for day in days]
    if not name.endswith("lifetime"):
        return [(start, end)]
    if report_type == "BASIC":
        return [(None, None)]
    return [(max(start, date.fromordinal(end.toordinal() - LONGEST_RANGE + 1)), end)]


def _accepted(
    column: str, data_level: str, report_type: str, dimensions: list[str], reading: MetricReading
) -> bool:
    try:
        check_metrics([column], DATA_LEVELS[data_level], report_type, dimensions, reading=reading)
    except (ApiError, NotModelledError):
        return False
    return True


def cast(schema: Json, value: Any) -> Any:
    """A value in the type that is published for it."""
    return caster(schema)(value)


def caster(schema: Json) -> Cast:
    """What brings values into the type that a schema publishes, made once for a hundred thousand of them."""
    types = schema.get("type", [])
    type_ = next((t for t in ([types] if isinstance(types, str) else types) if t != "null"), None)
    if type_ == "object":
        properties = {name: caster(one) for name, one in schema.get("properties", {}).items()}
        return lambda value: _object(properties, value) if isinstance(value, dict) else value
    if type_ == "array":
        item = caster(schema.get("items", {}))
        return lambda value: [*map(item, value)] if isinstance(value, list) else value
    return {"integer": _integer, "number": _number, "string": _string}.get(str(type_), _as_it_is)


def _object(properties: dict[str, Cast], value: Json) -> Json:
    return {name: properties.get(name, _as_it_is)(item) for name, item in value.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _integer(value: Any) -> int | None:
    return None if value is None or value == "" else int(value)


def _number(value: Any) -> float | None:
    text = "" if value is None else str(value)
    return (int(text) if text.lstrip("-").isdigit() else float(text)) if text else None


def _string(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def differences(actual: dict[Key, Json], truth: dict[Key, Json]) -> list[str]:
    """What is wrong with what was read, a line each; nothing if it equals the truth."""
    missing = [f"missing: {key}" for key in truth.keys() - actual.keys()]
    invented = [f"invented: {key}" for key in actual.keys() - truth.keys()]
    wrong = [
        f"{key}: {field} is {actual[key].get(field)!r}, not {truth[key].get(field)!r}"
        for key in truth.keys() & actual.keys()
        if actual[key] != truth[key]
        for field in sorted(truth[key].keys() | actual[key].keys())
        if _differ(actual[key].get(field, ...), truth[key].get(field, ...))
    ]
    return [*missing, *invented, *wrong]


def _differ(one: Any, other: Any) -> bool:
    return one != other and _filled(one) != _filled(other)


def _filled(value: Any) -> Any:
    """A value to compare; a metric that TikTok refuses is a null to the connector and nothing to the world."""
    return {name: one for name, one in value.items() if one is not None} if isinstance(value, dict) else value


def mistakes(stream: Json, records: list[Json], truth: dict[Key, Json]) -> list[str]:
    """What is wrong with the records of one sync: a key that comes twice, or any difference from the truth."""
    return differences(by_key(stream, records), truth)


def united(stream: Json, *syncs: list[Json]) -> dict[Key, Json]:
    """What a destination holds after several syncs: of each key the record that came last."""
    held: dict[Key, Json] = {}
    for records in syncs:
        held |= by_key(stream, records)
    return held


def days(first: date, last: date) -> list[date]:
    """The days from first to last, both included."""
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]


def days_asked(requests: Iterable[LoggedRequest], stream: Json) -> dict[str, list[date]]:
    """Which days the API was asked for to read a report stream, by account, each day once."""
    dimensions = [field for (field,) in stream["source_defined_primary_key"]]
    asked = defaultdict(set)
    for request in requests:
        params = request.decoded
        if request.endpoint == "report/integrated/get/" and params["dimensions"] == dimensions:
            span = days(date.fromisoformat(params["start_date"]), date.fromisoformat(params["end_date"]))
            asked[params["advertiser_id"]].update(span)
    return {advertiser_id: sorted(span) for advertiser_id, span in asked.items()}
