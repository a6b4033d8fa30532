"""The HTTP side of a log: bounded answers, no redirects, one connection kept open."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.ct import wire
from trustpath.connectors.ct.wire import TreeHead

ANSWER_OCTETS: Final = 64 * 1024 * 1024
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class LogUrl:
    """Where a log is: ``prefix`` is the path before ``/ct/v1``, without a slash at its end."""

    text: str
    secure: bool
    host: str
    port: int | None
    prefix: str


def read_url(text: str) -> LogUrl:
    """Return the parts of a log's URL; raises InputError."""
    hint = "write https://log.example/2026h2/"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{text[:200]!r} is no URL", hint=hint) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{text[:200]!r} is no http or https URL", hint=hint)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError("a log URL has neither user, query nor fragment", hint=hint)
    if any(not " " < sign < "\x7f" for sign in text):
        raise InputError("a log URL has neither spaces nor letters beyond ASCII", hint=hint)
    prefix = parts.path.rstrip("/").removesuffix("/ct/v1")
    return LogUrl(text.rstrip("/"), parts.scheme == "https", parts.hostname, port, prefix)


class LogClient:
    """Asks one log. Every method raises SourceError: nothing else escapes.

    ``timeout`` in seconds bounds each wait; a whole answer may take ten times as long, so that a
    server cannot hold us by dripping.
    """

    def __init__(self, url: LogUrl, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Close the connection; the next question opens one again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def tree_head(self) -> TreeHead:
        """Return the newest signed tree head, its signature not yet verified."""
        head: TreeHead = self._checked("get-sth", {}, wire.tree_head)
        return head

    def entries(self, start: int, end: int) -> list[Any]:
        """Return one or more raw entries from ``start`` on, none of them at or after ``end``."""
        query = {"start": start, "end": end - 1}
        found: list[Any] = self._checked("get-entries", query, wire.entries)
        if not found:
            raise SourceError("no entries although the tree head has them", where=self._url.text)
        return found[: end - start]

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the nodes of the proof between two tree sizes."""
        query = {"first": first, "second": second}
        found: list[bytes] = self._checked("get-sth-consistency", query, wire.proof)
        return found

    def _checked(self, what: str, query: dict[str, int], read: Any) -> Any:
        try:
            return read(wire.parse_json(self._get(what, query)))
        except InputError as error:
            raise SourceError(
                f"{what}: {error.message}", where=self._url.text, hint=error.hint
            ) from error

    def _get(self, what: str, query: dict[str, int]) -> bytes:
        path = f"{self._url.prefix}/ct/v1/{what}"
        if query:
            path += "?" + urlencode(query)
        # A connection that was kept open may have been closed by the other side meanwhile.
        for again in (self._connection is not None, False):
            try:
                return self._answer(path, what)
            except (http.client.HTTPException, OSError, ValueError) as error:
                self.close()
                if not again or isinstance(error, TimeoutError):
                    raise self._failure(what, error) from error
        raise AssertionError("the second attempt returns or raises")

    def _failure(self, what: str, error: Exception) -> SourceError:
        reason = "no answer in time" if isinstance(error, TimeoutError) else str(error)
        return SourceError(
            f"{what}: {reason or type(error).__name__}",
            where=self._url.text,
            hint="is the log up, and does it keep to RFC 6962?",
        )

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._url.host, self._url.port
            self._connection = (
                http.client.HTTPSConnection(
                    host, port, timeout=self._timeout, context=ssl.create_default_context()
                )
                if self._url.secure
                else http.client.HTTPConnection(host, port, timeout=self._timeout)
            )
        return self._connection

    def _answer(self, path: str, what: str) -> bytes:
        connection = self._open()
        if connection.sock is None:
            connection.connect()
        # Each wait is bounded by the socket; this bounds all of them together.
        expired = threading.Event()
        timer = threading.Timer(10 * self._timeout, _cut, (connection.sock, expired))
        timer.daemon = True
        timer.start()
        try:
            return self._body(connection, path, what)
        except (http.client.HTTPException, OSError, ValueError) as error:
            if expired.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()

    def _body(self, connection: http.client.HTTPConnection, path: str, what: str) -> bytes:
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            status = response.status
            self.close()
            way = "redirects are not followed: name the log itself" if 300 <= status < 400 else ""
            raise SourceError(
                f"{what}: the log answers with status {status}", where=self._url.text, hint=way
            )
        pieces, size = [], 0
        while piece := response.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > ANSWER_OCTETS:
                self.close()
                raise SourceError(f"{what}: the answer is too large", where=self._url.text)
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(pieces)


def _cut(connected: socket.socket, expired: threading.Event) -> None:
    expired.set()
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
