"""Playing a story: after each event the world is collected anew and judged at that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, cast

from trustpath.rules.judge import Engine
from trustpath.rules.rule import Rule
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.replay.fixture import Event, Story
from trustpath.workflow.replay.gate import Gate
from trustpath.workflow.replay.world import World, after, beginning, edits_of
from trustpath.workflow.vectors.run import Bench, statuses
from trustpath.workflow.vectors.world import parts_of

Statuses = Mapping[tuple[str, str], Status]


class _Closing(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """The world at one instant: what each (rule, subject) was, and what the gate had said before.

    ``event`` is None at the start. ``assessment`` is None where nothing was asked, or nobody.
    """

    at: int
    event: Event | None
    statuses: Statuses
    assessment: Assessment | None


def play(
    story: Story, rules: Sequence[Rule], bench: Bench, gate: Gate | None
) -> tuple[Moment, ...]:
    """Return the moments of a story, its start first.

    The gate is asked one second before a change takes effect. Raises InputError where an event
    cannot have happened, RuleError where the notation or a rule is wrong.
    """
    world = beginning(story.world, story.start, story.where)
    _collect(world, bench, story.start, story.where)
    moments = [Moment(story.start, None, _judge(rules, bench, story.start), None)]
    for event in story.events:
        later = after(world, event, story.where)
        asked = None
        if gate is not None and event.asks:
            _collect(world, bench, event.at - 1, story.where)
            asked = gate(bench, edits_of(world, later), event.changes, event.at - 1)
        world = later
        _collect(world, bench, event.at, story.where)
        moments.append(Moment(event.at, event, _judge(rules, bench, event.at), asked))
    return tuple(moments)


def _collect(world: World, bench: Bench, now: int, where: str) -> None:
    for source, part in parts_of(world, now, where):
        bench.record(source, part, now)


def _judge(rules: Sequence[Rule], bench: Bench, now: int) -> Statuses:
    engine: Engine = bench.engine(now)
    # An engine keeps temporary tables in the bench's store; the next moment needs them gone.
    with closing(cast("_Closing", engine)):
        return {
            (rule.id, subject): Status.from_word(word)
            for rule in rules
            for subject, word in statuses(rule, engine).items()
        }
