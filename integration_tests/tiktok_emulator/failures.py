"""What takes the place of an honest answer."""

from collections.abc import Callable

from integration_tests.tiktok_emulator.actions import Action
from integration_tests.tiktok_emulator.errors import ApiError
from integration_tests.tiktok_emulator.server import HTML, Answer, Incoming
from integration_tests.tiktok_emulator.spellings import SPELLINGS
from integration_tests.tiktok_emulator.wires import bomb

_PAGE = "<html><head><title>{status}</title></head><body><h1>{status} Bad weather</h1></body></html>"
_OK = 200


def _echo(action: Action, incoming: Incoming) -> Answer | ApiError:
    """Return a refusal, or a gateway's page, that holds the secrets of the request in a spelling."""
    given = {name: incoming.params.get(name, "") for name in ("app_id", "secret")}
    secrets = {"Access-Token": incoming.token, **given}
    spell = SPELLINGS[action.text or "plain"]
    text = ", ".join(f"{name}={spell(secret)}" for name, secret in secrets.items() if secret)
    if action.status == _OK:
        return ApiError(action.code, f"Refused: {text}")
    return Answer(f"<html><body><pre>{text}</pre></body></html>".encode(), action.status, HTML)


def _http(action: Action, _: Incoming) -> Answer:
    page = _PAGE.format(status=action.status) if action.text is None else action.text
    return Answer(page.encode(), action.status, HTML, action.headers or {})


_FAILURES: dict[str, Callable[[Action, Incoming], Answer | ApiError]] = {
    "api": lambda action, _: ApiError(action.code, action.message),
    "echo": _echo,
    "http": _http,
    "wrong_json": lambda *_: Answer(b'{"code": 0, "message": "OK", "data": {"list": [{"a": '),
    "gzip_bomb": lambda action, _: Answer(bomb(action.amount), headers={"Content-Encoding": "gzip"}),
    **dict.fromkeys(("empty_body", "reset", "continues"), lambda *_: Answer(b"")),
}


def failure(action: Action, incoming: Incoming) -> Answer | ApiError | None:
    """Return the answer or the refusal that a misbehaviour gives instead of an honest answer, if it does."""
    make = _FAILURES.get(action.kind)
    return make(action, incoming) if make else None
