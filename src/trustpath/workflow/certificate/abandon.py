"""Giving up validations: the authorizations behind a job are deactivated (RFC 8555 7.5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trustpath.base.errors import InputError, TrustpathError
from trustpath.facts.issuing import LostOrderError
from trustpath.facts.order import UNDER_WAY, Issuance
from trustpath.facts.part import Problem
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.consent.actors import may_propose


def abandon(
    office: CertificateOffice, wanted: str, actor: str
) -> Iterator[tuple[Issuance, int, Problem | None]]:
    """Deactivate the authorizations of a job's orders, or of one; yields how many there were.

    With what is left undone, which another run tries again. The certificates stay good; the next
    order proves control anew. Raises InputError where there is nothing, or it is not the actor's.
    """
    found = _orders(office, wanted)
    acting = office.changes.desk.rules.actor(actor)
    allowed = may_propose(acting, tuple({name for item in found for name in item.names}))
    if not allowed:
        raise InputError(allowed.why, where="--actor")
    for issuance in found:
        try:
            gone = _deactivated(office, issuance)
        except TrustpathError as error:
            yield issuance, 0, Problem(error.message, error.where or issuance.id, error.hint)
            continue
        now = office.ports.pace.now()
        done = replace(issuance, abandoned_at=now, updated_at=now)
        with office.ports.store.act() as act:
            act.put_order(done)
            act.record(entries.entry(done, "abandoned", actor, now, authorizations=gone))
        yield done, gone, None


def _orders(office: CertificateOffice, wanted: str) -> list[Issuance]:
    with office.ports.store.reading() as reader:
        known = reader.orders()
    found = [item for item in known if wanted in (item.id, item.job) and item.url]
    if not found:
        raise InputError(
            "nothing was ordered under this job or id", where=wanted, hint="see trustpath cert list"
        )
    busy = [item.id for item in found if item.state in UNDER_WAY and not item.fingerprint]
    if busy:
        raise InputError(
            "it is still being proven", where=busy[0], hint="trustpath cert deploy ends it first"
        )
    return [item for item in found if item.abandoned_at is None]


def _deactivated(office: CertificateOffice, issuance: Issuance) -> int:
    issuer = office.ports.connected.issuer(issuance.issuer)
    if issuer.account() is None:
        return 0  # without accounts there are no validations that could be reused
    try:
        order = issuer.look(issuance.url)
    except LostOrderError:
        return 0
    issuer.abandon(order.authorizations)
    return len(order.authorizations)
