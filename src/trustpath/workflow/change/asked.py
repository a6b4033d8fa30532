"""Which open changes wait for whom: what a person could consent to or apply now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustpath.base.errors import InputError
from trustpath.facts.change import Change, Needed, State
from trustpath.workflow.change.ports import Desk


@dataclass(frozen=True, slots=True)
class Asked:
    """A change, and the consents to it that a person can give as it was judged last.

    None are left where the change is approved, and the person may apply it.
    """

    change: Change
    consents: tuple[Needed, ...] = ()

    def command(self, actor: str) -> str:
        """Return the command by which the actor moves the change on."""
        verb = "approve" if self.consents else "apply"
        return f"trustpath change {verb} {self.change.id} --actor {actor}"


def waiting_for(desk: Desk, actor: str) -> Sequence[Asked]:
    """Return the changes that lack a consent which an actor can give, the oldest first.

    One's own changes are not among them. Raises InputError for an actor that is not declared.
    """
    person = desk.rules.actor(actor)
    found = []
    with desk.store.reading() as reader:
        for change in reader.changes([State.PROPOSED]):
            if change.author == actor:
                continue
            try:
                given = desk.rules.can_give(person, change, reader.consents(change.id))
            except InputError:  # it needs others
                continue
            found.append(Asked(change, given))
    return found


def movable(desk: Desk, actor: str) -> Sequence[Asked]:
    """Return every change that an actor can move on now, by a consent or by applying it.

    The oldest first. Raises InputError for an actor that is not declared.
    """
    person = desk.rules.actor(actor)
    found = list(waiting_for(desk, actor))
    with desk.store.reading() as reader:
        for change in reader.changes([State.APPROVED]):
            try:
                desk.rules.may_change(person, change.plan)
            except InputError:  # it is not the actor's to make
                continue
            found.append(Asked(change))
    return sorted(found, key=lambda asked: (asked.change.created_at, asked.change.id))
