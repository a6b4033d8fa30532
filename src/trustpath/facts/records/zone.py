"""From all RRsets of a zone to its fact rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.records.rrset import rrset_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Zone

Entry = tuple[str, str, "int | None", Sequence[str]]
_ADDRESSES = frozenset({"A", "AAAA"})


def zone_facts(
    apex: str, rrsets: Iterable[Entry], *, full: bool, served: bool = False
) -> Iterator[Fact]:
    """Yield the facts of every RRset (name, type, TTL, rdatas) and, last, the Zone row.

    ``full`` says that these are all records of the zone, ``served`` that servers publish it as it
    stands here. Only both together make a missing DNSKEY mean "not signed": a server that signs
    keeps its keys to itself, and what it reads has none. Names are canonical,
    rdatas canonical texts; raises InputError as ``rrset_facts`` does.
    """
    entries = rrsets if isinstance(rrsets, Sequence) else list(rrsets)
    cuts = {name for name, rdtype, _, _ in entries if rdtype == "NS" and name != apex}
    below = _Below(cuts, apex) if cuts else None
    signed: bool | None = False if full and served else None
    serial = negative_ttl = None
    for name, rdtype, ttl, rdatas in entries:
        glue = below is not None and rdtype in _ADDRESSES and below.covers(name)
        yield from rrset_facts(apex, name, rdtype, ttl, rdatas, glue=glue)
        if name == apex:
            if rdtype == "DNSKEY":
                signed = True
            elif rdtype == "SOA" and rdatas:
                serial, minimum = _soa_numbers(apex, rdatas[0])
                negative_ttl = minimum if ttl is None else min(ttl, minimum)
    yield Zone(
        apex=apex,
        parent=names.parent(apex),
        registered=names.registered(apex),
        full=full,
        signed=signed,
        serial=serial,
        negative_ttl=negative_ttl,
    )


def _soa_numbers(apex: str, text: str) -> tuple[int, int]:
    fields = text.split(" ")
    try:
        return int(fields[2]), int(fields[6])
    except (IndexError, ValueError) as error:
        raise InputError(f"SOA data is not in canonical form: {text!r}", where=apex) from error


class _Below:
    """Whether a name lies at or below a zone cut, remembered per parent."""

    def __init__(self, cuts: set[str], apex: str) -> None:
        self._cuts = cuts
        self._known: dict[str, bool] = {apex: False, "": False}

    def covers(self, name: str) -> bool:
        path = []
        while name not in self._known:
            if name in self._cuts:
                self._known[name] = True
                break
            path.append(name)
            name = names.parent(name)
        answer = self._known[name]
        # The name itself is a leaf most of the time; only what lies above it is worth keeping.
        for ancestor in path[1:]:
            self._known[ancestor] = answer
        return answer
