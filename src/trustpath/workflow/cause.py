"""Causes: findings that one act would mend are one entry of a report, with a count and examples."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from trustpath.base.canonical import digest
from trustpath.rules.judge import Finding
from trustpath.rules.rule import Rule
from trustpath.rules.status import Status
from trustpath.workflow.check import Report
from trustpath.workflow.waived import Waived


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings of one rule, status and cause, in the order of their subjects; at least one.

    ``unlisted`` unknowns are counted only. ``waived`` is the exception that covers all of them.
    ``name`` is what they have in common; None where the finding stands by itself.
    """

    findings: tuple[Finding, ...]
    name: str | None = None
    waived: Waived | None = None
    unlisted: int = 0

    @property
    def first(self) -> Finding:
        """Return the first finding, which stands for all."""
        return self.findings[0]

    @property
    def rule(self) -> Rule:
        """Return the rule."""
        return self.first.rule

    @property
    def status(self) -> Status:
        """Return the status that all have."""
        return self.first.status

    @property
    def count(self) -> int:
        """Return how many subjects there are."""
        return len(self.findings) + self.unlisted

    @property
    def is_named(self) -> bool:
        """Say whether the rule names a cause, rather than the kind of evidence that is missing."""
        return self.name is not None and self.name != self.first.missing

    @property
    def owners(self) -> tuple[str, ...]:
        """Return who answers for them, in order."""
        return tuple(sorted({f.owner for f in self.findings if f.owner is not None}))

    @property
    def risk(self) -> Status:
        """Return the worst status of a subject, of an unknown the worst that it may turn out."""
        if self.status is not Status.UNKNOWN:
            return self.status
        severities = {f.tier for f in self.findings}
        return max(
            (s for tier in severities if (s := self.rule.severity.get(tier)) is not None),
            default=Status.UNKNOWN,
        )

    @property
    def id(self) -> str:
        """Return an id that stays the same while rule, cause, status and exception do."""
        if self.name is None:
            return self.first.id
        parts = (self.status.word, self.first.missing, self.waived.id if self.waived else None)
        return digest([self.rule.id, "cause", self.name, *parts])[:16]

    @property
    def sentence(self) -> str:
        """Return what was found, of the first subject and how many there are like it."""
        more = self.count - 1
        if not more:
            return self.first.sentence
        return f"{self.first.sentence.rstrip('.')}; {more} more have the same cause."


def causes(report: Report, *, each: bool = False) -> list[Cause]:
    """Return the entries of a report from the worst; with ``each`` every finding is one.

    Findings under an exception are apart from those that are not.
    """
    grouped: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in report.findings:
        waived = report.waived.get(finding.id)
        alone = each or finding.cause is None or finding.status is Status.PASS
        key = (
            -finding.status,
            finding.rule.id,
            finding.subject if alone else "",
            "" if alone else (finding.cause, finding.missing),
            waived.id if waived else "",
        )
        grouped[key].append(finding)
    unlisted = {} if each else dict(report.unlisted)
    return [
        Cause(
            tuple(found),
            None if key[2] else found[0].cause,
            report.waived.get(found[0].id),
            unlisted.pop(found[0].rule.id, 0) if _is_unnamed(found[0]) else 0,
        )
        for key, found in grouped.items()
    ]


def _is_unnamed(finding: Finding) -> bool:
    """Say whether an unknown has no cause but the kind of evidence that is missing."""
    return finding.status is Status.UNKNOWN and finding.cause == finding.missing
