"""Taking evidence away never makes anything pass, over generated worlds and over those of vectors.

A source can fail, fail as a whole, not be configured any more, or have spoken too long ago; a part
of it can do so alone. Whatever happens, a subject that did not pass before does not pass after. The
estate file is no such source: without it there is no run.

Two things are left out because what is true in them depends on whom one asks: copies of one zone
that differ (the better copy gone, the other one counts), and a child zone that its parent does not
delegate.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from beds import DECLARED, OWNERS, Bed, Said, said, silent
from trustpath.rules.judge import Engine
from trustpath.rules.rule import Rule
from trustpath.workflow.vectors import Case
from trustpath.workflow.vectors.run import statuses
from trustpath.workflow.vectors.world import SECTION_SOURCES
from vectors_support import catalogue, vector_files
from worlds import NOW, World, least, mixtures, worlds, written

RULES = tuple(catalogue())
EARLIER = 1_000
"""Seconds before now at which what goes stale was last seen; the limit is half of it."""

Verdicts = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes missing: parts by (source, name), or a whole source, and in which way.

    ``way``: ``silent`` (the parts came with nothing), ``raises`` (the source gave no part at all),
    ``gone`` (it is not configured), ``old`` (its limit is exceeded), ``late`` (parts came before,
    now they fail, and what they said is too old).
    """

    way: str
    parts: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        names = ", ".join(f"{source}/{name}" for source, name in sorted(self.parts))
        return f"{self.way}: {names}"


def whole(everything: list[Said], way: str) -> Iterator[Loss]:
    """Yield the loss of each source that can fail."""
    for source in sorted({one.source for one in everything} - {DECLARED}):
        yield Loss(way, frozenset(one.key for one in everything if one.source == source))


def verdicts(engine: Engine, rules: tuple[Rule, ...] = RULES) -> Verdicts:
    """Return the status of every subject of every rule."""
    return {
        (rule.id, subject): status
        for rule in rules
        for subject, status in statuses(rule, engine).items()
    }


