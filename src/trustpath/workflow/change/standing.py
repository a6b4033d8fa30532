"""Where a change stands by what the gate says and who consented: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trustpath.facts.change import Change, Needed, Plan, State
from trustpath.facts.edits import Edit, Key, RecordSet, ends
from trustpath.facts.proposal import Action, Operation, Submission, ZoneVersion
from trustpath.workflow.gate.assessment import Assessment, Verdict


def plan_of(assessment: Assessment, *, adopts: bool = False, reverts: bool = False) -> Plan:
    """Return the plan that was judged.

    What reverts a change needs no consents: those to the change covered its way back.
    """
    needed = () if reverts else assessment.approvals
    return Plan(
        edits=tuple(planned.edit for planned in assessment.edits),
        events=assessment.events,
        inverse=assessment.rollback.edits,
        needed=tuple(Needed(a.role, a.owner, a.reason) for a in needed),
        tier=assessment.tier,
        adopts=adopts,
        prerequisites=assessment.prerequisites,
    )


def submission_of(change: Change) -> Submission:
    """Return the submission that leads to the plan again, so that it can be judged once more."""
    if change.plan.adopts:
        return adopting(change.plan.edits, change.origin)
    return Submission(
        origin=change.origin,
        operations=tuple(operation_of(edit, change.id) for edit in change.plan.edits),
        prerequisites=change.plan.prerequisites,
        events=change.plan.events,
        starting=frozenset(zone for zone in change.plan.zones if _starts(change.plan, zone)),
        ending=frozenset(zone for zone in change.plan.zones if _ends(change.plan, zone)),
    )


def _starts(plan: Plan, zone: str) -> bool:
    """Say whether the zone may come with the plan: it takes nothing from what is there."""
    return all(edit.before is None for edit in plan.of_zone(zone))


def _ends(plan: Plan, zone: str) -> bool:
    """Say whether the zone may go with the plan, so that its SOA and its last NS need not stay."""
    return ends(zone, {edit.key: edit.after for edit in plan.of_zone(zone)})


def operation_of(edit: Edit, where: str = "") -> Operation:
    """Return the operation that brings an RRset to what it is after an edit."""
    key, wanted = (edit.zone, edit.name, edit.type), edit.after
    if wanted is None:
        return Operation(Action.REMOVE_RRSET, *key, where=where)
    return Operation(Action.REPLACE, *key, wanted.ttl, wanted.rdatas, where)


def adopting(edits: Iterable[Edit], origin: str) -> Submission:
    """Return the submission of edits that were made already: nothing moves by it."""
    before: dict[str, dict[Key, RecordSet]] = {}
    after: dict[str, dict[Key, RecordSet]] = {}
    for edit in edits:
        held, wanted = before.setdefault(edit.zone, {}), after.setdefault(edit.zone, {})
        if edit.before is not None:
            held[edit.key] = edit.before
        if edit.after is not None:
            wanted[edit.key] = edit.after
    return Submission(
        origin,
        versions=tuple(ZoneVersion(zone, after[zone], base=before[zone]) for zone in sorted(after)),
    )


def held_by(assessment: Assessment) -> tuple[str, ...]:
    """Return what holds the change whoever consents: a denial, or evidence that is missing."""
    if assessment.verdict is Verdict.DENY:
        return tuple(assessment.reasons) or ("the gate denies it",)
    reasons = [
        f"{gap.rule} {gap.subject}: unknown{f', missing {gap.missing}' if gap.missing else ''}"
        for gap in assessment.unknown
    ]
    if assessment.verdict is Verdict.HOLD and not reasons:
        reasons += assessment.reasons or ("the gate holds it",)
    return tuple(reasons)


def state_of(assessment: Assessment, lacking: Sequence[str]) -> State:
    """Return where an open change stands."""
    if held_by(assessment):
        return State.HELD
    return State.PROPOSED if lacking else State.APPROVED
