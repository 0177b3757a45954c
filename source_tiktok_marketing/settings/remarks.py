"""What a configuration works without, yet its user should know."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from source_tiktok_marketing.catalog.vocabulary import FIRST_DAY
from source_tiktok_marketing.settings.fields import date_of, quoted
from source_tiktok_marketing.settings.spec import Form, OAuth

# Of configurations from before `credentials`.
OLD = frozenset({"access_token", "environment"})
KNOWN: Mapping[str, Collection[str]] = {
    "": frozenset(Form.model_fields) | OLD,
    "credentials": frozenset(OAuth.model_fields),
    "environment": frozenset({"app_id", "secret", "advertiser_id"}),
}
# Keys that platforms and tools add for themselves.
INTERNAL = "_"


def remarks(raw: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing to know about a configuration that can be read."""
    start = date_of(raw, "start_date")
    if start is not None and start < FIRST_DAY:
        yield f"`start_date` lies before {FIRST_DAY}, the first day that is read instead."
    yield from _unknown_settings(raw)


def _unknown_settings(raw: Mapping[str, Any]) -> Iterator[str]:
    """Settings that do not exist: a misspelt one would be left out silently, and years be read instead of days."""
    for where, known in KNOWN.items():
        settings = raw.get(where) if where else raw
        for name in settings if isinstance(settings, Mapping) else ():
            if name not in known and not name.startswith(INTERNAL):
                yield _sentence(where, name, known)


def _sentence(where: str, name: str, known: Collection[str]) -> str:
    place = f" of `{where}`" if where else ""
    close = next(iter(get_close_matches(name, known, n=1)), None)
    cure = f"did you mean `{close}`?" if close else "leave it out, or see the guide for the settings there are."
    return f"The setting {quoted(name)}{place} does not exist and has no effect: {cure}"
