"""Connects what bundles need: changes, certificates, accounts, eyes, and the durable engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine as Database

from trustpath.app.certificates import open_certificates
from trustpath.app.context import context_of
from trustpath.app.probing import EndpointProber
from trustpath.base.errors import InputError
from trustpath.facts.bundle import Verb
from trustpath.facts.change import BusyError
from trustpath.facts.edits import RecordSet
from trustpath.facts.issuing import Accounts
from trustpath.store.change import ChangeStore
from trustpath.store.database import resolve_url
from trustpath.workflow.bundle.accounts import AccountDoer, EndpointDoer
from trustpath.workflow.bundle.decide import BundleDesk
from trustpath.workflow.bundle.issuing import Certificates, KeyDoer, OrderDoer
from trustpath.workflow.bundle.makers import MAKERS
from trustpath.workflow.bundle.office import BundleOffice
from trustpath.workflow.bundle.ports import Doers, Ports
from trustpath.workflow.bundle.records import RecordDoer
from trustpath.workflow.bundle.run import Runner
from trustpath.workflow.bundle.starting import Start, Wish, starting
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.ports import Authorities
from trustpath.workflow.change.ports import Writers
from trustpath.workflow.session import Session

_BUSY = 5
"""Seconds until a bundle is looked at again that another process carries."""


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


@dataclass(frozen=True, slots=True)
class IssuerAccounts:
    """Finds the accounts of issuers."""

    certificates: CertificateOffice

    def accounts(self, issuer: str) -> Accounts:
        """Return what keeps an issuer's account; raises InputError where it has none."""
        found = self.certificates.ports.connected.issuer(issuer)
        if not isinstance(found, Accounts):
            raise InputError("it has no accounts", where=f"issuer {issuer}")
        return found


def open_bundles(session: Session, database: Database, estate: Path) -> BundleOffice:
    """Connect an estate's bundles; raises EstateError where it names no store."""
    certificates = open_certificates(session, database, estate)
    store = ChangeStore(database)
    changes = certificates.changes
    pace = changes.ports.pace
    shared = Certificates(
        changes.desk, changes.ports, certificates.ports, store, certificates.renew_facts
    )
    context = context_of(session.estate, pace)
    records = RecordDoer(
        changes.desk,
        changes.ports,
        ZoneRecords(certificates.ports.authorities, changes.ports.writers),
        MAKERS,
        certificates.renew_facts,
    )
    orders = OrderDoer(shared)
    accounts = AccountDoer(IssuerAccounts(certificates))
    doers: Doers = {
        Verb.PREPARE: KeyDoer(shared),
        Verb.CHANGE: records,
        Verb.ORDER: orders,
        Verb.REPLACE: orders,
        Verb.REGISTER: accounts,
        Verb.DEACTIVATE: accounts,
        Verb.PROVE: EndpointDoer(EndpointProber(context, estate.parent), pace),
    }
    ports = Ports(store, doers, pace, changes.ports.holder)

    def advance(bundle: str) -> int | None:
        try:
            return Runner(ports, bundle).advance()
        except BusyError:
            return pace.now() + _BUSY

    def start_of(wish: Wish) -> Start:
        certificates.renew_facts()
        with session.judging() as engine:
            return starting(wish, engine, certificates.ports)

    def engine() -> DurableEngine:
        return DurableEngine(workflows_url(session, estate), advance)

    from trustpath.app.durable import DurableEngine

    return BundleOffice(
        lambda actor: BundleDesk(store, changes.desk.rules, pace, actor), ports, start_of, engine
    )


def workflows_url(session: Session, estate: Path) -> str:
    """Return where what is under way is kept: as the estate says, else a file beside the store."""
    stated = session.estate.workflows
    if stated:
        local = stated.startswith("sqlite:")
        return resolve_url(stated, estate.parent) if local else stated
    store = resolve_url(session.estate.store or "", estate.parent)
    return f"{store.removesuffix('.db')}-workflows.db"
