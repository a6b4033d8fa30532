"""Connects what certificates need: issuers, places of use, zones, eyes, and the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import Engine as Database

from trustpath.app.changes import LateWriters, open_office
from trustpath.app.context import context_of
from trustpath.app.deployers import deployer_of, make_deployers
from trustpath.app.issuers import make_issuers
from trustpath.app.live_gate import LiveGate
from trustpath.app.pace import SystemPace
from trustpath.app.probing import EndpointProber
from trustpath.app.responders import make_responders
from trustpath.app.revoking import asker_of
from trustpath.base import names
from trustpath.base.clock import Clock
from trustpath.base.errors import EstateError
from trustpath.connectors.resolve.lookup import resolved
from trustpath.facts.challenge import Responder
from trustpath.facts.change import Change, State
from trustpath.facts.deploying import Deployer
from trustpath.facts.edits import Key
from trustpath.facts.issuing import Issuer
from trustpath.facts.job import JobPlan
from trustpath.facts.proposal import CertificateEvent, Submission
from trustpath.facts.relations.automation import CaLimit
from trustpath.facts.revoking import RevocationAsker
from trustpath.facts.source import SourceSpec
from trustpath.facts.writer import ServerView
from trustpath.store.change import ChangeStore
from trustpath.workflow.certificate.basis import Basis
from trustpath.workflow.certificate.challenge import DnsChallenges
from trustpath.workflow.certificate.events import EventCarrier, Handler
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.ports import Patience, Ports
from trustpath.workflow.certificate.revoke import Revoker
from trustpath.workflow.certificate.standing_facts import StandingFacts, standing_facts
from trustpath.workflow.change.endpoints import EndpointVerifier
from trustpath.workflow.change.ports import Patience as ChangePatience
from trustpath.workflow.change.standing import held_by
from trustpath.workflow.gate.probe import Place
from trustpath.workflow.retirement import Retirer
from trustpath.workflow.session import Session

_Made = TypeVar("_Made")


class LateConnected:
    """The connectors of an estate, made when the first of a kind is asked for."""

    def __init__(self, session: Session) -> None:
        self._estate = session.estate
        self._context = context_of(session.estate, SystemPace())
        self._making = Lock()

    @cached_property
    def issuers(self) -> Mapping[str, Issuer]:
        """Every issuer by id."""
        return make_issuers(self._estate, self._context)

    @cached_property
    def _deployers(self) -> Mapping[str, Deployer]:
        return make_deployers(self._estate.deployers, self._context)

    @cached_property
    def _responders(self) -> Mapping[str, Responder]:
        return make_responders(self._estate.responders, self._context)

    def issuer(self, issuer: str) -> Issuer:
        """Return what obtains certificates; raises EstateError."""
        with self._making:
            return _named(self.issuers, issuer, "issuer")

    def deployer(self, job: JobPlan) -> Deployer:
        """Return the place of use of a job, or what takes its request; raises EstateError."""
        with self._making:
            return deployer_of(job, self._deployers, self._context)

    def responder(self, responder: str) -> Responder:
        """Return what answers challenges that are not in DNS; raises EstateError."""
        with self._making:
            return _named(self._responders, responder, "responder")


def _named(made: Mapping[str, _Made], wanted: str, kind: str, where: str = "") -> _Made:
    if wanted not in made:
        raise EstateError(
            f"there is no {kind} {wanted!r}",
            where=where,
            hint=f"name one of the {kind}s of the estate: {', '.join(sorted(made)) or 'none'}",
        )
    return made[wanted]


class LateFacts:
    """What the estate knows of jobs, asked once after each collection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: StandingFacts | None = None
        self._asking = Lock()

    def forget(self) -> None:
        """Ask again at the next question."""
        self._held = None

    @property
    def _facts(self) -> StandingFacts:
        with self._asking:
            held = self._held
            if held is None:
                with self._session.judging(engine="sqlite") as engine:
                    held = self._held = standing_facts(engine)
            return held

    def basis(self, job: JobPlan, issuer: Issuer, wanted: Sequence[str]) -> Basis:
        """Return the facts on which an issuance rests."""
        return self._facts.basis(job, issuer, wanted)

    def identities(self, ca: str) -> frozenset[str]:
        """Return the CAA names of a CA."""
        return self._facts.identities(ca)

    def checks_caa(self, ca: str) -> bool | None:
        """Say whether a CA looks at CAA."""
        return self._facts.checks_caa(ca)

    def persist_handling(self, ca: str) -> tuple[str | None, bool]:
        """Return form and documented reach of a CA's standing records."""
        return self._facts.persist_handling(ca)

    def tlsa(self, wanted: Sequence[str]) -> Sequence[str]:
        """Return the owners of TLSA records about hosts that names cover."""
        return self._facts.tlsa(wanted)

    def compromised(self) -> frozenset[str]:
        """Return the keys that must not be used any more."""
        return self._facts.compromised()

    def places(self, job: JobPlan, wanted: Sequence[str]) -> Sequence[Place]:
        """Return where a certificate has to be seen."""
        return self._facts.places(job, wanted)

    @property
    def zones(self) -> frozenset[str]:
        """The apexes of the estate's zones."""
        return self._facts.zones


