"""From a submission to the edits it comes to, given the present state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.part import Problem
from trustpath.facts.proposal.content import diff
from trustpath.facts.proposal.operate import (
    ZoneState,
    operate,
    outstanding,
    unmet,
)
from trustpath.facts.proposal.present import Changes, HeldZone, Present
from trustpath.facts.proposal.submission import (
    Action,
    Operation,
    Prerequisite,
    Submission,
    ZoneVersion,
)

_AT_APEX = frozenset({"SOA", "NS"})
_FOLDER = "octodns"
_WORKING_TREE = frozenset({"octodns", "zonefile"})
"""Kinds of sources that may be the working tree of the repository that a proposal comes from."""
_SHOWN = 6


def resolve(
    submission: Submission, present: Present, whole: Collection[str] = frozenset()
) -> Changes:
    """Return the edits that turn the present state into the proposed one.

    Operations are done in their order as RFC 2136 3.4.2 has it. ``whole`` are sources of which a
    folder of zones is all there is, so that a zone it does not have goes. Raises InputError when a
    prerequisite does not hold, a name lies outside of the zone it is sent to, two parts of the
    submission speak of the same zone, or the present state is ambiguous.
    """
    work = _Work(present, submission)
    work.versions((*submission.versions, *work.missing(submission, whole)))
    work.operations(submission.operations, submission.prerequisites)
    edits = [*work.edits, *(edit for state in work.states.values() for edit in state.edits())]
    return Changes(
        in_order(edits, work.come, work.gone),
        tuple(work.problems),
        tuple(work.remarks),
        tuple(work.outstanding.values()),
        frozenset(filter(work.unread, work.come)),
        # What the estate cannot read either stays as it is: that holds and is no denial.
        tuple(name for name in submission.unread if not work.partly(name)),
    )


def in_order(
    edits: Iterable[Edit], come: Collection[str], gone: Collection[str]
) -> tuple[Edit, ...]:
    """Return edits in the order of doing: by zone, name and type.

    A zone that comes is there before others are led to it, the lowest first; one that goes is led
    to no more before it goes, the highest first.
    """

    def place(edit: Edit) -> tuple[int, int, str, str, str]:
        depth = edit.zone.count(".")
        when = (-1, -depth) if edit.zone in come else (1, depth) if edit.zone in gone else (0, 0)
        return (*when, edit.zone, edit.name, edit.type)

    return tuple(sorted(edits, key=place))


class _Work:
    def __init__(self, present: Present, submission: Submission) -> None:
        self.present = present
        self.problems = list(submission.problems)
        self.remarks = list(submission.remarks)
        self.come: set[str] = set()
        self.gone: set[str] = set(submission.ending)
        at_apex = {o.zone for o in submission.operations if o.name == o.zone and o.type in _AT_APEX}
        # In a zone that cannot be read any longer, what only adds may be no more than an addition.
        self._starting = {z for z in submission.starting if z in at_apex or not self.unread(z)}
        self.edits: list[Edit] = []
        # By what they ask: where they stand in the input makes no other of them.
        self.outstanding: dict[Prerequisite, Prerequisite] = {}
        self.states: dict[str, ZoneState] = {}
        self._whole: set[str] = set()

    def versions(self, versions: tuple[ZoneVersion, ...]) -> None:
        twice = [apex for apex, n in Counter(v.apex for v in versions).items() if n > 1]
        if twice:
            places = ", ".join(v.where for v in versions if v.apex == twice[0])
            raise InputError(
                f"zone {twice[0] or '.'} is proposed twice", where=places, hint="keep one of them"
            )
        for version in versions:
            base = self._base(version)
            if base is None:
                self.problems.append(_not_held(version.apex, version.where))
                continue
            self._whole.add(version.apex)
            if version.removed:
                self.gone.add(version.apex)
            found = diff(version.apex, base, {} if version.removed else version.content)
            self.edits.extend(self._stated(version, found))

    def _base(self, version: ZoneVersion) -> Mapping[Key, RecordSet] | None:
        """Return what a version is compared with; None where that is not known."""
        apex, where = version.apex, version.where
        if self.present.zone_of(apex) == apex:
            if version.base is not None:
                return version.base
            held = self._held.get(apex, ())
            if version.baseless and any(zone.kind in _WORKING_TREE for zone in held):
                self.problems.append(_no_base(apex, where))
            if not all(zone.whole for zone in held):
                self.remarks.append(_unread(apex, _PARTLY, where))
            return self.present.zone_content(apex)
        if version.removed or version.base:
            return None
        self.come.add(apex)
        if self.unread(apex):
            self.remarks.append(_unread(apex, _NOT_AT_ALL, where))
        else:
            self.remarks.append(
                Problem(
                    f"zone {apex or '.'} is new to the estate: all of it counts as added",
                    where,
                    "if it is served already, add a source that holds it",
                )
            )
        return {}

    def unread(self, apex: str) -> bool:
        """Say whether the estate names a zone of which nothing could be read."""
        return any(zone.whole is None for zone in self._held.get(apex, ()))

    def partly(self, apex: str) -> bool:
        """Say whether the estate names a zone that could not be read whole."""
        return any(not zone.whole for zone in self._held.get(apex, ()))

    @cached_property
    def _held(self) -> Mapping[str, Sequence[HeldZone]]:
        found: dict[str, list[HeldZone]] = {}
        for zone in self.present.zones():
            found.setdefault(zone.apex, []).append(zone)
        return found

    def missing(self, submission: Submission, whole: Collection[str]) -> list[ZoneVersion]:
        """Return the zones that go because a folder that is all there is does not have them.

        Of a folder that may be a part of the estate's zones a remark says which are not in it.
        """
        listed = submission.listed
        if listed is None:
            return []
        sources = _concerned(self.present.zones(), listed)
        absent: dict[str, set[str]] = {}
        for zone in self.present.zones():
            if zone.source in sources and zone.apex not in listed and zone.whole is not None:
                absent.setdefault(zone.apex, set()).add(zone.source)
        where = submission.place
        going = [z for z, held_by in absent.items() if submission.whole or held_by <= set(whole)]
        left = sorted(absent.keys() - set(going))
        if left:
            self.remarks.append(_left_out(left, where))
        return [ZoneVersion(apex, {}, removed=True, where=where) for apex in sorted(going)]

    def _stated(self, version: ZoneVersion, found: tuple[Edit, ...]) -> list[Edit]:
        if version.removed:
            return list(found)
        found = self._without_left(version, found)
        kept = [edit for edit in found if _left_to_server(edit, version)]
        made = sorted({edit.type for edit in kept} - _AT_APEX)
        if made:
            self.remarks.append(
                Problem(
                    f"zone {version.apex or '.'} is served with {', '.join(made)}, which the "
                    "proposal does not have: taken as made by the server and kept",
                    version.where,
                )
            )
        return [edit for edit in found if not _left_to_server(edit, version)]

    def _without_left(self, version: ZoneVersion, found: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Return what moves beyond the RRsets that the input leaves to somebody else."""
        stays = [edit for edit in found if edit.key in version.left]
        self.remarks.extend(
            Problem(f"{edit.name} {edit.type} is to be ignored: it stays", version.where)
            for edit in stays
        )
        return tuple(edit for edit in found if edit.key not in version.left)

    def operations(
        self, operations: tuple[Operation, ...], prerequisites: tuple[Prerequisite, ...]
    ) -> None:
        due: dict[int, list[Prerequisite]] = {}
        for prerequisite in prerequisites:
            due.setdefault(min(prerequisite.after, len(operations)), []).append(prerequisite)
        for index in range(len(operations) + 1):
            for prerequisite in due.get(index, ()):
                self._prerequisite(prerequisite)
            if index < len(operations):
                self._operation(operations[index])

    def _prerequisite(self, prerequisite: Prerequisite) -> None:
        state = self._state(prerequisite)
        if state is None:
            return
        reason = unmet(prerequisite, state)
        if reason:
            raise InputError(
                f"the prerequisite {prerequisite.kind} does not hold: {reason}",
                where=prerequisite.where or prerequisite.name or ".",
                hint="a server would refuse the update (RFC 2136 3.2); plan again",
            )
        left = outstanding(prerequisite, state, self.remarks.append)
        if left is not None:
            self.outstanding.setdefault(replace(left, where=""), left)

    def _operation(self, operation: Operation) -> None:
        state = self._state(operation)
        if state is None:
            return
        if operation.seen is not None:
            self._compare(operation, operation.seen)
        operate(operation, state, self.problems.append, self.remarks.append)

    def _compare(self, operation: Operation, seen: tuple[str, ...]) -> None:
        """Remark where the input was made from another state than the estate has."""
        apex = self._apex(operation)
        if apex is None:
            return
        held = self.present.content(apex, (operation.name, operation.type or ""))
        there = set(held.rdatas if held else ())
        part = operation.action is Action.REMOVE
        if set(seen) <= there if part else set(seen) == there:
            return
        was, now = (", ".join(sorted(texts)[:4]) or "nothing" for texts in (set(seen), there))
        self.remarks.append(
            Problem(
                f"{operation.name or '.'} {operation.type}: the input was made from {was}, "
                f"the estate has {now}",
                operation.where,
                "collect again, or make the input again: somebody changed it meanwhile",
            )
        )

    def _state(self, step: Operation | Prerequisite) -> ZoneState | None:
        """Return the state of the zone that a step is about; None, with a problem, if unknown."""
        apex = self._apex(step)
        if apex is None:
            return None
        if apex in self._whole:
            raise InputError(
                f"zone {apex or '.'} is proposed whole and by single operations",
                where=step.where,
                hint="submit one after the other",
            )
        state = self.states.get(apex)
        if state is None:
            ending = apex in self.gone
            state = self.states[apex] = ZoneState(apex, self.present, ending=ending)
        return state

    def _apex(self, step: Operation | Prerequisite) -> str | None:
        shown = " ".join(filter(None, (step.name or ".", step.type)))
        if step.zone is None:
            # A DS record belongs to the parent's side of the cut (RFC 4035 2.4).
            start = names.parent(step.name) if step.type == "DS" and step.name else step.name
            apex = self.present.zone_of(start)
            if apex is None:
                self.problems.append(
                    Problem(
                        f"{shown}: no zone of the estate encloses it, so it is not judged",
                        step.where,
                        "add a source that holds the zone",
                    )
                )
            return apex
        if step.name != step.zone and not step.name.endswith("." + step.zone if step.zone else ""):
            raise InputError(
                f"{shown} is outside of zone {step.zone}",
                where=step.where,
                hint="a server refuses this with NOTZONE (RFC 2136 3.1); name the right zone",
            )
        if self.present.zone_of(step.zone) != step.zone and step.zone in self._starting:
            self.come.add(step.zone)
        elif self.present.zone_of(step.zone) != step.zone:
            self.problems.append(_not_held(step.zone, step.where, f"{shown}: "))
            return None
        return step.zone


