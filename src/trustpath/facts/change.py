"""A change as it is kept: the plan, who consented to what, and every write that was tried."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trustpath.base.errors import StoreError
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.proposal import CertificateEvent, Prerequisite


class BusyError(StoreError):
    """Another change has the zone, or another process has the change; nothing was done."""


class State(enum.StrEnum):
    """Where a change is in its life; ``workflow.change.state`` says what may follow what."""

    PROPOSED = "proposed"
    """Consents are missing."""
    HELD = "held"
    """The gate denies it or evidence is missing: nobody's consent helps."""
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """The records are no longer what the plan starts from: propose again."""
    APPLYING = "applying"
    VERIFYING = "verifying"
    APPLIED = "applied"
    ROLLING_BACK = "rolling-back"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"
    """A person is needed; the outcome says what stands."""


UNDER_WAY = frozenset((State.APPLYING, State.VERIFYING, State.ROLLING_BACK))
"""Writing began and has not ended: the zones belong to the change until it ends."""


class Direction(enum.StrEnum):
    """Whether a write makes the change or undoes it."""

    FORWARD = "forward"
    BACK = "back"


class StepState(enum.StrEnum):
    """What is known about one write."""

    INTENDED = "intended"
    """Written down before the write; nobody wrote down yet how it ended."""
    MADE = "made"
    NOT_MADE = "not-made"
    """Refused, or lost a race: nothing was changed."""
    DIFFERS = "differs"
    """The zone holds neither the old nor the new content: somebody else wrote too."""


