"""What TikTok's return codes mean: one table from code to rule, and a lookup.

Codes and meanings: the return-code appendix of the TikTok API for Business.
"""

from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    """What to do about an answer."""

    ACCEPT = "use the data"
    RETRY = "ask again soon"
    LIGHTEN = "ask again once, then for less at a time"
    WAIT_OUT = "ask again for as long as a maintenance lasts"
    THROTTLE = "pause every worker, then ask again"
    NARROW = "ask for less at a time"
    REFUSE = "leave this account out"
    CONFIGURE = "let the user mend the configuration"
    INTERCEPTED = "ask again for a moment, then let the user mend the way to TikTok"
    FAIL = "report our own mistake"


@dataclass(frozen=True)
class Rule:
    """What a return code means to this connector.

    Attributes:
        action: What to do.
        cure: For the user: what to do about it, as the second half of a sentence.
    """

    action: Action
    cure: str = ""


ACCEPT = Rule(Action.ACCEPT)
RETRY = Rule(Action.RETRY)
# Time-outs on TikTok's side: mostly trouble that passes, but also how a query that is too large fails.
HEAVY = Rule(Action.LIGHTEN)
THROTTLE = Rule(Action.THROTTLE)
FAIL = Rule(Action.FAIL, "this is a fault of the connector; please report it with the request id")
WRITE = Rule(Action.FAIL, "TikTok has this code for changes, which the connector never makes; please report it")
ACCOUNT = Rule(Action.REFUSE, "check that the account exists and that the token's user may read it")
PERMISSION = Rule(Action.REFUSE, "ask for the permission in TikTok's developer portal and authorise the app again")
SANDBOX = Rule(Action.REFUSE, "leave the stream out, the sandbox does not offer it")
TOKEN = Rule(Action.CONFIGURE, "authenticate again, or paste a valid `access_token`")
APP = Rule(Action.CONFIGURE, "check `app_id` and `secret` against TikTok's developer portal")
CERTIFICATE = Rule(
    Action.CONFIGURE,
    "a proxy answers in TikTok's place: let it through, or name its certificate in REQUESTS_CA_BUNDLE",
)

SUCCESS = 0
PARAMETER_REFUSED = 40002

CODES: dict[int, Rule] = {
    SUCCESS: ACCEPT,
    20001: ACCEPT,  # A success in part.
    40000: FAIL,
    40001: ACCOUNT,
    PARAMETER_REFUSED: FAIL,
    40003: ACCOUNT,
    40006: FAIL,
    40007: FAIL,
    40008: SANDBOX,
    40009: SANDBOX,
    40010: Rule(Action.CONFIGURE, "use a sandbox token with the sandbox and a production token without it"),
    40011: FAIL,
    40012: WRITE,
    40013: Rule(Action.CONFIGURE, "check `advertiser_id` against the sandbox in the developer portal"),
    40014: SANDBOX,
    40016: THROTTLE,
    40050: FAIL,
    40051: FAIL,
    40052: WRITE,
    40053: WRITE,
    40061: FAIL,
    40062: WRITE,
    40063: WRITE,
    40065: WRITE,
    40067: Rule(Action.NARROW, "report it: the connector could not make the query small enough"),
    40100: THROTTLE,
    40101: APP,
    40102: TOKEN,
    40103: TOKEN,
    40104: TOKEN,
    40105: TOKEN,
    40106: ACCOUNT,
    40107: TOKEN,
    40108: TOKEN,
    40109: TOKEN,
    40110: TOKEN,
    40112: TOKEN,
    40113: APP,
    40114: ACCOUNT,
    40115: TOKEN,
    40116: TOKEN,
    40117: TOKEN,
    40118: PERMISSION,
    40119: ACCOUNT,
    40120: TOKEN,
    40121: PERMISSION,
    40122: PERMISSION,
    40124: PERMISSION,
    40125: PERMISSION,
    40126: PERMISSION,
    40127: PERMISSION,
    40128: PERMISSION,
    40129: PERMISSION,
    40130: PERMISSION,
    40131: TOKEN,
    40132: THROTTLE,
    40133: THROTTLE,
    40200: RETRY,
    40201: RETRY,
    40202: RETRY,
    40300: ACCOUNT,
    40301: ACCOUNT,
    40302: ACCOUNT,
    40309: TOKEN,
    40400: FAIL,
    40502: WRITE,
    40700: RETRY,
    41000: Rule(Action.CONFIGURE, "run the connector from a country that TikTok serves"),
    41001: FAIL,
    41002: FAIL,
    41013: WRITE,
    50002: HEAVY,
    51010: HEAVY,
    60001: Rule(Action.WAIT_OUT, "try again when TikTok's maintenance is over"),
    61000: THROTTLE,
    70001: TOKEN,
}

# Every 5xxxx is TikTok's own trouble, and some hundreds are about rights or files, whether documented or not.
RANGES: dict[range, Rule] = {
    range(40100, 40200): PERMISSION,
    range(40300, 40400): PERMISSION,
    range(40900, 41000): WRITE,
    range(50000, 60000): RETRY,
}

# Codes that say too little, and words of TikTok's that say more; all words of a row have to be there.
WORDS: tuple[tuple[int, tuple[str, ...], Rule], ...] = (
    (40000, ("app_id",), APP),
    (40000, ("app id",), APP),
    (40001, ("not grant",), PERMISSION),
    (40001, ("scope",), PERMISSION),
    (40002, ("not grant",), PERMISSION),
    (40002, ("permission",), ACCOUNT),
    (40002, ("not authorized",), ACCOUNT),
    (40002, ("no access",), ACCOUNT),
    (40002, ("not accessible",), ACCOUNT),
)

INTERCEPTED = Rule(
    Action.INTERCEPTED,
    "something on the way to TikTok answers in its place: have the proxy, firewall or gateway let the connector "
    "through to business-api.tiktok.com and sandbox-ads.tiktok.com, and report it if there is none",
)

PROXY_LOGIN = Rule(Action.INTERCEPTED, "give the proxy's user and password in HTTPS_PROXY")

# Of answers that are none of TikTok's, such as a gateway's page; all other statuses are trouble that passes.
HTTP_STATUSES: dict[int, Rule] = {
    **dict.fromkeys(range(300, 500), INTERCEPTED),
    407: PROXY_LOGIN,
    408: RETRY,
    425: RETRY,
    429: THROTTLE,
    504: HEAVY,
}


def rule_of(code: int, message: str = "") -> Rule:
    """The rule for a return code and TikTok's words with it; what nobody knows is final."""
    said = message.lower()
    for wordy, words, rule in WORDS:
        if code == wordy and all(word in said for word in words):
            return rule
    ranges = (rule for codes, rule in RANGES.items() if code in codes)
    return CODES.get(code) or next(ranges, FAIL)
