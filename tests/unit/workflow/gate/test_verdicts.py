"""The verdict of the gate, on small worlds under one rule whose answer each record writes down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from trustpath.app.benches import StoreBench
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Action, CertificateEvent, Operation, Submission
from trustpath.rules.catalogue import build
from trustpath.workflow.gate.assess import assess, assess_edits
from trustpath.workflow.gate.assessment import Assessment, Verdict
from trustpath.workflow.gate.ports import NEEDS, Snapshot
from trustpath.workflow.gate.terms import Terms
from trustpath.workflow.vectors.world import parts_of

NOW = 1_795_500_000
ZONE = "example.com"
# The first label is the tier, the content is the answer.
RULE = """-- id: HOUSE-001
-- title: What the record says
-- subject: name
-- severity: public=critical partner=high internal=medium workload=low
-- gate: gate
-- inputs: Z
-- source: house style
-- csf: PR.PS-01
-- missing: endpoints
-- remediation: Write something else.
SELECT r.name AS subject, substr(r.name, 1, instr(r.name, '.') - 1) AS tier, NULL AS owner,
  CASE r.rdata WHEN '"good"' THEN TRUE WHEN '"bad"' THEN FALSE END AS holds
FROM rdata AS r WHERE r.type = 'TXT'
"""
CATALOGUE = build([("house.sql", RULE)])
TERMS = Terms(CATALOGUE.version)
CONSENTED = replace(TERMS, consented=True)
TIERS = ("public", "partner", "internal", "workload")
FAILURE = dict(zip(TIERS, ("critical", "high", "medium", "low"), strict=True))


def gate(world: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot of a world."""
    bench = StoreBench()
    for source, part in parts_of(world, NOW, "world"):
        bench.record(source, part, NOW)
    return bench.gating(NOW, CATALOGUE.gating, NEEDS)


def zone(*lines: str, **estate: Any) -> dict[str, Any]:
    """Return a world of one zone."""
    records = ["@ SOA ns root 1 7200 900 1209600 300", "@ NS ns", "ns A 192.0.2.53", *lines]
    return {"zones": {ZONE: "\n".join(records)}, **({"estate": estate} if estate else {})}


def txt(label: str, before: str | None, after: str | None) -> Edit:
    """Return an edit of a TXT record."""
    old, new = (
        None if word is None else RecordSet(3600, (f'"{word}"',)) for word in (before, after)
    )
    return Edit(ZONE, f"{label}.{ZONE}", "TXT", old, new)


def judged(edits: Sequence[Edit], terms: Terms = CONSENTED, **more: Any) -> Assessment:
    """Judge edits in the world from which they start."""
    lines = [
        f"{edit.name.removesuffix('.' + ZONE)} 3600 {edit.type} {text}"
        for edit in edits
        if edit.before
        for text in edit.before.rdatas
    ]
    return assess_edits(gate(zone(*lines)), edits, (), terms, **more)


def expected(tier: str, before: str | None, after: str | None) -> Verdict:
    """Return the verdict that the documentation promises."""
    rank = {None: 0, "good": 0, "odd": 1, "bad": 2}
    if rank[after] <= rank[before]:
        return Verdict.ALLOW
    if after == "odd":
        return Verdict.HOLD if tier == "public" else Verdict.WARN
    return Verdict.DENY if tier in ("public", "partner") else Verdict.WARN


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    ("before", "after"), permutations((None, "good", "odd", "bad"), 2), ids=str
)
def test_only_what_gets_worse_counts(tier: str, before: str | None, after: str | None) -> None:
    said = judged([txt(tier, before, after)])
    assert said.verdict is expected(tier, before, after)
    found = [*said.impact, *said.unknown]
    if said.verdict is Verdict.ALLOW:
        assert found == []
        return
    (impact,) = found
    known = {"good": "pass", "odd": "unknown", "bad": FAILURE[tier]}
    assert impact.after.word == known[str(after)]
    former = None if impact.before is None else impact.before.word
    assert former == (known[before] if before else None)
    assert (impact.tier, impact.at) == (tier, None)
    assert bool(said.unknown) == (said.verdict is Verdict.HOLD)


