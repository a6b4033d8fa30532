"""What changes need of the rest: gate, store, writers, verifiers, signatures, time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from trustpath.facts.change import NOBODY, Change, Consent, Said, State, Step
from trustpath.facts.edits import Edit, Key
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent, Submission
from trustpath.facts.writer import Writer
from trustpath.ledger.entry import Entry
from trustpath.workflow.change.looked import Looked
from trustpath.workflow.change.rules import Rules
from trustpath.workflow.gate.assessment import Assessment


class Gate(Protocol):
    """The gate over the estate as it is now."""

    def refresh(self) -> None:
        """Collect the facts again."""
        ...

    def assess(self, submission: Submission, said: Said = NOBODY) -> Assessment:
        """Judge a submission of somebody; missing consents are left aside in the verdict.

        Raises InputError where it does not fit the present state or a part cannot be judged.
        """
        ...


class Reader(Protocol):
    """A view of stored changes."""

    def get(self, change: str) -> Change:
        """Return one change; raises InputError where there is none."""
        ...

    def changes(self, states: Iterable[State] = ()) -> Sequence[Change]:
        """Return changes in order, all or those in some states."""
        ...

    def consents(self, change: str) -> Sequence[Consent]:
        """Return every decision on a change in order."""
        ...

    def uses(self, standing: str, since: int) -> int:
        """Return how many edits a standing approval let pass since an instant."""
        ...

    def steps(self, change: str) -> Sequence[Step]:
        """Return the writes of a change: forward ones first, each by place."""
        ...


class Act(Reader, Protocol):
    """One act: what it writes and what it records stand or fall together."""

    def record(self, entry: Entry) -> None:
        """Append an entry to the ledger."""
        ...

    def next_change(self) -> str:
        """Return the id of the next change."""
        ...

    def put(self, change: Change) -> None:
        """Write a change."""
        ...

    def add_consent(self, consent: Consent) -> None:
        """Write a decision."""
        ...

    def put_step(self, step: Step) -> None:
        """Write what is known of a write."""
        ...

    def hold(self, zones: Iterable[str], change: str, holder: str, now: int, until: int) -> None:
        """Take or keep zones for a change; raises BusyError."""
        ...

    def release(self, change: str) -> None:
        """Give the zones of a change back."""
        ...

    def approve_content(self, edits: Iterable[Edit], change: str, at: int) -> None:
        """Make what a change did part of the approved content of its zones."""
        ...


class ChangeStore(Protocol):
    """Where changes are kept."""

    def act(self) -> AbstractContextManager[Act]:
        """Open one act under the store's write lock."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """Open a view."""
        ...


class Signatures(Protocol):
    """Signatures over statements of approval (``ssh-keygen -Y``)."""

    def sign(self, statement: bytes, key: str) -> str:
        """Return an armored signature by the key file; raises SourceError."""
        ...

    def verify(self, statement: bytes, signature: str, signer: str, keys: Sequence[str]) -> None:
        """Raise InputError unless one of the public keys made the signature."""
        ...


class Writers(Protocol):
    """The connectors that change zones."""

    def for_zone(self, zone: str) -> Writer:
        """Return the writer of a zone; raises InputError where none is configured."""
        ...


class Verifier(Protocol):
    """Looks whether an applied change did what it should, beyond the name servers."""

    def __call__(self, change: Change, /) -> Looked:
        """Return what is not as it should be, and what was looked at."""
        ...


class EndLook(Protocol):
    """Looks whether the endpoints end from which one RRset of a change led names away."""

    def __call__(self, change: Change, key: Key, /) -> Looked:
        """Return where they are served still, or nobody can tell."""
        ...


class UseLook(Protocol):
    """Looks whether the certificate that an event ends is still in use."""

    def __call__(self, event: CertificateEvent, /) -> Looked:
        """Return where it is served still, or nobody can tell."""
        ...


@dataclass(frozen=True, slots=True)
class Held(Problem):
    """An event was stopped before anything was done; it goes on once its cause is gone."""


@dataclass(frozen=True, slots=True)
class Going(Problem):
    """An event is past the point of going back and not at its end; it is taken on later."""


class Events(Protocol):
    """Carries out the certificate events of a change."""

    def __call__(self, change: Change, event: CertificateEvent, actor: str, /) -> Sequence[Problem]:
        """Carry one out, or go on with it; returns what did not happen as it should.

        Doing it twice is the same as doing it once.
        """
        ...

    def ready(self, change: Change, /) -> Sequence[str]:
        """Return what keeps the events of a change from being carried out now; nothing is done."""
        ...


class Pace(Protocol):
    """Time that goes on while a change is applied."""

    def now(self) -> int:
        """Return seconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


def _go_on(_place: str) -> None:
    """Do nothing at a place."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    ``verify``: until every authoritative server has the new content. ``interval``: between two
    looks. ``lease``: a process that says nothing for so long loses its change. ``resume``: an
    interrupted change older than this is taken back instead of finished.
    """

    verify: float = 60.0
    interval: float = 0.1
    lease: int = 180
    resume: int = 3600


@dataclass(frozen=True, slots=True)
class Ports:
    """What writing a change needs.

    ``holder`` names this process. ``passing`` is called with the name of every place between two
    durable acts: tests end the process there. ``events`` carries out certificate events, None:
    nothing does. ``backward`` look at where taking a change back would lead, before it is done;
    ``ahead`` at where records will lead to whose certificate was obtained by the same change, and
    ``ended`` whether what they led to before serves the names no more. ``used`` look whether what
    is to be revoked is served anywhere.
    """

    store: ChangeStore
    writers: Writers
    pace: Pace
    holder: str
    verifiers: Sequence[Verifier] = ()
    patience: Patience = Patience()
    passing: Callable[[str], None] = _go_on
    events: Events | None = None
    backward: Sequence[Verifier] = ()
    ahead: Sequence[Verifier] = ()
    ended: Sequence[EndLook] = ()
    used: Sequence[UseLook] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What deciding on changes needs."""

    store: ChangeStore
    gate: Gate
    rules: Rules
    signatures: Signatures
    pace: Pace
