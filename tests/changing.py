"""Changes to zones of a real BIND: a store file, the rfc2136 writer, and a process that dies on cue."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from dns_servers import KEY_NAME, KEY_SECRET, DnsServer, bind
from trustpath.app.pace import SystemPace
from trustpath.base.canonical import digest
from trustpath.base.clock import FixedClock
from trustpath.connectors.ssh_signature import SshSignatures
from trustpath.connectors.writers.rfc2136 import UpdateWriter, make
from trustpath.facts.change import NOBODY, Change, Said, plain
from trustpath.facts.consent import Actor, StandingApproval, name_pattern
from trustpath.facts.edits import Edit, Key, RecordSet, diff, inverted
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.facts.source import Context
from trustpath.facts.writer import WriterSpec
from trustpath.ledger.entry import Entry, parse
from trustpath.store.change import ChangeStore
from trustpath.store.database import open_store
from trustpath.store.ledger import Ledger
from trustpath.store.zone_lock import this_process
from trustpath.workflow.change.looked import Looked
from trustpath.workflow.change.ports import Desk, Patience, Ports, Verifier
from trustpath.workflow.change.rules import Rules
from trustpath.workflow.consent import Timing, planned, waits
from trustpath.workflow.gate.assessment import (
    Approval,
    Assessment,
    Impact,
    PlannedEdit,
    Rollback,
    Verdict,
)

ZONE = """\
{zone}. 300 IN SOA ns.{zone}. host.{zone}. 1 7200 3600 1209600 300
{zone}. 300 IN NS ns.{zone}.
ns.{zone}. 300 IN A 127.0.0.1
www.{zone}. 300 IN A 192.0.2.1
old.{zone}. 300 IN TXT "old"
"""
NOW = 1_795_500_000


def zone_of(name: str) -> str:
    """Return the zone that a case works on."""
    return f"{name}.example"


@contextlib.contextmanager
def serving(folder: Path, zones: Sequence[str]) -> Iterator[DnsServer]:
    """Start a BIND that takes updates of these zones."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for zone in zones:
        files[zone] = folder / f"{zone}.zone"
        files[zone].write_text(ZONE.format(zone=zone))
    with bind(folder / "bind", files, updates=True) as server:
        yield server