@pytest.mark.parametrize("tier", TIERS)
def test_the_way_back_is_judged_by_the_same_worlds(tier: str) -> None:
    edit = txt(tier, "bad", "good")
    said = judged([edit])
    assert said.verdict is Verdict.ALLOW
    assert said.rollback.edits == (edit.inverted(),)
    assert said.rollback.verdict is expected(tier, "good", "bad")
    grave = said.rollback.verdict is Verdict.DENY
    assert said.rollback.reason == (f"brings back HOUSE-001 {edit.name}" if grave else "")
    back = judged([txt(tier, "odd", "good")]).rollback
    assert back.verdict is expected(tier, "good", "odd")
    held = back.verdict is Verdict.HOLD
    assert back.reason == (f"HOUSE-001 {edit.name} is unknown then" if held else "")
    # Going back to what was better is fine.
    assert judged([txt(tier, "good", "bad")]).rollback.verdict is Verdict.ALLOW


def test_the_worst_outcome_decides() -> None:
    edits = [txt("workload", None, "bad"), txt("public", None, "odd"), txt("internal", None, "odd")]
    assert judged(edits[:1]).verdict is Verdict.WARN
    assert judged(edits).verdict is Verdict.HOLD
    assert judged([*edits, txt("partner", None, "bad")]).verdict is Verdict.DENY


def test_an_unknown_that_is_accepted_is_shown_and_warns() -> None:
    accepting = replace(CONSENTED, accept_unknown=True)
    said = judged([txt("public", "good", "odd")], accepting)
    assert said.verdict is Verdict.WARN
    assert [i.after.word for i in said.impact] == ["unknown"]
    assert said.impact[0].missing == "endpoints"
    assert said.unknown == ()
    worse = judged([txt("public", "good", "bad")], accepting)
    assert worse.verdict is Verdict.DENY, "a denial is never lifted"
    parts = judged([txt("public", None, "good")], accepting, problems=[Problem("odd", "x:1")])
    assert parts.verdict is Verdict.HOLD, "nor what could not be judged"


def test_what_could_not_be_judged_holds_and_a_remark_does_not() -> None:
    edit, note = txt("public", None, "good"), Problem("no more than a remark", "x:1")
    held, allowed = judged([edit], problems=[note]), judged([edit], remarks=[note])
    assert (held.verdict, allowed.verdict) == (Verdict.HOLD, Verdict.ALLOW)
    assert held.problems == allowed.problems == (note,)
    assert "1 parts of the input could not be judged" in held.reasons


def test_nothing_at_all_is_allowed() -> None:
    said = judged([])
    assert (said.verdict, said.impact, said.neutral, said.tier) == (Verdict.ALLOW, (), (), None)


OWNED = {
    "owners": [{"id": "dns"}, {"id": "web"}],
    "ownership": [{"kind": "zone", "pattern": ZONE, "owner": "dns"}],
    "services": [{"id": "s", "owner": "web", "tier": "public", "names": [f"www.{ZONE}"]}],
}
ADDRESS = Edit(
    ZONE,
    f"www.{ZONE}",
    "A",
    RecordSet(300, ("192.0.2.1",)),
    RecordSet(300, ("192.0.2.2",)),
)


def test_approvals_hold_unless_they_are_taken_elsewhere() -> None:
    snapshot = gate(zone("www 300 A 192.0.2.1", **OWNED))
    held = assess_edits(snapshot, [ADDRESS], (), TERMS)
    taken = assess_edits(snapshot, [ADDRESS], (), CONSENTED)
    assert (held.verdict, taken.verdict) == (Verdict.HOLD, Verdict.ALLOW)
    assert held.approvals == taken.approvals
    assert {a.role: a.owner for a in held.approvals} == {
        "record": "dns",
        "certificate": "web",
        "service": "web",
    }
    assert held.tier == "public"
    assert any("approvals are needed" in reason for reason in held.reasons)


def test_an_address_that_moves_waits_for_its_time_to_live() -> None:
    said = assess_edits(gate(zone("www 300 A 192.0.2.1", **OWNED)), [ADDRESS], (), CONSENTED)
    (wait,) = [w for w in said.waits if f"www.{ZONE}" in w.after]
    assert wait.seconds >= 300
    assert said.rollback.safe_until == NOW + 300
    assert said.rollback.edits == (ADDRESS.inverted(),)


