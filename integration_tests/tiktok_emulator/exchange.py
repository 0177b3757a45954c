"""One request and its answer: routing, limits, permissions, handler, faults, envelope, log."""

import time
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

import orjson

from integration_tests.tiktok_emulator.access import Token
from integration_tests.tiktok_emulator.actions import Action
from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.edits import PAGE_EDITS, PAGE_VIEWS, PageParts, edited
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError
from integration_tests.tiktok_emulator.failures import failure
from integration_tests.tiktok_emulator.listing import Page, Plain
from integration_tests.tiktok_emulator.log import TRANSPORT_FAILURE, LoggedRequest
from integration_tests.tiktok_emulator.parameters import Parameters
from integration_tests.tiktok_emulator.routes import ABSENT, OFFICIAL, REAL_ENDPOINTS, ROUTES, Route
from integration_tests.tiktok_emulator.server import JSON, TEXT, Answer, Incoming
from integration_tests.tiktok_emulator.site import Site
from integration_tests.tiktok_emulator.time_outs import TIME_OUT_CODES, TIME_OUT_STATUSES
from integration_tests.tiktok_emulator.wires import CUT, WIRES, packed

PREFIX = "/open_api/v1.3/"
SANDBOX_HOST = "sandbox-ads.tiktok.com"
THROTTLE_HEADER = "X-Tt-Ads-Throttle"
TRUNCATED = (
    "Number of ad ids is equal or more than 20k, only return the top 20k id's results, "
    "sorting by create time desc order."
)


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
        answer = _travelling(self._respond(), self._struck, self._incoming, utc)
        self._site.faults.quirks.note(self._code, moment)
        self._site.log.add(self._entry(answer, moment, utc))
        return answer

    def _entry(self, answer: Answer, moment: float, utc: datetime) -> LoggedRequest:
        known = self._route.parameters if self._route else ()
        cut = answer.transport in CUT
        return LoggedRequest(
            number=self._number,
            method=self._incoming.method,
            endpoint=self._endpoint,
            params=self._incoming.params,
            host=self._incoming.host,
            token=self._incoming.token,
            sandbox=self._sandbox,
            status=0 if cut else answer.status,
            code=TRANSPORT_FAILURE if cut else self._code,
            fault="+".join(action.kind for action in self._struck),
            unknown_params=tuple(sorted(set(self._incoming.params).difference(known))),
            rows=self._rows,
            monotonic=moment,
            utc=utc.isoformat(),
        )

    def _respond(self) -> Answer:
        """Return the answer with all that goes wrong on the way."""
        # Requests count when they arrive, however long their answers take.
        beyond = self._limit_reached()
        if not beyond:
            self._struck = self._site.faults.strike(self._endpoint, self._incoming.params, self._fingerprint())
        late = sum(action.seconds for action in self._struck if action.kind == "delay")
        time.sleep(self._site.faults.latency + late)
        for action in self._struck:
            if action.change:
                action.change(self._site.world)
        instead = beyond or self._failure()
        answer = self._refusal(instead) if isinstance(instead, ApiError) else instead or self._route_answer()
        if answer.status in TIME_OUT_STATUSES or self._code in TIME_OUT_CODES:
            self._site.time_outs.note(self._app_id(), self._fingerprint())
        changed = edited(answer, self._struck)
        if changed.body != answer.body:
            self._code = _spoken_code(changed.body)
        return changed

    def _failure(self) -> Answer | ApiError | None:
        return next((found for found in (failure(one, self._incoming) for one in self._struck) if found), None)

    def _route_answer(self) -> Answer:
        """Return what the web server in front of the API makes of path and method."""
        if not self._incoming.path.endswith("/") or not self._incoming.path.startswith(PREFIX):
            return Answer(b"404 page not found", 404, TEXT)
        if self._route and self._incoming.method != "GET":
            return Answer(b"405 method not allowed", 405, TEXT)
        try:
            return self._honest()
        except ApiError as error:
            return self._refusal(error)
        except NotModelledError as error:
            return Answer(f"The emulator does not model: {error}".encode(), 501, TEXT)

    def _honest(self) -> Answer:
        """Return the API's answer."""
        if self._route is None:
            if self._endpoint in REAL_ENDPOINTS:
                raise NotModelledError(f"endpoint {self._endpoint}")
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
        site, app_id = self._site, self._app_id()
        advertiser_id = self._incoming.params.get("advertiser_id", "")
        try:
            if site.faults.time_outs_cost:
                site.time_outs.check(app_id, self._fingerprint(), site.world.options.blocked_query_code)
            if site.limits:
                site.limits.check(app_id, self._endpoint, advertiser_id, sandbox=self._sandbox)
        except ApiError as error:
            return error
        return None

    def _app_id(self) -> str:
        token = self._site.access.tokens.get(self._incoming.token)
        return token.app_id if token else ""

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
            access.check_refusals(text, route.endpoint, self._parameters.raw.get("bc_id", ""))
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
        for action in self._struck:
            if action.kind in PAGE_VIEWS:
                page = PAGE_VIEWS[action.kind](action, page)
        parts = PageParts(self._site.rendered(page), _page_info(page, self._site.world.options.empty_total_page))
        for action in self._struck:
            if action.kind in PAGE_EDITS:
                parts = PAGE_EDITS[action.kind](action, page, parts)
        self._rows = max(0, min(page.size, page.listing.total - page.start)) if parts.rows else 0
        info = b"" if parts.page_info is None else b',"page_info":' + orjson.dumps(parts.page_info)
        data = b"{" + page.beside + b'"' + page.list_key.encode() + b'":[' + parts.rows + b"]" + info + b"}"
        return self._envelope(0, "OK", data, {THROTTLE_HEADER: TRUNCATED} if page.throttled else {})

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


def _travelling(answer: Answer, struck: list[Action], incoming: Incoming, now: datetime) -> Answer:
    """Return the answer as it travels: dated, packed for those who can unpack, on the way that a fault chose."""
    headers = {"Date": format_datetime(now, usegmt=True), **answer.headers}
    body = answer.body
    if incoming.takes_gzip and body and "Content-Encoding" not in headers:
        body, headers["Content-Encoding"] = packed(body), "gzip"
    answer = replace(answer, body=body, headers=headers)
    way = next((action for action in struck if action.kind in WIRES), None)
    return replace(answer, transport=way.kind, seconds=way.seconds) if way else answer


def _page_info(page: Page, empty_total_page: int) -> dict[str, int]:
    return {
        "total_number": page.listing.total,
        "page": page.page,
        "page_size": page.size,
        "total_page": page.total_page or empty_total_page,
    }


def _spoken_code(body: bytes) -> int:
    """Return the code that an edited body says, or that of a body without one."""
    try:
        code = orjson.loads(body)["code"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return TRANSPORT_FAILURE
    return code if type(code) is int else TRANSPORT_FAILURE
