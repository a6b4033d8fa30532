"""Where a change stands by what the gate says and who consented: pure."""

from __future__ import annotations

from collections.abc import Sequence

from trustpath.facts.change import Change, Needed, Plan, State
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.workflow.gate.assessment import Assessment, Verdict

STRICTEST = ("public", "partner", "internal", "workload")


def plan_of(assessment: Assessment) -> Plan:
    """Return the plan that was judged; where no tier is known the strictest counts."""
    found = {item.tier for item in (*assessment.impact, *assessment.unknown)}
    return Plan(
        edits=tuple(planned.edit for planned in assessment.edits),
        events=assessment.events,
        inverse=assessment.rollback.edits,
        needed=tuple(Needed(a.role, a.owner, a.reason) for a in assessment.approvals),
        tier=next((tier for tier in STRICTEST if tier in found), STRICTEST[0]),
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
    """Return what holds the change whoever consents: a denial, or evidence that is missing."""
    if assessment.verdict is Verdict.DENY:
        return tuple(assessment.reasons) or ("the gate denies it",)
    reasons = [
        f"{gap.rule} {gap.subject}: unknown{f', missing {gap.missing}' if gap.missing else ''}"
        for gap in assessment.unknown
    ]
    if assessment.verdict is Verdict.HOLD and not (reasons or assessment.approvals):
        reasons += assessment.reasons or ("the gate holds it",)
    return tuple(reasons)


def state_of(assessment: Assessment, lacking: Sequence[str]) -> State:
    """Return where an open change stands."""
    if held_by(assessment):
        return State.HELD
    return State.PROPOSED if lacking else State.APPROVED
