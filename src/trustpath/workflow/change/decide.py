"""Deciding on changes: propose, approve, reject, withdraw, review; nothing is written to a zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trustpath.base.canonical import canonical_bytes
from trustpath.base.errors import InputError
from trustpath.facts.change import Change, Consent, Said, State, plain, said_of
from trustpath.facts.consent import Actor
from trustpath.facts.proposal import Submission
from trustpath.workflow.change import entries
from trustpath.workflow.change.beside import backs, beside, taken_back
from trustpath.workflow.change.lifting import lifting
from trustpath.workflow.change.ports import Act, Desk
from trustpath.workflow.change.standing import held_by, plan_of, state_of, submission_of
from trustpath.workflow.change.state import OPEN, follow, require
from trustpath.workflow.gate.assessment import Assessment, Verdict

STATEMENT = "trustpath/approval/1"


class LapsedError(InputError):
    """Plan, facts or catalogue moved since consents were given; they count no more."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A change and what it still waits for.

    ``remarks``: what other changes have to do with it. ``lift``: what would help, and by whom.
    ``closed_by``: the change that takes it back, or is to; its last steps are open no more.
    """

    change: Change
    missing: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    lift: tuple[str, ...] = ()
    closed_by: str = ""


def propose(
    desk: Desk,
    submission: Submission,
    actor: str,
    *,
    reason: str = "",
    reverts: str | None = None,
    adopts: bool = False,
) -> Stand:
    """File a change; raises InputError for one that changes nothing or is not the actor's to make.

    A standing approval that covers the whole plan is used up by it at once. ``adopts``: the zones
    hold what is proposed already.
    """
    assessment = desk.gate.assess(submission, Said(actor))
    with desk.store.act() as act:
        return file(desk, act, assessment, actor, reason=reason, reverts=reverts, adopts=adopts)


def file(
    desk: Desk,
    act: Act,
    assessment: Assessment,
    actor: str,
    *,
    reason: str = "",
    reverts: str | None = None,
    adopts: bool = False,
) -> Stand:
    """File what was judged as a change within an act; raises InputError as ``propose`` does."""
    if not assessment.edits and not assessment.events:
        raise InputError("nothing would change", where=assessment.origin)
    now = desk.pace.now()
    plan = plan_of(assessment, adopts=adopts, reverts=reverts is not None)
    author = desk.rules.actor(actor)
    desk.rules.may_change(author, plan)
    change = Change(
        id=act.next_change(),
        author=actor,
        origin=assessment.origin,
        state=State.PROPOSED,
        digest=assessment.digest,
        basis=assessment.basis,
        verdict=assessment.verdict.word,
        plan=plan,
        assessment=plain(assessment),
        created_at=now,
        updated_at=now,
        reason=reason,
        reverts=reverts,
        safe_until=assessment.rollback.safe_until,
    )
    standing = _standing(desk, act, author, change, assessment)
    stand = _stand(desk, change, standing, assessment)
    act.put(stand.change)
    act.record(entries.proposed(stand.change, now))
    for consent in standing:
        act.add_consent(consent)
    if standing:
        act.record(entries.decided(stand.change, standing, "approved"))
    return replace(
        stand,
        remarks=beside(act, change),
        lift=lifting(desk.rules, stand.change, stand.missing, standing),
    )


def _standing(
    desk: Desk, act: Act, author: Actor, change: Change, assessment: Assessment
) -> tuple[Consent, ...]:
    """Return what a standing approval grants: one consent for each edit, none beyond its rate."""
    if assessment.verdict > Verdict.HOLD or assessment.unknown:
        return ()
    found = desk.rules.standing(author, change.plan, change.created_at, act.uses)
    if found is None:
        return ()
    given = _consent(
        change, author.id, "standing", change.created_at, owner=author.owner, note=found.id
    )
    return (given,) * len(change.plan.edits)


def _consent(
    change: Change,
    actor: str,
    decision: str,
    at: int,
    *,
    role: str | None = None,
    owner: str | None = None,
    **more: Any,
) -> Consent:
    """Return a decision on the change as it is now; without a role the decision is its own."""
    return Consent(
        change=change.id,
        actor=actor,
        role=role or decision,
        owner=owner,
        digest=change.digest,
        basis=change.basis,
        decision=decision,
        at=at,
        **more,
    )


def _stand(
    desk: Desk, change: Change, consents: Sequence[Consent], assessment: Assessment
) -> Stand:
    lacking = desk.rules.missing(change, consents)
    after = state_of(assessment, lacking)
    return Stand(follow(change, after), lacking, held_by(assessment))


def assess_kept(desk: Desk, change: Change) -> Assessment:
    """Return what the gate says of a kept change now, with who proposed and who approved it."""
    with desk.store.reading() as reader:
        consents = reader.consents(change.id)
    return desk.gate.assess(submission_of(change), said_of(change, consents))


def judge_again(desk: Desk, act: Act, change: Change, assessment: Assessment, actor: str) -> Stand:
    """Bring an open change up to what the gate says now, and record it where that is news.

    With another digest the change itself lapses: its plan starts from records that are gone. With
    another basis its consents lapse.
    """
    now = desk.pace.now()
    if assessment.digest != change.digest:
        lapsed = follow(change, State.LAPSED, updated_at=now)
        act.put(lapsed)
        act.record(entries.entry(lapsed, "lapsed", actor, now, why="the plan moved"))
        return Stand(lapsed, held=("the records are no longer what the plan starts from",))
    moved = assessment.basis != change.basis
    fresh = replace(
        change,
        basis=assessment.basis,
        verdict=assessment.verdict.word,
        assessment=plain(assessment),
        plan=plan_of(assessment, adopts=change.plan.adopts, reverts=change.reverts is not None),
        safe_until=assessment.rollback.safe_until,
    )
    stand = _stand(desk, fresh, act.consents(change.id), assessment)
    if stand.change == change:
        return stand
    news = moved or stand.change.state is not change.state
    if news:
        stand = replace(stand, change=replace(stand.change, updated_at=now))
    act.put(stand.change)
    kind = "lapsed" if moved else "judged"
    why = "the facts or the catalogue moved: consents count no more" if moved else ""
    held = stand.held if news else ()
    act.record(entries.entry(stand.change, kind, actor, now, why=why, held=held))
    return stand


def statement(change: Change, actor: str) -> bytes:
    """Return the canonical bytes that an approval of this change by this actor signs."""
    return canonical_bytes(
        {
            "schema": STATEMENT,
            "change": change.id,
            "actor": actor,
            "digest": change.digest,
            "basis": change.basis,
            "decision": "approve",
        }
    )


def approve(
    desk: Desk,
    change_id: str,
    actor: str,
    *,
    note: str = "",
    sign: str | None = None,
    signature: str | None = None,
) -> Stand:
    """Give every consent that the actor can give.

    Raises InputError for one's own change, for a plan that the gate denies or that moved since it
    was shown, and for a signature that is not the actor's.
    """
    approver = desk.rules.actor(actor)
    before = require(get(desk, change_id), *OPEN)
    _not_own(before, actor)
    assessment = assess_kept(desk, before)
    with desk.store.act() as act:
        change = require(act.get(before.id), *OPEN)
        stand = judge_again(desk, act, change, assessment, actor)
        moved = (stand.change.digest, stand.change.basis) != (before.digest, before.basis)
    if moved or stand.change.state is State.LAPSED:
        raise LapsedError(
            "the change is not what it was when it was judged last; nothing was approved",
            where=before.id,
            hint=f"look at it again: trustpath change show {before.id}",
        )
    change = stand.change
    if assessment.verdict is Verdict.DENY:
        raise InputError("the gate denies the change", where=change.id, hint="; ".join(stand.held))
    signed = _signed(desk, change, approver, sign, signature)
    with desk.store.act() as act:
        current = require(act.get(change.id), *OPEN)
        if (current.digest, current.basis) != (change.digest, change.basis):
            raise LapsedError("the change moved meanwhile", where=change.id, hint="look again")
        now = desk.pace.now()
        consents = tuple(
            _consent(
                change,
                actor,
                "approve",
                now,
                role=needed.role,
                owner=needed.owner,
                note=note,
                signature=signed,
            )
            for needed in desk.rules.can_give(approver, current, act.consents(change.id))
        )
        for consent in consents:
            act.add_consent(consent)
        stand = _stand(desk, current, act.consents(change.id), assessment)
        stand = replace(stand, change=replace(stand.change, updated_at=now))
        act.put(stand.change)
        act.record(entries.decided(stand.change, consents, "approved"))
        return replace(
            stand,
            remarks=beside(act, change),
            lift=lifting(desk.rules, stand.change, stand.missing, act.consents(change.id)),
        )


def _not_own(change: Change, actor: str) -> None:
    if change.author == actor:
        raise InputError("nobody approves their own change", where=change.id)


def _signed(
    desk: Desk, change: Change, actor: Actor, sign: str | None, signature: str | None
) -> str | None:
    """Return the signature over the statement, verified against the actor's keys, if there is."""
    text = statement(change, actor.id)
    if sign is not None:
        signature = desk.signatures.sign(text, sign)
    if signature is not None:
        if not actor.ssh_keys:
            raise InputError(
                f"actor {actor.id} has no keys",
                where="--signature",
                hint="add ssh_keys to the actor in the estate file",
            )
        desk.signatures.verify(text, signature, actor.id, actor.ssh_keys)
    return signature


