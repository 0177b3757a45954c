"""The way to TikTok: hosts, the token's header, the request budget and the patience with failures."""

import itertools
import logging
import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.config import Config
from source_tiktok_marketing.errors import FINAL, SUCCESS, Action, Answer, Unavailable, judge, judge_exception
from source_tiktok_marketing.limits import RequestBudget
from source_tiktok_marketing.sharing import Desk, Once

LOGGER = logging.getLogger("airbyte")

PRODUCTION_HOST = "business-api.tiktok.com"
SANDBOX_HOST = "sandbox-ads.tiktok.com"
API_VARIABLE = "TIKTOK_MARKETING_API"
VERSION_PATH = "/open_api/v1.3/"

# Heavy report queries take TikTok minutes; a dead connection should not.
CONNECT_TIMEOUT, READ_TIMEOUT = 10, 300
MAX_CONNECTIONS = 40


class AccessToken(AuthBase):
    """The `Access-Token` header, which TikTok wants bare."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request."""
        request.headers["Access-Token"] = self._token
        return request


@dataclass(frozen=True)
class Patience:
    """How long to ask again, in seconds of waiting, for each kind of failure that passes.

    Attributes:
        limits: Seconds after which to give up, by action.
    """

    limits: Mapping[Action, float]

    def hasty(self, actions: Iterable[Action]) -> "Patience":
        """The same, with little patience for some kinds of failure."""
        return Patience({**self.limits, **{action: min(HASTY_LIMIT, self.limits[action]) for action in actions}})

    def wait(self, action: Action, attempt: int, waited: float) -> float | None:
        """Seconds until the next attempt, or None to give up.

        Waits double from one second; jitter keeps the workers from asking in step.
        """
        if waited >= self.limits[action]:
            return None
        return min(2.0 ** (attempt - 1), LONGEST_WAIT[action]) * random.uniform(0.75, 1.25)


# TikTok's maintenance lasts from half an hour to hours; the portal advises five minutes of waiting on 5xx.
HASTY_LIMIT = 4.0
SHORT_OUTAGES = frozenset({Action.RETRY, Action.LIGHTEN})
LONGEST_WAIT = {Action.RETRY: 120, Action.LIGHTEN: 120, Action.WAIT_OUT: 300, Action.THROTTLE: 1}
SYNC_PATIENCE = Patience(
    {Action.RETRY: 600, Action.LIGHTEN: 600, Action.WAIT_OUT: 4 * 3600, Action.THROTTLE: 48 * 3600}
)
# A person waits for the result of a check.
CHECK_PATIENCE = Patience({Action.RETRY: 15, Action.LIGHTEN: 15, Action.WAIT_OUT: 15, Action.THROTTLE: 30})


