"""What the estate knows of that on which issuances rest, asked of the links once for all jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trustpath.base import names
from trustpath.facts.identity import matches_dns
from trustpath.facts.issuing import Issuer
from trustpath.facts.job import JobPlan
from trustpath.rules.judge import Engine
from trustpath.workflow.certificate.basis import Basis
from trustpath.workflow.gate.probe import Place

_OWNERS = """
SELECT n.name, n.service, COALESCE(n.certificate_owner, n.owner), n.service_state
FROM name_owner AS n WHERE n.name IN (SELECT base FROM job_name)
"""
_SERVICES = "SELECT id, state, owner FROM service"
_RESOLVES = "SELECT name, resolves FROM name_resolution WHERE name IN (SELECT base FROM job_name)"
_ADDRESSES = "SELECT DISTINCT name, address FROM name_address"
_OURS = """
SELECT j.base FROM job_name AS j JOIN owned_name AS o ON o.name = j.base
UNION SELECT j.base FROM job_name AS j JOIN node AS n ON n.name = j.base WHERE n.held
"""
_ENDPOINTS = "SELECT DISTINCT service, address, port FROM service_endpoint"
_PORTS = "SELECT DISTINCT service, port, protocol FROM service_port"
_NAMES = "SELECT DISTINCT service, name FROM service_name"
_BINDINGS = "SELECT DISTINCT name, address, port, protocol FROM binding"
_IDENTITIES = "SELECT ca, identity FROM ca_identity"
_TLSA = "SELECT DISTINCT host, name FROM tlsa"
_SILENT = "SELECT source, name FROM part WHERE coverage = 'none' AND name <> '' ORDER BY 1, 2"
_COMPROMISED = "SELECT DISTINCT spki FROM compromised_key"
_HANDLING = "SELECT id, persist_form, persist_policy_documented, checks_caa FROM ca"


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """The answers for every job of an estate, as of one instant."""

    owners: Mapping[str, str | None]
    service_of: Mapping[str, str | None]
    services: Mapping[str, tuple[str, str | None]]
    resolves: Mapping[str, bool | None]
    addresses: Mapping[str, tuple[str, ...]]
    ours: frozenset[str]
    endpoints: Mapping[str, Sequence[tuple[str, int]]]
    ports: Mapping[tuple[str, int], str]
    names: Mapping[str, Sequence[str]]
    bindings: Mapping[str, Sequence[Place]]
    zones: frozenset[str]
    of_ca: Mapping[str, frozenset[str]] = field(default_factory=dict)
    announced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    handling: Mapping[str, tuple[str | None, bool]] = field(default_factory=dict)
    looking: Mapping[str, bool | None] = field(default_factory=dict)
    leaked: frozenset[str] = frozenset()
    silent: tuple[str, ...] = ()

    def compromised(self) -> frozenset[str]:
        """Return the SHA-256 of the SPKI of keys that must not be used any more."""
        return self.leaked

    def tlsa(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the owners of TLSA records about hosts that certificate names cover."""
        hosts = {name for name in wanted if name in self.announced}
        for name in filter(names.is_wildcard, wanted):
            hosts |= {host for host in self.announced if matches_dns(host, name)}
        return tuple(owner for host in sorted(hosts) for owner in self.announced[host])

    def identities(self, ca: str) -> frozenset[str]:
        """Return the CAA names that the estate gives a CA."""
        return self.of_ca.get(ca, frozenset())

    def checks_caa(self, ca: str) -> bool | None:
        """Say whether a CA looks at CAA, None where nobody knows; an undeclared one has to."""
        return self.looking.get(ca, True)

    def persist_handling(self, ca: str) -> tuple[str | None, bool]:
        """Return the form of standing records at a CA, and whether it documents their reach."""
        return self.handling.get(ca, (None, False))

    def basis(self, job: JobPlan, issuer: Issuer, wanted: Sequence[str]) -> Basis:
        """Return the facts on which an issuance rests; CAA is asked live."""
        account = issuer.account()
        service = job.service or next(
            (self.service_of[name] for name in wanted if self.service_of.get(name)), None
        )
        state, service_owner = self.services.get(service or "", ("active", None))
        return Basis(
            names=tuple(sorted(wanted)),
            ca=issuer.spec.ca,
            account=account.uri if account else None,
            method=job.method,
            key=f"{job.key.type}{' kept' if job.key.reuse else ''}",
            owner=job.owner or service_owner or self._owner(wanted),
            service=service,
            retired=state != "active",
            addresses={
                name: self.addresses.get(names.base(name), ())
                for name in wanted
                if self.resolves.get(names.base(name)) is not None and not names.is_wildcard(name)
            },
            ours=tuple(sorted(name for name in wanted if names.base(name) in self.ours)),
            silent=self.silent,
        )

    def _owner(self, wanted: Sequence[str]) -> str | None:
        found = {self.owners.get(names.base(name)) for name in wanted}
        return None if None in found else min(found, default=None)  # type: ignore[type-var]

    def places(self, job: JobPlan, wanted: Sequence[str]) -> tuple[Place, ...]:
        """Return where the certificate has to be seen: declared endpoints, addresses of names.

        A name leads to a port where its service declares one, or something was seen there.
        """
        hosts = {name for name in wanted if not names.is_wildcard(name)}
        if job.service:
            declared = self.names.get(job.service, ())
            hosts |= {
                name
                for name in declared
                if not names.is_wildcard(name) and any(matches_dns(name, own) for own in wanted)
            }
        found = {place for host in hosts for place in self.bindings.get(host, ())}
        for address, port in self.endpoints.get(job.service or "", ()):
            protocol = self.ports.get((job.service or "", port), "tls")
            found |= {Place(address, port, protocol, host) for host in hosts}
        return tuple(sorted(found))


