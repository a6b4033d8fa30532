"""From what somebody wants of a job to a change: the event, the facts that moved, the proposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.change import UNDER_WAY, Change, State
from trustpath.facts.issuing import Issuer
from trustpath.facts.job import JobPlan
from trustpath.facts.order import Issuance
from trustpath.facts.proposal import CertificateEvent, Submission
from trustpath.workflow.certificate import dane
from trustpath.workflow.certificate.basis import Basis, Deviation, basis_from
from trustpath.workflow.certificate.events import ORDERING, fitting, moved_since, names_of
from trustpath.workflow.certificate.look import Look, look, refusals
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.source import latest
from trustpath.workflow.change.apply import StoppedError
from trustpath.workflow.change.state import OPEN

_PERMIT: Final = "let CAA and standing records permit one of the job's issuers, or give it another"


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
    return [change.id for change in _changes(office, State.APPROVED) if change.plan.ours]


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
    if "key" in facts:
        return replace(event, kind="change-key")
    return event


def deviating(
    ports: Ports, job: JobPlan, issuer: Issuer, held: Issuance
) -> tuple[tuple[Deviation, ...], Basis]:
    """Return what moved since an issue, CAA as it is served now; and the facts as they are.

    What stands against any order of the job now is among it, and final.
    """
    now = ports.facts.basis(job, issuer, job.names)
    spki = held.spki if job.key.reuse else None
    try:
        seen = look(ports, job, issuer, job.names, spki, account=now.account, method=job.method)
    except SourceError:
        seen = Look((), (), ())
        refused = refusals(ports, job, _issuers(ports, job), job.names, spki)
    else:
        refused = _by_all(ports, job, issuer, seen, spki) if seen.refused else ()
    now = replace(now, caa=seen.sets)
    moved = moved_since(basis_from(held.basis), now, job, ports)
    return (*moved, *_forbidden(refused), *_unannounced(seen)), now


def _by_all(
    ports: Ports, job: JobPlan, issuer: Issuer, seen: Look, spki: str | None
) -> tuple[str, ...]:
    """Return what keeps one issuer and every other one of a job from issuing, or nothing."""
    others = [other for other in _issuers(ports, job) if other.spec.id != issuer.spec.id]
    if not others:
        return seen.refused
    against = refusals(ports, job, others, job.names, spki)
    own = tuple(f"{issuer.spec.id}: {text}" for text in seen.refused)
    return (*own, *against) if against else ()


def _forbidden(refused: Sequence[str]) -> Iterator[Deviation]:
    """Yield what keeps every issuer of a job from issuing."""
    if refused:
        yield Deviation("permission", "; ".join(refused), _PERMIT, final=True)


def _unannounced(seen: Look) -> Iterator[Deviation]:
    """Yield what TLSA records hold against the next key: a new one is announced before."""
    for owner in seen.bound:
        text = f"no record at {owner} is of the key of the next certificate"
        yield Deviation("tlsa", text, dane.WAY_OUT, final=True)


def look_first(ports: Ports, events: Sequence[CertificateEvent]) -> None:
    """Take the look that an order takes, before anybody is asked to consent to events.

    Raises StoppedError where no issuer could issue now. Events of jobs that others carry out are
    not looked at.
    """
    for event in events:
        job = ports.jobs.get(event.job or "")
        if event.kind not in ORDERING or job is None:
            continue
        issuers = list(fitting(ports, job, event))
        spki = event.spki
        held = current(ports, job)
        if spki is None and held is not None and job.key.reuse and event.kind != "rekey":
            spki = held.spki
        refused = refusals(ports, job, issuers, names_of(event, job), spki)
        if refused:
            raise StoppedError(
                "; ".join(refused),
                where=f"{event.kind} of {job.id}",
                hint="nothing was filed and nobody was asked: mend what is named, "
                "or give the job another issuer",
            )


def _issuers(ports: Ports, job: JobPlan) -> list[Issuer]:
    return [ports.connected.issuer(name) for name in job.issuers]


def submission(event: CertificateEvent) -> Submission:
    """Return the submission of one event; its origin says for which job it is."""
    return Submission(f"{event.kind} of {event.job}", events=(event,))


def wanted_event(
    ports: Ports, job: JobPlan, *, rekey: bool = False, ca: str | None = None
) -> CertificateEvent:
    """Return the event of what somebody asks for: the first certificate, or another one.

    Raises InputError where no issuer fits, StoppedError where nobody's consent would help.
    """
    issuers = _issuers(ports, job)
    offering = [issuer for issuer in issuers if ca in (None, issuer.spec.ca)]
    if not offering:
        raise InputError(
            f"no issuer of the job {job.id} obtains from {ca!r}",
            where="--ca",
            hint="one of " + ", ".join(issuer.spec.ca for issuer in issuers),
        )
    held = current(ports, job)
    if held is None:
        return first_issue(job, offering[0])
    if ca is not None and ca != held.ca:
        account = offering[0].account()
        moved = CertificateEvent(job.id, "change-ca", job=job.id, service=job.service, ca=ca)
        return replace(moved, account=account.uri if account else None)
    if rekey:
        return CertificateEvent(job.id, "rekey", job=job.id, service=job.service)
    deviations, facts = deviating(ports, job, offering[0], held)
    final = [str(item) for item in deviations if item.final]
    if final:
        raise StoppedError("; ".join(final), where=job.id, hint="nothing was filed")
    return renewal_event(job, deviations, facts)
