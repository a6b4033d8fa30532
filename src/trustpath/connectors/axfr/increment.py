"""What a zone became since a serial (IXFR, RFC 1995), over TCP as a whole transfer is."""

from __future__ import annotations

from dataclasses import dataclass, field

import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.connectors.axfr.names import MessageError
from trustpath.connectors.axfr.transfer import Server, TransferLimits, conversed
from trustpath.facts.drift import Increment, Step
from trustpath.facts.records import Record

_HALF = 1 << 31


def increment(
    server: Server,
    zone: str,
    serial: int,
    key: dns.tsig.Key | None,
    *,
    limits: TransferLimits,
) -> Increment | None:
    """Return the way from a serial to the present content.

    None where the server says that the serial is the present one: that is not looked into here. It
    may also send the zone whole (RFC 1995 4). Raises SourceError as a whole transfer does.
    """
    apex = dns.name.from_text(zone or ".")
    query = dns.message.make_query(apex, "IXFR")
    query.flags &= ~dns.flags.RD
    known = f". . {serial} 0 0 0 0"
    query.authority.append(
        dns.rrset.from_text(apex, 0, dns.rdataclass.IN, dns.rdatatype.SOA, known)
    )
    sequence = _Sequence(zone, serial)

    def taken(records: list[Record], before: int) -> bool:
        for index in range(before, len(records)):
            if sequence.take(records[index]):
                if index != len(records) - 1:
                    raise MessageError("records follow the closing SOA")
                return True
        return False

    conversed(server, query, key, limits=limits, done=taken)
    return sequence.result()


@dataclass(slots=True)
class _Sequence:
    """The records of an answer as they come: SOA alone, the zone whole, or steps.

    A server may send the first SOA alone in the first message. So nothing is concluded from that
    unless its serial is the one asked with.
    """

    zone: str
    serial: int
    newest: Record | None = None
    kind: str = ""
    whole: list[Record] = field(default_factory=list)
    steps: list[tuple[list[Record], list[Record]]] = field(default_factory=list)
    adding: bool = False

    def take(self, record: Record) -> bool:
        """Take the next record; say whether it was the last."""
        soa = record[1] == "SOA" and record[0] == self.zone
        if self.newest is None:
            return self._first(record, soa=soa)
        if not self.kind:
            self.kind = "steps" if soa and _serial(record) == self.serial else "whole"
            if self.kind == "whole":
                self.whole.append(self.newest)
        if self.kind == "whole":
            return self._whole(record, self.newest, soa=soa)
        return self._step(record, self.newest, soa=soa)

    def _first(self, record: Record, *, soa: bool) -> bool:
        if not soa:
            raise MessageError("the transfer does not start with the SOA")
        self.newest = record
        ahead = (_serial(record) - self.serial) % (1 << 32)
        if ahead >= _HALF:
            raise MessageError(f"the serial went back to {_serial(record)}")
        self.kind = "same" if ahead == 0 else ""
        return ahead == 0

    def _whole(self, record: Record, newest: Record, *, soa: bool) -> bool:
        if soa and record[3] != newest[3]:
            raise MessageError("the zone changed during its transfer: first and last SOA differ")
        if not soa:
            self.whole.append(record)
        return soa

    def _step(self, record: Record, newest: Record, *, soa: bool) -> bool:
        if soa and self.steps and self.adding:
            if record[3] == newest[3] == self.steps[-1][1][0][3]:
                return True
            if record[3] != self.steps[-1][1][0][3]:
                raise MessageError("the steps of the transfer do not follow each other")
        if soa and (self.adding or not self.steps):
            self.steps.append(([], []))
            self.adding = False
        elif soa:
            self.adding = True
        self.steps[-1][self.adding].append(record)
        return False

    def result(self) -> Increment | None:
        """Return what it all came to."""
        if self.kind == "same" or self.newest is None:
            return None
        steps = tuple(Step(tuple(gone), tuple(come)) for gone, come in self.steps)
        whole = tuple(self.whole) if self.kind == "whole" else None
        return Increment(_serial(self.newest), steps, whole)


def _serial(record: Record) -> int:
    fields = record[3].split(" ")
    if len(fields) != 7 or not fields[2].isdecimal():
        raise SourceError("a SOA cannot be read", where=record[0] or ".")
    return int(fields[2])
