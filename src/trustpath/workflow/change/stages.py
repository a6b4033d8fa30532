"""In which order a change with records and certificate events is carried out: pure.

What is obtained comes first and is seen where the records are to lead; then the records; and what
cannot be taken back comes last, once caches have run out and the old endpoints have ended. Those
last steps stay open on the applied change until each is verified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trustpath.base.clock import format_instant
from trustpath.facts.change import Change, Plan, State
from trustpath.facts.edits import Edit, Key
from trustpath.facts.proposal import FINAL_KINDS, CertificateEvent
from trustpath.workflow.change.waiting import following

LAST = "last"
"""The key of a change's outcome under which it stands how far its last steps came."""
_LOCATING = frozenset(("A", "AAAA", "CNAME", "ALIAS", "ANAME", "HTTPS", "SVCB"))


@dataclass(frozen=True, slots=True)
class LastStep:
    """A step that stays open on an applied change: an ``event``, or else an endpoint's end.

    Of an end ``key`` is the RRset that led there.

    ``done_at`` is None while it is open; ``why`` then says what was in its way when it was tried.
    """

    id: str
    says: str
    event: CertificateEvent | None = None
    key: Key = ("", "")
    done_at: int | None = None
    why: str = ""


def ahead_of(
    edits: Sequence[Any], events: Sequence[CertificateEvent]
) -> Sequence[CertificateEvent]:
    """Return the events that come before the records: what is obtained; none without records."""
    return [event for event in events if edits and event.kind not in FINAL_KINDS]


def after_all(
    edits: Sequence[Any], events: Sequence[CertificateEvent]
) -> Sequence[CertificateEvent]:
    """Return the events that come after everything, as last steps; none without records."""
    return [event for event in events if edits and event.kind in FINAL_KINDS]


def carried_alone(plan: Plan) -> Sequence[CertificateEvent]:
    """Return the events of a plan without records: carried out one after the other."""
    return () if plan.edits else plan.ours


def last_steps(change: Change) -> tuple[LastStep, ...]:
    """Return the last steps of a change in their order; none without both records and events.

    The end of an old endpoint is one where a certificate moves with the name.
    """
    plan = change.plan
    if not plan.edits or not plan.ours or change.reverts is not None:
        return ()
    ends = [_end(edit) for edit in plan.edits if edit.type in _LOCATING and _leaves(edit)]
    events = [
        LastStep(f"{event.kind}:{event.id}", _says(event), event)
        for event in after_all(plan.edits, plan.ours)
    ]
    kept = change.outcome.get(LAST, {})
    return tuple(_as_kept(step, kept.get(step.id, {})) for step in (*ends, *events))


def _leaves(edit: Edit) -> bool:
    return edit.before is not None and edit.after is not None and bool(edit.removed)


def _end(edit: Edit) -> LastStep:
    said = f"{edit.name} is not served any more at {', '.join(edit.removed)}"
    return LastStep(f"end:{edit.name}:{edit.type}", said, key=edit.key)


def _says(event: CertificateEvent) -> str:
    if event.kind == "revoke":
        return f"the certificate {(event.certificate or '')[:12]} is revoked"
    what = event.service or event.job or (event.certificate or "")[:12]
    return f"{what} is retired"


def _as_kept(step: LastStep, held: Mapping[str, Any]) -> LastStep:
    why = str(held.get("why", ""))
    return replace(step, done_at=held.get("done_at"), why=why)


def open_steps(change: Change) -> tuple[LastStep, ...]:
    """Return the last steps of an applied change that are not verified yet."""
    if change.state is not State.APPLIED:
        return ()
    return tuple(step for step in last_steps(change) if step.done_at is None)


def done_for_good(change: Change) -> tuple[LastStep, ...]:
    """Return the last steps that are done and cannot be taken back."""
    steps = last_steps(change)
    return tuple(step for step in steps if step.event is not None and step.done_at is not None)


def earliest(change: Change) -> int | None:
    """Return from when on last steps may be done: after every wait of an applied change."""
    return max((due.at for due in following(change)), default=None)


def course(change: Change, *, closed: bool = False) -> tuple[str, ...]:
    """Return what a change of both halves does, in its order, in words; nothing of another.

    ``closed``: it is taken back, and its last steps are open no more.
    """
    plan = change.plan
    if not plan.edits or not plan.ours:
        return ()
    said = [
        f"{_obtains(event)}: obtained, deployed, seen where the records will lead"
        for event in ahead_of(plan.edits, plan.ours)
    ]
    said.append("records: written, seen on every name server and at the endpoints")
    steps = last_steps(change)
    waits = [int(w["seconds"]) for w in change.assessment.get("waits", ()) if not w.get("before")]
    if waits and steps:
        at = earliest(change)
        said.append(f"wait: {max(waits)} s" + ("" if at is None else f", to {format_instant(at)}"))
    said += [f"last: {step.says}{_stands(change, step, closed)}" for step in steps]
    return tuple(f"{number}. {text}" for number, text in enumerate(said, 1))


def _stands(change: Change, step: LastStep, closed: bool) -> str:
    if step.done_at is not None:
        return f" (done {format_instant(step.done_at)})"
    if change.state is not State.APPLIED:
        return ""
    if closed:
        return " (left out: the change is taken back)"
    return f" (open: {step.why})" if step.why else " (open)"


def _obtains(event: CertificateEvent) -> str:
    what = ", ".join(event.names) or event.job or (event.certificate or "")[:12]
    return f"{event.kind} {what}" + (f" ({event.job})" if event.job and event.names else "")


def way_back(change: Change) -> str:
    """Return in words what taking a change of both halves back does, and what it cannot."""
    steps = last_steps(change)
    if not steps:
        return ""
    gone = [step.says for step in done_for_good(change)]
    if gone:
        return f"not possible any more: {'; '.join(gone)}"
    final = [step.says for step in steps if step.event is not None]
    until = f", until {'; '.join(final)}" if final else ""
    return (
        "the records go back to the old endpoint, which keeps its certificate; "
        f"the new certificate stays where it is{until}"
    )
