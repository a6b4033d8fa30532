"""Issuance surface: who gains or loses the power to obtain a certificate (standards D.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts.edits import Edit
from trustpath.facts.reach import NAME
from trustpath.rules.value import Value
from trustpath.workflow.consent.asking import ask
from trustpath.workflow.consent.traits import subject_of
from trustpath.workflow.gate.assessment import Enabler
from trustpath.workflow.gate.ports import Case

ANYBODY = "*"
"""In place of a CA: no CAA restricts issuance."""

BELOW = 50
"""How many names below a CAA, NS or DNAME edit are looked at that nobody claims, nearest first."""

_POWERS = "SELECT name, method, control, type, outside FROM issuance_surface"
_CLAIMED = """
SELECT base FROM service_name UNION SELECT base FROM job_name
UNION SELECT base FROM certificate_name WHERE kind = 'dns' AND usable
"""
# What a record lends to whoever holds its end: aliases (BR 3.2.2.4.19, SC-101), validation names,
# delegations, role mailboxes (BR 3.2.2.4.4).
_LENT = """
WITH asked AS (SELECT name FROM domain WHERE name IN ({marks})),
lent AS (
  SELECT l.name, 'http-01' AS method, l.target AS control, 'A' AS type
  FROM asked AS a JOIN lent_name AS l ON l.name = a.name
  WHERE l.kind = 'alias' AND instr(a.name, '_') = 0
  UNION SELECT l.name, 'br-7', l.target, 'TXT'
  FROM asked AS a JOIN lent_name AS l ON l.name = a.name
  WHERE l.kind = 'alias' AND instr(a.name, '_') = 0
  UNION SELECT v.base, CASE WHEN v.scheme LIKE 'acme-dns%' THEN 'dns-01' ELSE 'br-7' END,
    l.target, CASE v.type WHEN 'NS' THEN 'NS' ELSE 'TXT' END
  FROM asked AS a JOIN validation_name AS v ON v.name = a.name
  JOIN lent_name AS l ON l.name = v.name
  AND l.kind = CASE v.type WHEN 'NS' THEN 'NS' ELSE 'alias' END
  WHERE v.type IN ('CNAME', 'NS')
  UNION SELECT l.name, CASE l.kind WHEN 'MX' THEN 'br-4' ELSE 'zone' END, l.target, l.kind
  FROM asked AS a JOIN lent_name AS l ON l.name = a.name
  WHERE l.kind IN ('MX', 'NS') AND instr(a.name, '_') = 0
)
SELECT name, method, control, type FROM lent
"""
_PERMITTED = """
SELECT v.name, v.known, c.tag, c.issuer FROM caa_relevant AS v
LEFT JOIN caa AS c ON c.name = v.owner AND c.tag IN ('issue', 'issuewild')
"""
_FELT_BELOW = frozenset({"CAA", "NS", "DNAME"})


class World:
    """One of the two worlds of a case, for asking about many names."""

    def __init__(self, case: Case, *, after: bool) -> None:
        self._case, self._after = case, after

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run a SELECT over facts and links."""
        return self._case.query(sql, parameters, after=self._after)


@dataclass(frozen=True, slots=True)
class Powers:
    """Who may obtain certificates for the affected names in one world, and which CAs may issue.

    Of names that no service, job or certificate claims those count at which something is edited,
    and some below; of what is held there only what somebody outside holds.
    """

    held: frozenset[tuple[str, str, str, str, bool]]
    permitted: Mapping[str, Mapping[str, set[str]]]

    @staticmethod
    def of(case: Case, edits: Sequence[Edit], *, after: bool) -> Powers:
        """Ask one world of a case."""
        world = World(case, after=after)
        affected = {str(name) for name in case.affected(NAME)}
        edited = set(_edited(edits, affected))
        claimed = {str(row[0]) for row in world.query(_CLAIMED)} & affected
        return Powers(
            frozenset(_powers(world, affected, edited)), _permitted(world, claimed | edited)
        )


def _edited(edits: Sequence[Edit], affected: Collection[str]) -> Iterator[str]:
    """Yield the names that edits are about, and those below that feel them."""
    for edit in edits:
        if edit.action == "ttl":
            continue
        yield edit.name
        yield subject_of(edit.name) or edit.name
        if edit.type in _FELT_BELOW:
            below = [name for name in affected if name.endswith(f".{edit.name}") and _host(name)]
            yield from sorted(below, key=lambda name: (name.count("."), name))[:BELOW]


def _host(name: str) -> bool:
    return "_" not in name and not names.is_wildcard(name)


def surface(before: Powers, after: Powers, added: Collection[Enabler] = ()) -> tuple[Enabler, ...]:
    """Return every power that only one of the two worlds knows, gains first.

    ``added`` are those that the added records give by themselves. The end of an alias that is a
    CA's token is not named beside the CA: what decides is who ordered there.
    """
    aliases = [e for e in added if e.ca and e.type == "CNAME"]
    tokens = {(e.name, e.method) for e in aliases}
    places = {e.control for e in aliases}
    found = [
        Enabler(*power, gained=True)
        for power in after.held - before.held
        if not power[4] or (power[0] not in places and (power[0], power[1]) not in tokens)
    ]
    found += added
    found += [Enabler(*power, gained=False) for power in before.held - after.held]
    found += _issuers(before.permitted, after.permitted)
    return tuple(
        sorted(found, key=lambda e: (not e.gained, not e.outside, e.name, e.method, e.control))
    )


def _powers(
    world: World, affected: Collection[str], edited: Collection[str]
) -> Iterator[tuple[str, str, str, str, bool]]:
    for name, method, control, kind, outside in world.query(_POWERS):
        if name in affected:
            yield str(name), str(method), str(control), str(kind), bool(outside)
    for name, method, control, kind in ask(world, _LENT, edited):
        yield str(name), str(method), str(control), str(kind), True


def _issuers(
    before: Mapping[str, Mapping[str, set[str]]], after: Mapping[str, Mapping[str, set[str]]]
) -> list[Enabler]:
    """Return the CAs that CAA lets in or keeps out, for names of which both worlds know it."""
    found = []
    for name in sorted(before.keys() & after.keys()):
        for tag in ("issue", "issuewild"):
            old, new = before[name][tag], after[name][tag]
            if ANYBODY not in old:
                found += [_ca(name, tag, issuer, gained=True) for issuer in sorted(new - old)]
            if ANYBODY not in new:
                found += [_ca(name, tag, issuer, gained=False) for issuer in sorted(old - new)]
    return found


def _ca(name: str, tag: str, issuer: str, *, gained: bool) -> Enabler:
    return Enabler(name, tag, name, "CAA", outside=False, gained=gained, ca=issuer)


def _permitted(world: World, wanted: Collection[str]) -> dict[str, dict[str, set[str]]]:
    """Return the issuer domains by name and tag; where nothing restricts, anybody.

    A name that a world does not know has what the next one above it has. Names whose climb is not
    known are left out.
    """
    listed: dict[str, dict[str, set[str]]] = {}
    doubtful = set()
    for name, known, tag, issuer in world.query(_PERMITTED):
        tags = listed.setdefault(str(name), {})
        if not known:
            doubtful.add(name)
        if tag is not None:
            tags.setdefault(str(tag), set()).update({str(issuer)} if issuer else ())
    found = {}
    for name in wanted:
        here = names.base(name)
        while here and here not in listed:
            here = names.parent(here)
        if here and here not in doubtful:
            tags = listed[here]
            issue = tags.get("issue", {ANYBODY})
            found[name] = {"issue": issue, "issuewild": tags.get("issuewild", issue)}
    return found
