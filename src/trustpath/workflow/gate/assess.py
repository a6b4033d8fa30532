"""The gate itself: from a submission to a verdict with its reasons (design, section 5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from trustpath.base.canonical import digest
from trustpath.facts.change import NOBODY, Said
from trustpath.facts.edits import Edit, inverted
from trustpath.facts.part import Problem
from trustpath.facts.proposal import (
    FINAL_KINDS,
    CertificateEvent,
    Prerequisite,
    Submission,
    come_last,
)
from trustpath.facts.proposal.resolve import resolve
from trustpath.rules.judge import Difference, differences
from trustpath.rules.status import Status
from trustpath.workflow.consent import (
    EnginePeople,
    approvals,
    cases,
    engine_timing,
    glue_of,
    inherited_caa,
    notices,
    planned,
    rollback_safe_until,
    strictest_tier,
    waits,
)
from trustpath.workflow.gate import impact
from trustpath.workflow.gate.assessment import (
    Assessment,
    Enabler,
    Impact,
    Rollback,
    Verdict,
)
from trustpath.workflow.gate.authority import enabled
from trustpath.workflow.gate.contacts import undeclared
from trustpath.workflow.gate.effects import effects
from trustpath.workflow.gate.events import delta_of
from trustpath.workflow.gate.neutral import Named, neutral_changes
from trustpath.workflow.gate.ports import Snapshot, View
from trustpath.workflow.gate.proposed import add_made, lost
from trustpath.workflow.gate.surface import ANYBODY, Powers, World, surface
from trustpath.workflow.gate.terms import Terms
from trustpath.workflow.gate.waived import without_waived

STRICT = "public"
"""The tier on which what nobody knows is never allowed."""


def assess(snapshot: Snapshot, submission: Submission, terms: Terms) -> Assessment:
    """Judge a submission against the present state.

    Raises InputError where it does not fit that state: a prerequisite that does not hold, a name
    outside of its zone, an event about something that is not there.
    """
    changes = resolve(submission, snapshot, terms.whole)
    return assess_edits(
        snapshot,
        changes.edits,
        submission.events,
        terms,
        origin=submission.origin,
        problems=changes.problems,
        remarks=changes.remarks,
        prerequisites=changes.prerequisites,
        mended=changes.mended,
        unread=changes.unread,
    )


def assess_edits(
    snapshot: Snapshot,
    edits: Sequence[Edit],
    events: Sequence[CertificateEvent],
    terms: Terms,
    *,
    origin: str = "",
    problems: Sequence[Problem] = (),
    remarks: Sequence[Problem] = (),
    prerequisites: Sequence[Prerequisite] = (),
    said: Said = NOBODY,
    mended: Collection[str] = frozenset(),
    unread: Sequence[str] = (),
) -> Assessment:
    """Judge edits of RRsets and certificate events together, as of the snapshot's instant.

    ``said`` is what is known of the people behind them. What is wrong in ``mended`` zones, of which
    nothing could be read before, may be older than the edits: it warns, or holds where it is high
    or critical. Of ``unread`` parts of the input nothing can be applied: they deny it. Events that
    cannot be taken back come last where they stand beside records: the world that is judged is that
    before them, and each of them is judged once more when it is carried out.
    """
    delta_of(events, snapshot)  # that what they name is there is asked of all
    last = come_last(edits, events)
    delta = delta_of([event for event in events if event not in last], snapshot)
    add_made(delta, edits, said, snapshot.now)
    case = snapshot.case(edits, delta, mended)
    now = snapshot.now
    instants = impact.renewals(case, now)
    engine = View(case)
    people = EnginePeople(engine, terms.roles)
    items = planned(
        edits,
        glue=glue_of(engine, edits),
        patterns=terms.patterns,
        inherited=inherited_caa(engine, edits),
    )
    coming = {edit.zone for edit in edits if snapshot.zone_of(edit.zone) != edit.zone}
    concerned = cases(items, events, people, patterns=terms.patterns, coming=coming - set(mended))
    asked = approvals(concerned, people, within=terms.within)
    timing = engine_timing(engine, edits)
    retiring = {event.service for event in events if event.kind == "retire" and event.service}
    told = effects(edits, case, retiring)
    powers = Powers.of(case, edits, after=False)
    former, latter = case.compare(now)
    moved = [*differences(former, latter), *lost(edits, snapshot)]
    judged = sum(len(answer.rows) for answer in latter.values())
    present = list(impact.worsened(moved))
    future = list(impact.forecast(instants, case, present))
    added = enabled(edits, terms.patterns, World(case, after=True))
    gained = surface(powers, Powers.of(case, edits, after=True), added)
    told = (*told, *undeclared(gained))
    found, excepted = without_waived(impact.ordered([*present, *future]), snapshot)
    gaps = tuple(i for i in found if i.after is Status.UNKNOWN and i.tier == STRICT)
    held = () if terms.accept_unknown else gaps
    worse = tuple(i for i in found if i not in gaps or terms.accept_unknown)
    new = tuple(i for i in worse if not impact.may_be_older(i, mended))
    reasons = [*_reasons(new, held, gained, problems), *(effect.text for effect in told[:5])]
    verdict = _verdict(new, bool(held or problems), gained, agreed=terms.consented and bool(asked))
    older = [i for i in worse if i not in new]
    if older:
        grave = max(i.after for i in older) >= Status.HIGH
        verdict = max(verdict, Verdict.HOLD if grave else Verdict.WARN)
        reasons.append(f"{len(older)} findings may be older: nothing was readable there")
    if unread:
        verdict = Verdict.DENY
        reasons[:0] = [f"{one or '.'} cannot be read, nothing of it was judged" for one in unread]
    if told:
        stops = any(effect.holds for effect in told)
        verdict = max(verdict, Verdict.HOLD if stops else Verdict.WARN)
    if asked and not terms.consented:
        verdict = max(verdict, Verdict.HOLD)
        reasons.append(f"{len(asked)} approvals are needed")
    return Assessment(
        verdict=verdict,
        digest=digest(plan_document(edits, events, prerequisites)),
        basis=digest([case.basis(), terms.catalogue]),
        now=now,
        origin=origin,
        edits=items,
        events=tuple(events),
        impact=worse,
        surface=gained,
        approvals=asked,
        waits=waits(items, timing, patterns=terms.patterns),
        rollback=_rollback(edits, events, moved, rollback_safe_until(items, timing, now), last),
        unknown=held,
        neutral=neutral_changes(
            items,
            events,
            Named.of(found, gained, (effect.name for effect in told)),
            judged,
            terms.patterns,
        ),
        problems=(
            *problems,
            *(effect.problem() for effect in told),
            *remarks,
            *excepted,
            *map(_later, last),
        ),
        reasons=(*reasons, *notices(concerned)),
        tier=strictest_tier(concerned),
        prerequisites=tuple(prerequisites),
    )


def plan_document(
    edits: Sequence[Edit],
    events: Sequence[CertificateEvent],
    prerequisites: Sequence[Prerequisite] = (),
) -> object:
    """Return what the digest of a plan is over: its edits in canonical order, its events.

    What else has to hold is a part only where there is such.
    """
    asked = [[p.zone, p.kind, p.name, p.type or "", sorted(p.rdatas)] for p in prerequisites]
    return ({"prerequisites": sorted(asked)} if asked else {}) | {
        "edits": [
            [edit.zone, edit.name, edit.type, _content(edit.before), _content(edit.after)]
            for edit in sorted(edits, key=lambda edit: (edit.zone, edit.name, edit.type))
        ],
        "events": [
            {
                key: value
                for key, value in dataclasses.asdict(event).items()
                if key != "where" and (key, value) != ("by", None)
            }
            for event in events
        ],
    }


def _content(content: tuple[int | None, tuple[str, ...]] | None) -> object:
    return None if content is None else [content[0], list(content[1])]


def _verdict(
    worse: Sequence[Impact], unknown: bool, gained: Sequence[Enabler], *, agreed: bool = True
) -> Verdict:
    """Return the verdict; ``agreed``: what people may accept waits for their consent elsewhere."""
    grave = [i for i in worse if i.after >= Status.HIGH]
    if any(not i.consent for i in grave):
        return Verdict.DENY
    if unknown or (grave and not agreed):
        return Verdict.HOLD
    if worse or any(e.gained and (e.outside or e.ca) for e in gained):
        return Verdict.WARN
    return Verdict.ALLOW


def _reasons(
    worse: Sequence[Impact],
    held: Sequence[Impact],
    gained: Sequence[Enabler],
    problems: Sequence[Problem],
) -> list[str]:
    grave = [i for i in worse if i.after >= Status.HIGH]
    found = [f"{i.rule} {i.subject}: {i.title} ({i.after.word})" for i in grave[:5]]
    if len(grave) > 5:
        found.append(f"and {len(grave) - 5} more that are high or critical")
    if held:
        found.append(f"{len(held)} outcomes on the {STRICT} tier cannot be known")
    if problems:
        found.append(f"{len(problems)} parts of the input could not be judged")
    parties = sorted({_party(e) for e in gained if e.gained and (e.outside or e.ca)})
    if parties:
        found.append("could obtain certificates afterwards: " + ", ".join(parties[:5]))
    return found


def _later(event: CertificateEvent) -> Problem:
    """Return the remark that an event is a last step."""
    return Problem(
        f"{event.kind} {event.id} is a last step: after the records and their waits, once the old "
        "endpoint has ended; it is judged again then",
        event.where,
    )


def _party(enabler: Enabler) -> str:
    if enabler.method == "br-7" and enabler.ca:
        return f"whoever ordered from {enabler.ca}"
    if enabler.method == "dns-persist-01" and enabler.ca:
        return f"{enabler.control} at {enabler.ca}"
    by_record = enabler.type == "TXT" and enabler.method in ("dns-01", "dns-account-01")
    if by_record and enabler.control.endswith(enabler.name):
        return f"whoever ordered with the challenge at {enabler.control}"
    return "any CA" if enabler.ca == ANYBODY else enabler.ca or enabler.control


def _rollback(
    edits: Sequence[Edit],
    events: Sequence[CertificateEvent],
    moved: Sequence[Difference],
    safe_until: int | None,
    last: Sequence[CertificateEvent],
) -> Rollback:
    """Return the way back, judged by the same two worlds the other way round.

    Events that come ``last`` bar it only once they are carried out.
    """
    final = [e for e in events if e.kind in FINAL_KINDS and e not in last]
    if final:
        return Rollback(
            inverted(edits),
            Verdict.DENY,
            None,
            f"{final[0].kind} {final[0].id} cannot be taken back",
        )
    worse = tuple(impact.worsened(moved, back=True))
    gaps = [i for i in worse if i.after is Status.UNKNOWN and i.tier == STRICT]
    verdict = _verdict(worse, bool(gaps), ())
    grave = [i for i in worse if i.after >= Status.HIGH]
    reason = ""
    if grave:
        reason = f"brings back {grave[0].rule} {grave[0].subject}"
    elif gaps:
        reason = f"{gaps[0].rule} {gaps[0].subject} is unknown then"
    elif last:
        reason = f"until {last[0].kind} {last[0].id}, which cannot be taken back"
    return Rollback(inverted(edits), verdict, safe_until, reason)
