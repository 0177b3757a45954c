"""The reports that users define: from an object of the form to a row of the catalogue, or to one sentence."""

import re
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, NoReturn, TypeVar

import orjson

from source_tiktok_marketing.catalog.filters import FILTER_FIELDS, FILTER_TYPES, Filter
from source_tiktok_marketing.catalog.metrics import METRICS
from source_tiktok_marketing.catalog.report_rules import refusals
from source_tiktok_marketing.catalog.rows import Report
from source_tiktok_marketing.catalog.streams import STREAMS
from source_tiktok_marketing.catalog.vocabulary import AD_ID_V2, SPLITS, Granularity, Level, ReportType
from source_tiktok_marketing.settings.errors import config_error
from source_tiktok_marketing.settings.fields import Raw, flag_of, names_of, quoted, unknown

SETTING = "custom_reports"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
FIELDS = (
    "name",
    "report_type",
    "level",
    "granularity",
    "dimensions",
    "without_object",
    "metrics",
    "filters",
    "include_deleted",
)
DIMENSIONS = (*SPLITS, AD_ID_V2)

Word = TypeVar("Word", bound=Enum)


def custom_reports_of(raw: Raw, *, sandbox: bool) -> tuple[Report, ...]:
    """The reports that a configuration defines.

    Raises:
        AirbyteTracedException: As `config_error`, with one sentence that names the report.
    """
    definitions = raw.get(SETTING) or []
    if not isinstance(definitions, list):
        raise config_error(f"`{SETTING}` must be a list of reports.")
    taken = {row.name.lower() for row in STREAMS}
    reports = []
    for number, definition in enumerate(definitions, 1):
        reports.append(_Definition(definition, number).report(taken, sandbox=sandbox))
        taken.add(reports[-1].name.lower())
    return tuple(reports)


class _Definition:
    """One report as a user has defined it.

    Args:
        raw: The object of the form.
        number: Its place in the list, for sentences about one without a name.
    """

    def __init__(self, raw: Any, number: int) -> None:
        if not isinstance(raw, Mapping):
            raise config_error(f"`{SETTING}` {number} must be an object with `name`, `level` and `metrics`.")
        self._raw = raw
        name = raw.get("name")
        self._place = f"`{SETTING}` {quoted(name) if isinstance(name, str) and name else number}"

    def report(self, taken: Collection[str], *, sandbox: bool) -> Report:
        """The row of the catalogue, if TikTok is not known to refuse it."""
        for field in self._raw:
            if field not in FIELDS:
                self._fail(f"has a field {unknown(field, 'field', FIELDS)}")
        dimensions = self._names("dimensions", DIMENSIONS, "dimension")
        report = Report(
            self._name(taken),
            self._word("level", Level, None),
            self._word("granularity", Granularity, Granularity.DAILY),
            self._word("report_type", ReportType, ReportType.BASIC),
            tuple(name for name in dimensions if name != AD_ID_V2),
            object_id=self._object_id(dimensions),
            own_metrics=self._names("metrics", METRICS, "metric"),
            filters=self._filters(),
            include_deleted=flag_of(self._raw, "include_deleted"),
        )
        if not report.own_metrics:
            self._fail("has no `metrics`: choose at least one.")
        if sandbox and not report.in_sandbox:
            self._fail("is about whole accounts, of which the sandbox has no reports: choose another level.")
        refused = next(refusals(report), None)
        if refused:
            self._fail(f"cannot be read: {refused}.")
        return report

    def _fail(self, words: str) -> NoReturn:
        raise config_error(f"{self._place} {words}")

    def _name(self, taken: Collection[str]) -> str:
        name = self._raw.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self._fail("needs a `name` of letters, digits and underscores that begins with a letter.")
        if name.lower() in taken:
            self._fail("has the name of another stream: choose a name of its own.")
        return name

    def _word(self, field: str, words: type[Word], default: Word | None) -> Word:
        value = self._raw.get(field)
        known = {word.name: word for word in words}
        if value in (None, "") and default is not None:
            return default
        if not isinstance(value, str) or value.upper() not in known:
            said = "is missing" if value in (None, "") else f"is {quoted(value)}"
            self._fail(f"needs a `{field}` that {said}: it must be one of {', '.join(known)}.")
        return known[value.upper()]

    def _names(self, field: str, known: Collection[str], what: str) -> tuple[str, ...]:
        values = self._raw.get(field)
        if values is not None and not isinstance(values, list | str):
            self._fail(f"needs a list as `{field}`.")
        names = names_of(self._raw, field, f"choose {what}s in the form")
        for name in names:
            if name not in known:
                self._fail(f"names under `{field}` {unknown(name, what, known)}")
        return names

    def _object_id(self, dimensions: Collection[str]) -> str | None:
        without_object = flag_of(self._raw, "without_object")
        if AD_ID_V2 not in dimensions:
            return "" if without_object else None
        if without_object:
            self._fail(f"is without an object and by {AD_ID_V2}: take one of them out.")
        return AD_ID_V2

    def _filters(self) -> tuple[Filter, ...]:
        raw = self._raw.get("filters") or []
        if not isinstance(raw, list) or not all(isinstance(one, Mapping) for one in raw):
            self._fail("needs a list of objects as `filters`.")
        return tuple(map(self._filter, raw))

    def _filter(self, raw: Raw) -> Filter:
        field, type_ = str(raw.get("field_name") or ""), str(raw.get("filter_type") or "IN")
        if field not in FILTER_FIELDS:
            self._fail(f"filters {unknown(field, 'field', FILTER_FIELDS)}")
        if type_.upper() not in FILTER_TYPES:
            self._fail(f"filters `{field}` with {unknown(type_, 'filter type', FILTER_TYPES)}")
        return Filter(field, type_.upper(), self._values(field, raw.get("filter_value")))

    def _values(self, field: str, value: Any) -> tuple[str, ...]:
        """The values of a filter: a list, the JSON text of one as TikTok takes it, or words between commas."""
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                self._fail(f"filters `{field}` by a list that is no JSON: write the values between commas.")
        if not isinstance(value, str | list | int | None) or isinstance(value, bool):
            self._fail(f"filters `{field}` by what is no text: write the values between commas.")
        items = value if isinstance(value, list) else str("" if value is None else value).split(",")
        return tuple(text for item in items if (text := str(item).strip()))
