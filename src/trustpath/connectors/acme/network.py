"""Requests to an ACME server: signed, with fresh nonces, within bounds of size and time."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import requests
import urllib3
from acme import jws
from josepy import b64, errors

from trustpath import __version__
from trustpath.base.bounded import PIECE_OCTETS, whole
from trustpath.base.clock import Clock
from trustpath.base.errors import SourceError
from trustpath.connectors.acme.answer import Answer
from trustpath.connectors.acme.keys import AccountKey
from trustpath.connectors.acme.options import Options
from trustpath.facts.issuing import RateLimitedError
from trustpath.facts.options import may_ask

MAX_OCTETS: Final = 4 * 1024 * 1024
# Pebble refuses nonces at random, and a CA of several machines may for a while.
_ATTEMPTS: Final = 10
_KEPT_NONCES: Final = 64
_HEADERS: Final = {
    "User-Agent": f"trustpath/{__version__}",
    "Accept-Encoding": "identity",
    "Accept-Language": "en",
}
_SIGNED: Final = {**_HEADERS, "Content-Type": "application/jose+json"}


class _ClosedError(SourceError):
    """The connection went away, as one that was kept open for long does."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and the URL of its account; without one the requests carry the key itself."""

    key: AccountKey
    account: str | None = None

    def sign(self, payload: bytes, url: str, nonce: bytes | None) -> str:
        """Return the JWS of a payload for a URL (RFC 8555 6.2)."""
        signed = jws.JWS.sign(
            payload, self.key.jwk, self.key.algorithm, nonce, url=url, kid=self.account
        )
        return str(signed.json_dumps())


class Network:
    """Asks one ACME server. Redirects are not followed; threads may share it."""

    __slots__ = ("_clock", "_nonces", "_session", "_timeout", "_verify")

    def __init__(self, options: Options, clock: Clock) -> None:
        self._timeout = options.timeout
        self._verify: str | bool = str(options.roots) if options.roots else True
        self._clock = clock
        self._nonces: deque[bytes] = deque(maxlen=_KEPT_NONCES)
        self._session = requests.Session()
        # Else requests would take a password for this host from a .netrc.
        self._session.auth = _as_it_is

    def get(self, url: str) -> Answer:
        """Return the answer to an unsigned GET, whatever its status."""
        return self._read("GET", url)

    def post(self, url: str, payload: bytes, signer: Signer, new_nonce: str) -> Answer:
        """Return the answer to a signed POST; raises the error that a refusal is.

        An empty payload asks for the resource (RFC 8555 6.3).
        """
        for attempt in range(_ATTEMPTS):
            content = signer.sign(payload, url, self._nonce(new_nonce)).encode()
            try:
                answer = self._send("POST", url, content)
            except _ClosedError:
                if payload or attempt:
                    raise
                continue
            if answer.ok:
                return answer
            if answer.problem().kind != "badNonce":
                raise self.error(answer)
            self._drop_nonces()
        raise SourceError(f"the server refused {_ATTEMPTS} fresh nonces in a row", where=url)

    def error(self, answer: Answer) -> SourceError:
        """Return the error that a refusal is, as of now."""
        return answer.error(self._clock.now())

    def failure(self, answer: Answer, what: str) -> SourceError:
        """Return the error of a request that asks for nothing that could be refused for good."""
        error = self.error(answer)
        if isinstance(error, RateLimitedError):
            return error
        return SourceError(f"{what}: the server answers {answer.status}", where=answer.url)

    def retry_after(self, answer: Answer) -> int | None:
        """Return for how many seconds the server asks to wait, as of now."""
        return answer.retry_after(self._clock.now())

    def _nonce(self, new_nonce: str) -> bytes:
        with suppress(IndexError):
            return self._nonces.pop()
        answer = self._read("HEAD", new_nonce)
        with suppress(IndexError):
            return self._nonces.pop()
        raise self.failure(answer, "no nonce")

    def _drop_nonces(self) -> None:
        """Keep the nonce that came last, with a refusal: the others are as old as the refused."""
        with suppress(IndexError):
            fresh = self._nonces.pop()
            self._nonces.clear()
            self._nonces.append(fresh)

    def _read(self, method: str, url: str) -> Answer:
        """Ask for something that may be asked for twice."""
        try:
            return self._send(method, url)
        except _ClosedError:
            return self._send(method, url)

    def _send(self, method: str, url: str, content: bytes | None = None) -> Answer:
        if not may_ask(url):
            raise SourceError("no https URL", where=url)
        until = time.monotonic() + self._timeout
        try:
            with self._session.request(
                method,
                url,
                data=content,
                headers=_HEADERS if content is None else _SIGNED,
                timeout=self._timeout,
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                read = partial(response.raw.read1, PIECE_OCTETS, decode_content=False)
                body = whole(iter(read, b""), MAX_OCTETS, lambda: time.monotonic() > until, url)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._lost(error, url) from error
        answer = Answer(
            url,
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            body,
        )
        self._keep_nonce(answer)
        return answer

    def _keep_nonce(self, answer: Answer) -> None:
        with suppress(KeyError, errors.DeserializationError, ValueError):
            self._nonces.append(b64.b64decode(answer.headers["replay-nonce"]))

    def _lost(self, error: Exception, url: str) -> SourceError:
        if isinstance(error, requests.exceptions.SSLError):
            hint = "roots: a PEM file that vouches for the server"
            return SourceError("the server is not who it should be", where=url, hint=hint)
        if isinstance(error, requests.exceptions.Timeout):
            return SourceError(f"no answer within {self._timeout:g} s", where=url)
        reason = str(error.args[0] if error.args else error) or type(error).__name__
        return _ClosedError(f"no answer: {reason[:300]}", where=url)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
