"""Who may propose, consent, hurry and review: the tables of consent applied to stored changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from trustpath.base.errors import InputError
from trustpath.facts.change import Change, Consent, Needed, Plan, counts
from trustpath.facts.consent import Actor, StandingApproval
from trustpath.workflow.consent.actors import (
    APPROVING,
    Given,
    Pending,
    may_approve,
    may_propose,
    missing,
)
from trustpath.workflow.consent.emergency import (
    Emergency,
    emergency,
    may_let_through,
    review_missing,
)
from trustpath.workflow.consent.standing import standing_for
from trustpath.workflow.gate.assessment import Approval

Uses = Callable[[str, int], int]
"""Of a standing approval: how many edits it let pass since an instant."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of consent over the actors and standing approvals that an estate declares."""

    actors: Sequence[Actor]
    approvals: Sequence[StandingApproval] = ()

    def actor(self, actor: str) -> Actor:
        """Return an actor; raises InputError for one that is not declared."""
        for found in self.actors:
            if found.id == actor:
                return found
        raise InputError(
            f"{actor!r} is no actor of the estate" if actor else "nobody says who acts",
            where="--actor",
            hint="declare it under 'actors', name it with --actor or in TRUSTPATH_ACTOR",
        )

    def may_change(self, actor: Actor, plan: Plan) -> None:
        """Raise InputError unless role and scopes let the actor make this change."""
        permission = may_propose(actor, plan.names)
        if not permission:
            raise InputError(permission.why, where="--actor")

    def can_give(
        self, actor: Actor, change: Change, consents: Iterable[Consent]
    ) -> tuple[Needed, ...]:
        """Return the consents that the actor gives; raises InputError saying why there are none."""
        pending = self._pending(change, consents)
        given, refusals = [], []
        held = {(other.role, other.owner) for other in pending.given}
        # What nobody gave yet comes first: who consents for one side cannot for the other.
        for needed in sorted(change.plan.needed, key=lambda n: (n.role, n.owner) in held):
            own = Given(actor.id, needed.role, needed.owner)
            permission = may_approve(actor, _approval(needed), pending)
            if own in pending.given:
                refusals.append(f"{needed.role}: {actor.id} consented already")
            elif permission:
                given.append(needed)
                pending = replace(pending, given=(*pending.given, own))
            else:
                refusals.append(f"{needed.role}: {permission.why}")
        if not given:
            raise InputError(
                f"{actor.id} can give none of the consents that are needed",
                where=change.id,
                hint="; ".join(refusals) or "none is needed",
            )
        return tuple(given)

    def able(self, change: Change, consents: Iterable[Consent]) -> tuple[str, ...]:
        """Return the actors who can give a consent that is still missing."""
        given = tuple(consents)
        found = []
        for actor in self.actors:
            if actor.id == change.author:
                continue
            try:
                self.can_give(actor, change, given)
            except InputError:
                continue
            found.append(actor.id)
        return tuple(found)

    def missing(self, change: Change, consents: Iterable[Consent]) -> tuple[str, ...]:
        """Return which consents lack; what was approved in advance lacks none."""
        counted = [consent for consent in consents if counts(change, consent)]
        if any(consent.decision == "standing" for consent in counted):
            return ()
        pending = self._pending(change, counted)
        return missing([_approval(n) for n in change.plan.needed], pending, self.actors)

    def standing(self, actor: Actor, plan: Plan, now: int, uses: Uses) -> StandingApproval | None:
        """Return the standing approval that covers the whole plan within its rate."""
        if plan.events:
            return None
        match = standing_for(
            plan.edits,
            actor,
            self.approvals,
            now=now,
            recent_count=lambda item: uses(item.id, now - item.per),
        )
        return match.approval

    def hurry(
        self, actor: Actor, change: Change, consents: Iterable[Consent], now: int
    ) -> Emergency:
        """Return the terms on which the actor lets the change through without its consents.

        Raises InputError where the tier has no such path, or the actor may not take it.
        """
        terms = _terms(change, now)
        permission = may_let_through(
            actor, terms, change.author, self._pending(change, consents).given
        )
        if not permission:
            raise InputError(permission.why, where=change.id, hint=terms.said)
        return terms

    def may_review(self, actor: Actor, change: Change) -> None:
        """Raise InputError unless the actor may look at an emergency afterwards."""
        outside = [name for name in change.plan.names if not actor.covers(name)]
        if actor.id == change.author:
            why = "nobody reviews their own change"
        elif APPROVING not in actor.roles or actor.owner is None:
            why = f"{actor.id} is no approver of a team"
        elif outside:
            why = actor.outside(outside[0])
        else:
            return
        raise InputError(why, where=change.id)

    def review_missing(self, change: Change, consents: Iterable[Consent]) -> tuple[str, ...]:
        """Return what the review of an emergency still lacks."""
        reviews = [Given(c.actor, c.role, c.owner) for c in consents if c.decision == "review"]
        return review_missing(_terms(change, change.started_at or 0), change.author, reviews)

    def _pending(self, change: Change, consents: Iterable[Consent]) -> Pending:
        return Pending(
            change.author,
            change.plan.names,
            change.plan.tier,
            tuple(
                Given(c.actor, c.role, c.owner)
                for c in consents
                if c.decision == "approve" and counts(change, c)
            ),
        )


def _terms(change: Change, now: int) -> Emergency:
    approvals = [_approval(needed) for needed in change.plan.needed]
    return emergency(change.plan.tier or "public", approvals, now)


def _approval(needed: Needed) -> Approval:
    return Approval(needed.role, needed.owner, needed.reason)
