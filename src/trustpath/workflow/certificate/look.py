"""The live look before an order, taken too before anybody is asked: CAA, standing grants, TLSA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustpath.base.errors import TrustpathError
from trustpath.facts.issuing import Issuer
from trustpath.facts.job import JobPlan
from trustpath.workflow.certificate import caa, challenge, dane, persist
from trustpath.workflow.certificate.ports import Ports


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of every name; ``bound`` are owners of TLSA records of other keys only."""

    permissions: tuple[caa.Permission, ...]
    granted: tuple[persist.Standing, ...]
    bound: tuple[str, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """Return what keeps this issuer from issuing, whatever the key."""
        return (
            *(f"CAA of {one.name}: {one.why}" for one in self.permissions if not one.permits),
            *(f"{one.name}: {one.why}" for one in self.granted if not one.stands),
        )

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return everything that stands against an order now."""
        unbound = (f"no TLSA record at {one} is of this key: {dane.WAY_OUT}" for one in self.bound)
        return (*self.refused, *unbound)

    @property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """Return the relevant CAA set of each name for which it is known."""
        return {one.name: one.records for one in self.permissions if one.permits is not None}


def look(
    ports: Ports,
    job: JobPlan,
    issuer: Issuer,
    names: Sequence[str],
    spki: str | None,
    *,
    account: str | None,
    method: str,
) -> Look:
    """Ask the authoritative servers whether an issuer may issue for names, and a key come into use.

    ``spki`` is that of the key, None for one that is not made yet. Raises SourceError where TLSA
    cannot be looked up, or the CA does not say its CAA names and the estate does not either.
    """
    checks = ports.facts.checks_caa(issuer.spec.ca)
    identities = frozenset() if checks is False else _identities(ports, issuer)
    requester = caa.Requester(identities, account, method, checks)
    return Look(
        tuple(caa.check(ports.authorities, name, requester) for name in names),
        _granted(ports, issuer, names, method),
        tuple(dane.unannounced(ports, job, names, spki)),
    )


def refusals(
    ports: Ports, job: JobPlan, issuers: Sequence[Issuer], names: Sequence[str], spki: str | None
) -> tuple[str, ...]:
    """Return why none of some issuers could issue now, nothing where one of them could."""
    found: list[str] = []
    for issuer in issuers:
        try:
            account = issuer.account()
            uri = account.uri if account else None
            seen = look(ports, job, issuer, names, spki, account=uri, method=job.method)
        except TrustpathError as error:
            found.append(f"{issuer.spec.id}: {error}")
            continue
        if not seen.refusals:
            return ()
        found += [f"{issuer.spec.id}: {text}" for text in seen.refusals]
    return tuple(dict.fromkeys(found))


def _identities(ports: Ports, issuer: Issuer) -> frozenset[str]:
    return ports.facts.identities(issuer.spec.ca) or frozenset(issuer.offer().identities)


def _granted(
    ports: Ports, issuer: Issuer, names: Sequence[str], method: str
) -> tuple[persist.Standing, ...]:
    """Return what standing records say of each name, nothing where the method needs none."""
    if method != challenge.STANDING:
        return ()
    return tuple(persist.check_all(ports, issuer, names))
