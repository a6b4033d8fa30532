"""Reading vector files and running their cases on any engine.

A file speaks of one rule::

    rule: EXP-001
    world: {...}            # shared by all cases, optional
    cases:
      - name: an expired leaf is served
        world: {...}        # sections replace or extend the shared ones
        before: {...}       # optional earlier state, recorded at ``before_at`` (default -30d)
        without: [endpoints]  # sections that fail to deliver
        now: 2026-11-24
        expect: {"shop.example.com 192.0.2.1:443": critical}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from trustpath.base.clock import parse_instant
from trustpath.base.documents import load_yaml
from trustpath.base.errors import RuleError
from trustpath.facts.part import Coverage, Part
from trustpath.rules.judge import Engine
from trustpath.rules.rule import Rule
from trustpath.rules.status import status_of
from trustpath.workflow.vectors.values import instant
from trustpath.workflow.vectors.world import SECTION_SOURCES, parts_of

DEFAULT_NOW = "2026-11-24T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Case:
    """One world and the status that every subject of the rule must have in it."""

    rule: str
    name: str
    now: int
    world: Mapping[str, Any]
    before: Mapping[str, Any] | None
    before_at: int
    without: tuple[str, ...]
    expect: Mapping[str, str]
    where: str


@dataclass(frozen=True, slots=True)
class VectorFile:
    """The cases of one rule."""

    rule: str
    cases: tuple[Case, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A case whose statuses are not the expected ones."""

    case: Case
    expected: Mapping[str, str]
    actual: Mapping[str, str]


class Bench(Protocol):
    """A place to put a world and judge it: parts by source and moment, then an engine."""

    def record(self, source: str, part: Part, now: int) -> None:
        """Take a part that a source gave at an instant."""
        ...

    def engine(self, now: int) -> Engine:
        """Return an engine over everything recorded so far, as of an instant."""
        ...


def read_vectors(data: bytes, where: str) -> VectorFile:
    """Read one vector file; raises RuleError naming file and case."""
    document, _ = load_yaml(data, where)
    if not isinstance(document, dict) or not document.get("rule") or not document.get("cases"):
        raise RuleError("a vector file has the keys rule and cases", where=where)
    rule = str(document["rule"])
    shared = document.get("world") or {}
    return VectorFile(
        rule, tuple(_case(rule, given, shared, where) for given in document["cases"]), where
    )


def _case(rule: str, given: Mapping[str, Any], shared: Mapping[str, Any], where: str) -> Case:
    name = str(given.get("name", "unnamed"))
    where = f"{where}: {name}"
    allowed = {"name", "world", "before", "before_at", "without", "now", "expect"}
    if not isinstance(given.get("expect"), dict) or not set(given) <= allowed:
        raise RuleError(
            "a case has name, world, expect and optionally " + ", ".join(sorted(allowed)),
            where=where,
        )
    now = parse_instant(str(given.get("now", DEFAULT_NOW)), where=where)
    without = tuple(given.get("without", ()))
    if not set(without) <= set(SECTION_SOURCES):
        raise RuleError(
            "without names unknown sections", where=where, hint=", ".join(SECTION_SOURCES)
        )
    return Case(
        rule=rule,
        name=name,
        now=now,
        world={**shared, **(given.get("world") or {})},
        before=given.get("before"),
        before_at=instant(given.get("before_at", "-30d"), now, where) or 0,
        without=without,
        expect={str(k): str(v) for k, v in given["expect"].items()},
        where=where,
    )


def lay(case: Case, bench: Bench) -> None:
    """Record the world of a case: its earlier state first, then the present one."""
    if case.before is not None:
        for source, part in parts_of({**case.world, **case.before}, case.before_at, case.where):
            bench.record(source, part, case.before_at)
    for source, part in parts_of(case.world, case.now, case.where):
        failed = source in case.without
        bench.record(source, _silent(part) if failed else part, case.now)


def _silent(part: Part) -> Part:
    return Part(part.name, part.grade, Coverage.NONE, part.observed_at)


def statuses(rule: Rule, engine: Engine) -> dict[str, str]:
    """Return the status word of every subject of a rule, passes included.

    Raises RuleError when two rows name the same subject.
    """
    found: dict[str, str] = {}
    for subject, tier, holds in engine.query(
        f"SELECT subject, tier, holds FROM ({rule.sql}) AS answer"
    ):
        status = status_of(holds, rule.severity.get(str(tier)))
        if status is None:
            continue
        if str(subject) in found:
            raise RuleError(f"{rule.id} names the subject {subject!r} twice", where=rule.where)
        found[str(subject)] = status.word
    return found


def run_case(case: Case, rule: Rule, bench: Bench) -> Mismatch | None:
    """Judge a case; None when every subject has exactly the expected status."""
    lay(case, bench)
    actual = statuses(rule, bench.engine(case.now))
    return None if actual == case.expect else Mismatch(case, case.expect, actual)


def run_all(
    files: Iterator[VectorFile], rules: Mapping[str, Rule], make: Callable[[], Bench]
) -> Iterator[tuple[Case, Mismatch | None]]:
    """Run every case of every file; raises RuleError for a rule that does not exist."""
    for file in files:
        if file.rule not in rules:
            raise RuleError(f"there is no rule {file.rule!r}", where=file.where)
        for case in file.cases:
            yield case, run_case(case, rules[file.rule], make())
