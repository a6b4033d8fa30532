"""Steps on accounts at CAs, and steps that look at endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.bundle import Bundle, Verb
from trustpath.facts.issuing import RejectedError
from trustpath.facts.part import Part
from trustpath.facts.relations.presentation import Presentation
from trustpath.workflow.bundle.ports import Outcome, Pending
from trustpath.workflow.certificate.account import deactivate, register
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.change.endpoints import faults
from trustpath.workflow.change.ports import Pace
from trustpath.workflow.gate.probe import Place, Prober

_ENDED: Final = frozenset(("unauthorized", "accountDoesNotExist"))
"""How CAs say that an account is no more (RFC 8555 7.3.1, 7.3.6)."""


@dataclass(frozen=True, slots=True)
class AccountDoer:
    """Does REGISTER and DEACTIVATE steps; nothing of them is taken back."""

    office: CertificateOffice

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Make or end the account of an issuer; one with which other jobs order is kept."""
        what = bundle.steps[number].what
        if bundle.steps[number].verb is Verb.REGISTER:
            made = register(self.office, what["issuer"], bundle.actor, agree=True)
            return Outcome({"uri": made.uri, "status": made.status})
        others = sorted(
            job.id
            for job in self.office.ports.jobs.values()
            if job.active and what["issuer"] in job.issuers and job.id != what["job"]
        )
        if others:
            return Outcome({"kept": f"{', '.join(others)} order with it"})
        why = f"{bundle.id}: {bundle.subject}"
        try:
            ended = deactivate(self.office, what["issuer"], bundle.actor, force=True, reason=why)
        except RejectedError as error:
            if error.kind not in _ENDED:
                raise
            # It was ended before an interruption, or by somebody else: nothing orders with it.
            return Outcome({"status": "ended before", "told": error.message})
        return Outcome({"uri": ended.uri, "status": ended.status})

    def undo(self, bundle: Bundle, number: int) -> None:
        """Do nothing: an account that no CAA names obtains nothing under CAA."""


@dataclass(frozen=True, slots=True)
class EndpointDoer:
    """Does PROVE steps: every address serves the name, with a key and a certificate for it."""

    prober: Prober
    pace: Pace

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Look; raises SourceError while it may still come, InputError once records moved."""
        what = bundle.steps[number].what
        places = tuple(
            Place(address, what["port"], "tls", what["name"]) for address in what["addresses"]
        )
        wrong = tuple(_wrong(list(self.prober(places)), places, self.pace.now()))
        if not wrong:
            return Outcome({"seen": [f"{p.address}:{p.port}" for p in places]})
        error = SourceError if number == 0 else InputError
        raise error("; ".join(wrong), where=what["name"])

    def undo(self, bundle: Bundle, number: int) -> None:
        """Do nothing: looking leaves nothing."""


def _wrong(parts: list[Part], places: tuple[Place, ...], now: int) -> Iterator[str]:
    rows = [row for part in parts for row in part.facts if isinstance(row, Presentation)]
    served = {(row.address, row.port) for row in rows if row.outcome == "served" and row.leaf}
    keyed = {(row.address, row.port) for row in rows if row.authenticated}
    for place in places:
        at = (place.address, place.port)
        if at not in served:
            told = [str(problem) for part in parts for problem in part.problems]
            why = "; ".join(told) or "nothing is served"
            yield f"{place.address}:{place.port}: {why}"
        elif at not in keyed:
            yield f"{place.address}:{place.port}: it does not hold the key"
    for part in parts:
        yield from (str(fault) for fault in faults(part, now))
