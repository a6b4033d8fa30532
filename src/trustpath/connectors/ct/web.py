"""HTTP towards a log: bounded answers, no redirects, one connection kept open."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
import zlib
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from trustpath.base.errors import InputError, SourceError

ANSWER_OCTETS: Final = 64 * 1024 * 1024
_PIECE = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS


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


@dataclass(frozen=True, slots=True)
class Budget:
    """What one run may take: octets of all answers, seconds of all waiting and reading."""

    octets: int
    seconds: float


class Web:
    """Asks one log by GET. Every method raises SourceError: nothing else escapes.

    ``timeout`` in seconds bounds each wait; a whole answer may take ten times as long, so that a
    server cannot hold us by dripping. ``budget`` bounds the run, which ``within`` checks: what
    proves what was read already is asked for beyond it. Threads may ask at once: one connection
    serves them one after the other.
    """

    def __init__(self, url: LogUrl, timeout: float, budget: Budget) -> None:
        self._url = url
        self._timeout = timeout
        self._budget = budget
        self._ends = time.monotonic() + budget.seconds
        self._octets = 0
        self._connection: http.client.HTTPConnection | None = None
        self._turn = threading.RLock()

    @property
    def place(self) -> str:
        """The URL as written, for messages."""
        return self._url.text

    def close(self) -> None:
        """Close the connection; the next question opens one again."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def within(self) -> None:
        """Raise SourceError when the run has taken what it may."""
        used = f"{self._octets} octets" if self._octets >= self._budget.octets else ""
        if time.monotonic() >= self._ends:
            used = f"{self._budget.seconds:g} seconds"
        if used:
            raise SourceError(
                f"this run ended after {used}",
                where=self.place,
                hint="the next run goes on from here where the source has a state file",
            )

    def get(self, path: str, what: str, *, limit: int = ANSWER_OCTETS) -> bytes:
        """Return the body of an answer, decompressed; ``path`` comes after the prefix."""
        found = self.find(path, what, limit=limit)
        if found is None:
            raise SourceError(f"{what}: the log answers with status 404", where=self.place)
        return found

    def find(self, path: str, what: str, *, limit: int = ANSWER_OCTETS) -> bytes | None:
        """Return the body of an answer, decompressed; None where there is nothing (404)."""
        with self._turn:
            return self._found(f"{self._url.prefix}/{path}", what, limit)

    def _found(self, full: str, what: str, limit: int) -> bytes | None:
        # A connection that was kept open may have been closed by the other side meanwhile.
        for again in (self._connection is not None, False):
            try:
                return self._answer(full, what, limit)
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
            hint="is the log up, and is this its URL?",
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

    def _answer(self, path: str, what: str, limit: int) -> bytes | None:
        connection = self._open()
        if connection.sock is None:
            connection.connect()
        # Each wait is bounded by the socket; this bounds all of them together.
        expired = threading.Event()
        timer = threading.Timer(10 * self._timeout, _cut, (connection.sock, expired))
        timer.daemon = True
        timer.start()
        try:
            return self._body(connection, path, what, limit)
        except (http.client.HTTPException, OSError, ValueError) as error:
            if expired.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()

    def _body(
        self, connection: http.client.HTTPConnection, path: str, what: str, limit: int
    ) -> bytes | None:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, identity"})
        response = connection.getresponse()
        if response.status != 200:
            status = response.status
            self.close()
            if status == 404:
                return None
            way = "redirects are not followed: name the log itself" if 300 <= status < 400 else ""
            raise SourceError(
                f"{what}: the log answers with status {status}", where=self._url.text, hint=way
            )
        coding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
        if coding not in ("gzip", "identity"):
            self.close()
            raise SourceError(f"{what}: the answer is encoded as {coding[:40]!r}", where=self.place)
        body = self._read(
            response, what, limit, zlib.decompressobj(_GZIP) if coding == "gzip" else None
        )
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return body

    def _read(
        self, response: http.client.HTTPResponse, what: str, limit: int, unpack: Any
    ) -> bytes:
        pieces, size, taken = [], 0, 0
        while piece := response.read(_PIECE):
            self._octets += len(piece)
            taken += len(piece)
            if unpack is not None:
                piece = self._unpacked(unpack, piece, limit + 1 - size, what)
            pieces.append(piece)
            size += len(piece)
            if max(size, taken) > limit:
                self.close()
                raise SourceError(f"{what}: the answer is too large", where=self._url.text)
        if unpack is not None and not unpack.eof:
            raise SourceError(f"{what}: the compressed answer is cut", where=self._url.text)
        return b"".join(pieces)

    def _unpacked(self, unpack: Any, piece: bytes, room: int, what: str) -> bytes:
        """Return what a piece unpacks to, at most ``room`` octets, since it may be a bomb."""
        try:
            found: bytes = unpack.decompress(piece, room)
        except zlib.error as error:
            self.close()
            raise SourceError(f"{what}: the answer is no gzip", where=self._url.text) from error
        return found


def _cut(connected: socket.socket, expired: threading.Event) -> None:
    expired.set()
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
