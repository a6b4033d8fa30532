"""What the commands need from the composition root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.facts.proposal import Submission
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


class Application(Protocol):
    """Opens what commands work on."""

    def catalogue(self, folders: Sequence[Path] = ()) -> Catalogue:
        """Return the shipped rules and those of the given folders."""
        ...

    def open(
        self,
        estate: Path,
        *,
        now: int | None = None,
        rules: Sequence[Path] = (),
        collect: bool = True,
        verify: bool = False,
    ) -> Session:
        """Open a session on an estate file; with ``verify`` what it names must be there."""
        ...

    def bench(self) -> Bench:
        """Return a place to judge a vector's world."""
        ...

    def replay_gate(self, catalogue: Catalogue) -> ReplayGate:
        """Return the gate for worlds of ``bench``."""
        ...

    def office(
        self,
        estate: Path,
        *,
        rules: Sequence[Path] = (),
        verify: float | None = None,
    ) -> Office:
        """Open what acts on an estate; ``verify`` are seconds to wait for its name servers."""
        ...

    def certificates(
        self, estate: Path, *, rules: Sequence[Path] = (), serve: float | None = None
    ) -> CertificateOffice:
        """Open what obtains certificates; ``serve`` are seconds to wait for its endpoints."""
        ...

    def bundles(self, estate: Path) -> BundleOffice:
        """Open what carries bundles out."""
        ...

    def prober(self, session: Session, estate: Path) -> Prober:
        """Return what looks at the addresses that a change brings."""
        ...

    def proposal(self, given: Mapping[str, str | Sequence[str] | None]) -> Submission:
        """Return what the one input that is given proposes, by the name of its option."""
        ...

    def ledger(self, estate: Path, former: Sequence[Key]) -> LedgerSession:
        """Open the ledger of an estate; ``former`` are public keys known beside its own."""
        ...

    def ledger_key(self, estate: Path, path: Path) -> str:
        """Write a new private key for the ledger and return its public key."""
        ...
