"""One zone transfer over TCP (RFC 5936, RFC 7766): from SOA to the same SOA, or an error."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.name
import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.connectors.axfr.message import read_message
from trustpath.connectors.axfr.names import MessageError
from trustpath.connectors.axfr.verify import Verifier
from trustpath.facts.records import Record

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """``silence`` and ``total`` in seconds, ``octets`` and ``records`` of one transfer."""

    silence: float = 10.0
    total: float = 600.0
    octets: int = 1 << 32
    records: int = 20_000_000


DEFAULT_LIMITS = TransferLimits()


@dataclass(frozen=True, slots=True)
class Server:
    """Where the zone is transferred from."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Done = Callable[[list[Record], int], bool]
"""Of the records so far and how many there were before the last message: is that all?"""


def transfer(
    server: Server, zone: str, key: dns.tsig.Key | None, limits: TransferLimits
) -> list[Record]:
    """Return all records of the zone, the SOA once and first.

    Nothing is returned of a transfer that is not complete and, with a key, not wholly verified:
    raises SourceError with the reason.
    """
    query = dns.message.make_query(dns.name.from_text(zone or "."), "AXFR")
    query.flags &= ~dns.flags.RD

    def whole(records: list[Record], before: int) -> bool:
        if before == 0 and records and records[0][:2] != (zone, "SOA"):
            raise SourceError("the transfer does not start with the SOA", where=str(server))
        return _complete(records, before, zone, server)

    records = conversed(server, query, key, limits=limits, done=whole)
    records.pop()
    return records


def conversed(
    server: Server,
    query: dns.message.QueryMessage,
    key: dns.tsig.Key | None,
    *,
    limits: TransferLimits,
    done: Done,
) -> list[Record]:
    """Return the records of all messages that answer a query, until they are ``done``.

    Raises SourceError for an answer that ends before, or does not verify.
    """
    with _told(server):
        if key is not None:
            query.use_tsig(key)
        request = query.to_wire()
        verifier = Verifier(key, query.mac or b"") if key is not None else None
        records: list[Record] = []
        for message in _messages(server, request, limits):
            before = len(records)
            signature = read_message(message, query.id, records)
            if verifier is not None:
                # The query is signed by the clock of this machine, whatever instant is judged for.
                verifier.message(message, signature, int(time.time()))
            if done(records, before):
                if verifier is not None:
                    verifier.finish()
                return records
            if len(records) > limits.records:
                raise SourceError(f"more than {limits.records} records", where=str(server))
        raise SourceError(
            f"the transfer was cut off after {len(records)} records",
            where=str(server),
            hint="nothing of it is used; the server's log says why",
        )


@contextmanager
def _told(server: Server) -> Iterator[None]:
    """Make every failure on the way a SourceError that names the server."""
    try:
        yield
    except MessageError as error:
        raise SourceError(error.message, where=str(server), hint=error.hint) from error
    except TimeoutError as error:
        raise SourceError(
            "the server stays silent",
            where=str(server),
            hint="raise timeout, or look at the server",
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(f"no connection: {reason}", where=str(server)) from error


def _complete(records: list[Record], before: int, zone: str, server: Server) -> bool:
    """Say whether the closing SOA came; it must be the first one again and the last record."""
    for index in range(max(before, 1), len(records)):
        record = records[index]
        if record[1] == "SOA" and record[0] == zone:
            if index != len(records) - 1:
                raise SourceError("records follow the closing SOA", where=str(server))
            if record[3] != records[0][3]:
                raise SourceError(
                    "the zone changed during its transfer: first and last SOA differ",
                    where=str(server),
                    hint="collect again",
                )
            return True
    return False


def _messages(server: Server, request: bytes, limits: TransferLimits) -> Iterator[bytes]:
    """Send the request and yield the messages that come back until the server closes."""
    deadline = time.monotonic() + limits.total
    with socket.create_connection((server.host, server.port), timeout=limits.silence) as connection:
        connection.sendall(len(request).to_bytes(2, "big") + request)
        buffer, position, total = b"", 0, 0
        while True:
            held = len(buffer) - position
            wanted = 2 + (buffer[position] << 8 | buffer[position + 1]) if held >= 2 else 2
            if 2 <= held >= wanted:
                yield buffer[position + 2 : position + wanted]
                position += wanted
                continue
            chunk = _receive(connection, server, deadline, limits)
            if not chunk:
                return
            total += len(chunk)
            if total > limits.octets:
                raise SourceError(f"more than {limits.octets} octets", where=str(server))
            buffer = buffer[position:] + chunk
            position = 0


def _receive(
    connection: socket.socket, server: Server, deadline: float, limits: TransferLimits
) -> bytes:
    """Return what comes next, nothing at the end; bounded by silence and by the deadline."""
    remaining = deadline - time.monotonic()
    try:
        if remaining > 0:
            connection.settimeout(min(limits.silence, remaining))
            return connection.recv(_CHUNK)
    except TimeoutError:
        if remaining > limits.silence:
            raise
    raise SourceError(f"not complete after {limits.total:g} s", where=str(server))
