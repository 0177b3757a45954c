"""Raw values become what the schema says, exactly, or fail loudly."""

from base64 import b64encode
from copy import deepcopy
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import ENTITIES, REPORTS, Entity, Report
from source_tiktok_marketing.settings.secrets import protect
from source_tiktok_marketing.streams.page import Page
from source_tiktok_marketing.streams.report_values import compile_report
from source_tiktok_marketing.streams.values import UnreadableValue, compile_cast, compile_entity, type_of
from unit_tests.builders import ACCOUNT, ROWS, names

BIG = "9223372036854775807"  # 19 digits: a float would end in ...808
quick = settings(max_examples=200)


def converted(type_: str, value: Any, **more: Any) -> Any:
    return compile_cast("budget", {"type": ["null", type_], **more})(value)


def same(found: Any, expected: Any) -> bool:
    return found == expected and type(found) is type(expected)


SCALARS = [
    ("string", "abc", "abc"),
    ("string", "", ""),
    ("string", None, None),
    ("string", 17, "17"),
    ("string", int(BIG), BIG),
    ("string", 1.5, "1.5"),
    ("string", ["a", 1], '["a",1]'),
    ("string", {"a": None}, '{"a":null}'),
    ("integer", "17", 17),
    ("integer", 17, 17),
    ("integer", 17.0, 17),
    ("integer", "-3", -3),
    ("integer", BIG, int(BIG)),
    ("integer", int(BIG), int(BIG)),
    ("integer", "-", None),
    ("integer", "", None),
    ("integer", None, None),
    ("number", "1.18", 1.18),
    ("number", "17", 17),
    ("number", "0", 0),
    ("number", "-0.5", -0.5),
    ("number", 1.5, 1.5),
    ("number", 17, 17),
    ("number", BIG, int(BIG)),
    ("number", "-", None),
    ("number", "", None),
    ("number", None, None),
    ("boolean", True, True),
    ("boolean", False, False),
    ("boolean", 1, True),
    ("boolean", 0, False),
    ("boolean", "true", True),
    ("boolean", "False", False),
    ("boolean", "1", True),
    ("boolean", "ON", True),
    ("boolean", "OFF", False),
    ("boolean", "yes", True),
    ("boolean", "no", False),
    ("boolean", "0", False),
    ("boolean", "", None),
    ("boolean", "-", None),
    ("boolean", None, None),
]


@pytest.mark.parametrize(("type_", "raw", "value"), SCALARS, ids=repr)
def test_a_value_becomes_what_its_type_says(type_: str, raw: Any, value: Any) -> None:
    assert same(converted(type_, raw), value)


UNREADABLE = [
    ("integer", "seventeen"),
    ("integer", "1.5"),
    ("integer", "1_000"),
    ("integer", 1.5),
    ("integer", ["17"]),
    ("integer", {}),
    ("number", "1.18 %"),
    ("number", "nan"),
    ("number", "inf"),
    ("number", "1e999"),
    ("number", "1_000"),
    ("number", "1_0.5"),
    ("number", ["1"]),
    ("number", {}),
    ("boolean", "maybe"),
    ("boolean", 2),
    ("boolean", ["true"]),
]


@pytest.mark.parametrize(("type_", "raw"), UNREADABLE, ids=repr)
def test_a_value_that_its_type_cannot_hold_is_an_error_that_names_field_value_and_type(
    type_: str, raw: Any
) -> None:
    with pytest.raises(UnreadableValue) as caught:
        converted(type_, raw)

    assert "`budget`" in str(caught.value)
    assert repr(raw) in str(caught.value)
    assert type_ in str(caught.value)


EITHER = {
    "type": ["null", "object", "array"],
    "properties": {"a": {"type": "integer"}},
    "items": {"type": ["null", "object"], "properties": {"a": {"type": "integer"}}},
}
STRUCTURES = [
    ({"type": "array", "items": {"type": "integer"}}, ["1", 2, None], [1, 2, None]),
    ({"type": "array", "items": {"type": "string"}}, [1, "2"], ["1", "2"]),
    ({"type": "array", "items": {"type": "integer"}}, [], []),
    ({"type": "array", "items": {"type": "integer"}}, None, None),
    ({"type": "array", "items": {"type": "integer"}}, "-", None),
    (EITHER, [{"a": "1"}, None], [{"a": 1}, None]),
    (EITHER, {"a": "1"}, {"a": 1}),
    (EITHER, "", None),
    ({"type": "array"}, ["1", {"a": "2"}], ["1", {"a": "2"}]),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": "1", "b": "2"}, {"a": 1, "b": "2"}),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"b": "2"}, {"b": "2"}),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, None, None),
    ({"type": "object"}, {"a": "1"}, {"a": "1"}),
    (
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"ids": {"type": "array", "items": {"type": ["null", "integer"]}}},
            },
        },
        [{"ids": [BIG, "-"]}, {"ids": None}],
        [{"ids": [int(BIG), None]}, {"ids": None}],
    ),
]


