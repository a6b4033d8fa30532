"""Taking over certificates that other programs obtained: an intent after the fact, said as such."""

from __future__ import annotations

from collections.abc import Iterator

from trustpath.base.errors import InputError
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.rules.judge import Engine, Value
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.consent.actors import may_propose

_FOUND = """
SELECT DISTINCT c.fingerprint, c.spki, c.not_before, c.not_after, g.ca
FROM certificate AS c
JOIN certificate_place AS p ON p.certificate = c.fingerprint AND p.kind <> 'issuance'
JOIN certificate_name AS n ON n.certificate = c.fingerprint AND n.kind = 'dns' AND n.usable
JOIN owned_name AS o ON o.name = n.base
CROSS JOIN moment AS m
LEFT JOIN certificate_ca AS g ON g.certificate = c.fingerprint
LEFT JOIN intent AS i ON i.spki = c.spki AND i.certificate = c.fingerprint
WHERE NOT c.is_ca AND c.not_after >= m.now AND i.id IS NULL
ORDER BY c.not_before, c.fingerprint
"""
_NAMES = (
    "SELECT certificate, name FROM certificate_name WHERE kind = 'dns' AND usable ORDER BY 1, 2"
)


def adopt(office: CertificateOffice, actor: str) -> Iterator[Issuance]:
    """Register an adopted intent for every certificate for our names that lies in a store.

    It belongs to the job that asks for exactly its names; without one it is known, and nothing
    renews it. Raises InputError where the actor may not propose for its names.
    """
    session = office.changes.session
    with session.judging(engine="sqlite") as engine:
        rows = engine.query(_FOUND)
        listed = _listed(engine)
    acting = office.changes.desk.rules.actor(actor)
    for row in rows:
        held = listed[str(row[0])]
        allowed = may_propose(acting, held)
        if not allowed:
            raise InputError(allowed.why, where="--actor")
        yield _register(office, row, held, actor)


def _listed(engine: Engine) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for certificate, name in engine.query(_NAMES):
        found.setdefault(str(certificate), []).append(str(name))
    return {certificate: tuple(held) for certificate, held in found.items()}


def _register(
    office: CertificateOffice, row: tuple[Value, ...], held: tuple[str, ...], actor: str
) -> Issuance:
    ports = office.ports
    by_names = {frozenset(job.names): job for job in ports.jobs.values()}
    job = by_names.get(frozenset(held))
    # What the next issue is compared with: it is taken over as the job has it from now on.
    issuer = ports.connected.issuer(job.issuers[0]) if job else None
    basis = ports.facts.basis(job, issuer, held).document() if job and issuer else {}
    now = ports.pace.now()
    fingerprint, spki, begins, ends, ca = row
    with ports.store.act() as act:
        adopted = Issuance(
            id=act.next_order(),
            job=job.id if job else "",
            issuer=issuer.spec.id if issuer else "",
            ca=str(ca or (issuer.spec.ca if issuer else "")),
            method=job.method if job else "",
            names=held,
            spki=str(spki),
            state=IssuanceState.VERIFIED,
            created_at=now,
            updated_at=now,
            registered_at=now,
            fingerprint=str(fingerprint),
            not_before=int(str(begins)),
            not_after=int(str(ends)),
            basis=basis,
            adopted=True,
        )
        act.put_order(adopted)
        act.record(entries.intent(adopted, actor))
    return adopted
