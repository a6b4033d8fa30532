"""A change as a JSON document and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from trustpath.base.clock import format_instant
from trustpath.cli.formats.rows import write_json
from trustpath.cli.formats.safe import one_line
from trustpath.cli.options import Format
from trustpath.facts.change import Change, Consent, State, Step, counts, plain
from trustpath.facts.edits import Edit, RecordSet
from trustpath.workflow.change.decide import Stand
from trustpath.workflow.change.served import Served
from trustpath.workflow.change.stages import course, last_steps, open_steps, way_back
from trustpath.workflow.change.waiting import following

SCHEMA = "trustpath/change/1"
_WENT = {
    **dict.fromkeys((State.APPROVED, State.PROPOSED), "not written"),
    **dict.fromkeys((State.APPLYING, State.VERIFYING, State.HELD), "waits"),
}
"""What the reason in an outcome tells, by the state that it led to."""
_INSTANTS = ("created", "updated", "started", "applied", "reviewed")


def row_of(change: Change) -> dict[str, Any]:
    """Return the row of a change in a list."""
    return {
        "id": change.id,
        "state": change.state.value,
        "verdict": change.verdict,
        "author": change.author,
        "zones": list(change.plan.zones),
        "edits": len(change.plan.edits),
        "created": format_instant(change.created_at),
        "review_due": _instant(change.to_review_by),
        "reason": change.emergency or change.reason,
    }


def document_of(
    stand: Stand, consents: Sequence[Consent] = (), steps: Sequence[Step] = ()
) -> dict[str, Any]:
    """Return the JSON document ``trustpath/change/1``."""
    change = stand.change
    document = plain(change)
    for name in _INSTANTS:
        document[name] = _instant(document.pop(f"{name}_at"))
    document["rollback_safe_until"] = _instant(document.pop("safe_until"))
    document["review_due"] = _instant(change.review_due)
    document["plan"] = {
        key: value for key, value in document["plan"].items() if key not in ("needed", "inverse")
    }
    return {
        "schema": SCHEMA,
        **document,
        "needed": plain(change.plan.needed),
        "rollback": plain(change.plan.inverse),
        "missing": list(stand.missing),
        "held": list(stand.held),
        "remarks": list(stand.remarks),
        "lift": list(stand.lift),
        "consents": [
            {
                **plain(consent),
                "at": format_instant(consent.at),
                "counts": counts(change, consent),
            }
            for consent in consents
        ],
        "waits": [
            {"until": format_instant(due.at), "reason": due.reason} for due in following(change)
        ],
        "course": list(course(change, closed=bool(stand.closed_by))),
        "last_steps": [
            {
                "id": step.id,
                "says": step.says,
                "done": _instant(step.done_at),
                "why": step.why,
            }
            for step in last_steps(change)
        ],
        "way_back": way_back(change),
        "steps": [{**plain(step), "at": format_instant(step.at)} for step in steps],
    }


def show_change(
    stand: Stand,
    how: Format,
    consents: Sequence[Consent] = (),
    steps: Sequence[Step] = (),
) -> None:
    """Print one change."""
    if how is Format.JSON:
        write_json(document_of(stand, consents, steps))
        return
    change = stand.change
    _say(f"{change.id} {change.state.value}, by {change.author}: {change.origin}")
    _say(f"verdict {change.verdict}, digest {change.digest[:16]}, basis {change.basis[:16]}")
    for edit in change.plan.edits:
        for line in edit_lines(edit):
            _say(f"  {line}")
    for event in change.plan.events:
        left = f" (carried out by {event.by})" if event.by else ""
        _say(f"  {event.kind} {', '.join(event.names) or event.certificate or event.id}{left}")
    for text in course(change, closed=bool(stand.closed_by)):
        _say(f"  {text}")
    back = way_back(change)
    if back:
        _say(f"way back: {back}")
    judged = () if stand.held else _judged(change)
    for label, texts in (
        ("held", stand.held),
        ("judged", judged),
        ("missing", stand.missing),
        ("to go on", stand.lift),
        ("remark", stand.remarks),
    ):
        for text in texts:
            _say(f"{label}: {text}")
    for consent in consents:
        lapsed = "" if counts(change, consent) else ", lapsed"
        signed = ", signed" if consent.signature else ""
        _say(f"{consent.decision}: {consent.actor} ({consent.role}{signed}{lapsed})")
    for step in steps:
        detail = f": {step.detail}" if step.detail else ""
        _say(f"{step.direction.value} {step.zone or '.'} {step.state.value}{detail}")
    _show_outcome(stand)


def _say(text: str) -> None:
    """Print a line; what came from outside cannot make two of it, or move the cursor."""
    typer.echo(one_line(text, 4_000))


def _judged(change: Change) -> Sequence[str]:
    """Return what the gate said of a change, for whoever consents: reasons, and what gets worse."""
    reasons = tuple(change.assessment.get("reasons", ()))
    worse = (
        f"{impact['rule']} {impact['subject']}: {impact['title']}"
        for impact in change.assessment.get("impact", ())
    )
    # The gravest are among the reasons, with how grave they are.
    return (*reasons, *(text for text in worse if not any(r.startswith(text) for r in reasons)))


def _show_outcome(stand: Stand) -> None:
    change = stand.change
    for zone, spent in change.outcome.get("measured", {}).items():
        _say(f"served by every server of {zone or '.'} after {spent} ms")
    for text in change.outcome.get("verified", ()):
        _say(f"verified: {text}")
    if change.outcome.get("why"):
        _say(f"{_WENT.get(change.state, 'went back')}: {change.outcome['why']}")
    for text in change.outcome.get("stuck", ()):
        _say(f"needs a person: {text}")
    for item in change.outcome.get("stands", ()):
        what = f"{item.get('name', item['zone'])} {item.get('type', '')}".strip()
        _say(f"stands: {what} holds {item['holds']}")
    if open_steps(change) and not stand.closed_by:
        _say(f"last steps are open: trustpath change finish {change.id}")
    for due in following(change):
        _say(f"wait until {format_instant(due.at)}: {due.reason}")
    if change.safe_until is not None:
        _say(f"rollback is as if nothing happened until {format_instant(change.safe_until)}")
    if change.to_review_by is not None:
        until = format_instant(change.to_review_by)
        _say(f"emergency ({change.emergency}): review by {until}")


def show_served(found: Served, how: Format) -> None:
    """Print what the servers have of an applied change."""
    change = found.change
    if how is Format.JSON:
        write_json(
            {
                "schema": "trustpath/change-served/1",
                "id": change.id,
                "holds": False if found.differs else None if found.unknown else True,
                "differs": list(found.differs),
                "unknown": list(found.unknown),
                "asked": list(found.seen),
                "remarks": list(found.remarks),
            }
        )
        return
    says = "differs" if found.differs else "cannot be told" if found.unknown else "is served"
    _say(f"{change.id} {says}")
    for label, texts in (
        ("differs", found.differs),
        ("unknown", found.unknown),
        ("asked", found.seen),
        ("remark", found.remarks),
    ):
        for text in texts:
            _say(f"{label}: {text}")


def edit_lines(edit: Edit) -> Sequence[str]:
    """Return what an edit does, a line for each record."""
    head = f"{edit.name or '.'} {edit.type}"
    if edit.action == "ttl":
        return (f"~ {head} TTL {_ttl(edit.before)} -> {_ttl(edit.after)}",)
    return (
        *(f"- {head} {text}" for text in edit.removed),
        *(f"+ {head} {text}" for text in edit.added),
    )


def _ttl(content: RecordSet | None) -> str:
    return "?" if content is None or content.ttl is None else str(content.ttl)


def _instant(value: int | None) -> str | None:
    return None if value is None else format_instant(value)