class TiktokClient(HttpClient):
    """The CDK's HTTP client with TikTok's own rules in place of status codes; one for all streams.

    Args:
        config: Token and environment.
        budget: Slots for requests.
        clock: Where waiting happens.
        patience: How long to ask again.
    """

    def __init__(self, config: Config, budget: RequestBudget, clock: Clock, patience: Patience) -> None:
        session = requests.Session()
        adapter = HTTPAdapter(pool_connections=MAX_CONNECTIONS, pool_maxsize=MAX_CONNECTIONS)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        super().__init__("tiktok", LOGGER, session=session, authenticator=AccessToken(config.access_token))
        self.host = SANDBOX_HOST if config.sandbox else PRODUCTION_HOST
        self.url_base = os.environ.get(API_VARIABLE, f"https://{self.host}").rstrip("/") + VERSION_PATH
        self.budget = budget
        self._clock = clock
        self._patience = patience
        self.desk = Desk()
        self._succeeded_at = float("-inf")
        # The patience for one request was used up while no other succeeded: the next ones need not wait as long.
        self._outage = False
        # The same for an endpoint of one account, while others succeed.
        self._given_up: set[tuple[str, str | None]] = set()
        self.once = Once(self.desk.leave)

    def get(self, endpoint: str, params: Mapping[str, str]) -> Answer:
        """Ask an endpoint once, with patience, outside of any stream."""
        _, response = self.send_request("GET", self.url_base + endpoint, {}, params=params)
        self.desk.leave()
        return answer_of(response)

    def send_request(  # type: ignore[override]  # the CDK's keyword arguments are all accepted
        self,
        http_method: str,
        url: str,
        request_kwargs: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[requests.PreparedRequest, requests.Response]:
        """Send a request until TikTok has given a final answer; the answer is kept on the response.

        The calling thread then has the desk, until it asks again or leaves.

        Of `request_kwargs`, `divisible` says that the caller could ask for less at a time.

        Raises:
            ApiError: The answer is a failure, or the patience is used up.
        """
        # The host stays TikTok's own even when the variable for development leads elsewhere.
        request = self._session.prepare_request(
            requests.Request(http_method, url, {**(headers or {}), "Host": self.host}, params=params)
        )
        where = describe(url, params or {})
        what = (_endpoint(url), (params or {}).get("advertiser_id"))
        waited, started = 0.0, self._clock.monotonic()
        for attempt in itertools.count(1):
            answer, response = self._attempt(request, _endpoint(url))
            action = answer.rule.action
            if action is Action.ACCEPT and response is not None:
                self._succeeded_at, self._outage = self._clock.monotonic(), False
                self._given_up.discard(what)
                if answer.code != SUCCESS:
                    LOGGER.warning("TikTok answered %s in part only, with %s.", where, answer)
                vars(response)["tiktok_answer"] = answer
                return request, response
            self.desk.leave()
            if action in FINAL:
                raise FINAL[action](answer, where)
            only_here = self._succeeded_at > started
            hasty: Iterable[Action] = ()
            if only_here and what in self._given_up:
                hasty = SHORT_OUTAGES
            elif only_here and request_kwargs.get("divisible"):
                hasty = (Action.LIGHTEN,)  # Its size may be what fails: it is better divided soon.
            patience = self._patience.hasty(hasty)
            pause = self.budget.pause_left if action is Action.THROTTLE else 0.0
            wait = patience.wait(action, attempt, waited + pause)
            if wait is None or (self._outage and not only_here and action in SHORT_OUTAGES):
                self._outage = not only_here and action in SHORT_OUTAGES
                if only_here and action in SHORT_OUTAGES and action not in hasty:
                    self._given_up.add(what)
                raise Unavailable(answer, where)
            LOGGER.info("TikTok answered %s with %s; attempt %d in %.0f s.", where, answer, attempt + 1, wait)
            waits_from = self._clock.monotonic()
            self._clock.sleep(wait)
            if action is Action.THROTTLE:
                self.budget.wait_out_pause()
            waited += self._clock.monotonic() - waits_from
        raise AssertionError("unreachable")  # pragma: no cover

    def _attempt(
        self, request: requests.PreparedRequest, endpoint: str
    ) -> tuple[Answer, requests.Response | None]:
        self.desk.leave()
        sent_at = self.budget.acquire(endpoint)
        try:
            # Proxies and certificates of the machine; in a session they count for prepared requests only if told.
            settings = self._session.merge_environment_settings(request.url, {}, True, None, None)
            response = self._session.send(
                request, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), allow_redirects=False, **settings
            )
            # In one piece: `response.content` collects small ones, which is slower and scatters the memory.
            body = response.raw.read(decode_content=True)
        except (requests.RequestException, HTTPError) as error:
            return judge_exception(error), None
        self.desk.enter()
        answer = judge(response.status_code, body)
        if answer.rule.action is Action.THROTTLE:
            self.budget.throttled(sent_at, answer.message)
        else:
            self.budget.succeeded(sent_at)
        return answer, response


def answer_of(response: requests.Response) -> Answer:
    """The judged answer that a response carries, so that no body is parsed twice."""
    answer: Answer = vars(response)["tiktok_answer"]
    return answer


def forget_answer(response: requests.Response) -> None:
    """Drop the answer of a response that is done with: responses are garbage in cycles, pages must go at once."""
    del vars(response)["tiktok_answer"]


def describe(url: str, params: Mapping[str, str]) -> str:
    """An endpoint with its account and days for people; never the query, which can hold the app's secret."""
    account = f" for account {params['advertiser_id']}" if "advertiser_id" in params else ""
    days = f" from {params['start_date']} to {params['end_date']}" if "start_date" in params else ""
    return f"{_endpoint(url)}{account}{days}"


def _endpoint(url: str) -> str:
    return urlsplit(url).path.rpartition(VERSION_PATH)[2]
