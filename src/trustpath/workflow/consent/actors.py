"""What an actor may do: propose, and consent for one side of a change that somebody else made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from trustpath.facts.consent import Actor
from trustpath.workflow.consent.rows import tiers
from trustpath.workflow.gate.assessment import Approval

PROPOSING: Final = frozenset({"requester", "automation", "admin"})
APPROVING: Final = "approver"
_DNS_SIDE: Final = frozenset({"record", "zone", "mail"})


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether something may be done, and why not."""

    allowed: bool
    why: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED: Final = Permission(True)


@dataclass(frozen=True, slots=True)
class Given:
    """A consent that an actor gave, in a role and for an owner."""

    actor: str
    role: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that waits for consent: who made it, what it touches, who consented so far.

    ``names`` are the owner names of its edits and the names of its events; ``tier`` is the
    strictest that it touches, None where it touches no trust.
    """

    author: str
    names: tuple[str, ...]
    tier: str | None
    given: tuple[Given, ...] = ()

    @property
    def people(self) -> int:
        """Return how many people have to consent (standards G.5)."""
        return tiers()[self.tier].people if self.tier else 1


def may_propose(actor: Actor, touched: Collection[str]) -> Permission:
    """Say whether an actor may propose changes of these names."""
    if not actor.roles & PROPOSING:
        return Permission(False, f"{actor.id} has none of the roles {_listed(PROPOSING)}")
    return _in_scope(actor, touched)


def may_approve(actor: Actor, approval: Approval, change: Pending) -> Permission:
    """Say whether an actor may give one consent to a change.

    Nobody consents to a change of his own. The actor must be an approver, speak for the owner that
    is asked, and have every name in scope. On a tier that takes two people nobody consents for both
    sides, whoever owns them.
    """
    why = _unfit(actor, approval, change)
    if why is not None:
        return Permission(False, why)
    scoped = _in_scope(actor, change.names)
    if not scoped or change.people < 2:
        return scoped
    side = approval.role in _DNS_SIDE
    if any(g.actor == actor.id and (g.role in _DNS_SIDE) != side for g in change.given):
        return Permission(
            False,
            f"{actor.id} consented for the other side, and on the tier {change.tier} it takes "
            f"{change.people} people",
        )
    return ALLOWED


def _unfit(actor: Actor, approval: Approval, change: Pending) -> str | None:
    if actor.id == change.author:
        return f"{actor.id} made the change, and nobody approves their own"
    if APPROVING not in actor.roles:
        return f"{actor.id} has not the role {APPROVING}"
    if approval.owner is None:
        return f"nobody is known to be the {approval.role} owner: declare one, then plan again"
    if actor.owner != approval.owner:
        return f"{actor.id} speaks for {actor.owner or 'nobody'}, not for {approval.owner}"
    return None


def missing(
    approvals: Sequence[Approval], change: Pending, actors: Collection[Actor]
) -> tuple[str, ...]:
    """Return what still lacks before the change may go on, empty when nothing does.

    Every consent that was given is looked at again: one by an actor who is no longer declared, or
    no longer may, does not count.
    """
    known = {actor.id: actor for actor in actors}
    lacking, counted = [], set()
    for approval in approvals:
        valid = {
            given.actor
            for given in change.given
            if (given.role, given.owner) == (approval.role, approval.owner)
            and given.actor in known
            and may_approve(known[given.actor], approval, change)
        }
        counted |= valid
        if not valid:
            lacking.append(f"{approval.role} owner {approval.owner or 'unknown'}")
    short = change.people - len(counted)
    if approvals and not lacking and short > 0 and _both_sides(approvals):
        lacking.append(f"{short} more of {change.people} people (tier {change.tier})")
    return tuple(lacking)


def _both_sides(approvals: Sequence[Approval]) -> bool:
    return len({approval.role in _DNS_SIDE for approval in approvals}) == 2


def _in_scope(actor: Actor, touched: Collection[str]) -> Permission:
    outside = [name for name in touched if not actor.covers(name)]
    if outside:
        return Permission(False, actor.outside(outside[0]))
    return ALLOWED


def _listed(roles: Collection[str]) -> str:
    return ", ".join(sorted(roles))
