"""Certificate events as facts: what the estate would say if the event were planned in it (G.2)."""

from __future__ import annotations

from collections.abc import Iterable

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts import schema
from trustpath.facts.proposal import CertificateEvent
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import Job, JobName
from trustpath.facts.relations.declaration import Service
from trustpath.facts.relations.revocation import Rekey, RevocationRequest
from trustpath.facts.world import Delta
from trustpath.workflow.gate.ports import Snapshot


def delta_of(events: Iterable[CertificateEvent], snapshot: Snapshot) -> Delta:
    """Return the rows that come and go with the events.

    Raises InputError for an event that names a job, certificate or service that is not there.
    """
    delta = Delta()
    for event in events:
        _MAKERS[event.kind](event, snapshot, delta)
    return delta


def _come(delta: Delta, fact: Fact) -> None:
    delta.come[schema.BY_RELATION[type(fact)].name].add(tuple(fact))


def _go(delta: Delta, fact: Fact) -> None:
    delta.gone[schema.BY_RELATION[type(fact)].name].add(tuple(fact))


def _order(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    """An order to come: a job of its own that asks for the names, so that all of it is judged."""
    given = _job_rows(event, snapshot) if event.job else None
    base = given[0] if given else None
    known = tuple(row.name for row in given[1]) if given else ()
    asked = event.names or known or _names_of(event, snapshot)
    _come(
        delta,
        Job(
            id=f"event {event.id}",
            service=event.service or (base.service if base else None),
            owner=base.owner if base else None,
            ca=event.ca or (base.ca if base else None),
            account=event.account or (base.account if base else None),
            method=event.method or (base.method if base else None),
            profile=base.profile if base else None,
            certificate=event.certificate or (base.certificate if base else None),
            interval_seconds=base.interval_seconds if base else None,
            next_renewal=event.at or snapshot.now,
            last_validation=base.last_validation if base else None,
            lifetime=base.lifetime if base else None,
            next_lifetime=base.next_lifetime if base else None,
            challenge_writer=base.challenge_writer if base else None,
            sends_replaces=base.sends_replaces if base else None,
            active=True,
            failures=base.failures if base else None,
            failures_last_hour=base.failures_last_hour if base else None,
            rekey=event.kind == "rekey" or (base.rekey if base else None),
            next_ca=None,
        ),
    )
    for name in asked:
        _come(delta, job_name(f"event {event.id}", name))


def _rekey(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    _order(event, snapshot, delta)
    if event.certificate:
        _certificate(event, snapshot)
        at = event.at or snapshot.now
        _come(delta, Rekey(event.certificate, "planned", event.spki, event.ca, snapshot.now, at))


def _names(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    job, held = _job_rows(event, snapshot)
    for row in held:
        if event.kind == "remove-names" and row.name in event.names:
            _go(delta, row)
    if event.kind == "add-names":
        for name in event.names:
            _come(delta, job_name(job.id, name))


def _move(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    """A job that goes to another CA or account: the next order is judged as it will be."""
    job, _held = _job_rows(event, snapshot)
    moved = job._replace(
        ca=event.ca or job.ca,
        account=event.account or (job.account if event.ca in (None, job.ca) else None),
        method=event.method or job.method,
    )
    _go(delta, job)
    _come(delta, moved)
    if job.certificate and event.ca and event.ca != job.ca:
        at = event.at or snapshot.now
        _come(delta, Rekey(job.certificate, "planned", event.spki, event.ca, snapshot.now, at))


def _revoke(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    fingerprint = _certificate(event, snapshot)
    at = event.at or snapshot.now
    asked = snapshot.rows("revocation_request", "certificate", fingerprint)
    delta.unasked["revocation_request"].update(asked)
    _come(delta, RevocationRequest(fingerprint, event.reason or "unspecified", at, None))


def _retire(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    rows = snapshot.rows("service", "id", event.service or "")
    if not rows:
        raise InputError(
            f"there is no service {event.service!r}", where=event.where, hint="name one by its id"
        )
    service = Service(*rows[0])  # type: ignore[arg-type]
    _go(delta, service)
    _come(delta, service._replace(state="retired", retired_at=event.at or snapshot.now))


_MAKERS = {
    "issue": _order,
    "renew": _order,
    "rekey": _rekey,
    "add-names": _names,
    "remove-names": _names,
    "change-ca": _move,
    "change-account": _move,
    "revoke": _revoke,
    "retire": _retire,
}


def job_name(job: str, name: str) -> JobName:
    """Return the row of a name that a job asks for."""
    base = names.base(name)
    return JobName(
        job, name, base, names.is_wildcard(name), names.parent(base), names.registered(base)
    )


def _job_rows(event: CertificateEvent, snapshot: Snapshot) -> tuple[Job, list[JobName]]:
    rows = snapshot.rows("job", "id", event.job or "")
    if not rows:
        raise InputError(
            f"there is no renewal job {event.job!r}", where=event.where, hint="name one by its id"
        )
    held = snapshot.rows("job_name", "job", event.job or "")
    return Job(*rows[0]), [JobName(*row) for row in held]  # type: ignore[arg-type]


def _certificate(event: CertificateEvent, snapshot: Snapshot) -> str:
    fingerprint = event.certificate or ""
    if not snapshot.rows("certificate", "fingerprint", fingerprint):
        raise InputError(
            f"there is no certificate {fingerprint!r}",
            where=event.where,
            hint="name one of the inventory by the SHA-256 of its DER",
        )
    return fingerprint


def _names_of(event: CertificateEvent, snapshot: Snapshot) -> tuple[str, ...]:
    if event.certificate is None:
        return ()
    fingerprint = _certificate(event, snapshot)
    rows = snapshot.rows("certificate_name", "certificate", fingerprint)
    return tuple(str(row[2]) for row in rows if row[1] == "dns" and row[8])
