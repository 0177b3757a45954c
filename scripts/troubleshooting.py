"""The table of TikTok's refusals in the guide: what one sees, what it means, what to do; from the error table."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from source_tiktok_marketing.api.codes import CODES, HTTP_STATUSES, RANGES, WORDS, Action, Rule

# What an answer means, and what to do where a rule does not say it.
MEANINGS: dict[Action, tuple[str, str]] = {
    Action.CONFIGURE: ("Token, app or configuration are wrong, so nothing can be read", ""),
    Action.REFUSE: ("This account, or this part of it, may not be read; all others are read", ""),
    Action.INTERCEPTED: ("It is not TikTok that answers", ""),
    Action.THROTTLE: (
        "The app has used up its requests; all wait",
        "nothing; if it happens often, look for other tools with the same app, or ask TikTok for a higher level",
    ),
    Action.WAIT_OUT: ("TikTok is under maintenance; the sync waits for hours, and goes on where it stopped", ""),
    Action.RETRY: (
        "Trouble of TikTok's own that passes; it is asked again",
        "nothing; a later sync goes on from there",
    ),
    Action.LIGHTEN: ("TikTok took too long; it is asked again, then for less at a time", "nothing"),
    Action.NARROW: ("The query is too large for TikTok even in its smallest parts", ""),
    Action.FAIL: ("TikTok does not take the question", ""),
}
FEW = 3


def troubleshooting_rows() -> Iterator[tuple[str, str, str]]:
    """Give a row for each rule: its codes, its meaning and its cure, those first that are the user's turn."""
    seen = _seen()
    order = list(MEANINGS)
    for rule in sorted(seen, key=lambda rule: order.index(rule.action)):
        meaning, cure = MEANINGS[rule.action]
        yield "; ".join(seen[rule]), f"{meaning}.", _sentence(rule.cure or cure)


def _seen() -> dict[Rule, list[str]]:
    """Return by rule under which codes, words and statuses its answers come."""
    seen: dict[Rule, list[str]] = defaultdict(list)
    for rule, codes in _by_rule(CODES.items()).items():
        seen[rule].append(f"code {', '.join(_spans(codes))}")
    for code, words, rule in WORDS:
        seen[rule].append(f"code {code} with “{' '.join(words)}”")
    for span, rule in RANGES.items():
        seen[rule].append(f"any other code from {span.start} to {span.stop - 1}")
    for rule, statuses in _by_rule(HTTP_STATUSES.items()).items():
        seen[rule].append(f"HTTP {', '.join(_spans(statuses))}")
    return {rule: places for rule, places in seen.items() if rule.action is not Action.ACCEPT}


def _by_rule(table: Iterable[tuple[int, Rule]]) -> dict[Rule, list[int]]:
    numbers: dict[Rule, list[int]] = defaultdict(list)
    for number, rule in table:
        numbers[rule].append(number)
    return numbers


def _spans(numbers: Iterable[int]) -> Iterator[str]:
    """Write numbers, with those that follow each other as one span."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    for span in spans:
        yield from [f"{span[0]} to {span[-1]}"] if len(span) >= FEW else map(str, span)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
