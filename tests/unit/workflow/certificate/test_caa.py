"""The climb and the decision of CAA, over authoritative answers that the test lays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.writer import ServerView
from trustpath.workflow.certificate.caa import Requester, check, permits

ASKING = Requester(frozenset({"ca.example"}), "https://ca.example/acct/1", "dns-01")
_Content = Mapping[Key, Sequence[str]]


@dataclass
class Zones:
    """Zones by apex, each with what its servers answer."""

    held: Mapping[str, Sequence[_Content]]
    broken: frozenset[Key] = frozenset()
    asked: list[str] = field(default_factory=list)
    resolvers: Sequence[ServerView] = ()

    def resolved(self, _name: str, _rdtype: str) -> Sequence[ServerView]:
        return self.resolvers

    def zone_of(self, name: str) -> str | None:
        fitting = [zone for zone in self.held if name == zone or name.endswith(f".{zone}")]
        return max(fitting, key=len, default=None)

    def above(self, name: str) -> bool:
        return any(zone.endswith(f".{name}") for zone in self.held)

    def served(self, zone: str, keys: Sequence[Key]) -> Sequence[ServerView]:
        self.asked.append(keys[0][0])
        views = []
        for number, content in enumerate(self.held[zone]):
            problem = "timeout" if self.broken & set(keys) else ""
            found = {
                key: RecordSet(300 + number, tuple(content[key])) if key in content else None
                for key in keys
            }
            views.append(ServerView(f"ns{number}", 1, {} if problem else found, problem))
        return views


def zone(*contents: _Content, apex: str = "shop.example", **more: Sequence[_Content]) -> Zones:
    """Return one zone, each content that of one server."""
    return Zones({apex: contents, **{name.replace("_", "."): held for name, held in more.items()}})


def issue(*values: str, tag: str = "issue") -> list[str]:
    """Return CAA texts."""
    return [f'0 {tag} "{value}"' for value in values]


OURS, OTHERS = issue("ca.example"), issue("other.example")


def test_the_first_set_on_the_way_up_decides_and_none_above_is_asked() -> None:
    zones = zone({("www.shop.example", "CAA"): OURS, ("shop.example", "CAA"): OTHERS})
    found = check(zones, "www.shop.example", ASKING)
    assert (found.permits, found.owner, found.records) == (True, "www.shop.example", tuple(OURS))
    assert zones.asked == ["www.shop.example"]
    found = check(zones, "a.b.shop.example", ASKING)
    assert (found.permits, found.owner) == (False, "shop.example")


def test_without_a_set_anybody_may() -> None:
    found = check(zone({}), "www.shop.example", ASKING)
    assert (found.permits, found.owner) == (True, None)


def test_the_climb_goes_on_from_the_name_not_from_the_target_of_its_alias() -> None:
    zones = zone(
        {("www.shop.example", "CNAME"): ["edge.cdn.test."], ("shop.example", "CAA"): OURS},
        cdn_test=[{("cdn.test", "CAA"): OTHERS}],
    )
    assert check(zones, "www.shop.example", ASKING).permits is True
    aliased = zone(
        {("www.shop.example", "CNAME"): ["edge.cdn.test."], ("shop.example", "CAA"): OURS},
        cdn_test=[{("edge.cdn.test", "CAA"): OTHERS}],
    )
    found = check(aliased, "www.shop.example", ASKING)
    assert (found.permits, found.owner) == (False, "edge.cdn.test")


def test_a_dname_above_moves_the_name() -> None:
    zones = zone(
        {
            ("old.shop.example", "DNAME"): ["new.shop.example."],
            ("x.new.shop.example", "CAA"): OTHERS,
        }
    )
    found = check(zones, "x.old.shop.example", ASKING)
    assert (found.permits, found.owner) == (False, "x.new.shop.example")


@pytest.mark.parametrize(
    "zones",
    [
        pytest.param(zone({("www.shop.example", "CNAME"): ["edge.elsewhere.test."]}), id="outside"),
        pytest.param(zone({("www.shop.example", "CNAME"): ["www.shop.example."]}), id="circle"),
        pytest.param(zone({}, {("www.shop.example", "CAA"): OURS}), id="disagree"),
        pytest.param(
            Zones({"shop.example": [{}]}, frozenset({("shop.example", "CAA")})), id="silent"
        ),
        pytest.param(Zones({"shop.example": []}), id="no server"),
        pytest.param(Zones({"else.example": [{}]}), id="not ours"),
    ],
)
def test_what_cannot_be_looked_up_is_unknown(zones: Zones) -> None:
    found = check(zones, "www.shop.example", ASKING)
    assert found.permits is None
    assert found.why


def answer(final: str, *values: str, problem: str = "") -> ServerView:
    """Return what a resolver says."""
    held = RecordSet(60, tuple(issue(*values))) if values else None
    return ServerView("resolver", None, {} if problem else {(final, "CAA"): held}, problem)


@pytest.mark.parametrize(
    ("views", "permits_", "owner"),
    [
        ([answer("edge.far.test", "ca.example")], True, "edge.far.test"),
        ([answer("edge.far.test", "other.example")], False, "edge.far.test"),
        ([answer("edge.far.test")], False, "shop.example"),
        ([answer("edge.far.test", problem="servfail")], None, None),
        ([answer("edge.far.test"), answer("edge.far.test", "ca.example")], None, None),
        ([], None, None),
    ],
    ids=("permits", "forbids", "none there", "silent", "disagree", "no resolver"),
)
def test_beyond_our_zones_the_resolvers_of_the_estate_are_asked(
    views: list[ServerView], permits_: bool | None, owner: str | None
) -> None:
    zones = zone(
        {
            ("www.shop.example", "CNAME"): ["edge.elsewhere.test."],
            ("shop.example", "CAA"): OTHERS,
        }
    )
    zones.resolvers = views
    found = check(zones, "www.shop.example", ASKING)
    assert (found.permits, found.owner) == (permits_, owner)


def test_servers_may_differ_in_ttl() -> None:
    zones = zone({("shop.example", "CAA"): OURS}, {("shop.example", "CAA"): OURS})
    assert check(zones, "shop.example", ASKING).permits is True


@pytest.mark.parametrize(
    ("records", "wildcard", "expected"),
    [
        (OURS, False, True),
        (OTHERS, False, False),
        (issue("CA.Example"), False, None),
        (issue(";"), False, False),
        (issue("ca.example", tag="issuewild"), False, True),
        (issue(";", tag="issuewild"), True, False),
        ([*OTHERS, *issue("ca.example", tag="issuewild")], True, True),
        ([*OURS, *issue(";", tag="issuewild")], False, True),
        (OURS, True, True),
        (['0 iodef "mailto:a@b.example"'], False, True),
        ([*OURS, '128 unheard "x"'], False, False),
        ([*OURS, '1 unheard "x"'], False, None),
        ([*OURS, '0 unheard "x"'], False, True),
        (issue("ca.example; accounturi=https://ca.example/acct/1"), False, True),
        (issue("ca.example; accounturi=https://ca.example/acct/2"), False, False),
        (issue("ca.example; validationmethods=dns-01,http-01"), False, True),
        (issue("ca.example; validationmethods=http-01"), False, False),
        (issue("ca.example; validationmethods="), False, False),
        (issue("ca.example; accounturi=a; accounturi=b"), False, None),
        (issue("ca.example; ="), False, None),
        (issue("ca.example; a"), False, False),
        ([*issue("ca.example; validationmethods=http-01"), *OURS], False, True),
        (["garbage"], False, None),
    ],
    ids=str,
)
def test_the_set_decides(records: list[str], wildcard: bool, expected: bool | None) -> None:
    found, why = permits("shop.example", records, ASKING, wildcard=wildcard)
    assert found is expected, why


def test_a_ca_whose_names_nobody_knows_is_unknown_where_the_set_restricts() -> None:
    nobody = Requester(frozenset(), None, "dns-01")
    assert permits("a.example", OURS, nobody, wildcard=False)[0] is None
    assert permits("a.example", ['0 iodef "mailto:a@b.c"'], nobody, wildcard=False)[0] is True


@pytest.mark.parametrize(
    ("texts", "wildcard", "allowed", "said"),
    [
        (issue("ca.example; a-b=c"), False, None, "no hyphen"),
        (issue("CA.example"), False, None, "with its case"),
        (issue("ca.example; accounturi=x; accounturi=https://ca.example/acct/1"), False, None, "the last"),
        (issue("ca.example; a-b=c", "ca.example"), False, True, "names ca.example"),
        (issue("other.example; a-b=c"), False, False, "does not permit"),
        (issue("; a-b=c"), False, False, "lets nobody issue"),
        ([*OURS, '128 contactemail "a@shop.example"'], False, None, "contactemail"),
        (['1 future "x"'], False, None, "flag 1"),
        ([*OURS, '128 future "x"'], False, False, "nobody may issue"),
        ([*OURS, "\\# 7 8003612d627879"], False, False, "nobody may issue"),
        ([*OURS, *issue("ca.example; a-b=c", tag="issuewild")], True, None, "no hyphen"),
    ],
)  # fmt: skip
def test_what_cas_read_in_different_ways_is_no_yes(
    texts: list[str], wildcard: bool, allowed: bool | None, said: str
) -> None:
    found, why = permits("shop.example", texts, ASKING, wildcard=wildcard)
    assert found is allowed
    assert said in why
