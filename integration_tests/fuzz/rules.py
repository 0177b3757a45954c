"""What holds of every run, whatever went wrong: each rule yields a line for each breach of it."""

import html
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from airbyte_cdk.models import AirbyteMessageSerializer

from integration_tests.connector import Json, Output
from integration_tests.fuzz.mutations import ROWS, VALUES
from integration_tests.tiktok_emulator.spellings import SPELLINGS
from integration_tests.truth import Key, differences, key_of
from integration_tests.validity import invalid

MOST_SECONDS, MOST_MEGABYTES, MOST_BYTES_TOLD = 60.0, 200.0, 100_000
ENDS = ("COMPLETE", "INCOMPLETE")
# Warnings after which an account's rows may be missing: until the next sync, or for good.
LEFT_OUT = ("is left out", "Left out:", "is left out of it")
LOST = ("taken for no rows", "may be missing", "may lack", "lists", "no number")
EMPTY_COLUMNS = "columns stay empty"
# Of tracebacks, and of the CDK where it knows nothing better.
SURPRISES = ("Traceback (most recent call last)", "Something went wrong in the connector")


@dataclass(frozen=True)
class Run:
    """A run of the connector.

    Attributes:
        command: What it was asked for.
        streams: The published streams, by name.
        asked: Names of the streams of its catalog.
    """

    command: str
    output: Output
    seconds: float
    megabytes: float
    streams: Mapping[str, Json]
    asked: Sequence[str]
    secrets: Sequence[str]

    @cached_property
    def text(self) -> str:
        """All that was printed."""
        return (self.output.stdout + self.output.stderr).decode(errors="replace")

    @cached_property
    def last_statuses(self) -> dict[str, str]:
        """How each stream ended."""
        return {name: statuses[-1] for name, statuses in self.output.statuses.items()}


def every_line_is_a_message(run: Run) -> Iterator[str]:
    """Each line of stdout is a message of the protocol, and stderr stays empty."""
    *lines, rest = run.output.stdout.split(b"\n")
    if rest:
        yield f"stdout ends within a line: {rest[-100:]!r}"
    if run.output.stderr:
        yield f"stderr: {run.output.stderr[-300:]!r}"
    for line in lines:
        try:
            AirbyteMessageSerializer.load(json.loads(line))
        except Exception as error:  # noqa: BLE001 -- whatever a parser or a validator says.
            yield f"no message ({type(error).__name__}): {line[:200]!r}"


def sentences_are_short(run: Run) -> Iterator[str]:
    """Nobody is told more than can be read."""
    for line in run.output.stdout.split(b"\n"):
        if line.startswith((b'{"type":"LOG"', b'{"type":"TRACE"')) and len(line) > MOST_BYTES_TOLD:
            yield f"{len(line)} bytes in one sentence: {line[:200]!r}"


def no_secret_is_told(run: Run) -> Iterator[str]:
    """No secret is printed, in any spelling, nor in a spelling of one."""
    texts = {run.text, unquote(run.text), html.unescape(run.text), run.text.replace("\\\\", "\\")}
    for secret in run.secrets:
        for name, spell in SPELLINGS.items():
            if any(spell(secret) in text for text in texts):
                yield f"a secret is printed as {name}"


def nobody_is_shown_a_stack(run: Run) -> Iterator[str]:
    """What users and TikTok do wrong is said in a sentence that somebody has written."""
    told = [message["log"]["message"] for message in run.output.messages if message["type"] == "LOG"]
    for text in (*told, *(error["message"] for error in run.output.errors)):
        if any(word in text for word in SURPRISES):
            yield f"{text[:200]} ... {text[-700:]}"


def records_are_as_published(run: Run) -> Iterator[str]:
    """Each record is valid against its schema, and has no null in its key."""
    yield from invalid(run.output.messages, run.streams.values())
    for name, records in run.output.records.items():
        if any(record.get("advertiser_id") is None for record in records):
            yield f"{name}: a record without an account"


def exit_code_and_traces_agree(run: Run) -> Iterator[str]:
    """Zero means that all was read and nothing failed; each stream that begins ends, once."""
    output, ends = run.output, run.last_statuses
    if output.exit_code not in (0, 1):
        yield f"exit code {output.exit_code}"
    if run.command == "read":
        whole = all(ends.get(name) == "COMPLETE" for name in run.asked)
        if (output.exit_code == 0) != (whole and not output.errors):
            yield f"exit code {output.exit_code}, {len(output.errors)} error traces, {ends}"
        for name, statuses in output.statuses.items():
            if sum(status in ENDS for status in statuses) != 1 or statuses[-1] not in ENDS:
                yield f"{name}: statuses {statuses}"
    if run.command != "check" and output.exit_code and not output.errors:
        yield f"exit code {output.exit_code} without a word"


