"""Control over HTTP, for tests that run the emulator as a process: `/__emulator__/...`."""

import json
from collections.abc import Callable
from typing import Any

import orjson

from integration_tests.tiktok_emulator.access import Token
from integration_tests.tiktok_emulator.actions import Action
from integration_tests.tiktok_emulator.faults import RandomFailures
from integration_tests.tiktok_emulator.server import Answer, Incoming
from integration_tests.tiktok_emulator.site import Site

PREFIX = "/__emulator__/"

_SCALARS = ("latency", "ad_limit", "size_budget", "time_outs_cost")


def answer(site: Site, incoming: Incoming) -> Answer:
    """Return the answer to a control request; a wrong one is told in words with status 400."""
    name = f"{incoming.method} {incoming.path.removeprefix(PREFIX).strip('/')}"
    if name not in _COMMANDS:
        return Answer(_json({"error": f"unknown command {name}", "known": sorted(_COMMANDS)}), 404)
    try:
        return Answer(_json(_COMMANDS[name](site, orjson.loads(incoming.body or b"{}"))))
    except (KeyError, TypeError, ValueError) as error:
        return Answer(_json({"error": repr(error)}), 400)


def _json(value: Any) -> bytes:
    return orjson.dumps(value)


def _log(site: Site, _: dict[str, Any]) -> Any:
    return [entry.as_json() for entry in site.requests]


def _clock(site: Site, body: dict[str, Any]) -> Any:
    if "now" in body:
        site.clock.set(body["now"])
    return {"now": site.clock.now().isoformat()}


def _faults(site: Site, body: dict[str, Any]) -> Any:
    """Add to the script: `rules`, `random`, `drifts`, `withdrawn`, `vanished`, and the scalar modes."""
    for rule in body.get("rules", ()):
        site.faults.add(_action(rule.pop("action")), **rule)
    for drift in body.get("drifts", ()):
        site.faults.drift(**drift)
    if "random" in body:
        site.faults.random = RandomFailures(**body["random"])
    site.faults.withdraw(*body.get("withdrawn", ()))
    site.access.vanished |= set(body.get("vanished", ()))
    for name in _SCALARS:
        setattr(site.faults, name, body.get(name, getattr(site.faults, name)))
    return {"rules": len(site.faults.rules), "drifts": len(site.faults.drifts)}


def _action(fields: dict[str, Any]) -> Action:
    """Return an action; the `value` of a `put` may be given instead of its JSON `text`."""
    if "value" in fields:
        fields["text"] = json.dumps(fields.pop("value"))
    return Action(**fields)


def _tokens(site: Site, body: dict[str, Any]) -> Any:
    """Add or replace a token; the fields are those of `Token`."""
    text = body.pop("token")
    if "advertiser_ids" in body:
        body["advertiser_ids"] = tuple(body["advertiser_ids"])
    if "scopes" in body:
        body["scopes"] = frozenset(body["scopes"])
    site.access.tokens[text] = Token(**body)
    return {"tokens": len(site.access.tokens)}


def _refusals(site: Site, body: dict[str, Any]) -> Any:
    site.access.refuse(**body)
    return {"refusals": len(site.access.refusals)}


def _limits(site: Site, body: dict[str, Any]) -> Any:
    site.enforce(body["tier"])
    return {"tier": body["tier"]}


def _reset(site: Site, _: dict[str, Any]) -> Any:
    site.reset()
    return {}


_COMMANDS: dict[str, Callable[[Site, dict[str, Any]], Any]] = {
    "GET log": _log,
    "GET clock": _clock,
    "POST clock": _clock,
    "POST faults": _faults,
    "POST tokens": _tokens,
    "POST refusals": _refusals,
    "POST limits": _limits,
    "POST reset": _reset,
}
