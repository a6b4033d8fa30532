"""What holds for any world: engines agree, a subject has one row, the past stays what it was."""

from __future__ import annotations

import random
import sys
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from beds import DECLARED, Bed, Said, said, silent
from trustpath.facts.links import in_order
from trustpath.rules.judge import Engine, judge
from trustpath.rules.rule import Rule
from trustpath.workflow.vectors.run import statuses
from vectors_support import catalogue, vector_files
from worlds import NOW, World, mixtures, worlds

RULES = tuple(catalogue())
SHELF = [
    case.world
    for file in vector_files()
    for case in file.cases
    if not case.before and not case.without
]
WEEK = 7 * 86_400


def reach(rule: Rule) -> frozenset[str]:
    """Return every relation and link that a rule stands on."""
    return rule.needs.union(*(link.needs | {link.name} for link in in_order(rule.needs)))


def reads_history(rule: Rule) -> bool:
    """Say whether a rule looks at what was before."""
    return any(name.endswith("_history") for name in reach(rule))


def examples(share: int, least: int) -> settings:
    """Return settings with so many examples of the profile's; nothing is shrunk, worlds are large."""
    profile = settings.default or settings()
    return settings(
        max_examples=max(profile.max_examples // share, least),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )


def findings(engine: Engine, rules: tuple[Rule, ...] = RULES) -> Counter[tuple[Any, ...]]:
    """Return everything that judging gives: status, tier, owner, what is missing and evidence."""
    found: Counter[tuple[Any, ...]] = Counter()
    for rule in rules:
        for item in judge(rule, engine, passes=True, unknowns=sys.maxsize).findings:
            evidence = tuple(sorted((name, _plain(value)) for name, value in item.evidence.items()))
            found[
                rule.id, item.subject, item.status, item.tier, item.owner, item.missing, evidence
            ] += 1
    return found


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


@examples(share=10, least=10)
@given(worlds() | mixtures(SHELF))
def test_engines_agree_and_a_subject_has_one_row(world: World) -> None:
    """SQLite and DuckDB run the same text over the same snapshot, so every word is the same."""
    with Bed() as bed:
        bed.record(said(world, NOW), NOW)
        with bed.judging(NOW) as small:
            for rule in RULES:
                statuses(rule, small)  # raises when a subject has two rows
            here = findings(small)
        with bed.judging(NOW, duckdb=True) as large:
            there = findings(large)
        assert here == there, (
            f"SQLite alone says {sorted((here - there).keys(), key=repr)[:3]}, "
            f"DuckDB alone says {sorted((there - here).keys(), key=repr)[:3]}"
        )


def test_worlds_reach_the_rules() -> None:
    """A property over rows that never exist would hold of anything."""
    rows: set[str] = set()
    passes: set[str] = set()
    fails: set[str] = set()

    @settings(examples(share=4, least=25), derandomize=True, database=None)
    @given(worlds() | mixtures(SHELF))
    def look(world: World) -> None:
        with Bed() as bed:
            bed.record(said(world, NOW), NOW)
            with bed.judging(NOW) as engine:
                for rule in RULES:
                    seen = set(statuses(rule, engine).values())
                    rows.update({rule.id} if seen else ())
                    passes.update({rule.id} if "pass" in seen else ())
                    fails.update({rule.id} if seen - {"pass", "unknown"} else ())

    look()
    every = {rule.id for rule in RULES}
    print(f"no row: {sorted(every - rows)}\nno pass: {sorted(every - passes)}")
    assert len(rows) >= 0.8 * len(every), sorted(every - rows)
    assert len(passes) >= 0.5 * len(every), sorted(every - passes)
    assert len(fails) >= 0.5 * len(every), sorted(every - fails)


@examples(share=6, least=10)
@given(worlds() | mixtures(SHELF), worlds(), st.randoms(use_true_random=False))
def test_the_past_is_judged_as_it_was(first: World, second: World, chance: random.Random) -> None:
    """What came later, failed later or went away later does not touch the state before."""
    rules = tuple(rule for rule in RULES if not reads_history(rule))
    earlier = said(first, NOW)
    with Bed() as bed:
        bed.record(earlier, NOW)
        with bed.judging(NOW) as engine:
            expected = findings(engine, rules)
        then = [silent(one) if chance.random() < 0.1 else one for one in said(second, NOW)]
        gone = {one.source for one in earlier} - {one.source for one in then}
        bed.record(then, NOW + WEEK, raises=frozenset(gone if chance.random() < 0.5 else ()))
        with bed.judging(NOW, as_of=NOW) as engine:
            assert findings(engine, rules) == expected


def test_few_rules_read_history() -> None:
    """They are left out above, which must not empty it; each says why it cannot do without."""
    historians = [rule for rule in RULES if reads_history(rule)]
    print(sorted(rule.id for rule in historians))
    assert 0 < len(historians) < 0.1 * len(RULES)


@examples(share=4, least=15)
@given(worlds() | mixtures(SHELF))
def test_the_same_again_changes_no_row(world: World) -> None:
    """Collecting what did not change opens no row and closes none, and gives the same findings."""
    everything = said(world, NOW)
    with Bed() as bed:
        bed.record(everything, NOW)
        before = bed.intervals()
        bed.record(everything, NOW + WEEK)
        after = bed.intervals()
        changed = {
            name: set(after[name]) ^ set(rows)
            for name, rows in before.items()
            if after[name] != rows
        }
        assert not changed
        assert any(before.values())


@examples(share=4, least=15)
@given(worlds(), st.randoms(use_true_random=False))
def test_silence_keeps_rows_and_absence_closes_them(world: World, chance: random.Random) -> None:
    """A part that fails keeps what it said; a part that its source no longer has ends."""
    everything = said(world, NOW)
    victim = chance.choice([one for one in everything if one.source != DECLARED])
    with Bed() as bed:
        bed.record(everything, NOW)
        before = bed.intervals()
        bed.record([silent(one) if one == victim else one for one in everything], NOW + WEEK)
        assert bed.intervals() == before
        bed.record([one for one in everything if one != victim], NOW + 2 * WEEK)
        closed = [row for rows in bed.intervals().values() for row in rows if row[-1] is not None]
        assert len(closed) == _rows_of(victim)
        assert all(row[-1] == NOW + 2 * WEEK for row in closed)


def _rows_of(one: Said) -> int:
    return len(set(one.part.facts))


def test_a_part_that_came_late_is_judged_by_its_own_age() -> None:
    """Two parts of one source: the one that failed is stale, the other is not."""
    world: World = {
        "zones": {"a.example": "www A 192.0.2.1", "b.example": "www A 192.0.2.1"},
    }
    everything = said(world, NOW)
    with Bed() as bed:
        bed.record(everything, NOW - 100)
        bed.record(
            [silent(one) if one.part.name == "a.example" else one for one in everything], NOW
        )
        limits = {"zones": 50, DECLARED: None}
        with bed.judging(NOW, freshness=limits) as engine:
            assert engine.query("SELECT apex FROM zone") == [("b.example",)]
        with bed.judging(NOW, freshness={"zones": 100, DECLARED: None}) as engine:
            assert engine.query("SELECT COUNT(*) FROM zone") == [(2,)]