@dataclass(frozen=True, slots=True)
class Needed:
    """A consent that the plan needs: role and owner as in the gate's approvals, and why."""

    role: str
    owner: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What one actor decided in one role. It counts only for the digest and basis it names.

    ``decision`` is ``approve``, ``reject``, ``standing`` (an approval given in advance, which
    ``note`` names) or ``review`` (after an emergency). ``signature`` is an armored SSH signature
    over the statement of approval, kept as it came.
    """

    change: str
    actor: str
    role: str
    owner: str | None
    digest: str
    basis: str
    decision: str
    at: int
    note: str = ""
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One write to one zone: intent first, outcome after. ``number`` is the zone's place."""

    change: str
    number: int
    zone: str
    direction: Direction
    state: StepState
    at: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in the order of doing: edits (with their zones), events, the way back.

    ``needed`` are the consents that the gate asks for, ``tier`` the strictest that is touched,
    None where the plan touches no trust. ``adopts`` says that the zones hold the new content
    already and the plan only approves it: nothing is written. ``prerequisites`` are what has to
    hold besides what each edit starts from.
    """

    edits: tuple[Edit, ...]
    events: tuple[CertificateEvent, ...] = ()
    inverse: tuple[Edit, ...] = ()
    needed: tuple[Needed, ...] = ()
    tier: str | None = None
    adopts: bool = False
    prerequisites: tuple[Prerequisite, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the owner names of the edits and the names of the events."""
        touched = [edit.name for edit in self.edits]
        touched += [name for event in self.events for name in event.names]
        return tuple(dict.fromkeys(touched))

    @property
    def ours(self) -> tuple[CertificateEvent, ...]:
        """Return the events that are carried out here; the others are done by their own tool."""
        return tuple(event for event in self.events if event.by is None)

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the apexes that are written to, in order."""
        return tuple(dict.fromkeys(edit.zone for edit in self.edits))

    def of_zone(self, zone: str) -> tuple[Edit, ...]:
        """Return the edits of one zone."""
        return tuple(edit for edit in self.edits if edit.zone == zone)

    def required_of(self, zone: str) -> tuple[Prerequisite, ...]:
        """Return what has to hold in one zone."""
        return tuple(item for item in self.prerequisites if item.zone == zone)


@dataclass(frozen=True, slots=True)
class Change:
    """One change with everything that is known about it; instants are seconds since 1970.

    ``digest`` and ``basis`` are the gate's. ``assessment`` is what the gate said, as plain data.
    ``reverts`` names the change that this one undoes. ``emergency`` is the reason given when it
    was applied without all consents, ``review_due`` until when it must be reviewed. ``outcome``
    says what was measured and, after a failure, what stands.
    """

    id: str
    author: str
    origin: str
    state: State
    digest: str
    basis: str
    verdict: str
    plan: Plan
    assessment: Mapping[str, Any]
    created_at: int
    updated_at: int
    reason: str = ""
    reverts: str | None = None
    emergency: str | None = None
    review_due: int | None = None
    reviewed_at: int | None = None
    started_at: int | None = None
    applied_at: int | None = None
    safe_until: int | None = None
    outcome: Mapping[str, Any] = field(default_factory=dict)

    @property
    def to_review_by(self) -> int | None:
        """Return until when an emergency must be reviewed, None where nothing is left to review."""
        return self.review_due if self.reviewed_at is None else None


_PLAIN: Final = frozenset((str, int, float, bool, type(None)))


def plain(value: Any) -> Any:
    """Return a value as JSON data: dataclasses become mappings, enumerations their words."""
    if type(value) in _PLAIN:  # most of what an assessment holds: the questions below cost more
        return value
    if isinstance(value, RecordSet):
        return {"ttl": value.ttl, "rdatas": list(value.rdatas)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value if isinstance(value, str) else value.name.lower()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    return [plain(item) for item in value] if listed else value


def plan_from(document: Mapping[str, Any]) -> Plan:
    """Return the plan of which ``plain`` made this document."""
    return Plan(
        edits=tuple(map(edit_from, document["edits"])),
        events=tuple(
            CertificateEvent(**{**event, "names": tuple(event["names"])})
            for event in document["events"]
        ),
        inverse=tuple(map(edit_from, document["inverse"])),
        needed=tuple(Needed(**item) for item in document["needed"]),
        tier=document["tier"],
        adopts=document["adopts"],
        prerequisites=tuple(
            Prerequisite(**{**item, "rdatas": tuple(item["rdatas"])})
            for item in document.get("prerequisites", ())
        ),
    )


def edit_from(document: Mapping[str, Any]) -> Edit:
    """Return the edit of which ``plain`` made this document."""
    return Edit(
        document["zone"],
        document["name"],
        document["type"],
        record_set_from(document["before"]),
        record_set_from(document["after"]),
    )


def record_set_from(document: Mapping[str, Any] | None) -> RecordSet | None:
    """Return the RRset content of which ``plain`` made this document."""
    return None if document is None else RecordSet(document["ttl"], tuple(document["rdatas"]))


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved in which role, and when; the role is one of those of ``ChangeApproval``."""

    approver: str
    role: str
    at: int


@dataclass(frozen=True, slots=True)
class Said:
    """What is known about the people behind a proposal; ``author`` None where nobody said."""

    author: str | None = None
    approvals: tuple[Approval, ...] = ()


NOBODY = Said()
"""What is known where nobody is named: a plan that is not kept, say."""


def said_of(change: Change, consents: Iterable[Consent]) -> Said:
    """Return who proposed the change and who approved it as it is now.

    A standing approval stands in the proposer's name and is nobody's judgement of this change.
    """
    return Said(
        change.author,
        tuple(
            Approval(given.actor, "dns" if given.role == "record" else given.role, given.at)
            for given in consents
            if given.decision == "approve" and counts(change, given)
        ),
    )


def counts(change: Change, consent: Consent) -> bool:
    """Say whether a consent binds what the change is now; others have lapsed."""
    return (consent.digest, consent.basis) == (change.digest, change.basis)


@dataclass(frozen=True, slots=True)
class Grant:
    """An exception from a rule with an end: who answers, why, and what protects meanwhile.

    ``subject`` None means every subject of the rule. ``until`` is the last instant at which it
    holds. ``revoked_at`` is None while nobody took it back.
    """

    id: str
    rule: str
    subject: str | None
    owner: str
    reason: str
    control: str
    until: int
    granted_by: str
    granted_at: int
    revoked_by: str | None = None
    revoked_at: int | None = None
