"""The outcome of the gate for one plan, as values (``trustpath/plan/1`` as a document)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from trustpath.facts.edits import Edit, Key
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent, Prerequisite
from trustpath.rules.status import Status
from trustpath.rules.value import Value


class Verdict(enum.IntEnum):
    """What may happen with a change, from the best to the worst (standards G)."""

    ALLOW = 0
    WARN = 1
    HOLD = 2
    DENY = 3

    @property
    def word(self) -> str:
        """Return the lower-case word."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """One edit of an RRset with its trust functions: letters out of ``ILKPD`` (standards E.12).

    ``inherited`` is the content of the CAA set that counts where the name has none of its own (RFC
    8659 3): empty where there is none, None where that is not known.
    """

    edit: Edit
    flags: str
    inherited: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """A (rule, subject) whose status the plan makes worse, at one instant.

    ``before`` is None where the subject did not exist. ``at`` is None for now, else the renewal
    instant. ``gate`` is the rule's ``gate``, ``probe`` or ``observe``. ``missing`` is the kind of
    evidence that an unknown lacks, ``decides`` what would decide it, ``sentence`` what is found.
    ``consent``: whoever must agree to the change may accept it.
    """

    rule: str
    title: str
    gate: str
    subject: str
    before: Status | None
    after: Status
    at: int | None
    tier: str
    owner: str | None
    evidence: Mapping[str, Value] = field(default_factory=dict)
    missing: str | None = None
    sentence: str = ""
    decides: str = ""
    consent: bool = False


@dataclass(frozen=True, slots=True)
class Enabler:
    """A party that gains or loses the power to obtain a certificate for ``name``.

    By ``method`` (``br-7``, ``http-01``...), through control of the records of ``type`` at
    ``control``, or of the host at it. ``outside`` says that it lies where the estate holds
    nothing. ``ca`` is set where CAA is what changed, and where the record is a token of that CA.
    """

    name: str
    method: str
    control: str
    type: str
    outside: bool
    gained: bool
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A consent that the plan needs.

    ``role``: ``record``, ``certificate``, ``service``, ``zone``, ``pki``, ``mail``. ``owner`` is
    None where nobody is known to answer, which holds the change.
    """

    role: str
    owner: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause that the plan imposes: ``seconds`` after the step ``after`` (standards G.3).

    ``since`` is set of one that precedes the change: the RRset (name, type) whose last change it
    counts from.
    """

    after: str
    seconds: int
    reason: str
    since: Key | None = None
    before: bool = False


@dataclass(frozen=True, slots=True)
class Rollback:
    """The compensating plan, judged like the plan itself.

    ``safe_until`` is the instant up to which going back is as if nothing happened; after it caches
    hold the new answers for a while. None where it cannot be told.
    """

    edits: tuple[Edit, ...]
    verdict: Verdict
    safe_until: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Neutral:
    """A change without impact and why that is so."""

    change: str
    why: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that the gate says about a plan.

    ``digest`` identifies the plan, ``basis`` the facts in scope and the catalogue that it was
    judged with; approvals bind both. ``unknown`` are evidence gaps that hold the change. ``tier``
    is the strictest that the plan touches, None where it touches no trust. ``prerequisites`` have
    to hold still when the edits are made.
    """

    verdict: Verdict
    digest: str
    basis: str
    now: int
    origin: str
    edits: tuple[PlannedEdit, ...]
    events: tuple[CertificateEvent, ...]
    impact: tuple[Impact, ...]
    surface: tuple[Enabler, ...]
    approvals: tuple[Approval, ...]
    waits: tuple[Wait, ...]
    rollback: Rollback
    unknown: tuple[Impact, ...]
    neutral: tuple[Neutral, ...]
    problems: tuple[Problem, ...] = ()
    reasons: tuple[str, ...] = ()
    tier: str | None = None
    prerequisites: tuple[Prerequisite, ...] = ()
