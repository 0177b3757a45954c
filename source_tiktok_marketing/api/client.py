"""The way to TikTok: hosts, the token's header, the request budget and the patience with failures."""

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from requests.auth import AuthBase

from source_tiktok_marketing.api.ahead import Ahead
from source_tiktok_marketing.api.answers import Parse, judge_exception, judge_response, parsed
from source_tiktok_marketing.api.codes import SUCCESS, Action
from source_tiktok_marketing.api.errors import FINAL, Answer, TooLarge, given_up
from source_tiktok_marketing.api.rate_limits import RequestBudget
from source_tiktok_marketing.api.retries import (
    ENDLESS,
    HICCUPS,
    SYNC_PATIENCE,
    Patience,
    Place,
    RetryPolicy,
    RetryState,
)
from source_tiktok_marketing.api.sending import READ_TIMEOUT, Sender
from source_tiktok_marketing.api.sharing import DecodeLock, Once
from source_tiktok_marketing.clock import Clock

LOGGER = logging.getLogger("airbyte")

PRODUCTION_HOST = "business-api.tiktok.com"
SANDBOX_HOST = "sandbox-ads.tiktok.com"
API_VARIABLE = "TIKTOK_MARKETING_API"
VERSION_PATH = "/open_api/v1.3/"

# Whom a query may be about, and how people call that.
OWNERS = {"advertiser_id": "account", "store_id": "shop", "bc_id": "Business Center"}
# Successes without list and count are a hiccup of TikTok's, or one of its spellings of "nothing".
MAX_SILENCES = 4


class AccessToken(AuthBase):
    """The `Access-Token` header, which TikTok wants bare."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request."""
        request.headers["Access-Token"] = self._token
        return request


@dataclass(frozen=True)
class Api:
    """Where TikTok is, and with which token.

    Attributes:
        host: PRODUCTION_HOST or SANDBOX_HOST.
        access_token: Value of the `Access-Token` header.
        connections: How many of them to keep open.
    """

    host: str
    access_token: str = field(repr=False)
    connections: int


@dataclass(frozen=True)
class Attempt:
    """A request that was sent once, what came of it, and the seconds that this took."""

    answer: Answer
    seconds: float
    response: requests.Response | None = None


