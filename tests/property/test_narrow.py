"""A change judged in its cone comes out as if the changed world had been collected and judged whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowing import Twice, zones
from shared import REPOSITORY
from trustpath.app.application import TrustpathApplication
from trustpath.base.clock import parse_instant
from trustpath.facts.edits import Edit, RecordSet, record_set
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.workflow.vectors.run import read_vectors
from trustpath.workflow.vectors.world import parts_of
from vectors_support import catalogue

RULES = [rule for rule in catalogue() if rule.gate in ("gate", "probe")]
NOW = parse_instant("2026-11-24T12:00:00Z")
# The worlds of the other families hold certificates and logs, and hardly a zone to change.
FAMILIES = sorted(
    path.name
    for path in (REPOSITORY / "tests" / "vectors").iterdir()
    if path.name not in ("ct", "key")
)

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


def edits(apex: str, content: dict[tuple[str, str], RecordSet]) -> Iterator[Edit]:
    """Every RRset removed, changed and with another TTL, and typical additions."""
    for (name, kind), held in content.items():
        yield Edit(apex, name, kind, held, None)
        if held.ttl:
            yield Edit(apex, name, kind, held, held._replace(ttl=held.ttl // 2 + 1))
        if kind in CHANGED and held.rdatas != (CHANGED[kind],):
            yield Edit(apex, name, kind, held, record_set(held.ttl, [CHANGED[kind]]))
    for prefix, kind, text in ADDITIONS:
        if (prefix + apex, kind) not in content:
            yield Edit(apex, prefix + apex, kind, None, record_set(300, [text]))


@pytest.fixture(scope="module")
def example() -> Twice:
    session = TrustpathApplication().open(REPOSITORY / "examples" / "estate.yaml", now=NOW)
    given = [
        (
            "estate",
            Part("estate", Grade.DECLARATION, Coverage.FULL, NOW, session.estate.declarations),
        ),
        (
            "requirements",
            Part("requirements", Grade.DECLARATION, Coverage.FULL, NOW, session.requirements),
        ),
        *((source.spec.id, part) for source in session.sources for part in source.collect()),
    ]
    return Twice(given, NOW, RULES)


def test_on_the_example_estate(example: Twice) -> None:
    before = example.full()
    wanted = [
        edit for apex, content in zones(example.given).items() for edit in edits(apex, content)
    ]
    assert len(wanted) > 80
    for edit in random.Random(3).sample(wanted, 45):
        assert example.differences(before, [edit]) == {}, edit


@pytest.mark.parametrize("family", FAMILIES)
def test_on_worlds_of_the_vectors(family: str) -> None:
    chooser = random.Random(family)
    tried = 0
    files = sorted(Path(REPOSITORY / "tests" / "vectors" / family).glob("*.yaml"))
    for path in chooser.sample(files, min(len(files), 4)):
        for case in chooser.sample(
            (cases := read_vectors(path.read_bytes(), path.name).cases), min(len(cases), 2)
        ):
            world = Twice(parts_of(case.world, case.now, case.where), case.now, RULES)
            before = world.full()
            for apex, content in zones(world.given).items():
                for edit in chooser.sample(found := list(edits(apex, content)), min(len(found), 2)):
                    tried += 1
                    assert world.differences(before, [edit]) == {}, (case.where, edit)
            world.gate.close()
    assert tried
