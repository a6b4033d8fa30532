"""What a change can affect: from edits of RRsets and rows of facts to the keys of a cone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trustpath.base import names
from trustpath.facts import schema
from trustpath.facts.edits import Edit
from trustpath.facts.reach import AFFECTED, CERTIFICATE, JOB, NAME, SERVICE, WILDCARD
from trustpath.facts.records.occlusion import HIDING, servers
from trustpath.facts.world import Delta
from trustpath.store.cone import Cone
from trustpath.store.cone_reader import ConeReader

# Types whose every change is felt below their owner, and those of which only coming and going is.
_FELT_BELOW = frozenset({"CAA", "DS", "DNSKEY", "DNAME", "CNAME", "ALIAS", "ANAME"})
_FELT_WHEN_THERE = frozenset({"NS", "SOA"})
_PERSIST = "_validation-persist."  # a grant there may reach down (BR 3.2.2.4.22)
_DMARC = "_dmarc."  # holds for all names below that have none (RFC 7489 6.6.3)
_KINDS = {"certificate": CERTIFICATE, "job": JOB, "service": SERVICE, "fingerprint": CERTIFICATE}
_NAMING = {"base": {"job_name", "service_name", "certificate_name"}, "name": {"change_record"}}


class Scope:
    """Collects what is affected, each name once, and brings it into a cone."""

    def __init__(self, reader: ConeReader, cone: Cone) -> None:
        self._reader = reader
        self._cone = cone
        self._names: dict[str, bool] = {}

    def edits(self, edits: Sequence[Edit]) -> None:
        """Bring in everything whose status the edits can change."""
        by_name: dict[str, list[Edit]] = {}
        for edit in edits:
            by_name.setdefault(edit.name, []).append(edit)
        own = {
            name: {str(row[2]) for row in self._reader.fetch(self._reader.rrset_by_name, [name])}
            for name in by_name
        }
        for name, at_name in by_name.items():
            below = any(_felt_below(edit) for edit in at_name)
            toggled = self._toggles(own[name], at_name)
            self._affect(name, below=below or toggled)
            if toggled:
                self._ancestors(name, at_name[0].zone, by_name.keys())
            for host in self._hosts(name, at_name):
                self._affect(host, below=False)

    def spoken_of(self, found: Iterable[str]) -> None:
        """Bring in names of which records elsewhere speak."""
        for name in found:
            self._affect(name, below=False)

    def rows(self, delta: Delta) -> None:
        """Bring in what rows of facts that come or go speak of."""
        for changed in (delta.gone, delta.come):
            for relation, rows in changed.items():
                if not rows:
                    continue
                for place, field in enumerate(schema.BY_NAME[relation].fields):
                    kind = _KINDS.get(field) or (relation if field == "id" else None)
                    if kind in (CERTIFICATE, JOB, SERVICE):
                        for row in rows:
                            self._of(kind, row[place])
                    elif relation in _NAMING.get(field, ()):
                        for row in rows:
                            self._affect(str(row[place]), below=False)

    def _of(self, kind: str, key: object) -> None:
        """Bring in a certificate, a job or a service with its names."""
        self._cone.add(kind, key, AFFECTED)
        for name in self._reader.names_of(kind, str(key)):
            self._affect(name, below=False)

    def _hosts(self, name: str, edits: Iterable[Edit]) -> set[str]:
        """Return the name servers whose addresses may become glue, or be no longer."""
        hosts: set[str] = set()
        for edit in edits:
            if edit.type == "NS":
                hosts |= servers((*edit.added, *edit.removed))
            if edit.type in HIDING and None in (edit.before, edit.after):
                hosts |= self._reader.servers_below(name)
        return hosts

    def _toggles(self, types: set[str], edits: Iterable[Edit]) -> bool:
        """Say whether the owner name comes into existence or goes out of it."""
        before, after = set(types), set(types)
        for edit in edits:
            for there, content in ((before, edit.before), (after, edit.after)):
                there.discard(edit.type)
                if content is not None:
                    there.add(edit.type)
        return bool(before) != bool(after)

    def _ancestors(self, name: str, zone: str, edited: Iterable[str]) -> None:
        """Bring in the empty non-terminals above that come or go with the name (RFC 4592 2.2.2)."""
        changed = set(edited)
        here = names.parent(name)
        while here not in (zone, "") and here not in changed:
            limit = len(changed) + 1
            others = {str(row[1]) for row in self._reader.some_below(names.reverse(here), limit)}
            if self._reader.fetch(self._reader.rrset_by_name, [here]) or others - changed:
                return
            self._affect(here, below=True)
            here = names.parent(here)

    def _affect(self, name: str, *, below: bool) -> None:
        pending = [(name, below)]
        while pending:
            here, felt = pending.pop()
            base, wildcard = names.base(here), names.is_wildcard(here)
            felt = felt or wildcard or here.startswith(_DMARC)
            known = self._names.get(here)
            if known is not None and known >= felt:
                continue
            self._names[here] = felt
            self._add(here)
            pending += [(near, felt) for near in _beside(base, wildcard=wildcard)]
            if felt and known is not True:
                pending += [(found, False) for found in self._reader.below(base)]
            pending += [
                (owner, felt and rdtype in _FELT_BELOW)
                for owner, rdtype in self._reader.leading_to(here)
            ]

    def _add(self, name: str) -> None:
        self._cone.add(NAME, name, AFFECTED)
        self._cone.add(WILDCARD, names.parent(name), AFFECTED)
        if name.startswith("*."):
            self._cone.add(WILDCARD, name[2:], AFFECTED)


def _felt_below(edit: Edit) -> bool:
    if edit.action == "ttl":
        return False
    kind = edit.type.rpartition("/")[2]
    if kind in _FELT_BELOW or edit.name.startswith(_PERSIST):
        return True
    return kind in _FELT_WHEN_THERE and (edit.before is None or edit.after is None)


def _beside(base: str, *, wildcard: bool) -> list[str]:
    """Return the names for which a record at a name speaks: the host of underscore labels."""
    found = [base] if wildcard else []
    host = base
    while host.startswith("_"):
        host = names.parent(host)
    if host != base and host:
        found.append(host)
    if base.startswith("mta-sts."):
        found.append(base.removeprefix("mta-sts."))
    return found
