"""Who may read what: tokens, scopes and refusals."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from integration_tests.tiktok_emulator.errors import ApiError
from integration_tests.tiktok_emulator.parameters import Parameters
from integration_tests.tiktok_emulator.world import World

APP_ID = "7000000000000000001"
APP_SECRET = "emulator-secret"  # noqa: S105 -- opens nothing but the emulator.
PRODUCTION_TOKEN = "emulator-token"  # noqa: S105
SANDBOX_TOKEN = "sandbox-token"  # noqa: S105


@dataclass
class Token:
    """An access token.

    Attributes:
        advertiser_ids: the accounts that the user granted; None for all of the environment. Ids of
            accounts that do not exist are listed too, as TikTok lists deleted ones.
        scopes: numeric permission ids; None for all.
        sandbox: the environment that it belongs to.
    """

    advertiser_ids: tuple[str, ...] | None = None
    scopes: frozenset[int] | None = None
    sandbox: bool = False
    revoked: bool = False
    app_id: str = APP_ID


@dataclass(frozen=True)
class Refusal:
    """A lasting refusal; empty fields match everything."""

    code: int
    message: str = ""
    advertiser_id: str = ""
    endpoint: str = ""
    token: str = ""

    def matches(self, token: str, endpoint: str, advertiser_id: str) -> bool:
        """Tell whether a request for an account meets the refusal."""
        pairs = ((self.token, token), (self.endpoint, endpoint), (self.advertiser_id, advertiser_id))
        return all(wanted in ("", given) for wanted, given in pairs)


def _default_tokens() -> dict[str, Token]:
    return {PRODUCTION_TOKEN: Token(), SANDBOX_TOKEN: Token(sandbox=True)}


@dataclass
class Access:
    """The gate of the emulator; tests change its tokens and refusals at will.

    Attributes:
        vanished: accounts that were withdrawn from all tokens: neither listed nor readable.
    """

    world: World
    app_id: str = APP_ID
    secret: str = APP_SECRET
    tokens: dict[str, Token] = field(default_factory=_default_tokens)
    refusals: list[Refusal] = field(default_factory=list)
    vanished: set[str] = field(default_factory=set)

    def refuse(
        self, code: int, message: str = "", *, advertiser_id: str = "", endpoint: str = "", token: str = ""
    ) -> None:
        """Answer a code from now on, for an account, an endpoint, a token or any mix of them."""
        self.refusals.append(Refusal(code, message, advertiser_id, endpoint, token))

    def authenticate(self, text: str, *, sandbox: bool) -> Token:
        """Return the token of a request.

        Raises:
            ApiError: 40104 without a token, 40105 for one that is unknown, revoked, or of the other host.
        """
        if not text:
            raise ApiError(40104)
        token = self.tokens.get(text)
        if token is None or token.revoked or token.sandbox != sandbox:
            raise ApiError(40105)
        return token

    def granted(self, token: Token) -> list[str]:
        """Return the account ids of a token, in a stable order."""
        accounts = self.world.accounts.values()
        own = [account.advertiser_id for account in accounts if account.sandbox == token.sandbox]
        granted = own if token.advertiser_ids is None else token.advertiser_ids
        return [one for one in granted if one not in self.vanished]

    def check_app(self, parameters: Parameters) -> None:
        """Refuse a developer app id or secret that is not that of the emulated app."""
        if (parameters.required("app_id"), parameters.required("secret")) != (self.app_id, self.secret):
            raise ApiError(40101)

    def check_scope(self, token: Token, scopes: tuple[int, ...]) -> None:
        """Refuse a token to which none of the scopes was granted; no scopes, none needed."""
        if scopes and token.scopes is not None and token.scopes.isdisjoint(scopes):
            raise ApiError(40001, f"No permission: scope {scopes[-1]} was not granted to the access token.")

    def check_accounts(self, token_text: str, token: Token, endpoint: str, advertiser_ids: Iterable[str]) -> None:
        """Refuse the request when one of its accounts is not readable."""
        granted = set(self.granted(token))
        for advertiser_id in advertiser_ids:
            if advertiser_id not in granted:
                raise ApiError(40001, f"No permission to operate advertiser {advertiser_id}.")
            self.check_refusals(token_text, endpoint, advertiser_id)
            if advertiser_id not in self.world.accounts:
                raise ApiError(40001, "Advertiser doesn't exist or has been deleted.")

    def check_refusals(self, token_text: str, endpoint: str, advertiser_id: str) -> None:
        """Raise the first lasting refusal that matches."""
        for refusal in self.refusals:
            if refusal.matches(token_text, endpoint, advertiser_id):
                raise ApiError(refusal.code, refusal.message)
