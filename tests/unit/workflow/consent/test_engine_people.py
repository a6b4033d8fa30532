"""Who answers for what, asked of both engines, and compared with the links that rules use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from beds import Bed, said
from directory import change
from trustpath.facts.proposal import CertificateEvent
from trustpath.rules.judge import Engine
from trustpath.workflow.consent import (
    EnginePeople,
    Holding,
    Reach,
    approvals,
    asking,
    cases,
    planned,
)
from worlds import NOW, World, worlds

ENGINES = ["sqlite", "duckdb"]
ROLES = {"pki": "sec", "mail": "post"}
WORLD: dict[str, Any] = {
    "estate": {
        "owners": [{"id": owner} for owner in ("web", "infra", "app", "sec", "post", "child")],
        "defaults": {"tier": "internal"},
        "services": [
            {"id": "shop", "owner": "app", "tier": "public", "names": ["shop.example.com"]},
            {"id": "wild", "owner": "web", "tier": "partner", "names": ["*.w.example.com"]},
            {"id": "orphan", "tier": "workload", "names": ["orphan.example.com"]},
        ],
        "ownership": [
            {"kind": "zone", "pattern": "example.com", "owner": "infra"},
            {"kind": "record", "pattern": "shop.example.com", "owner": "web"},
            {"kind": "record", "pattern": "=only.example.com", "owner": "web"},
            {"kind": "name", "pattern": "*.below.example.com", "owner": "child"},
            {"kind": "zone", "pattern": "sub.example.com", "owner": "child"},
        ],
        "cas": [{"id": "le", "issuers": ["Let's Encrypt"]}, {"id": "two", "issuers": ["Two"]}],
        "jobs": [
            {"id": "renew", "owner": "web", "ca": "le", "account": "https://a.example/1", "names": ["shop.example.com"]}
        ],
    },
    "zones": {
        "example.com": "@ SOA ns1.example.com. root.example.com. 1 7200 3600 1209600 300\n"
        "shop A 192.0.2.1\nalias CNAME shop.example.com.\nother CNAME alias.example.com.\n"
        "_443._tcp.shop TLSA 3 1 1 " + "ab" * 32
    },
    "certificates": {
        "c1": {"names": ["shop.example.com"], "organisation": "Let's Encrypt"},
        "c2": {"names": ["*.w.example.com"], "organisation": "Two"},
        "c3": {"names": ["gone.example.com"], "not_after": "-1d"},
        "c4": {"names": ["alias.example.com", "nobody.example.net"]},
    },
}  # fmt: skip


@contextmanager
def engine(world: World, kind: str = "sqlite") -> Iterator[Engine]:
    with Bed() as bed:
        bed.record(said(world, NOW), NOW)
        with bed.judging(NOW, duckdb=kind == "duckdb") as found:
            yield found


@pytest.mark.parametrize("kind", ENGINES)
def test_names_have_their_owners(kind: str) -> None:
    expected = {
        # a name that is there, one that is not there yet, an alias, a wildcard, what lies below
        Reach("shop.example.com"): Holding("public", "web", "infra", "app", ("app",), ("app",)),
        Reach("alias.example.com"): Holding("internal", "infra", "infra", "infra", ("infra",)),
        Reach("new.example.com"): Holding("internal", "infra", "infra", "infra"),
        Reach("x.shop.example.com"): Holding("internal", "web", "infra", "web"),
        Reach("only.example.com"): Holding("internal", "web", "infra", "web"),
        Reach("x.only.example.com"): Holding("internal", "infra", "infra", "infra"),
        Reach("below.example.com"): Holding("internal", "infra", "infra", "infra"),
        Reach("a.below.example.com"): Holding("internal", "infra", "infra", "child"),
        Reach("a.w.example.com"): Holding("partner", "infra", "infra", "web", ("web",), ("web",)),
        Reach("b.a.w.example.com"): Holding("internal", "infra", "infra", "infra"),
        Reach("orphan.example.com"): Holding("workload", "infra", "infra", "infra", (), (None,)),
        Reach("gone.example.com"): Holding("internal", "infra", "infra", "infra"),
        Reach("x.sub.example.com"): Holding("internal", "child", "child", "child"),
        Reach("nobody.example.net"): Holding("internal", None, None, None, (None,)),
        Reach("elsewhere.example.org"): Holding("internal"),
        Reach("w.example.com", True): Holding(
            "partner", "infra", "infra", "infra", ("web",), ("web",)
        ),
        Reach("example.com", True): Holding(
            "public", "infra", "infra", "infra", ("app", "infra", "web"), ("app", "web", None)
        ),
    }
    with engine(WORLD, kind) as found:
        assert EnginePeople(found, ROLES).holdings(expected) == expected


@pytest.mark.parametrize("kind", ENGINES)
def test_a_star_owns_what_nobody_else_does(kind: str) -> None:
    owners = [{"id": "all"}, {"id": "web"}]
    star = {"kind": "zone", "pattern": "*", "owner": "all"}
    near = {"kind": "zone", "pattern": "www.example.com", "owner": "web"}
    world = {"estate": {"owners": owners, "ownership": [star, near]}}
    with engine(world, kind) as found:
        held = EnginePeople(found, {}).holdings(
            [Reach("www.example.com"), Reach("new.example.com")]
        )
    assert [item.zone for item in held.values()] == ["web", "all"]


@pytest.mark.parametrize("kind", ENGINES)
def test_what_lies_elsewhere_is_foreign(kind: str) -> None:
    targets = {"cdn.example.net", "shop.example.com", "new.example.com", "example.com.evil.example"}
    with engine(WORLD, kind) as found:
        foreign = EnginePeople(found, ROLES).foreign(targets)
    assert foreign == {"cdn.example.net", "example.com.evil.example"}
    bare = {"zones": {"example.com": "shop A 192.0.2.1"}}
    with engine(bare, kind) as found:
        assert EnginePeople(found, {}).foreign(targets) == foreign
    with engine({}, kind) as found:
        assert EnginePeople(found, {}).foreign(targets) == targets


@pytest.mark.parametrize("kind", ENGINES)
def test_events_find_what_they_speak_of(kind: str) -> None:
    with engine(WORLD, kind) as found:
        people = EnginePeople(found, ROLES)
        renew = people.event(CertificateEvent("e", "renew", job="renew"))
        assert (renew.names, renew.owners, renew.services) == (
            ("shop.example.com",),
            ("web",),
            ("app",),
        )
        assert (renew.same, renew.new_ca, renew.tlsa) == (True, False, True)
        moved = people.event(CertificateEvent("e", "renew", job="renew", ca="two"))
        assert (moved.same, moved.new_ca) == (False, True)
        other = CertificateEvent("e", "renew", job="renew", account="https://a.example/2")
        assert people.event(other).same is False
        more = CertificateEvent(
            "e", "renew", job="renew", names=("shop.example.com", "a.example.com")
        )
        assert people.event(more).same is False
        held = people.event(CertificateEvent("e", "revoke", certificate="c2"))
        assert (held.names, held.owners, held.tlsa) == (("*.w.example.com",), ("web",), False)
        retired = people.event(CertificateEvent("e", "retire", service="shop"))
        assert retired.names == ("shop.example.com",), "those under which the service is reached"
        assert retired.services == ("app",)
        nothing = people.event(CertificateEvent("e", "renew", certificate="unheard"))
        assert (nothing.names, nothing.owners, nothing.same, nothing.new_ca) == ((), (), None, None)


@pytest.mark.parametrize("kind", ENGINES)
def test_a_plan_is_asked_for_in_few_queries(kind: str) -> None:
    edits = [change(f"h{n}.example.com", "A", [], ["192.0.2.1"]) for n in range(700)]
    with engine(WORLD, kind) as found:
        counted = Counting(found)
        people = EnginePeople(counted, ROLES)
        assert {
            (a.role, a.owner) for a in approvals(cases(planned(edits), (), people), people)
        } == {("record", "infra")}
        assert counted.queries <= 20


@pytest.mark.parametrize("kind", ENGINES)
def test_a_large_subtree_has_the_same_people(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [Reach(name, True) for name in ("example.com", "w.example.com", "le.com", "")]
    with engine(WORLD, kind) as found:
        few = EnginePeople(found, ROLES).holdings(wanted)
        monkeypatch.setattr(asking, "BATCH", 1)
        many = EnginePeople(found, ROLES).holdings(wanted)
    assert many == few
    assert few[wanted[0]].services == ("app", "web", None)
    assert few[wanted[2]].services == (), "a name that merely ends alike"
    assert set(few[wanted[3]].services) == {"app", "web", None}


class Counting:
    """An engine that counts what it is asked."""

    def __init__(self, inner: Engine) -> None:
        self.inner, self.queries = inner, 0

    def ask(self, *arguments: Any, **options: Any) -> Any:
        return self.inner.ask(*arguments, **options)

    def expect(self, names: frozenset[str]) -> None:
        self.inner.expect(names)

    def query(self, sql: str, parameters: Any = ()) -> Any:
        self.queries += 1
        return self.inner.query(sql, parameters)


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(worlds())
def test_owners_and_tier_are_those_of_the_links(world: World) -> None:
    with engine(world) as found:
        rows = {
            str(name): rest
            for name, *rest in found.query(
                "SELECT o.name, o.tier, o.record_owner, n.zone_owner, o.owner "
                "FROM name_owner AS o JOIN node AS n ON n.name = o.name"
            )
        }
        people = EnginePeople(found, {})
        for reach, held in people.holdings([Reach(name) for name in rows]).items():
            assert [held.tier, held.record, held.zone, held.name] == rows[reach.name], reach
