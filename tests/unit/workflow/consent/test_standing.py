"""Standing approvals: what they cover, and that they cover nothing beyond their bounds."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import change
from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.consent import (
    FORMS,
    Actor,
    StandingApproval,
    ValueForm,
    expression,
    name_pattern,
)
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.estate import build, validate
from trustpath.workflow.consent import standing_for

NOW = 1_800_000_000
TOKEN = f'"{"aB3_-" * 8}xyz"'
NAME = "_acme-challenge.www.example.com"
BOT = Actor("bot", "web", frozenset({"automation"}), (name_pattern("example.com"),))
STANDING = StandingApproval(
    "acme",
    "bot",
    (name_pattern("_acme-challenge.*.example.com"),),
    frozenset({"TXT"}),
    ValueForm("acme-challenge"),
    60,
    300,
    5,
    3600,
    NOW + 10,
)


def covered(
    *edits: Edit,
    actor: Actor = BOT,
    standing: StandingApproval = STANDING,
    now: int = NOW,
    recent: int = 0,
) -> str:
    """Return nothing where it is covered, else why it is not."""
    found = standing_for(edits, actor, [standing], now=now, recent_count=lambda _: recent)
    assert bool(found) is not bool(found.why)
    assert found.approval in (None, standing)
    return found.why


ADD = change(NAME, "TXT", [], [TOKEN])
OTHER = TOKEN.replace("a", "b")


@pytest.mark.parametrize(
    "edits",
    [
        [ADD],
        [ADD.inverted()],
        [change(NAME, "TXT", [OTHER], [OTHER, TOKEN])],
        [change(NAME, "TXT", [OTHER, TOKEN], [TOKEN])],
        [change(NAME, "TXT", [OTHER], [TOKEN])],
        [change(NAME, "TXT", ['"left alone"'], ['"left alone"', TOKEN])],
        [ADD, change("_acme-challenge.a.b.example.com", "TXT", [], [TOKEN])],
    ],
    ids=["add", "remove", "beside", "clear one", "replace", "foreign value stays", "two names"],
)
def test_what_the_client_writes_is_covered(edits: list[Edit]) -> None:
    assert covered(*edits) == ""


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        ([], "no edit"),
        ([change("www.example.com", "TXT", [], [TOKEN])], "name fits no pattern"),
        ([change("_acme-challenge.example.com", "TXT", [], [TOKEN])], "name fits no pattern"),
        ([change("x._acme-challenge.example.com", "TXT", [], [TOKEN])], "name fits no pattern"),
        ([change("_acme-challenge.www.example.net", "TXT", [], [TOKEN])], "name fits no pattern"),
        ([change(r"_acme-challenge.a\.example.com", "TXT", [], [TOKEN])], "name fits no pattern"),
        ([change(NAME, "CNAME", [], ["a.example.net."])], "type is not one of TXT"),
        ([change(NAME, "NS", [], ["a.example.net."])], "type is not one of TXT"),
        ([change(NAME, "TXT", [], ['"short"'])], "not of the form"),
        ([change(NAME, "TXT", [], [TOKEN, '"v=spf1 -all"'])], "not of the form"),
        ([change(NAME, "TXT", ['"v=spf1 -all"'], [TOKEN])], "not of the form"),
        ([change(NAME, "TXT", [], [TOKEN.replace("xyz", "xyzw")])], "not of the form"),
        ([change(NAME, "TXT", [], [TOKEN.replace("xyz", "xy=")])], "not of the form"),
        ([change(NAME, "TXT", [], [TOKEN], ttl=86400)], "TTL is not within 1m to 5m"),
        ([change(NAME, "TXT", [], [TOKEN], ttl=1)], "TTL is not within"),
        ([Edit("example.com", NAME, "TXT", None, RecordSet(None, (TOKEN,)))], "TTL is not within"),
        ([Edit("example.com", NAME, "TXT", RecordSet(300, (TOKEN,)), RecordSet(60, (TOKEN,)))], "only changes the TTL"),
        ([Edit("example.com", NAME, "TXT", RecordSet(3600, ('"kept"',)), RecordSet(60, ('"kept"', TOKEN)))], "TTL of values that stay"),
        ([ADD, change("www.example.com", "A", [], ["192.0.2.1"])], "name fits no pattern"),
        ([ADD] * 6, "6 edits in 1h are more than 5"),
    ],
    ids=[f"case-{number}" for number in range(20)],
)  # fmt: skip
def test_what_lies_beyond_is_not_covered(edits: list[Edit], why: str) -> None:
    assert why in covered(*edits)


def test_rate_end_actor_and_role_bound_it() -> None:
    assert covered(ADD, recent=4) == ""
    assert "6 edits in 1h" in covered(ADD, recent=5)
    assert covered(ADD, now=NOW + 9) == ""
    assert "it has ended" in covered(ADD, now=NOW + 10)
    assert "no standing approval" in covered(ADD, standing=replace(STANDING, actor="other"))
    assert "not the role" in covered(ADD, actor=replace(BOT, roles=frozenset({"requester"})))
    assert "scopes" in covered(ADD, actor=replace(BOT, scopes=(name_pattern("=example.com"),)))


def test_a_wildcard_owner_must_be_named_itself() -> None:
    wild = change("*.example.com", "TXT", [], [TOKEN])
    below = replace(STANDING, names=(name_pattern("example.com"),))
    assert "name fits no pattern" in covered(wild, standing=below)
    assert covered(wild, standing=replace(STANDING, names=(name_pattern("=*.example.com"),))) == ""


def test_the_first_one_that_covers_is_named() -> None:
    narrow = replace(STANDING, id="narrow", names=(name_pattern("=x.example.com"),))
    found = standing_for([ADD], BOT, [narrow, STANDING], now=NOW, recent_count=lambda _: 0)
    assert found.approval == STANDING
    none = standing_for([ADD], BOT, [narrow, narrow], now=NOW, recent_count=lambda _: 0)
    assert none.why.count("narrow: ") == 2


VALUES = [TOKEN, OTHER, '"short"', '""', '"v=spf1 -all"', TOKEN[:-1] + '" "x"']
OWNERS = [NAME, "_acme-challenge.a.example.com", "www.example.com", "_acme-challenge.example.com",
          "_acme-challenge.www.example.net", "*.example.com"]  # fmt: skip


@given(
    st.sampled_from(OWNERS),
    st.sampled_from(["TXT", "CAA", "CNAME", "A"]),
    st.sets(st.sampled_from(VALUES)),
    st.sets(st.sampled_from(VALUES)),
    st.integers(0, 1000),
    st.integers(0, 8),
)
def test_it_never_covers_an_edit_outside_its_bounds(
    owner: str, kind: str, before: set[str], after: set[str], ttl: int, recent: int
) -> None:
    if before == after:
        return
    edit = change(owner, kind, before, after, ttl)
    if covered(edit, recent=recent) == "":
        assert kind == "TXT"
        assert names.labels(owner)[0] == "_acme-challenge"
        assert owner.endswith(".example.com")
        assert all(len(v) == 45 and v.count('"') == 2 for v in {*edit.added, *edit.removed})
        assert edit.after is None or 60 <= ttl <= 300
        assert recent < 5


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("acme-challenge", "a" * 43, "a" * 42),
        ("hex-32", "a" * 32, "g" * 32),
        ("hex-64", "0" * 64, "0" * 63),
        ("base32", "abc234", "abc1"),
        ("digits", "123", "12a"),
        ("base64url", "a-_9", "a+"),
        ("uuid", "05958488-4752-4ef2-95eb-aa7ba8a3bd0e", "05958488"),
        ("hex", "aF09", ""),
    ],
)
def test_named_forms(form: str, good: str, bad: str) -> None:
    assert ValueForm(form).fits(good)
    assert not ValueForm(form).fits(bad)
    assert not ValueForm(form).fits(good + "\n"), "the whole value is matched"
    assert not ValueForm(form).fits("x " + good)
    assert form in FORMS


def test_prefix_suffix_and_length() -> None:
    form = ValueForm("digits", prefix="ca=", suffix=";v=1", longest=12)
    assert form.fits("ca=123;v=1")
    assert not form.fits("ca=123456;v=1"), "too long"
    assert not form.fits("ca=;v=1")
    assert not form.fits("ca=12;v=2")
    assert not ValueForm("digits", prefix="ab", suffix="bc").fits("abc"), "they may not overlap"


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("[a-z]+", "abc", "ab1"),
        ("ca-[0-9]{4}", "ca-1234", "ca-123"),
        (r"a\.b.", "a.bc", "axbc"),
        (r"[^\]x]{2}", "ab", "a]"),
        ("[]a]{2}", "]a", "b]"),
        (r"\d{2}x?", "12", "1x"),
    ],
)
def test_expressions_that_are_safe(text: str, good: str, bad: str) -> None:
    form = ValueForm(expression(text), named=False)
    assert form.fits(good)
    assert not form.fits(bad)


@pytest.mark.parametrize(
    "text",
    ["(a+)+", "(a|b)", "a|b", "a+b+", "a*.*", "[a-z", "a**", "^a", "a$", r"\1", r"(?=a)", "{2}",
     "a{2,3}b?", "a{99999}", r"\Z", "[z-a]"],
)  # fmt: skip
def test_expressions_that_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        expression(text)


def test_matching_takes_linear_time() -> None:
    form = ValueForm(expression("a*" + "a" * 50 + "b"), named=False, longest=100_000)
    started = time.process_time()
    assert not form.fits("a" * 100_000)
    assert time.process_time() - started < 1.0


def estate(**more: Any) -> dict[str, Any]:
    entry = {
        "id": "s",
        "actor": "bot",
        "names": ["_acme-challenge.*.example.com"],
        "value": "acme-challenge",
        "rate": {"count": 5, "per": "1h"},
        "until": "2027-01-01",
        **more,
    }
    actors = [{"id": "bot", "roles": ["automation"], "scopes": ["example.com"]}]
    return {"organisation": "X", "actors": actors, "standing": [entry]}


def test_an_estate_declares_them() -> None:
    built = build(estate(types=["txt"], ttl_most="10m"), Path(), "x")
    (found,) = built.standing
    assert found.value == ValueForm("acme-challenge")
    assert (found.types, found.ttl_least, found.ttl_most) == (frozenset({"TXT"}), 0, 600)
    assert (found.count, found.per) == (5, 3600)
    (actor,) = built.actors
    assert actor.covers("www.example.com")
    assert not actor.covers("example.net")
    parts = {"prefix": "ca=", "pattern": "[0-9]{4}", "longest": 20}
    (found,) = build(estate(value=parts), Path(), "x").standing
    assert found.value == ValueForm("[0-9]{4}", False, "ca=", "", 20)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"actor": "nobody"}, "standing[0].actor"),
        ({"value": "anything"}, "standing[0].value"),
        ({"value": {"prefix": "a"}}, "standing[0].value"),
        ({"value": {"form": "hex", "pattern": "a"}}, "standing[0].value"),
        ({"value": {"pattern": "(a+)+"}}, "standing[0].value.pattern"),
        ({"rate": {"count": 0, "per": "1h"}}, "standing[0].rate.count"),
        ({"names": ["_acme-challenge.*."]}, "standing[0].names[0]"),
        ({"names": ["*.x.*.example.com"]}, "standing[0].names[0]"),
        ({"names": ["=x.*.example.com"]}, "standing[0].names[0]"),
        ({"types": ["T XT"]}, "standing[0].types[0]"),
        ({"until": None}, "standing[0].until"),
    ],
    ids=[f"case-{number}" for number in range(11)],
)
def test_what_is_wrong_with_one_is_named(more: dict[str, Any], path: str) -> None:
    assert path in [fault.key for fault in validate(estate(**more))]


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2mS0Zcb0hF2qvVZrJ1kXvU7S7v4mJ2Y2m5m3m3m3m3 me@x", True),
        ("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJ2mS0Zcb0hF2qvVZrJ1kXvU7S7v4mJ2Y2m5m3m3m3m3", False),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2mS0Zcb0hF2qvVZrJ1kXvU7S7v4mJ2Y2m5m3m3m3m", False),
        ("ssh-ed25519", False),
        ("command=\"x\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", False),
    ],
    ids=["good", "other kind", "damaged", "no key", "options"],
)  # fmt: skip
def test_keys_of_actors_are_read(key: str, good: bool) -> None:
    document = {"organisation": "X", "actors": [{"id": "a", "roles": [], "ssh_keys": [key]}]}
    assert (validate(document) == []) is good
