"""Judging: run a rule on an engine and turn its rows into findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trustpath.base.canonical import digest
from trustpath.base.errors import RuleError
from trustpath.rules.rule import RESERVED, Rule
from trustpath.rules.status import Status, status_of

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule's SELECT gave: how many rows hold, by tier, and every row that does not."""

    columns: tuple[str, ...]
    passes: Mapping[str, int]
    rows: Sequence[tuple[Value, ...]]


class Engine(Protocol):
    """Something that holds facts and can answer a SELECT over facts and links."""

    def ask(self, sql: str, *, passes: bool = False) -> Answer:
        """Run the SELECT of a rule; with ``passes`` the rows that hold are among the rows too.

        Raises RuleError when the engine refuses the text.
        """
        ...

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run any SELECT over facts and links (positional ``?`` parameters)."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """The status of one (rule, subject), with its evidence."""

    rule: Rule
    subject: str
    status: Status
    tier: str
    owner: str | None
    missing: str | None
    evidence: Mapping[str, Value]

    @property
    def id(self) -> str:
        """Return an id that stays the same while rule and subject do."""
        return digest([self.rule.id, self.subject])[:16]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of one rule: the number of passes and the findings, ordered by subject."""

    rule: Rule
    passes: int
    findings: tuple[Finding, ...]


def judge(
    rule: Rule, engine: Engine, *, tiers: frozenset[str] | None = None, passes: bool = False
) -> Outcome:
    """Evaluate one rule; with ``passes`` what holds is among the findings too.

    Raises RuleError when the SELECT breaks the contract.
    """
    try:
        answer = engine.ask(rule.sql, passes=passes)
    except RuleError as error:
        raise RuleError(f"{rule.id}: {error.message}", where=rule.where) from error
    position = {name: index for index, name in enumerate(answer.columns)}
    for needed in ("subject", "tier", "owner", "holds"):
        if needed not in position:
            raise RuleError(f"the SELECT of {rule.id} has no column {needed!r}", where=rule.where)
    evidence_at = [(name, i) for name, i in position.items() if name not in RESERVED]
    at_missing = position.get("missing")
    findings = []
    for row in answer.rows:
        tier = str(row[position["tier"]])
        holds = row[position["holds"]]
        status = status_of(holds, rule.severity.get(tier))
        if status is None or (tiers is not None and tier not in tiers):
            continue
        owner = row[position["owner"]]
        missing = row[at_missing] if at_missing is not None else None
        findings.append(
            Finding(
                rule=rule,
                subject=str(row[position["subject"]]),
                status=status,
                tier=tier,
                owner=None if owner is None else str(owner),
                missing=(str(missing) if missing else rule.missing) if holds is None else None,
                evidence={name: row[i] for name, i in evidence_at if row[i] is not None},
            )
        )
    findings.sort(key=lambda finding: finding.subject)
    held = sum(
        count
        for tier, count in answer.passes.items()
        if rule.severity.get(tier) is not None and (tiers is None or tier in tiers)
    )
    return Outcome(rule, held, tuple(findings))
