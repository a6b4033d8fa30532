"""The proposal itself as facts: what the estate would say of it as one of its changes (G.2).

What rules say about changes is then said of the one at hand too. Its state tells in which world it
stands: ``made`` where the records already are as it leaves them, ``planned`` where they are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trustpath.base import names
from trustpath.facts import schema
from trustpath.facts.change import NOBODY, Said
from trustpath.facts.edits import Edit
from trustpath.facts.relations import Fact
from trustpath.facts.relations.declaration import Change, ChangeApproval, ChangeRecord
from trustpath.facts.relations.dns import ValidationName
from trustpath.facts.world import Delta
from trustpath.rules.judge import Difference, differences
from trustpath.workflow.gate.ports import Snapshot

PROPOSAL = "proposal"
"""What the change at hand is called in subjects: the same whether it is kept or not."""


def lost(edits: Iterable[Edit], snapshot: Snapshot) -> Iterator[Difference]:
    """Yield what is wrong with taking away for good what rules judge by the world that has it."""
    planned = removals(edits, snapshot)
    if planned is not None:
        yield from differences(*snapshot.case((), planned).compare(snapshot.now))


def add_made(delta: Delta, edits: Sequence[Edit], said: Said, now: int) -> None:
    """Put the change into the world after it, made now, with who proposed and approved it."""
    records = list(_records(edits))
    if records:
        approvals = [
            ChangeApproval(PROPOSAL, one.approver, one.role, one.at) for one in said.approvals
        ]
        _come(delta, [_change("made", said, now), *records, *approvals])


def removals(edits: Iterable[Edit], snapshot: Snapshot) -> Delta | None:
    """Return the change as a plan, for the world that still has what it takes away for good.

    Those are whole CAA sets and records by which control of a name is proved again and again: what
    they were for cannot be told from a world without them. What happens with the latter at the name
    itself is there too. None where there are no such.
    """
    gone = [edit for edit in edits if edit.removed and not edit.added]
    missed = [edit for edit in gone if _is_missed(edit, snapshot)]
    tokens = [edit for edit in missed if edit.type in ("CNAME", "NS")]
    hosts = {names.parent(edit.name) for edit in tokens}
    beside = [edit for edit in edits if edit not in missed and names.base(edit.name) in hosts]
    records = list(_records([*missed, *beside]))
    if not records:
        return None
    delta = Delta()
    _come(delta, [_change("planned", NOBODY, snapshot.now), *records])
    return delta


def _is_missed(edit: Edit, snapshot: Snapshot) -> bool:
    if edit.type == "CAA":  # adopted edits are made already: the set is not there to be judged
        return edit.after is None and snapshot.content(edit.zone, edit.key) == edit.before
    if edit.type not in ("CNAME", "NS", "TXT"):
        return False
    held = [
        ValidationName(*row)  # type: ignore[arg-type]
        for row in snapshot.rows("validation_name", "name", edit.name)
    ]
    return any(not v.one_time and v.type == edit.type and v.rdata in edit.removed for v in held)


def _change(state: str, said: Said, now: int) -> Change:
    """Return the change: the gate has its way back at hand, and judges it as of now."""
    return Change(PROPOSAL, said.author, state, opens=now, closes=now, inverse=True)


def _records(edits: Iterable[Edit]) -> Iterator[ChangeRecord]:
    for edit in edits:
        for action, texts in (("remove", edit.removed), ("add", edit.added)):
            for text in texts:
                yield ChangeRecord(PROPOSAL, edit.zone, edit.name, edit.type, action, text)


def _come(delta: Delta, facts: Iterable[Fact]) -> None:
    for fact in facts:
        delta.come[schema.BY_RELATION[type(fact)].name].add(tuple(fact))
