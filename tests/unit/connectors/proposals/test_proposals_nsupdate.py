"""nsupdate scripts: what they propose, and what is refused with the line that is wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals import EXAMPLE, Held
from trustpath.base.errors import InputError, LimitError, TrustpathError
from trustpath.connectors.proposals.nsupdate import ScriptLimits, parse_nsupdate
from trustpath.facts.edits import RecordSet
from trustpath.facts.proposal import Action, Submission, resolve


def parse(text: str) -> Submission:
    return parse_nsupdate(text.encode(), "change.txt")


def test_every_form_of_update() -> None:
    found = parse(
        "server 192.0.2.53 53\nlocal 192.0.2.9\nzone example.test\nclass IN\nttl 60\n"
        "; a comment\n"
        "update add New.Example.test A 192.0.2.5\n"
        "update add new.example.test. 300 IN A 192.0.2.6\n"
        "add short.example.test 5 CLASS1 TYPE1 \\# 4 c0000207\n"
        "update delete all.example.test\n"
        "del all2.example.test 0 ANY\n"
        "delete set.example.test 0 mx\n"
        "update del one.example.test IN A 192.0.2.8\n"
        "show\nsend\nanswer\n"
    )
    assert [(o.action, o.zone, o.name, o.type, o.ttl, o.rdatas) for o in found.operations] == [
        (Action.ADD, "example.test", "new.example.test", "A", 60, ("192.0.2.5",)),
        (Action.ADD, "example.test", "new.example.test", "A", 300, ("192.0.2.6",)),
        (Action.ADD, "example.test", "short.example.test", "A", 5, ("192.0.2.7",)),
        (Action.REMOVE_NAME, "example.test", "all.example.test", None, None, ()),
        (Action.REMOVE_NAME, "example.test", "all2.example.test", None, None, ()),
        (Action.REMOVE_RRSET, "example.test", "set.example.test", "MX", None, ()),
        (Action.REMOVE, "example.test", "one.example.test", "A", None, ("192.0.2.8",)),
    ]
    assert found.operations[0].where == "change.txt:7"
    assert found.problems == found.remarks == ()


def test_text_is_split_as_nsupdate_splits_it() -> None:
    found = parse(
        'update add a.example.test 60 TXT "a b;c" d ; (e) x"y"\n'
        'update add b.example.test 60 TXT "caf\u00e9 \\"q\\"" "n""m"\nsend\n'
    )
    assert [o.rdatas for o in found.operations] == [
        ('"a b;c" "d" ";" "(e)" "x\\"y\\""',),
        ('"caf\\195\\169 \\"q\\"" "n" "m"',),
    ]


def test_the_zone_is_the_one_in_force_when_the_message_is_sent() -> None:
    found = parse(
        "update add a.example.test 1 A 192.0.2.1\nzone example.test\n\n"
        "update add a.example.net 1 A 192.0.2.1\nzone example.net\nsend\n"
    )
    assert [o.zone for o in found.operations] == ["example.test", "example.net"]


def test_prerequisites_belong_to_their_message_and_values_are_one_set() -> None:
    found = parse(
        "update add first.example.test 1 A 192.0.2.1\nsend\n"
        "prereq yxrrset www.example.test A 192.0.2.10\nprereq nxdomain free.example.test\n"
        "yxrrset www.example.test IN A 192.0.2.11\nyxdomain first.example.test\n"
        "prereq nxrrset www.example.test MX\nprereq yxrrset txt.example.test TXT\n"
        "update delete www.example.test A\nsend\n"
    )
    assert [(p.kind, p.name, p.type, p.rdatas, p.after) for p in found.prerequisites] == [
        ("rrset-equals", "www.example.test", "A", ("192.0.2.10", "192.0.2.11"), 1),
        ("name-not-in-use", "free.example.test", None, (), 1),
        ("name-in-use", "first.example.test", None, (), 1),
        ("rrset-absent", "www.example.test", "MX", (), 1),
        ("rrset-exists", "txt.example.test", "TXT", (), 1),
    ]
    edits = resolve(found, Held({"example.test": EXAMPLE})).edits
    assert [(e.name, e.type, e.action) for e in edits] == [
        ("first.example.test", "A", "add"),
        ("www.example.test", "A", "remove"),
    ]
    assert edits[0].after == RecordSet(1, ("192.0.2.1",))


def test_what_is_not_sent_is_a_problem_and_no_change() -> None:
    for end in ("", "quit\nsend\n"):
        found = parse(f"update add a.example.test 1 A 192.0.2.1\n{end}")
        assert found.operations == ()
        assert "never sent" in found.problems[0].message


def test_a_key_is_never_kept() -> None:
    found = parse("key hmac-sha256:ddns c2VjcmV0\nkey c2VjcmV0\nsend\n")
    assert [r.where for r in found.remarks] == ["change.txt:1", "change.txt:2"]
    assert "c2VjcmV0" not in repr(found)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("frobnicate x", "no command of nsupdate"),
        ("# comment", "no command of nsupdate"),
        ("update change a A 192.0.2.1", "neither add nor delete"),
        ("update add", "owner name is missing"),
        ("update add a.example.test", "no TTL"),
        ("update add a.example.test 1h A 192.0.2.1", "no number of seconds"),
        ("update add a.example.test A 192.0.2.1", "no number of seconds"),
        ("update add a.example.test 2147483648 A 192.0.2.1", "above"),
        ("update add a.example.test 60", "type is missing"),
        ("update add a.example.test 60 IN", "type is missing"),
        ("update add a.example.test 60 A", "no data"),
        ("update add a.example.test 60 ANY x", "no data"),
        ("update add a.example.test 60 CH A 192.0.2.1", "class CH"),
        ("update add a.example.test 60 NOPE x", "no record type"),
        ("update add a.example.test 60 AXFR x", "no type of stored records"),
        ("update add a.example.test 60 A 192.0.2.1 ; comment", "cannot be read"),
        ("update add a.example.test 60 A 192.0.2.999", "cannot be read"),
        ('update add a.example.test 60 TXT "open', "not closed"),
        ("update add a..b 60 A 192.0.2.1", "no domain name"),
        ("update delete a.example.test ANY A", "takes no data"),
        ("prereq exists a", "none of nxdomain"),
        ("prereq nxrrset a.example.test A 192.0.2.1", "takes no data"),
        ("prereq yxrrset a.example.test ANY", "needs its type"),
        ("class CH", "class 'CH'"),
        ("zone", "zone name is missing"),
        ("ttl soon", "no number of seconds"),
    ],
)
def test_bad_lines_are_named(line: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(f"zone example.test\n{line}\nsend\n")
    assert message in caught.value.message
    assert caught.value.where == "change.txt:2"


def test_bounds() -> None:
    with pytest.raises(LimitError, match="more than 2 updates"):
        parse_nsupdate(b"update delete a.test\n" * 3, "x", ScriptLimits(operations=2))
    with pytest.raises(LimitError, match="longer than 20"):
        parse_nsupdate(b"x" * 21, "x", ScriptLimits(line=20))


words = st.sampled_from(
    ["update", "add", "delete", "prereq", "yxrrset", "nxdomain", "zone", "ttl", "key", "send", "quit", "class", "IN",
     "ANY", "NONE", "a.test", ".", "@", "\\", "\\000", "300", "A", "TXT", "MX", "SOA", "TLSA", "HTTPS", "192.0.2.1",
     '"', '"x y"', "(", ")", ";", "\\#", "4", "c0000201", "\x00", "\u00fc", "TYPE65280", "\n", "\n", "none", "10"]
)  # fmt: skip


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(words, max_size=60).map(" ".join).map(str.encode),
        st.lists(words, min_size=1, max_size=6).map(
            lambda tail: ("update add a.test 5 " + " ".join(tail) + "\nsend").encode()
        ),
    )
)
def test_anything_reads_or_is_refused(data: bytes) -> None:
    with suppress(TrustpathError):
        found = parse_nsupdate(data, "x")
        resolve(found, Held({"test": {}}))
