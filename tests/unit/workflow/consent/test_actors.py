"""Who may propose, who may consent, who may let an emergency through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trustpath.base.clock import DAY, parse_instant
from trustpath.facts.consent import Actor, name_pattern
from trustpath.workflow.consent import (
    Given,
    Pending,
    emergency,
    may_approve,
    may_let_through,
    may_propose,
    missing,
    review_missing,
)
from trustpath.workflow.gate.assessment import Approval

WWW = "www.example.com"
SCOPES = (name_pattern("example.com"),)


def actor(name: str, *roles: str, owner: str | None = "web") -> Actor:
    return Actor(name, owner, frozenset(roles), SCOPES)


ANN = actor("ann", "requester", "approver")
BOB = actor("bob", "approver")
EVE = actor("eve", "approver", owner="dns")
BOT = actor("bot", "automation")
AUDITOR = actor("aud", "auditor")
RECORD, CERTIFICATE = Approval("record", "web", "x"), Approval("certificate", "web", "x")
OTHER = Approval("record", "dns", "x")
CHANGE = Pending("ann", (WWW,), "public")


@pytest.mark.parametrize(
    ("who", "names", "allowed"),
    [
        (ANN, (WWW,), True),
        (BOT, (WWW,), True),
        (actor("root", "admin"), (WWW,), True),
        (BOB, (WWW,), False),
        (AUDITOR, (WWW,), False),
        (ANN, (WWW, "www.example.net"), False),
        (replace(ANN, scopes=()), (WWW,), False),
        (replace(ANN, scopes=(name_pattern("*"),)), ("www.example.net",), True),
    ],
    ids=[f"case-{number}" for number in range(8)],
)
def test_who_may_propose(who: Actor, names: tuple[str, ...], allowed: bool) -> None:
    found = may_propose(who, names)
    assert bool(found) is allowed
    assert bool(found.why) is not allowed


@pytest.mark.parametrize(
    ("who", "approval", "change", "why"),
    [
        (BOB, RECORD, CHANGE, ""),
        (EVE, OTHER, CHANGE, ""),
        (ANN, RECORD, CHANGE, "nobody approves their own"),
        (AUDITOR, RECORD, CHANGE, "has not the role approver"),
        (BOT, RECORD, CHANGE, "has not the role approver"),
        (EVE, RECORD, CHANGE, "speaks for dns, not for web"),
        (replace(BOB, owner=None), RECORD, CHANGE, "speaks for nobody"),
        (BOB, Approval("pki", None, "x"), CHANGE, "nobody is known to be the pki owner"),
        (replace(BOB, owner=None), Approval("pki", None, "x"), CHANGE, "nobody is known"),
        (replace(BOB, scopes=(name_pattern("*.example.com"),)), RECORD, replace(CHANGE, names=("example.com",)), "not in the scopes"),
        (BOB, CERTIFICATE, replace(CHANGE, given=(Given("bob", "record", "web"),)), "takes 2 people"),
        (BOB, RECORD, replace(CHANGE, given=(Given("bob", "pki", "sec"),)), "takes 2 people"),
        (BOB, CERTIFICATE, replace(CHANGE, given=(Given("bob", "service", "web"),)), ""),
        (BOB, CERTIFICATE, replace(CHANGE, given=(Given("eve", "record", "dns"),)), ""),
        (BOB, CERTIFICATE, replace(CHANGE, tier="partner", given=(Given("bob", "record", "web"),)), ""),
        (BOB, CERTIFICATE, replace(CHANGE, tier=None, given=(Given("bob", "record", "web"),)), ""),
    ],
    ids=[f"case-{number}" for number in range(16)],
)  # fmt: skip
def test_who_may_approve(who: Actor, approval: Approval, change: Pending, why: str) -> None:
    found = may_approve(who, approval, change)
    assert bool(found) is not bool(why)
    assert why in found.why


def test_consents_are_counted_again_by_who_gave_them() -> None:
    asked = (RECORD, CERTIFICATE)
    both = replace(
        CHANGE, given=(Given("bob", "record", "web"), Given("carl", "certificate", "web"))
    )
    carl = actor("carl", "approver")
    assert missing(asked, both, [BOB, carl]) == ()
    assert missing(asked, both, [BOB]) == ("certificate owner web",)
    assert missing(asked, both, [BOB, replace(carl, roles=frozenset())]) == (
        "certificate owner web",
    )
    assert missing(asked, CHANGE, [BOB, carl]) == ("record owner web", "certificate owner web")
    assert missing((Approval("zone", None, "x"),), CHANGE, [BOB]) == ("zone owner unknown",)
    assert missing((), CHANGE, []) == ()


def test_one_person_for_both_sides_is_not_enough_in_public() -> None:
    alone = replace(
        CHANGE, given=(Given("bob", "record", "web"), Given("bob", "certificate", "web"))
    )
    assert missing((RECORD, CERTIFICATE), alone, [BOB])
    assert missing((RECORD, CERTIFICATE), replace(alone, tier="partner"), [BOB]) == ()
    assert missing((RECORD,), replace(CHANGE, given=alone.given[:1]), [BOB]) == ()


# 2026-11-24 is a Tuesday, the 27th a Friday.
@pytest.mark.parametrize(
    ("tier", "now", "due"),
    [
        ("public", "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z"),
        ("public", "2026-11-27T10:00:00Z", "2026-11-30T10:00:00Z"),
        ("public", "2026-11-28T10:00:00Z", "2026-11-30T10:00:00Z"),
        ("public", "2026-11-29T10:00:00Z", "2026-11-30T10:00:00Z"),
        ("partner", "2026-11-27T10:00:00Z", "2026-11-29T10:00:00Z"),
        ("internal", "2026-11-24T10:00:00Z", "2026-11-29T10:00:00Z"),
    ],
)
def test_an_emergency_is_reviewed_in_time(tier: str, now: str, due: str) -> None:
    assert emergency(tier, (RECORD,), parse_instant(now)).review_by == parse_instant(due)


def test_the_emergency_terms_of_each_tier() -> None:
    approvals = (RECORD, OTHER, Approval("pki", None, "x"))
    public = emergency("public", approvals, 4 * DAY)
    assert (public.before, public.review, public.teams, public.rollback) == (0, 2, 2, True)
    assert public.owners == ("dns", "web")
    assert public.said.startswith("G.5 public: ")
    partner = emergency("partner", approvals, 0)
    assert (partner.before, partner.review, partner.rollback) == (1, 1, False)
    internal = emergency("internal", approvals, 0)
    assert (internal.before, internal.review) == (0, 1)
    workload = emergency("workload", approvals, 0)
    assert (workload.freeze, workload.review_by) == (True, None)


def test_who_may_let_an_emergency_through() -> None:
    public, partner, workload = (emergency(t, (), 0) for t in ("public", "partner", "workload"))
    assert may_let_through(ANN, public, "ann")
    assert not may_let_through(BOT, public, "bot"), "a program has no emergencies"
    assert not may_let_through(AUDITOR, public, "ann")
    assert not may_let_through(ANN, partner, "ann")
    assert may_let_through(BOB, partner, "ann")
    assert may_let_through(ANN, partner, "ann", [Given("eve", "record", "dns")])
    assert not may_let_through(ANN, partner, "ann", [Given("ann", "record", "web")])
    assert not may_let_through(BOB, workload, "ann")


def test_a_review_takes_people_of_two_teams_and_not_the_author() -> None:
    public = emergency("public", (), 0)
    web, web2, dns = (
        Given("bob", "record", "web"),
        Given("carl", "record", "web"),
        Given("eve", "x", "dns"),
    )
    assert review_missing(public, "ann", [web, dns]) == ()
    assert review_missing(public, "ann", [web, web2]) == ("reviewers of 1 more owners",)
    assert review_missing(public, "ann", [web]) != ()
    assert review_missing(public, "bob", [web, dns]) != ()


def test_an_ip_identifier_outside_the_scopes_says_how_scopes_name_it() -> None:
    actor = replace(BOB, scopes=(name_pattern("example.com"),))
    assert "=192.0.2.1, or by *" in actor.outside("192.0.2.1")
    assert "=2001:db8::1, or by *" in actor.outside("2001:db8::1")
    assert actor.outside("example.net") == f"example.net is not in the scopes of {BOB.id}"
    for scope in ("=192.0.2.1", "*"):
        assert replace(BOB, scopes=(name_pattern(scope),)).covers("192.0.2.1")