class TiktokClient(HttpClient):
    """The CDK's HTTP client with TikTok's own rules in place of status codes; one for all streams.

    Args:
        api: Where TikTok is, and with which token.
        budget: Slots for requests.
        clock: Where waiting happens.
        patience: How long to ask again.
    """

    def __init__(
        self,
        api: Api,
        budget: RequestBudget,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self.host = api.host
        self.url_base = os.environ.get(API_VARIABLE, f"https://{self.host}").rstrip("/") + VERSION_PATH
        self.sender = Sender(budget, api.connections, self.url_base)
        authenticator = AccessToken(api.access_token)
        super().__init__("tiktok", LOGGER, session=self.sender.session, authenticator=authenticator)
        self.budget = budget
        self.ahead = Ahead(self.sender.send)
        self._clock = clock
        self._retries = RetryPolicy(patience)
        self.decode_lock = DecodeLock()
        self.once = Once(self.decode_lock.release)
        # Whether the latest answer was a failure that passes: then more requests would but meet more of it.
        self.meets_failures = False

    def get(self, endpoint: str, params: Mapping[str, str], patience: float = ENDLESS) -> Answer:
        """Ask an endpoint for its list, with the usual patience or less, outside of any stream."""
        request_kwargs = {"patience": patience, "list_field": "list"}
        _, response = self.send_request("GET", self.url_base + endpoint, request_kwargs, params=params)
        self.decode_lock.release()
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

        The calling thread then has the decode lock, until it asks again or releases it.

        Of `request_kwargs`, `lighter` are the parameters of a light question to the same endpoint, given if the
        caller could ask for less at a time: if TikTok answers that one, the size of this one is what fails.
        `is_report` says that TikTok minds repetitions after time-outs.
        `patience` are the seconds of waiting after which the caller would rather do something else. `list_field`
        is where the answer should hold a list: one that holds neither that nor a count is asked for again.
        `parse` reads the body in place of the usual parser.

        Raises:
            ApiError: The answer is a failure, or the patience is used up.
        """
        request = self._prepare(http_method, url, params, headers)
        lighter = request_kwargs.get("lighter")
        where = describe(url, params or {})
        retry = RetryState(
            _place(url, params or {}),
            self._clock.monotonic(),
            request_kwargs.get("patience", ENDLESS),
            is_report=request_kwargs.get("is_report", False),
        )
        while True:
            attempt = self._attempt(request, retry, request_kwargs.get("parse", parsed))
            answer, response = attempt.answer, attempt.response
            if answer.rule.action is Action.ACCEPT and response is not None:
                self._retries.succeeded(retry, self._clock.monotonic())
                if retry.silences < MAX_SILENCES and is_silent(answer, request_kwargs.get("list_field")):
                    retry.silences += 1
                    continue
                if answer.code != SUCCESS:
                    LOGGER.warning("TikTok answered %s in part only, with %s.", where, answer)
                vars(response)["tiktok_answer"] = answer
                vars(response)["tiktok_seconds"] = attempt.seconds
                return request, response
            self.decode_lock.release()
            self._wait_or_give_up(
                retry, attempt, where, lighter and self._prepare(http_method, url, lighter, headers)
            )

    def _prepare(
        self, http_method: str, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None
    ) -> requests.PreparedRequest:
        # The host stays TikTok's own even when the variable for development leads elsewhere.
        return self._session.prepare_request(
            requests.Request(http_method, url, {**(headers or {}), "Host": self.host}, params=params)
        )

    def _wait_or_give_up(
        self, retry: RetryState, attempt: Attempt, where: str, lighter: requests.PreparedRequest | None
    ) -> None:
        answer = attempt.answer
        action = answer.rule.action
        if action in FINAL:
            raise FINAL[action](answer, where)
        retry.failed(action, attempt.seconds)
        if action in HICCUPS and lighter and self._is_size_to_blame(retry, lighter):
            raise TooLarge(answer, where)
        pause = self.budget.pause_left if action is Action.THROTTLE else retry.pause(action)
        if self._retries.is_over(retry, action, self._clock.monotonic(), pause):
            raise given_up(answer, where)
        wait = retry.next_wait(action)
        LOGGER.info("TikTok answered %s with %s; attempt %d in %.0f s.", where, answer, retry.next_attempt, wait)
        # What was meant to be waited counts: a machine that stands still for a minute is not TikTok's failure.
        retry.waited(action, max(wait, pause))
        self._clock.sleep(wait)

    def _is_size_to_blame(self, retry: RetryState, lighter: requests.PreparedRequest) -> bool:
        """Whether TikTok, which goes on failing with a large query, has an answer to a light one."""
        if not retry.is_size_suspect:
            return False
        answer = self._attempt(lighter, retry).answer
        self.decode_lock.release()
        if answer.rule.action not in SYNC_PATIENCE:
            return True
        retry.blame_outage()
        return False

    def _attempt(self, request: requests.PreparedRequest, retry: RetryState, parse: Parse = parsed) -> Attempt:
        self.decode_lock.release()
        sent = self.ahead.take(request.url) or self.sender.send(request, retry.place)
        if sent.error:
            answer = judge_exception(sent.error)
            timed_out = answer.rule.action is Action.LIGHTEN
            self.meets_failures = True
            return Attempt(answer, READ_TIMEOUT if timed_out else sent.seconds)
        self._clock.compare_with(sent.response.headers.get("Date"))
        with self.sender.waiting:
            self.decode_lock.acquire()
        encoding = sent.response.headers.get("Content-Encoding", "")
        answer = judge_response(sent.response.status_code, sent.packed, encoding, parse)
        self.meets_failures = answer.rule.action in SYNC_PATIENCE
        if answer.rule.action is Action.THROTTLE:
            self.budget.throttled(sent.sent_at, answer.message)
        else:
            self.budget.succeeded(sent.sent_at)
        return Attempt(answer, sent.seconds, sent.response)

    def look_ahead(self, url: str, pages: Iterable[Mapping[str, str]]) -> None:
        """Have further pages of a list fetched by workers that have nothing else to do."""
        for params in pages:
            self.ahead.want(self._prepare("GET", url, params, None), _place(url, params))


def is_silent(answer: Answer, list_field: str | None) -> bool:
    """Whether a success holds neither the list that it was asked for nor a count."""
    if list_field is None or answer.page_info:
        return False
    return not isinstance(answer.data.get(list_field), list)


def answer_of(response: requests.Response) -> Answer:
    """The judged answer that a response carries, so that no body is parsed twice."""
    answer: Answer = vars(response)["tiktok_answer"]
    return answer


def seconds_of(response: requests.Response) -> float:
    """How long TikTok took for an answer, without the wait for its slot."""
    seconds: float = vars(response).get("tiktok_seconds", 0.0)
    return seconds


def forget_answer(response: requests.Response) -> None:
    """Drop the answer of a response that is done with: responses are garbage in cycles, pages must go at once."""
    del vars(response)["tiktok_answer"]


def describe(url: str, params: Mapping[str, str]) -> str:
    """An endpoint with its account and days for people; never the query, which can hold the app's secret."""
    whose = account_and_days(params)
    return f"{_endpoint(url)} for {whose}" if whose else _endpoint(url)


def account_and_days(what: Mapping[str, Any]) -> str:
    """The account or Business Center and the days of a query or slice for people; "" where it is about neither."""
    named = [f"{word} {what[name]}" for name, word in OWNERS.items() if name in what]
    if not named:
        return ""
    days = ""
    if "date" in what:
        days = f" on {what['date']}"
    elif "start_date" in what:
        days = f" from {what['start_date']} to {what['end_date']}"
    return f"{', '.join(named)}{days}"


def _place(url: str, params: Mapping[str, str]) -> Place:
    return _endpoint(url), params.get("advertiser_id")


def _endpoint(url: str) -> str:
    return urlsplit(url).path.rpartition(VERSION_PATH)[2]
