"""What the tiers add and spare (standards G.5), and what holds for any plan (Hypothesis)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from directory import Directory, change, holding
from trustpath.facts.consent import name_pattern
from trustpath.facts.edits import Edit
from trustpath.workflow.consent import Holding, approvals, cases, planned
from trustpath.workflow.consent.consent import SHOWN
from trustpath.workflow.consent.rows import ROLES

WWW = "www.example.com"
ADDRESS = change(WWW, "A", [], ["192.0.2.1"])
ONE_TEAM = Holding("public", "web", "web", "web", ("web",), ("web",))


def asked(edits: Sequence[Edit], people: Directory, **more: object) -> list[tuple[str, str | None]]:
    found = approvals(cases(planned(edits), (), people), people, **more)  # type: ignore[arg-type]
    return [(item.role, item.owner) for item in found]


def test_one_owner_of_both_sides_is_asked_twice_but_inside_once() -> None:
    both = [("record", "web"), ("certificate", "web")]
    assert asked([ADDRESS], Directory(ONE_TEAM)) == both
    assert asked([ADDRESS], Directory(replace(ONE_TEAM, tier="partner"))) == both
    assert asked([ADDRESS], Directory(replace(ONE_TEAM, tier="internal"))) == both[:1]
    assert asked([ADDRESS], Directory(replace(ONE_TEAM, tier="workload"))) == both[:1]


def test_inside_two_unknown_owners_are_not_the_same() -> None:
    nobody = Holding("internal", None, None, None, (None,), ())
    assert asked([ADDRESS], Directory(nobody)) == [("record", None), ("certificate", None)]


def test_a_controller_needs_nobody_inside_its_pattern_on_the_workload_tier() -> None:
    inside = [name_pattern("*.pods.example.com")]
    pod = change("a.pods.example.com", "A", [], ["192.0.2.1"])
    for tier, spared in (("workload", True), ("internal", False), ("public", False)):
        people = Directory(holding(tier))
        assert (asked([pod], people, within=inside) == []) is spared
        assert asked([pod], people) != []
    people = Directory(holding("workload"))
    assert asked([pod, ADDRESS], people, within=inside) == asked([ADDRESS], people)


def test_the_strictest_tier_below_a_name_counts() -> None:
    zone = change("example.com", "CAA", [], ['0 issue "ca.example"'])
    (case,) = cases(planned([zone]), (), Directory(holding("public")))
    assert (case.tier.name, case.row.below) == ("public", True)


def test_nobody_known_is_asked_as_nobody() -> None:
    empty = Directory(Holding("public"), pki=None, mail=None)
    caa = change("example.com", "CAA", ['0 issue "ca.example"'])
    assert asked([caa], empty) == [("zone", None), ("pki", None)]


def test_each_certificate_owner_is_asked() -> None:
    several = replace(holding(), certificates=("a", "b", None))
    found = [owner for role, owner in asked([ADDRESS], Directory(several)) if role == "certificate"]
    assert found == ["a", "b", None]


def test_a_reason_lists_some_changes_and_counts_the_rest() -> None:
    edits = [change(f"h{n}.example.com", "A", [], ["192.0.2.1"]) for n in range(SHOWN + 3)]
    people = Directory()
    for item in approvals(cases(planned(edits), (), people), people):
        assert item.reason.count("adds an address") == SHOWN
        assert item.reason.endswith("; and 3 more")


TYPES = {
    "A": ("192.0.2.1", "192.0.2.2"),
    "CNAME": ("a.example.com.", "b.example.net."),
    "NS": ("ns1.example.com.", "ns2.example.net."),
    "CAA": ('0 issue "ca.example"', '0 issue ";"', '0 iodef "mailto:a@example.com"'),
    "TXT": ('"hello"', '"v=spf1 -all"', f'"{"x" * 43}"'),
    "TLSA": ("3 1 1 " + "ab" * 32, "3 1 1 " + "cd" * 32),
    "MX": ("10 a.example.com.", "10 b.example.net."),
    "HTTPS": ("1 . alpn=h2",),
}
HOSTS = ("example.com", WWW, "*.example.com", "_acme-challenge.example.com", "_dmarc.example.com")
OWNER = st.sampled_from(["a", "b", "c", None])
TIER = st.sampled_from(["public", "partner", "internal", "workload"])


@st.composite
def edits_(draw: st.DrawFn) -> Edit:
    kind = draw(st.sampled_from(sorted(TYPES)))
    values = st.sets(st.sampled_from(TYPES[kind]))
    before, after = draw(values), draw(values)
    if before == after:
        before, after = set(), set(TYPES[kind])
    return change(draw(st.sampled_from(HOSTS)), kind, before, after)


@st.composite
def holdings_(draw: st.DrawFn) -> Holding:
    several = st.lists(OWNER, max_size=3, unique=True).map(tuple)
    return Holding(draw(TIER), draw(OWNER), draw(OWNER), draw(OWNER), draw(several), draw(several))


@st.composite
def people_(draw: st.DrawFn) -> Directory:
    own = draw(st.dictionaries(st.sampled_from(HOSTS), holdings_()))
    return Directory(draw(holdings_()), own, draw(OWNER), draw(OWNER))


def forget(people: Directory, owner: str) -> Directory:
    """Return the same people where that owner is not known any more."""

    def drop(item: str | None) -> str | None:
        return None if item == owner else item

    def of(held: Holding) -> Holding:
        return Holding(
            held.tier,
            drop(held.record),
            drop(held.zone),
            drop(held.name),
            tuple(dict.fromkeys(map(drop, held.certificates))),
            tuple(dict.fromkeys(map(drop, held.services))),
        )

    own = {name: of(held) for name, held in people.own.items()}
    return Directory(of(people.everywhere), own, drop(people.pki), drop(people.mail))


@given(st.lists(edits_(), min_size=1, max_size=4), people_(), st.sampled_from(["a", "b", "c"]))
def test_forgetting_an_owner_never_removes_a_consent(
    edits: list[Edit], people: Directory, owner: str
) -> None:
    before = set(asked(edits, people))
    after = set(asked(edits, forget(people, owner)))
    for role, who in before:
        assert (role, None if who == owner else who) in after


@given(st.lists(edits_(), max_size=4), edits_(), people_())
def test_a_further_edit_never_removes_a_consent(
    edits: list[Edit], further: Edit, people: Directory
) -> None:
    assert set(asked(edits, people)) <= set(asked([*edits, further], people))


@given(st.lists(edits_(), max_size=4), people_())
def test_consents_are_ordered_single_and_have_a_reason(
    edits: list[Edit], people: Directory
) -> None:
    found = asked(edits, people)
    assert len(set(found)) == len(found)
    assert [ROLES.index(role) for role, _ in found] == sorted(ROLES.index(r) for r, _ in found)
    assert found == asked(list(reversed(edits)), people)


@given(edits_(), holdings_())
def test_a_stricter_tier_never_asks_fewer(edit: Edit, held: Holding) -> None:
    by_tier = [
        set(asked([edit], Directory(replace(held, tier=tier))))
        for tier in ("workload", "internal", "partner", "public")
    ]
    for looser, stricter in pairwise(by_tier):
        assert looser <= stricter
