"""The ledger entries of changes: one kind for each act, the change's id as subject."""

from __future__ import annotations

from typing import Any

from trustpath.facts.change import Change, Consent, Step, StepState, plain
from trustpath.ledger.entry import Entry

LISTED = 200
"""Items of a list that an entry holds; a larger plan stands in it by its digest."""


def entry(change: Change, kind: str, actor: str, at: int, **details: Any) -> Entry:
    """Return the entry of an act on a change: what it binds and where it leads."""
    body: dict[str, Any] = {
        "state": change.state.value,
        "digest": change.digest,
        "basis": change.basis,
        "verdict": change.verdict,
    }
    for key, value in details.items():
        if isinstance(value, list | tuple) and len(value) > LISTED:
            body[f"{key}_in_all"] = len(value)
            value = value[:LISTED]  # noqa: PLW2901
        if value not in (None, "", (), []):
            body[key] = plain(value)
    return Entry(at, actor, f"change.{kind}", change.id, body)


def proposed(change: Change, at: int) -> Entry:
    """Return the entry of a proposal, with the edits themselves while they are few."""
    return entry(
        change,
        "proposed",
        change.author,
        at,
        origin=change.origin,
        reason=change.reason,
        reverts=change.reverts,
        edits=change.plan.edits,
        events=change.plan.events,
        prerequisites=change.plan.prerequisites,
        zones=change.plan.zones,
        needed=change.plan.needed,
    )


def decided(change: Change, consents: tuple[Consent, ...], kind: str) -> Entry:
    """Return the entry of what one actor decided, in all roles at once."""
    first = consents[0]
    return entry(
        change,
        kind,
        first.actor,
        first.at,
        roles=[[consent.role, consent.owner] for consent in consents],
        decision=first.decision,
        note=first.note,
        signature=first.signature,
    )


def step(change: Change, taken: Step, actor: str) -> Entry:
    """Return the entry of a write: its intent, or how it ended."""
    kind = "intent" if taken.state is StepState.INTENDED else "outcome"
    return entry(
        change,
        kind,
        actor,
        taken.at,
        zone=taken.zone,
        direction=taken.direction,
        step=taken.state,
        detail=taken.detail,
    )
