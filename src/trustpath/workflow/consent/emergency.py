"""The emergency path: who may let a change through now, and when it is looked at (G.5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trustpath.base.clock import DAY
from trustpath.facts.consent import Actor
from trustpath.workflow.consent.actors import APPROVING, PROPOSING, Given, Permission
from trustpath.workflow.consent.rows import EmergencyTerms, tiers
from trustpath.workflow.gate.assessment import Approval

_THURSDAY = 3  # 1970-01-01


@dataclass(frozen=True, slots=True)
class Emergency:
    """The terms of an emergency: who now, who afterwards, until when.

    ``before`` approvers let it through now (0: whoever acts, alone); ``review`` people of
    ``teams`` different owners look at it until ``review_by``. ``rollback`` arms the automatic
    way back; ``freeze`` means that nothing is let through. ``owners`` are those whose consent is
    skipped and who are told.
    """

    tier: str
    before: int
    review: int
    teams: int
    review_by: int | None
    rollback: bool
    freeze: bool
    owners: tuple[str, ...]
    said: str


def emergency(tier: str, approvals: Sequence[Approval], now: int) -> Emergency:
    """Return the terms on which a change of a tier may go ahead at ``now`` without its consents.

    Missing evidence and a denied verdict are none of its business: it replaces consent only.
    """
    terms = tiers()[tier].emergency
    return Emergency(
        tier,
        terms.before,
        terms.review,
        terms.teams,
        None if terms.freeze else _due(terms, now),
        terms.rollback,
        terms.freeze,
        tuple(sorted({a.owner for a in approvals if a.owner is not None})),
        f"G.5 {tier}: {terms.who} now; {terms.then}",
    )


def _due(terms: EmergencyTerms, now: int) -> int:
    """Return the end of the period for review; Saturdays and Sundays (UTC) are no working days."""
    if not terms.working:
        return now + terms.days * DAY
    due, left = now, terms.days
    while left:
        due += DAY
        left -= (due // DAY + _THURSDAY) % 7 < 5
    return due


def may_let_through(
    actor: Actor, terms: Emergency, author: str, approved: Collection[Given] = ()
) -> Permission:
    """Say whether an actor may apply a change now on these terms.

    ``approved`` are consents given already, whatever their role: one who is not the author counts
    where the tier wants an approver.
    """
    if terms.freeze:
        return Permission(False, f"on the tier {terms.tier} nothing passes: freeze the controller")
    if not actor.roles & (PROPOSING | {APPROVING}) or actor.roles <= {"automation"}:
        return Permission(False, f"{actor.id} is no person who may propose or approve")
    others = {given.actor for given in approved} | (
        {actor.id} if APPROVING in actor.roles else set()
    )
    if len(others - {author}) < terms.before:
        return Permission(False, f"{terms.before} approver who is not {author} is needed first")
    return Permission(True)


def review_missing(terms: Emergency, author: str, reviews: Collection[Given]) -> tuple[str, ...]:
    """Return what a review still lacks: so many people, of so many owners, none the author."""
    people = {given.actor for given in reviews} - {author}
    teams = {g.owner for g in reviews if g.actor != author and g.owner is not None}
    lacking = []
    if len(people) < terms.review:
        lacking.append(f"{terms.review - len(people)} more reviewers")
    if len(teams) < terms.teams:
        lacking.append(f"reviewers of {terms.teams - len(teams)} more owners")
    return tuple(lacking)
