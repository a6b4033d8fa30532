"""An HTTP endpoint that takes checkpoints by PUT or POST."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from typing import Final
from urllib.parse import urlsplit

from trustpath.base.errors import SourceError
from trustpath.facts.estate.ledger import Publication

ANSWER_OCTETS: Final = 64 * 1024
"""As much of an answer as is read; nothing in it matters but the status."""


class HttpPublisher:
    """Sends to one URL of the estate file, directly: no redirect is followed, no proxy asked."""

    def __init__(self, place: Publication) -> None:
        self._place = place

    @property
    def target(self) -> str:
        """Return the URL."""
        return self._place.to

    def publish(self, note: str) -> None:
        """Send a checkpoint; raises SourceError unless it was taken within the timeout."""
        connection = self._connection()
        expired = threading.Event()
        timer = threading.Timer(self._place.timeout, _cut, (connection, expired))
        timer.daemon = True
        try:
            connection.connect()
            timer.start()
            status = self._send(connection, note)
            # An answer that was cut short can still look like a whole one.
            if expired.is_set():
                raise TimeoutError
        except (http.client.HTTPException, OSError, ValueError) as error:
            late = expired.is_set() or isinstance(error, TimeoutError)
            reason = "no answer in time" if late else str(error) or type(error).__name__
            raise SourceError(reason, where=self.target, hint="is the endpoint up?") from error
        finally:
            timer.cancel()
            connection.close()
        if not 200 <= status < 300:
            moved = "redirects are not followed: name the endpoint itself"
            raise SourceError(
                f"it answers {self._place.method} with status {status}",
                where=self.target,
                hint=moved if 300 <= status < 400 else "",
            )

    def held(self) -> bytes | None:
        """Return None: an endpoint that takes checkpoints need not give them back."""
        return None

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._place.to)
        host, port, timeout = parts.hostname or "", parts.port, self._place.timeout
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=timeout)

    def _send(self, connection: http.client.HTTPConnection, note: str) -> int:
        parts = urlsplit(self._place.to)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
        connection.request(self._place.method, path, note.encode(), headers)
        answer = connection.getresponse()
        answer.read(ANSWER_OCTETS)
        return answer.status


def _cut(connection: http.client.HTTPConnection, expired: threading.Event) -> None:
    # Each wait is bounded by the socket; this bounds all of them together.
    expired.set()
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
