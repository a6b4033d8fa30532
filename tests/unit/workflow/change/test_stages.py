"""In which order a change of records and certificate events is carried out, and what stays open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trustpath.cli.formats.change import show_change
from trustpath.cli.options import Format
from trustpath.facts.change import Change, Plan, State
from trustpath.facts.edits import Edit, record_set
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.change.decide import Stand
from trustpath.workflow.change.endpoints import led_by
from trustpath.workflow.change.stages import (
    LAST,
    ahead_of,
    carried_alone,
    course,
    done_for_good,
    earliest,
    last_steps,
    open_steps,
    way_back,
)
from trustpath.workflow.gate.probe import Place

MOVE = Edit(
    "example.com",
    "www.example.com",
    "A",
    record_set(300, ["192.0.2.1"]),
    record_set(300, ["192.0.2.2"]),
)
NOTE = Edit("example.com", "x.example.com", "TXT", None, record_set(300, ['"x"']))
ISSUE = CertificateEvent("new", "issue", names=("www.example.com",), job="lb")
REVOKE = CertificateEvent("old", "revoke", certificate="ab" * 32)


def change(edits: tuple[Edit, ...], *events: CertificateEvent, **more: object) -> Change:
    plan = Plan(edits, events)
    waits = {"waits": [{"seconds": 60, "reason": "T", "before": False}]}
    made = Change("C1", "ann", "a test", State.PROPOSED, "d", "b", "warn", plan, waits, 1, 1)
    return replace(made, **more)  # type: ignore[arg-type]


def applied(*events: CertificateEvent, **outcome: object) -> Change:
    return change((MOVE,), *events, state=State.APPLIED, applied_at=100, outcome=outcome)


def test_what_is_obtained_comes_first_and_what_ends_last_whatever_the_order_written() -> None:
    said = course(change((MOVE,), REVOKE, ISSUE))
    order = [text.split()[1].rstrip(":") for text in said]
    assert order == ["issue", "records", "wait", "last", "last"]
    assert [step.id for step in last_steps(change((MOVE,), REVOKE, ISSUE))] == [
        "end:www.example.com:A",
        "revoke:old",
    ]
    assert list(ahead_of((MOVE,), (REVOKE, ISSUE))) == [ISSUE]


def test_events_without_records_keep_the_order_written() -> None:
    alone = change((), REVOKE, ISSUE)
    assert carried_alone(alone.plan) == (REVOKE, ISSUE)
    assert not ahead_of((), (REVOKE, ISSUE))
    assert (course(alone), last_steps(alone), way_back(alone)) == ((), (), "")


@pytest.mark.parametrize(
    "other",
    [change((MOVE,)), change((NOTE,), ISSUE), change((MOVE,), ISSUE, reverts="C0")],
    ids=["no events", "nothing moves", "a way back"],
)
def test_no_step_stays_open_where_nothing_ends(other: Change) -> None:
    assert last_steps(other) == ()


def test_steps_are_open_once_it_is_applied_and_until_each_is_done() -> None:
    assert open_steps(change((MOVE,), ISSUE, REVOKE)) == ()
    assert [step.id for step in open_steps(applied(ISSUE, REVOKE))] == [
        "end:www.example.com:A",
        "revoke:old",
    ]
    assert earliest(applied(ISSUE, REVOKE)) == 160
    kept = {"end:www.example.com:A": {"done_at": 170}, "revoke:old": {"why": "still served"}}
    (left,) = open_steps(applied(ISSUE, REVOKE, **{LAST: kept}))
    assert (left.id, left.why) == ("revoke:old", "still served")


def test_the_way_back_ends_with_what_cannot_be_taken_back() -> None:
    ended = {"end:www.example.com:A": {"done_at": 170}}
    still = applied(ISSUE, REVOKE, **{LAST: ended})
    assert done_for_good(still) == ()
    assert "records go back" in way_back(still)
    gone = applied(ISSUE, REVOKE, **{LAST: {**ended, "revoke:old": {"done_at": 180}}})
    assert [step.id for step in done_for_good(gone)] == ["revoke:old"]
    assert way_back(gone).startswith("not possible any more")


def test_an_end_is_looked_at_where_its_own_rrset_led() -> None:
    def edit(name: str, kind: str, old: str) -> Edit:
        return Edit("e.com", name, kind, record_set(300, [old]), None)

    edits = (
        edit("a.e.com", "A", "192.0.2.1"),
        edit("b.e.com", "A", "192.0.2.1"),
        edit("c.e.com", "CNAME", "old.e.net."),
    )
    a = Place("192.0.2.1", 443, "https", "a.e.com")
    b = Place("192.0.2.1", 443, "https", "b.e.com")
    c = Place("192.0.2.7", 443, "https", "c.e.com")
    alias = Place("192.0.2.1", 443, "https", "alias.e.com")
    left = (a, alias, b, c)
    assert led_by(edits, ("a.e.com", "A"), left) == (a, alias)
    assert led_by(edits, ("b.e.com", "A"), left) == (alias, b)
    assert led_by(edits, ("c.e.com", "CNAME"), left) == (alias, c)


def test_what_is_taken_back_has_no_open_step_to_finish(capsys: pytest.CaptureFixture[str]) -> None:
    done = applied(ISSUE, REVOKE)
    show_change(Stand(done), Format.TABLE)
    assert "trustpath change finish C1" in capsys.readouterr().out
    show_change(Stand(done, closed_by="C2"), Format.TABLE)
    shown = capsys.readouterr().out
    assert "change finish" not in shown
    assert "(open)" not in shown
