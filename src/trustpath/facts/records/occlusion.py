"""Which records of a zone are never answered with: those behind a zone cut or a DNAME.

Below a cut, and at it for all that is not the parent's, a server refers to the child (RFC 1034
4.3.2 step 3b, RFC 2136 7.18); below a DNAME it answers with what the DNAME makes of the name
(RFC 6672 2.4, 3.2). The highest cut or DNAME decides. An NS RRset at a wildcard is no cut: what it
means is undefined (RFC 4592 4.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from trustpath.base import names
from trustpath.facts import validation_names
from trustpath.facts.records.rrset import rrset_facts
from trustpath.facts.relations.dns import Occluded, Rdata, ValidationName

Places: TypeAlias = Callable[[str, str], "str | None"]
"""Tells file and line of the RRset of a name and type, where the source knows them."""

PARENT_SIDE: Final = frozenset({"NS", "DS", "NSEC", "RRSIG"})
"""What the parent says at a cut (RFC 4035 3.1.4.1, 2.2, 2.3); all else there is the child's."""
ADDRESSES: Final = frozenset({"A", "AAAA"})
HIDING: Final = frozenset({"NS", "DNAME"})
"""Types whose RRsets hide others."""
DELEGATION: Final = "delegation"
DNAME: Final = "dname"


class Hiding(NamedTuple):
    """The cut or DNAME that hides a record: its owner name and which of both it is."""

    cut: str
    reason: str


def hides(apex: str, name: str, rdtype: str) -> bool:
    """Say whether an RRset is a cut of the zone or a DNAME in it."""
    return rdtype == "DNAME" or (rdtype == "NS" and name != apex and not names.is_wildcard(name))


def at_name(*, cut: bool, dname: bool, name: str) -> Hiding | None:
    """Return what hides everything below a name that has a cut, a DNAME, both or neither."""
    if cut:
        return Hiding(name, DELEGATION)
    return Hiding(name, DNAME) if dname else None


class Occlusion:
    """The cuts and DNAMEs of one zone; answers are remembered per parent name."""

    def __init__(self, apex: str, owners: Iterable[tuple[str, str]]) -> None:
        """Take the owner names and types of the zone's RRsets."""
        found = [(name, kind) for name, kind in owners if hides(apex, name, kind)]
        self._cuts = {name for name, kind in found if kind == "NS"}
        self._dnames = {name for name, kind in found if kind == "DNAME"}
        self._apex = apex
        self._below: dict[str, Hiding | None] = {"": None}
        self._below[apex] = self._own(apex)

    def __bool__(self) -> bool:
        return bool(self._cuts or self._dnames)

    def of(self, name: str, rdtype: str) -> Hiding | None:
        """Return what hides an RRset; None for one that is answered with."""
        if name == self._apex:
            return None
        above = self._hiding(names.parent(name))
        if above is not None:
            return above
        if name in self._cuts and rdtype not in PARENT_SIDE:
            return Hiding(name, DELEGATION)
        return None

    def _own(self, name: str) -> Hiding | None:
        return at_name(cut=name in self._cuts, dname=name in self._dnames, name=name)

    def _hiding(self, name: str) -> Hiding | None:
        """Return what hides everything below a name."""
        path = []
        while name not in self._below:
            path.append(name)
            name = names.parent(name)
        answer = self._below[name]
        for here in reversed(path):
            answer = answer or self._own(here)
            self._below[here] = answer
        return answer


def servers(rdatas: Iterable[str]) -> set[str]:
    """Return the host names in canonical rdata texts of NS records."""
    return {text.removesuffix(".") for text in rdatas} - {""}


def occluded_facts(
    zone: str,
    rrset: tuple[str, str, int | None, Sequence[str]],
    hiding: Hiding,
    *,
    glue: bool,
    places: Places | None = None,
    patterns: Sequence[validation_names.Pattern] = (),
) -> Iterator[Occluded]:
    """Yield the rows of a hidden RRset (name, type, TTL, rdatas).

    Raises InputError as ``rrset_facts`` does.
    """
    name, rdtype, ttl, _ = rrset
    place = places(name, rdtype) if places is not None and not glue else None
    rows = list(rrset_facts(zone, *rrset, patterns=patterns))
    schemes = {row.rdata: row.scheme for row in rows if isinstance(row, ValidationName)}
    for row in rows:
        if isinstance(row, Rdata):
            scheme = schemes.get(row.rdata)
            address = (row.address, row.address_key) if glue else (None, None)
            found = (name, rdtype, row.rdata, ttl, *hiding, glue, scheme, *address, place)
            yield Occluded(zone, *found)
