"""What bundles need of the rest: where they are kept, who does their steps, time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from trustpath.base.errors import InputError
from trustpath.facts.bundle import Bundle, BundleState, Step, Verb
from trustpath.facts.change import Change
from trustpath.ledger.entry import Entry
from trustpath.workflow.change.ports import Pace


class BundleReader(Protocol):
    """A view of stored bundles."""

    def bundle(self, identity: str) -> Bundle:
        """Return one bundle; raises InputError where there is none."""
        ...

    def bundle_state(self, identity: str) -> BundleState:
        """Return the state of a bundle that is there."""
        ...

    def bundles(self, states: Iterable[BundleState] = ()) -> Sequence[Bundle]:
        """Return bundles in order, all or those in some states."""
        ...

    def of_origin(self, origin: str) -> Sequence[Change]:
        """Return the changes of an origin, in order."""
        ...


class BundleAct(BundleReader, Protocol):
    """One act: what it writes and what it records stand or fall together."""

    def record(self, entry: Entry) -> None:
        """Append an entry to the ledger."""
        ...

    def next_bundle(self) -> str:
        """Return the id of the next bundle."""
        ...

    def put_bundle(self, made: Bundle, steps: Iterable[int] | None = None) -> None:
        """Write a bundle with the named steps, or with all of them."""
        ...

    def put_bundle_step(self, identity: str, place: int, step: Step) -> None:
        """Write one step of a bundle."""
        ...

    def hold_bundle(self, identity: str, holder: str, now: int, until: int) -> None:
        """Take or keep a bundle for a process; raises BusyError while another carries it."""
        ...

    def release_bundle(self, identity: str) -> None:
        """Give a bundle back."""
        ...

    def postpone_bundle(self, identity: str, at: int | None) -> None:
        """Say when to look at a bundle again; that nothing is new needs no entry."""
        ...


class BundleStore(Protocol):
    """Where bundles are kept."""

    def act(self) -> AbstractContextManager[BundleAct]:
        """Open one act under the store's write lock."""
        ...

    def reading(self) -> AbstractContextManager[BundleReader]:
        """Open a view."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step was done: what it leaves for later steps, and how long caches outlive it (seconds)."""

    result: Mapping[str, Any] = field(default_factory=dict)
    rest: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """A step waits for something outside: for what, and when to look again."""

    why: str
    at: int


class BeyondError(InputError):
    """A step was found to be done for good when it was to be taken back: the way is on."""

    def __init__(self, result: Mapping[str, Any], rest: int) -> None:
        super().__init__("the certificate is in use already")
        self.result = result
        self.rest = rest


class EndedError(InputError):
    """A change of a step ended without its effect.

    ``change`` is its id; ``passing`` says that another one may be made without anybody's asking.
    """

    def __init__(self, why: str, change: str, *, passing: bool) -> None:
        super().__init__(why, where=change)
        self.change = change
        self.passing = passing


class Doer(Protocol):
    """Does steps of some verbs. Doing or undoing one twice is the same as once.

    Raises SourceError where the reason may pass (``passing`` decides), other errors where not.
    """

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Do a step."""
        ...

    def undo(self, bundle: Bundle, number: int) -> Pending | None:
        """Take a step back, as far as it had an effect."""
        ...


Doers: TypeAlias = Mapping[Verb, Doer]


def _go_on(_place: str) -> None:
    """Do nothing at a place."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What carrying a bundle out needs.

    ``holder`` names this process, ``lease`` is for how many seconds a process that says nothing
    keeps its bundle. ``concurrency`` bounds how many steps that stand alone are done at once.
    ``halted`` says that no step is to be begun any more, since the process is to end.
    ``passing`` is called with the name of every place between two durable acts: tests end the
    process there.
    """

    store: BundleStore
    doers: Doers
    pace: Pace
    holder: str
    lease: int = 600
    concurrency: int = 8
    halted: Callable[[], bool] = lambda: False
    passing: Callable[[str], None] = _go_on
