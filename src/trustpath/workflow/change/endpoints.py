"""Verifies an applied change at the endpoints: names that moved must find their certificate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trustpath.base.clock import format_instant
from trustpath.facts.change import Change
from trustpath.facts.edits import inverted
from trustpath.facts.identity import matches_dns
from trustpath.facts.part import Part, Problem
from trustpath.facts.relations.certificate import Certificate, CertificateName
from trustpath.facts.relations.presentation import Presentation
from trustpath.workflow.change.ports import Pace
from trustpath.workflow.gate.probe import Place, Prober, places
from trustpath.workflow.session import Session


@dataclass(frozen=True, slots=True)
class EndpointVerifier:
    """Looks at the addresses that a change leads names to, where the estate allows probes.

    A served leaf that does not name the name (RFC 9525 6.3) or is out of date is a problem. Silence
    and places that may not be asked are none: they say nothing about the change. What only takes
    a change back, or approves what stands already, is not held up.
    """

    session: Session
    prober: Prober
    pace: Pace

    def __call__(self, change: Change) -> Sequence[Problem]:
        """Return what is served wrongly."""
        if change.plan.adopts or change.reverts or not self.session.estate.probe_networks:
            return ()
        wanted = self._places(change)
        if not wanted:
            return ()
        now = self.pace.now()
        return tuple(fault for part in self.prober(wanted) for fault in faults(part, now))

    def _places(self, change: Change) -> tuple[Place, ...]:
        """Return them whether the facts at hand are from before the change or from after it."""
        edits = change.plan.edits
        with self.session.gating() as snapshot:
            made = all(snapshot.content(e.zone, e.key) == e.after for e in edits)
            case = snapshot.case(inverted(edits) if made else edits)
            return places(case, guess=False, back=made)


def faults(part: Part, now: int) -> Iterator[Problem]:
    """Yield what is wrong with the leaves that one target served, at an instant."""
    rows = tuple(part.facts)
    dates = {row.fingerprint: row for row in rows if isinstance(row, Certificate)}
    listed: dict[str, list[str]] = {}
    for row in rows:
        if isinstance(row, CertificateName) and row.kind == "dns" and row.usable:
            listed.setdefault(row.certificate, []).append(row.name)
    for row in rows:
        if not isinstance(row, Presentation) or row.leaf is None:
            continue
        where = f"{row.server_name} at {part.name}"
        held = dates.get(row.leaf)
        if not any(matches_dns(row.server_name, name) for name in listed.get(row.leaf, ())):
            yield Problem("the certificate served does not cover the name", where)
        elif held is not None and not held.not_before <= now <= held.not_after:
            span = f"{format_instant(held.not_before)} to {format_instant(held.not_after)}"
            yield Problem(f"the certificate served is valid only from {span}", where)