def a_check_has_one_verdict(run: Run) -> Iterator[str]:
    """`check` always says SUCCEEDED or FAILED, once."""
    verdicts = [message for message in run.output.messages if message["type"] == "CONNECTION_STATUS"]
    if run.command == "check" and len(verdicts) != 1:
        yield f"{len(verdicts)} verdicts, exit code {run.output.exit_code}, {run.output.errors}"[:500]


def runs_are_short_and_small(run: Run) -> Iterator[str]:
    """No run takes over a minute or over 200 MB."""
    if run.seconds > MOST_SECONDS:
        yield f"{run.seconds:.0f} seconds"
    if run.megabytes > MOST_MEGABYTES:
        yield f"{run.megabytes:.0f} MB"


RULES: tuple[Callable[[Run], Iterator[str]], ...] = (
    sentences_are_short,
    no_secret_is_told,
    nobody_is_shown_a_stack,
    records_are_as_published,
    exit_code_and_traces_agree,
    a_check_has_one_verdict,
    runs_are_short_and_small,
)


def breaches(run: Run) -> list[str]:
    """What is wrong with a run, each kind once with its number."""
    # Without messages the other rules have nothing to judge.
    for rules in ((every_line_is_a_message,), RULES):
        found = [(rule.__name__, line) for rule in rules for line in rule(run)]
        if found:
            counts, first = Counter(name for name, _ in found), dict(reversed(found))
            return [f"{run.command}: {name} ({number}): {first[name]}" for name, number in counts.items()]
    return []


@dataclass(frozen=True)
class TwoSyncs:
    """A sync under mutations, and a second one without, from the states that the first one left.

    Attributes:
        truth: What is, by stream.
        spoilt: What nobody can tell from the truth any more, by stream.
    """

    first: Run
    second: Run
    truth: Mapping[str, Mapping[Key, Json]]
    spoilt: Mapping[str, set[str]]

    def breaches(self) -> Iterator[str]:
        """What the two syncs lost, invented or changed."""
        if self.second.output.exit_code:
            yield f"second sync: exit code {self.second.output.exit_code}: {self.second.output.errors}"[:700]
        for name in self.first.asked:
            if ROWS not in self.spoilt[name]:
                yield from (f"{name}: {line}" for line in self._of_stream(name))

    def _of_stream(self, name: str) -> Iterator[str]:
        truth = self.truth[name]
        twice, held = self._keyed(name, self.first)
        if twice:
            yield f"first sync: {len(twice)} keys came twice: {twice[0]}"
        is_whole = self.first.last_statuses.get(name) == "COMPLETE"
        for line in self._told(name, held, truth, (*LEFT_OUT, *LOST)):
            if is_whole or "missing:" not in line:
                yield f"first sync: {line}"
        twice, again = self._keyed(name, self.second)
        if twice:
            yield f"second sync: {len(twice)} keys came twice: {twice[0]}"
        yield from (f"both syncs: {line}" for line in self._told(name, held | again, truth, LOST))

    def _keyed(self, name: str, run: Run) -> tuple[list[Key], dict[Key, Json]]:
        """Keys that came twice, and the records by key."""
        stream, records = run.streams[name], run.output.records[name]
        keys = [key_of(stream, record) for record in records]
        twice = [key for key, number in Counter(keys).items() if number > 1]
        return twice, dict(zip(keys, records, strict=True))

    def _told(
        self, name: str, held: Mapping[Key, Json], truth: Mapping[Key, Json], words: Sequence[str]
    ) -> Iterator[str]:
        """Differences from the truth that no warning names, each kind once with its number."""
        warned = self._warned(name, words)
        is_odd = VALUES in self.spoilt[name] or any(self._complaints(f"{name}:", EMPTY_COLUMNS))
        kept = {key: record for key, record in truth.items() if key in held or not {str(key[0]), ""} & warned}
        kinds = defaultdict(list)
        for line in differences(dict(held), kept):
            kind = line.partition(":")[0]
            kinds[kind if kind in ("missing", "invented") else "wrong"].append(line)
        for kind, lines in kinds.items():
            if kind != "wrong" or not is_odd:
                yield f"{kind}: {len(lines)} of {len(truth)}, such as {min(lines)[:300]}"

    def _warned(self, name: str, words: Sequence[str]) -> set[str]:
        """Accounts of which a warning says that rows are missing; an empty text for all."""
        lines = [line for word in words for line in self._complaints(name, word)]
        accounts = {str(key[0]) for key in self.truth[name]}
        return {next((account for account in accounts if account in line), "") for line in lines}

    def _complaints(self, *words: str) -> list[str]:
        """Warnings and errors of both syncs that hold all of the words."""
        return [line for run in (self.first, self.second) for line in run.output.complaints(*words)]
