"""Approved and served content of a zone, as values that can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trustpath.facts.edits import Key, RecordSet

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


def comparable(content: Mapping[Key, RecordSet]) -> dict[Key, RecordSet]:
    """Return the content without what signing makes and without the SOA's serial."""
    return {
        key: without_serial(value) if key[1] == "SOA" else value
        for key, value in content.items()
        if key[1] not in UNJUDGED
    }


def without_serial(value: RecordSet) -> RecordSet:
    """Return a SOA with serial 0: every change of a zone moves it."""
    texts = []
    for text in value.rdatas:
        fields = text.split(" ")
        texts.append(" ".join((*fields[:2], "0", *fields[3:])) if len(fields) > 3 else text)
    return RecordSet(value.ttl, tuple(texts))
