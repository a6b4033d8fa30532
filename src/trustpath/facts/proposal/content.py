"""The content of a large zone, held as the records it was read from.

A plan between two versions looks at every RRset and shows a few. So each single record stays the
tuple that its reader made, two versions are compared as such tuples, and an RRset becomes a value
of its own only where somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter

from trustpath.facts import edits
from trustpath.facts.edits import Edit, Key, RecordSet, record_set
from trustpath.facts.part import Problem
from trustpath.facts.records import Record, assemble
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Occluded, Rdata, Rrset

BESIDE_ALIAS = frozenset({"RRSIG", "NSEC", "KEY"})
"""What may stand beside a CNAME (RFC 4035 2.5, RFC 2181 10.1)."""

_key = itemgetter(0, 1)


class ZoneContent(Mapping[Key, RecordSet]):
    """RRsets of one zone by owner name and type; made by ``pack``, never changed afterwards."""

    __slots__ = ("_several", "_single")

    def __init__(self, single: dict[Key, Record], several: dict[Key, RecordSet]) -> None:
        self._single = single
        self._several = several

    def __getitem__(self, key: Key) -> RecordSet:
        record = self._single.get(key)
        return self._several[key] if record is None else RecordSet(record[2], (record[3],))

    def __iter__(self) -> Iterator[Key]:
        return chain(self._single, self._several)

    def __len__(self) -> int:
        return len(self._single) + len(self._several)

    def __contains__(self, key: object) -> bool:
        return key in self._single or key in self._several

    def differing(self, other: ZoneContent) -> set[Key]:
        """Return the keys whose content is not the same in both, present or not."""
        return _differing(self._single, other._single) | _differing(self._several, other._several)


def _differing(mine: Mapping[Key, object], theirs: Mapping[Key, object]) -> set[Key]:
    get = theirs.get
    keys = {key for key, value in mine.items() if get(key) != value}
    keys.update(theirs.keys() - mine.keys())
    return keys


def pack(
    records: Sequence[Record], apex: str, where: str
) -> tuple[ZoneContent, tuple[Problem, ...]]:
    """Return the content of a zone and what is wrong with it, as ``records.assemble`` says it.

    Only records that share an RRset, lie outside of the zone or stand beside a CNAME are looked
    at one by one.
    """
    single: dict[Key, Record] = dict(zip(map(_key, records), records, strict=True))
    odd: set[Key] = set()
    if len(single) != len(records):
        odd.update(_key(record) for record in records if single[_key(record)] is not record)
    below = "." + apex if apex else ""
    odd.update(key for key in single if not key[0].endswith(below) and key[0] != apex)
    aliases = {name for name, rdtype in single if rdtype == "CNAME"}
    clashing = {
        name
        for name, rdtype in single
        if name in aliases and rdtype != "CNAME" and rdtype not in BESIDE_ALIAS
    }
    if clashing:
        odd.update(key for key in single if key[0] in clashing)
    if not odd:
        return ZoneContent(single, {}), ()
    assembled = assemble([record for record in records if _key(record) in odd], apex, where)
    for key in odd:
        del single[key]
    several: dict[Key, RecordSet] = {}
    for name, rdtype, ttl, rdatas in assembled.rrsets:
        if len(rdatas) == 1:
            single[name, rdtype] = (name, rdtype, ttl, rdatas[0])
        else:
            several[name, rdtype] = record_set(ttl, rdatas)
    return ZoneContent(single, several), tuple(assembled.remarks)


def content_of(facts: Iterable[Fact]) -> dict[Key, RecordSet]:
    """Return the content that the fact rows of one zone describe, what cuts hide included."""
    ttls: dict[Key, int | None] = {}
    texts: dict[Key, set[str]] = {}
    for row in facts:
        if isinstance(row, Rdata | Occluded):
            texts.setdefault((row.name, row.type), set()).add(row.rdata)
            if isinstance(row, Occluded):
                ttls[row.name, row.type] = row.ttl
        elif isinstance(row, Rrset):
            ttls[row.name, row.type] = row.ttl
    return {key: record_set(ttls.get(key), rdatas) for key, rdatas in texts.items()}


def diff(
    zone: str, before: Mapping[Key, RecordSet], after: Mapping[Key, RecordSet]
) -> tuple[Edit, ...]:
    """Return ``edits.diff`` of both, without building what is the same in two ``ZoneContent``."""
    if not (isinstance(before, ZoneContent) and isinstance(after, ZoneContent)):
        return edits.diff(zone, before, after)
    keys = sorted(before.differing(after))
    return tuple(Edit(zone, *key, before.get(key), after.get(key)) for key in keys)
