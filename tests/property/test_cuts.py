"""Zone cuts and DNAMEs: what they hide, however a zone comes to be what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from narrowing import Given, Twice, written
from trustpath.base import names
from trustpath.base.clock import parse_instant
from trustpath.facts import schema
from trustpath.facts.edits import Edit, Key, RecordSet, diff, overlay, record_set
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.proposal import content_of
from trustpath.facts.records import zone_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Occluded, Rrset
from trustpath.facts.world import Present, rows_of
from trustpath.workflow.vectors.world import parts_of
from vectors_support import catalogue

APEX = "example.com"
NOW = parse_instant("2026-11-24T12:00:00Z")
RULES = [rule for rule in catalogue() if rule.gate in ("gate", "probe")]
_EXAMPLES = (settings.default or settings()).max_examples

LABELS = ("", "a.", "b.", "ns.", "*.", "_acme-challenge.", "_443._tcp.")
BASES = (APEX, f"child.{APEX}", f"x.child.{APEX}", f"other.{APEX}")
HOSTS = ("ns.child", "ns.x.child", "child", "ns.other", "a.example.net")
POOL: dict[str, tuple[str, ...]] = {
    "NS": tuple(f"{h}." if h.endswith(".net") else f"{h}.{APEX}." for h in HOSTS),
    "DNAME": ("example.net.", f"other.{APEX}."),
    "A": ("192.0.2.1", "192.0.2.2"),
    "AAAA": ("2001:db8::1",),
    "CAA": ('0 issue "ca.example"', '0 issue ";"'),
    "MX": (f"10 a.child.{APEX}.", "10 mx.example.net."),
    "TXT": ('"one"', '"two"'),
    "TLSA": ("3 1 1 " + "ab" * 32,),
    "DS": ("1 13 2 " + "ab" * 32,),
    "CNAME": (f"a.child.{APEX}.", f"b.{APEX}."),
}

owners = st.builds(str.__add__, st.sampled_from(LABELS), st.sampled_from(BASES))
# Cuts and DNAMEs more often than all else: they are what this is about.
types = st.one_of(st.sampled_from(("NS", "NS", "DNAME", "A")), st.sampled_from(sorted(POOL)))


@st.composite
def rrsets(draw: st.DrawFn) -> tuple[Key, RecordSet]:
    """Draw an RRset."""
    kind = draw(types)
    texts = draw(st.sets(st.sampled_from(POOL[kind]), min_size=1, max_size=2))
    if kind in ("DNAME", "CNAME"):
        texts = set(sorted(texts)[:1])
    return (draw(owners), kind), record_set(draw(st.sampled_from((60, 300))), texts)


SOA = record_set(300, [f"ns.{APEX}. root.{APEX}. 1 1 1 1 60"])


def with_soa(found: Mapping[Key, RecordSet]) -> dict[Key, RecordSet]:
    """Return the content of a zone with what every zone has."""
    return {(APEX, "SOA"): SOA, (APEX, "NS"): record_set(300, ["a.example.net."]), **found}


contents = st.lists(rrsets(), max_size=8).map(dict).map(with_soa)


def facts_of(content: Mapping[Key, RecordSet]) -> list[Fact]:
    """Return what a collection of the zone records."""
    entries = [(name, kind, c.ttl, c.rdatas) for (name, kind), c in content.items()]
    return list(zone_facts(APEX, entries, full=True))


def rows(facts: list[Fact]) -> dict[str, set[tuple[object, ...]]]:
    """Return facts by relation."""
    found: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for fact in facts:
        found[schema.BY_RELATION[type(fact)].name].add(tuple(fact))
    return found


def hidden_by(content: Mapping[Key, RecordSet], name: str, kind: str) -> tuple[str, str] | None:
    """Return what hides an RRset, from the standard and from the apex down."""
    path = [name]
    while path[-1] != APEX:
        path.append(names.parent(path[-1]))
    for here in reversed(path):
        cut = here != APEX and not here.startswith("*.") and (here, "NS") in content
        if cut and (here != name or kind not in ("NS", "DS", "NSEC", "RRSIG")):
            return here, "delegation"
        if here != name and not cut and (here, "DNAME") in content:
            return here, "dname"
    return None


@given(contents)
def test_every_record_is_answered_with_or_hidden_by_the_highest_cut(
    content: dict[Key, RecordSet],
) -> None:
    facts = facts_of(content)
    shown = {(f.name, f.type) for f in facts if isinstance(f, Rrset)}
    hidden = {(f.name, f.type): (f.cut, f.reason) for f in facts if isinstance(f, Occluded)}
    assert shown | hidden.keys() == content.keys()
    for key in content:
        assert hidden.get(key) == hidden_by(content, *key)
        assert (key in shown) == (key not in hidden)
    assert content_of(facts) == content


@given(contents)
def test_glue_is_the_address_of_a_server_that_the_zone_names(content: dict[Key, RecordSet]) -> None:
    named = {
        text.rstrip(".")
        for key, held in content.items()
        if key[1] == "NS" and hidden_by(content, *key) is None
        for text in held.rdatas
    }
    for fact in facts_of(content):
        if isinstance(fact, Occluded):
            assert fact.glue == (fact.type in ("A", "AAAA") and fact.name in named)
            assert (fact.address is not None) == fact.glue


@settings(max_examples=max(_EXAMPLES * 3, 60))
@given(contents, contents)
def test_edits_hide_and_show_what_a_collection_would(
    before: dict[Key, RecordSet], after: dict[Key, RecordSet]
) -> None:
    edits = diff(APEX, before, after)
    assert overlay(before, edits) == after
    here, there = rows(facts_of(before)), rows(facts_of(after))
    present = Present(here, NOW)
    for target, wanted in ((True, there), (False, here)):
        delta = rows_of(present, edits, after=target)
        for relation in wanted.keys() | here.keys() | delta.come.keys():
            if not relation.endswith("_history"):
                assert delta.apply(relation, here.get(relation, set())) == wanted.get(
                    relation, set()
                ), f"{relation} {written(edits)}"


def world_of(parent: Mapping[Key, RecordSet], child: Mapping[Key, RecordSet] | None) -> Given:
    """Return an estate with a zone, its child where it is held, and names that matter."""
    given: Given = list(parts_of({"estate": ESTATE}, NOW, "cuts"))
    given.append(("zones", Part(APEX, Grade.AUTHORITATIVE, Coverage.FULL, NOW, facts_of(parent))))
    if child is not None:
        apex = f"child.{APEX}"
        entries = [(n, k, c.ttl, c.rdatas) for (n, k), c in child.items() if n.endswith(apex)]
        facts = list(zone_facts(apex, entries, full=True))
        given.append(("child", Part(apex, Grade.AUTHORITATIVE, Coverage.FULL, NOW, facts)))
    return given


ESTATE = {
    "services": [
        {"id": "web", "tier": "public", "owner": "web", "names": [f"a.child.{APEX}", f"b.{APEX}"]}
    ],
    "cas": [{"id": "ca", "caa": ["ca.example"]}],
    "owners": [{"id": "web"}, {"id": "dns"}],
    "ownership": [{"pattern": f"child.{APEX}", "owner": "dns", "kind": "record"}],
    "jobs": [
        {"id": "j", "names": [f"a.child.{APEX}", f"*.{APEX}"], "ca": "ca", "method": "dns-01"}
    ],
}
children = st.none() | st.lists(rrsets(), max_size=4).map(dict)


@settings(
    max_examples=max(_EXAMPLES // 4, 10),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
)
@given(contents, children, st.lists(rrsets(), min_size=1, max_size=3).map(dict), st.data())
def test_a_change_at_a_cut_is_judged_narrowly_as_in_full(
    parent: dict[Key, RecordSet],
    child: dict[Key, RecordSet] | None,
    moved: dict[Key, RecordSet],
    data: st.DataObject,
) -> None:
    edits = []
    for key, held in moved.items():
        before = parent.get(key)
        after = None if before is not None and data.draw(st.booleans()) else held
        if before != after:
            edits.append(Edit(APEX, *key, before, after))
    goes = data.draw(st.sampled_from(sorted(parent)))
    if goes not in moved and goes[0] != APEX:
        edits.append(Edit(APEX, *goes, parent[goes], None))
    if not edits:
        return
    world = Twice(world_of(parent, child), NOW, RULES)
    with world.gate:
        wrong = world.differences(world.full(), edits)
        shown = "\n".join(f"  {k} {v.rdatas}" for k, v in parent.items())
        assert not wrong, f"{shown}\nchild {child}\n{written(edits)}\n{wrong}"


def test_a_record_behind_a_cut_moves_nothing_but_that_it_is_hidden() -> None:
    """A plan that adds it is not denied for what nobody is ever answered with."""
    child = f"child.{APEX}"
    parent = with_soa({(child, "NS"): record_set(300, ["ns.example.net."])})
    held = {
        (child, "SOA"): SOA,
        (child, "NS"): record_set(300, ["ns.example.net."]),
        (f"a.{child}", "A"): record_set(300, ["192.0.2.1"]),
    }
    world = Twice(world_of(parent, held), NOW, RULES)
    with world.gate:
        for name, kind, text, rule in (
            (child, "CAA", '0 issue ";"', "ZONE-001"),
            (f"a.{child}", "A", "203.0.113.9", "ZONE-002"),
            (f"www.{child}", "CNAME", "gone.example.com.", "ZONE-002"),
        ):
            before, after = world.narrow([Edit(APEX, name, kind, None, record_set(300, [text]))])
            moved = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
            # POL-008 is about the proposal itself.
            assert {k[0] for k in moved} - {"POL-008"} == {rule}, moved


def test_a_delegation_that_comes_hides_and_one_that_goes_shows() -> None:
    child = f"child.{APEX}"
    plain = with_soa({(child, "CAA"): record_set(300, ['0 issue "ca.example"'])})
    cut = Edit(APEX, child, "NS", None, record_set(300, ["ns.example.net."]))
    world = Twice(world_of(plain, None), NOW, RULES)
    with world.gate:
        before, after = world.narrow([cut])
        assert before["CAA-002", f"job j a.{child}"] == "pass"
        assert after["CAA-002", f"job j a.{child}"] == "unknown"
        assert after["ZONE-001", f"{APEX}: {child} CAA"] == "high"
    world = Twice(world_of({**plain, cut.key: cut.after or SOA}, None), NOW, RULES)
    with world.gate:
        before, after = world.narrow([cut.inverted()])
        assert before["ZONE-001", f"{APEX}: {child} CAA"] == "high"
        assert after["ZONE-001", f"{APEX}: {child} CAA"] == "pass"
        assert after["CAA-002", f"job j a.{child}"] == "pass"
