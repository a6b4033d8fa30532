"""The http responder: a listener that knows the answers of http-01 and nothing else.

RFC 8555 8.3: the CA asks port 80 for ``/.well-known/acme-challenge/<token>``.
"""

from __future__ import annotations

import re
import socket
import time
from typing import Final

from trustpath.connectors.responders.listener import CONNECTION_SECONDS, Listener
from trustpath.connectors.responders.options import check_proof, endpoint_option
from trustpath.facts.challenge import ResponderSpec
from trustpath.facts.issuing import Proof
from trustpath.facts.source import Context

_HEAD_OCTETS: Final = 8192
_REQUEST: Final = re.compile(
    rb"(GET|HEAD) (?:http://[^/ ]+)?/\.well-known/acme-challenge/([A-Za-z0-9_-]{1,128})"
    rb" HTTP/1\.[01]\r?\n"
)


def make(spec: ResponderSpec, _context: Context) -> HttpResponder:
    """Build the responder; raises EstateError on bad options: ``address`` and ``port``."""
    return HttpResponder(*endpoint_option(spec, 80))


class HttpResponder:
    """Answers requests for the tokens that are presented; everything else is 404."""

    method: str = "http-01"

    def __init__(self, address: str, port: int) -> None:
        self._answers: dict[bytes, bytes] = {}
        self._listener = Listener(address, port, self._answer)

    def present(self, proof: Proof) -> None:
        """Answer for a token from now on; raises SourceError where nothing can listen."""
        check_proof(proof, self.method)
        self._answers[proof.token.encode()] = proof.value.encode()
        self._listener.open()

    def withdraw(self, proof: Proof) -> None:
        """Do not answer for the token any more."""
        self._answers.pop(proof.token.encode(), None)

    def close(self) -> None:
        """Stop listening."""
        self._answers.clear()
        self._listener.close()

    def _answer(self, connection: socket.socket) -> None:
        asked = _REQUEST.match(_head(connection))
        body = self._answers.get(asked[2]) if asked else None
        status = b"404 Not Found" if body is None else b"200 OK"
        body = body or b""
        head = (
            b"HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body))
        )
        connection.sendall(head if asked and asked[1] == b"HEAD" else head + body)
        connection.shutdown(socket.SHUT_WR)


def _head(connection: socket.socket) -> bytes:
    """Return the head of a request; a client that is slow or says too much gets no further."""
    ends = time.monotonic() + CONNECTION_SECONDS
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _HEAD_OCTETS:
        connection.settimeout(max(ends - time.monotonic(), 0.001))
        piece = connection.recv(_HEAD_OCTETS - len(head))
        if not piece:
            return b""
        head += piece
    return head if b"\r\n\r\n" in head else b""
