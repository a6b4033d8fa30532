"""Writers without a server: options, what is refused before sending, and the message itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.update
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.app.writers import WRITERS, make_writers, writer_factory, writer_for
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.writers.answers import content
from trustpath.connectors.writers.checking import sendable
from trustpath.connectors.writers.options import Server
from trustpath.connectors.writers.powerdns.content import changes, respell
from trustpath.connectors.writers.questions import WrongAnswer, build, parse
from trustpath.connectors.writers.rfc2136.message import compose
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.estate.writers import CASES
from trustpath.facts.source import Context
from trustpath.facts.writer import RefusedError, Writer, WriterSpec
from writing import ZONE, edit, key, rrset

GOOD: dict[str, dict[str, Any]] = {
    "rfc2136": {"server": "192.0.2.1"},
    "powerdns": {"url": "http://127.0.0.1:8081", "key": "env:KEY"},
    "octodns": {"class": "octodns_bind.Rfc2136Provider", "servers": ["192.0.2.1"]},
}


def make(kind: str, zones: tuple[str, ...] = (), **options: Any) -> Writer:
    given_ = {k: v for k, v in {**GOOD[kind], **options}.items() if v is not None}
    spec = WriterSpec(f"{kind}-{len(zones)}", kind, zones, given_, Path(), "estate.yaml:7")
    return make_writers([spec], Context(FixedClock(0)))[0]


def test_every_kind_of_the_estate_file_has_a_connector() -> None:
    assert set(WRITERS) == set(CASES)
    for kind in WRITERS:
        assert make(kind).spec.kind == kind
    with pytest.raises(EstateError, match="no writer of kind 'ftp'") as caught:
        writer_factory("ftp", "estate.yaml:7")
    assert caught.value.where == "estate.yaml:7"


def test_the_writer_that_names_a_zone_comes_before_the_one_for_all() -> None:
    general, special = make("rfc2136"), make("powerdns", (ZONE,))
    assert writer_for([general, special], ZONE) is special
    assert writer_for([general, special], "other.test") is general
    with pytest.raises(EstateError, match=r"no writer changes the zone other\.test"):
        writer_for([special], "other.test")


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("rfc2136", {"server": None}, "server: is missing"),
        ("rfc2136", {"server": "ns.example"}, "server: 'ns.example' is no address"),
        ("rfc2136", {"server": "192.0.2.1:0"}, "server: .* is no address"),
        ("rfc2136", {"servers": "192.0.2.1"}, "servers: .* is no list"),
        ("rfc2136", {"servers": ["192.0.2.1", "x"]}, "servers: 'x' is no address"),
        ("rfc2136", {"transport": "doh"}, "transport: 'doh' is neither"),
        ("rfc2136", {"timeout": 0}, "timeout: 0 is not above 0"),
        ("rfc2136", {"timeout": "soon"}, "timeout: 'soon' is no duration"),
        (
            "rfc2136",
            {"tsig": {"name": "k", "secret": "c2VjcmV0"}},
            r"tsig\.secret: a secret is not",
        ),
        ("rfc2136", {"tsig": {"secret": "env:K"}}, "tsig: the key has no proper name"),
        (
            "rfc2136",
            {"tsig": {"name": "k", "secret": "env:K", "algorithm": "md5"}},
            "'md5' is unknown",
        ),
        ("rfc2136", {"tsig": {"name": "k", "secret": "env:K", "x": 1}}, "tsig: has name"),
        ("rfc2136", {"sever": 1}, "sever: unknown option"),
        ("powerdns", {"url": None}, "url: is missing"),
        ("powerdns", {"url": "ftp://127.0.0.1"}, "url: .* is no URL of a server"),
        ("powerdns", {"url": "http://u:p@127.0.0.1"}, "url: has more than"),
        ("powerdns", {"url": "http://127.0.0.1:99999"}, "url: "),
        ("powerdns", {"key": "plain-text"}, "key: a secret is not written"),
        ("powerdns", {"server_id": "../x"}, "server_id: "),
        ("octodns", {"class": None}, "class: is missing"),
        ("octodns", {"servers": []}, "servers: is empty"),
        ("octodns", {"settings": [1]}, "settings: .* is no mapping"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_bad_option_is_told_with_key_and_line(
    kind: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(EstateError, match=told) as caught:
        make(kind, **options)
    assert caught.value.where == "estate.yaml:7"
    assert "c2VjcmV0" not in str(caught.value)
    assert "plain-text" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.1", Server("192.0.2.1", 53)),
        ("192.0.2.1:5353", Server("192.0.2.1", 5353)),
        ("2001:db8::1", Server("2001:db8::1", 53)),
        ("[2001:DB8::1]", Server("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", Server("2001:db8::1", 5353)),
    ],
)
def test_addresses_of_servers(text: str, server: Server) -> None:
    made: Any = make("rfc2136", server=text)
    assert made.server == server
    assert str(Server("2001:db8::1", 5353)) == "[2001:db8::1]:5353"


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ({}, "is empty: env:K"),
        ({"K": "no base64!"}, "in env:K is not base64"),
        ({"K": 'key "k" { secret "%%%"; };'}, "in env:K is not base64"),
        ({"K": "gehört-nicht-hierher"}, "in env:K is not base64"),
    ],
    ids=["missing", "text", "file", "no ascii"],
)
def test_a_secret_that_cannot_be_used_is_told_and_not_shown(
    secrets: dict[str, str], told: str
) -> None:
    options = {"server": "192.0.2.1", "tsig": {"name": "k", "secret": "env:K"}}
    spec = WriterSpec("w", "rfc2136", (), options, Path(), "estate.yaml:7")
    made = make_writers([spec], Context(FixedClock(0), secrets=secrets))[0]
    with pytest.raises(SourceError, match=told) as caught:
        made.current(ZONE, [])
    assert all(s not in str(caught.value) for s in secrets.values())


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        (
            [Edit("other.test", "www.other.test", "A", None, rrset(1, "192.0.2.1"))],
            "zone other.test",
        ),
        ([Edit(ZONE, "www.test", "A", None, rrset(1, "192.0.2.1"))], "not in zone"),
        ([Edit(ZONE, "notexample.test", "A", None, rrset(1, "192.0.2.1"))], "not in zone"),
        ([edit("w", "A", None, RecordSet(None, ("192.0.2.1",)))], "TTL None"),
        ([edit("w", "A", None, rrset(1 << 31, "192.0.2.1"))], "TTL 2147483648"),
        ([edit("w", "A", None, RecordSet(1, ()))], "at least one record"),
        ([edit("w", "A", None, rrset(1, "192.0.2"))], "cannot be read"),
        ([edit("w", "MX", None, rrset(1, "10 Mail."))], "not in canonical form"),
        ([edit("w", "CNAME", None, rrset(1, "a.", "b."))], "one such record only"),
        ([edit("w", "RRSIG", None, rrset(1, "x"))], "whoever signs the zone"),
        ([edit("w", "SOA", None, rrset(1, "a. b. 1 2 3 4 5"))], "one SOA, at its apex"),
        ([edit("", "NS", rrset(1, "a."), None)], "keeps its SOA and NS"),
        ([edit("w", "A", None, rrset(1, "192.0.2.1"))] * 2, "edited twice"),
        (
            [edit("w", "A", None, rrset(1, "192.0.2.1")), edit("w", "CNAME", None, rrset(1, "a."))],
            "stands alone",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_server_would_take_is_refused_before_sending(edits: list[Edit], told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        sendable(ZONE, edits)


def lines(section: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (
            rrset_.name.to_text(omit_final_dot=True),
            dns.rdataclass.to_text(rrset_.deleting or rrset_.rdclass)
            + " "
            + dns.rdatatype.to_text(rrset_.rdtype),
            " ".join(rdata.to_text() for rdata in rrset_),
        )
        for rrset_ in section
    ]


def test_the_message_of_a_change_of_kind() -> None:
    edits = [
        edit("w", "CNAME", None, rrset(60, "www.example.test.")),
        edit("w", "A", rrset(60, "192.0.2.1", "192.0.2.2"), None),
        edit("n", "TXT", rrset(60, '"a"'), rrset(90, '"a"')),
    ]
    update, wire = compose(ZONE, edits, None, None)
    read = dns.message.from_wire(wire)
    assert isinstance(read, dns.update.UpdateMessage)
    prerequisites = lines(read.prerequisite)
    assert [p for p in prerequisites if p[0] == key("w") and p[1].endswith((" A", " CNAME"))] == [
        (key("w"), "NONE CNAME", ""),
        (key("w"), "IN A", "192.0.2.1"),
        (key("w"), "IN A", "192.0.2.2"),
    ]
    # Nothing else may stand beside the CNAME.
    assert (key("w"), "NONE TXT", "") in prerequisites
    assert (key("n"), "IN TXT", '"a"') in prerequisites
    assert lines(read.update) == [
        (key("w"), "ANY A", ""),
        (key("n"), "ANY TXT", ""),
        (key("w"), "IN CNAME", "www.example.test."),
        (key("n"), "IN TXT", '"a"'),
    ]
    assert update.id == read.id


def test_the_apex_has_a_server_at_every_step() -> None:
    change = edit("", "NS", rrset(60, "a.test.", "b.test."), rrset(90, "b.test.", "c.test."))
    read = dns.message.from_wire(compose(ZONE, [change], None, None)[1])
    assert isinstance(read, dns.update.UpdateMessage)
    assert lines(read.update) == [
        (ZONE, "IN NS", "b.test."),
        (ZONE, "IN NS", "c.test."),
        (ZONE, "NONE NS", "a.test."),
    ]


@pytest.mark.parametrize(("held", "sent"), [(7, 8), (0xFFFFFFFF, 0)], ids=["next", "around"])
def test_the_soa_gets_the_serial_after_the_present_one(held: int, sent: int) -> None:
    soas = [rrset(60, f"a. b. {n} 2 3 4 {last}") for n, last in ((1, 5), (3, 6), (held, 5))]
    change = edit("", "SOA", soas[0], soas[1])
    read = dns.message.from_wire(compose(ZONE, [change], soas[2], None)[1])
    assert isinstance(read, dns.update.UpdateMessage)
    assert lines(read.prerequisite) == [(ZONE, "IN SOA", f"a. b. {held} 2 3 4 5")]
    assert lines(read.update) == [(ZONE, "IN SOA", f"a. b. {sent} 2 3 4 6")]


# -- answers: what must not be taken for one ----------------------------------------------------

KEY = dns.tsig.Key("k.", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")
QUESTION = (key("www"), "A")


def answer(query: dns.message.QueryMessage, signed: bool = False) -> dns.message.Message:
    response = dns.message.make_response(query)
    if not signed:
        response.tsig = None
        response.want_tsig_sign = False
    response.flags |= dns.flags.AA
    response.answer = [dns.rrset.from_text(f"{QUESTION[0]}.", 300, "IN", "A", "192.0.2.1")]
    return response


def test_an_unsigned_answer_to_a_signed_question_is_none() -> None:
    query, _ = build(QUESTION, KEY)
    with pytest.raises(WrongAnswer):
        parse(answer(query).to_wire(), query)
    good = parse(answer(query, signed=True).to_wire(), query)
    assert content(good, ZONE, QUESTION) == rrset(300, "192.0.2.1")
    refusal = answer(query)
    refusal.answer = []
    refusal.set_rcode(dns.rcode.REFUSED)
    with pytest.raises(RefusedError):
        content(parse(refusal.to_wire(), query), ZONE, QUESTION)


@pytest.mark.parametrize("what", ["id", "question", "query", "cut", "other-key"])
def test_what_answers_something_else_is_none(what: str) -> None:
    query, _ = build(QUESTION, None if what != "other-key" else KEY)
    response = answer(query, signed=what == "other-key")
    if what == "id":
        response.id ^= 1
    elif what == "question":
        response.question = build((key("other"), "A"), None)[0].question
    elif what == "query":
        response.flags &= ~dns.flags.QR
    wire = response.to_wire()
    if what == "cut":
        wire = wire[:-3]
    elif what == "other-key":
        wire = wire[:40] + bytes([wire[40] ^ 1]) + wire[41:]
    with pytest.raises(WrongAnswer):
        parse(wire, query)


@given(wire=st.binary(max_size=200), signed=st.booleans())
def test_no_octets_do_anything_else_than_answer_or_not(wire: bytes, signed: bool) -> None:
    query, _ = build(QUESTION, KEY if signed else None)
    for octets in (wire, query.id.to_bytes(2, "big") + wire):
        try:
            message = parse(octets, query)
            content(message, ZONE, QUESTION)
        except (WrongAnswer, SourceError):
            pass


def test_an_answer_without_authority_says_nothing() -> None:
    query, _ = build(QUESTION, None)
    response = answer(query)
    response.flags &= ~dns.flags.AA
    with pytest.raises(SourceError, match="not authoritative"):
        content(response, ZONE, QUESTION)


# -- PowerDNS ------------------------------------------------------------------------------------


def test_deletions_come_first_and_the_serial_is_the_servers() -> None:
    made = changes(
        [
            edit("w", "CNAME", None, rrset(60, "a.test.")),
            edit("w", "A", rrset(60, "192.0.2.1"), None),
            edit("", "SOA", rrset(60, "a. b. 1 2 3 4 5"), rrset(60, "a. b. 2 2 3 4 6")),
        ],
        41,
    )
    assert [(c["name"], c["type"], c["changetype"]) for c in made] == [
        (f"{key('w')}.", "A", "DELETE"),
        (f"{key('w')}.", "CNAME", "REPLACE"),
        (f"{ZONE}.", "SOA", "REPLACE"),
    ]
    assert made[2]["records"] == [{"content": "a. b. 41 2 3 4 6", "disabled": False}]


def test_another_spelling_is_taken_only_where_it_means_the_same() -> None:
    told = "422: Record w./HTTPS '1 . alpn=\"h2\"': Not in expected format (parsed as '{}')"
    for theirs, taken in (("1 . alpn=h2", True), ("1 . alpn=h3", False), ("nonsense", False)):
        rrsets = changes([edit("w", "HTTPS", None, rrset(60, '1 . alpn="h2"'))], 1)
        assert respell(rrsets, told.format(theirs)) is taken
        assert rrsets[0]["records"][0]["content"] == (theirs if taken else '1 . alpn="h2"')
    assert not respell([], "422: something else")
