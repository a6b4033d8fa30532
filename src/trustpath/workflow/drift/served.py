"""What zones serve now: whole zones from the sources that transfer them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from trustpath.facts.drift import Seen, Transferring, advanced
from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.part import Coverage, Part
from trustpath.facts.proposal import content_of
from trustpath.facts.relations.dns import Zone
from trustpath.facts.source import Source

Last = Callable[[str, str], Seen | None]
"""Of a zone and a source: what the last look saw."""


@dataclass(frozen=True, slots=True)
class Served:
    """One zone as a server has it now; ``problem`` says why it is not known."""

    zone: str
    source: str
    at: int
    serial: int | None = None
    content: dict[Key, RecordSet] = field(default_factory=dict)
    problem: str = ""


def _never(_zone: str, _source: str) -> Seen | None:
    """Know nothing of an earlier look."""
    return None


def served(
    sources: Iterable[Source],
    wanted: Collection[str] = (),
    last: Last = _never,
    now: Callable[[], int] | None = None,
) -> Iterator[Served]:
    """Transfer the zones of every transferring source, all or those that are wanted.

    ``last`` is what an earlier look saw: from there only what happened since is asked for, where
    the server offers it, the serial moved, and ``now`` tells the instant. An unchanged serial says
    nothing of the content, so that the zone is transferred whole.
    """
    for source in sources:
        if not isinstance(source, Transferring):
            continue
        for zone in source.zones:
            if wanted and zone not in wanted:
                continue
            known = last(zone, source.spec.id) if now is not None else None
            found = None if known is None else source.since(zone, known.serial)
            content = None if known is None or found is None else advanced(zone, known, found)
            if now is not None and found is not None and content is not None:
                yield Served(zone, source.spec.id, now(), found.serial, content)
            else:
                yield _of_part(source.whole(zone), zone, source.spec.id)


def _of_part(part: Part, zone: str, source: str) -> Served:
    if part.coverage is not Coverage.FULL:
        return Served(zone, source, part.observed_at, problem="; ".join(map(str, part.problems)))
    facts = list(part.facts)
    serial = next((fact.serial for fact in facts if isinstance(fact, Zone)), None)
    content = content_of(facts)
    return Served(zone, source, part.observed_at, serial, content)
