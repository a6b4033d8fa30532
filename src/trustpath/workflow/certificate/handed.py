"""Certificates that somebody hands in, so that they can be revoked whoever obtained them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trustpath.base.errors import InputError
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.facts.x509 import describe
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.pem import pem_chain
from trustpath.workflow.consent.actors import may_propose

_CA = """
SELECT MIN(ca) FROM ca_issuer WHERE (kind = 'organisation' AND value = ?)
  OR (kind = 'dn' AND value = ?)
"""


def hand_in(office: CertificateOffice, chain: Sequence[bytes], actor: str) -> Issuance:
    """Keep a certificate (DER, leaf first) that was obtained by other means; returns its issuance.

    One that is known and whose content is not here gets it. Raises InputError for what is no
    certificate, lists no DNS name, or is not the actor's to touch.
    """
    described = describe(chain[0])
    leaf = described.certificate
    listed = tuple(row.name for row in described.names if row.kind == "dns" and row.usable)
    if leaf.is_ca or not listed:
        raise InputError("it is no certificate for a DNS name", where=leaf.fingerprint)
    allowed = may_propose(office.changes.desk.rules.actor(actor), listed)
    if not allowed:
        raise InputError(allowed.why, where="--actor")
    with office.changes.session.judging(engine="sqlite") as engine:
        found = engine.query(_CA, (leaf.issuer_organisation, leaf.issuer))
    ca = str(found[0][0] or "") if found else ""
    now = office.ports.pace.now()
    with office.ports.store.act() as act:
        known = act.orders(fingerprint=leaf.fingerprint)
        if known and known[-1].chain and (known[-1].ca or not ca):
            return known[-1]
        issuance = (
            _completed(known[-1], chain, ca, now)
            if known
            else Issuance(
                id=act.next_order(),
                job="",
                issuer="",
                ca=ca,
                method="",
                names=listed,
                spki=leaf.spki,
                state=IssuanceState.ADOPTED,
                created_at=now,
                updated_at=now,
                registered_at=now,
                chain=pem_chain(chain),
                fingerprint=leaf.fingerprint,
                not_before=leaf.not_before,
                not_after=leaf.not_after,
                adopted=True,
            )
        )
        act.put_order(issuance)
        if known:
            act.record(entries.entry(issuance, "handed-in", actor, now))
        else:
            act.record(entries.intent(issuance, actor))
    return issuance


def _completed(known: Issuance, chain: Sequence[bytes], ca: str, now: int) -> Issuance:
    """Return what is known with its content, and the CA where that was not known."""
    return replace(known, chain=known.chain or pem_chain(chain), ca=known.ca or ca, updated_at=now)