def test_a_change_without_impact_says_why() -> None:
    soa = Edit(
        ZONE,
        ZONE,
        "SOA",
        RecordSet(3600, (f"ns.{ZONE}. root.{ZONE}. 1 7200 900 1209600 300",)),
        RecordSet(3600, (f"ns.{ZONE}. root.{ZONE}. 2 7200 900 1209600 300",)),
    )
    edits = [soa, txt("partner", None, "good"), txt("public", None, "bad")]
    said = assess_edits(gate(zone()), edits, (), CONSENTED)
    reasons = {item.change: item.why for item in said.neutral}
    assert set(reasons) == {f"change {ZONE} SOA", f"add partner.{ZONE} TXT"}
    assert reasons[f"change {ZONE} SOA"] == "only the serial of the zone moves"
    assert all(reasons.values())


def test_a_digest_names_the_plan_and_a_basis_its_facts() -> None:
    edits = [txt("public", "good", "bad"), txt("partner", None, "good")]
    one = judged(edits)
    # Neither order nor origin nor what is said about it makes it another plan.
    same = judged(edits[::-1], origin="elsewhere", remarks=[Problem("x", "y")])
    assert (one.digest, one.basis) == (same.digest, same.basis)
    assert one.digest == judged(edits, TERMS).digest
    others = [
        edits[:1],
        [edits[0], txt("partner", None, "odd")],
        [edits[0], replace(edits[1], after=RecordSet(60, ('"good"',)))],
        [edits[0], replace(edits[1], zone="partner." + ZONE)],
    ]
    assert len({one.digest, *(judged(other).digest for other in others[:3])}) == 4
    around = gate(zone("public 3600 TXT good", "public 300 A 192.0.2.1"))
    moved = assess_edits(around, edits, (), CONSENTED)
    assert moved.digest == one.digest
    assert moved.basis != one.basis, "there is another record at a name in reach"
    newer = assess_edits(
        gate(zone("public 3600 TXT good")), edits, (), Terms("other rules", consented=True)
    )
    assert (newer.digest, newer.basis == one.basis) == (one.digest, False)


EVENT = CertificateEvent("e", "retire", service="s", where="events.yaml:2")


def test_what_cannot_be_taken_back_is_said() -> None:
    world = zone("www 300 A 192.0.2.1", **OWNED)
    said = assess_edits(gate(world), (), [EVENT], CONSENTED)
    assert (said.rollback.verdict, said.rollback.safe_until) == (Verdict.DENY, None)
    assert said.rollback.reason == "retire e cannot be taken back"
    assert {a.role for a in said.approvals} == {"record", "certificate", "service"}
    assert {a.owner for a in said.approvals if a.role == "record"} == {"dns"}
    named = assess_edits(gate(world), (), [replace(EVENT, where="other:9")], CONSENTED)
    assert named.digest == said.digest, "where an event was written is no part of the plan"


@pytest.mark.parametrize(
    "event",
    [
        CertificateEvent("e", "renew", job="none", where="events.yaml:2"),
        CertificateEvent("e", "revoke", certificate="ab" * 32, where="events.yaml:2"),
        CertificateEvent("e", "retire", service="none", where="events.yaml:2"),
    ],
    ids=lambda event: str(event.kind),
)
def test_an_event_about_nothing_is_an_error(event: CertificateEvent) -> None:
    with pytest.raises(InputError, match=r"events\.yaml:2"):
        assess_edits(gate(zone(**OWNED)), (), [event], TERMS)


def operations() -> Iterator[tuple[str, Operation, Verdict]]:
    """Yield submissions of one operation and what becomes of them."""
    name = f"public.{ZONE}"
    yield "good", Operation(Action.ADD, None, name, "TXT", 60, ('"good"',)), Verdict.ALLOW
    yield "bad", Operation(Action.ADD, ZONE, name, "TXT", 60, ('"bad"',)), Verdict.DENY
    elsewhere = Operation(Action.ADD, None, "public.example.net", "TXT", 60, ('"good"',), "x:1")
    yield "elsewhere", elsewhere, Verdict.HOLD


@pytest.mark.parametrize(
    ("operation", "verdict"), [o[1:] for o in operations()], ids=[o[0] for o in operations()]
)
def test_a_submission_is_resolved_against_the_present(
    operation: Operation, verdict: Verdict
) -> None:
    said = assess(gate(zone()), Submission("x", operations=(operation,)), CONSENTED)
    assert said.verdict is verdict
    assert bool(said.problems) == (verdict is Verdict.HOLD)
    assert said.origin == "x"