def reject(desk: Desk, change_id: str, actor: str, reason: str) -> Stand:
    """Refuse a change for good; anybody who could consent to it may."""
    approver = desk.rules.actor(actor)
    with desk.store.act() as act:
        change = require(act.get(change_id), *OPEN)
        _not_own(change, actor)
        desk.rules.can_give(approver, change, ())
        return _close(desk, act, change, State.REJECTED, actor=actor, reason=reason)


def withdraw(desk: Desk, change_id: str, actor: str, reason: str) -> Stand:
    """Take one's own change back before it is applied."""
    desk.rules.actor(actor)
    with desk.store.act() as act:
        change = require(act.get(change_id), *OPEN)
        if change.author != actor:
            raise InputError(
                f"only its author {change.author} withdraws a change",
                where=change.id,
                hint="trustpath change reject",
            )
        return _close(desk, act, change, State.WITHDRAWN, actor=actor, reason=reason)


def _close(desk: Desk, act: Act, change: Change, after: State, *, actor: str, reason: str) -> Stand:
    now = desk.pace.now()
    closed = follow(change, after, updated_at=now)
    act.put(closed)
    if after is State.REJECTED:
        act.add_consent(_consent(change, actor, "reject", now, note=reason))
    act.record(entries.entry(closed, after.value, actor, now, why=reason))
    return Stand(closed)


