"""Judging: run a rule on an engine and turn its rows into findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trustpath.base.canonical import digest
from trustpath.base.errors import RuleError
from trustpath.rules.rule import MISSING_KINDS, RESERVED, Rule
from trustpath.rules.status import Status, status_of
from trustpath.rules.value import Value

UNKNOWN_LISTED = 1000
"""How many unknowns of one rule are listed; all are counted. More of them help nobody."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule's SELECT gave.

    ``counts`` has the number of rows by (tier, holds). ``rows`` are all that do not hold, of the
    unknown ones no more than were asked for, and those that hold only when asked for.
    """

    columns: tuple[str, ...]
    counts: Mapping[tuple[str, bool | None], int]
    rows: Sequence[tuple[Value, ...]]


class Engine(Protocol):
    """Something that holds facts and can answer a SELECT over facts and links."""

    def ask(self, sql: str, *, passes: bool = False, unknowns: int = UNKNOWN_LISTED) -> Answer:
        """Run the SELECT of a rule; raises RuleError when the engine refuses it."""
        ...

    def expect(self, names: frozenset[str]) -> None:
        """Hear which relations will be asked for, so as to fetch them meanwhile; may do nothing."""
        ...

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run any SELECT over facts and links (positional ``?`` parameters)."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """The status of one (rule, subject), with its evidence.

    The row is kept as it came, since a large estate has a million of them.
    """

    rule: Rule
    subject: str
    status: Status
    tier: str
    owner: str | None
    missing: str | None
    columns: tuple[str, ...]
    row: tuple[Value, ...]

    @property
    def id(self) -> str:
        """Return an id that stays the same while rule and subject do."""
        return digest([self.rule.id, self.subject])[:16]

    @property
    def evidence(self) -> dict[str, Value]:
        """Return what the rule shows beside its answer, without what is not known."""
        return {
            name: value
            for name, value in zip(self.columns, self.row, strict=True)
            if value is not None and name not in RESERVED
        }

    @property
    def cause(self) -> str | None:
        """Return what this finding has in common with others, where the rule tells.

        Of an unknown that is at least the kind of evidence that is missing.
        """
        value = None
        if "cause" in self.columns:
            value = self.row[self.columns.index("cause")]
        return self.missing if value is None else str(value)

    @property
    def decides(self) -> str:
        """Return what would decide an unknown; empty for anything else."""
        if self.missing is None:
            return ""
        if self.rule.decides and self.missing == self.rule.missing:
            return self.rule.decides
        return MISSING_KINDS.get(self.missing, self.missing)

    @property
    def sentence(self) -> str:
        """Return in one sentence what was found."""
        if self.status is Status.PASS:
            return f"{self.subject} meets {self.rule.id}"
        said = self.rule.asks if self.status is Status.UNKNOWN else self.rule.says
        return said.render(dict(zip(self.columns, self.row, strict=True)))


@dataclass(frozen=True, slots=True)
class Answered:
    """What one rule gave in one world: its rows as they came."""

    rule: Rule
    columns: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]

    def judged(self) -> dict[str, Finding]:
        """Return the status of every subject, passes included."""
        if not self.rows:
            return {}
        found = _findings(self.rule, self.columns, self.rows, self.rule.severity)
        return {finding.subject: finding for finding in found}


Answers = Mapping[str, Answered]
"""What rules gave in one world, by rule id; a rule without rows may be absent."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One (rule, subject) whose status differs between two worlds; None where it is no subject."""

    before: Finding | None
    after: Finding | None


def differences(before: Answers, after: Answers) -> Iterator[Difference]:
    """Yield what differs in status, rule by rule; rows that are the same are not even looked at."""
    for rule in sorted(before.keys() | after.keys()):
        old, new = before.get(rule), after.get(rule)
        if old is new or (old is not None and new is not None and old.rows == new.rows):
            continue
        low = old.judged() if old else {}
        high = new.judged() if new else {}
        for subject in sorted(low.keys() | high.keys()):
            one, other = low.get(subject), high.get(subject)
            if one is None or other is None or one.status is not other.status:
                yield Difference(one, other)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of one rule: how many subjects have each status, and the findings.

    ``unlisted`` is the number of unknowns that are counted only.
    """

    rule: Rule
    counts: Mapping[Status, int]
    findings: tuple[Finding, ...]
    unlisted: int


def judge(
    rule: Rule,
    engine: Engine,
    *,
    tiers: frozenset[str] | None = None,
    passes: bool = False,
    unknowns: int = UNKNOWN_LISTED,
) -> Outcome:
    """Evaluate one rule; with ``passes`` what holds is among the findings too.

    Raises RuleError when the SELECT breaks the contract.
    """
    try:
        answer = engine.ask(rule.sql, passes=passes, unknowns=unknowns)
    except RuleError as error:
        raise RuleError(f"{rule.id}: {error.message}", where=rule.where) from error
    wanted = {
        tier: severity
        for tier, severity in rule.severity.items()
        if severity is not None and (tiers is None or tier in tiers)
    }
    counts: Counter[Status] = Counter()
    for (tier, holds), number in answer.counts.items():
        status = status_of(holds, wanted.get(tier))
        if status is not None:
            counts[status] += number
    findings = tuple(_findings(rule, answer.columns, answer.rows, wanted))
    listed = sum(finding.status is Status.UNKNOWN for finding in findings)
    return Outcome(rule, counts, findings, counts[Status.UNKNOWN] - listed)


def _findings(
    rule: Rule,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Value, ...]],
    severity: Mapping[str, Status | None],
) -> Iterator[Finding]:
    position = {name: index for index, name in enumerate(columns)}
    for needed in ("subject", "tier", "owner", "holds"):
        if needed not in position:
            raise RuleError(f"the SELECT of {rule.id} has no column {needed!r}", where=rule.where)
    unknown = sorted((rule.says.columns | rule.asks.columns) - position.keys())
    if unknown:
        raise RuleError(
            f"a sentence of {rule.id} has {{{unknown[0]}}}, no column", where=rule.where
        )
    at_subject, at_tier = position["subject"], position["tier"]
    at_owner, at_holds = position["owner"], position["holds"]
    at_missing = position.get("missing")
    for row in rows:
        tier, holds, owner = str(row[at_tier]), row[at_holds], row[at_owner]
        status = status_of(holds, severity.get(tier))
        if status is None:
            continue
        missing = None if at_missing is None else row[at_missing]
        yield Finding(
            rule=rule,
            subject=str(row[at_subject]),
            status=status,
            tier=tier,
            owner=None if owner is None else str(owner),
            missing=(str(missing) if missing else rule.missing) if holds is None else None,
            columns=columns,
            row=row,
        )
