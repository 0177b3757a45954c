"""No secret stands in a text that leaves the process, however it is spelled there."""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from time import thread_time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from source_tiktok_marketing.settings.secrets import MASK, forget, mask, protect, remember, shorten

Spelling = Callable[[str], str]


def url(text: str) -> str:
    return quote(text, safe="")


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


SPELLINGS: dict[str, Spelling] = {
    "plain": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "URL": url,
    "URL of a form": quote_plus,
    "URL in lower case": lambda text: re.sub("%..", lambda match: match[0].lower(), url(text)),
    "URL in URL": lambda text: url(url(text)),
    "URL thrice": lambda text: url(url(url(text))),
    "URL, every sign": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "JSON": in_json,
    "JSON with slashes": lambda text: in_json(text).replace("/", "\\/"),
    "JSON in JSON": lambda text: in_json(in_json(text)),
    "JSON thrice": lambda text: in_json(in_json(in_json(text))),
    "JSON, every sign": lambda text: "".join(f"\\u{ord(sign):04X}" for sign in text),
    "JSON, every sign, in JSON": lambda text: in_json("".join(f"\\u{ord(sign):04x}" for sign in text)),
    "repr": lambda text: repr(text)[1:-1],
    "bytes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "HTML": html.escape,
    "HTML in HTML": lambda text: html.escape(html.escape(text)),
    "HTML, decimal": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(sign):X};" for sign in text),
    "HTML in upper case": lambda text: html.escape(text).upper(),
    "URL in HTML": lambda text: html.escape(url(text)),
    "HTML in JSON": lambda text: in_json(html.escape(text)),
    "JSON in URL": lambda text: url(in_json(text)),
    "hex": lambda text: text.encode().hex(),
    "hex in upper case": lambda text: text.encode().hex().upper(),
}
# Those whose form depends on what stands before and behind.
ENCODINGS: dict[str, Spelling] = {
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: b64encode(text.encode()).decode().rstrip("="),
    "base64 in a URL": lambda text: url(b64encode(text.encode()).decode()),
    "base64 in JSON": lambda text: b64encode(text.encode()).decode().replace("/", "\\/"),
}
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=64)
SURROUNDINGS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@pytest.fixture(autouse=True)
def _afresh() -> None:
    forget()


@pytest.mark.parametrize("name", SPELLINGS)
@settings(max_examples=60)
@given(secret=SECRETS, before=SURROUNDINGS, behind=SURROUNDINGS)
def test_a_secret_is_masked_in_every_spelling_anywhere(name: str, secret: str, before: str, behind: str) -> None:
    forget()
    remember(secret)
    spelled = SPELLINGS[name](secret)

    told = mask(f"{before} {spelled} {behind}")

    assert spelled not in told.replace(MASK, "\0")
    assert MASK in told


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=60)
@given(secret=SECRETS, before=SURROUNDINGS, behind=SURROUNDINGS)
def test_a_secret_is_masked_in_an_encoded_text_wherever_in_it_it_stands(
    name: str, secret: str, before: str, behind: str
) -> None:
    forget()
    remember(secret)
    # Four signs, or what stands for them in base64, may happen to be part of these words.
    assume(mask("Authorization: Basic .") == "Authorization: Basic .")
    encoded = ENCODINGS[name](before + secret + behind)

    told = mask(f"Authorization: Basic {encoded}.")

    assert encoded not in told
    assert MASK in told
    assert told.startswith("Authorization: Basic ")
    assert len(told) < len(f"Authorization: Basic {encoded}.") + len(MASK)


@settings(max_examples=100)
@given(secrets=st.lists(SECRETS, min_size=1, max_size=3), spellings=st.data(), noise=SURROUNDINGS)
def test_no_secret_hides_another(secrets: list[str], spellings: st.DataObject, noise: str) -> None:
    forget()
    for secret in secrets:
        remember(secret)
    parts = [spellings.draw(st.sampled_from(list(SPELLINGS.values())))(secret) for secret in secrets]

    told = mask(noise.join(parts)).replace(MASK, "\0")

    assert not [part for part in parts if part in told]


def test_a_stray_backslash_hides_no_escape_behind_it() -> None:
    remember(":0\\0")
    spelled = r"\x3a\x30\x5c\x30"

    assert spelled not in mask(f"0000\\{spelled}")


@pytest.mark.parametrize("order", [1, -1], ids=["the short one first", "the long one first"])
@pytest.mark.parametrize(
    ("secrets", "text"),
    [(("abcd", "xxabcdyy"), "<xxabcdyy>"), (("abcdef", "defghijk"), "<abcdefghijk>")],
    ids=["inside", "overlapping"],
)
def test_a_secret_in_another_leaves_nothing_of_either(secrets: tuple[str, str], text: str, order: int) -> None:
    for secret in secrets[::order]:
        remember(secret)

    assert mask(text) == f"<{MASK}>"


def test_what_is_no_secret_is_left_as_it_is() -> None:
    text = 'https://x.test/?a=%2F&b=\\"&amp;&unknown; \u00e9 50 % of \\ "list" \ud83d'
    assert mask(text) == text
    remember("s3cr3t-t0k3n")
    assert mask(text) == text


def test_a_secret_too_short_to_be_one_is_not_masked() -> None:
    protect({"credentials": {"app_id": "17", "secret": "", "access_token": None}})
    assert mask("1700000000017") == "1700000000017"


def test_secrets_are_found_however_deep_they_are_wrapped() -> None:
    raw: object = "abcd-efgh"
    for _ in range(5000):
        raw = [{"any": raw}]
    protect({"access_token": raw})

    assert mask("abcd-efgh") == MASK


@pytest.mark.parametrize(
    "text",
    [
        "%25" * 40_000,
        "\\" * 100_000,
        "&#" * 50_000,
        "&amp;" * 20_000,
        "s3cr" * 25_000,
        "x %41 \\u0041 &#65; " * 5_000,
    ],
    ids=["percents", "backslashes", "half references", "references", "secrets", "a bit of all"],
)
def test_a_text_of_a_hundred_thousand_signs_is_masked_in_no_time(text: str) -> None:
    remember("s3cr")
    remember("a" * 64)
    started = thread_time()

    mask(text)

    assert thread_time() - started < 5


def test_what_is_cut_short_is_masked_before() -> None:
    remember("s3cr3t-t0k3n")

    assert shorten("x" * 10 + "s3cr3t-t0k3n" + "y" * 900, 16) == "x" * 10 + "****" + "yy..."
    assert shorten("short", 16) == "short"
    assert len(shorten("s3cr3t-t0k3n " * 1_000_000, 500)) <= 503
