"""Issuance surface: who gains or loses the power to obtain a certificate (standards D.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trustpath.facts.reach import NAME
from trustpath.workflow.gate.assessment import Enabler
from trustpath.workflow.gate.ports import Case

ANYBODY = "*"
"""In place of a CA: no CAA restricts issuance."""

_POWERS = "SELECT name, method, control, type, outside FROM issuance_surface"
_CLAIMED = """
SELECT base FROM service_name UNION SELECT base FROM job_name
UNION SELECT base FROM certificate_name WHERE kind = 'dns' AND usable
"""
_PERMITTED = """
SELECT v.name, v.owner, c.tag, c.issuer FROM caa_relevant AS v
LEFT JOIN caa AS c ON c.name = v.owner AND c.tag IN ('issue', 'issuewild')
WHERE v.known
"""


@dataclass(frozen=True, slots=True)
class Powers:
    """Who may obtain certificates for the affected names in one world, and which CAs may issue."""

    held: frozenset[tuple[str, str, str, str, bool]]
    permitted: Mapping[str, Mapping[str, set[str]]]

    @staticmethod
    def of(case: Case, *, after: bool) -> Powers:
        """Ask one world of a case."""
        affected = {str(name) for name in case.affected(NAME)}
        claimed = {str(row[0]) for row in case.query(_CLAIMED, after=after)} & affected
        return Powers(
            frozenset(_powers(case, affected, after=after)),
            _permitted(case, claimed, after=after),
        )


def surface(before: Powers, after: Powers) -> tuple[Enabler, ...]:
    """Return every power that only one of the two worlds knows, gains first."""
    found = [Enabler(*power, gained=True) for power in after.held - before.held]
    found += [Enabler(*power, gained=False) for power in before.held - after.held]
    found += _issuers(before.permitted, after.permitted)
    return tuple(
        sorted(found, key=lambda e: (not e.gained, not e.outside, e.name, e.method, e.control))
    )


def _powers(case: Case, affected: set[str], *, after: bool) -> set[tuple[str, str, str, str, bool]]:
    return {
        (str(name), str(method), str(control), str(kind), bool(outside))
        for name, method, control, kind, outside in case.query(_POWERS, after=after)
        if name in affected
    }


def _issuers(
    before: Mapping[str, Mapping[str, set[str]]], after: Mapping[str, Mapping[str, set[str]]]
) -> list[Enabler]:
    """Return the CAs that CAA lets in or keeps out for the names that somebody uses."""
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


def _permitted(case: Case, claimed: set[str], *, after: bool) -> dict[str, dict[str, set[str]]]:
    """Return the issuer domains by name and tag; where nothing restricts, anybody."""
    listed: dict[str, dict[str, set[str]]] = {}
    for name, _owner, tag, issuer in case.query(_PERMITTED, after=after):
        if name in claimed:
            tags = listed.setdefault(str(name), {})
            if tag is not None:
                tags.setdefault(str(tag), set()).update({str(issuer)} if issuer else ())
    return {
        name: {
            "issue": tags.get("issue", {ANYBODY}),
            "issuewild": tags.get("issuewild", tags.get("issue", {ANYBODY})),
        }
        for name, tags in listed.items()
    }
