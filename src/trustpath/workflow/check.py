"""Check: judge the estate by the catalogue and report what stands."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from trustpath.base.errors import InputError
from trustpath.facts.estate.faults import nearest
from trustpath.facts.part import Problem
from trustpath.rules.catalogue import Catalogue
from trustpath.rules.judge import UNKNOWN_LISTED, Engine, Finding, Outcome, judge
from trustpath.rules.rule import Rule
from trustpath.rules.status import TIERS, Status
from trustpath.rules.value import Value
from trustpath.workflow.session import Session
from trustpath.workflow.waived import Waived, Waiver, waived_by, waivers

CAUSES_LISTED = 50_000
"""How many unknowns are read of a rule that names causes, so that these are counted right."""

COUNTS = {
    "zones": "SELECT COUNT(DISTINCT apex) FROM zone",
    "rrsets": "SELECT COUNT(*) FROM rrset",
    "names": "SELECT COUNT(*) FROM scope_name",
    "certificates": "SELECT COUNT(*) FROM certificate",
    "presentations": "SELECT COUNT(*) FROM presentation",
    "services": "SELECT COUNT(*) FROM service",
    "owners": "SELECT COUNT(DISTINCT id) FROM owner",
}

"""What the estate holds; names are host names, the ones that ``inventory names`` lists."""

OWNERS = (
    "SELECT id FROM owner UNION SELECT owner FROM ownership "
    "UNION SELECT owner FROM service WHERE owner IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which findings are wanted; empty selections mean everything.

    ``min_status`` hides what is below it; ``fail_on`` is the status from which on the check fails.
    With ``all_unknowns`` no unknown is only counted.
    """

    rules: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    min_status: Status = Status.UNKNOWN
    fail_on: Status = Status.HIGH
    all_unknowns: bool = False


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """What one source gave: its best grade, its oldest part, how much arrived, what went wrong.

    ``remarks`` are about parts that arrived whole: they cost nothing.
    """

    source: str
    kind: str
    grade: int | None
    observed_at: int | None
    coverage: str
    fresh: bool
    parts: int
    errors: tuple[Problem, ...]
    failed: bool = False
    """Whether it gave nothing at all, or its last collection did not come to its end."""
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check.

    ``summary`` counts every (rule, subject) of the selection by status word, passes included and
    findings under a valid exception left out (they are counted in ``waived``). ``findings`` are
    ordered from the worst, then by rule and subject; ``unlisted`` counts, by rule, unknowns beyond
    those that are listed; ``fails`` says whether the check fails.
    """

    now: int
    as_of: int
    counts: Mapping[str, int]
    coverage: tuple[SourceCoverage, ...]
    summary: Mapping[str, int]
    findings: tuple[Finding, ...]
    waived: Mapping[str, Waived] = field(default_factory=dict)
    unlisted: Mapping[str, int] = field(default_factory=dict)
    fails: bool = False

    @property
    def failed_sources(self) -> tuple[SourceCoverage, ...]:
        """Return the sources that gave nothing: what would have been found there is not known."""
        return tuple(source for source in self.coverage if source.failed)


def select_rules(catalogue: Catalogue, wanted: tuple[str, ...]) -> Iterator[Rule]:
    """Yield the rules of the given ids or families; raises RuleError for one that is unknown."""
    if not wanted:
        yield from catalogue
        return
    families = {rule.family for rule in catalogue}
    for item in wanted:
        if item.upper() in families:
            yield from (rule for rule in catalogue if rule.family == item.upper())
        else:
            yield catalogue.get(item)


def check(
    session: Session, selection: Selection, *, as_of: int | None = None, engine: str = "auto"
) -> Report:
    """Judge the state of an estate; raises RuleError for a rule that cannot be judged."""
    for tier in selection.tiers:
        if tier not in TIERS:
            raise InputError(f"tier {tier!r} is not known", hint="one of " + ", ".join(TIERS))
    moment = session.clock.now() if as_of is None else as_of
    rules = list(select_rules(session.catalogue, selection.rules))
    with session.judging(as_of, engine) as judging:
        _owners_known(judging, selection.owners)
        judging.expect(frozenset().union(*(rule.needs for rule in rules)))
        counts = {name: _number(judging, sql) for name, sql in COUNTS.items()}
        coverage = tuple(_coverage(session, judging, moment))
        valid = waivers(judging, session.clock.now())
        judged = _Judged(counts, coverage, valid, _outcomes(rules, judging, selection))
        return _report(session.clock.now(), moment, judged, selection)


def _owners_known(engine: Engine, wanted: tuple[str, ...]) -> None:
    """Raise InputError for an owner that no source names: nothing would be judged of it."""
    if not wanted:
        return
    known = [str(row[0]) for row in engine.query(OWNERS)]
    for owner in wanted:
        if owner not in known:
            raise InputError(
                f"owner {owner!r} is not known{nearest(owner, known)}",
                where="--owner",
                hint="trustpath inventory owners lists them",
            )


@dataclass(frozen=True, slots=True)
class _Judged:
    """What judging gives before it is selected from."""

    counts: Mapping[str, int]
    coverage: tuple[SourceCoverage, ...]
    waivers: tuple[Waiver, ...]
    outcomes: Iterator[Outcome]


def _outcomes(rules: list[Rule], engine: Engine, selection: Selection) -> Iterator[Outcome]:
    tiers = frozenset(selection.tiers) or None
    # Owners are looked at row by row, so nothing may stay uncounted then.
    listed_all = selection.all_unknowns or selection.owners
    passes = selection.min_status is Status.PASS
    for rule in rules:
        limit = CAUSES_LISTED if rule.names_causes else UNKNOWN_LISTED
        unknowns = sys.maxsize if listed_all else limit
        yield judge(rule, engine, tiers=tiers, passes=passes, unknowns=unknowns)


def _report(now: int, moment: int, judged: _Judged, selection: Selection) -> Report:
    summary: Counter[str] = Counter({status.word: 0 for status in Status})
    findings: list[Finding] = []
    waived: dict[str, Waived] = {}
    unlisted: dict[str, int] = {}
    owners = frozenset(selection.owners)
    fails = False
    for outcome in judged.outcomes:
        if not owners:
            for status, number in outcome.counts.items():
                summary[status.word] += number
            if outcome.unlisted:
                unlisted[outcome.rule.id] = outcome.unlisted
        for finding in outcome.findings:
            if owners and finding.owner not in owners:
                continue
            summary[finding.status.word] += bool(owners)
            waiver = waived_by(judged.waivers, finding)
            if waiver is not None:
                waived[finding.id] = waiver
                summary[finding.status.word] -= 1
                summary["waived"] += 1
            else:
                fails |= finding.status >= selection.fail_on
            if finding.status >= selection.min_status:
                findings.append(finding)
    findings.sort(key=lambda finding: (-finding.status, finding.rule.id, finding.subject))
    return Report(
        now=now,
        as_of=moment,
        counts=judged.counts,
        coverage=judged.coverage,
        summary=dict(summary),
        findings=tuple(findings),
        waived=waived,
        unlisted=unlisted,
        fails=fails,
    )


def _number(engine: Engine, sql: str) -> int:
    return int(str(engine.query(sql)[0][0]))


def _coverage(session: Session, engine: Engine, moment: int) -> Iterator[SourceCoverage]:
    errors: dict[str, list[Problem]] = {}
    remarks: dict[str, list[Problem]] = {}
    failed: set[str] = set()
    for name, part, coverage, problems in session.memory.problems(moment):
        (remarks if coverage == "full" else errors).setdefault(name, []).extend(problems)
        if problems and not part:
            failed.add(name)
    rows = {
        str(row[0]): row
        for row in engine.query(
            "SELECT source, MIN(kind), MAX(grade), MIN(observed_at), COUNT(*), "
            "MIN(CASE WHEN coverage = 'full' THEN 1 ELSE 0 END), "
            "MAX(CASE WHEN observed_at IS NOT NULL AND name <> '' THEN 1 ELSE 0 END), "
            "MIN(CASE WHEN fresh OR observed_at IS NULL THEN 1 ELSE 0 END), "
            "SUM(CASE WHEN name = '' THEN 0 ELSE 1 END) FROM part GROUP BY source"
        )
    }
    for source in session.sources:
        row = rows.get(source.spec.id)
        found = tuple(errors.get(source.spec.id, ()))
        if row is None:
            yield SourceCoverage(
                source.spec.id, source.spec.kind, None, None, "none", False, 0, found, failed=True
            )
            continue
        whole, some = row[5] == 1 and not found, row[6] == 1
        yield SourceCoverage(
            source=source.spec.id,
            kind=source.spec.kind,
            grade=_integer(row[2]),
            observed_at=_integer(row[3]),
            coverage="full" if whole and some else "partial" if some else "none",
            fresh=row[7] == 1,
            parts=_integer(row[8]) or 0,
            errors=found,
            failed=not some or source.spec.id in failed,
            remarks=tuple(remarks.get(source.spec.id, ())),
        )


def _integer(value: Value) -> int | None:
    return None if value is None else int(value)
