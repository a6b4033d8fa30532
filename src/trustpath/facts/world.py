"""A world that differs from the stored one: rows of facts that go and rows that come.

``rows_of`` turns edits of RRsets into such a difference against the rows at hand, the way a
collection after the change would have recorded it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trustpath.base import names
from trustpath.facts import schema
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.records.rrset import rrset_facts
from trustpath.facts.relations.dns import Zone
from trustpath.facts.validation_names import Pattern

Row = tuple[object, ...]

_OF_RRSETS = tuple(
    table.name
    for table in schema.TABLES
    if table.relation.__module__.endswith(".dns") and table.name != "zone"
)
_ADDRESSES = frozenset({"A", "AAAA"})


@dataclass(slots=True)
class Delta:
    """Rows by relation: ``gone`` leave the world, ``come`` enter it.

    ``unasked`` are rows that the world before is judged without: what is asked for once more counts
    as asked for now. ``cuts`` are the zone cuts that come.
    """

    gone: dict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))
    come: dict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))
    unasked: dict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))
    cuts: set[str] = field(default_factory=set)

    def apply(self, relation: str, rows: set[Row]) -> set[Row]:
        """Return the rows of a relation after the difference."""
        gone, come = self.gone.get(relation), self.come.get(relation)
        if not gone and not come:
            return rows
        return (rows - (gone or set())) | (come or set())


class Present:
    """The rows at hand that edits speak of: those of the store, by relation, as of ``now``."""

    def __init__(self, rows: Mapping[str, set[Row]], now: int) -> None:
        self._rows = rows
        self.now = now
        self._named: dict[str, dict[object, list[Row]]] = {}

    def at(self, relation: str, name: str) -> Sequence[Row]:
        """Return the rows of a relation about a name."""
        named = self._named.get(relation)
        if named is None:
            table = schema.BY_NAME.get(relation)
            column = 0 if table is None else table.at("name")
            named = defaultdict(list)
            for row in self._rows.get(relation, ()):
                named[row[column]].append(row)
            self._named[relation] = named
        return named.get(name, ())

    def zone(self, apex: str) -> list[Row]:
        """Return the rows of a zone."""
        return [row for row in self._rows.get("zone", ()) if row[0] == apex]

    def content(self, zone: str, name: str, rdtype: str) -> RecordSet | None:
        """Return what an RRset holds."""
        key = (zone, name, rdtype)
        sets = [row for row in self.at("rrset", name) if row[:3] == key]
        if not sets:
            return None
        ttl = sets[0][3]
        texts = sorted(str(row[3]) for row in self.at("rdata", name) if row[:3] == key)
        return RecordSet(ttl if isinstance(ttl, int) else None, tuple(texts))


def add_edit(
    delta: Delta,
    present: Present,
    edit: Edit,
    target: RecordSet | None,
    patterns: Sequence[Pattern] = (),
) -> None:
    """Make the RRset of an edit ``target`` in the world of ``delta``, whatever it is at present."""
    zone, name, rdtype = edit.zone, edit.name, edit.type
    if target == present.content(zone, name, rdtype):
        return  # rows as they are: a source may have known more than the texts say
    for relation in _OF_RRSETS:
        delta.gone[relation].update(_rows_at(relation, present, zone, name, rdtype))
    glue = rdtype in _ADDRESSES and _is_glue(present, delta, zone, name)
    if target is not None:
        if rdtype == "NS" and name != zone:
            delta.cuts.add(name)
        rrset = (zone, name, rdtype, target.ttl, target.rdatas)
        for fact in rrset_facts(*rrset, glue=glue, patterns=patterns):
            delta.come[schema.BY_RELATION[type(fact)].name].add(tuple(fact))
    _history(delta, present, name, rdtype, target)
    if name == zone and rdtype in ("SOA", "DNSKEY"):
        _zone(delta, present, zone, rdtype, target)


def _rows_at(relation: str, present: Present, zone: str, name: str, rdtype: str) -> set[Row]:
    """Return the rows that the RRset made: those of a relation without a type by its own type."""
    table = schema.BY_NAME[relation]
    at = table.at("type") if "type" in table.fields else None
    made_by = _MADE_BY.get(relation)
    if at is None and made_by is not None and rdtype not in made_by:
        return set()
    return {
        row
        for row in present.at(relation, name)
        if row[0] == zone and (at is None or row[at] == rdtype)
    }


_MADE_BY = {
    "caa": {"CAA"},
    "caa_method": {"CAA"},
    "tlsa": {"TLSA"},
    "dnskey_digest": {"DNSKEY"},
    "rrsig": {"RRSIG"},
    "nsec3param": {"NSEC3PARAM"},
    "srv": {"SRV"},
    "persist": {"TXT"},
    "mail_policy_record": {"TXT"},
}


def _is_glue(present: Present, delta: Delta, zone: str, name: str) -> bool:
    """Say whether addresses at the name lie at or below a zone cut."""
    here = name
    while here not in (zone, ""):
        cuts = {row for row in present.at("rrset", here) if row[2] == "NS"}
        if cuts - delta.gone["rrset"] or here in delta.cuts:
            return True
        here = names.parent(here)
    return False


def _history(
    delta: Delta, present: Present, name: str, rdtype: str, target: RecordSet | None
) -> None:
    """Record when records were first seen and when they went, as the store will."""
    texts = set(target.rdatas) if target else set()
    known = set()
    for row in present.at("rdata_history", name):
        if row[1] == rdtype:
            known.add(row[2])
            gone_at = None if row[2] in texts else row[4] or present.now
            _replace(delta, "rdata_history", row, (*row[:4], gone_at))
    for text in texts - known:
        delta.come["rdata_history"].add((name, rdtype, text, present.now, None))
    seen = False
    for row in present.at("rrset_history", name):
        if row[1] == rdtype:
            seen = True
            gone_at = None if target else row[3] or present.now
            _replace(delta, "rrset_history", row, (*row[:3], gone_at))
    if target and not seen:
        delta.come["rrset_history"].add((name, rdtype, present.now, None))


def _replace(delta: Delta, relation: str, old: Row, new: Row) -> None:
    if old != new:
        delta.gone[relation].add(old)
        delta.come[relation].add(new)


def _zone(delta: Delta, present: Present, apex: str, rdtype: str, target: RecordSet | None) -> None:
    held = present.zone(apex)
    base = next((row for row in delta.come["zone"] if row[0] == apex), held[0] if held else None)
    zone = (
        Zone(*base)  # type: ignore[arg-type]
        if base is not None
        else Zone(apex, names.parent(apex), names.registered(apex), True, None, None, None)
    )
    if rdtype == "DNSKEY":
        # Whoever takes the keys out of a zone that has them leaves it unsigned.
        zone = zone._replace(signed=target is not None)
    elif target is None or not target.rdatas:
        zone = zone._replace(serial=None, negative_ttl=None)
    else:
        fields = target.rdatas[0].split(" ")
        minimum = int(fields[6])
        ttl = minimum if target.ttl is None else min(target.ttl, minimum)
        zone = zone._replace(serial=int(fields[2]), negative_ttl=ttl)
    delta.gone["zone"].update(held)
    delta.come["zone"] = {row for row in delta.come["zone"] if row[0] != apex} | {tuple(zone)}


def _vanished(delta: Delta, present: Present, edits: Sequence[Edit], *, after: bool) -> None:
    """Take away the zones whose SOA and NS both go: they are deleted, not merely broken."""
    gone: dict[str, set[str]] = defaultdict(set)
    for edit in edits:
        if edit.name == edit.zone and (edit.after if after else edit.before) is None:
            gone[edit.zone].add(edit.type)
    for apex, types in gone.items():
        if {"SOA", "NS"} <= types:
            delta.gone["zone"].update(present.zone(apex))
            delta.come["zone"] = {row for row in delta.come["zone"] if row[0] != apex}


def rows_of(
    present: Present, edits: Iterable[Edit], *, after: bool, patterns: Sequence[Pattern] = ()
) -> Delta:
    """Return the difference between the rows at hand and the world before or after the edits.

    ``patterns`` are validation names that the estate adds.
    """
    delta = Delta()
    chosen = sorted(edits, key=lambda edit: edit.type != "NS")  # cuts first: glue depends on them
    for edit in chosen:
        add_edit(delta, present, edit, edit.after if after else edit.before, patterns)
    _vanished(delta, present, chosen, after=after)
    return delta
