"""From what somebody wants of a job to a change: the event, the facts that moved, the proposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.change import UNDER_WAY, Change, State
from trustpath.facts.issuing import Issuer
from trustpath.facts.job import JobPlan
from trustpath.facts.order import Issuance
from trustpath.facts.proposal import CertificateEvent, Submission
from trustpath.workflow.certificate import caa, dane
from trustpath.workflow.certificate.basis import Basis, Deviation, basis_from
from trustpath.workflow.certificate.events import moved_since
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.source import latest
from trustpath.workflow.change.state import OPEN


def job_named(ports: Ports, job: str) -> JobPlan:
    """Return a job that is carried out here; raises InputError where there is none."""
    found = ports.jobs.get(job)
    if found is None:
        raise InputError(
            f"there is no job {job!r} with issuers",
            where=job,
            hint="one of " + (", ".join(sorted(ports.jobs)) or "none: see jobs in the estate file"),
        )
    return found


def without(office: CertificateOffice) -> list[str]:
    """Return the jobs that have no certificate in use, and nobody asked for one yet."""
    ports = office.ports
    asked = {
        event.job for change in _changes(office, *OPEN, *UNDER_WAY) for event in change.plan.events
    }
    return [
        job.id for job in ports.jobs.values() if job.id not in asked and current(ports, job) is None
    ]


def approved(office: CertificateOffice) -> list[str]:
    """Return the changes with certificate events that may be carried out."""
    return [change.id for change in _changes(office, State.APPROVED) if change.plan.events]


def _changes(office: CertificateOffice, *states: State) -> Sequence[Change]:
    with office.changes.desk.store.reading() as reader:
        return reader.changes(states)


def current(ports: Ports, job: JobPlan) -> Issuance | None:
    """Return the issuance of a job whose certificate is in use."""
    with ports.store.reading() as reader:
        return latest(reader.orders(job=job.id))


def first_issue(job: JobPlan, issuer: Issuer) -> CertificateEvent:
    """Return the event of a job's first certificate."""
    account = issuer.account()
    return CertificateEvent(
        id=job.id,
        kind="issue",
        names=job.names,
        job=job.id,
        service=job.service,
        ca=issuer.spec.ca,
        account=account.uri if account else None,
        method=job.method,
    )


def renewal_event(job: JobPlan, moved: Sequence[Deviation], now: Basis) -> CertificateEvent:
    """Return the event of a renewal: of the kind that asks those whom the moved facts concern.

    What moved stands in it as the reason, so that whoever consents binds exactly that.
    """
    event = CertificateEvent(
        id=job.id,
        kind="renew",
        job=job.id,
        service=job.service,
        reason="; ".join(map(str, moved)) or None,
    )
    facts = {item.fact for item in moved}
    if "ca" in facts:
        return replace(event, kind="change-ca", ca=now.ca, account=now.account)
    if "account" in facts:
        return replace(event, kind="change-account", account=now.account)
    return event


def deviating(
    ports: Ports, job: JobPlan, issuer: Issuer, held: Issuance
) -> tuple[tuple[Deviation, ...], Basis]:
    """Return what moved since an issue, CAA as it is served now; and the facts as they are."""
    now = ports.facts.basis(job, issuer, job.names)
    now = replace(now, caa=_caa(ports, job, issuer))
    moved = moved_since(basis_from(held.basis), now, job, ports)
    return (*moved, *_unannounced(ports, job, held)), now


def _unannounced(ports: Ports, job: JobPlan, held: Issuance) -> Iterator[Deviation]:
    """Yield what TLSA records hold against the next key: a new one is announced before."""
    spki = held.spki if job.key.reuse else None
    for owner in dane.unannounced(ports, job, job.names, spki):
        text = f"no record at {owner} is of the key of the next certificate"
        yield Deviation("tlsa", text, dane.WAY_OUT, final=True)


def _caa(ports: Ports, job: JobPlan, issuer: Issuer) -> dict[str, tuple[str, ...]]:
    """Return the relevant set of each name for which it is known."""
    try:
        offered = frozenset(issuer.offer().identities)
    except SourceError:
        offered = frozenset()
    account = issuer.account()
    asking = caa.Requester(
        ports.facts.identities(issuer.spec.ca) or offered,
        account.uri if account else None,
        job.method,
    )
    found = [caa.check(ports.authorities, name, asking) for name in job.names]
    return {item.name: item.records for item in found if item.permits is not None}


def submission(event: CertificateEvent) -> Submission:
    """Return the submission of one event; its origin says for which job it is."""
    return Submission(f"{event.kind} of {event.job}", events=(event,))


def wanted_event(
    ports: Ports, job: JobPlan, *, rekey: bool = False, ca: str | None = None
) -> CertificateEvent:
    """Return the event of what somebody asks for: the first certificate, or another one."""
    issuers = [ports.connected.issuer(name) for name in job.issuers]
    fitting = [issuer for issuer in issuers if ca in (None, issuer.spec.ca)]
    if not fitting:
        raise InputError(
            f"no issuer of the job {job.id} obtains from {ca!r}",
            where="--ca",
            hint="one of " + ", ".join(issuer.spec.ca for issuer in issuers),
        )
    held = current(ports, job)
    if held is None:
        return first_issue(job, fitting[0])
    if ca is not None and ca != held.ca:
        account = fitting[0].account()
        moved = CertificateEvent(job.id, "change-ca", job=job.id, service=job.service, ca=ca)
        return replace(moved, account=account.uri if account else None)
    if rekey:
        return CertificateEvent(job.id, "rekey", job=job.id, service=job.service)
    event, facts = deviating(ports, job, fitting[0], held)
    return renewal_event(job, event, facts)
