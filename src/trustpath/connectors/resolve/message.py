"""DNS questions and what an answer to them says (RFC 1035, RFC 6891, RFC 8914)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from trustpath.base.errors import TrustpathError
from trustpath.base.names import canonical
from trustpath.facts.records import canonical_text, rrset_facts
from trustpath.facts.records.canonical import PARSE_ERRORS
from trustpath.facts.relations.dns import Rdata

# The size that passes without fragments on nearly every path (DNS flag day 2020).
PAYLOAD: Final = 1232
# Real chains end after a few steps; resolvers give up between 8 and 16.
MAX_ALIASES: Final = 64
_OUTCOMES: Final = {
    dns.rcode.NXDOMAIN: "nxdomain",
    dns.rcode.REFUSED: "refused",
    dns.rcode.NOTAUTH: "refused",
    dns.rcode.NOTIMP: "notimp",
}
# A server that could not read the question may leave it out; nothing is learnt of the name.
_WITHOUT_QUESTION: Final = frozenset(
    (dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED)
)
_SAYING: Final = frozenset(("noerror", "nodata", "nxdomain", "referral"))
"""Outcomes whose aliases are part of what was said."""


class MalformedAnswer(Exception):  # noqa: N818 - it names what arrived, not a failure of ours
    """A message that came from the right place and cannot be read as an answer."""


class WrongAnswer(Exception):  # noqa: N818
    """A message that answers another question: late, or forged; the wait goes on."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One CNAME or DNAME that was followed."""

    type: str
    owner: str
    target: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said to one question, names canonical, TTL in seconds.

    ``outcome`` is as in ``facts.relations.resolution.Answer``; ``reason`` explains ``timeout``,
    ``malformed``, ``not-recursive`` and ``lame``. Aliases and records are there only with an
    outcome that speaks of the name.
    """

    outcome: str
    final: str
    authenticated: bool = False
    authoritative: bool = False
    ede: int | None = None
    ede_text: str | None = None
    ttl: int | None = None
    rdatas: tuple[Rdata, ...] = ()
    aliases: tuple[Alias, ...] = field(default=())
    reason: str = ""


def build(
    name: str, rdtype: str, message_id: int, *, recursive: bool, dnssec: bool, edns: bool = True
) -> dns.message.QueryMessage:
    """Return the question. The AD bit asks for the AD bit (RFC 6840 5.7); CD stays clear."""
    query = dns.message.make_query(
        dns.name.from_text(name or ".", dns.name.root),
        rdtype,
        use_edns=0 if edns else -1,
        want_dnssec=dnssec and edns,
        payload=PAYLOAD,
        id=message_id,
    )
    query.flags = dns.flags.Flag(dns.flags.AD | (dns.flags.RD if recursive else 0))
    return query


def parse(wire: bytes, query: dns.message.Message) -> dns.message.Message:
    """Return the answer to ``query``.

    Raises WrongAnswer when ID or question are those of something else, and MalformedAnswer when
    the rest cannot be read.
    """
    if len(wire) < 12 or wire[:2] != query.id.to_bytes(2, "big"):
        raise WrongAnswer("the message has another ID")
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=False)
        truncated = bool(message.flags & dns.flags.TC)
    except PARSE_ERRORS as error:
        truncated = bool(wire[2] & 0x02)
        if not truncated:
            raise MalformedAnswer(str(error) or type(error).__name__) from error
        message = dns.message.Message(id=query.id)
        message.flags = dns.flags.Flag(int.from_bytes(wire[2:4], "big"))
        return message
    if not message.flags & dns.flags.QR or message.opcode() != dns.opcode.QUERY:
        raise MalformedAnswer("the message is no answer")
    if message.question != query.question and (
        message.question or message.rcode() not in _WITHOUT_QUESTION
    ):
        raise WrongAnswer("the message answers another question")
    return message


def interpret(message: dns.message.Message, name: str, rdtype: str, *, recursive: bool) -> Reply:
    """Return what an answer says; raises MalformedAnswer for records that cannot be facts."""
    try:
        return _interpret(message, name, rdtype, recursive=recursive)
    except (TrustpathError, *PARSE_ERRORS) as error:
        raise MalformedAnswer(str(error) or type(error).__name__) from error


def _interpret(message: dns.message.Message, name: str, rdtype: str, *, recursive: bool) -> Reply:
    kind = dns.rdatatype.from_text(rdtype)
    start = dns.name.from_text(name or ".", dns.name.root)
    sets = {(r.name, r.rdtype): r for r in message.answer if r.rdclass == dns.rdataclass.IN}
    ttls: list[int] = []
    aliases: list[Alias] = []
    current, ended = _follow(start, kind, sets, aliases, ttls)
    found = sets.get((current, kind))
    final = canonical(current.to_text())
    rows: tuple[Rdata, ...] = ()
    if found is not None:
        ttls.append(found.ttl)
        rows = _rows(final, rdtype, found)
    else:
        ttls.extend(_negative_ttl(message))
    ede, ede_text = _extended_error(message)
    outcome, reason = _outcome(
        message, found is not None, bool(aliases) and ended, recursive=recursive
    )
    if not ended and outcome not in ("not-recursive", "lame"):
        # A server that notices the loop itself says SERVFAIL and still shows it.
        outcome, reason = "malformed", "the chain of aliases repeats or is too long"
    elif outcome not in _SAYING:
        aliases, final = [], canonical(start.to_text())
    return Reply(
        outcome=outcome,
        final=final,
        authenticated=outcome != "not-recursive" and bool(message.flags & dns.flags.AD),
        authoritative=bool(message.flags & dns.flags.AA),
        ede=ede,
        ede_text=ede_text,
        ttl=min(ttls, default=None),
        rdatas=rows if outcome == "noerror" else (),
        aliases=tuple(aliases),
        reason=reason,
    )


_Sets = dict[tuple[dns.name.Name, dns.rdatatype.RdataType], dns.rrset.RRset]


def _follow(
    start: dns.name.Name,
    kind: dns.rdatatype.RdataType,
    sets: _Sets,
    aliases: list[Alias],
    ttls: list[int],
) -> tuple[dns.name.Name, bool]:
    """Follow CNAME and DNAME from ``start``; say whether the chain ends within the bound."""
    current = start
    seen = {current}
    while (current, kind) not in sets and len(aliases) < MAX_ALIASES:
        following: dns.name.Name | None = None
        dname = _covering_dname(current, sets)
        if dname is not None:
            target = dname[0].target
            aliases.append(Alias("DNAME", _text(dname.name), _text(target)))
            ttls.append(dname.ttl)
            following = _substitute(current, dname.name, target)
        cname = sets.get((current, dns.rdatatype.CNAME))
        if cname is not None:
            following = cname[0].target
            aliases.append(Alias("CNAME", _text(current), _text(cname[0].target)))
            ttls.append(cname.ttl)
        if following is None:
            break
        current = following
        if current in seen:
            return current, False
        seen.add(current)
    return current, len(aliases) < MAX_ALIASES


def _covering_dname(name: dns.name.Name, sets: _Sets) -> dns.rrset.RRset | None:
    return next(
        (
            rrset
            for (owner, kind), rrset in sets.items()
            if kind == dns.rdatatype.DNAME and name != owner and name.is_subdomain(owner)
        ),
        None,
    )


def _substitute(
    name: dns.name.Name, owner: dns.name.Name, target: dns.name.Name
) -> dns.name.Name | None:
    """Return the name that a DNAME turns ``name`` into (RFC 6672 2.2); None if it is too long."""
    try:
        return name.relativize(owner).derelativize(target)
    except dns.exception.DNSException:
        return None


def _text(name: dns.name.Name) -> str:
    return canonical(name.to_text())


def _rows(final: str, rdtype: str, found: dns.rrset.RRset) -> tuple[Rdata, ...]:
    texts = sorted(canonical_text(rdata) for rdata in found)
    facts = rrset_facts("", final, rdtype, found.ttl, texts)
    return tuple(row for row in facts if isinstance(row, Rdata))


def _outcome(
    message: dns.message.Message, found: bool, aliased: bool, *, recursive: bool
) -> tuple[str, str]:
    """Return the outcome, and the reason where it needs one."""
    code = message.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return _OUTCOMES.get(code, "servfail"), ""
    if code == dns.rcode.NXDOMAIN and found:
        return "malformed", "it has records of a name that it says does not exist"
    return _said(message, found, aliased, recursive=recursive)


def _said(
    message: dns.message.Message, found: bool, aliased: bool, *, recursive: bool
) -> tuple[str, str]:
    """Return the outcome of an answer without an error, held to what such a server can know."""
    code = message.rcode()
    authority = {rrset.rdtype for rrset in message.authority}
    final = found or code == dns.rcode.NXDOMAIN or dns.rdatatype.SOA in authority
    elsewhere = not final and (dns.rdatatype.NS in authority or aliased)
    if recursive and (fault := _unresolved(message, elsewhere=elsewhere)):
        return "not-recursive", fault
    if not recursive and elsewhere:
        return "referral", ""
    if not recursive and not message.flags & dns.flags.AA:
        return "lame", "it answers without authority (AA=0)"
    if code == dns.rcode.NXDOMAIN:
        return "nxdomain", ""
    return ("noerror" if found else "nodata"), ""


def _unresolved(message: dns.message.Message, *, elsewhere: bool) -> str:
    """Return why an answer is none of a resolver's, empty for one that is.

    A server that does not recurse answers with what it has itself: an alias whose end is in
    another zone, or a referral, either of which looks like "no such data" (RFC 2308 2.2).
    """
    if not message.flags & dns.flags.RA:
        return "it does not recurse (RA=0)"
    if elsewhere:
        return "it ends at an alias or a referral that it did not follow"
    return ""


def _negative_ttl(message: dns.message.Message) -> Iterator[int]:
    """Yield how long the absence may be remembered (RFC 2308 5)."""
    for rrset in message.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            yield min(rrset.ttl, rrset[0].minimum)


def _extended_error(message: dns.message.Message) -> tuple[int | None, str | None]:
    for option in message.options:
        if isinstance(option, dns.edns.EDEOption):
            return int(option.code), option.text or None
    return None, None
