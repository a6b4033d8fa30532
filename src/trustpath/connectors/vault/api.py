"""Requests to a Vault server: bounded, not redirected, the token in no message."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import requests
import urllib3

from trustpath.base.bounded import PIECE_OCTETS, whole
from trustpath.base.errors import SourceError
from trustpath.connectors.vault.options import Options
from trustpath.facts.issuing import RateLimitedError, RejectedError

MAX_OCTETS: Final = 4 * 1024 * 1024
_TOLD: Final = 500


class Api:
    """Asks one server; ``token`` is called for each request, so that a renewed one is used."""

    __slots__ = ("_options", "_session", "_token")

    def __init__(self, options: Options, token: Callable[[], str]) -> None:
        self._options = options
        self._token = token
        self._session = requests.Session()
        # Else requests would take a password for this host from a .netrc, or a proxy from outside.
        self._session.trust_env = False

    def get(self, path: str) -> Mapping[str, Any]:
        """Return ``data`` of what is at a path below the mount; raises SourceError."""
        return self._send("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return ``data`` of the answer.

        Raises RejectedError for what the server refuses for good, RateLimitedError when it asks to
        come back, SourceError for the rest.
        """
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        options = self._options
        url = f"{options.url}/v1/{options.mount}/{path}"
        until = time.monotonic() + options.timeout
        try:
            with self._session.request(
                method,
                url,
                json=body,
                headers={"X-Vault-Token": self._token(), "Accept-Encoding": "identity"},
                verify=str(options.roots) if options.roots else True,
                timeout=options.timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                read = partial(answer.raw.read1, PIECE_OCTETS, decode_content=False)
                content = whole(iter(read, b""), MAX_OCTETS, lambda: time.monotonic() > until, url)
                status, after = answer.status_code, answer.headers.get("Retry-After", "")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceError(_plain(error), where=url) from None
        if status // 100 == 2:
            return _data(content, url)
        raise _refusal(status, content, url, after)


def _plain(error: Exception) -> str:
    """Return what a failed request says, without what it was made of."""
    return f"the server cannot be asked: {str(error)[:_TOLD]}"


def _data(content: bytes, url: str) -> Mapping[str, Any]:
    if not content:
        return {}
    document = _document(content)
    if document is None:
        raise SourceError("the answer is no JSON", where=url)
    data = document.get("data")
    return data if isinstance(data, dict) else {}


def _refusal(status: int, content: bytes, url: str, after: str) -> SourceError:
    said = _errors(content) or f"status {status}"
    if status in (429, 503):
        hint = f"it asks to come back after {after} seconds" if after.isdecimal() else ""
        return RateLimitedError(said, where=url, hint=hint)
    if status >= 500:
        return SourceError(said, where=url)
    hint = ""
    if status == 403:
        hint = "the token may not do this: see its policy, or whether it has expired"
    rejected = RejectedError(said, where=url, hint=hint)
    rejected.kind = "unauthorized" if status == 403 else "badRequest"
    return rejected


def _errors(content: bytes) -> str:
    found = (_document(content) or {}).get("errors")
    texts = [str(item) for item in found] if isinstance(found, list) else []
    return "; ".join(texts)[:_TOLD]


def _document(content: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object that an answer is, empty for another value, None for no JSON."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else {}
