"""Single questions to an authoritative server: RD clear, EDNS, TSIG where a key is given."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Any, Final

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.facts.edits import Key
from trustpath.facts.records.canonical import PARSE_ERRORS
from trustpath.facts.writer import RefusedError

# The size that passes without fragments on nearly every path (DNS flag day 2020).
PAYLOAD: Final = 1232


class WrongAnswer(Exception):  # noqa: N818 - it names what arrived, not a failure of ours
    """What arrived does not answer the question: late, or forged; the wait goes on."""


@lru_cache(maxsize=4096)
def wire_name(name: str) -> dns.name.Name:
    """Return a canonical name as dnspython's."""
    return dns.name.from_text(name or ".", dns.name.root)


def build(question: Key, key: dns.tsig.Key | None) -> tuple[dns.message.QueryMessage, bytes]:
    """Return a question with a random ID, and its wire form."""
    query = dns.message.make_query(
        wire_name(question[0]),
        question[1],
        use_edns=0,
        payload=PAYLOAD,
        id=secrets.randbelow(65536),
    )
    query.flags = dns.flags.Flag(0)
    if key is not None:
        query.use_tsig(key)
    return query, query.to_wire()


def parse(wire: bytes, query: dns.message.Message) -> dns.message.Message:
    """Return the answer to ``query``; a truncated one may lack records.

    Raises WrongAnswer for what answers something else or has no proper TSIG, and RefusedError
    when the server does not accept our key (RFC 8945 5.2).
    """
    if len(wire) < 12 or wire[:2] != query.id.to_bytes(2, "big"):
        raise WrongAnswer("another ID")
    try:
        message = _read(wire, query)
    except dns.tsig.PeerError as error:
        raise RefusedError(
            f"the server refuses the TSIG key: {tsig_problem(error)}",
            hint="compare name, algorithm and secret of the key, and the clocks",
        ) from error
    except PARSE_ERRORS as error:
        raise WrongAnswer(str(error) or type(error).__name__) from error
    if not message.flags & dns.flags.QR or message.opcode() != query.opcode():
        raise WrongAnswer("no answer to this")
    # An UPDATE may be answered without its zone section (RFC 2136 3.8), an error without question.
    bare = query.opcode() == dns.opcode.UPDATE or message.rcode() != dns.rcode.NOERROR
    if message.sections[0] != query.sections[0] and (message.sections[0] or not bare):
        raise WrongAnswer("another question")
    return message


def _read(wire: bytes, query: dns.message.Message) -> dns.message.Message:
    if query.had_tsig and wire[3] & 0x0F in _REFUSALS:
        # A server that does not accept our key may refuse without a signature of its own.
        unproven = _from_wire(wire, False, b"")
        if not unproven.had_tsig:
            return unproven
    return _from_wire(wire, query.keyring, query.mac or b"")


def _from_wire(wire: bytes, keyring: Any, mac: bytes) -> dns.message.Message:
    return dns.message.from_wire(
        wire, keyring=keyring, request_mac=mac, ignore_trailing=True, raise_on_truncation=False
    )


_REFUSALS: Final = frozenset(
    {dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.REFUSED, dns.rcode.NOTAUTH}
)
_TSIG_PROBLEMS: Final = {
    dns.tsig.PeerBadKey: "BADKEY, it does not know the key",
    dns.tsig.PeerBadSignature: "BADSIG, the secret is another",
    dns.tsig.PeerBadTime: "BADTIME, the clocks differ",
    dns.tsig.PeerBadTruncation: "BADTRUNC",
}


def tsig_problem(error: dns.tsig.PeerError) -> str:
    """Say what a server has against our signature."""
    return _TSIG_PROBLEMS.get(type(error), str(error))


def check_code(message: dns.message.Message, what: str) -> None:
    """Raise what a response code means for a question; NOERROR and NXDOMAIN pass."""
    code = message.rcode()
    if code in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return
    text = dns.rcode.to_text(code)
    if code in (dns.rcode.REFUSED, dns.rcode.NOTAUTH):
        raise RefusedError(
            f"the server answers {text}",
            where=what,
            hint="allow this host or key to query the zone there",
        )
    raise SourceError(f"the server answers {text}", where=what)
