"""Carrying out the retirement of a service: it is over once every step of the list is proven."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from trustpath.base.clock import Clock
from trustpath.facts.change import Change, State
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent
from trustpath.ledger.entry import Entry
from trustpath.workflow.change.ports import ChangeStore
from trustpath.workflow.residual import as_document
from trustpath.workflow.retirement.retirement import Retirement, retirement
from trustpath.workflow.session import Session

CONFIRMATION_MISSING = "confirmation missing"
"""How a retirement stands while no CRL or OCSP says what the CA said of a revocation."""
POWERS = 200
"""Powers of one name that the entry lists."""


@dataclass(frozen=True, slots=True)
class Retirer:
    """Carries out events of the kind ``retire``: the checklist is complete, or nothing is done.

    ``confirm`` asks CRL and OCSP once more about what was revoked for some hosts, for an actor, and
    returns of which there is no confirmation: that is recorded with the retirement.
    """

    session: Session
    store: ChangeStore
    pace: Clock
    confirm: Callable[[Collection[str] | None, str], Sequence[str]]

    def __call__(self, change: Change, event: CertificateEvent, actor: str) -> Sequence[Problem]:
        """Record that the service is retired; returns the first step that is not proven."""
        service = event.service or ""
        with self.store.reading() as reader:
            applied = reader.changes([State.APPLIED])
        found = retirement(self.session, service, applied)
        if found.next is not None:
            step = found.next
            return (Problem(f"{step.step}: {step.says}", f"service {service}", step.do),)
        found = replace(found, unconfirmed=tuple(self.confirm(found.names, actor)))
        with self.store.act() as act:
            act.record(retired(found, change.id, actor, self.pace.now()))
        return ()


def retired(found: Retirement, change: str, actor: str, now: int) -> Entry:
    """Return the entry of a retirement, with the authority that is left over each of its names."""
    left = []
    for one in found.residual:
        document = as_document(one)
        powers = document["powers"]
        left.append({**document, "powers": powers[:POWERS], "powers_in_all": len(powers)})
    body = {
        "change": change,
        "owner": found.owner,
        "names": list(found.names),
        "steps": [{"step": item.step, "says": item.says, "by": item.by} for item in found.items],
        "residual": left,
    }
    if found.unconfirmed:
        body |= {"state": CONFIRMATION_MISSING, "unconfirmed": list(found.unconfirmed)}
    return Entry(now, actor, "service.retired", found.service, body)
