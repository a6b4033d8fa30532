"""A world that differs from the stored one: rows of facts that go and rows that come.

``rows_of`` turns edits of RRsets into such a difference against the rows at hand, the way a
collection after the change would have recorded it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trustpath.base import names
from trustpath.facts import schema
from trustpath.facts.edits import APEX_TYPES, Edit, Key, RecordSet, ends
from trustpath.facts.records.occlusion import (
    ADDRESSES,
    PARENT_SIDE,
    Hiding,
    at_name,
    hides,
    occluded_facts,
    servers,
)
from trustpath.facts.records.rrset import rrset_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Occluded, Zone
from trustpath.facts.validation_names import Pattern

Row = tuple[object, ...]
RrsetKey = tuple[str, str, str]
"""Zone, owner name and type of an RRset."""

_OF_RRSETS = tuple(
    table.name
    for table in schema.TABLES
    if table.relation.__module__.endswith(".dns") and table.name != "zone"
)


@dataclass(slots=True)
class Delta:
    """Rows by relation: ``gone`` leave the world, ``come`` enter it.

    ``unasked`` are rows that the world before is judged without: what is asked for once more counts
    as asked for now.
    """

    gone: dict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))
    come: dict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))
    unasked: dict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))

    def apply(self, relation: str, rows: set[Row]) -> set[Row]:
        """Return the rows of a relation after the difference."""
        gone, come = self.gone.get(relation), self.come.get(relation)
        if not gone and not come:
            return rows
        return (rows - (gone or set())) | (come or set())


class Present:
    """The rows at hand that edits speak of: those of the store, by relation, as of ``now``."""

    def __init__(
        self,
        rows: Mapping[str, set[Row]],
        now: int,
        sizes: Callable[[str], int] | None = None,
    ) -> None:
        """Take the rows; ``sizes`` counts the RRsets of a zone where rows are a part of it."""
        self._rows = rows
        self._sizes = sizes
        self.now = now
        self._named: dict[str, dict[object, list[Row]]] = {}
        self._servers: dict[tuple[str, str], set[str]] | None = None

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
        """Return what an RRset holds, be it answered with or hidden."""
        key = (zone, name, rdtype)
        sets = [row for row in self.at("rrset", name) if row[:3] == key]
        hidden = self.hidden(zone, name, rdtype)
        if not sets and not hidden:
            return None
        ttl = sets[0][3] if sets else hidden[0].ttl
        texts = {str(row[3]) for row in self.at("rdata", name) if row[:3] == key}
        texts.update(row.rdata for row in hidden)
        return RecordSet(ttl if isinstance(ttl, int) else None, tuple(sorted(texts)))

    def hidden(self, zone: str, name: str, rdtype: str) -> list[Occluded]:
        """Return the rows of an RRset that is hidden; none for one that is answered with."""
        key = (zone, name, rdtype)
        rows = self.at("occluded", name)
        return [Occluded(*row) for row in rows if row[:3] == key]  # type: ignore[arg-type]

    def holds(self, zone: str, name: str, rdtype: str) -> bool:
        """Say whether the zone has the RRset, answered with or hidden."""
        key = (zone, name, rdtype)
        return any(row[:3] == key for r in ("rrset", "occluded") for row in self.at(r, name))

    def below(self, zone: str, name: str) -> set[RrsetKey]:
        """Return the RRsets of a zone at and below a name."""
        suffix = "." + name if name else ""
        return {
            (zone, str(row[1]), str(row[2]))
            for relation in ("rrset", "occluded")
            for row in self._rows.get(relation, ())
            if row[0] == zone and (row[1] == name or str(row[1]).endswith(suffix))
        }

    def size(self, zone: str) -> int:
        """Return how many RRsets a zone holds, hidden ones included."""
        return len(self.below(zone, "")) if self._sizes is None else self._sizes(zone)

    def part(self, apex: str) -> list[Row]:
        """Return who says a zone."""
        return [row for row in self._rows.get("zone_part", ()) if row[0] == apex]

    def naming(self, zone: str, host: str) -> set[str]:
        """Return the owners of NS RRsets of a zone that name a host."""
        if self._servers is None:
            self._servers = defaultdict(set)
            for relation in ("rdata", "occluded"):
                for row in self._rows.get(relation, ()):
                    if row[2] == "NS":
                        for server in servers([str(row[3])]):
                            self._servers[str(row[0]), server].add(str(row[1]))
        return self._servers.get((zone, host), set())


class _Overlay:
    """The RRsets of zones as edits leave them: what they hold and what hides them."""

    def __init__(self, present: Present, targets: Mapping[RrsetKey, RecordSet | None]) -> None:
        self.present = present
        self.targets = targets

    def content(self, key: RrsetKey) -> RecordSet | None:
        """Return what an RRset holds after the edits."""
        return self.targets[key] if key in self.targets else self.present.content(*key)

    def hiding(self, key: RrsetKey) -> Hiding | None:
        """Return what hides an RRset: the highest cut or DNAME above it, or the cut at it."""
        zone, name, rdtype = key
        path = [name]
        while path[-1] not in (zone, ""):
            path.append(names.parent(path[-1]))
        for here in reversed(path):
            cut = self._has(zone, here, "NS")
            if here == name:
                own = at_name(cut=cut, dname=False, name=here)
                return own if rdtype not in PARENT_SIDE else None
            found = at_name(cut=cut, dname=self._has(zone, here, "DNAME"), name=here)
            if found is not None:
                return found
        return None

    def is_glue(self, key: RrsetKey) -> bool:
        """Say whether a hidden RRset is the address of a server that an NS RRset names."""
        zone, name, rdtype = key
        if rdtype not in ADDRESSES:
            return False
        owners = {k[1] for k in self.targets if k[0] == zone and k[2] == "NS"}
        for owner in owners | self.present.naming(zone, name):
            content = self.content((zone, owner, "NS"))
            names_it = content is not None and name in servers(content.rdatas)
            if names_it and self.hiding((zone, owner, "NS")) is None:
                return True
        return False

    def moved(self) -> set[RrsetKey]:
        """Return the RRsets that the edits change, hide, show or make glue of, or may."""
        found = set(self.targets)
        for zone, name, rdtype in self.targets:
            there = self.targets[zone, name, rdtype] is not None
            if hides(zone, name, rdtype) and there != self.present.holds(zone, name, rdtype):
                found |= self.present.below(zone, name)
        named: set[tuple[str, str]] = set()
        for key in found:
            if key[2] == "NS":
                for content in (self.content(key), self.present.content(*key)):
                    named |= {(key[0], host) for host in servers(content.rdatas if content else ())}
        return found | {(zone, host, kind) for zone, host in named for kind in ADDRESSES}

    def _has(self, zone: str, name: str, rdtype: str) -> bool:
        if not hides(zone, name, rdtype):
            return False
        key = (zone, name, rdtype)
        if key in self.targets:
            return self.targets[key] is not None
        return self.present.holds(*key)


def _settle(
    delta: Delta, overlay: _Overlay, key: RrsetKey, patterns: Sequence[Pattern] = ()
) -> None:
    """Bring the rows of an RRset to what it holds and what hides it after the edits."""
    zone, name, rdtype = key
    present = overlay.present
    target, was = overlay.content(key), present.content(*key)
    hiding = overlay.hiding(key) if target is not None else None
    old = present.hidden(*key)
    glue = hiding is not None and overlay.is_glue(key)
    before = (old[0].cut, old[0].reason, old[0].glue) if old else None
    if target == was and before == (None if hiding is None else (*hiding, glue)):
        return  # rows as they are: a source may have known more than the texts say
    for relation in _OF_RRSETS:
        delta.gone[relation].update(_rows_at(relation, present, zone, name, rdtype))
    places = {row.rdata: row.place for row in old}
    if target is not None:
        rrset = (name, rdtype, target.ttl, target.rdatas)
        if hiding is None:
            facts: Iterable[Fact] = rrset_facts(zone, *rrset, patterns=patterns)
        else:
            hidden = occluded_facts(zone, rrset, hiding, glue=glue, patterns=patterns)
            facts = (row._replace(place=places.get(row.rdata)) for row in hidden)
        for fact in facts:
            delta.come[schema.BY_RELATION[type(fact)].name].add(tuple(fact))
    _history(delta, present, name, rdtype, target if hiding is None else None)


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
    "mail_authentication": {"TXT"},
}


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


def _come(delta: Delta, present: Present, targets: Mapping[RrsetKey, RecordSet | None]) -> None:
    """Bring in the zones that the edits make: those of which nothing was held."""
    for apex in {zone for (zone, _name, _type), target in targets.items() if target is not None}:
        if not present.zone(apex) and not any(row[0] == apex for row in delta.come["zone"]):
            zone = Zone(apex, names.parent(apex), names.registered(apex), True, None, None, None)
            delta.come["zone"].add(tuple(zone))


def _vanished(delta: Delta, present: Present, targets: Mapping[RrsetKey, RecordSet | None]) -> None:
    """Take away the zones that are deleted; one without SOA and NS is when nothing is left."""
    by_zone: dict[str, dict[Key, RecordSet | None]] = defaultdict(dict)
    for (zone, name, rdtype), target in targets.items():
        by_zone[zone][name, rdtype] = target
    for apex, here in by_zone.items():
        bare = not any(present.holds(apex, apex, kind) for kind in APEX_TYPES)
        if not bare and all(here.get((apex, kind), here) is not None for kind in APEX_TYPES):
            continue  # no need to count
        held = sum(present.holds(apex, *key) for key in here)
        # Of a zone of which nothing is held nobody can say that nothing is left.
        left = present.size(apex) - held if held else 1
        if ends(apex, here, left) or (bare and not left and not any(here.values())):
            delta.gone["zone"].update(present.zone(apex))
            delta.gone["zone_part"].update(present.part(apex))
            delta.come["zone"] = {row for row in delta.come["zone"] if row[0] != apex}


def rows_of(
    present: Present, edits: Iterable[Edit], *, after: bool, patterns: Sequence[Pattern] = ()
) -> Delta:
    """Return the difference between the rows at hand and the world before or after the edits.

    ``patterns`` are validation names that the estate adds.
    """
    delta = Delta()
    chosen = list(edits)
    targets = {(e.zone, e.name, e.type): e.after if after else e.before for e in chosen}
    overlay = _Overlay(present, targets)
    for key in overlay.moved():
        _settle(delta, overlay, key, patterns)
    for (zone, name, rdtype), target in targets.items():
        moved = name == zone and rdtype in ("SOA", "DNSKEY")
        if moved and target != present.content(zone, name, rdtype):
            _zone(delta, present, zone, rdtype, target)
    _come(delta, present, targets)
    _vanished(delta, present, targets)
    return delta
