"""Validation names of an estate on facts that came without them: as if the reader had known."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from trustpath.facts.records import rrset_facts
from trustpath.facts.records.further import with_patterns
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import ValidationName
from trustpath.facts.validation_names import declared_pattern

PATTERNS = (
    declared_pattern("mine", "ca-*", ["TXT", "NS"]),
    declared_pattern("mine-too", "dcv", [], target="dcv.example.net", one_time=True),
    declared_pattern("late", "_acme-challenge", ["TXT"]),
    declared_pattern("named", "_token", ["TXT", "CNAME"]),
)
OWNERS = (
    "ca-7.www.example.com",
    "dcv.www.example.com",
    "_acme-challenge.example.com",
    "_token.example.com",
    "_other.example.com",
    "www.example.com",
)
RDATAS = {
    "TXT": ('"token"', '"v=spf1 -all"'),
    "CNAME": ("x.dcv.example.net.", "x.example.net."),
    "NS": ("ns1.example.net.",),
    "A": ("192.0.2.1",),
}  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(OWNERS), st.sampled_from(sorted(RDATAS)), st.booleans()),
        unique_by=lambda item: item[:2],
    )
)
def test_it_is_as_if_the_reader_had_known(rrsets: list[tuple[str, str, bool]]) -> None:
    plain: list[Fact] = []
    knowing: list[Fact] = []
    for name, kind, whole in rrsets:
        rdatas = RDATAS[kind] if whole else RDATAS[kind][:1]
        plain += rrset_facts("example.com", name, kind, 300, rdatas)
        knowing += rrset_facts("example.com", name, kind, 300, rdatas, patterns=PATTERNS)
    assert Counter(with_patterns(plain, PATTERNS)) == Counter(knowing)
    assert list(with_patterns(plain, ())) == plain


def test_what_the_built_in_list_knows_stays_as_it_is() -> None:
    facts = list(rrset_facts("example.com", "_acme-challenge.example.com", "TXT", 300, ['"x"']))
    (row,) = [f for f in with_patterns(facts, PATTERNS) if isinstance(f, ValidationName)]
    assert row.scheme == "acme-dns"
    (added,) = [
        fact
        for fact in with_patterns(
            rrset_facts("example.com", "dcv.www.example.com", "CNAME", 300, ["a.dcv.example.net."]),
            PATTERNS,
        )
        if isinstance(fact, ValidationName)
    ]
    assert (added.scheme, added.base, added.one_time) == ("mine-too", "www.example.com", True)
