"""Requests to the HTTP API of PowerDNS: what is certain after each thing that can go wrong."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from trustpath.base.errors import SourceError
from trustpath.facts.options import refused
from trustpath.facts.writer import ConflictError, RefusedError, UncertainError, WriterSpec

MAX_OCTETS: Final = 64 * 1024 * 1024
_CHUNK: Final = 65536
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
_TOLD: Final = 8192
_LOOK: Final = "look at the servers before trying again: the change may have been made"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the API is: ``prefix`` ends before ``/api/v1``."""

    secure: bool
    host: str
    port: int
    prefix: str
    server_id: str

    def __str__(self) -> str:
        scheme, host = "https" if self.secure else "http", self.host
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}{self.prefix}"

    def zone_path(self, zone: str) -> str:
        """Return the path of a zone; PowerDNS writes what is not plain as ``=2F``."""
        octets = (zone + ".").encode("ascii")
        name = "".join(chr(o) if chr(o) in _PLAIN else f"={o:02X}" for o in octets)
        name = "=2E" if name == "." else name
        return f"{self.prefix}/api/v1/servers/{self.server_id}/zones/{name}"


def endpoint_option(spec: WriterSpec, url: str, server_id: str) -> Endpoint:
    """Return the endpoint; raises EstateError for what is no plain URL of a server."""
    hint = "url: http://127.0.0.1:8081"
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise refused(spec, "url", str(error), hint) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused(spec, "url", f"{url!r} is no URL of a server", hint)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise refused(spec, "url", "has more than scheme, host, port and path", hint)
    if not server_id.isascii() or not server_id.replace("-", "").replace("_", "").isalnum():
        raise refused(spec, "server_id", f"{server_id!r} is no name of a server", "localhost")
    path = parts.path.rstrip("/")
    return Endpoint(parts.scheme == "https", parts.hostname, port, path, server_id)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and the decoded body, None without one."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Api:
    """Sends requests one by one, each on its own connection; redirects are not followed."""

    endpoint: Endpoint
    key: str = field(repr=False)
    timeout: float
    limit: int = MAX_OCTETS

    def get(self, path: str) -> Any:
        """Return the decoded body; raises RefusedError or SourceError."""
        answer = self._exchange("GET", path, None, SourceError)
        if answer.status == http.client.OK:
            return answer.body
        if answer.status < http.client.INTERNAL_SERVER_ERROR:
            raise self._refusal(answer)
        raise SourceError(f"the server answers {answer.status}", where=str(self.endpoint))

    def patch(self, path: str, document: Any) -> Mapping[str, str]:
        """Send a change and return the headers of the answer.

        Raises SourceError when nothing was sent, ConflictError, RefusedError, and UncertainError
        when no proper answer came.
        """
        answer = self._exchange("PATCH", path, document, UncertainError)
        if answer.status in (http.client.OK, http.client.NO_CONTENT):
            return answer.headers
        if answer.status < http.client.INTERNAL_SERVER_ERROR:
            refusal = self._refusal(answer)
            if "Conflicts with" in refusal.message:
                raise ConflictError(refusal.message, where=refusal.where)
            raise refusal
        raise UncertainError(
            f"the server answers {answer.status}", where=str(self.endpoint), hint=_LOOK
        )

    def _refusal(self, answer: Answer) -> RefusedError:
        told = answer.body.get("error", "") if isinstance(answer.body, dict) else ""
        hints: dict[int, str] = {
            http.client.UNAUTHORIZED: "compare the API key",
            http.client.FORBIDDEN: "compare the API key",
            http.client.NOT_FOUND: "the server does not have the zone, or server_id is another",
        }
        return RefusedError(
            f"the server answers {answer.status}{': ' if told else ''}{str(told)[:_TOLD]}",
            where=str(self.endpoint),
            hint=hints.get(answer.status, ""),
        )

    def _exchange(self, method: str, path: str, document: Any, lost: type[SourceError]) -> Answer:
        """Return the answer; raises ``lost`` when none came after the request was sent."""
        where = str(self.endpoint)
        body = None if document is None else json.dumps(document).encode("utf-8")
        made = http.client.HTTPSConnection if self.endpoint.secure else http.client.HTTPConnection
        connection = made(self.endpoint.host, self.endpoint.port, timeout=self.timeout)
        try:
            try:
                connection.connect()
            except OSError as error:
                reason = error.strerror or str(error) or type(error).__name__
                raise SourceError(f"nothing was sent: {reason}", where=where) from error
            try:
                connection.request(method, path, body, self._headers(body))
                return self._read(connection.getresponse())
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = str(error) or type(error).__name__
                raise lost(
                    f"no proper answer: {reason}",
                    where=where,
                    hint=_LOOK if lost is UncertainError else "",
                ) from None  # its frames have the headers
        finally:
            connection.close()

    def _headers(self, body: bytes | None) -> dict[str, str]:
        """Return the headers: in no variable of a caller, which a traceback may show."""
        typed = {} if body is None else {"Content-Type": "application/json"}
        return {"X-API-Key": self.key, "Accept": "application/json", **typed}

    def _read(self, response: http.client.HTTPResponse) -> Answer:
        until = time.monotonic() + self.timeout
        received = bytearray()
        while chunk := response.read1(_CHUNK):
            received += chunk
            if len(received) > self.limit:
                raise ValueError(f"more than {self.limit} octets")
            if time.monotonic() > until:
                raise TimeoutError(f"not complete within {self.timeout:g} s")
        headers = {name.lower(): value for name, value in response.getheaders()}
        kind = headers.get("content-type", "").partition(";")[0].strip()
        body = json.loads(received) if received and kind == "application/json" else None
        return Answer(response.status, headers, body)