def judged(
    everything: list[Said], loss: Loss | None, now: int = NOW, rules: tuple[Rule, ...] = RULES
) -> Verdicts:
    """Judge a world that lost something."""
    lost: frozenset[tuple[str, str]] = loss.parts if loss else frozenset()
    sources = frozenset(source for source, _ in lost)
    way = loss.way if loss else ""
    limits = None
    with Bed() as bed:
        if way == "late":
            bed.record(everything, now - EARLIER)
            limits = {one.source: EARLIER // 2 for one in everything} | {DECLARED: None}
        if way in ("silent", "late"):
            bed.record([silent(one) if one.key in lost else one for one in everything], now)
        elif way in ("raises", "gone"):
            kept = [one for one in everything if one.source not in sources]
            bed.record(kept, now, raises=sources if way == "raises" else frozenset())
        else:
            bed.record(everything, now)
        if way == "old":
            limits = {one.source: -1 if one.source in sources else None for one in everything}
        with bed.judging(now, freshness=limits) as engine:
            return verdicts(engine, rules)


def raised(before: Verdicts, after: Verdicts, *, strict: bool = True) -> Verdicts:
    """Return what passes now and did not, with what it was.

    Not ``strict``: a subject that was none before may pass. Where a zone is lost, what resolvers
    see stands in for it, and they may see what the zone did not have.
    """
    return {
        key: before.get(key, "absent")
        for key, status in after.items()
        if status == "pass"
        and before.get(key) != "pass"
        and (strict or before.get(key) is not None)
    }


def is_strict(loss: Loss) -> bool:
    """Say whether a subject may not even appear.

    It may where a zone is lost: another copy or resolvers stand in for it, and see what the better
    witness did not have; what it held now lies outside. And where a source of owners is lost: a name
    that its service had put into a tier is judged by another, for which more rules are evaluated.
    """
    return not {source for source, _ in loss.parts} & {"zones", "partial", "copy", OWNERS}


def complain(world: World, loss: Loss, found: Verdicts) -> str:
    """Return a message with the smallest world that shows the first violation."""
    (rule_id, subject), was = min(found.items())
    rules = tuple(rule for rule in RULES if rule.id == rule_id)

    def shows(candidate: World) -> bool:
        everything = said(candidate, NOW)
        before, after = (judged(everything, one, rules=rules) for one in (None, loss))
        strict = is_strict(loss)
        return (rule_id, subject) in raised(before, after, strict=strict)

    small = least(world, shows)
    return (
        f"{rule_id} {subject!r} was {was} and passes after the loss of [{loss}]; "
        f"{len(found)} in all\n{written(small)}"
    )


_EXAMPLES = settings(
    max_examples=max((settings.default or settings()).max_examples // 8, 10),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
"""Nothing is shrunk by Hypothesis: ``least`` does it by itself and for one rule only."""


PUT_INTO_A_TIER_BY_A_CATALOGUE: World = {
    "estate": {
        "defaults": {"tier": "partner"},
        "keys": [{"store": "laptop", "certificate": "c1" * 32, "exportable": True}],
    },
    "certificates": {"c1" * 32: {"names": ["db.example.com"]}},
    "people": {
        "service": [{"id": "extra", "owner": "web", "tier": "public", "state": "active"}],
        "service_name": [{"service": "extra", "name": "db.example.com", "base": "db.example.com"}],
    },
}
"""KEY-005: any store will do on the default tier, and the service is on the public one."""

WITHOUT_A_PERSISTENT_RECORD: World = {
    "estate": {
        "cas": [{"id": "le", "caa": ["le.example"]}],
        "jobs": [{"id": "j", "ca": "le", "method": "dns-persist-01", "names": ["www.example.com"]}],
    },
    "zones": {"example.com": "www A 192.0.2.1"},
}
"""ACME-006: nothing permits the job, which is known only as long as the zone is."""


CLAIMED_TWICE: World = {
    "estate": {
        "services": [{"id": "db", "names": ["db.example.com"], "aliases": ["cdn.example.net"]}],
    },
    "zones": {"example.com": "db ALIAS edge.cdn.example.net."},
    "people": {"service_name": [{"name": "db.example.com"}]},
}
"""BIND-004: of two services that claim the name, the one without places is judged by."""


@_EXAMPLES
@given(worlds(), st.randoms(use_true_random=False))
@example(CLAIMED_TWICE, random.Random(0))
@example(PUT_INTO_A_TIER_BY_A_CATALOGUE, random.Random(0))
@example(WITHOUT_A_PERSISTENT_RECORD, random.Random(0))
def test_losing_a_source_of_a_generated_world(world: World, chance: random.Random) -> None:
    """Each source fails in one way or another, and a few parts at random fail alone."""
    lose(world, chance)


SHELF = [
    case.world
    for file in vector_files()
    for case in file.cases
    if not case.before and not case.without
]


@_EXAMPLES
@given(mixtures(SHELF), st.randoms(use_true_random=False))
def test_losing_a_source_of_several_vectors_at_once(world: World, chance: random.Random) -> None:
    """The same where worlds in which rules fail and pass lie on top of one another."""
    lose(world, chance)


def test_a_vantage_that_met_a_filter_falls_silent() -> None:
    """CAA-013: the other vantage alone does not tell that every lookup works."""
    asked = {"name": "www.example.com", "type": "CAA"}
    world: World = {
        "zones": {"example.com": "www A 192.0.2.1"},
        "answers": [{**asked, "vantage": "here", "ede": 17}, {**asked, "vantage": "there"}],
    }
    subject = ("CAA-013", "www.example.com")
    for way in ("silent", "late"):
        loss = Loss(way, frozenset({("resolve", "here")}))
        assert judged(said(world, NOW), loss)[subject] == "unknown"


def test_a_zone_that_is_lost_while_resolvers_see_no_caa() -> None:
    """CAA-002: what a silent zone source holds may forbid what live answers do not show."""
    world: World = {
        "estate": {
            "cas": [{"id": "le", "caa": ["le.example"]}],
            "jobs": [{"id": "j", "ca": "le", "names": ["example.com"]}],
        },
        "zones": {"example.com": '@ CAA 128 unheard "x"\n@ A 192.0.2.1'},
        "answers": [{"name": "example.com", "type": "CAA", "outcome": "nxdomain"}],
    }
    subject = ("CAA-002", "job j example.com")
    assert judged(said(world, NOW), None)[subject] == "high"
    for way in ("silent", "raises", "old", "late", "gone"):
        loss = Loss(way, frozenset({("zones", "example.com")}))
        assert judged(said(world, NOW), loss)[subject] == "unknown", way


def lose(world: World, chance: random.Random) -> None:
    """Fail the test when a loss makes something pass."""
    everything = said(world, NOW)
    before = judged(everything, None)
    for loss in losses(everything, chance):
        after = judged(everything, loss)
        found = raised(before, after, strict=is_strict(loss))
        if found:
            pytest.fail(complain(world, loss, found))


def losses(everything: list[Said], chance: random.Random) -> Iterator[Loss]:
    """Yield each source lost in a way drawn, and some parts."""
    for loss in whole(everything, ""):
        ways = ["silent", "raises", "gone", "old", "late"]
        if OWNERS in {source for source, _ in loss.parts}:
            # Nobody can know of a directory that the estate file does not name any more.
            ways.remove("gone")
        yield Loss(chance.choice(ways), loss.parts)
    parts = [one.key for one in everything if one.source != DECLARED]
    for key in chance.sample(parts, min(2, len(parts))):
        yield Loss(chance.choice(("silent", "late")), frozenset((key,)))
    if len(parts) > 2:
        some = chance.sample(parts, chance.randint(2, len(parts)))
        yield Loss(chance.choice(("silent", "late")), frozenset(some))


CASES = [
    pytest.param(file.rule, file.cases, id=file.rule)
    for file in vector_files()
    if any(rule.id == file.rule for rule in RULES)
]


@pytest.mark.parametrize("rule_id, cases", CASES)
def test_losing_a_source_of_a_vector(rule_id: str, cases: tuple[Case, ...]) -> None:
    """The worlds in which a rule is known to fail, pass and not know: none of its sources' losses."""
    rules = tuple(rule for rule in RULES if rule.id == rule_id)
    for case in cases:
        if case.before is not None or case.without:
            continue
        everything = said(case.world, case.now)
        before = judged(everything, None, case.now, rules)
        for loss in whole(everything, "silent"):
            found = raised(before, judged(everything, loss, case.now, rules))
            assert not found, f"{case.where}: {found} after the loss of [{loss}]"


def test_sources_of_the_notation_are_the_ones_that_are_lost() -> None:
    """A section that nobody loses would never be tested."""
    content: dict[str, Any] = {
        "zones": {"example.com": "@ A 192.0.2.1"},
        "certificates": {"c": {"names": ["example.com"]}},
        "presentations": [{"address": "192.0.2.1", "leaf": "c"}],
        "answers": [{"name": "example.com", "rdatas": ["192.0.2.1"]}],
        "ct": [{"names": ["example.com"]}],
    }
    lost = {source for loss in whole(said(content, NOW), "silent") for source, _ in loss.parts}
    assert lost == set(SECTION_SOURCES) - {DECLARED, "facts"}
