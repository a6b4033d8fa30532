"""Taking over certificates that other programs obtained: an intent after the fact, said as such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trustpath.base.errors import InputError
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.rules.judge import Engine
from trustpath.rules.value import Value
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.state import follow
from trustpath.workflow.consent.actors import may_propose

_FOUND = """
SELECT DISTINCT c.fingerprint, c.spki, c.not_before, c.not_after, g.ca, r.revoked, r.revoked_at,
  r.reason, s.seen_at
FROM certificate AS c
JOIN certificate_place AS p ON p.certificate = c.fingerprint AND p.kind <> 'issuance'
JOIN certificate_name AS n ON n.certificate = c.fingerprint AND n.kind = 'dns' AND n.usable
JOIN owned_name AS o ON o.name = n.base
CROSS JOIN moment AS m
LEFT JOIN certificate_ca AS g ON g.certificate = c.fingerprint
LEFT JOIN revocation_state AS r ON r.certificate = c.fingerprint
LEFT JOIN (
  SELECT leaf, MAX(observed_at) AS seen_at FROM presentation
  WHERE outcome = 'served' AND authenticated
  AND leaf NOT IN (SELECT certificate FROM revocation_state WHERE revoked)
GROUP BY leaf
) AS s ON s.leaf = c.fingerprint
LEFT JOIN intent AS i ON i.spki = c.spki AND i.certificate = c.fingerprint
WHERE NOT c.is_ca AND c.not_after >= m.now AND i.id IS NULL
ORDER BY c.not_before, c.fingerprint
"""
_SEEN = """
SELECT leaf, MAX(observed_at) FROM presentation
WHERE outcome = 'served' AND authenticated
  AND leaf NOT IN (SELECT certificate FROM revocation_state WHERE revoked)
GROUP BY leaf
"""
_NAMES = (
    "SELECT certificate, name FROM certificate_name WHERE kind = 'dns' AND usable ORDER BY 1, 2"
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A certificate in a store, with what is known of its being in use.

    ``seen_at``: when an endpoint that proved to hold its key was last seen to serve it.
    """

    fingerprint: str
    spki: str
    not_before: int
    not_after: int
    ca: str
    revoked: bool
    revoked_at: int | None
    reason: str | None
    seen_at: int | None
    names: tuple[str, ...]


def adopt(office: CertificateOffice, actor: str) -> Iterator[Issuance]:
    """Register an adopted intent for every certificate for our names that lies in a store.

    It belongs to the job that asks for exactly its names; without one it is known, and nothing
    renews it. Its state is what is known of it: revoked, verified where an endpoint was seen to
    serve it, superseded where that serves a newer one for the same names, else adopted. One that
    was adopted before and is served now becomes verified.
    Raises InputError where the actor may not propose for its names.
    """
    session = office.changes.session
    with session.judging(engine="sqlite") as engine:
        rows = engine.query(_FOUND)
        listed = _listed(engine)
        served = {str(leaf): int(str(at)) for leaf, at in engine.query(_SEEN)}
    found = [_found(row, listed[str(row[0])]) for row in rows]
    seen = {
        frozenset(one.names): one.not_before
        for one in found
        if one.seen_at is not None and not one.revoked
    }
    acting = office.changes.desk.rules.actor(actor)
    for one in found:
        allowed = may_propose(acting, one.names)
        if not allowed:
            raise InputError(allowed.why, where="--actor")
        yield _register(office, one, _state(one, seen.get(frozenset(one.names))), actor)
    yield from _seen_since(office, served, actor)


def _seen_since(
    office: CertificateOffice, served: Mapping[str, int], actor: str
) -> Iterator[Issuance]:
    """Yield what was adopted before and is served now, as verified."""
    acting, now = office.changes.desk.rules.actor(actor), office.ports.pace.now()
    with office.ports.store.reading() as reader:
        adopted = reader.orders((IssuanceState.ADOPTED,))
    for item in adopted:
        at = served.get(item.fingerprint or "")
        if at is None or not may_propose(acting, item.names):
            continue
        verified = follow(item, IssuanceState.VERIFIED, updated_at=now, verified_at=at)
        with office.ports.store.act() as act:
            act.put_order(verified)
            act.record(entries.entry(verified, "verified", actor, now))
        yield verified


def _found(row: tuple[Value, ...], listed: tuple[str, ...]) -> _Found:
    fingerprint, spki, begins, ends, ca, revoked, revoked_at, reason, seen_at = row
    return _Found(
        fingerprint=str(fingerprint),
        spki=str(spki),
        not_before=int(str(begins)),
        not_after=int(str(ends)),
        ca=str(ca or ""),
        revoked=bool(revoked),
        revoked_at=None if revoked_at is None else int(revoked_at),
        reason=None if reason is None else str(reason),
        seen_at=None if seen_at is None else int(seen_at),
        names=listed,
    )


def _state(one: _Found, newest: int | None) -> IssuanceState:
    """Return what is known of a certificate; ``newest`` is when the one that is served begins."""
    if one.revoked:
        return IssuanceState.REVOKED
    if one.seen_at is not None:
        return IssuanceState.VERIFIED
    if newest is not None and newest > one.not_before:
        return IssuanceState.SUPERSEDED
    return IssuanceState.ADOPTED


def _listed(engine: Engine) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for certificate, name in engine.query(_NAMES):
        found.setdefault(str(certificate), []).append(str(name))
    return {certificate: tuple(held) for certificate, held in found.items()}


def _register(office: CertificateOffice, one: _Found, state: IssuanceState, actor: str) -> Issuance:
    ports = office.ports
    by_names = {frozenset(job.names): job for job in ports.jobs.values()}
    job = by_names.get(frozenset(one.names))
    # What the next issue is compared with: it is taken over as the job has it from now on.
    issuer = ports.connected.issuer(job.issuers[0]) if job else None
    basis = ports.facts.basis(job, issuer, one.names).document() if job and issuer else {}
    now = ports.pace.now()
    revoked = state is IssuanceState.REVOKED
    with ports.store.act() as act:
        adopted = Issuance(
            id=act.next_order(),
            job=job.id if job else "",
            issuer=issuer.spec.id if issuer else "",
            ca=one.ca or (issuer.spec.ca if issuer else ""),
            method=job.method if job else "",
            names=one.names,
            spki=one.spki,
            state=state,
            created_at=now,
            updated_at=now,
            registered_at=now,
            verified_at=one.seen_at if state is IssuanceState.VERIFIED else None,
            revoked_at=one.revoked_at if revoked else None,
            revocation_reason=one.reason if revoked else None,
            fingerprint=one.fingerprint,
            not_before=one.not_before,
            not_after=one.not_after,
            basis=basis,
            adopted=True,
        )
        act.put_order(adopted)
        act.record(entries.intent(adopted, actor))
    return adopted
