"""Where a change stands by what the gate says and who consented: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trustpath.base.clock import DAY
from trustpath.facts.change import Change, Consent, Needed, Plan, State, counts_for
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.workflow.change.ports import Terms
from trustpath.workflow.gate.assessment import Assessment, Verdict

STRICTEST = ("public", "partner", "internal", "workload")
_SATURDAY = 2
"""1970-01-01 was a Thursday: days since then modulo 7 are 2 and 3 at weekends."""


def plan_of(assessment: Assessment) -> Plan:
    """Return the plan that was judged; where no tier is known the strictest counts."""
    found = {i.tier for i in (*assessment.impact, *assessment.unknown)}
    return Plan(
        edits=tuple(planned.edit for planned in assessment.edits),
        events=assessment.events,
        inverse=assessment.rollback.edits,
        needed=tuple(Needed(a.role, a.owner, a.reason) for a in assessment.approvals),
        tiers=tuple(t for t in STRICTEST if t in found) or STRICTEST[:1],
    )


def submission_of(change: Change) -> Submission:
    """Return the submission that leads to the plan again, so that it can be judged once more."""
    return Submission(
        origin=change.origin,
        operations=tuple(
            Operation(Action.REMOVE_RRSET, edit.zone, edit.name, edit.type, where=change.id)
            if edit.after is None
            else Operation(
                Action.REPLACE,
                edit.zone,
                edit.name,
                edit.type,
                edit.after.ttl,
                edit.after.rdatas,
                where=change.id,
            )
            for edit in change.plan.edits
        ),
        events=change.plan.events,
    )


def held_by(assessment: Assessment) -> tuple[str, ...]:
    """Return what holds the change whoever consents: evidence or owners that are missing."""
    if assessment.verdict is Verdict.DENY:
        return tuple(assessment.reasons) or ("the gate denies it",)
    reasons = [
        f"{gap.rule} {gap.subject}: unknown{f', missing {gap.missing}' if gap.missing else ''}"
        for gap in assessment.unknown
    ]
    reasons += [
        f"nobody is known to answer as {approval.role} owner: {approval.reason}"
        for approval in assessment.approvals
        if approval.owner is None
    ]
    if assessment.verdict is Verdict.HOLD and not (reasons or assessment.approvals):
        reasons += assessment.reasons or ("the gate holds it",)
    return tuple(reasons)


def missing(change: Change, consents: Iterable[Consent], people: int) -> tuple[Needed, ...]:
    """Return the consents that are still missing; lapsed ones do not count.

    Where several people are needed no single one can give everything: with too few of them the
    last given roles are missing again.
    """
    given = [c for c in counts_for(change, consents) if c.decision in ("approve", "standing")]
    if any(consent.decision == "standing" for consent in given):
        return ()
    held = {(consent.role, consent.owner) for consent in given}
    open_ = tuple(n for n in change.plan.needed if (n.role, n.owner) not in held)
    short = people - len({consent.actor for consent in given})
    if open_ or short <= 0:
        return open_
    again = change.plan.needed[-short:]
    return tuple(Needed(n.role, n.owner, f"{people} people must consent") for n in again)


def state_of(assessment: Assessment, lacking: Sequence[Needed]) -> State:
    """Return where an open change stands."""
    if held_by(assessment):
        return State.HELD
    return State.PROPOSED if lacking else State.APPROVED


def review_due(now: int, terms: Terms) -> int:
    """Return until when an emergency must be reviewed; days off do not count where so agreed."""
    due = now
    left = terms.seconds
    while left > 0:
        step = min(left, DAY)
        due += step
        while terms.working and (due // DAY) % 7 in (_SATURDAY, _SATURDAY + 1):
            due += DAY
        left -= step
    return due
