"""Who lets a change pass: consents bind plan and facts, nobody approves alone what two must."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from changing import ACTORS, Bed, actor, bed, content, operations, serving, zone_of
from dns_servers import DnsServer
from trustpath.base.errors import InputError, StoreError
from trustpath.connectors.writers.options import Server
from trustpath.facts.change import BusyError, State
from trustpath.facts.consent import StandingApproval, ValueForm, name_pattern
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.rules.status import Status
from trustpath.workflow.change.apply import StoppedError, apply, rollback
from trustpath.workflow.change.decide import (
    LapsedError,
    Stand,
    approve,
    get,
    propose,
    reject,
    review,
    withdraw,
)
from trustpath.workflow.gate.assessment import Approval, Impact, Verdict

pytestmark = pytest.mark.peer

BOTH = (Approval("record", "dns", "G.1"), Approval("certificate", "pki", "G.1"))
NAMES = (
    "both", "alone", "own", "moved", "basis", "deny", "unknown", "hurry", "standing", "rate", "race",
    "lock", "back", "backmoved", "late", "reject", "scope", "nothing", "entry",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    with serving(tmp_path_factory.mktemp("consent"), [zone_of(n) for n in NAMES]) as started:
        yield started


@pytest.fixture
def made(tmp_path: Path, server: DnsServer) -> Bed:
    return bed(tmp_path / "store.db", server)


def file(made: Bed, name: str, who: str = "ann") -> Stand:
    """Propose the change of every kind for a zone."""
    return propose(made.desk, Submission("test", operations=operations(zone_of(name))), who)


def test_both_sides_consent_and_then_it_is_applied(made: Bed) -> None:
    made.gate.needed = BOTH
    change = file(made, "both").change
    assert change.state is State.PROPOSED
    with pytest.raises(StoppedError, match="consents are missing"):
        apply(made.desk, made.ports, change.id, "ann")
    assert approve(made.desk, change.id, "dan").change.state is State.PROPOSED
    assert approve(made.desk, change.id, "cem").change.state is State.APPROVED
    ended = apply(made.desk, made.ports, change.id, "ann")
    assert ended.state is State.APPLIED
    assert ended.outcome["measured"][zone_of("both")] < 5000
    assert content(made.writer, zone_of("both")) == {e.key: e.after for e in ended.plan.edits}
    assert [kind for kind in made.kinds() if kind == "change.approved"] == ["change.approved"] * 2
    assert made.gate.refreshed == 2


def test_on_the_public_tier_one_person_never_consents_for_both_sides(
    tmp_path: Path, server: DnsServer
) -> None:
    one = bed(tmp_path / "store.db", server, actors=(*ACTORS, actor("eve", "dns", "approver")))
    one.gate.needed = (BOTH[0], replace(BOTH[1], owner="dns"))
    change = file(one, "alone").change
    assert approve(one.desk, change.id, "dan").change.state is State.PROPOSED
    with pytest.raises(InputError, match="can give none"):
        approve(one.desk, change.id, "dan")
    assert approve(one.desk, change.id, "eve").change.state is State.APPROVED


def test_nobody_approves_their_own_or_for_others(tmp_path: Path, server: DnsServer) -> None:
    both = actor("max", "dns", "requester", "approver")
    narrow = actor("sam", "pki", "approver", scope="elsewhere.example")
    one = bed(tmp_path / "store.db", server, actors=(*ACTORS, both, narrow))
    one.gate.needed = BOTH
    change = file(one, "own", "max").change
    for who, why in (("max", "their own"), ("sam", "none"), ("ann", "none"), ("who", "no actor")):
        with pytest.raises(InputError, match=why):
            approve(one.desk, change.id, who)
    assert get(one.desk, change.id).state is State.PROPOSED


def test_a_plan_that_moved_lapses_and_nothing_is_written(made: Bed) -> None:
    made.gate.needed = BOTH
    zone = zone_of("moved")
    change = file(made, "moved").change
    approve(made.desk, change.id, "dan")
    approve(made.desk, change.id, "cem")
    key = (f"www.{zone}", "A")
    theirs = RecordSet(300, ("192.0.2.55",))
    made.writer.apply(zone, [Edit(zone, *key, RecordSet(300, ("192.0.2.1",)), theirs)])
    with pytest.raises(LapsedError):
        apply(made.desk, made.ports, change.id, "ann")
    assert get(made.desk, change.id).state is State.LAPSED
    assert content(made.writer, zone)[key] == theirs
    assert made.kinds()[-1] == "change.lapsed"


def test_consents_lapse_when_the_facts_move(made: Bed) -> None:
    made.gate.needed = BOTH
    change = file(made, "basis").change
    approve(made.desk, change.id, "dan")
    made.gate.basis = "other facts"
    with pytest.raises(LapsedError, match="not what it was"):
        approve(made.desk, change.id, "cem")
    assert approve(made.desk, change.id, "cem").change.state is State.PROPOSED
    with pytest.raises(StoppedError, match="record owner dns"):
        apply(made.desk, made.ports, change.id, "ann")
    approve(made.desk, change.id, "dan")
    made.gate.basis = "other facts again"
    with pytest.raises(StoppedError, match="consents are missing"):
        apply(made.desk, made.ports, change.id, "ann")
    assert content(made.writer, zone_of("basis"))[f"new.{zone_of('basis')}", "TXT"] is None


def test_what_the_gate_denies_no_consent_and_no_emergency_lets_pass(made: Bed) -> None:
    change = file(made, "deny").change
    assert change.state is State.APPROVED
    made.gate.verdict = Verdict.DENY
    for emergency in (None, "the site is down"):
        with pytest.raises(StoppedError, match="deny"):
            apply(made.desk, made.ports, change.id, "ann", emergency=emergency)
    with pytest.raises(InputError):
        approve(made.desk, change.id, "cem")
    assert content(made.writer, zone_of("deny"))[f"new.{zone_of('deny')}", "TXT"] is None


def test_missing_evidence_holds_whoever_consents(made: Bed) -> None:
    gap = Impact(
        "BIND-002", "title", "probe", "192.0.2.99", None, Status.UNKNOWN, None, "public", None
    )
    made.gate.unknown, made.gate.verdict = (gap,), Verdict.HOLD
    stand = file(made, "unknown")
    assert stand.change.state is State.HELD
    assert "BIND-002" in stand.held[0]
    with pytest.raises(StoppedError, match="BIND-002"):
        apply(made.desk, made.ports, stand.change.id, "ann", emergency="now")
    made.gate.unknown, made.gate.verdict = (), Verdict.ALLOW
    assert apply(made.desk, made.ports, stand.change.id, "ann").state is State.APPLIED


def test_an_emergency_is_reviewed_by_two_teams(made: Bed) -> None:
    made.gate.needed = BOTH
    change = file(made, "hurry").change
    ended = apply(made.desk, made.ports, change.id, "ann", emergency="the site is down")
    assert ended.state is State.APPLIED
    assert ended.emergency == "the site is down"
    assert ended.review_due is not None
    assert ended.started_at is not None
    assert ended.review_due >= ended.started_at + 86_400
    with pytest.raises(InputError):
        review(made.desk, change.id, "ann", "fine")
    assert review(made.desk, change.id, "dan", "fine").change.reviewed_at is None
    assert review(made.desk, change.id, "dan", "really").change.reviewed_at is None
    assert review(made.desk, change.id, "cem", "fine").change.reviewed_at is not None
    with pytest.raises(InputError, match="nothing to review"):
        review(made.desk, change.id, "cem", "again")


def challenge(made: Bed, name: str, value: str) -> Stand:
    zone = zone_of(name)
    text = (f'"{value}"',)
    op = Operation(Action.REPLACE, zone, f"_acme-challenge.www.{zone}", "TXT", 60, text)
    return propose(made.desk, Submission("bot", operations=(op,)), "bot")


def agreed(name: str, count: int) -> StandingApproval:
    pattern = name_pattern(f"_acme-challenge.*.{zone_of(name)}")
    form = ValueForm("acme-challenge")
    types = frozenset({"TXT"})
    return StandingApproval("acme", "bot", (pattern,), types, form, 0, 300, count, 60, 2**40)


def test_automation_passes_within_its_standing_approval(made: Bed) -> None:
    made.gate.needed = BOTH
    made.standing.append(agreed("standing", 10))
    stand = challenge(made, "standing", "x" * 43)
    assert stand.change.state is State.APPROVED
    assert apply(made.desk, made.ports, stand.change.id, "bot").state is State.APPLIED
    assert challenge(made, "standing", "too short").change.state is State.PROPOSED
    assert file(made, "standing", "bot").change.state is State.PROPOSED
    notes = [e.body.get("note") for e in made.entries() if e.kind == "change.approved"]
    assert notes == ["acme"]


def test_a_standing_approval_ends_at_its_rate(made: Bed) -> None:
    made.gate.needed = BOTH
    made.standing.append(agreed("rate", 2))
    states = [challenge(made, "rate", f"{n}" * 43).change.state for n in range(4)]
    assert states == [State.APPROVED, State.APPROVED, State.PROPOSED, State.PROPOSED]


def test_a_lost_race_is_refused_and_nothing_is_half_applied(made: Bed) -> None:
    """The zone moves between judging and writing: the server refuses, the change stays as it was."""
    zone = zone_of("race")
    change = file(made, "race").change
    theirs = Edit(zone, f"old.{zone}", "TXT", RecordSet(300, ('"old"',)), RecordSet(300, ('"x"',)))

    def passing(place: str) -> None:
        if place == "forward.0.intended":
            made.writer.apply(zone, [theirs])

    ended = apply(made.desk, replace(made.ports, passing=passing), change.id, "ann")
    assert ended.state is State.APPROVED
    assert "planned from" in ended.outcome["why"]
    now = content(made.writer, zone)
    assert now[f"www.{zone}", "A"] == RecordSet(300, ("192.0.2.1",))
    assert now[f"old.{zone}", "TXT"] == theirs.after
    assert now[f"new.{zone}", "TXT"] is None
    # Once they take it back the same change can be applied; the zone is free for it.
    made.writer.apply(zone, [theirs.inverted()])
    again = apply(made.desk, made.ports, change.id, "ann")
    assert again.state is State.APPLIED
    with made.desk.store.reading() as reader:
        assert [step.state.value for step in reader.steps(change.id)] == ["made"]


def test_two_changes_of_one_zone_come_one_after_the_other(made: Bed) -> None:
    first = file(made, "lock").change
    zone = zone_of("lock")
    op = Operation(Action.REPLACE, zone, f"more.{zone}", "TXT", 60, ('"more"',))
    second = propose(made.desk, Submission("test", operations=(op,)), "ann").change
    seen = []

    def passing(place: str) -> None:
        if place == "forward.0.written":
            with pytest.raises(BusyError) as caught:
                apply(made.desk, made.ports, second.id, "ann")
            seen.append(caught.value.hint)

    apply(made.desk, replace(made.ports, passing=passing), first.id, "ann")
    assert seen
    assert first.id in seen[0]
    assert apply(made.desk, made.ports, second.id, "ann").state is State.APPLIED


def test_an_applied_change_is_taken_back_as_a_change_of_its_own(made: Bed) -> None:
    made.gate.needed = BOTH
    zone = zone_of("back")
    before = content(made.writer, zone)
    change = file(made, "back").change
    approve(made.desk, change.id, "dan")
    approve(made.desk, change.id, "cem")
    apply(made.desk, made.ports, change.id, "ann")
    ended = rollback(made.desk, made.ports, change.id, "ann", reason="it broke")
    assert ended.state is State.APPLIED
    assert ended.reverts == change.id
    assert content(made.writer, zone) == before


def test_what_moved_since_is_not_taken_back(made: Bed) -> None:
    zone = zone_of("backmoved")
    change = file(made, "backmoved").change
    apply(made.desk, made.ports, change.id, "ann")
    new = RecordSet(60, ('"newer"',))
    made.writer.apply(zone, [Edit(zone, f"new.{zone}", "TXT", RecordSet(60, ('"new"',)), new)])
    with pytest.raises(LapsedError, match="moved since"):
        rollback(made.desk, made.ports, change.id, "ann")
    assert content(made.writer, zone)[f"new.{zone}", "TXT"] == new


def test_a_server_that_stays_behind_takes_everything_back(
    tmp_path: Path, server: DnsServer
) -> None:
    """The second server of the zone never gets the change: patience ends, and it goes back."""
    made = bed(tmp_path / "store.db", server, verify=0.5)
    zone = zone_of("late")
    before = content(made.writer, zone)
    with serving(tmp_path / "second", [zone]) as second:
        both = replace(made.writer, servers=(*made.writer.servers, _server(second)))
        ports = replace(made.ports, writers=type(made.ports.writers)(both))  # type: ignore[call-arg]
        change = file(made, "late").change
        ended = apply(made.desk, ports, change.id, "ann")
    assert ended.state is State.ROLLED_BACK
    assert second.address in ended.outcome["why"]
    assert content(made.writer, zone) == before


def _server(server: DnsServer) -> Server:
    return Server("127.0.0.1", server.port)


def test_reject_and_withdraw_end_it(made: Bed) -> None:
    made.gate.needed = BOTH
    first, second = file(made, "reject").change, file(made, "reject").change
    with pytest.raises(InputError, match="only its author"):
        withdraw(made.desk, first.id, "dan", "")
    assert reject(made.desk, first.id, "cem", "no").change.state is State.REJECTED
    assert withdraw(made.desk, second.id, "ann", "mistake").change.state is State.WITHDRAWN
    for change in (first, second):
        with pytest.raises(InputError, match="the change is"):
            apply(made.desk, made.ports, change.id, "ann")
    assert made.kinds()[-2:] == ["change.rejected", "change.withdrawn"]


def test_scopes_bound_what_may_be_proposed(tmp_path: Path, server: DnsServer) -> None:
    narrow = actor("sam", "dns", "requester", scope="elsewhere.example")
    one = bed(tmp_path / "store.db", server, actors=(narrow,))
    with pytest.raises(InputError, match="scopes of sam"):
        file(one, "scope", "sam")
    assert one.kinds() == []


def test_nothing_to_change_is_no_change(made: Bed) -> None:
    zone = zone_of("nothing")
    op = Operation(Action.REPLACE, zone, f"www.{zone}", "A", 300, ("192.0.2.1",))
    with pytest.raises(InputError, match="nothing would change"):
        propose(made.desk, Submission("test", operations=(op,)), "ann")


def test_an_act_without_its_entry_is_refused_whole(made: Bed) -> None:
    change = file(made, "entry").change
    with pytest.raises(StoreError, match="without its entry"), made.ports.store.act() as act:
        act.put(replace(change, state=State.APPLIED))
    assert get(made.desk, change.id).state is State.APPROVED
