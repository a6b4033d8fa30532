"""The ledger entries of bundles: one for each move, the bundle's id as subject."""

from __future__ import annotations

from typing import Any

from trustpath.facts.bundle import Bundle
from trustpath.facts.change import plain
from trustpath.ledger.entry import Entry


def started(bundle: Bundle) -> Entry:
    """Return the entry of a start: kind, subject and every step in words."""
    body = {
        "kind": bundle.kind,
        "about": bundle.subject,
        "steps": [f"{step.verb.value}: {step.says}" for step in bundle.steps[:200]],
        "steps_in_all": len(bundle.steps),
        "pivot": bundle.pivot,
    }
    return Entry(bundle.created_at, bundle.actor, "bundle.started", bundle.id, body)


def moved(bundle: Bundle, number: int) -> Entry:
    """Return the entry of a step's move."""
    step = bundle.steps[number]
    body: dict[str, Any] = {
        "state": bundle.state.value,
        "step": number,
        "verb": step.verb.value,
        "says": step.says,
        "step_state": step.state.value,
    }
    if bundle.attempts:
        body["attempts"] = bundle.attempts
    if step.spent:
        body["spent"] = step.spent
    if step.problem:
        body["problem"] = step.problem[:2_000]
    if step.result:
        body["result"] = plain(step.result)
    if step.earliest is not None:
        body["earliest"] = step.earliest
    return Entry(bundle.updated_at, bundle.actor, "bundle.step", bundle.id, body)


def turned(bundle: Bundle, actor: str, what: str, why: str) -> Entry:
    """Return the entry of what a person did to a bundle: paused, resumed, cancelled."""
    body: dict[str, Any] = {"state": bundle.state.value}
    if why:
        body["why"] = why
    return Entry(bundle.updated_at, actor, f"bundle.{what}", bundle.id, body)
