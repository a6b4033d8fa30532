"""Cutting a cone out of the store: the rows that judging a change needs, and no others.

``facts.reach`` says which rows those are; here they are gathered, level by level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from trustpath.base import names
from trustpath.facts import schema
from trustpath.facts.reach import AFFECTED, CONTEXT, NAME, SUPPORT, WILDCARD
from trustpath.store.cone_reader import ConeReader, Row, Step

Rows = dict[str, set[Row]]
"""Rows of a world by relation."""

_HOSTS = 2
"""How many hosts beside it stand for the others of a parent, beyond those that may go."""

_SPEAKING = frozenset({"CNAME", "DNAME", "ALIAS", "ANAME", "CAA", "NS"})
"""Types whose RRset says nothing true of its name without its content."""

_NOTHING: frozenset[str] = frozenset()
_RRSET = schema.BY_NAME["rrset"]
_NAME, _TYPE = _RRSET.at("name"), _RRSET.at("type")
_RDATA = schema.BY_NAME["rdata"]
_OWNER, _KIND, _TARGET = _RDATA.at("name"), _RDATA.at("type"), _RDATA.at("target")
_LONGEST = 253  # a substitution that gives a longer name leads nowhere (RFC 6672 2.2)


class Cone:
    """The rows in reach of some keys, growing as keys are added."""

    def __init__(self, reader: ConeReader, edits: int = 0) -> None:
        self.rows: Rows = defaultdict(set)
        self._reader = reader
        self._spare = edits + 1  # as many may be gone after the change
        self._done: dict[str, dict[object, int]] = defaultdict(dict)
        self._next: dict[str, dict[object, int]] = defaultdict(dict)
        self._types: dict[object, set[str]] = defaultdict(set)
        self._moved: dict[str, set[str]] = defaultdict(set)  # by DNAMEs: owner to targets
        for relation, row in reader.witnesses:
            self.rows[relation].add(row)

    def add(self, kind: str, key: object, level: int) -> None:
        """Bring a key into reach, with what is above and beside it if it is a name."""
        if key is None or key == "" or self._done[kind].get(key, CONTEXT + 1) <= level:
            return
        if self._next[kind].get(key, CONTEXT + 1) <= level:
            return
        self._next[kind][key] = level
        if kind != NAME:
            return
        name = str(key)
        while "." in name:
            name = names.parent(name)
            for target in self._moved.get(name, ()):
                self._substitute(str(key), level, name, target)
            known = self._done[NAME]
            for near in (name, f"*.{name}"):
                if near not in known:
                    self._next[NAME].setdefault(near, CONTEXT)

    def _dname(self, owner: str, target: str) -> None:
        """Bring in the names to which those below a DNAME lead (RFC 6672 2.2)."""
        if not target or target in self._moved[owner]:
            return
        self._moved[owner].add(target)
        for level_of in (dict(self._done[NAME]), dict(self._next[NAME])):
            for key, level in level_of.items():
                if str(key).endswith(f".{owner}"):
                    self._substitute(str(key), level, owner, target)

    def _substitute(self, name: str, level: int, owner: str, target: str) -> None:
        moved = name.removesuffix(owner) + target
        if level <= SUPPORT and len(moved) <= _LONGEST:
            self.add(NAME, moved, SUPPORT)

    def put(self, relation: str, rows: Iterable[Row], level: int) -> None:
        """Take rows that are proposed and follow where they lead."""
        for row in rows:
            self._follow(relation, row, level)
            if relation == "rrset":
                self._types[str(row[_NAME])].add(str(row[_TYPE]))

    def _follow(self, relation: str, row: Row, level: int) -> None:
        if relation == "rdata" and row[_KIND] == "DNAME":
            self._dname(str(row[_OWNER]), str(row[_TARGET] or ""))
        for column, kind, levels in self._reader.leads(relation):
            to = levels[level]
            if to is not None:
                self.add(kind, row[column], to)

    def keys(self, kind: str, level: int) -> set[object]:
        """Return the keys of a kind within a level."""
        return {key for key, at in self._done[kind].items() if at <= level}

    def grow(self) -> None:
        """Read until nothing new is in reach."""
        while any(self._next.values()):
            frontier, self._next = self._next, defaultdict(dict)
            for kind, keys in frontier.items():
                fresh = {
                    key: level
                    for key, level in keys.items()
                    if self._done[kind].get(key, CONTEXT + 1) > level
                }
                if fresh:
                    self._read(kind, fresh)

    def _read(self, kind: str, keys: Mapping[object, int]) -> None:
        known = self._done[kind]
        before = {key: known.get(key, CONTEXT + 1) for key in keys}
        near = [key for key in keys if before[key] <= CONTEXT]
        known.update(keys)
        if kind == NAME:
            self._rrsets(keys, before)
            self._below(keys)
        elif kind == WILDCARD:
            for key in keys:
                for row in self._reader.some_hosts(str(key), self._spare + _HOSTS):
                    self.add(NAME, row[_NAME], CONTEXT)
        for step in self._reader.steps(kind):
            cut = step.cut
            wanted = [
                key
                for key, at in keys.items()
                if at <= cut.level < before[key] and (not cut.types or self._has(step, key))
            ]
            if wanted:
                self._take(step, wanted, keys)
            if near and self._reader.leads(cut.relation):
                again = [key for key in near if keys[key] < before[key] <= cut.level]
                self._lead_again(step, again, keys)

    def _has(self, step: Step, key: object) -> bool:
        return not step.cut.types or not self._types.get(key, _NOTHING).isdisjoint(step.cut.types)

    def _take(self, step: Step, wanted: list[object], levels: Mapping[object, int]) -> None:
        rows = self._reader.take(step, wanted)
        if not rows:
            return
        relation, place = step.cut.relation, step.place
        if relation == "zone":
            for row in rows:
                for other, witness in self._reader.witness(str(row[0]), self._spare):
                    self.rows[other].add(witness)
        self.rows[relation].update(rows)
        if self._reader.leads(relation):
            nearest = min(levels.values())
            for row in rows:
                self._follow(relation, row, levels.get(row[place], nearest))

    def _lead_again(self, step: Step, keys: list[object], levels: Mapping[object, int]) -> None:
        """Follow known rows once more for keys that came nearer."""
        for key in keys:
            if self._has(step, key):
                for row in self._reader.take(step, [key]):
                    self._follow(step.cut.relation, row, levels[key])

    def _rrsets(self, keys: Mapping[object, int], before: Mapping[object, int]) -> None:
        fresh = [key for key in keys if before[key] > CONTEXT]
        rows = self._reader.fetch(self._reader.rrset_by_name, fresh)
        self.rows["rrset"].update(rows)
        for row in rows:
            self._types[str(row[_NAME])].add(str(row[_TYPE]))

    def _below(self, keys: Mapping[object, int]) -> None:
        """Bring in the underscore names of each name, and names below one that owns nothing.

        They tell whether it is an empty non-terminal (RFC 4592 2.2.2).
        """
        hosts = {str(key): level for key, level in keys.items() if not str(key).startswith("*")}
        underscored = [names.reverse(name) for name, level in hosts.items() if level <= SUPPORT]
        for name in self._reader.underscored(underscored):
            self.add(NAME, name, CONTEXT)
            domain = name.removeprefix("_mta-sts.")
            if domain != name and domain in hosts:
                self.add(NAME, f"mta-sts.{domain}", SUPPORT)
        for name, level in hosts.items():
            if level == AFFECTED:
                # The policy of the organisation, which mail of the name falls back to (RFC 7489).
                self.add(NAME, f"_dmarc.{names.registered(name)}", CONTEXT)
            if level == AFFECTED or name not in self._types:
                rows = self._reader.some_below(names.reverse(name), self._spare)
                self.rows["rrset"].update(rows)
                for row in rows:
                    if str(row[_TYPE]).rpartition("/")[2] in _SPEAKING:
                        self.add(NAME, row[_NAME], CONTEXT)
