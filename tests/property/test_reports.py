"""What check, show and inventory say of generated worlds hangs together, whatever is in them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from beds import DECLARED, Bed, Said, kind_of, said
from trustpath.base.clock import FixedClock
from trustpath.facts import estate as estates
from trustpath.facts.part import Part
from trustpath.facts.source import SourceSpec
from trustpath.rules.status import TIERS, Status
from trustpath.store.memory import Store
from trustpath.workflow.check import Report, Selection, check
from trustpath.workflow.inventory import LISTINGS, inventory
from trustpath.workflow.session import Session
from trustpath.workflow.show import Path as Path_
from trustpath.workflow.show import as_document, show
from vectors_support import catalogue
from worlds import NAMES, NOW, World, worlds

CATALOGUE = catalogue()
_PROFILE = settings.default or settings()
_EXAMPLES = settings(
    max_examples=max(_PROFILE.max_examples // 12, 8),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
EVERYTHING = Selection(min_status=Status.PASS)


@dataclass(frozen=True, slots=True)
class Scripted:
    """A source that says what a world gives it to say."""

    spec: SourceSpec
    parts: tuple[Part, ...]

    def collect(self) -> Iterator[Part]:
        """Yield the parts."""
        yield from self.parts


@contextmanager
def session_of(world: World) -> Iterator[Session]:
    """Open a session on a world, collected."""
    by_source: dict[str, list[Said]] = {}
    for one in said(world, NOW):
        by_source.setdefault(one.source, []).append(one)
    with Bed() as bed:
        session = Session(
            estate=estates.build(world["estate"], Path(), "world"),
            clock=FixedClock(NOW),
            memory=Store(bed.database),
            sources=tuple(
                Scripted(
                    SourceSpec(source, kind_of(source), {}, Path()),
                    tuple(one.part for one in given),
                )
                for source, given in by_source.items()
                if source != DECLARED
            ),
            requirements=estates.requirement_facts(),
            catalogue=CATALOGUE,
        )
        assert sum(1 for _ in session.collect()) >= len(session.sources)
        yield session


def totals(report: Report) -> Counter[str]:
    """Return how many subjects have each status, those under an exception apart."""
    return Counter(
        "waived" if finding.id in report.waived else finding.status.word
        for finding in report.findings
    )


@_EXAMPLES
@given(worlds(), st.randoms(use_true_random=False))
def test_the_pieces_of_a_report_add_up(world: World, chance: random.Random) -> None:
    """Counts, order, ids, selections: each says the same in other words."""
    with session_of(world) as session:
        report = check(session, EVERYTHING)
        assert +Counter(report.summary) == totals(report)
        assert not report.unlisted
        ids = [finding.id for finding in report.findings]
        assert len(set(ids)) == len(ids)
        order = [(-f.status, f.rule.id, f.subject) for f in report.findings]
        assert order == sorted(order)
        for finding in report.findings:
            assert (finding.missing is not None) == (finding.status is Status.UNKNOWN)
        listed = check(session, Selection())
        assert listed.summary == report.summary
        assert [f.id for f in listed.findings] == [
            f.id for f in report.findings if f.status is not Status.PASS
        ]
        _bars(session, report)
        _selections(session, report, chance)


def _bars(session: Session, report: Report) -> None:
    """The check fails exactly when a finding without exception stands at or above the bar."""
    standing = [f.status for f in report.findings if f.id not in report.waived]
    for bar in (Status.CRITICAL, Status.MEDIUM, Status.UNKNOWN):
        failed = check(session, Selection(fail_on=bar, min_status=Status.CRITICAL)).fails
        assert failed == any(status >= bar for status in standing)


def _selections(session: Session, report: Report, chance: random.Random) -> None:
    """A selection is what the whole report has of it; all of them together are the whole."""
    by_tier: Counter[str] = Counter()
    for tier in TIERS:
        by_tier += Counter(check(session, Selection(tiers=(tier,))).summary)
    assert by_tier == +Counter(report.summary)
    owner = chance.choice([f.owner for f in report.findings if f.owner] or ["nobody"])
    chosen = check(session, Selection(owners=(owner,), min_status=Status.PASS))
    assert [f.id for f in chosen.findings] == [f.id for f in report.findings if f.owner == owner]
    assert +Counter(chosen.summary) == totals(chosen)
    family = chance.choice([rule.family for rule in CATALOGUE])
    of_family = check(session, Selection(rules=(family.lower(),), min_status=Status.PASS))
    assert [f.id for f in of_family.findings] == [
        f.id for f in report.findings if f.rule.family == family
    ]


@_EXAMPLES
@given(worlds())
def test_listings_are_the_same_by_both_engines_and_mean_what_they_say(world: World) -> None:
    """Inventory: no row twice, owners add up, and a side that lacks something has it nowhere."""
    with session_of(world) as session:
        found = {kind: inventory(session, kind, engine="sqlite") for kind in LISTINGS}
        for kind, listing in found.items():
            large = inventory(session, kind, engine="duckdb")
            differing = [
                pair
                for pair in zip(listing.rows, large.rows, strict=True)
                if _plain(pair[0]) != _plain(pair[1])
            ]
            assert not differing, (kind, differing[:2])
            assert large.completeness == listing.completeness
            assert all(0 <= share <= 100 for share in listing.completeness.values())
        for kind, key in (("certificates", "certificate"), ("names", "name"), ("owners", "owner")):
            keys = [row[key] for row in found[kind].rows]
            assert len(set(keys)) == len(keys), (kind, Counter(keys).most_common(2))
        leaves = {key for key, given in world["certificates"].items() if not given.get("is_ca")}
        assert {row["certificate"] for row in found["certificates"].rows} == leaves
        nobody = {(row["kind"], row["subject"]) for row in found["unowned"].rows}
        for row in found["names"].rows:
            assert (row["owner"] is None) == (("name", row["name"]) in nobody)
        for row in found["reconcile"].rows:
            assert row["lacking"]
            assert not any(row[side] for side in row["lacking"])
            assert any(row[side] for side in ("declared", "dns", "served", "logged", "stored"))


def _plain(value: Any) -> str:
    return repr(value).replace("True", "1").replace("False", "0")


@_EXAMPLES
@given(worlds(), st.sampled_from(NAMES))
def test_a_path_is_the_same_by_both_engines(world: World, name: str) -> None:
    """Show: what is said of a name comes from somewhere, and its findings are those of the check."""
    with session_of(world) as session:
        known = session_knows(session, name)
        if not known:
            return
        path = show(session, name, engine="sqlite")
        other = show(session, name, engine="duckdb")
        assert _apart(path, other) == []
        sources = {source.spec.id for source in session.sources} | {DECLARED}
        for link in path.links:
            assert (link.source is None) == (link.grade is None) == (link.observed_at is None)
            assert link.source is None or link.source in sources
        report = {f.id: f.status for f in check(session, Selection()).findings}
        assert all(report[f.id] is f.status for f in path.findings)
        of_name = {f.id for f in check(session, Selection()).findings if f.subject == name}
        assert of_name <= {f.id for f in path.findings}


def _apart(path: Path_, other: Path_) -> list[tuple[str, str]]:
    """Return what two engines say differently."""
    here, there = as_document(path), as_document(other)
    pairs = [
        *zip_longest(here.pop("links"), there.pop("links")),
        *zip_longest(here.pop("findings"), there.pop("findings")),
        (here, there),
    ]
    return [(_plain(a), _plain(b)) for a, b in pairs if _plain(a) != _plain(b)]


def session_knows(session: Session, name: str) -> bool:
    """Say whether any fact mentions a name."""
    with session.judging(engine="sqlite") as engine:
        return bool(engine.query("SELECT 1 FROM node WHERE name = ?", (name,)))
