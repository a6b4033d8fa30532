"""Which exception a finding stands under: it is excused as long as that is valid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trustpath.rules.judge import Engine, Finding
from trustpath.rules.status import Status


@dataclass(frozen=True, slots=True)
class Waived:
    """The exception under which a finding stands."""

    id: str
    owner: str
    reason: str
    until: int


@dataclass(frozen=True, slots=True)
class Waiver:
    """A valid exception: the rule, and the subject; None: every subject of the rule."""

    rule: str
    subject: str | None
    terms: Waived


def waivers(engine: Engine, now: int) -> tuple[Waiver, ...]:
    """Return the exceptions that are valid: with an owner, and an end that is not past."""
    rows = engine.query(
        "SELECT rule, subject, id, owner, reason, until FROM waiver "
        "WHERE owner IS NOT NULL AND until IS NOT NULL"
    )
    return tuple(
        Waiver(
            str(rule),
            None if subject is None else str(subject),
            Waived(str(key), str(owner), str(reason), int(str(until))),
        )
        for rule, subject, key, owner, reason, until in rows
        if int(str(until)) >= now
    )


def waived_by(known: Iterable[Waiver], finding: Finding) -> Waived | None:
    """Return what excuses a finding; an unknown is never excused."""
    if finding.status <= Status.UNKNOWN:
        return None
    return next(
        (
            waiver.terms
            for waiver in known
            if waiver.rule == finding.rule.id and waiver.subject in (None, finding.subject)
        ),
        None,
    )


def excused(known: Sequence[Waiver], findings: Iterable[Finding]) -> dict[str, Waived]:
    """Return what excuses the findings, by their ids."""
    found = ((finding.id, waived_by(known, finding)) for finding in findings)
    return {key: terms for key, terms in found if terms is not None}
