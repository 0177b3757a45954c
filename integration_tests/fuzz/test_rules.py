"""The rules of the fuzz test see what they are there to see."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from integration_tests.connector import Json, Output
from integration_tests.fuzz.chaos import Chaos
from integration_tests.fuzz.endpoints import REPORT
from integration_tests.fuzz.inputs import altered
from integration_tests.fuzz.mutations import FAMILIES, ROWS, VALUES
from integration_tests.fuzz.rules import Run, TwoSyncs, breaches

SECRET, STREAM = "sec/5d+7B=%e4xW2", "campaigns"
KEY = ("731", "17")
PUBLISHED = {
    "name": STREAM,
    "source_defined_primary_key": [["campaign_id"]],
    "json_schema": {"type": "object", "properties": {"name": {"type": ["string", "null"]}}},
}
RECORD = {"advertiser_id": KEY[0], "campaign_id": KEY[1], "name": "Spring"}


def record(**changes: Any) -> Json:
    data = {name: value for name, value in (RECORD | changes).items() if value is not ...}
    return {"type": "RECORD", "record": {"stream": STREAM, "data": data, "emitted_at": 1}}


def log(text: str, level: str = "INFO") -> Json:
    return {"type": "LOG", "log": {"level": level, "message": text}}


def trace(**content: Any) -> Json:
    return {"type": "TRACE", "trace": {"emitted_at": 1.0, **content}}


def status(word: str, stream: str = STREAM) -> Json:
    about = {"stream_descriptor": {"name": stream}, "status": word}
    return trace(type="STREAM_STATUS", stream_status=about)


ERROR = trace(type="ERROR", error={"message": "TikTok refuses."})
VERDICT = {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}}
WHOLE = [status("STARTED"), record(), status("COMPLETE")]


def run(*lines: Json | bytes, exit_code: int = 0, command: str = "read", **changes: Any) -> Run:
    texts = [
        line if isinstance(line, bytes) else json.dumps(line, separators=(",", ":")).encode() for line in lines
    ]
    stdout = b"".join(text + b"\n" for text in texts)
    return replace(
        Run(
            command=command,
            output=Output(exit_code, stdout, b""),
            seconds=1.0,
            megabytes=90.0,
            streams={STREAM: PUBLISHED},
            asked=(STREAM,),
            secrets=(SECRET,),
        ),
        **changes,
    )


BREACHES: dict[str, tuple[Run, str]] = {
    "a line that is no JSON": (run(*WHOLE, b"hello"), "every_line_is_a_message"),
    "a message of no type": (run(*WHOLE, {"type": "GREETING"}), "every_line_is_a_message"),
    "something on stderr": (run(*WHOLE, output=Output(0, b"", b"warning")), "every_line_is_a_message"),
    "half a line": (run(output=Output(0, b'{"type"', b"")), "every_line_is_a_message"),
    "a long sentence": (run(*WHOLE, log("x" * 100_000)), "sentences_are_short"),
    "a secret": (run(*WHOLE, log(SECRET)), "no_secret_is_told"),
    "a secret in base64": (run(*WHOLE, log(b64encode(SECRET.encode()).decode())), "no_secret_is_told"),
    "a secret in a URL in HTML": (run(*WHOLE, log("sec%2F5d%2B7B%3D%25e4xW2")), "no_secret_is_told"),
    "a stack": (run(*WHOLE, log("Oh.\nTraceback (most recent call last):\n ...")), "nobody_is_shown_a_stack"),
    "a value of another type": (run(status("STARTED"), record(name=7), WHOLE[-1]), "records_are_as_published"),
    "null in the key": (run(status("STARTED"), record(campaign_id=None), WHOLE[-1]), "records_are_as_published"),
    "no account": (run(status("STARTED"), record(advertiser_id=...), WHOLE[-1]), "records_are_as_published"),
    "zero, and not all read": (run(*WHOLE[:-1], status("INCOMPLETE")), "exit_code_and_traces_agree"),
    "zero, and an error": (run(*WHOLE, ERROR), "exit_code_and_traces_agree"),
    "one, and all was read": (run(*WHOLE, exit_code=1), "exit_code_and_traces_agree"),
    "a stream that never ends": (run(*WHOLE[:-1], ERROR, exit_code=1), "exit_code_and_traces_agree"),
    "a stream that ends twice": (run(*WHOLE, WHOLE[-1]), "exit_code_and_traces_agree"),
    "an odd exit code": (run(ERROR, exit_code=139), "exit_code_and_traces_agree"),
    "no verdict": (run(ERROR, exit_code=1, command="check"), "a_check_has_one_verdict"),
    "two verdicts": (run(VERDICT, VERDICT, command="check"), "a_check_has_one_verdict"),
    "a long run": (run(*WHOLE, seconds=61.0), "runs_are_short_and_small"),
    "a large run": (run(*WHOLE, megabytes=201.0), "runs_are_short_and_small"),
}


@pytest.mark.parametrize(("broken", "rule"), BREACHES.values(), ids=BREACHES.keys())
def test_a_rule_sees_its_breach(broken: Run, rule: str) -> None:
    (line,) = breaches(broken)

    assert f" {rule} " in line


@pytest.mark.parametrize(
    "sound",
    [
        run(*WHOLE),
        run(*WHOLE[:-1], ERROR, status("INCOMPLETE"), exit_code=1),
        run(VERDICT, command="check"),
        run(ERROR, exit_code=1, command="discover"),
    ],
)
def test_a_sound_run_breaks_no_rule(sound: Run) -> None:
    assert not breaches(sound)


def syncs(first: Run, second: Run, spoilt: str = "") -> list[str]:
    return list(TwoSyncs(first, second, {STREAM: {KEY: RECORD}}, {STREAM: {spoilt}}).breaches())


NOTHING = run(status("STARTED"), status("COMPLETE"))
FAILED = run(status("STARTED"), ERROR, status("INCOMPLETE"), exit_code=1)
LEFT_OUT = run(*NOTHING.output.messages, log(f"{STREAM}: account {KEY[0]} is left out. No.", "WARN"))
NO_ROWS = run(*NOTHING.output.messages, log(f"{STREAM}: account {KEY[0]}: that is taken for no rows.", "WARN"))
FOREIGN = run(status("STARTED"), record(), record(campaign_id="18"), status("COMPLETE"))
OTHER = run(status("STARTED"), record(name="Summer"), status("COMPLETE"))
TWICE = run(status("STARTED"), record(), record(), status("COMPLETE"))


@pytest.mark.parametrize(
    ("first", "second", "spoilt", "words"),
    [
        pytest.param(run(*WHOLE), NOTHING, "", [], id="all came"),
        pytest.param(FAILED, run(*WHOLE), "", [], id="all came later"),
        pytest.param(NOTHING, run(*WHOLE), "", ["first sync: missing"], id="complete without its rows"),
        pytest.param(FAILED, NOTHING, "", ["both syncs: missing"], id="a state beyond the rows"),
        pytest.param(LEFT_OUT, run(*WHOLE), "", [], id="left out and told"),
        pytest.param(LEFT_OUT, NOTHING, "", ["both syncs: missing"], id="left out for good"),
        pytest.param(NO_ROWS, NOTHING, "", [], id="lost and told"),
        pytest.param(FOREIGN, NOTHING, "", ["first sync: invented", "both syncs: invented"], id="a foreign row"),
        pytest.param(FOREIGN, NOTHING, ROWS, [], id="a foreign row that nobody can know"),
        pytest.param(OTHER, NOTHING, "", ["first sync: wrong", "both syncs: wrong"], id="another value"),
        pytest.param(OTHER, NOTHING, VALUES, [], id="another value that nobody can know"),
        pytest.param(TWICE, NOTHING, "", ["first sync: 1 keys came twice"], id="a key twice"),
        pytest.param(run(*WHOLE), FAILED, "", ["second sync: exit code 1"], id="a state that stops the next sync"),
    ],
)
def test_what_two_syncs_lose_or_invent_is_seen(first: Run, second: Run, spoilt: str, words: list[str]) -> None:
    found = syncs(first, second, spoilt)

    assert len(found) == len(words)
    assert all(word in line for word, line in zip(words, found, strict=True))


def struck_by(seed: int, order: Callable[[list[str]], Any]) -> list[str]:
    chaos = Chaos(seed=seed, families=sorted(FAMILIES), rate=0.5, secrets=(SECRET,), accounts=("1", "2"))
    params = {"dimensions": '["ad_id","stat_time_day"]', "metrics": '["spend"]', "advertiser_id": "1"}
    for day in order([f"2024-03-{day:02}" for day in range(1, 29)]):
        chaos.strike(REPORT, {**params, "start_date": day}, day)
        chaos.strike(REPORT, {**params, "start_date": day}, day)
    return sorted(map(str, chaos.struck))


def test_a_seed_strikes_the_same_requests_alike_in_whatever_order_they_come() -> None:
    assert struck_by(7, list) == struck_by(7, lambda days: days[::-1])
    assert len(struck_by(7, list)) > len("some")
    assert struck_by(7, list) != struck_by(8, list)


def test_a_document_is_altered_in_a_copy() -> None:
    document: Json = {"credentials": {"access_token": "t"}, "windows": [1, 2]}
    before = json.dumps(document)

    alterations = {json.dumps(altered(Random(seed), document)) for seed in range(50)}

    assert len(alterations - {before}) > 10
    assert json.dumps(document) == before