def standing_facts(engine: Engine) -> StandingFacts:
    """Ask an engine for everything at once."""
    owners = engine.query(_OWNERS)
    addresses, endpoints, held = defaultdict(set), defaultdict(list), defaultdict(list)
    bindings, identities, announced = defaultdict(list), defaultdict(set), defaultdict(set)
    handling = engine.query(_HANDLING)
    for name, address in engine.query(_ADDRESSES):
        addresses[str(name)].add(str(address))
    for service, address, port in engine.query(_ENDPOINTS):
        endpoints[str(service)].append((str(address), int(str(port))))
    for service, name in engine.query(_NAMES):
        held[str(service)].append(str(name))
    for name, address, port, protocol in engine.query(_BINDINGS):
        bindings[str(name)].append(Place(str(address), int(str(port)), str(protocol), str(name)))
    for ca, identity in engine.query(_IDENTITIES):
        identities[str(ca)].add(str(identity))
    for host, owner in engine.query(_TLSA):
        announced[str(host)].add(str(owner))
    return StandingFacts(
        owners={str(row[0]): _text(row[2]) for row in owners},
        service_of={str(row[0]): _text(row[1]) for row in owners},
        services={str(i): (str(s), _text(o)) for i, s, o in engine.query(_SERVICES)},
        resolves={str(n): None if r is None else bool(r) for n, r in engine.query(_RESOLVES)},
        addresses={name: tuple(sorted(found)) for name, found in addresses.items()},
        ours=frozenset(str(row[0]) for row in engine.query(_OURS)),
        endpoints=endpoints,
        ports={(str(s), int(str(n))): str(p) for s, n, p in engine.query(_PORTS)},
        names=held,
        bindings=bindings,
        zones=frozenset(str(row[0]) for row in engine.query("SELECT apex FROM zone")),
        of_ca={ca: frozenset(found) for ca, found in identities.items()},
        announced={host: tuple(sorted(found)) for host, found in announced.items()},
        handling={str(ca): (_text(form), bool(told)) for ca, form, told, _ in handling},
        looking={str(row[0]): None if row[3] is None else bool(row[3]) for row in handling},
        leaked=frozenset(str(row[0]) for row in engine.query(_COMPROMISED)),
        silent=tuple(f"{name} ({source})" for source, name in engine.query(_SILENT)),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
