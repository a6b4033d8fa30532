"""The drift of an estate: look, compare, attribute, judge; accept, propose or revert."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from trustpath.base.errors import InputError
from trustpath.facts.change import Change
from trustpath.facts.consent import Actor
from trustpath.facts.drift import Accepted, Approved, Poll, Seen, judged
from trustpath.facts.proposal import Submission
from trustpath.ledger.entry import Entry
from trustpath.workflow.change.ports import Gate
from trustpath.workflow.change.standing import adopting as adopting_edits
from trustpath.workflow.change.standing import operation_of
from trustpath.workflow.drift.compare import Difference, came_and_went, differences, poll_of
from trustpath.workflow.drift.served import Served
from trustpath.workflow.gate.assessment import Assessment

_MAY_ACCEPT = frozenset(("approver", "admin"))


class ApprovedStore(Protocol):
    """Where the approved content of zones is kept."""

    def approved(self, zone: str) -> Approved | None:
        """Return the approved content of a zone; None where nobody ever accepted one."""
        ...

    def poll(self, zone: str) -> Poll | None:
        """Return what the last look saw."""
        ...

    def keep_poll(self, poll: Poll) -> None:
        """Keep what this look saw."""
        ...

    def last(self, zone: str, source: str) -> Seen | None:
        """Return the content that the last look saw at a source."""
        ...

    def keep_seen(self, seen: Seen) -> None:
        """Keep the content that this look saw."""
        ...


class AcceptAct(Protocol):
    """One act: the accepted content and its entry stand or fall together."""

    def accept_zone(self, accepted: Accepted) -> None:
        """Make this the approved content of a zone."""
        ...

    def record(self, entry: Entry) -> None:
        """Append an entry to the ledger."""
        ...


class Acts(Protocol):
    """Opens acts."""

    def act(self) -> AbstractContextManager[AcceptAct]:
        """Open one act under the store's write lock."""
        ...


@dataclass(frozen=True, slots=True)
class ZoneDrift:
    """How one zone stands. ``problem`` says why that is not known.

    ``transient`` tells of a change that came and went between two looks. ``impact`` is what the
    gate says of the way from the approved to the served content, None where nothing differs.
    """

    served: Served
    approved: Approved | None = None
    differences: tuple[Difference, ...] = ()
    transient: str | None = None
    impact: Assessment | None = None
    problem: str = ""

    @property
    def unapproved(self) -> tuple[Difference, ...]:
        """Return the differences that no change explains."""
        return tuple(item for item in self.differences if not item.approved)


def drift(
    store: ApprovedStore, found: Iterable[Served], changes: Sequence[Change], gate: Gate | None
) -> Iterator[ZoneDrift]:
    """Yield how each served zone stands against what was approved; keeps what was seen."""
    for item in found:
        if item.problem:
            yield ZoneDrift(item, problem=item.problem)
            continue
        poll = poll_of(item)
        before = store.poll(item.zone)
        store.keep_poll(poll)
        if item.serial is not None:
            store.keep_seen(Seen(item.zone, item.source, item.serial, judged(item.content)))
        approved = store.approved(item.zone)
        if approved is None:
            yield ZoneDrift(item, problem="no content was ever accepted as approved")
            continue
        found_here = differences(approved, item, changes)
        yield ZoneDrift(
            item,
            approved,
            found_here,
            came_and_went(before, poll, changes),
            gate.assess(adopting_edits([d.edit for d in found_here], "drift"))
            if gate and found_here
            else None,
        )


def accept(
    acts: Acts, store: ApprovedStore, found: Collection[Served], actor: Actor, now: int
) -> tuple[str, ...]:
    """Make what zones serve now their first approved content; returns their apexes.

    Raises InputError for a zone that has one: it moves by changes only.
    """
    if not actor.roles & _MAY_ACCEPT:
        raise InputError(
            f"{actor.id} accepts no zone",
            where="--actor",
            hint="it takes one of the roles " + ", ".join(sorted(_MAY_ACCEPT)),
        )
    if not found:
        raise InputError("there is no such zone", hint="a source of kind axfr must read it")
    for item in found:
        if item.problem:
            raise InputError(f"what it serves is not known: {item.problem}", where=item.zone or ".")
        if store.approved(item.zone) is not None:
            raise InputError(
                "the zone has an approved content",
                where=item.zone or ".",
                hint="trustpath drift --propose makes a change of what differs",
            )
        if not actor.covers(item.zone) and "admin" not in actor.roles:
            raise InputError(f"the zone is not in the scopes of {actor.id}", where=item.zone or ".")
    with acts.act() as act:
        for item in found:
            act.accept_zone(Accepted(item.zone, item.content, item.serial, actor.id, now))
            body = {
                "serial": item.serial,
                "digest": poll_of(item).digest,
                "rrsets": len(item.content),
            }
            act.record(Entry(now, actor.id, "zone.accepted", item.zone or ".", body))
    return tuple(item.zone for item in found)


def adopting(found: Iterable[ZoneDrift]) -> Submission:
    """Return the submission that makes what is served the approved content."""
    edits = (item.edit for zone in found for item in zone.unapproved)
    return adopting_edits(edits, "drift")


def reverting(found: Iterable[ZoneDrift]) -> Submission:
    """Return the submission that brings the approved content back."""
    return Submission(
        "revert of drift",
        operations=tuple(
            operation_of(item.edit.inverted())
            for zone in found
            for item in zone.unapproved
            if item.edit.type != "SOA"
        ),
    )
