"""``--update FILE``: one RFC 2136 message in wire form, as a client would send it."""

from __future__ import annotations

from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.update

from trustpath.base import names
from trustpath.base.errors import InputError, LimitError
from trustpath.connectors.proposals.files import read_bounded
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Action, Operation, Prerequisite, Submission, combined
from trustpath.facts.records import canonical_text
from trustpath.facts.records.canonical import PARSE_ERRORS

MAX_OCTETS = 65535
_HEADER = 12


def read_update(path: Path) -> Submission:
    """Return what a file with one message proposes; raises InputError."""
    return parse_update(read_bounded(path, MAX_OCTETS + 2), str(path))


def parse_update(wire: bytes, where: str) -> Submission:
    """Return what a message proposes; the two octets of length that TCP puts before it may stand.

    A signature (TSIG, SIG(0)) is noted, not verified. Raises InputError for anything that is no
    well-formed update request (RFC 2136 2 and 3.1), LimitError above 65535 octets.
    """
    if len(wire) > 2 + _HEADER and int.from_bytes(wire[:2], "big") == len(wire) - 2:
        wire = wire[2:]
    if len(wire) > MAX_OCTETS:
        raise LimitError(f"more than {MAX_OCTETS} octets are no DNS message", where=where)
    try:
        message = dns.message.from_wire(wire, keyring=False)
        return _submission(message, where)
    except InputError as error:
        raise type(error)(error.message, where=error.where or where, hint=error.hint) from error
    except (*PARSE_ERRORS, RecursionError) as error:
        raise InputError(
            f"no well-formed update message: {str(error)[:200] or type(error).__name__}",
            where=where,
            hint="give the octets of one DNS message as they go over the wire",
        ) from error


def _submission(message: dns.message.Message, where: str) -> Submission:
    if not isinstance(message, dns.update.UpdateMessage):
        opcode = dns.opcode.to_text(message.opcode())
        raise InputError(f"the message is {opcode}, not UPDATE", hint="give an RFC 2136 message")
    if message.flags & dns.flags.QR:
        raise InputError("the message is a response", hint="give the request")
    if len(message.zone) != 1 or message.zone[0].rdclass != dns.rdataclass.IN:
        raise InputError("the zone section does not name one zone of class IN (RFC 2136 2.3)")
    zone = _name(message.zone[0])
    reader = _Sections(zone, where)
    return Submission(
        f"update message {where}",
        operations=tuple(
            reader.operation(rrset, number) for number, rrset in enumerate(message.update, 1)
        ),
        prerequisites=reader.prerequisites(message.prerequisite),
        remarks=_remarks(message, where),
    )


def _remarks(message: dns.update.UpdateMessage, where: str) -> tuple[Problem, ...]:
    remarks = []
    if message.had_tsig:
        remarks.append(Problem("the message is signed with TSIG, which is not verified", where))
    extra = [rrset for rrset in message.additional if rrset.rdtype != dns.rdatatype.SIG]
    if len(extra) < len(message.additional):
        remarks.append(Problem("the message is signed with SIG(0), which is not verified", where))
    if extra:
        remarks.append(
            Problem(f"{len(extra)} records of the additional section change nothing", where)
        )
    return tuple(remarks)


class _Sections:
    def __init__(self, zone: str, where: str) -> None:
        self._zone = zone
        self._where = where

    def operation(self, rrset: dns.rrset.RRset, number: int) -> Operation:
        """Return one entry of the update section (RFC 2136 2.5)."""
        where = f"{self._where}: update {number}"
        name, rdtype = _name(rrset), dns.rdatatype.to_text(rrset.rdtype)
        deleting = rrset.deleting
        if deleting is None:
            _check_class(rrset, where)
            _check_stored(rrset, where)
            texts = _texts(rrset, where)
            return Operation(Action.ADD, self._zone, name, rdtype, rrset.ttl, texts, where)
        if rrset.ttl != 0:
            raise InputError("a deletion with a TTL (RFC 2136 2.5.2)", where=where)
        if deleting == dns.rdataclass.NONE:
            _check_stored(rrset, where)
            texts = _texts(rrset, where)
            return Operation(Action.REMOVE, self._zone, name, rdtype, None, texts, where)
        if rrset.rdtype == dns.rdatatype.ANY:
            return Operation(Action.REMOVE_NAME, self._zone, name, where=where)
        _check_stored(rrset, where)
        return Operation(Action.REMOVE_RRSET, self._zone, name, rdtype, where=where)

    def prerequisites(self, section: list[dns.rrset.RRset]) -> tuple[Prerequisite, ...]:
        """Return the prerequisites (RFC 2136 2.4), the data of one RRset put together."""
        found: list[Prerequisite] = []
        values: list[Prerequisite] = []
        for number, rrset in enumerate(section, 1):
            where = f"{self._where}: prerequisite {number}"
            name, rdtype = _name(rrset), dns.rdatatype.to_text(rrset.rdtype)
            if rrset.ttl != 0:
                raise InputError("a prerequisite with a TTL (RFC 2136 2.4)", where=where)
            if rrset.deleting is None:
                _check_class(rrset, where)
                _check_stored(rrset, where)
                texts = _texts(rrset, where)
                values.append(Prerequisite("rrset-equals", self._zone, name, rdtype, texts, where))
                continue
            exists = rrset.deleting == dns.rdataclass.ANY
            if rrset.rdtype == dns.rdatatype.ANY:
                kind = "name-in-use" if exists else "name-not-in-use"
                found.append(Prerequisite(kind, self._zone, name, where=where))
            else:
                _check_stored(rrset, where)
                kind = "rrset-exists" if exists else "rrset-absent"
                found.append(Prerequisite(kind, self._zone, name, rdtype, where=where))
        return (*found, *combined(values))


def _name(rrset: dns.rrset.RRset) -> str:
    return names.canonical(rrset.name.to_text())


def _check_class(rrset: dns.rrset.RRset, where: str) -> None:
    if rrset.rdclass != dns.rdataclass.IN:
        raise InputError(
            f"class {dns.rdataclass.to_text(rrset.rdclass)} in a zone of class IN", where=where
        )


def _check_stored(rrset: dns.rrset.RRset, where: str) -> None:
    if dns.rdatatype.is_metatype(rrset.rdtype):
        kind = dns.rdatatype.to_text(rrset.rdtype)
        raise InputError(f"{kind} is no type of stored records (RFC 2136 3.4.1.2)", where=where)


def _texts(rrset: dns.rrset.RRset, where: str) -> tuple[str, ...]:
    texts = tuple(canonical_text(rdata) for rdata in rrset)
    if not texts:
        raise InputError("a record without data", where=where)
    return texts
