"""One update message on its way: what is certain after each thing that can go wrong."""

from __future__ import annotations

import socket
from typing import Final

import dns.flags
import dns.message
import dns.rcode

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.asking import connected, exchange
from trustpath.connectors.writers.options import Server
from trustpath.connectors.writers.questions import PAYLOAD, WrongAnswer, parse
from trustpath.facts.writer import ConflictError, RefusedError, UncertainError

_CONFLICTS: Final = frozenset(
    {dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN, dns.rcode.NXRRSET, dns.rcode.YXRRSET}
)
_REFUSALS: Final = {
    dns.rcode.REFUSED: "its policy does not allow this key or host to change these records",
    dns.rcode.NOTAUTH: "it is not authoritative for the zone, or does not accept the TSIG key",
    dns.rcode.NOTZONE: "a name is not in the zone",
    dns.rcode.FORMERR: "it cannot read the update",
    dns.rcode.NOTIMP: "it does not do dynamic updates",
}
_LOOK: Final = "look at the servers before trying again: the change may have been made"


def send(
    server: Server, update: dns.message.Message, wire: bytes, transport: str, timeout: float
) -> None:
    """Send an update once and take its answer.

    Over UDP what is larger than 1232 octets goes over TCP. The message is never repeated: its
    prerequisites would not hold a second time.

    Raises SourceError when nothing was sent, ConflictError, RefusedError, and UncertainError when
    no proper answer came.
    """
    datagram = transport == "udp" and len(wire) <= PAYLOAD
    try:
        received = (_over_udp if datagram else _over_tcp)(server, wire, timeout)
    except TimeoutError as error:
        raise UncertainError(
            f"no answer to the update within {timeout:g} s", where=str(server), hint=_LOOK
        ) from error
    try:
        answer = parse(received, update)
    except WrongAnswer as error:
        raise UncertainError(
            f"the answer to the update is no proper one: {error}", where=str(server), hint=_LOOK
        ) from error
    except RefusedError as error:
        raise RefusedError(error.message, where=str(server), hint=error.hint) from error
    _judge(server, answer)


def _judge(server: Server, answer: dns.message.Message) -> None:
    code = answer.rcode()
    text = dns.rcode.to_text(code)
    if code == dns.rcode.NOERROR:
        return
    if code in _CONFLICTS:
        raise ConflictError(
            f"the zone is not what the change was planned from: the server answers {text}",
            where=str(server),
            hint="nothing was changed; plan again from the present state",
        )
    if code in _REFUSALS:
        raise RefusedError(
            f"the server answers {text}", where=str(server), hint=f"{_REFUSALS[code]}"
        )
    raise UncertainError(f"the server answers {text}", where=str(server), hint=_LOOK)


def _over_tcp(server: Server, wire: bytes, timeout: float) -> bytes:
    sent = False
    try:
        with connected(server, timeout) as stream:
            sent = True
            return exchange(stream, wire, timeout)
    except OSError as error:
        raise _failure(server, error, sent=sent) from error


def _over_udp(server: Server, wire: bytes, timeout: float) -> bytes:
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        try:
            sock.connect((server.address, server.port))
            sock.send(wire)
            while True:
                received = sock.recv(65535)
                if received[:2] == wire[:2]:
                    return received
        except ConnectionRefusedError as error:
            # Nobody listens there: the datagram reached nothing that could act on it.
            raise _failure(server, error, sent=False) from error
        except TimeoutError:
            raise
        except OSError as error:
            raise _failure(server, error, sent=True) from error


def _failure(server: Server, error: OSError, *, sent: bool) -> SourceError:
    reason = error.strerror or ("no answer in time" if isinstance(error, TimeoutError) else "")
    reason = reason or str(error) or type(error).__name__
    if sent:
        return UncertainError(
            f"the update was sent, and then: {reason}", where=str(server), hint=_LOOK
        )
    return SourceError(f"nothing was sent, no connection: {reason}", where=str(server))
