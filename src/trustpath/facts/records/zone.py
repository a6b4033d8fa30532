"""From all RRsets of a zone to its fact rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.records.occlusion import (
    ADDRESSES,
    HIDING,
    Occlusion,
    Places,
    occluded_facts,
    servers,
)
from trustpath.facts.records.rrset import rrset_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Zone

Entry = tuple[str, str, "int | None", Sequence[str]]


def zone_facts(
    apex: str,
    rrsets: Iterable[Entry],
    *,
    full: bool,
    served: bool = False,
    places: Places | None = None,
) -> Iterator[Fact]:
    """Yield the facts of every RRset (name, type, TTL, rdatas) and, last, the Zone row.

    RRsets behind a zone cut or a DNAME become ``Occluded`` rows and nothing else. ``full`` says
    that these are all records of the zone, ``served`` that servers publish it as it stands here.
    Only both together make a missing DNSKEY mean "not signed": a server that signs keeps its keys
    to itself, and what it reads has none. ``places`` tells where a record stands. Names are
    canonical, rdatas canonical texts; raises InputError as ``rrset_facts`` does.
    """
    entries = rrsets if isinstance(rrsets, Sequence) else list(rrsets)
    found = Occlusion(apex, ((e[0], e[1]) for e in entries if e[1] in HIDING))
    occlusion = found if found else None
    named = _servers(entries, found) if found else set()
    signed: bool | None = False if full and served else None
    serial = negative_ttl = None
    for name, rdtype, ttl, rdatas in entries:
        hiding = occlusion.of(name, rdtype) if occlusion is not None else None
        if hiding is not None:
            rrset = (name, rdtype, ttl, rdatas)
            glue = rdtype in ADDRESSES and name in named
            yield from occluded_facts(apex, rrset, hiding, glue=glue, places=places)
            continue
        yield from rrset_facts(apex, name, rdtype, ttl, rdatas)
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


def _servers(entries: Iterable[Entry], occlusion: Occlusion) -> set[str]:
    """Return the hosts that the NS RRsets of a zone name, of itself and of its children."""
    return {
        host
        for name, rdtype, _, rdatas in entries
        if rdtype == "NS" and occlusion.of(name, rdtype) is None
        for host in servers(rdatas)
    }


def _soa_numbers(apex: str, text: str) -> tuple[int, int]:
    fields = text.split(" ")
    try:
        return int(fields[2]), int(fields[6])
    except (IndexError, ValueError) as error:
        raise InputError(f"SOA data is not in canonical form: {text!r}", where=apex) from error
