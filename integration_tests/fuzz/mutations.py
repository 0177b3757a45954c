"""What goes wrong with an answer, drawn by chance from the emulator's vocabulary, each by its seed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from integration_tests.fuzz.endpoints import REPORTS, Endpoint, endpoint_of
from integration_tests.tiktok_emulator import actions
from integration_tests.tiktok_emulator.actions import TRANSIENT, Action
from integration_tests.tiktok_emulator.errors import MESSAGES
from integration_tests.tiktok_emulator.spellings import SPELLINGS

TIMES = ("stat_time_day", "stat_time_hour")
CHANGE_TIMES = ("modify_time", "update_time", "create_time")
NUMBERED = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id")

LONG = 300_000
DASH = '"-"'
# JSON as text: Python would not write all of it.
NO_ID = ("null", '""', "[]", "{}", "-5", "0.5", "true", "1e400", '"abc"', '"-5"', f'"{"x" * LONG}"')
HOSTILE = (
    *NO_ID,
    *("0", "-1", "0.9", "false", '"0"', '"-"', '"\\u0000"', "[null]", '{"a": [{}]}', "1e999", "-0.0"),
    *("18446744073709551616", "9" * 5000, "[" * 300 + "]" * 300),
)
NO_TIME = (
    *NO_ID,
    *(
        DASH,
        '"1999-01-01"',
        '"2999-12-31"',
        '"2024-02-30"',
        '"06.03.2024"',
        '"2999-12-31 24:00:00"',
        "1709683200",
    ),
)
COUNTS = (*HOSTILE, "1", "3", '"3"', "1000000", "4294967296")
PLACES = ("0", "1", "*")
STATUSES = (
    204,
    301,
    302,
    307,
    400,
    401,
    403,
    404,
    405,
    407,
    408,
    413,
    418,
    429,
    451,
    500,
    501,
    502,
    503,
    504,
    520,
)
PAGES = (None, "", "{}", "[]", "null", '{"code": 0}', '{"code": 40105, "message": "no"}', "<" * LONG)
LOCATIONS = ("http://[bad", "//", "", "https://127.0.0.1:1/", "javascript:0", "/open_api/v1.3/")
WORDS = (
    "Conflict occurs. The input params including metrics and dimensions have no relation.",
    "The following fields are invalid: reach, frequency",
    "reach: one or more value of the param is not acceptable",
    "metrics: [spend, clicks] are not supported",
    "The access token does not grant you this permission.",
    "app_id is inconsistent with the token",
    "[" * LONG,
    "%s %(name)s {0} \x00 \x1b[31m \u2028",
    "",
)
# Chunks that are none starve their reader for a minute, which would break the rule about minutes.
HEADERS = (
    *(("Content-Length", value) for value in ("9" * 20, "-1", "abc", "1")),
    *(("Date", value) for value in (None, "", "yesterday", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 5000)),
    *(("Content-Type", value) for value in (None, "text/html", "application/json; charset=utf-16", "x" * 5000)),
    *(("Content-Encoding", value) for value in ("br", "identity, gzip", "x")),
    *(("X-Tt-Ads-Throttle", value) for value in ("", "true", "x" * 5000)),
    *(("Retry-After", value) for value in ("-1", "abc", "9" * 20)),
    *(("Set-Cookie", value) for value in ("=", "a=b; expires=never", "x" * 5000)),
    ("Bad Header", "x"),
)

VALUES, ROWS = "values", "rows"


@dataclass(frozen=True)
class Mutation:
    """What happens to one answer.

    Attributes:
        actions: In the emulator's words.
        spoils: What no client could tell from the truth afterwards: nothing, `values`, or whole `rows`.
    """

    actions: tuple[Action, ...]
    spoils: str = ""


@dataclass(frozen=True)
class Ask:
    """A request that is about to be answered, and what is known of the honest answer.

    Attributes:
        fields: Names of the fields of a row, beside those that a report asks for.
        secrets: What must never be printed.
        ordinal: How often the same request came before.
    """

    endpoint: str
    params: Mapping[str, str]
    fields: Sequence[str]
    accounts: Sequence[str]
    secrets: Sequence[str]
    ordinal: int

    @property
    def about(self) -> Endpoint:
        """What is known of its endpoint."""
        return endpoint_of(self.endpoint)

    @property
    def is_report(self) -> bool:
        """Whether its rows are numbers."""
        return self.endpoint in REPORTS

    @property
    def rows(self) -> str:
        """Pointer to the rows."""
        return f"/data/{self.about.list}"

    @property
    def uncounted(self) -> str:
        """What is spoilt where rows are missing or come on top; nothing if that can be told by their count."""
        return "" if self.is_report or self.about.is_paged else ROWS

    def names(self, parameter: str) -> list[str]:
        """Names that a report asks for."""
        return list(json.loads(self.params[parameter]))


def _edit(rng: Random, path: str, texts: Sequence[str]) -> Action:
    """Take a value away, or put another in its place."""
    return actions.drop(path) if rng.random() < 1 / len(texts) else actions.put(path, text=rng.choice(texts))


def _refusal(rng: Random, _: Ask) -> Mutation:
    code = rng.choice((*MESSAGES, 1, -1, 99_999, 10**18))
    return Mutation((actions.api(code, rng.choice((*WORDS, "", "", ""))),))


def _secret(rng: Random, ask: Ask) -> Mutation:
    """Say a secret, spelled in one way or two: as a refusal, as a gateway's page, or in place of a value."""
    code, status = rng.choice((*MESSAGES, 0)), rng.choice(STATUSES)
    text = rng.choice(ask.secrets)
    for name in rng.sample(sorted(SPELLINGS), rng.choice((1, 1, 2))):
        text = SPELLINGS[name](text)
    answers = (
        Mutation((actions.api(code, f"Refused: {text}"),)),
        Mutation((actions.http(status, f"<pre>{text}</pre>", {"Location": f"http://localhost:1/?{text}"}),)),
        Mutation((actions.put("/code", text), actions.put("/message", text))),
        Mutation((actions.put("/data/page_info/total_number", text),)),
        Mutation((actions.put(f"{ask.rows}/0/dimensions/stat_time_day", text),), VALUES),
    )
    return rng.choice(answers)


