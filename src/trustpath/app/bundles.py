"""Connects what bundles need: changes, certificates, accounts, eyes, and the durable engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Engine as Database

from trustpath.app.certificates import open_certificates
from trustpath.app.context import context_of
from trustpath.app.probing import EndpointProber
from trustpath.base.errors import InputError
from trustpath.facts.bundle import Verb
from trustpath.facts.change import BusyError
from trustpath.facts.edits import RecordSet
from trustpath.store.change import ChangeStore
from trustpath.store.database import resolve_url
from trustpath.workflow.bundle.accounts import AccountDoer, EndpointDoer
from trustpath.workflow.bundle.decide import BundleDesk
from trustpath.workflow.bundle.issuing import Certificates, KeyDoer, OrderDoer
from trustpath.workflow.bundle.machine import Rest, Until, next_action
from trustpath.workflow.bundle.makers import MAKERS
from trustpath.workflow.bundle.office import BundleOffice
from trustpath.workflow.bundle.ports import Doers, Ports
from trustpath.workflow.bundle.records import RecordDoer
from trustpath.workflow.bundle.run import Runner
from trustpath.workflow.bundle.starting import Start, Wish, starting
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.ports import Authorities
from trustpath.workflow.change.ports import Pace, Writers
from trustpath.workflow.session import Session

if TYPE_CHECKING:  # DBOS is loaded where something is carried on
    from trustpath.app.durable import DurableEngine

_BUSY = 5
"""Seconds until a bundle is looked at again that another process carries."""
_YOUNG = 30.0
"""Seconds for which what was opened to find out about a bundle serves to carry it on."""


@dataclass(frozen=True, slots=True)
class ZoneRecords:
    """What the primaries of an estate's zones hold now."""

    authorities: Authorities
    writers: Writers

    def held(self, name: str, rdtype: str) -> RecordSet | None:
        """Return an RRset; raises InputError for a name in none of the zones."""
        zone = self.authorities.zone_of(name)
        if zone is None:
            raise InputError("no zone of the estate holds this name", where=name)
        key = (name, rdtype)
        return self.writers.for_zone(zone).current(zone, [key]).get(key)


Opening: TypeAlias = Callable[[], tuple[Session, Database]]


@dataclass(frozen=True, slots=True)
class Rig:
    """Everything that steps need, over the estate and the facts as they are at one time."""

    ports: Ports
    certificates: CertificateOffice
    session: Session
    database: Database
    opened: float

    def close(self) -> None:
        """Give back what is open; its store opens connections again where it is asked more."""
        self.certificates.close()
        self.database.dispose()


def open_rig(opening: Opening, estate: Path) -> Rig:
    """Connect what steps need; raises EstateError where the estate names no store."""
    session, database = opening()
    certificates = open_certificates(session, database, estate)
    store = ChangeStore(database)
    changes = certificates.changes
    pace = changes.ports.pace
    shared = Certificates(certificates)
    records = RecordDoer(
        changes.desk,
        changes.ports,
        certificates.filed,
        ZoneRecords(certificates.ports.authorities, changes.ports.writers),
        MAKERS,
        certificates.renew_facts,
    )
    orders = OrderDoer(shared)
    accounts = AccountDoer(certificates)
    prober = EndpointProber(context_of(session.estate, pace), estate.parent)
    doers: Doers = {
        Verb.PREPARE: KeyDoer(shared),
        Verb.CHANGE: records,
        Verb.ORDER: orders,
        Verb.REPLACE: orders,
        Verb.REGISTER: accounts,
        Verb.DEACTIVATE: accounts,
        Verb.PROVE: EndpointDoer(prober, pace),
    }
    ports = Ports(store, doers, pace, changes.ports.holder)
    return Rig(ports, certificates, session, database, pace.monotonic())


@dataclass(slots=True)
class Rigs:
    """Rigs for one look at a bundle each: a process that stays for days sees the estate anew."""

    opening: Opening
    estate: Path
    spare: Rig | None = None
    halt: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    def advance(self, ports: Ports, bundle: str) -> int | None:
        """Do what is to be done of a bundle now; returns when there is more, None at rest."""
        with ports.store.reading() as reader:
            action = next_action(reader.bundle(bundle), ports.pace.now())
        if isinstance(action, Rest):
            return None
        if isinstance(action, Until):
            return action.at
        rig = self._rig(ports.pace)
        try:
            live = replace(rig.ports, halted=self.halt.is_set)
            return Runner(live, bundle).advance()
        except BusyError:
            return ports.pace.now() + _BUSY
        finally:
            rig.close()

    def _rig(self, pace: Pace) -> Rig:
        with self.lock:
            rig, self.spare = self.spare, None
        if rig is not None and pace.monotonic() - rig.opened < _YOUNG:
            return rig
        return open_rig(self.opening, self.estate)


def open_bundles(opening: Opening, estate: Path) -> BundleOffice:
    """Connect an estate's bundles; raises EstateError where it names no store.

    ``opening`` opens the estate with its store as they are at the moment.
    """
    rig = open_rig(opening, estate)
    ports, store = rig.ports, rig.ports.store
    rigs = Rigs(opening, estate, rig)
    look = partial(rigs.advance, ports)

    def start_of(wish: Wish) -> Start:
        rig.certificates.renew_facts()
        with rig.session.judging() as engine:
            return starting(wish, engine, rig.certificates.ports)

    def engine() -> DurableEngine:
        from trustpath.app.durable import DurableEngine

        rigs.halt.clear()
        return DurableEngine(workflows_url(rig.session, estate), look, ports.pace.now, rigs.halt)

    def desk(actor: str) -> BundleDesk:
        return BundleDesk(store, rig.certificates.changes.desk.rules, ports.pace, actor)

    return BundleOffice(desk, ports, start_of, look, engine)


def workflows_url(session: Session, estate: Path) -> str:
    """Return where what is under way is kept: as the estate says, else a file beside the store."""
    stated = session.estate.workflows
    if stated:
        local = stated.startswith("sqlite:")
        return resolve_url(stated, estate.parent) if local else stated
    store = resolve_url(session.estate.store or "", estate.parent)
    return f"{store.removesuffix('.db')}-workflows.db"
