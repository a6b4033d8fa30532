"""Approved and served content of a zone, as values that can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from trustpath.facts.edits import Key, RecordSet, record_set
from trustpath.facts.part import Part
from trustpath.facts.records import Record, assemble

UNJUDGED = frozenset(
    ("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "ZONEMD", "TYPE65534", "CDS", "CDNSKEY", "DNSKEY")
)
"""What a signing server makes by itself; DNSSEC rules judge it, drift does not."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A zone's content that ``by`` accepted as the approved one at an instant."""

    zone: str
    content: Mapping[Key, RecordSet]
    serial: int | None
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Approved(Accepted):
    """A zone as it should be: accepted content with what applied changes made of it since.

    ``changes`` says which change last touched an RRset.
    """

    changes: Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Poll:
    """What one look at a zone saw: instant, serial, digest of the content."""

    zone: str
    at: int
    serial: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The content of a zone as a source last showed it, without what signing makes."""

    zone: str
    source: str
    serial: int
    content: Mapping[Key, RecordSet]


class Step(NamedTuple):
    """One step between two serials: records that went, then records that came, SOAs first."""

    gone: tuple[Record, ...]
    come: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Increment:
    """The way to a serial: ``steps`` from the one asked with, or ``whole`` where it came whole."""

    serial: int
    steps: tuple[Step, ...] = ()
    whole: tuple[Record, ...] | None = None


@runtime_checkable
class Transferring(Protocol):
    """A source that shows zones as they are served, whole or since a serial."""

    @property
    def zones(self) -> tuple[str, ...]:
        """The apexes of its zones."""
        ...

    def whole(self, zone: str) -> Part:
        """Return a zone by a whole transfer."""
        ...

    def since(self, zone: str, serial: int) -> Increment | None:
        """Return what happened since a serial; None where the server does not say."""
        ...


def judged(content: Mapping[Key, RecordSet]) -> dict[Key, RecordSet]:
    """Return the content without what signing makes."""
    return {key: value for key, value in content.items() if key[1] not in UNJUDGED}


def advanced(zone: str, seen: Seen, found: Increment) -> dict[Key, RecordSet] | None:
    """Return the content that an increment leads to, without what signing makes.

    None where a step removes what is not there or adds what is: then it does not lead from there.
    """
    if found.whole is not None:
        rows = assemble(found.whole, zone, "").rrsets
        return judged({(name, kind): record_set(ttl, texts) for name, kind, ttl, texts in rows})
    held: dict[Key, dict[str, int | None]] = {
        key: dict.fromkeys(value.rdatas, value.ttl) for key, value in seen.content.items()
    }
    for step in found.steps:
        for name, kind, ttl, data in step.gone:
            if kind in UNJUDGED:
                continue
            rest = held.get((name, kind), {})
            if data not in rest or rest.pop(data) != ttl:
                return None
        for name, kind, ttl, data in step.come:
            if kind in UNJUDGED:
                continue
            there = held.setdefault((name, kind), {})
            if data in there:
                return None
            there[data] = ttl
    return {key: _rejoined(texts) for key, texts in held.items() if texts}


def _rejoined(texts: Mapping[str, int | None]) -> RecordSet:
    """Return the RRset of records, with the least TTL as a whole transfer gives it."""
    told = [ttl for ttl in texts.values() if ttl is not None]
    return record_set(min(told, default=None), texts)


def comparable(content: Mapping[Key, RecordSet]) -> dict[Key, RecordSet]:
    """Return the content without what signing makes and without the SOA's serial."""
    return {
        key: without_serial(value) if key[1] == "SOA" else value
        for key, value in judged(content).items()
    }


def without_serial(value: RecordSet) -> RecordSet:
    """Return a SOA with serial 0: every change of a zone moves it."""
    texts = []
    for text in value.rdatas:
        fields = text.split(" ")
        texts.append(" ".join((*fields[:2], "0", *fields[3:])) if len(fields) > 3 else text)
    return RecordSet(value.ttl, tuple(texts))
