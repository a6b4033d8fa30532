"""What obtaining certificates needs of the rest: store, CAs, places of use, DNS, eyes, time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from trustpath.facts.account import KnownAccount
from trustpath.facts.challenge import Responder
from trustpath.facts.change import Consent
from trustpath.facts.deploying import Deployer
from trustpath.facts.edits import Key
from trustpath.facts.issuing import Issuer
from trustpath.facts.job import JobPlan
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.facts.relations.automation import CaLimit
from trustpath.facts.writer import ServerView
from trustpath.ledger.entry import Entry
from trustpath.workflow.certificate.basis import Basis
from trustpath.workflow.change.ports import Pace
from trustpath.workflow.gate.probe import Place, Prober


class Reader(Protocol):
    """A view of stored issuances."""

    def order(self, issuance: str) -> Issuance:
        """Return one issuance; raises InputError where there is none."""
        ...

    def orders(
        self,
        states: Iterable[IssuanceState] = (),
        *,
        job: str | None = None,
        fingerprint: str | None = None,
        change: str | None = None,
    ) -> Sequence[Issuance]:
        """Return issuances in the order of their making: all, or those that meet what is given."""
        ...

    def consents(self, change: str) -> Sequence[Consent]:
        """Return every decision on a change in order."""
        ...

    def next_order(self) -> str:
        """Return the id that the next issuance will have."""
        ...

    def accounts(self) -> Sequence[KnownAccount]:
        """Return every account that was registered here."""
        ...


class Act(Reader, Protocol):
    """One act: what it writes and what it records stand or fall together."""

    def record(self, entry: Entry) -> None:
        """Append an entry to the ledger."""
        ...

    def hold_job(self, job: str, holder: str, now: int, until: int) -> None:
        """Take or keep a job for a process; raises BusyError while another has it."""
        ...

    def release_job(self, job: str) -> None:
        """Give a job back."""
        ...

    def see_window(self, issuance: Issuance) -> None:
        """Write what a CA said of the time to renew."""
        ...

    def put_order(self, issuance: Issuance) -> None:
        """Write an issuance, new or as it is now."""
        ...

    def put_account(self, known: KnownAccount) -> None:
        """Write an account at a CA, new or as it is now."""
        ...


class IssuanceStore(Protocol):
    """Where issuances are kept."""

    def act(self) -> AbstractContextManager[Act]:
        """Open one act under the store's write lock."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """Open a view."""
        ...


class Connected(Protocol):
    """The connectors of an estate by their ids; each raises EstateError where there is none."""

    def issuer(self, issuer: str) -> Issuer:
        """Return what obtains certificates."""
        ...

    def deployer(self, job: JobPlan) -> Deployer:
        """Return the place of use of a job, or what takes a CSR and puts the chain in a folder."""
        ...

    def responder(self, responder: str) -> Responder:
        """Return what answers challenges that are not in DNS."""
        ...


class Challenges(Protocol):
    """TXT records of challenges, published as changes of their own under a standing approval."""

    def publish(self, records: Mapping[str, Sequence[str]], why: str) -> str:
        """Publish texts by owner name at every authoritative server; return the change.

        ``why`` names the order: the same again takes an earlier try up. Raises StoppedError where
        the gate stops it, InputError where no standing approval lets automation do it.
        """
        ...

    def published(self, why: str) -> str | None:
        """Return the change that published for ``why`` and stands, None where there is none."""
        ...

    def withdraw(self, change: str) -> None:
        """Take back what a change published, unless that was done."""
        ...


class Authorities(Protocol):
    """The authoritative servers of the estate's zones, as a resolver would be told."""

    def zone_of(self, name: str) -> str | None:
        """Return the apex of the closest zone around a name that is the estate's."""
        ...

    def above(self, name: str) -> bool:
        """Say whether a name is an ancestor of a zone of the estate, beyond what it holds."""
        ...

    def served(self, zone: str, keys: Sequence[Key]) -> Sequence[ServerView]:
        """Ask every authoritative server of a zone; what wildcards give counts as being there."""
        ...

    def resolved(self, name: str, rdtype: str) -> Sequence[ServerView]:
        """Ask the resolvers of the estate about a name beyond its zones; none: it has none.

        The content is under the name at the end of the aliases.
        """
        ...


class Facts(Protocol):
    """What the estate knows now about what a job depends on."""

    def basis(self, job: JobPlan, issuer: Issuer, names: Sequence[str]) -> Basis:
        """Return the facts on which an issuance of these names rests."""
        ...

    def identities(self, ca: str) -> frozenset[str]:
        """Return the CAA names that the estate gives a CA, none where it gives none."""
        ...

    def checks_caa(self, ca: str) -> bool | None:
        """Say whether a CA looks at CAA before it issues, None where nobody knows."""
        ...

    def persist_handling(self, ca: str) -> tuple[str | None, bool]:
        """Return the form of standing records at a CA, and whether it documents their reach."""
        ...

    def tlsa(self, names: Sequence[str]) -> Sequence[str]:
        """Return the owners of TLSA records about hosts that certificate names cover."""
        ...

    def compromised(self) -> frozenset[str]:
        """Return the SHA-256 of the SPKI, in hex, of keys that must not be used any more."""
        ...

    def places(self, job: JobPlan, names: Sequence[str]) -> Sequence[Place]:
        """Return every address, port and name at which the certificate has to be seen."""
        ...


class Revocations(Protocol):
    """Whether a certificate was revoked, asked of the CRL and the OCSP responder it names."""

    def __call__(self, chain: Sequence[bytes], /) -> bool | None:
        """Say whether the first of a chain (DER) is revoked, None where that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    ``first`` and ``longest``: between two looks at an order, growing. ``order``: until the CA has
    decided. ``serve``: until every place serves what was deployed. ``lease``: a process that says
    nothing for so long loses its issuance.
    """

    first: float = 0.005
    longest: float = 1.0
    order: float = 120.0
    serve: float = 30.0
    look: float = 0.1
    lease: int = 300


def _go_on(_place: str) -> None:
    """Do nothing at a place."""


def _nowhere(_change: str) -> Sequence[Place]:
    """Say that a change leads no name elsewhere."""
    return ()


@dataclass(frozen=True, slots=True)
class Ports:
    """What carrying out issuances needs.

    ``holder`` names this process; ``jobs`` are those of the estate by id. ``prober`` is None where
    the estate allows no probes. ``registering`` is held by the thread that registers an intent: ids
    are given one after the other. ``passing`` is called with the name of every place between two
    durable acts: tests end the process there. ``limits`` are those of the CAs on orders. ``ahead``
    returns where the records of a change will lead, by its id, until they are written.
    """

    store: IssuanceStore
    connected: Connected
    challenges: Challenges
    authorities: Authorities
    facts: Facts
    jobs: Mapping[str, JobPlan]
    pace: Pace
    holder: str
    prober: Prober | None = None
    revocations: Revocations | None = None
    patience: Patience = Patience()
    registering: Lock = field(default_factory=Lock, compare=False)
    passing: Callable[[str], None] = _go_on
    limits: Sequence[CaLimit] = ()
    ahead: Callable[[str], Sequence[Place]] = _nowhere
