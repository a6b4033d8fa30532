"""The corpus of realistic changes at the gate: no miss, no false denial, little that is held."""

from __future__ import annotations

import pytest

from gate_changes import Change, Outcome, bench, corpus

pytestmark = pytest.mark.peer
CHANGES = corpus()
MOST_HELD = 0.1
"""Of the changes that a senior engineer lets pass."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    """Every change with its outcomes, by id: the servers and collections are shared."""
    found: dict[str, list[Outcome]] = {change.id: [] for change in CHANGES}
    with bench(tmp_path_factory.mktemp("changes")) as made:
        for outcome in made.outcomes(CHANGES):
            found[outcome.change.id].append(outcome)
    return found


def test_each_change_stands_once_and_says_why() -> None:
    assert len({change.id for change in CHANGES}) == len(CHANGES) > 150
    assert {change.want for change in CHANGES} == {"allow", "ask", "deny"}
    assert all(change.why for change in CHANGES)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            change,
            marks=pytest.mark.xfail(strict=True, reason=change.late) if change.late else (),
            id=change.id,
        )
        for change in CHANGES
        if change.want != "allow" or change.late
    ],
)
def test_the_gate_says_what_an_engineer_wants(
    change: Change, outcomes: dict[str, list[Outcome]]
) -> None:
    assert outcomes[change.id]
    wrong = [str(outcome) for outcome in outcomes[change.id] if outcome.fault]
    assert not wrong, change.why


def test_good_changes_are_not_denied_and_few_are_held(
    outcomes: dict[str, list[Outcome]],
) -> None:
    good = [
        outcome
        for change in CHANGES
        if change.want == "allow" and not change.late
        for outcome in outcomes[change.id]
    ]
    assert [str(outcome) for outcome in good if outcome.fault == "false denial"] == []
    held = [str(outcome) for outcome in good if outcome.fault == "held"]
    assert len(held) <= MOST_HELD * len(good), held


def test_both_forms_of_a_change_have_the_same_verdict(
    outcomes: dict[str, list[Outcome]],
) -> None:
    # octoDNS keeps no NS at an apex, so a zone file can tell a little more: a warning at most.
    passing = {"allow": "passes", "warn": "passes"}
    differ = {
        name: [(outcome.form, outcome.verdict) for outcome in found]
        for name, found in outcomes.items()
        if len({passing.get(outcome.verdict, outcome.verdict) for outcome in found}) > 1
    }
    assert not differ
