"""The application: opens sessions for the faces."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from trustpath.base.clock import Clock, FixedClock
from trustpath.base.errors import EstateError, RuleError

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from sqlalchemy import Engine as Database

    from trustpath.facts.estate import Estate
    from trustpath.facts.proposal import Submission
    from trustpath.facts.source import RootSet
    from trustpath.ledger.verify import Key
    from trustpath.rules.catalogue import Catalogue
    from trustpath.workflow.bundle.office import BundleOffice
    from trustpath.workflow.certificate.office import CertificateOffice
    from trustpath.workflow.change.office import Office
    from trustpath.workflow.gate.probe import Prober
    from trustpath.workflow.ledger import LedgerSession
    from trustpath.workflow.replay.gate import Gate as ReplayGate
    from trustpath.workflow.session import Session
    from trustpath.workflow.vectors.run import Bench


class SystemClock:
    """The machine's clock, read once so that one run has one present."""

    def __init__(self) -> None:
        self._instant = int(time.time())

    def now(self) -> int:
        """Return the instant at which the run began."""
        return self._instant


class TrustpathApplication:
    """Wires estate file, store, connectors and catalogue together."""

    def catalogue(self, folders: Sequence[Path] = ()) -> Catalogue:
        """Return the shipped rules and those of the given folders; raises RuleError."""
        from trustpath.rules.catalogue import build, shipped

        return build((*shipped(), *_rule_files(folders)))

    def open(
        self,
        estate: Path,
        *,
        now: int | None = None,
        rules: Sequence[Path] = (),
        collect: bool = True,
        verify: bool = False,
    ) -> Session:
        """Open a session on an estate file; without ``collect`` only the store is read.

        With ``verify`` a file or a rule that the estate names and that is missing raises
        EstateError.
        """
        session, _ = self._open(estate, now=now, rules=rules, collect=collect, verify=verify)
        return session

    def _open(
        self,
        estate: Path,
        *,
        now: int | None = None,
        rules: Sequence[Path] = (),
        collect: bool = True,
        verify: bool = False,
    ) -> tuple[Session, Database]:
        """Open a session and return the store below it as well."""
        from trustpath.app.context import context_of
        from trustpath.app.granted import granted
        from trustpath.app.issued import issued
        from trustpath.app.mentions import verify_mentions
        from trustpath.app.sources import KINDS, make_sources
        from trustpath.connectors.estate import read_estate
        from trustpath.facts.estate import requirement_facts
        from trustpath.store.database import open_store, resolve_url
        from trustpath.store.memory import Store
        from trustpath.workflow.session import Session

        clock: Clock = SystemClock() if now is None else FixedClock(now)
        described = read_estate(estate, kinds=tuple(KINDS))
        catalogue = self.catalogue(
            (*(estate.parent / folder for folder in described.rules), *rules)
        )
        if verify:
            verify_mentions(described, estate, catalogue)
        needs_roots = collect and any(
            s.kind in ("certificates", "endpoints") for s in described.sources
        )
        roots = _roots(described, estate.parent) if needs_roots else None
        url = None if described.store is None else resolve_url(described.store, estate.parent)
        database = open_store(url)
        exceptions = granted(database, clock, estate.parent)
        described, issuances = issued(described, database, clock, estate.parent)
        session = Session(
            estate=described,
            clock=clock,
            memory=Store(database),
            sources=(
                *make_sources(described.sources, context_of(described, clock, roots)),
                *exceptions,
                *issuances,
            ),
            requirements=requirement_facts(),
            catalogue=catalogue,
        )
        return session, database

    def bench(self) -> Bench:
        """Return a place to judge a vector's world in memory."""
        from trustpath.app.benches import StoreBench

        return StoreBench()

    def replay_gate(self, catalogue: Catalogue) -> ReplayGate:
        """Return the gate for worlds of ``bench``."""
        from trustpath.app.replaying import BenchGate

        return BenchGate(catalogue)

    def office(
        self,
        estate: Path,
        *,
        rules: Sequence[Path] = (),
        verify: float | None = None,
    ) -> Office:
        """Open what acts on an estate; ``verify`` are seconds to wait for its name servers."""
        from trustpath.app.changes import open_office
        from trustpath.app.gate import SessionGate
        from trustpath.app.late_events import LateEvents
        from trustpath.workflow.change.ports import Patience

        session, database = self._open(estate, rules=rules)
        patience = Patience() if verify is None else Patience(verify=verify)
        office = open_office(session, database, estate, SessionGate(session), patience)

        def connected() -> CertificateOffice:
            from trustpath.app.certificates import open_certificates

            return open_certificates(session, database, estate)

        return replace(office, ports=replace(office.ports, events=LateEvents(connected)))

    def certificates(
        self, estate: Path, *, rules: Sequence[Path] = (), serve: float | None = None
    ) -> CertificateOffice:
        """Open what obtains certificates; ``serve`` are seconds to wait for its endpoints.

        Raises EstateError where the estate names no store.
        """
        from trustpath.app.certificates import open_certificates
        from trustpath.workflow.certificate.ports import Patience

        session, database = self._open(estate, rules=rules)
        patience = Patience() if serve is None else Patience(serve=serve)
        return open_certificates(session, database, estate, patience=patience)

    def bundles(self, estate: Path) -> BundleOffice:
        """Open what carries bundles out; raises EstateError where the estate names no store."""
        from trustpath.app.bundles import open_bundles

        return open_bundles(lambda: self._open(estate), estate)

    def prober(self, session: Session, estate: Path) -> Prober:
        """Return what looks at the addresses that a change brings; raises EstateError."""
        from trustpath.app.context import context_of
        from trustpath.app.probing import EndpointProber

        roots = _roots(session.estate, estate.parent)
        return EndpointProber(context_of(session.estate, session.clock, roots), estate.parent)

    def proposal(self, given: Mapping[str, str | Sequence[str] | None]) -> Submission:
        """Return what the one input that is given proposes; raises InputError."""
        from trustpath.app.proposals import read_proposal

        return read_proposal(given)

    def ledger(self, estate: Path, former: Sequence[Key]) -> LedgerSession:
        """Open the ledger of an estate; raises EstateError where it names no store."""
        from trustpath.app.ledger import open_ledger

        return open_ledger(estate, SystemClock(), former)

    def ledger_key(self, estate: Path, path: Path) -> str:
        """Write a new private key for the ledger and return its public key."""
        from trustpath.app.ledger import new_key

        return new_key(estate, path)


def _rule_files(folders: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        if not folder.is_dir():
            raise RuleError("there is no such folder of rules", where=str(folder))
        for path in sorted(folder.rglob("*.sql")):
            try:
                yield str(path), path.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise RuleError(f"cannot be read: {error}", where=str(path)) from error


def _roots(described: Estate, folder: Path) -> RootSet:
    """Return the root set that the estate asks for; a root file that fails raises EstateError."""
    from trustpath.connectors.certificates.roots import read_roots
    from trustpath.facts.source import RootSet

    public = read_roots([folder / path for path in described.trust_roots], public=True)
    private = read_roots([folder / path for path in described.private_roots], public=False)
    for problem in (*public.problems, *private.problems):
        raise EstateError(problem.message, where=problem.where, hint=problem.hint)
    mozilla: tuple[bytes, ...] = ()
    if described.public_roots:
        import certifi

        mozilla = tuple(read_roots([Path(certifi.where())], public=True).set.public)
    return RootSet(public=(*mozilla, *public.set.public), private=private.set.private)