@pytest.mark.parametrize(("schema", "raw", "value"), STRUCTURES, ids=repr)
def test_what_is_inside_of_objects_and_arrays_is_converted(schema: dict[str, Any], raw: Any, value: Any) -> None:
    assert compile_cast("f", schema)(raw) == value


@pytest.mark.parametrize("raw", ["7", 7, True, {"1": "2"}])
def test_a_scalar_or_an_object_where_an_array_is_published_is_an_error_that_names_it(raw: Any) -> None:
    with pytest.raises(UnreadableValue, match=r"`location_ids` holds .*, which cannot be read as array"):
        compile_cast("location_ids", {"type": "array", "items": {"type": "integer"}})(raw)


@pytest.mark.parametrize("raw", ["7", 7, True, ["a"]])
def test_a_scalar_or_a_list_where_an_object_is_published_is_an_error_that_names_it(raw: Any) -> None:
    with pytest.raises(UnreadableValue, match=r"`spec` holds .*, which cannot be read as object"):
        compile_cast("spec", {"type": ["null", "object"], "properties": {"a": {"type": "integer"}}})(raw)


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        ("integer", 1.8e18),
        ("integer", 2.0**53 + 2),
        ("integer", "9" * 20),
        ("integer", "9" * 5000),
        ("string", 1.8e18),
        ("number", 1.0e20),
        ("number", "12345678901234567.5"),
        ("number", "9" * 20),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_number_that_lost_digits_or_cannot_be_written_is_an_error_that_names_it_shortly(
    type_: str, raw: Any
) -> None:
    with pytest.raises(UnreadableValue, match="`big_id` holds") as caught:
        compile_cast("big_id", {"type": ["null", type_]})(raw)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(("raw", "text"), [(True, "True"), (1.5, "1.5"), (7, "7"), ([1], "[1]")])
def test_what_is_published_as_text_and_is_none_becomes_json(raw: Any, text: str) -> None:
    assert compile_cast("f", {"type": "string"})(raw) == text


def test_a_value_inside_of_an_array_is_named_by_its_field_when_it_cannot_be_read() -> None:
    cast = compile_cast("location_ids", {"type": "array", "items": {"type": "integer"}})
    with pytest.raises(UnreadableValue, match=r"`location_ids` holds 'here'"):
        cast(["17", "here"])


def test_a_field_inside_of_an_object_is_named_when_it_cannot_be_read() -> None:
    cast = compile_cast("outer", {"type": "object", "properties": {"inner": {"type": "integer"}}})
    with pytest.raises(UnreadableValue, match="`inner` holds 'x'"):
        cast({"inner": "x"})


@pytest.mark.parametrize(
    ("declared", "type_"), [("string", "string"), (["null", "integer"], "integer"), (["object", "null"], "object")]
)
def test_the_type_of_a_property_is_the_one_beside_null(declared: Any, type_: str) -> None:
    assert type_of({"type": declared}) == type_


ids = st.integers(10**18, 10**19 - 1).map(str)


@quick
@given(text=ids)
def test_an_id_never_loses_a_digit(text: str) -> None:
    assert str(converted("integer", text)) == text
    assert str(converted("number", text)) == text
    assert converted("string", text) == text
    assert orjson.loads(orjson.dumps(converted("integer", text))) == int(text)


# TikTok writes money with up to four decimals.
api_numbers = st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(lambda value: f"{value:f}")


@quick
@given(text=st.one_of(api_numbers, st.integers(-(10**12), 10**12).map(str)))
def test_a_number_is_exactly_what_tiktok_wrote(text: str) -> None:
    assert Decimal(repr(converted("number", text))) == Decimal(text)


@quick
@given(text=st.text(max_size=12))
def test_any_text_is_a_number_a_null_or_an_error_but_never_a_guess(text: str) -> None:
    try:
        value = converted("number", text)
    except UnreadableValue:
        return
    assert value is None if text in ("", "-") else Decimal(repr(value)) == Decimal(repr(float(text)))


# Records


# What a record can have been read for; schemas have what applies.
ASKED = {"advertiser_id": ACCOUNT, "bc_id": "7000000000000000001", "date": "2024-02-09"}


def raw_of(schema: dict[str, Any]) -> Any:
    """A value as TikTok would send it: numbers and ids as text."""
    type_ = type_of(schema)
    if type_ == "object":
        return {name: raw_of(field) for name, field in schema.get("properties", {}).items()}
    if type_ == "array":
        return [raw_of(schema["items"])] if "items" in schema else []
    if schema.get("format") in ("date-time", "date"):
        return "2024-02-10T12:00:00Z"
    return {"string": "text", "integer": BIG, "number": "1.25", "boolean": True}[type_]


@pytest.mark.parametrize("entity", ENTITIES, ids=names(ENTITIES))
def test_an_entity_of_texts_becomes_a_record_that_its_schema_accepts(entity: Entity) -> None:
    schema = schema_of(entity)
    row = raw_of(schema) | {"a_new_field": "of tomorrow"}

    (record,) = compile_entity(schema)([row], ASKED)

    Draft7Validator(schema).validate(record)
    assert record["a_new_field"] == "of tomorrow"


@pytest.mark.parametrize("entity", ENTITIES, ids=names(ENTITIES))
def test_an_entity_of_nulls_stays_one_of_nulls(entity: Entity) -> None:
    schema = schema_of(entity)
    row = dict.fromkeys(schema["properties"])

    (record,) = compile_entity(schema)([row], ASKED)

    assert {name for name, value in record.items() if value is not None} == ASKED.keys() & schema["properties"]


@pytest.mark.parametrize("entity", ENTITIES, ids=names(ENTITIES))
def test_an_entity_carries_the_account_that_it_was_read_for_in_the_published_type(entity: Entity) -> None:
    schema = schema_of(entity)
    (record,) = compile_entity(schema)([{}], ASKED)

    types = {name: type_of(schema["properties"][name]) for name in ASKED if name in schema["properties"]}
    assert record.keys() == types.keys()
    for name, type_ in types.items():
        assert same(record[name], int(ASKED[name]) if type_ == "integer" else ASKED[name])


def raw_row(report: Report, **metrics: Any) -> dict[str, Any]:
    dimensions = {
        name: {"stat_time_day": "2024-02-09 00:00:00", "stat_time_hour": "2024-02-09 13:00:00"}.get(
            name, ACCOUNT if name == "advertiser_id" else BIG if "_id" in name else "US"
        )
        for name in report.dimensions
    }
    return {"dimensions": dimensions, "metrics": metrics}


@pytest.mark.parametrize("report", REPORTS, ids=names(REPORTS))
def test_a_report_row_has_its_dimensions_at_the_root_too_and_the_types_of_its_schema(report: Report) -> None:
    schema = schema_of(report)
    metrics = {
        metric.name: raw_of(schema["properties"]["metrics"]["properties"][metric.name])
        for metric in report.metrics
    }

    (record,) = compile_report(schema, report.dimensions)([raw_row(report, **metrics)], ACCOUNT)

    Draft7Validator(schema).validate(record)
    assert same(record["advertiser_id"], int(ACCOUNT))
    assert record["metrics"].keys() == metrics.keys()
    for name in report.dimensions:
        assert same(record[name], record["dimensions"][name])


METRIC_VALUES = [
    ("spend", "12.345", "12.345"),
    ("spend", "-", None),
    ("spend", "", ""),
    ("spend", None, None),
    ("spend", 12.5, "12.5"),
    ("spend", 0, "0"),
    ("campaign_name", "-", None),
    ("campaign_name", "a - b", "a - b"),
    ("campaign_id", BIG, int(BIG)),
    ("campaign_id", "-", None),
    ("video_play_actions", "17", 17),
    ("video_play_actions", 17, 17),
    ("average_video_play", "1.18", 1.18),
    ("average_video_play", "-", None),
    ("average_video_play", None, None),
    ("tt_app_id", "0", 0),
    ("of_tomorrow", "-", None),
]


@pytest.mark.parametrize(("name", "raw", "value"), METRIC_VALUES, ids=repr)
def test_a_metric_becomes_what_its_schema_says_and_a_dash_is_null(name: str, raw: Any, value: Any) -> None:
    report = ROWS["ads_reports_daily"]
    rows = [raw_row(report, likes="1", **{name: raw}), raw_row(report, likes="2", **{name: raw})]

    records = compile_report(schema_of(report), report.dimensions)(rows, ACCOUNT)

    assert all(same(record["metrics"][name], value) for record in records)
    assert [record["metrics"]["likes"] for record in records] == [1, 2]


