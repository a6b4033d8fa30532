"""One message of a zone transfer: header checks, its records, where its TSIG stands."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from struct import error as struct_error

import dns.exception
import dns.rcode

from trustpath.connectors.axfr.names import MessageError, Wire, read_name
from trustpath.connectors.axfr.rdata import read_rdata, type_name
from trustpath.facts.records import Record

_HEADER = Struct(">HHHHHH").unpack_from
_FIXED = Struct(">HHIH").unpack_from
_RESPONSE, _TRUNCATED, _OPCODE, _RCODE = 0x8000, 0x0200, 0x7800, 0x000F
_IN, _ANY, _TSIG = 1, 255, 250
_MAX_TTL = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Signature:
    """Where the TSIG record of a message is: its start, owner, and rdata bounds."""

    start: int
    owner: str
    rdata: int
    end: int


def read_message(message: bytes, identifier: int, records: list[Record]) -> Signature | None:
    """Append the answers of a transfer message to ``records``; return its TSIG, if any.

    Raises MessageError for anything that is no well-formed answer to the query, naming the return
    code when the server refuses.
    """
    try:
        return _read(message, identifier, records)
    except MessageError:
        raise
    except (IndexError, struct_error) as error:
        raise MessageError("a message ends inside of a record") from error
    except (dns.exception.DNSException, ValueError) as error:
        raise MessageError(f"rdata cannot be read: {error}") from error


def _read(message: bytes, identifier: int, records: list[Record]) -> Signature | None:
    number, flags, questions, answers, authorities, additional = _HEADER(message)
    if number != identifier or not flags & _RESPONSE or flags & _OPCODE:
        raise MessageError("a message is no answer to the query")
    if flags & _RCODE:
        code = dns.rcode.to_text(dns.rcode.Rcode.make(flags & _RCODE))
        raise MessageError(f"the server answers {code}", hint=_HINTS.get(code, ""))
    if flags & _TRUNCATED:
        raise MessageError("a message over TCP says that it is truncated")
    wire = Wire(message)
    position = 12
    for _ in range(questions):
        position = read_name(wire, position)[1] + 4
    size = len(message)
    append = records.append
    for _ in range(answers):
        name, position = read_name(wire, position)
        rdtype, rdclass, ttl, length = _FIXED(message, position)
        position += 10
        end = position + length
        if end > size or rdclass != _IN:
            raise MessageError(f"record at {name or '.'} is cut off or not of class IN")
        data = read_rdata(rdtype, wire, position, end)
        # RFC 2181 8: a TTL with the top bit set counts as zero.
        append((name, type_name(rdtype), ttl if ttl <= _MAX_TTL else 0, data))
        position = end
    signature = None
    for index in range(authorities + additional):
        start = position
        name, position = read_name(wire, position)
        rdtype, rdclass, _, length = _FIXED(message, position)
        position += 10
        end = position + length
        if end > size:
            raise MessageError("an additional record is cut off")
        if rdtype == _TSIG:
            if rdclass != _ANY or index != authorities + additional - 1:
                raise MessageError("TSIG is not the last record (RFC 8945 5.1)")
            signature = Signature(start, name, position, end)
        position = end
    if position != size:
        raise MessageError(f"{size - position} octets after the last record")
    return signature


_HINTS = {
    "REFUSED": "allow this host or key to transfer the zone",
    "NOTAUTH": "the server is not authoritative for the zone, or does not know the key",
    "NXDOMAIN": "the server does not have the zone",
    "SERVFAIL": "the server has not loaded the zone",
}
