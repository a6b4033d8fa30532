"""What one server holds of a zone: RRsets by direct question, those of wildcards set apart.

A server answers for a name that does not exist from the wildcard above it, and the answer looks
like any other. So for an answer at N the same type is asked at a name below N (RFC 4592 3.3.1): if
N exists, it is the closest encloser, and the wildcard above it can give nothing there. Only a
wildcard directly below N with the same content needs a second look, one step deeper.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Final

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.answers import content, is_hidden, is_referral
from trustpath.connectors.writers.asking import Answers, ask
from trustpath.connectors.writers.options import Server
from trustpath.connectors.writers.questions import check_code
from trustpath.facts.edits import Key, RecordSet

# Below the name itself, then below a wildcard that may stand there.
_DEPTHS: Final = ("", "*.")
_MAX_NAME: Final = 253


def look(
    server: Server, zone: str, keys: Iterable[Key], key: dns.tsig.Key | None, timeout: float
) -> tuple[int, Mapping[Key, RecordSet | None]]:
    """Return the serial of the zone at a server and the RRsets, None for one that is not there.

    What a delegation or a DNAME hides is left out: nobody can tell whether it is there.

    Raises SourceError when a question stays open or an answer says nothing.
    """
    wanted = tuple(dict.fromkeys(keys))
    answers = ask(server, ((zone, "SOA"), *wanted), key, timeout)
    looping = _looping(server, zone, answers, key, timeout)
    found = {
        item: None if item in looping else content(answers[item], zone, item) for item in wanted
    }
    doubtful = {
        item: rrset
        for item, rrset in found.items()
        if rrset is not None and _can_be_synthesised(answers, zone, item)
    }
    for depth in _DEPTHS:
        if doubtful:
            below = {
                (f"{secrets.token_hex(3)}.{depth}{name}", rdtype): (name, rdtype)
                for name, rdtype in doubtful
            }
            seen = ask(server, tuple(below), key, timeout)
            doubtful = {
                item: doubtful[item]
                for probe, item in below.items()
                if content(seen[probe], zone, probe) == doubtful[item]
            }
    return _serial(answers[zone, "SOA"], zone), {
        item: None if item in doubtful else rrset
        for item, rrset in found.items()
        if rrset is not None or not is_hidden(answers[item], zone, item)
    }


def _can_be_synthesised(answers: Answers, zone: str, item: Key) -> bool:
    name, rdtype = item
    # DS stands on the parent's side of a cut, where the question below would leave the zone.
    return (
        name != zone
        and rdtype not in ("DS", "SOA")
        and len(name) <= _MAX_NAME - 10
        and not is_referral(answers[item], zone, name)
    )


def _looping(
    server: Server, zone: str, answers: Answers, key: dns.tsig.Key | None, timeout: float
) -> set[Key]:
    """Return what cannot be answered because aliases at the name lead in a circle.

    Servers give up on such a question with SERVFAIL; where a CNAME answers, nothing else stands.
    """
    failed = {
        item: (item[0], "CNAME")
        for item, message in answers.items()
        if message.rcode() == dns.rcode.SERVFAIL and item[1] not in ("CNAME", "SOA")
    }
    if not failed:
        return set()
    aliases = ask(server, tuple(failed.values()), key, timeout)
    return {
        item
        for item, alias in failed.items()
        if aliases[alias].rcode() == dns.rcode.NOERROR
        and content(aliases[alias], zone, alias) is not None
    }


def _serial(message: dns.message.Message, zone: str) -> int:
    check_code(message, f"{zone or '.'} SOA")
    for rrset in message.answer:
        if rrset.rdtype == dns.rdatatype.SOA and message.flags & dns.flags.AA:
            return int(rrset[0].serial)
    raise SourceError(
        "the server is not authoritative for the zone"
        if message.rcode() == dns.rcode.NOERROR
        else "the server does not have the zone",
        where=zone or ".",
    )
