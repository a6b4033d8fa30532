"""An estate of our own on real servers, full of planted problems: each found, its twin left alone.

Every problem has two sides in one estate, each a zone of its own: a broken one, at which the
right rule must speak, and a healthy twin, at which the same rule must pass (not merely be silent or
unknown) and no other may alarm. One collection and one check serve all tests.
"""

from __future__ import annotations

import pytest

from planted import PROBLEMS
from planted.bed import Report, judged
from planted.problem import Problem

pytestmark = pytest.mark.peer
ORDER = ("pass", "unknown", "low", "medium", "high", "critical")
FAMILIES = {
    "ACME", "BIND", "CAA", "CHAIN", "CT", "DANE", "DANGLE", "DNSSEC", "EXP", "KEY", "LIFE", "MAIL",
    "OWN", "POL", "REV", "SVCB", "ZONE",
}  # fmt: skip
EVERYWHERE = {
    "KEY-008": "whether a server offers a hybrid key exchange depends on its version of OpenSSL",
}
"""Rules that may speak at any twin, each with the reason."""

planted = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.id)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return judged(tmp_path_factory.mktemp("planted"), PROBLEMS)


def test_there_are_sixty_and_every_family_has_some() -> None:
    assert len(PROBLEMS) >= 60
    assert {problem.rule.partition("-")[0] for problem in PROBLEMS} == FAMILIES
    names = [name for problem in PROBLEMS for name in problem.sides()]
    # A subject is told by the name in it, so none may be part of another.
    assert not [(a, b) for a in names for b in names if a != b and a in b]


def test_every_source_came_whole(report: Report) -> None:
    """Remarks are on the files that no server would load, which is what is wrong with them."""
    told = {
        source: (said["coverage"], said["errors"], sorted(one["where"] for one in said["remarks"]))
        for source, said in report.document["coverage"].items()
    }
    refused = [
        f"{problem.id}-bad.example.zone" for problem in PROBLEMS if problem.rule == "ZONE-010"
    ]
    assert told.pop("files") == ("full", [], sorted(refused))
    assert {source: said for source, said in told.items() if said != ("full", [], [])} == {}


def test_both_engines_say_the_same(report: Report) -> None:
    assert len(report.statuses) > 1000
    assert report.other == report.statuses


@planted
def test_the_problem_is_found_by_its_rule(problem: Problem, report: Report) -> None:
    place = report.places[f"{problem.id}-bad"]
    subject = place.fill(problem.subject)
    status = report.statuses.get((problem.rule, subject))
    spoken = {s: v for (r, s), v in report.about(place).items() if r == problem.rule}
    assert status is not None, f"{problem.rule} says nothing of {subject!r}, but of {spoken}"
    assert ORDER.index(status) >= ORDER.index(problem.status), (subject, status)


@planted
def test_the_rule_passes_at_the_twin(problem: Problem, report: Report) -> None:
    place = report.places[f"{problem.id}-good"]
    subject = place.fill(problem.passes or problem.subject)
    spoken = {s: v for (r, s), v in report.about(place).items() if r == problem.rule}
    assert report.statuses.get((problem.rule, subject)) == "pass", (subject, spoken)


@planted
def test_nothing_alarms_at_the_twin(problem: Problem, report: Report) -> None:
    alarms = {
        key: status
        for key, status in report.about(report.places[f"{problem.id}-good"]).items()
        if ORDER.index(status) >= ORDER.index("low") and key[0] not in EVERYWHERE
    }
    assert {key: alarms[key] for key in alarms if key[0] not in problem.alarms} == {}
    # What is expected and not there any more must not stay allowed.
    assert {rule for rule, _ in alarms} == set(problem.alarms)
