"""What a replay showed: caught or missed, how early, and what the twin raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError
from trustpath.rules.rule import Rule
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import Verdict
from trustpath.workflow.replay.fixture import Expectation, Incident
from trustpath.workflow.replay.gate import Gate
from trustpath.workflow.replay.play import Moment, play
from trustpath.workflow.vectors.run import Bench

CAUGHT, MISSED, UNCOVERED = "caught", "missed", "not yet covered"


@dataclass(frozen=True, slots=True)
class Firing:
    """The first moment at which an expected status stood."""

    rule: str
    subject: str
    status: Status
    at: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What the gate said of a change; ``said`` is None where it was bypassed or there was none."""

    at: int
    what: str
    bypass: str | None
    expected: Verdict | None
    said: Verdict | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One incident replayed.

    ``word``: ``caught`` (everything fired when it should), ``missed`` or ``not yet covered``.
    ``lead`` is in seconds from the first firing to the damage, negative when the damage came first;
    ``sooner`` to when it was noticed in fact. ``problems`` are all differences from what the file
    expects, ``alarms`` what the twin raised.
    """

    incident: Incident
    word: str
    firings: tuple[Firing, ...]
    first: Firing | None
    answers: tuple[Answered, ...]
    twin_answers: tuple[Answered, ...]
    alarms: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def lead(self) -> int | None:
        """Return the seconds between the first firing and the damage."""
        return _between(self.first, self.incident.damage)

    @property
    def sooner(self) -> int | None:
        """Return the seconds between the first firing and when it was noticed."""
        return _between(self.first, self.incident.noticed)

    @property
    def failed(self) -> bool:
        """Say whether anything came out otherwise than it should."""
        return bool(self.problems or self.alarms)


def replay(
    incident: Incident,
    rules: Mapping[str, Rule],
    make: Callable[[], Bench],
    gate: Gate | None = None,
) -> Outcome:
    """Play an incident and its twin. Raises InputError for a rule that does not exist."""
    if incident.story is None or incident.twin is None or incident.damage is None:
        return Outcome(incident, UNCOVERED, (), None, (), (), (), ())
    for name in incident.rules:
        if name not in rules:
            raise InputError(f"there is no rule {name!r}", where=incident.story.where)
    watched = [rules[name] for name in incident.rules]
    moments = play(incident.story, watched, make(), gate)
    twin = play(incident.twin, watched, make(), gate)
    firings, problems = _fired(incident.story.expect, moments)
    # What stood from the start on is a standing invitation, not a sign of this incident.
    signs = [one for one in firings if one.at > incident.story.start] or firings
    answers, twin_answers = _answers(moments), _answers(twin)
    caught = len(firings) == len(incident.story.expect) and not problems
    problems += [
        f"{one.what}: the gate says {one.said.word}, expected {one.expected.word}"
        for one in (*answers, *twin_answers)
        if one.said is not None and one.expected is not None and one.said is not one.expected
    ]
    return Outcome(
        incident=incident,
        word=CAUGHT if caught else MISSED,
        firings=tuple(firings),
        first=min(signs, key=lambda one: one.at, default=None),
        answers=answers,
        twin_answers=twin_answers,
        alarms=tuple(_alarms(twin)),
        problems=(*problems, *_unfulfilled(incident.twin.expect, twin[-1])),
    )


def _between(first: Firing | None, then: int | None) -> int | None:
    return None if first is None or then is None else then - first.at


def matches(expected: Expectation, rule: str, subject: str) -> bool:
    """Say whether an expectation speaks of a (rule, subject)."""
    pattern = re.escape(expected.subject).replace(r"\*", ".*")
    return rule == expected.rule and re.fullmatch(pattern, subject) is not None


def _fired(
    expect: Sequence[Expectation], moments: Sequence[Moment]
) -> tuple[list[Firing], list[str]]:
    firings, problems = [], []
    for expected in expect:
        found = _first(expected, moments)
        label = f"{expected.rule} {expected.subject!r} {_word(expected)}"
        if found is None:
            last = _standing(expected, moments[-1])
            problems.append(f"{label} never stood; in the end: {last}")
            continue
        firings.append(found)
        if found.at != expected.at:
            due = format_instant(expected.at or 0)
            problems.append(f"{label} stood from {format_instant(found.at)} on, expected {due}")
    return firings, problems


def _first(expected: Expectation, moments: Sequence[Moment]) -> Firing | None:
    for moment in moments:
        for (rule, subject), status in sorted(moment.statuses.items()):
            if status is expected.status and matches(expected, rule, subject):
                return Firing(rule, subject, status, moment.at)
    return None


def _standing(expected: Expectation, moment: Moment) -> str:
    found = [
        f"{subject!r} {status.word}"
        for (rule, subject), status in sorted(moment.statuses.items())
        if rule == expected.rule
    ]
    return "; ".join(found) or "no subject"


def _answers(moments: Sequence[Moment]) -> tuple[Answered, ...]:
    return tuple(
        Answered(
            moment.at,
            moment.event.what,
            moment.event.bypass,
            moment.event.verdict,
            None if moment.assessment is None else moment.assessment.verdict,
        )
        for moment in moments
        if moment.event is not None and moment.event.changes_ours
    )


def _alarms(moments: Sequence[Moment]) -> list[str]:
    found: dict[str, None] = {}
    for moment in moments:
        for (rule, subject), status in sorted(moment.statuses.items()):
            if status >= Status.MEDIUM:
                found[f"{rule} {subject!r} {status.word}"] = None
        if moment.assessment is not None and moment.assessment.verdict is Verdict.DENY:
            assert moment.event is not None  # noqa: S101  only events are assessed
            found[f"the gate denies: {moment.event.what}"] = None
    return list(found)


def _unfulfilled(expect: Sequence[Expectation], last: Moment) -> list[str]:
    problems = []
    for one in expect:
        found = {
            status
            for (rule, subject), status in last.statuses.items()
            if matches(one, rule, subject)
        }
        if found != set() if one.status is None else one.status not in found:
            is_now = _standing(one, last)
            problems.append(
                f"twin: {one.rule} {one.subject!r} should end as {_word(one)}: {is_now}"
            )
    return problems


def _word(expected: Expectation) -> str:
    return "no subject" if expected.status is None else expected.status.word
