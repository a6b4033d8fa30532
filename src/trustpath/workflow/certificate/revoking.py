"""From a wish to revoke to a change: refused while something needs the certificate, else filed."""

from __future__ import annotations

from trustpath.base.errors import InputError
from trustpath.facts.change import Change
from trustpath.facts.order import Issuance
from trustpath.facts.proposal import CertificateEvent, Submission
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.change.decide import Stand, propose, standing_of
from trustpath.workflow.change.state import OPEN


def submission(issuance: Issuance, reason: str) -> Submission:
    """Return the submission of one revocation."""
    event = CertificateEvent(
        id=issuance.id,
        kind="revoke",
        certificate=issuance.fingerprint,
        job=issuance.job or None,
        reason=reason,
    )
    return Submission(f"revoke of {issuance.id}", events=(event,))


def filed(office: CertificateOffice, issuance: str, reason: str | None) -> Stand | None:
    """Return the open change for the revocation of an issuance, for the reason or for any."""
    for change in _all_filed(office, issuance, reason):
        if change.state in OPEN:
            return standing_of(office.changes.desk, change)
    return None


def last_filed(office: CertificateOffice, issuance: str, reason: str) -> Change | None:
    """Return the last change for the revocation of an issuance for a reason, ended or not."""
    return next(reversed(_all_filed(office, issuance, reason)), None)


def _all_filed(office: CertificateOffice, issuance: str, reason: str | None) -> list[Change]:
    origin = submission(office.revoker.known(issuance), "").origin
    return [
        change
        for change in office.filed(origin)
        if reason is None or any(event.reason == reason for event in change.plan.events)
    ]


def propose_revocation(office: CertificateOffice, issuance: str, reason: str, actor: str) -> Stand:
    """File a revocation; raises InputError while a place still needs the certificate."""
    held = office.revoker.known(issuance)
    needed = office.revoker.needed(held, reason)
    if needed:
        raise InputError(
            "; ".join(map(str, needed)),
            where=held.id,
            hint="deploy the replacement first; a compromised key waits for none",
        )
    return propose(office.changes.desk, submission(held, reason), actor)
