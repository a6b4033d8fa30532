"""Contents of zones, their difference, and what a submission comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals import EXAMPLE, Held, zone
from trustpath.base.errors import InputError
from trustpath.facts import edits
from trustpath.facts.edits import Edit, Key, RecordSet, inverted, only_serial, overlay, record_set
from trustpath.facts.proposal import (
    Action,
    Changes,
    Operation,
    Prerequisite,
    Submission,
    ZoneVersion,
    diff,
    pack,
    resolve,
)
from trustpath.facts.records import Record, assemble

APEX = "example.test"

owners = st.sampled_from([APEX, "a.example.test", "b.example.test", "c.b.example.test", "out.test"])
kinds = st.sampled_from(["A", "TXT", "MX", "CNAME", "RRSIG", "NS"])
records = st.lists(
    st.tuples(owners, kinds, st.sampled_from([None, 60, 300]), st.sampled_from(["1", "2", "3"])),
    max_size=14,
)


def plainly(found: list[Record]) -> dict[Key, RecordSet]:
    """The content by way of ``assemble`` alone."""
    return {
        (name, rdtype): record_set(ttl, rdatas)
        for name, rdtype, ttl, rdatas in assemble(found, APEX, "").rrsets
    }


@given(records)
def test_packed_content_is_what_assemble_gives(found: list[Record]) -> None:
    content, remarks = pack(found, APEX, "zone")
    assert dict(content) == plainly(found)
    assert len(content) == len(set(content))
    assert list(remarks) == assemble(found, APEX, "zone").remarks
    assert all(key in content for key in content)
    assert ("absent", "A") not in content


@given(records, records)
def test_the_fast_difference_is_the_plain_one_and_can_be_undone(
    first: list[Record], second: list[Record]
) -> None:
    before, after = pack(first, APEX, "")[0], pack(second, APEX, "")[0]
    found = diff(APEX, before, after)
    assert found == edits.diff(APEX, plainly(first), plainly(second))
    assert found == diff(APEX, before, plainly(second))
    assert overlay(before, found) == dict(after)
    assert overlay(after, inverted(found)) == dict(before)


def test_only_serial() -> None:
    soa = EXAMPLE[APEX, "SOA"]
    later = RecordSet(soa.ttl, (soa.rdatas[0].replace(" 10 ", " 11 "),))
    slower = RecordSet(soa.ttl, (later.rdatas[0].replace(" 7200 ", " 7201 "),))
    edit = Edit(APEX, APEX, "SOA", soa, later)
    assert only_serial(edit)
    assert only_serial(edit.inverted())
    assert not only_serial(replace(edit, after=slower))
    assert not only_serial(replace(edit, after=RecordSet(60, later.rdatas)))
    assert not only_serial(replace(edit, after=None))
    assert not only_serial(Edit(APEX, APEX, "TXT", RecordSet(1, ("1",)), RecordSet(1, ("2",))))


# -- resolving --------------------------------------------------------------------------------


def done(*operations: Operation, held: Mapping[Key, RecordSet] = EXAMPLE) -> Changes:
    found = Submission("test", operations=operations)
    return resolve(found, Held({APEX: held}))


def add(name: str, rdtype: str, *rdatas: str, ttl: int = 60) -> Operation:
    return Operation(Action.ADD, APEX, name, rdtype, ttl, rdatas, "here")


def test_adding_takes_the_new_ttl_for_the_whole_set() -> None:
    (edit,) = done(add("www.example.test", "A", "192.0.2.12")).edits
    assert edit.after == RecordSet(60, ("192.0.2.10", "192.0.2.11", "192.0.2.12"))
    same = done(add("www.example.test", "A", "192.0.2.11", ttl=300))
    assert same.edits == ()
    assert "it is there already" in same.remarks[0].message


def test_a_set_that_is_there_keeps_its_ttl_where_that_is_asked() -> None:
    kept = replace(add("www.example.test", "A", "192.0.2.12"), keeps_ttl=True)
    (edit,) = done(kept).edits
    assert edit.after == RecordSet(300, ("192.0.2.10", "192.0.2.11", "192.0.2.12"))
    (edit,) = done(replace(kept, name="new.example.test")).edits
    assert edit.after == RecordSet(60, ("192.0.2.12",))


def test_a_cname_and_other_data_exclude_each_other() -> None:
    for operation in (
        add("www.example.test", "CNAME", "x.test."),
        add("alias.example.test", "A", "192.0.2.1"),
    ):
        found = done(operation)
        assert found.edits == ()
        assert "cannot be set" in found.problems[0].message
    (edit,) = done(add("alias.example.test", "CNAME", "x.test.")).edits
    assert edit.after == RecordSet(60, ("x.test.",))
    (first, second) = done(
        Operation(Action.REMOVE_NAME, APEX, "www.example.test"),
        add("www.example.test", "CNAME", "x.test."),
    ).edits
    assert (first.type, first.after, second.type) == ("A", None, "CNAME")
    refused = done(Operation(Action.REPLACE, APEX, "www.example.test", "CNAME", 60, ("x.test.",)))
    assert refused.edits == ()
    assert "the name has A" in refused.problems[0].message


def test_the_apex_keeps_soa_and_its_last_ns() -> None:
    found = done(
        Operation(Action.REMOVE_NAME, APEX, APEX),
        Operation(Action.REMOVE_RRSET, APEX, APEX, "NS"),
        Operation(Action.REMOVE_RRSET, APEX, APEX, "SOA"),
        Operation(Action.REMOVE, APEX, APEX, "SOA", None, EXAMPLE[APEX, "SOA"].rdatas),
        Operation(Action.REMOVE, APEX, APEX, "NS", None, ("ns1.example.test.",)),
        Operation(Action.REMOVE, APEX, APEX, "NS", None, ("ns2.example.test.",)),
    )
    (edit,) = found.edits
    assert edit.after == RecordSet(300, ("ns2.example.test.",))
    assert len(found.remarks) == 5


def test_a_soa_needs_a_later_serial() -> None:
    text = "ns1.example.test. hostmaster.example.test. {} 7200 900 1209600 300"
    assert done(add(APEX, "SOA", text.format(10))).edits == ()
    assert done(add(APEX, "SOA", text.format(4294967290))).edits == ()
    assert done(add("www.example.test", "SOA", text.format(99))).edits == ()
    (edit,) = done(add(APEX, "SOA", text.format(11), ttl=300)).edits
    assert only_serial(edit)


def test_edits_are_in_order_and_one_for_each_set() -> None:
    found = done(
        add("z.example.test", "A", "192.0.2.1"),
        add("b.example.test", "TXT", '"x"'),
        add("b.example.test", "A", "192.0.2.1"),
        Operation(Action.REMOVE, APEX, "z.example.test", "A", None, ("192.0.2.9",)),
        add("gone.example.test", "A", "192.0.2.1"),
        Operation(Action.REMOVE_RRSET, APEX, "gone.example.test", "A"),
    )
    assert [e.key for e in found.edits] == [
        ("b.example.test", "A"),
        ("b.example.test", "TXT"),
        ("z.example.test", "A"),
    ]
    assert "no such record" in found.remarks[0].message


PREREQUISITES = {
    "rrset-exists": (("www.example.test", "A"), ("www.example.test", "MX")),
    "rrset-absent": (("www.example.test", "MX"), ("www.example.test", "A")),
    "name-in-use": (("www.example.test", None), ("free.example.test", None)),
    "name-not-in-use": (("free.example.test", None), ("www.example.test", None)),
}


@pytest.mark.parametrize("kind", sorted(PREREQUISITES))
def test_prerequisites(kind: str) -> None:
    good, bad = PREREQUISITES[kind]
    held = Held({APEX: EXAMPLE})
    resolve(Submission("x", prerequisites=(Prerequisite(kind, APEX, *good),)), held)
    with pytest.raises(InputError, match=kind) as caught:
        resolve(Submission("x", prerequisites=(Prerequisite(kind, None, *bad, where="s:3"),)), held)
    assert caught.value.where == "s:3"


def test_a_set_has_to_match_as_a_whole() -> None:
    held = Held({APEX: EXAMPLE})
    both = ("192.0.2.11", "192.0.2.10")
    good = Prerequisite("rrset-equals", APEX, "www.example.test", "A", both)
    resolve(Submission("x", prerequisites=(good,)), held)
    with pytest.raises(InputError, match=r"holds 192\.0\.2\.10, 192\.0\.2\.11"):
        resolve(Submission("x", prerequisites=(replace(good, rdatas=both[:1]),)), held)


def test_zones_that_are_not_there() -> None:
    held = Held({APEX: EXAMPLE, "sub.example.test": {}})
    unheld = Operation(Action.ADD, None, "www.other.test", "A", 60, ("192.0.2.1",), "s:1")
    named = replace(unheld, zone="other.test", where="s:2")
    version = ZoneVersion("third.test", {}, where="third.zone")
    found = resolve(Submission("x", (version,), (unheld, named)), held)
    assert found.edits == ()
    assert [p.where for p in found.problems] == ["s:1", "s:2"]
    assert "new to the estate" in found.remarks[0].message
    with pytest.raises(InputError, match="outside of zone"):
        resolve(Submission("x", operations=(replace(unheld, zone=APEX),)), held)


def test_the_closest_zone_is_meant_and_ds_belongs_above() -> None:
    held = Held({APEX: EXAMPLE, "sub.example.test": {}})
    record = Operation(Action.ADD, None, "a.sub.example.test", "A", 60, ("192.0.2.1",))
    key = Operation(Action.ADD, None, "sub.example.test", "DS", 60, ("1 13 2 ab",))
    zones = [e.zone for e in resolve(Submission("x", operations=(record, key)), held).edits]
    assert zones == [APEX, "sub.example.test"]


def test_whole_zones() -> None:
    held = Held({APEX: EXAMPLE})
    new = dict(EXAMPLE) | zone("new.example.test 60 A 192.0.2.1")
    found = resolve(Submission("x", (ZoneVersion(APEX, new),)), held)
    assert overlay(EXAMPLE, found.edits) == new
    base = dict(new) | zone("old.example.test 60 A 192.0.2.1")
    (edit,) = resolve(Submission("x", (ZoneVersion(APEX, new, base),)), held).edits
    assert (edit.name, edit.action) == ("old.example.test", "remove")
    gone = resolve(Submission("x", (ZoneVersion(APEX, {}, removed=True),)), held)
    assert overlay(EXAMPLE, gone.edits) == {}
    with pytest.raises(InputError, match="proposed twice"):
        resolve(Submission("x", (ZoneVersion(APEX, new), ZoneVersion(APEX, new))), held)
    operation = add("a.example.test", "A", "192.0.2.1")
    both = Submission("x", (ZoneVersion(APEX, new),), (operation,))
    with pytest.raises(InputError, match="whole and by single"):
        resolve(both, held)


def test_what_a_form_does_not_state_stays() -> None:
    served = dict(EXAMPLE) | zone(
        "example.test 300 RRSIG x", "www.example.test 300 RRSIG x", "www.example.test 300 NSEC y",
        "sub.example.test 300 NS ns.test.",
    )  # fmt: skip
    stated = {
        key: content
        for key, content in EXAMPLE.items()
        if key not in {(APEX, "SOA"), (APEX, "NS"), ("txt.example.test", "TXT")}
    }
    unstated = frozenset({"SOA", "NS", "RRSIG", "NSEC"})
    version = ZoneVersion(APEX, stated, unstated=unstated)
    found = resolve(Submission("x", (version,)), Held({APEX: served}))
    assert [e.key for e in found.edits] == [("sub.example.test", "NS"), ("txt.example.test", "TXT")]
    (remark,) = found.remarks
    assert "NSEC, RRSIG" in remark.message


operation = st.builds(
    Operation,
    st.sampled_from(Action),
    st.sampled_from([None, APEX]),
    st.sampled_from([APEX, "www.example.test", "alias.example.test", "new.example.test"]),
    st.sampled_from(["A", "CNAME", "NS", "SOA", "TXT"]),
    st.sampled_from([None, 60]),
    st.lists(st.sampled_from(["192.0.2.10", "ns1.example.test.", "x.test."]), min_size=1, max_size=2).map(tuple),
)  # fmt: skip


@given(st.lists(operation, max_size=8))
def test_edits_apply_to_the_state_they_were_made_from(operations: list[Operation]) -> None:
    found = done(*operations)
    after = overlay(EXAMPLE, found.edits)
    assert overlay(after, inverted(found.edits)) == EXAMPLE
    assert all(edit.before != edit.after for edit in found.edits)
    aliases = {name for name, rdtype in after if rdtype == "CNAME"}
    assert not any(name in aliases and rdtype != "CNAME" for name, rdtype in after)
    assert (APEX, "NS") in after
