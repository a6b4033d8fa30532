"""A change judged in its cone comes out as if the changed world had been collected and judged whole."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from narrowing import Found, Given, Twice, random_edits, written, zones
from shared import REPOSITORY
from trustpath.app.application import TrustpathApplication
from trustpath.base.clock import parse_instant
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit, RecordSet, record_set
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.records import zone_facts
from trustpath.facts.relations.declaration import Complete
from trustpath.facts.relations.dns import Rdata, Zone
from trustpath.workflow.vectors import Case
from trustpath.workflow.vectors.world import parts_of
from vectors_support import catalogue, vector_files

RULES = [rule for rule in catalogue() if rule.gate in ("gate", "probe")]
NOW = parse_instant("2026-11-24T12:00:00Z")
MONTH = 30 * 86_400
DECLARED = frozenset({"estate", "requirements"})
"""What is declared does not fall silent: without it there is no run."""

_EXAMPLES = (settings.default or settings()).max_examples
THOROUGH = _EXAMPLES > 500


def given_by(case: Case) -> Given:
    """Return the parts of a world, those silent that its case wants so."""
    return [
        (source, silent(part) if source in case.without else part)
        for source, part in parts_of(case.world, case.now, case.where)
    ]


def silent(part: Part) -> Part:
    """Return a part that came with nothing."""
    return Part(part.name, part.grade, Coverage.NONE, part.observed_at)


def silenced(given: Given, lost: str, kept: Collection[str] = ()) -> Given:
    """Return the parts with those of a source silent, but for zones that are kept."""
    return [
        (source, silent(part) if source == lost and part.name not in kept else part)
        for source, part in given
    ]


def holds_zone(part: Part) -> bool:
    """Say whether a part tells its zone."""
    return any(isinstance(fact, Zone) for fact in part.facts)


def declares(part: Part) -> bool:
    """Say whether a part tells which sources are complete: it is the estate's word, not a look."""
    return any(isinstance(fact, Complete) for fact in part.facts)


CASES = [case for file in vector_files() for case in file.cases if zones(given_by(case))]


