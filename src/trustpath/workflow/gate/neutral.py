"""Why a change has no impact: said of every one that no impact names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts.edits import only_serial
from trustpath.facts.proposal import CertificateEvent
from trustpath.facts.validation_names import Pattern
from trustpath.workflow.consent import neutral
from trustpath.workflow.gate.assessment import Enabler, Impact, Neutral, PlannedEdit
from trustpath.workflow.gate.proposed import PROPOSAL


@dataclass(frozen=True, slots=True)
class Named:
    """The words by which impacts and powers name what they are about, and whether there are any."""

    words: frozenset[str]
    any: bool
    subjects: tuple[list[str], ...] = ()

    @staticmethod
    def of(found: Sequence[Impact], gained: Sequence[Enabler], told: Iterable[str] = ()) -> Named:
        """Collect the words of impacts, powers and the names of other effects."""
        others = set(told)
        words = {word for i in found for word in i.subject.split()}
        words |= {str(value) for i in found for value in i.evidence.values()}
        words |= {e.control for e in gained} | {e.name for e in gained}
        subjects = tuple(i.subject.split() for i in found)
        return Named(frozenset(words | others), bool(found or gained or others), subjects)


def neutral_changes(
    items: Sequence[PlannedEdit],
    events: Sequence[CertificateEvent],
    named: Named,
    judged: int,
    patterns: Sequence[Pattern],
) -> tuple[Neutral, ...]:
    """Return the changes without impact; ``judged`` is how many statuses were compared.

    A change that is the only one has every impact there is.
    """
    if named.any and len(items) + len(events) == 1:
        return ()
    return (*_edits(items, named, judged, patterns), *_events(events, named, judged))


def _edits(
    items: Sequence[PlannedEdit], named: Named, judged: int, patterns: Sequence[Pattern]
) -> Iterator[Neutral]:
    touched = {item.edit.name for item in items}
    if any(words[0] == PROPOSAL and touched.isdisjoint(words) for words in named.subjects):
        return  # what is wrong with the change as a whole is wrong with each of its edits
    for item in items:
        edit = item.edit
        if edit.name in named.words or names.base(edit.name) in named.words:
            continue
        why = "only the serial of the zone moves" if only_serial(edit) else neutral(item, patterns)
        yield Neutral(f"{edit.action} {edit.name} {edit.type}", why or _kept(judged))


def _events(events: Sequence[CertificateEvent], named: Named, judged: int) -> Iterator[Neutral]:
    for event in events:
        if event.id not in named.words and named.words.isdisjoint(event.names):
            yield Neutral(f"{event.kind} {event.id}", _kept(judged))


def _kept(judged: int) -> str:
    return f"no status gets worse: {judged} were judged before and after"
