"""What zones serve now: whole zones from the sources that transfer them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from trustpath.base.errors import TrustpathError
from trustpath.facts.edits import Key, RecordSet, record_set
from trustpath.facts.part import Coverage, Part
from trustpath.facts.relations.dns import Rdata, Rrset, Zone
from trustpath.facts.source import Source

TRANSFER = "axfr"
"""The kind of source that shows what is served, as whole zones."""


@dataclass(frozen=True, slots=True)
class Served:
    """One zone as a server has it now; ``problem`` says why it is not known."""

    zone: str
    source: str
    at: int
    serial: int | None = None
    content: dict[Key, RecordSet] = field(default_factory=dict)
    problem: str = ""


def served(sources: Iterable[Source], wanted: Collection[str] = ()) -> Iterator[Served]:
    """Transfer the zones of every transferring source, all or those that are wanted."""
    for source in sources:
        if source.spec.kind != TRANSFER:
            continue
        try:
            for part in source.collect():
                zone = "" if part.name == "." else part.name
                if not wanted or zone in wanted:
                    yield _of_part(part, zone, source.spec.id)
        except TrustpathError as error:
            yield Served("", source.spec.id, 0, problem=str(error))


def _of_part(part: Part, zone: str, source: str) -> Served:
    if part.coverage is not Coverage.FULL:
        return Served(zone, source, part.observed_at, problem="; ".join(map(str, part.problems)))
    ttls: dict[Key, int | None] = {}
    texts: dict[Key, list[str]] = {}
    serial = None
    for fact in part.facts:
        if isinstance(fact, Rrset):
            ttls[fact.name, fact.type] = fact.ttl
        elif isinstance(fact, Rdata):
            texts.setdefault((fact.name, fact.type), []).append(fact.rdata)
        elif isinstance(fact, Zone):
            serial = fact.serial
    content = {key: record_set(ttl, texts.get(key, ())) for key, ttl in ttls.items()}
    return Served(zone, source, part.observed_at, serial, content)
