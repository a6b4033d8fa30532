"""Operations and prerequisites on the state of one zone (RFC 2136 3.2 and 3.4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from trustpath.facts.edits import Edit, Key, RecordSet, record_set
from trustpath.facts.part import Problem
from trustpath.facts.proposal.content import BESIDE_ALIAS
from trustpath.facts.proposal.submission import Action, Operation, Prerequisite

Note = Callable[[Problem], None]

_SINGLE = frozenset({"CNAME", "DNAME", "SOA"})
_HALF = 1 << 31


class Reader(Protocol):
    """The two questions that operations ask about the present state."""

    def content(self, zone: str, key: Key) -> RecordSet | None:
        """Return one RRset of a zone that the estate holds."""
        ...

    def keys_at(self, zone: str, name: str) -> Iterable[Key]:
        """Return the keys of all RRsets at a name."""
        ...


class Content(Protocol):
    """The two questions that prerequisites ask about a zone."""

    def get(self, name: str, rdtype: str, /) -> RecordSet | None:
        """Return one RRset."""
        ...

    def types_at(self, name: str, /) -> set[str]:
        """Return the types of all RRsets at a name."""
        ...


class ZoneState:
    """The present state of a zone with what was done to it so far."""

    def __init__(self, apex: str, present: Reader, *, ending: bool = False) -> None:
        """Start from the present; ``ending``: the zone goes, with its SOA and its last NS."""
        self.apex = apex
        self.ending = ending
        self._present = present
        self._done: dict[str, dict[str, RecordSet | None]] = {}

    def get(self, name: str, rdtype: str) -> RecordSet | None:
        """Return one RRset as it is now."""
        done = self._done.get(name, {})
        return done[rdtype] if rdtype in done else self._before(name, rdtype)

    def _before(self, name: str, rdtype: str) -> RecordSet | None:
        return self._present.content(self.apex, (name, rdtype))

    def put(self, name: str, rdtype: str, content: RecordSet | None) -> None:
        """Replace one RRset; None or an empty one removes it."""
        self._done.setdefault(name, {})[rdtype] = content if content and content.rdatas else None

    def types_at(self, name: str) -> set[str]:
        """Return the types of all RRsets at a name as it is now."""
        types = {rdtype for _, rdtype in self._present.keys_at(self.apex, name)}
        for rdtype, content in self._done.get(name, {}).items():
            (types.discard if content is None else types.add)(rdtype)
        return types

    def done_at(self, name: str) -> Mapping[str, RecordSet | None]:
        """Return what operations made of RRsets at a name, by type."""
        return self._done.get(name, {})

    def edits(self) -> Iterable[Edit]:
        """Yield the difference between the state at first and now."""
        for name, sets in self._done.items():
            for rdtype, after in sets.items():
                before = self._before(name, rdtype)
                if before != after:
                    yield Edit(self.apex, name, rdtype, before, after)


def operate(operation: Operation, state: ZoneState, problem: Note, remark: Note) -> None:
    """Do one operation; what a server would leave undone goes to ``remark`` with the reason."""
    name, shown = operation.name, f"{operation.name or '.'} {operation.type or ''}".rstrip()

    def ignored(reason: str) -> None:
        remark(Problem(f"{operation.action} {shown} has no effect: {reason}", operation.where))

    if operation.action is Action.REMOVE_NAME:
        types = state.types_at(name) - (_KEPT if name == state.apex else frozenset())
        for rdtype in types:
            state.put(name, rdtype, None)
        if not types:
            ignored("nothing to remove")
        return
    rdtype = operation.type or ""
    before = state.get(name, rdtype)
    setting = operation.action in (Action.ADD, Action.REPLACE) and operation.rdatas
    clash = _clash(state, name, rdtype) if setting else None
    if clash:
        # A server that speaks RFC 2136 says nothing and a provider refuses: neither does it.
        problem(Problem(f"{shown} cannot be set: {clash}", operation.where, _ONE_ALIAS))
    elif operation.action is Action.ADD:
        _add(operation, state, before, ignored)
    elif operation.action is Action.REPLACE:
        ttl = operation.ttl if operation.ttl is not None or before is None else before.ttl
        state.put(name, rdtype, record_set(ttl, operation.rdatas))
    elif before is None:
        ignored("there is no such RRset")
    elif _kept(state, name, rdtype) and _must_stay(operation, before):
        ignored("a zone keeps its SOA and its last NS (RFC 2136 3.4.2.4)")
    elif operation.action is Action.REMOVE_RRSET:
        state.put(name, rdtype, None)
    else:
        rest = [text for text in before.rdatas if text not in operation.rdatas]
        if len(rest) == len(before.rdatas):
            ignored("there is no such record")
        state.put(name, rdtype, record_set(before.ttl, rest))


def _kept(state: ZoneState, name: str, rdtype: str) -> bool:
    return name == state.apex and rdtype in _KEPT and not state.ending


_KEPT = frozenset({"SOA", "NS"})
_ONE_ALIAS = "a CNAME stands alone at its name (RFC 1034 3.6.2)"


def _must_stay(operation: Operation, before: RecordSet) -> bool:
    if operation.type == "SOA" or operation.action is Action.REMOVE_RRSET:
        return True
    return set(before.rdatas) <= set(operation.rdatas)


def _clash(state: ZoneState, name: str, rdtype: str) -> str | None:
    if rdtype in BESIDE_ALIAS:
        return None
    if rdtype == "CNAME":
        others = state.types_at(name) - BESIDE_ALIAS - {"CNAME"}
        return f"the name has {', '.join(sorted(others))}" if others else None
    return "the name has a CNAME" if state.get(name, "CNAME") is not None else None


def _add(
    operation: Operation,
    state: ZoneState,
    before: RecordSet | None,
    ignored: Callable[[str], None],
) -> None:
    name, rdtype = operation.name, operation.type or ""
    if rdtype == "SOA" and not (before and _newer(operation.rdatas[-1], before.rdatas[0])):
        ignored("a SOA needs a zone apex and a later serial (RFC 2136 3.4.2.2)")
        return
    ttl = operation.ttl
    if before is not None and (ttl is None or operation.keeps_ttl):
        ttl = before.ttl
    kept = before.rdatas if before and rdtype not in _SINGLE else ()
    added = operation.rdatas[-1:] if rdtype in _SINGLE else operation.rdatas
    after = record_set(ttl, (*kept, *added))
    if after == before:
        ignored("it is there already")
    state.put(name, rdtype, after)


def _newer(proposed: str, present: str) -> bool:
    """Say whether a SOA text has the later serial (RFC 1982 3.2)."""
    numbers = [text.split(" ")[2:3] for text in (proposed, present)]
    if not all(n and n[0].isdigit() for n in numbers):
        return False
    return 0 < (int(numbers[0][0]) - int(numbers[1][0])) % (1 << 32) < _HALF


def unmet(prerequisite: Prerequisite, state: Content) -> str | None:
    """Return why a prerequisite does not hold, or None where it does."""
    name, kind = prerequisite.name, prerequisite.kind
    shown = name or "."
    if kind in ("name-in-use", "name-not-in-use"):
        used = bool(state.types_at(name))
        if used == (kind == "name-in-use"):
            return None
        return f"{shown} has {'records' if used else 'no records'}"
    rdtype = prerequisite.type or ""
    found = state.get(name, rdtype)
    if kind == "rrset-absent":
        return None if found is None else f"{shown} {rdtype} exists"
    if found is None:
        return f"{shown} {rdtype} does not exist"
    if kind == "rrset-equals" and set(found.rdatas) != set(prerequisite.rdatas):
        return f"{shown} {rdtype} holds {', '.join(found.rdatas)}"
    return None


def outstanding(prerequisite: Prerequisite, state: ZoneState, remark: Note) -> Prerequisite | None:
    """Return what a prerequisite that holds asks of the zone as it is before all operations.

    None where the edits guard it: they apply only while what they touch is what they start from.
    """
    name, kind, done = prerequisite.name, prerequisite.kind, state.done_at(prerequisite.name)
    asked = replace(prerequisite, zone=state.apex, after=0)
    if prerequisite.type is not None:
        return None if prerequisite.type in done else asked
    if not done:
        return asked
    if kind == "name-in-use":
        if any(content is not None for content in done.values()):
            return None
        return replace(asked, kind="rrset-exists", type=min(state.types_at(name)))
    remark(
        Problem(
            f"{name or '.'} is not in use only after what the same input removes there: that an "
            "RRset of another type comes until the change is applied is not noticed",
            prerequisite.where,
        )
    )
    return None
