"""What an authoritative answer says of one RRset of one zone.

An answer need not show the zone's own record. What is passed over here: synthesis from a DNAME
(RFC 6672 3.1), names below a zone cut, where only NS and glue can be seen (RFC 1034 4.3.2), and
answers from a child zone that the same server holds.
"""

from __future__ import annotations

from typing import Final

import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.questions import check_code, wire_name
from trustpath.facts.edits import Key, RecordSet, record_set
from trustpath.facts.records import canonical_text
from trustpath.facts.records.canonical import PARSE_ERRORS

_GLUE: Final = frozenset({"A", "AAAA"})
_Section = list[dns.rrset.RRset]


def content(message: dns.message.Message, zone: str, key: Key) -> RecordSet | None:
    """Return the RRset as it is served, synthesis from a wildcard included; None without one.

    Raises RefusedError or SourceError for an answer that says nothing about the zone's content.
    """
    what = f"{key[0] or '.'} {key[1]}"
    check_code(message, what)
    name, apex = wire_name(key[0]), wire_name(zone)
    kind = dns.rdatatype.from_text(key[1])
    cut = _referral(message, apex, name)
    if cut is not None:
        return _at_cut(message, cut, name, key[1])
    if not message.flags & dns.flags.AA:
        raise SourceError(
            "the server is not authoritative for the zone",
            where=what,
            hint="name an authoritative server",
        )
    if _renamed(message.answer, name, kind):
        return None
    _same_zone(message, apex, what)
    found = _pick(message.answer, name, kind)
    if found is not None and kind == dns.rdatatype.NS and name != apex:
        raise SourceError(
            "the delegation cannot be seen: the server also serves the child zone",
            where=what,
            hint="look at a server that has the parent zone alone",
        )
    return found


def is_hidden(message: dns.message.Message, zone: str, key: Key) -> bool:
    """Say whether the server would not show the RRset if the zone had it.

    So it is with what lies behind a cut (RFC 1034 4.3.2 step 3b), but for the NS that make it and
    the addresses of the servers they name, and with what lies below a DNAME (RFC 6672 3.2).
    """
    name, apex = wire_name(key[0]), wire_name(zone)
    cut = _referral(message, apex, name)
    if cut is None:
        return _below_dname(message.answer, name)
    if key[1] in _GLUE:
        return all(rdata.target != name for rdata in cut)
    return key[1] != "NS" or cut.name != name


def is_referral(message: dns.message.Message, zone: str, name: str) -> bool:
    """Say whether the server points to a child zone that holds the name."""
    return _referral(message, wire_name(zone), wire_name(name)) is not None


def _referral(
    message: dns.message.Message, apex: dns.name.Name, name: dns.name.Name
) -> dns.rrset.RRset | None:
    if message.flags & dns.flags.AA or message.answer:
        return None
    for rrset in message.authority:
        below = rrset.name != apex and rrset.name.is_subdomain(apex)
        if below and rrset.rdtype == dns.rdatatype.NS and name.is_subdomain(rrset.name):
            return rrset
    return None


def _at_cut(
    message: dns.message.Message, cut: dns.rrset.RRset, name: dns.name.Name, rdtype: str
) -> RecordSet | None:
    if rdtype == "NS" and cut.name == name:
        return _record_set(cut)
    if rdtype in _GLUE:
        return _pick(message.additional, name, dns.rdatatype.from_text(rdtype))
    return None


def _renamed(answer: _Section, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> bool:
    """Say whether an alias at the name, or a DNAME above it, stands in place of the record.

    What follows in such an answer is about the target, maybe of another zone.
    """
    return _below_dname(answer, name) or any(
        rrset.rdtype == dns.rdatatype.CNAME and rrset.name == name and kind != rrset.rdtype
        for rrset in answer
    )


def _below_dname(answer: _Section, name: dns.name.Name) -> bool:
    return any(
        rrset.rdtype == dns.rdatatype.DNAME and name != rrset.name and name.is_subdomain(rrset.name)
        for rrset in answer
    )


def _same_zone(message: dns.message.Message, apex: dns.name.Name, what: str) -> None:
    """Raise SourceError where the authority section shows that another zone answered."""
    for rrset in message.authority:
        if rrset.rdtype in (dns.rdatatype.SOA, dns.rdatatype.NS) and rrset.name != apex:
            raise SourceError(
                f"the server answers from the zone {rrset.name.to_text(omit_final_dot=True)}",
                where=what,
                hint="the record belongs to a zone of its own there",
            )


def _pick(
    section: _Section, name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> RecordSet | None:
    for rrset in section:
        if (
            rrset.rdtype == kind
            and rrset.name == name
            and rrset.rdclass == dns.rdataclass.IN
            and rrset.covers == dns.rdatatype.NONE
        ):
            return _record_set(rrset)
    return None


def _record_set(rrset: dns.rrset.RRset) -> RecordSet:
    try:
        return record_set(rrset.ttl, (canonical_text(rdata) for rdata in rrset))
    except PARSE_ERRORS as error:
        raise SourceError(f"a record cannot be read: {error}", where=str(rrset.name)) from error
