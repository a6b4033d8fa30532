"""A bundle: steps on both sides of the trust path that need an order, and how far they came."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


class Verb(enum.StrEnum):
    """What a step does."""

    PREPARE = "prepare"
    """Make the key of a coming certificate at its place and register the intent."""
    REGISTER = "register"
    """Make an account at a CA."""
    PROVE = "prove"
    """See that an endpoint serves the name with a certificate that is good, before it is used."""
    CHANGE = "change"
    """Change records: judged, consented to, applied, seen on every authoritative server."""
    WAIT = "wait"
    """Let caches run out, for as long as the step that it is after says (standards G.3)."""
    ORDER = "order"
    """Obtain a certificate, put it to use, see it at every address of every bound endpoint."""
    REPLACE = "replace"
    """The same for one of many jobs, and revoke what was replaced where that is wanted."""
    DEACTIVATE = "deactivate"
    """End an account at a CA."""


class StepState(enum.StrEnum):
    """How far one step came."""

    WAITING = "waiting"
    """Its turn has not come."""
    RUNNING = "running"
    """It began: what it did so far is found out by doing it again, which changes nothing."""
    DONE = "done"
    UNDONE = "undone"
    FAILED = "failed"


class BundleState(enum.StrEnum):
    """Where a bundle is."""

    RUNNING = "running"
    PAUSED = "paused"
    GOING_BACK = "going-back"
    """Cancelled or failed before its pivot: what was done is taken back, last first."""
    DONE = "done"
    CANCELLED = "cancelled"
    """Everything that could be taken back was; the state from before is in force."""
    STUCK = "stuck"
    """A person is needed. Nothing that stands is unsafe; ``problem`` says what stands."""


ENDED = frozenset((BundleState.DONE, BundleState.CANCELLED))


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``what`` has its arguments, ``result`` what it left for later steps.

    ``undoable`` says that going back takes it back; the others leave nothing that harms. ``alone``:
    it needs no other step and its failure stops none.
    ``earliest`` is the instant before which a WAIT does not end. ``ended_at`` is when it was done.
    ``spent`` names its last change of which is written down that it came to nothing: the next try
    makes another.
    """

    verb: Verb
    says: str
    what: Mapping[str, Any] = field(default_factory=dict)
    undoable: bool = False
    alone: bool = False
    state: StepState = StepState.WAITING
    result: Mapping[str, Any] = field(default_factory=dict)
    started_at: int | None = None
    ended_at: int | None = None
    earliest: int | None = None
    problem: str = ""
    spent: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Steps in order. Once the step before ``pivot`` is done there is only the way forward.

    ``back`` is set once it turned back. ``kind`` names the plan, ``subject`` what it is about,
    ``actor`` who started it. ``attempts`` counts how often the present step failed for a reason
    that may pass; ``retry_at`` is when it is tried again.
    """

    id: str
    kind: str
    subject: str
    actor: str
    steps: tuple[Step, ...]
    pivot: int
    back: bool = False
    state: BundleState = BundleState.RUNNING
    created_at: int = 0
    updated_at: int = 0
    attempts: int = 0
    retry_at: int | None = None
    problem: str = ""

    def with_step(self, number: int, **values: Any) -> Bundle:
        """Return the bundle with one step changed."""
        step = replace(self.steps[number], **values)
        return replace(self, steps=(*self.steps[:number], step, *self.steps[number + 1 :]))
