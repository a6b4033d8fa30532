"""Connects what changes, exceptions and drift need to the store and the writers of an estate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine as Database

from trustpath.app.context import context_of
from trustpath.app.pace import SystemPace
from trustpath.app.probing import EndpointProber
from trustpath.app.stores import require_store
from trustpath.app.writers import make_writers, writer_for
from trustpath.connectors.ssh_signature import SshSignatures
from trustpath.facts.writer import Writer
from trustpath.store.change import ChangeStore
from trustpath.store.drift import DriftStore
from trustpath.store.zone_lock import this_process
from trustpath.workflow.change.endpoints import EndpointVerifier
from trustpath.workflow.change.office import Office
from trustpath.workflow.change.ports import Desk, Gate, Patience, Ports
from trustpath.workflow.change.rules import Rules
from trustpath.workflow.session import Session


class LateWriters:
    """The writers of an estate, made when the first is asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def _made(self) -> Sequence[Writer]:
        estate = self._session.estate
        return make_writers(estate.writers, context_of(estate, self._session.clock))

    def for_zone(self, zone: str) -> Writer:
        """Return the writer of a zone; raises EstateError where none may change it."""
        return writer_for(self._made, zone)


def open_office(
    session: Session, database: Database, estate: Path, gate: Gate, patience: Patience
) -> Office:
    """Connect an estate's changes to its store; raises EstateError where it names none."""
    require_store(session.estate.store, estate, "changes are kept in it")
    store = ChangeStore(database)
    pace = SystemPace()
    rules = Rules(session.estate.actors, session.estate.standing)
    # Without roots: whom a chain leads to was the gate's question, not whether the change is there.
    prober = EndpointProber(context_of(session.estate, pace), estate.parent)
    verifier = EndpointVerifier(session, prober, pace)
    return Office(
        session=session,
        desk=Desk(store, gate, rules, SshSignatures(), pace),
        ports=Ports(
            store,
            LateWriters(session),
            pace,
            this_process(),
            verifiers=(verifier,),
            backward=(verifier.back,),
            ahead=(verifier.ahead,),
            ended=(verifier.ended,),
            used=(verifier.used,),
            patience=patience,
        ),
        grants=store,
        approved=DriftStore(database),
        acts=store,
    )