def review(desk: Desk, change_id: str, actor: str, note: str) -> Stand:
    """Review what was applied as an emergency; people of enough teams end the review."""
    reviewer = desk.rules.actor(actor)
    with desk.store.act() as act:
        change = act.get(change_id)
        if change.to_review_by is None:
            raise InputError("there is nothing to review", where=change.id)
        desk.rules.may_review(reviewer, change)
        now = desk.pace.now()
        given = _consent(change, actor, "review", now, owner=reviewer.owner, note=note)
        act.add_consent(given)
        lacking = desk.rules.review_missing(change, act.consents(change.id))
        done = replace(change, reviewed_at=None if lacking else now, updated_at=now)
        act.put(done)
        act.record(entries.decided(done, (given,), "reviewed"))
    return Stand(done, lacking)


def standing_of(desk: Desk, change: Change) -> Stand:
    """Return a change with the consents that it still lacks, as it was judged last."""
    with desk.store.reading() as reader:
        consents = reader.consents(change.id)
        back = backs(reader).get(change.id, ())
        remarks = taken_back(reader, change)
        remarks += beside(reader, change) if change.state in OPEN else ()
    lacking = desk.rules.missing(change, consents) if change.state in OPEN else ()
    return Stand(
        change,
        lacking,
        remarks=remarks,
        lift=lifting(desk.rules, change, lacking, consents),
        closed_by=back[-1].id if back else "",
    )


def get(desk: Desk, change_id: str) -> Change:
    """Return a change; raises InputError where there is none."""
    with desk.store.reading() as reader:
        return reader.get(change_id)
