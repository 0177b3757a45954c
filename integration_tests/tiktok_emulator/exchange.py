"""One request and its answer: routing, limits, permissions, handler, faults, envelope, log."""

import time
from dataclasses import replace

import orjson

from integration_tests.tiktok_emulator.access import Token
from integration_tests.tiktok_emulator.actions import HTML, PAGE_EDITS, Action, PageParts
from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError
from integration_tests.tiktok_emulator.listing import Page, Plain
from integration_tests.tiktok_emulator.log import TRANSPORT_FAILURE, LoggedRequest
from integration_tests.tiktok_emulator.parameters import Parameters
from integration_tests.tiktok_emulator.routes import ABSENT, OFFICIAL, ROUTES, Route
from integration_tests.tiktok_emulator.server import JSON, Answer, Incoming
from integration_tests.tiktok_emulator.site import Site

PREFIX = "/open_api/v1.3/"
SANDBOX_HOST = "sandbox-ads.tiktok.com"
THROTTLE_HEADER = "X-Tt-Ads-Throttle"
TRUNCATED = (
    "Number of ad ids is equal or more than 20k, only return the top 20k id's results, "
    "sorting by create time desc order."
)

_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"


class Exchange:
    """One request on its way through the emulator.

    Args:
        site: the emulator asked.
        incoming: the request.
    """

    def __init__(self, site: Site, incoming: Incoming) -> None:
        self._site = site
        self._incoming = incoming
        self._number = site.next_number()
        self._sandbox = incoming.host.partition(":")[0] == SANDBOX_HOST
        self._endpoint = incoming.path.removeprefix(PREFIX)
        self._route = ROUTES.get(self._endpoint)
        self._parameters = Parameters(incoming.params)
        self._struck: list[Action] = []
        self._code = TRANSPORT_FAILURE
        self._rows = 0

    def answer(self) -> Answer:
        """Return the answer, after noting it in the log."""
        moment, utc = self._site.monotonic(), self._site.clock.now()
        answer = self._respond()
        self._site.faults.quirks.note(self._code, moment)
        known = self._route.parameters if self._route else ()
        self._site.log.add(
            LoggedRequest(
                number=self._number,
                method=self._incoming.method,
                endpoint=self._endpoint,
                params=self._incoming.params,
                host=self._incoming.host,
                token=self._incoming.token,
                sandbox=self._sandbox,
                status=0 if answer.transport else answer.status,
                code=TRANSPORT_FAILURE if answer.transport else self._code,
                fault="+".join(action.kind for action in self._struck),
                unknown_params=tuple(sorted(set(self._incoming.params).difference(known))),
                rows=self._rows,
                monotonic=moment,
                utc=utc.isoformat(),
            )
        )
        return answer

    def _respond(self) -> Answer:
        """Return the answer with all that goes wrong on the way."""
        # Requests count when they arrive, however long their answers take.
        beyond = self._limit_reached()
        self._struck = self._site.faults.strike(self._endpoint, self._incoming.params, self._fingerprint())
        time.sleep(self._site.faults.latency + sum(action.seconds for action in self._struck))
        for action in self._struck:
            if action.change:
                action.change(self._site.world)
        instead = next((answer for answer in map(self._failure, self._struck) if answer), None)
        answer = instead or (self._refusal(beyond) if beyond else self._route_answer())
        cut = any(action.kind == "truncated" for action in self._struck)
        return replace(answer, transport="truncated") if cut else answer

    def _failure(self, action: Action) -> Answer | None:
        """Return the answer that takes the place of an honest one."""
        if action.kind == "api":
            return self._refusal(ApiError(action.code, action.message))
        if action.kind == "http":
            return Answer(HTML.format(status=action.status).encode(), action.status, _HTML)
        if action.kind == "reset":
            return Answer(b"", transport="reset")
        bodies = {"empty_body": b"", "wrong_json": b'{"code": 0, "message": "OK", "data": {"list": [{"a": '}
        return Answer(bodies[action.kind]) if action.kind in bodies else None

    def _route_answer(self) -> Answer:
        """Return what the web server in front of the API makes of path and method."""
        if not self._incoming.path.endswith("/") or not self._incoming.path.startswith(PREFIX):
            return Answer(b"404 page not found", 404, _TEXT)
        if self._route and self._incoming.method != "GET":
            return Answer(b"405 method not allowed", 405, _TEXT)
        try:
            return self._honest()
        except ApiError as error:
            return self._refusal(error)
        except NotModelledError as error:
            return Answer(f"The emulator does not model: {error}".encode(), 501, _TEXT)

    def _honest(self) -> Answer:
        """Return the API's answer."""
        if self._route is None:
            raise ApiError(40400, f"Route not found: {self._endpoint}")
        access = self._site.access
        token = access.authenticate(self._incoming.token, sandbox=self._sandbox)
        self._check_environment(self._route)
        access.check_scope(token, self._route.scopes)
        self._check_permissions(self._route, token)
        result = self._route.handler(self._call(self._route, token))
        return self._page_answer(result) if isinstance(result, Page) else self._plain_answer(result)

    def _limit_reached(self) -> ApiError | None:
        """Return what TikTok says to a request beyond a limit."""
        if not self._site.limits:
            return None
        token = self._site.access.tokens.get(self._incoming.token)
        advertiser_id = self._incoming.params.get("advertiser_id", "")
        app_id = token.app_id if token else ""
        try:
            self._site.limits.check(app_id, self._endpoint, advertiser_id, sandbox=self._sandbox)
        except ApiError as error:
            return error
        return None

    def _check_environment(self, route: Route) -> None:
        served = route.sandbox == OFFICIAL or (route.sandbox != ABSENT and self._site.world.options.sandbox_assets)
        if self._sandbox and not served:
            raise ApiError(40008)

    def _check_permissions(self, route: Route, token: Token) -> None:
        advertiser_ids = route.accounts(self._parameters)
        access, text = self._site.access, self._incoming.token
        if "secret" in route.parameters:
            access.check_app(self._parameters)
        if not advertiser_ids:
            access.check_refusals(text, route.endpoint, "")
        access.check_accounts(text, token, route.endpoint, advertiser_ids)

    def _call(self, route: Route, token: Token) -> Call:
        faults = self._site.faults
        return Call(
            world=self._site.world,
            parameters=self._parameters,
            pages=route.pages,
            sandbox=self._sandbox,
            granted=tuple(self._site.access.granted(token)),
            ad_limit=faults.ad_limit,
            withdrawn=faults.refused_metrics() if "metrics" in route.parameters else frozenset(),
            size_budget=faults.size_budget,
            quirks=faults.quirks,
            moment=self._site.monotonic(),
        )

    def _page_answer(self, honest: Page) -> Answer:
        page = self._site.faults.drifted(honest, self._endpoint, self._fingerprint(without=("page",)))
        parts = PageParts(self._site.rendered(page), self._page_info(page))
        for action in self._struck:
            if action.kind in PAGE_EDITS:
                parts = PAGE_EDITS[action.kind](action, page, parts)
        self._rows = max(0, min(page.size, page.listing.total - page.start)) if parts.rows else 0
        info = b"" if parts.page_info is None else b',"page_info":' + orjson.dumps(parts.page_info)
        data = b"{" + page.beside + b'"' + page.list_key.encode() + b'":[' + parts.rows + b"]" + info + b"}"
        return self._envelope(0, "OK", data, {THROTTLE_HEADER: TRUNCATED} if page.throttled else {})

    def _page_info(self, page: Page) -> dict[str, int]:
        return {
            "total_number": page.listing.total,
            "page": page.page,
            "page_size": page.size,
            "total_page": page.total_page or self._site.world.options.empty_total_page,
        }

    def _plain_answer(self, result: Plain) -> Answer:
        self._rows = len(result.data.get("list", ()))
        return self._envelope(0, "OK", orjson.dumps(result.data))

    def _refusal(self, error: ApiError) -> Answer:
        return self._envelope(error.code, error.message, b"{}")

    def _envelope(self, code: int, message: str, data: bytes, headers: dict[str, str] | None = None) -> Answer:
        """Return an envelope; HTTP status is 200 whatever the code says."""
        self._code = code
        request_id = f"{self._site.clock.now():%Y%m%d%H%M%S}{self._number:018X}"
        head = orjson.dumps({"code": code, "message": message, "request_id": request_id})[:-1]
        return Answer(head + b',"data":' + data + b"}", 200, JSON, {"X-TT-LOGID": request_id, **(headers or {})})

    def _fingerprint(self, without: tuple[str, ...] = ()) -> str:
        """Return the same text for the same request."""
        kept = sorted((name, text) for name, text in self._incoming.params.items() if name not in without)
        return f"{self._sandbox}{self._incoming.path}{kept}"
