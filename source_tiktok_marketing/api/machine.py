"""What the machine puts on the way to TikTok, by its environment variables: a proxy, and certificates to trust."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url, select_proxy
from urllib3.exceptions import HTTPError

from source_tiktok_marketing.settings.secrets import remember

PROXY_CURE = "write it like http://proxy.example:3128 (SOCKS is not supported), or unset the variable"
BUNDLE_CURE = "name a file of certificates in PEM, or unset the variable"
BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class UnfitMachine(Exception):
    """A variable of the machine keeps every request from going out.

    Args:
        words: What is wrong, without the value: a proxy's address can hold a password.
        cure: What to do about it.
    """

    def __init__(self, words: str, cure: str) -> None:
        super().__init__(words)
        self.words = words
        self.cure = cure


def settings_of_machine(session: requests.Session, adapter: HTTPAdapter, url: str) -> Mapping[str, Any]:
    """The settings for requests to an address; in a session they count for prepared requests only if told.

    Raises:
        UnfitMachine: No request could be sent with them.
    """
    settings = session.merge_environment_settings(url, {}, True, None, None)
    _check_proxy(adapter, url, settings["proxies"])
    if isinstance(settings["verify"], str) and urlsplit(url).scheme == "https":
        _check_bundle(settings["verify"])
    return settings


def _check_proxy(adapter: HTTPAdapter, url: str, proxies: Mapping[str, str]) -> None:
    proxy = select_proxy(url, dict(proxies))
    if proxy is None:
        return
    try:
        remember(get_auth_from_url(proxy)[1])
        # The library's own judgement; nothing is sent.
        adapter.get_connection_with_tls_context(requests.Request("GET", url).prepare(), True, dict(proxies))
    except (requests.RequestException, HTTPError, ValueError) as error:
        variable = _name_of(proxy, f"{urlsplit(url).scheme}_proxy", "all_proxy")
        raise UnfitMachine(
            f"the environment variable {variable} holds no address of a proxy", PROXY_CURE
        ) from error


def _check_bundle(path: str) -> None:
    variable = _name_of(path, *BUNDLE_VARIABLES)
    if not Path(path).exists():
        raise UnfitMachine(f"the environment variable {variable} names a file that does not exist", BUNDLE_CURE)
    try:
        if Path(path).is_file():
            ssl.create_default_context(cafile=path)
    except OSError as error:  # ssl.SSLError is one.
        words = (
            f"the environment variable {variable} names a file without certificates, or one that cannot be read"
        )
        raise UnfitMachine(words, BUNDLE_CURE) from error


def _name_of(value: str, *names: str) -> str:
    """The variable that holds a value, in whichever case it is written."""
    known = {name.lower() for name in names}
    held = (name for name, text in os.environ.items() if name.lower() in known and text == value)
    return next(held, names[0].upper())
