"""What people do to bundles: start, pause, resume, cancel. Nothing is carried out here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trustpath.facts.bundle import Bundle
from trustpath.workflow.bundle import entries, machine, plans
from trustpath.workflow.bundle.ports import BundleStore
from trustpath.workflow.change.ports import Pace
from trustpath.workflow.change.rules import Rules


@dataclass(frozen=True, slots=True)
class BundleDesk:
    """What deciding on bundles needs; ``actor`` is who acts, an actor of the estate."""

    store: BundleStore
    rules: Rules
    pace: Pace
    actor: str


def start(desk: BundleDesk, kind: str, subject: str, **arguments: Any) -> Bundle:
    """File a bundle; raises InputError for an actor that is not declared.

    Its record changes ask for their consents as they come up, each by the owners that it concerns.
    """
    desk.rules.actor(desk.actor)
    with desk.store.act() as act:
        now = desk.pace.now()
        bundle = plans.build(act.next_bundle(), kind, subject, desk.actor, now, **arguments)
        act.put_bundle(bundle)
        act.record(entries.started(bundle))
    return bundle


def pause(desk: BundleDesk, identity: str) -> Bundle:
    """Stop before the next step; waits go on meanwhile."""
    return _turn(desk, identity, "paused", machine.pause)


def resume(desk: BundleDesk, identity: str) -> Bundle:
    """Go on after a pause, or try again what is stuck."""
    return _turn(desk, identity, "resumed", machine.resume)


def cancel(desk: BundleDesk, identity: str, why: str) -> Bundle:
    """Take back what was done, last first; raises InputError beyond the pivot."""
    return _turn(desk, identity, "cancelled", machine.cancel, why)


def _turn(
    desk: BundleDesk,
    identity: str,
    what: str,
    change: Callable[[Bundle, int], Bundle],
    why: str = "",
) -> Bundle:
    desk.rules.actor(desk.actor)
    with desk.store.act() as act:
        after = change(act.bundle(identity), desk.pace.now())
        act.put_bundle(after)
        act.record(entries.turned(after, desk.actor, what, why))
    return after
