"""What an authoritative server tells a resolver: with what wildcards and DNAMEs give.

``lookup`` says what stands in the zone; this says what follows from it for a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import dns.rcode
import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.answers import content, is_referral
from trustpath.connectors.writers.asking import ask
from trustpath.connectors.writers.options import Server
from trustpath.facts.edits import Key, RecordSet

_ALIAS: Final = "CNAME"


def served(
    server: Server, zone: str, keys: Iterable[Key], key: dns.tsig.Key | None, timeout: float
) -> tuple[int | None, Mapping[Key, RecordSet | None]]:
    """Return what each question gives at a server; None where there is nothing.

    Raises SourceError where the server points to a child zone, which alone could answer, or fails.
    A question that fails because aliases lead in a circle gives nothing where an alias answers.
    """
    wanted = tuple(dict.fromkeys(keys))
    answers = ask(server, wanted, key, timeout)
    aliased = {
        item[0]
        for item, message in answers.items()
        if item[1] == _ALIAS and content(message, zone, item) is not None
    }
    found: dict[Key, RecordSet | None] = {}
    for item, message in answers.items():
        if is_referral(message, zone, item[0]):
            raise SourceError("the name is delegated to another zone", where=f"{item[0]} {item[1]}")
        looped = message.rcode() == dns.rcode.SERVFAIL and item[0] in aliased
        found[item] = None if looped else content(message, zone, item)
    return None, found