def _http(rng: Random, _: Ask) -> Mutation:
    headers = {"Location": rng.choice(LOCATIONS), "Retry-After": rng.choice(("0", "7", "abc", "9" * 20))}
    return Mutation((actions.http(rng.choice(STATUSES), rng.choice(PAGES), headers),))


def _wire(rng: Random, _: Ask) -> Mutation:
    """Cut, pad or delay an answer; what starves its reader for a minute would break the rule about minutes."""
    ways = (
        *(actions.reset(), actions.truncated(), actions.empty_body(), actions.wrong_json()),
        *(actions.byte_order_mark(), actions.gzip_bomb(), actions.endless(), actions.delay(rng.random())),
    )
    return Mutation((rng.choice(ways),))


def _passing(rng: Random, _: Ask) -> Mutation:
    return Mutation((rng.choice(TRANSIENT),))


def _header(rng: Random, _: Ask) -> Mutation:
    return Mutation((actions.header(*rng.choice(HEADERS)),))


def _envelope(rng: Random, ask: Ask) -> Mutation:
    path = rng.choice(("/code", "/code", "/message", "/request_id", "/data", ask.rows))
    # Nothing but a list, or nothing at all, is what TikTok says of accounts that the token does not reach.
    spoils = "" if path in ("/code", "/message", "/request_id") else ask.uncounted
    return Mutation((_edit(rng, path, (*HOSTILE, "20001", '"OK"')),), spoils)


def _page_info(rng: Random, ask: Ask) -> Mutation:
    if rng.random() < 1 / 2:
        name = rng.choice(("total_number", "total_number", "page", "page_size", "total_page"))
        return Mutation((_edit(rng, f"/data/page_info/{name}", COUNTS),), ask.uncounted)
    edits = (
        actions.no_page_info(),
        actions.no_pages(),
        actions.repeated_page(),
        actions.empty_page(),
        actions.wrong_total(rng.choice((-1, 1, 10**6))),
        _edit(rng, "/data/page_info", HOSTILE),
    )
    return Mutation((rng.choice(edits),), ask.uncounted)


def _identity(rng: Random, ask: Ask) -> Mutation:
    """Have a row belong to nothing: its id, its time, or its account is none."""
    place = f"{ask.rows}/{rng.choice(PLACES)}"
    if not ask.is_report:
        name = ask.about.id or rng.choice([*ask.fields, "new_field"])
        return Mutation((_edit(rng, f"{place}/{name}", NO_ID[:4]),), ask.uncounted)
    name = rng.choice(ask.names("dimensions"))
    edit = _edit(rng, f"{place}/dimensions/{name}", NO_TIME if name in TIMES else NO_ID)
    # A dash in the place of a time is TikTok's own sign for a row without data.
    is_told = name in (*TIMES, *NUMBERED) and edit.text != DASH
    return Mutation((edit,), "" if is_told else ROWS)


def _account(rng: Random, ask: Ask) -> Mutation:
    """Have rows belong to another account."""
    inner = "dimensions/" if ask.is_report else ""
    path = f"{ask.rows}/{rng.choice(PLACES)}/{inner}advertiser_id"
    others = [one for one in ask.accounts if one != ask.params.get("advertiser_id")]
    about = ask.about
    spoils = ROWS if about.id == "advertiser_id" else "" if about.is_of_account else VALUES
    return Mutation((actions.put(path, rng.choice(("7311111111111111111", "0", *others))),), spoils)


def _value(rng: Random, ask: Ask) -> Mutation:
    inner = rng.choice(("metrics/", "metrics/", "dimensions/")) if ask.is_report else ""
    names = ask.names("metrics") if inner == "metrics/" else ask.fields
    name = rng.choice([name for name in names if name not in NUMBERED] or ["new_field"])
    # Where all that a row says tells it from the others, another value is another row; and an object that does not
    # say when it changed may be older than the start date.
    is_row = not (ask.is_report or ask.about.id) or name in CHANGE_TIMES
    return Mutation(
        (_edit(rng, f"{ask.rows}/{rng.choice(PLACES)}/{inner}{name}", HOSTILE),), ROWS if is_row else VALUES
    )


def _row(rng: Random, ask: Ask) -> Mutation:
    """Have a row be none, be missing, or come on top."""
    place = rng.choice((*PLACES, "-"))
    part = rng.choice(("", "", "/metrics", "/dimensions")) if ask.is_report and place != "-" else ""
    return Mutation((_edit(rng, f"{ask.rows}/{place}{part}", HOSTILE),), ask.uncounted)


FAMILIES: dict[str, Callable[[Random, Ask], Mutation]] = {
    "refusal": _refusal,
    "secret": _secret,
    "http": _http,
    "wire": _wire,
    "passing": _passing,
    "header": _header,
    "envelope": _envelope,
    "page_info": _page_info,
    "identity": _identity,
    "account": _account,
    "value": _value,
    "row": _row,
}