def bounded(examples: int) -> settings:
    """Bound the examples: each judges whole worlds, and a shorter change says little more."""
    return settings(
        max_examples=max(_EXAMPLES * examples // 100, 5),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        deadline=None,
    )


drawn = given(st.sampled_from(range(len(CASES))), st.integers(0, 2**32))


def drawing(number: int, seed: int) -> tuple[Case, Twice, list[Edit]]:
    """Return a world of the vectors, in two stores, and edits of it."""
    case = CASES[number]
    world = Twice(given_by(case), case.now, RULES)
    return case, world, random_edits(random.Random(seed), zones(world.given))


def place(where: str) -> int:
    """Return the number of a case of the vectors."""
    return next(i for i, case in enumerate(CASES) if case.where.endswith(where))


def complaint(where: str, edits: Sequence[Edit], wrong: object) -> str:
    return f"{where}\n{written(edits)}\n(full before, after, narrow before, after): {wrong}"


ADDITIONS = (
    ("new.", "A", "192.0.2.77"),
    ("", "CAA", '0 issue ";"'),
    ("a.b.", "A", "192.0.2.78"),
    ("*.", "A", "192.0.2.79"),
    ("www.", "CAA", '0 issue "x.example"'),
    ("lab.", "NS", "ns.example.org."),
    ("_acme-challenge.www.", "CNAME", "x.example.org."),
    ("_443._tcp.www.", "TLSA", "3 1 1 " + "ab" * 32),
    ("_validation-persist.", "TXT", '"ca.example; accounturi=https://ca.example/acct/9"'),
    ("shop.", "MX", "10 mail.example.com."),
    ("gone.", "CNAME", "nowhere.example.com."),
)
CHANGED = {
    "A": "203.0.113.99",
    "CNAME": "nowhere.example.org.",
    "CAA": '0 issue "other.example"',
    "NS": "ns.example.org.",
    "MX": "0 .",
}


def typical(apex: str, content: dict[tuple[str, str], RecordSet]) -> Iterator[Edit]:
    """Yield every RRset removed, changed and with another TTL, and typical additions."""
    for (name, kind), held in content.items():
        yield Edit(apex, name, kind, held, None)
        if held.ttl:
            yield Edit(apex, name, kind, held, held._replace(ttl=held.ttl // 2 + 1))
        if kind in CHANGED and held.rdatas != (CHANGED[kind],):
            yield Edit(apex, name, kind, held, record_set(held.ttl, [CHANGED[kind]]))
    for prefix, kind, text in ADDITIONS:
        if (prefix + apex, kind) not in content:
            yield Edit(apex, prefix + apex, kind, None, record_set(300, [text]))


@pytest.fixture(scope="module", name="example")
def example_estate() -> Iterator[Twice]:
    session = TrustpathApplication().open(REPOSITORY / "examples" / "estate.yaml", now=NOW)
    declared = {"estate": session.estate.declarations, "requirements": session.requirements}
    parts = [
        (name, Part(name, Grade.DECLARATION, Coverage.FULL, NOW, facts))
        for name, facts in declared.items()
    ]
    parts += [(source.spec.id, part) for source in session.sources for part in source.collect()]
    world = Twice(parts, NOW, RULES)
    yield world
    world.gate.close()


def test_edits_of_the_example_estate(example: Twice) -> None:
    before = example.full()
    edits = [e for apex, content in zones(example.given).items() for e in typical(apex, content)]
    assert len(edits) > 80
    differing = 0
    for edit in edits if THOROUGH else random.Random(3).sample(edits, 60):
        wrong = example.differences(before, [edit])
        assert not wrong, complaint("example", [edit], wrong)
        low, high = example.narrow([edit])
        differing += low != high
    assert differing > 20


def test_an_alias_of_a_provider_keeps_its_target() -> None:
    """Its text holds more than a name, so the target comes with the facts and not by parsing."""
    kind = "Route53Provider/ALIAS"
    text = "lb.example.net. A hosted-zone-id=Z1 evaluate-target-health=true"
    entries = [("www.example.com", kind, None, [text])]
    facts = [
        fact._replace(target="lb.example.net") if isinstance(fact, Rdata) else fact
        for fact in zone_facts("example.com", entries, full=True)
    ]
    part = Part("example.com", Grade.AUTHORITATIVE, Coverage.FULL, NOW, facts)
    with Twice([("zones", part)], NOW, RULES).gate as gate:
        held = record_set(None, [text])
        for after in (None, record_set(None, [text.replace("lb.", "other.")])):
            case = gate.case([Edit("example.com", "www.example.com", kind, held, after)])
            sql = "SELECT target FROM alias WHERE name = 'www.example.com'"
            assert case.query(sql) == [("lb.example.net",)]
            wanted = [("other.example.net",)] if after else []
            assert case.query(sql, after=True) == wanted


def test_an_alias_beside_the_change_leads_where_it_leads() -> None:
    """A name that stands for those below an ancestor is no host without its target."""
    case = CASES[place("DANGLE-007.yaml: nothing dangles")]
    world = Twice(given_by(case), case.now, RULES)
    added = record_set(300, ['0 issue "ca.example"'])
    edits = [Edit("example.com", "new.www.example.com", "CAA", None, added)]
    assert world.differences(world.full(), edits) == {}


@bounded(50)
@drawn
def test_several_edits_of_worlds_of_the_vectors(number: int, seed: int) -> None:
    case, world, edits = drawing(number, seed)
    with world.gate:
        if edits:
            wrong = world.differences(world.full(), edits)
            assert not wrong, complaint(case.where, edits, wrong)


def asked(world: Twice, edits: list[Edit], asks: Sequence[int]) -> list[tuple[Found, Found]]:
    """Open one case and ask for its worlds at instants in an order."""
    case = world.gate.case(edits)
    return [world.answered(case, at) for at in asks]


@bounded(30)
@drawn
@example(place("EXP-002.yaml: nobody knows whether the successor is revoked"), 19)
def test_several_worlds_of_a_case_do_not_leak_into_each_other(number: int, seed: int) -> None:
    _, world, edits = drawing(number, seed)
    choose = random.Random(seed)
    other = random_edits(choose, zones(world.given))
    asks = [world.now + later for later in (0, MONTH, 3 * MONTH)]
    with world.gate:
        alone = {ask: asked(world, edits, [ask])[0] for ask in asks}
        order = choose.sample(asks, len(asks))
        asked(world, other, asks)
        assert dict(zip(order, asked(world, edits, order), strict=True)) == alone, written(edits)
        one, two = world.gate.case(edits), world.gate.case(other)
        for at in order:
            world.answered(two, at + 1)
            assert world.answered(one, at) == alone[at], written(edits)


def alters(worlds: tuple[Found, Found], key: tuple[str, str]) -> bool:
    """Say whether a status differs between two worlds."""
    before, after = worlds
    return before.get(key) != after.get(key)


@bounded(30)
@drawn
@example(place("BIND-016.yaml: in none of them"), 6009851)
@example(place("DANGLE-002.yaml: a certificate that we do not have is served there"), 898186299)
def test_several_edits_pass_nothing_when_a_source_is_silent(number: int, seed: int) -> None:
    case, world, edits = drawing(number, seed)
    with world.gate:
        loud = world.narrow(edits)
    touched = {edit.zone for edit in edits}
    holding = {source for source, part in world.given if part.name in touched and holds_zone(part)}
    for lost in sorted({source for source, part in world.given if not declares(part)} - DECLARED):
        again = Twice(silenced(world.given, lost), world.now, RULES)
        if lost in holding:
            with again.gate, pytest.raises(InputError, match="nothing of the zone can be read"):
                again.narrow(edits)
            again = Twice(silenced(world.given, lost, touched), world.now, RULES)
        with again.gate:
            still = again.narrow(edits)
        for was, now in zip(loud, still, strict=True):
            # A cone holds all that is to be known of those alone that the change can alter.
            raised = {
                key: (status, "pass")
                for key, status in was.items()
                if status != "pass"
                and now.get(key) == "pass"
                and (alters(loud, key) or alters(still, key))
            }
            assert not raised, f"without {lost}: " + complaint(case.where, edits, raised)