class ZoneAuthorities:
    """The authoritative servers of the zones that the estate writes to."""

    def __init__(
        self, facts: LateFacts, writers: LateWriters, sources: Sequence[SourceSpec] = ()
    ) -> None:
        self._facts = facts
        self._writers = writers
        self._resolvers = [spec for spec in sources if spec.kind == "resolve"]

    def zone_of(self, name: str) -> str | None:
        """Return the apex of the closest zone around a name that is the estate's."""
        here = name
        while here and here not in self._facts.zones:
            here = names.parent(here)
        return here or ("" if "" in self._facts.zones else None)

    def above(self, name: str) -> bool:
        """Say whether a name is an ancestor of a zone, beyond what the estate holds."""
        return any(zone.endswith(f".{name}") for zone in self._facts.zones)

    def served(self, zone: str, keys: Sequence[Key]) -> Sequence[ServerView]:
        """Ask every authoritative server of a zone."""
        return self._writers.for_zone(zone).served(zone, keys)

    def resolved(self, name: str, rdtype: str) -> Sequence[ServerView]:
        """Ask every recursive server that a source of the estate names."""
        return [view for spec in self._resolvers for view in resolved(spec, name, rdtype)]


class CrlAndOcsp:
    """Asks what a certificate names about its revocation."""

    def __init__(self, asker: RevocationAsker) -> None:
        self._asker = asker

    def __call__(self, chain: Sequence[bytes]) -> bool | None:
        """Say whether the first of a chain is revoked, None where nobody tells."""
        above = chain[1] if len(chain) > 1 else None
        told = [answer.revoked for answer in self._asker(chain[0], above)]
        return True if True in told else False if False in told else None


def open_certificates(
    session: Session,
    database: Database,
    estate: Path,
    others: Callable[[Ports], Mapping[str, Handler]] = lambda _ports: {},
    patience: Patience | None = None,
) -> CertificateOffice:
    """Connect an estate's certificates; raises EstateError where it names no store.

    ``others`` carry out the events that lead to no order.
    """
    writers = LateWriters(session)
    gate = LiveGate(session, writers)
    changes = open_office(session, database, estate, gate, ChangePatience(interval=0.01))
    store = ChangeStore(database)
    pace = changes.ports.pace
    connected, facts = LateConnected(session), LateFacts(session)
    authorities = ZoneAuthorities(facts, writers, session.estate.sources)
    # At challenge names there is nothing to serve: what matters is asked of the name servers.
    quiet = replace(changes.ports, verifiers=(), backward=(), ahead=())
    verifier = EndpointVerifier(
        session, EndpointProber(context_of(session.estate, pace), estate.parent), pace
    )

    def ahead(change: str) -> Sequence[Place]:
        with store.reading() as reader:
            found = reader.get(change)
        moving = found.state is State.APPLYING and bool(found.plan.edits)
        return verifier.places_ahead(found) if moving else ()

    asker = asker_of(session.estate, estate.parent, pace)
    ports = Ports(
        store=store,
        connected=connected,
        challenges=DnsChallenges(changes.desk, quiet, store, authorities.zone_of),
        authorities=authorities,
        facts=facts,
        jobs={job.id: job for job in session.estate.jobs},
        pace=pace,
        holder=changes.ports.holder,
        prober=_prober(session, estate, pace),
        revocations=CrlAndOcsp(asker),
        patience=patience or Patience(),
        limits=tuple(row for row in session.estate.declarations if isinstance(row, CaLimit)),
        ahead=ahead,
    )

    def judge(event: CertificateEvent) -> Sequence[str]:
        return held_by(gate.assess(Submission(f"{event.kind} {event.id}", events=(event,))))

    def again() -> None:
        gate.renew()
        facts.forget()

    revoker = Revoker(ports, session, asker)
    retirer = Retirer(session, changes.desk.store, pace, revoker.unconfirmed)
    carrier = EventCarrier(ports, judge, {"revoke": revoker, "retire": retirer, **others(ports)})
    changes = replace(changes, ports=replace(changes.ports, events=carrier))

    def filed(origin: str) -> Sequence[Change]:
        with store.reading() as reader:
            return reader.of_origin(origin)

    return CertificateOffice(
        changes, ports, carrier, connected.issuers, again, gate.close, filed, revoker
    )


def _prober(session: Session, estate: Path, pace: Clock) -> EndpointProber | None:
    if not session.estate.probe_networks:
        return None
    return EndpointProber(context_of(session.estate, pace), estate.parent)
