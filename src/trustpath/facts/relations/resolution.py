"""What resolvers answered, from each vantage."""

from __future__ import annotations

from typing import NamedTuple


class Answer(NamedTuple):
    """One answer to (name, type) at one vantage.

    ``outcome``: ``noerror``, ``nodata``, ``nxdomain``, ``servfail``, ``refused``, ``notimp``,
    ``timeout``, ``malformed``, ``referral`` (an authoritative server pointed to another zone, which
    says nothing of the name there), ``lame`` (a server that should have authority answered
    without), ``not-recursive`` (a server that should recurse did not). ``final`` is the last name
    of the alias chain. ``ede`` is the first extended DNS error (RFC 8914); 15 to 18 mean that the
    observer was filtered. ``kind`` is ``recursive`` or ``authoritative``.
    """

    vantage: str
    kind: str
    name: str
    type: str
    outcome: str
    final: str
    authenticated: bool
    authoritative: bool
    ede: int | None
    ede_text: str | None
    ttl: int | None


class AnswerRdata(NamedTuple):
    """One record of an answer, at the name where the alias chain ended."""

    vantage: str
    name: str
    type: str
    rdata: str
    target: str | None
    address: str | None
    address_key: str | None
    priority: int | None


class AnswerAlias(NamedTuple):
    """One CNAME or DNAME step of an answer's alias chain."""

    vantage: str
    name: str
    type: str
    owner: str
    target: str
    position: int
