"""Certificate events as facts: what the estate would say if the event were planned in it (G.2)."""

from __future__ import annotations

from collections.abc import Iterable

from trustpath.base.errors import InputError
from trustpath.facts import schema
from trustpath.facts.estate.authorities import known_authority
from trustpath.facts.estate.issuance import job_name
from trustpath.facts.proposal import CertificateEvent
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import Ca, CaIdentity, Job, JobName
from trustpath.facts.relations.certificate import CertificateName
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
    base, known = _job_rows(event, snapshot) if event.job else (_NO_JOB, [])
    job = base._replace(
        id=f"{'event' if _is_carried(event, base) else 'order'} {event.id}",
        service=event.service or base.service,
        ca=_ca(event, snapshot, delta) or base.ca,
        account=event.account or base.account,
        method=event.method or base.method,
        certificate=event.certificate or base.certificate,
        next_renewal=_at(event, snapshot),
        active=True,
        rekey=event.kind == "rekey" or base.rekey,
        next_ca=None,
    )
    _come(delta, job)
    asked = event.names or tuple(row.name for row in known) or _names_of(event, snapshot)
    for name in asked:
        _come(delta, job_name(job.id, name))


def _is_carried(event: CertificateEvent, job: Job) -> bool:
    """Say whether a job carries an order out, in the place of use of the service that it is for."""
    named = event.job is not None or event.certificate is not None
    return named and (job.service is None or event.service in (None, job.service))


def _ca(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> str | None:
    """Return the id of the CA that an event names, by its id or by a CAA domain of it.

    One of the public trust stores that the estate does not declare comes with what is known of it.
    """
    named = event.ca
    if named is None or snapshot.rows("ca", "id", named):
        return named
    known = snapshot.rows("ca_identity", "identity", named)
    if known:
        return CaIdentity(*known[0]).ca  # type: ignore[arg-type]
    authority = known_authority([named])
    if authority.caa:
        fields = dict.fromkeys(Ca._fields)
        about = {"id": named, "approved": True, "public": True, "acme": authority.acme}
        about |= {"persist_policy_documented": False, "checks_caa": True}
        _come(delta, Ca(**(fields | about)))  # type: ignore[arg-type]
        for identity in authority.caa:
            _come(delta, CaIdentity(named, identity))
    return named


_NO_JOB = Job(*[None] * len(Job._fields))  # type: ignore[arg-type]
"""What is known of the job of an order that names none."""


def _rekey(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    _order(event, snapshot, delta)
    if event.certificate:
        _certificate(event, snapshot)
        _come(delta, _planned(event, event.certificate, snapshot))


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
        _come(delta, _planned(event, job.certificate, snapshot))


def _revoke(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    fingerprint = _certificate(event, snapshot)
    asked = snapshot.rows("revocation_request", "certificate", fingerprint)
    delta.unasked["revocation_request"].update(asked)
    _come(delta, _request(event, fingerprint, snapshot))


def _retire(event: CertificateEvent, snapshot: Snapshot, delta: Delta) -> None:
    service = Service(*_found("service", "id", event.service, event, snapshot))  # type: ignore[arg-type]
    _go(delta, service)
    _come(delta, service._replace(state="retired", retired_at=_at(event, snapshot)))


_MAKERS = {
    "issue": _order,
    "renew": _order,
    "rekey": _rekey,
    "add-names": _names,
    "remove-names": _names,
    "change-ca": _move,
    "change-account": _move,
    "change-key": _rekey,
    "revoke": _revoke,
    "retire": _retire,
}


def _at(event: CertificateEvent, snapshot: Snapshot) -> int:
    return event.at or snapshot.now


def _planned(event: CertificateEvent, certificate: str, snapshot: Snapshot) -> Rekey:
    now = snapshot.now
    return Rekey(certificate, "planned", event.spki, event.ca, now, _at(event, snapshot))


def _request(event: CertificateEvent, certificate: str, snapshot: Snapshot) -> RevocationRequest:
    reason = event.reason or "unspecified"
    return RevocationRequest(certificate, reason, _at(event, snapshot), None)


_WANTED = {
    "job": ("renewal job", "name one by its id"),
    "service": ("service", "name one by its id"),
    "certificate": ("certificate", "name one of the inventory by the SHA-256 of its DER"),
}


def _found(
    relation: str, column: str, key: str | None, event: CertificateEvent, snapshot: Snapshot
) -> tuple[object, ...]:
    """Return the row that an event names; raises InputError where there is none."""
    rows = snapshot.rows(relation, column, key or "")
    if not rows:
        what, hint = _WANTED[relation]
        raise InputError(f"there is no {what} {key!r}", where=event.where, hint=hint)
    return rows[0]


def _job_rows(event: CertificateEvent, snapshot: Snapshot) -> tuple[Job, list[JobName]]:
    job = Job(*_found("job", "id", event.job, event, snapshot))  # type: ignore[arg-type]
    held = snapshot.rows("job_name", "job", job.id)
    return job, [JobName(*row) for row in held]  # type: ignore[arg-type]


def _certificate(event: CertificateEvent, snapshot: Snapshot) -> str:
    return str(_found("certificate", "fingerprint", event.certificate, event, snapshot)[0])


def _names_of(event: CertificateEvent, snapshot: Snapshot) -> tuple[str, ...]:
    if event.certificate is None:
        return ()
    rows = snapshot.rows("certificate_name", "certificate", _certificate(event, snapshot))
    held = [CertificateName(*row) for row in rows]  # type: ignore[arg-type]
    return tuple(entry.name for entry in held if entry.kind == "dns" and entry.usable)
