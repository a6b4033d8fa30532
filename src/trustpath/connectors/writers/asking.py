"""Asking one server many questions: UDP first, TCP for answers that were cut."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Final

import dns.flags
import dns.message
import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.options import Server
from trustpath.connectors.writers.questions import WrongAnswer, build, parse
from trustpath.facts.edits import Key

_WINDOW: Final = 32
_TRIES: Final = 3
_MAX_MESSAGE: Final = 65535

Answers = dict[Key, dns.message.Message]


def ask(
    server: Server, questions: Sequence[Key], key: dns.tsig.Key | None, timeout: float
) -> Answers:
    """Return the answer to every question.

    ``timeout`` is seconds of silence. Raises SourceError when the server cannot be reached or
    leaves a question open, RefusedError when it does not accept the key.
    """
    answers: Answers = {}
    try:
        for start in range(0, len(questions), _WINDOW):
            answers |= _over_udp(server, questions[start : start + _WINDOW], key, timeout)
        cut = [q for q, message in answers.items() if message.flags & dns.flags.TC]
        if cut:
            answers |= _over_tcp(server, cut, key, timeout)
    except TimeoutError as error:
        raise SourceError(f"no answer within {timeout:g} s", where=str(server)) from error
    except OSError as error:
        raise SourceError(
            f"no answer: {error.strerror or type(error).__name__}", where=str(server)
        ) from error
    return answers


def _over_udp(
    server: Server, questions: Sequence[Key], key: dns.tsig.Key | None, timeout: float
) -> Answers:
    # The socket is connected: the system drops what comes from elsewhere, and picks a port at
    # random (RFC 5452 9.2).
    answers: Answers = {}
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((server.address, server.port))
        open_ = list(dict.fromkeys(questions))
        for _ in range(_TRIES):
            sent = {}
            for question in open_:
                query, wire = build(question, key)
                sent[query.id] = (question, query)
                sock.send(wire)
            answers |= _receive(sock, sent, timeout / _TRIES)
            open_ = [question for question in open_ if question not in answers]
            if not open_:
                return answers
    raise TimeoutError


def _receive(
    sock: socket.socket, sent: dict[int, tuple[Key, dns.message.QueryMessage]], silence: float
) -> Answers:
    answers: Answers = {}
    until = time.monotonic() + silence
    while len(answers) < len(sent) and (left := until - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            wire = sock.recv(_MAX_MESSAGE)
        except TimeoutError:
            break
        entry = sent.get(int.from_bytes(wire[:2], "big"))
        if entry is not None:
            with contextlib.suppress(WrongAnswer):
                answers[entry[0]] = parse(wire, entry[1])
    return answers


def _over_tcp(
    server: Server, questions: Sequence[Key], key: dns.tsig.Key | None, timeout: float
) -> Answers:
    answers: Answers = {}
    with connected(server, timeout) as stream:
        for question in questions:
            query, wire = build(question, key)
            try:
                answers[question] = parse(exchange(stream, wire, timeout), query)
            except WrongAnswer as error:
                raise SourceError(f"over TCP: {error}", where=str(server)) from error
    return answers


@contextlib.contextmanager
def connected(server: Server, timeout: float) -> Iterator[socket.socket]:
    """Yield a TCP connection (RFC 7766); raises OSError."""
    with socket.create_connection((server.address, server.port), timeout) as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield stream


def exchange(stream: socket.socket, wire: bytes, timeout: float) -> bytes:
    """Send one message and return the next that comes; raises OSError, TimeoutError included."""
    until = time.monotonic() + timeout
    stream.sendall(len(wire).to_bytes(2, "big") + wire)
    return _exactly(stream, int.from_bytes(_exactly(stream, 2, until), "big"), until)


def _exactly(stream: socket.socket, size: int, until: float) -> bytes:
    received = b""
    while len(received) < size:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        stream.settimeout(left)
        chunk = stream.recv(size - len(received))
        if not chunk:
            raise ConnectionResetError(None, "the connection was closed")
        received += chunk
    return received
