"""What goes wrong with an answer, drawn by chance from the emulator's vocabulary, each by its seed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from integration_tests.tiktok_emulator import actions
from integration_tests.tiktok_emulator.actions import TRANSIENT, Action
from integration_tests.tiktok_emulator.errors import MESSAGES
from integration_tests.tiktok_emulator.spellings import SPELLINGS

REPORT, GRANTED, INFO = "report/integrated/get/", "oauth2/advertiser/get/", "advertiser/info/"
LISTS = {"file/music/get/": "musics", "creative/portfolio/list/": "creative_portfolios"}
IDS = {
    GRANTED: "advertiser_id",
    INFO: "advertiser_id",
    "campaign/get/": "campaign_id",
    "adgroup/get/": "adgroup_id",
    "ad/get/": "ad_id",
    "dmp/custom_audience/list/": "audience_id",
    "file/image/ad/search/": "image_id",
    "file/video/ad/search/": "video_id",
    "file/music/get/": "music_id",
    "creative/portfolio/list/": "creative_portfolio_id",
}
ENDPOINTS = {
    "advertiser_ids": GRANTED,
    "advertisers": INFO,
    "campaigns": "campaign/get/",
    "ad_groups": "adgroup/get/",
    "ads": "ad/get/",
    "audiences": "dmp/custom_audience/list/",
    "creative_assets_images": "file/image/ad/search/",
    "creative_assets_videos": "file/video/ad/search/",
    "creative_assets_music": "file/music/get/",
    "creative_assets_portfolios": "creative/portfolio/list/",
}
TIMES = ("stat_time_day", "stat_time_hour")
NUMBERED = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id")

LONG = 300_000
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
        '"-"',
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
HEADERS = (
    *(("Content-Length", value) for value in ("9" * 20, "-1", "abc", "1")),
    *(("Date", value) for value in (None, "", "yesterday", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 5000)),
    *(("Content-Type", value) for value in (None, "text/html", "application/json; charset=utf-16", "x" * 5000)),
    *(("Content-Encoding", value) for value in ("br", "identity, gzip", "x")),
    *(("X-Tt-Ads-Throttle", value) for value in ("", "true", "x" * 5000)),
    *(("Retry-After", value) for value in ("-1", "abc", "9" * 20)),
    *(("Set-Cookie", value) for value in ("=", "a=b; expires=never", "x" * 5000)),
    ("Bad Header", "x"),
    ("Transfer-Encoding", "chunked"),
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
    def rows(self) -> str:
        """Pointer to the rows."""
        return f"/data/{LISTS.get(self.endpoint, 'list')}"

    def names(self, parameter: str) -> list[str]:
        """Names that a report asks for."""
        return list(json.loads(self.params[parameter]))


def _edit(rng: Random, path: str, texts: Sequence[str]) -> Action:
    """Take a value away, or put another in its place."""
    return actions.drop(path) if rng.random() < 1 / len(texts) else actions.put(path, text=rng.choice(texts))


def _refusal(rng: Random, _: Ask) -> Mutation:
    code = rng.choice((*MESSAGES, 1, -1, 99_999, 10**30))
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
        Mutation((actions.put(f"{ask.rows}/0/dimensions/stat_time_day", text),)),
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
    spoils = ROWS if ask.endpoint == GRANTED and path not in ("/code", "/message", "/request_id") else ""
    return Mutation((_edit(rng, path, (*HOSTILE, "20001", '"OK"')),), spoils)


def _page_info(rng: Random, _: Ask) -> Mutation:
    if rng.random() < 1 / 2:
        name = rng.choice(("total_number", "total_number", "page", "page_size", "total_page"))
        return Mutation((_edit(rng, f"/data/page_info/{name}", COUNTS),))
    edits = (
        actions.no_page_info(),
        actions.no_pages(),
        actions.repeated_page(),
        actions.empty_page(),
        actions.wrong_total(rng.choice((-1, 1, 10**6))),
        _edit(rng, "/data/page_info", HOSTILE),
    )
    return Mutation((rng.choice(edits),))


def _identity(rng: Random, ask: Ask) -> Mutation:
    """Have a row belong to nothing: its id, its time, or its account is none."""
    place = f"{ask.rows}/{rng.choice(PLACES)}"
    if ask.endpoint != REPORT:
        return Mutation((_edit(rng, f"{place}/{IDS[ask.endpoint]}", NO_ID[:4]),), ROWS * (ask.endpoint == GRANTED))
    name = rng.choice(ask.names("dimensions"))
    spoils = "" if name in (*TIMES, *NUMBERED) else ROWS
    return Mutation((_edit(rng, f"{place}/dimensions/{name}", NO_TIME if name in TIMES else NO_ID),), spoils)


def _account(rng: Random, ask: Ask) -> Mutation:
    """Have rows belong to another account."""
    inner = "dimensions/" if ask.endpoint == REPORT else ""
    path = f"{ask.rows}/{rng.choice(PLACES)}/{inner}advertiser_id"
    others = [one for one in ask.accounts if one != ask.params.get("advertiser_id")]
    spoils = ROWS if ask.endpoint == GRANTED else ""
    return Mutation((actions.put(path, rng.choice(("7311111111111111111", "0", *others))),), spoils)


def _value(rng: Random, ask: Ask) -> Mutation:
    inner = rng.choice(("metrics/", "metrics/", "dimensions/")) if ask.endpoint == REPORT else ""
    names = ask.names("metrics") if inner == "metrics/" else ask.fields
    known = (*IDS.values(), "advertiser_id")
    name = rng.choice([name for name in names if name not in known] or ["new_field"])
    return Mutation((_edit(rng, f"{ask.rows}/{rng.choice(PLACES)}/{inner}{name}", HOSTILE),), VALUES)


def _row(rng: Random, ask: Ask) -> Mutation:
    """Have a row be none, be missing, or come on top."""
    place, spoils = rng.choice((*PLACES, "-")), ROWS if ask.endpoint == GRANTED else ""
    part = rng.choice(("", "", "/metrics", "/dimensions")) if ask.endpoint == REPORT and place != "-" else ""
    return Mutation((_edit(rng, f"{ask.rows}/{place}{part}", HOSTILE),), spoils)


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