def test_a_record_is_in_the_order_of_the_schema_whatever_order_tiktok_chose() -> None:
    report = ROWS["ads_reports_daily"]
    usual = raw_row(report, spend="1", likes="2", of_tomorrow="3")
    other = raw_row(report, of_tomorrow="3", likes="2", spend="1")

    other["dimensions"] = dict(reversed(other["dimensions"].items()))

    records = compile_report(schema_of(report), report.dimensions)([usual, other], ACCOUNT)

    assert orjson.dumps(records[0]) == orjson.dumps(records[1])
    assert list(records[0]["metrics"])[-1] == "of_tomorrow"


def test_the_app_of_an_audience_report_is_text_as_published() -> None:
    report = ROWS["ads_audience_reports_daily"]
    (record,) = compile_report(schema_of(report), report.dimensions)([raw_row(report, tt_app_id=BIG)], ACCOUNT)
    assert record["metrics"]["tt_app_id"] == BIG


def test_a_dash_among_the_dimensions_stays_and_is_no_value_among_the_metrics() -> None:
    report = ROWS["ads_audience_reports_by_province_daily"]
    row = raw_row(report, ctr="-")
    row["dimensions"]["province_id"] = "-"

    (record,) = compile_report(schema_of(report), report.dimensions)([row], ACCOUNT)

    assert (record["province_id"], record["dimensions"]["province_id"]) == ("-", "-")
    assert record["metrics"]["ctr"] is None


@pytest.mark.parametrize("name", ["metrics", "dimensions", "advertiser_id"])
def test_a_dimension_that_nobody_asked_for_covers_nothing_of_the_record(name: str) -> None:
    report = ROWS["ads_reports_daily"]
    row = raw_row(report)
    whole = compile_report(schema_of(report), report.dimensions)([deepcopy(row)], ACCOUNT)[0]
    row["dimensions"][name] = "7"

    (record,) = compile_report(schema_of(report), report.dimensions)([row], ACCOUNT)

    assert {field: record[field] for field in ("metrics", "advertiser_id")} == {
        field: whole[field] for field in ("metrics", "advertiser_id")
    }
    assert isinstance(record["dimensions"], dict)


@pytest.mark.parametrize("digits", [25, 5000])
def test_a_metric_of_more_digits_than_can_be_written_is_an_error_that_names_it(digits: int) -> None:
    report = ROWS["ads_reports_daily"]

    with pytest.raises(UnreadableValue, match=r"`likes` holds '?9999") as caught:
        Page.of(
            report.name,
            compile_report(schema_of(report), report.dimensions)([raw_row(report, likes="9" * digits)], ACCOUNT),
            0,
        )
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("name", "raw"), [("likes", "many"), ("campaign_id", "7x"), ("average_video_play", "1,5")]
)
def test_a_metric_that_cannot_be_read_is_an_error_that_names_it(name: str, raw: str) -> None:
    report = ROWS["ads_reports_daily"]
    with pytest.raises(UnreadableValue, match=f"`{name}` holds '{raw}'"):
        compile_report(schema_of(report), report.dimensions)([raw_row(report, **{name: raw})], ACCOUNT)


@pytest.mark.parametrize("value", [1.8e19, float("inf"), {"a": 2**70}], ids=repr)
@pytest.mark.parametrize("place", ["metrics", "dimensions"])
def test_a_text_that_is_no_text_and_cannot_be_written_as_one_is_an_error_that_names_it(
    place: str, value: Any
) -> None:
    report = ROWS["ads_reports_daily"]
    row = raw_row(report)
    row[place]["of_tomorrow"] = value

    with pytest.raises(UnreadableValue, match="`of_tomorrow` holds"):
        compile_report(schema_of(report), report.dimensions)([row], ACCOUNT)


@pytest.mark.parametrize("place", ["metrics", "dimensions"])
def test_a_secret_in_what_nobody_asked_for_is_masked_in_any_spelling(place: str) -> None:
    protect({"access_token": "0123456789abcdef"})
    report = ROWS["ads_reports_daily"]
    row, quiet = raw_row(report), raw_row(report)
    row[place] |= {"of_tomorrow": b64encode(b"0123456789abcdef").decode(), "next_week": "7"}
    quiet[place]["of_tomorrow"] = "base64"

    records = compile_report(schema_of(report), report.dimensions)([row, quiet], ACCOUNT)

    # The last sign stands for what is behind the secret as well.
    assert records[0][place]["of_tomorrow"].startswith("****")
    assert (records[0][place]["next_week"], records[1][place]["of_tomorrow"]) == ("7", "base64")