def _left_to_server(edit: Edit, version: ZoneVersion) -> bool:
    return (
        edit.after is None
        and edit.type in version.unstated
        and (edit.type not in _AT_APEX or edit.name == version.apex)
    )


def _concerned(held: Sequence[HeldZone], listed: Collection[str]) -> set[str]:
    """Return the sources that a folder of zones is about: those that share a zone with it.

    Sources of octoDNS folders go before others; where nothing is shared all of them count.
    """
    sharing = [zone for zone in held if zone.apex in listed] or held
    return {z.source for z in sharing if z.kind == _FOLDER} or {z.source for z in sharing}


def _left_out(apexes: Sequence[str], where: str) -> Problem:
    shown = ", ".join(apex or "." for apex in apexes[:_SHOWN])
    more = f" and {len(apexes) - _SHOWN} more" if len(apexes) > _SHOWN else ""
    one = len(apexes) == 1
    return Problem(
        f"{len(apexes)} zone{'' if one else 's'} of the estate {'is' if one else 'are'} not in "
        f"the folder, and nothing of {'it was' if one else 'them was'} judged: {shown}{more}",
        where,
        "--whole says that the folder is all there is, and that they go",
    )


_PARTLY = "could only be read in part before: only what was read is compared"
_NOT_AT_ALL = "could not be read before: all of it counts as added"


def _unread(apex: str, said: str, where: str) -> Problem:
    return Problem(
        f"zone {apex or '.'} {said}",
        where,
        "what stood there unread is neither judged nor known to go",
    )


def _no_base(apex: str, where: str) -> Problem:
    return Problem(
        f"zone {apex or '.'} cannot be read at the base, and the estate's copy may be the proposal "
        "itself: what changes in it is not known",
        where,
        "start the range where the zone was readable last, or add a source that is served (axfr)",
    )


def _not_held(apex: str, where: str, shown: str = "") -> Problem:
    return Problem(
        f"{shown}zone {apex or '.'} is not held by the estate, so nothing of it is judged",
        where,
        "add a source that holds the zone",
    )