def writer_for(server: DnsServer) -> UpdateWriter:
    """Return the rfc2136 writer of a server."""
    options = {
        "server": server.address,
        "servers": [server.address],
        "tsig": {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:KEY"},
        "timeout": 5,
    }
    spec = WriterSpec("bind", "rfc2136", (), options, Path())
    return make(spec, Context(FixedClock(NOW), secrets={"KEY": KEY_SECRET}))


@dataclass(frozen=True)
class OneWriter:
    """The same writer for every zone."""

    writer: UpdateWriter

    def for_zone(self, _zone: str) -> UpdateWriter:
        return self.writer


def operations(zone: str, address: str = "192.0.2.99") -> tuple[Operation, ...]:
    """Return one change of every kind: an address moves, a record comes, one goes."""
    return (
        Operation(Action.REPLACE, zone, f"www.{zone}", "A", 300, (address,)),
        Operation(Action.REPLACE, zone, f"new.{zone}", "TXT", 60, ('"new"',)),
        Operation(Action.REMOVE_RRSET, zone, f"old.{zone}", "TXT"),
    )


KEYS: tuple[tuple[str, str], ...] = (("www", "A"), ("new", "TXT"), ("old", "TXT"))


def content(writer: UpdateWriter, zone: str) -> Mapping[Key, RecordSet | None]:
    """Return what the primary holds of the names that the tests touch."""
    return writer.current(zone, [(f"{host}.{zone}", kind) for host, kind in KEYS])


@dataclass
class LiveGate:
    """Plans against what the primary holds now; what else the gate says is set by the test."""

    writer: UpdateWriter
    needed: tuple[Approval, ...] = ()
    verdict: Verdict = Verdict.ALLOW
    unknown: tuple[Impact, ...] = ()
    tier: str = "public"
    basis: str = "facts"
    refreshed: int = 0

    def refresh(self) -> None:
        self.refreshed += 1

    def assess(self, submission: Submission, said: Said = NOBODY) -> Assessment:
        edits = [
            edit
            for version in submission.versions
            for edit in diff(version.apex, version.base or {}, version.content)
        ]
        for op in submission.operations:
            assert op.zone is not None
            assert op.type is not None
            before = self.writer.current(op.zone, [(op.name, op.type)])[op.name, op.type]
            after = RecordSet(op.ttl, op.rdatas) if op.action is Action.REPLACE else None
            if before != after:
                edits.append(Edit(op.zone, op.name, op.type, before, after))
        return Assessment(
            verdict=self.verdict,
            digest=digest(plain(edits)),
            basis=self.basis,
            now=NOW,
            origin=submission.origin,
            edits=tuple(PlannedEdit(edit, "L") for edit in edits),
            events=submission.events,
            impact=(),
            surface=(),
            approvals=self.needed,
            waits=waits(planned(edits), Timing()),
            rollback=Rollback(inverted(edits), Verdict.ALLOW, NOW + 300),
            unknown=self.unknown,
            neutral=(),
            tier=self.tier,
            prerequisites=submission.prerequisites,
        )


def actor(name: str, owner: str, *roles: str, scope: str = "*") -> Actor:
    """Return an actor that speaks for a team."""
    return Actor(name, owner, frozenset(roles), (name_pattern(scope),))


ACTORS = (
    actor("ann", "dns", "requester"),
    actor("dan", "dns", "approver"),
    actor("cem", "pki", "approver"),
    actor("bot", "dns", "automation"),
    actor("root", "dns", "admin"),
)


@cache
def _new_store() -> bytes:
    """Return an empty store file: migrating one for each test would be most of their time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        database = open_store(f"sqlite:///{path}")
        with database.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.dispose()
        return path.read_bytes()


@dataclass
class Bed:
    """A store with all that changes need, over one server."""

    database: Engine
    desk: Desk
    ports: Ports
    gate: LiveGate
    writer: UpdateWriter
    standing: list[StandingApproval] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        """Return what the ledger holds."""
        with Ledger(self.database).reading() as reader:
            return [parse(data) for data in reader.entries()]

    def kinds(self) -> list[str]:
        """Return the kinds of the ledger's entries in order."""
        return [entry.kind for entry in self.entries()]


def bed(
    path: Path,
    server: DnsServer,
    *,
    verifiers: Sequence[Verifier] = (),
    passing: Callable[[str], None] | None = None,
    verify: float = 5.0,
    actors: Sequence[Actor] = ACTORS,
) -> Bed:
    """Open a store file and connect everything to the server."""
    if not path.exists():
        path.write_bytes(_new_store())
    database = open_store(f"sqlite:///{path}")
    writer = writer_for(server)
    gate = LiveGate(writer)
    standing: list[StandingApproval] = []
    pace = SystemPace()
    store = ChangeStore(database)
    ports = Ports(
        store,
        OneWriter(writer),
        pace,
        this_process(),
        verifiers,
        patience=Patience(verify=verify, interval=0.02),
    )
    if passing is not None:
        ports = replace(ports, passing=passing)
    desk = Desk(store, gate, Rules(actors, standing), SshSignatures(), pace)
    return Bed(database, desk, ports, gate, writer, standing)


def unhappy(_change: Change) -> Looked:
    """Verify nothing: what the endpoint serves is not as it should be."""
    return Looked((Problem("the endpoint serves another certificate", "192.0.2.99:443"),))


def dies_at(place: str, work: Callable[[Callable[[str], None]], object]) -> int:
    """Do the work in a process of its own that kills itself at a place; returns its exit code."""

    def run() -> None:
        def passing(name: str) -> None:
            if name == place:
                os.kill(os.getpid(), signal.SIGKILL)

        work(passing)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode
