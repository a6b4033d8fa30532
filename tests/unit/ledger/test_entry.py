"""Entries: canonical bytes that come back, and what cannot be one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.errors import InputError, LimitError
from trustpath.ledger.entry import ENTRY_OCTETS, Entry, parse

ENTRY = Entry(1795521600, "alice", "change.approved", "example.com", {"z": [1, None], "a": "é"})
BYTES = (
    '{"actor":"alice","at":1795521600,"body":{"a":"é","z":[1,null]},"kind":"change.approved",'
    '"schema":"trustpath/entry/1","subject":"example.com"}'
).encode()

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


def test_the_bytes_are_canonical_json() -> None:
    assert ENTRY.encode() == BYTES
    assert parse(BYTES) == ENTRY


@given(st.integers(0, 2**53 - 1), TEXTS.filter(bool), st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_encoded_comes_back(at: int, text: str, body: dict[str, Any]) -> None:
    entry = Entry(at, text, "change.applied", text, body)
    data = entry.encode()
    assert parse(data) == entry
    assert b"\n" not in data
    assert json.loads(data)["body"] == body


@pytest.mark.parametrize(
    "change",
    [
        {"at": -1},
        {"at": True},
        {"at": 1.5},
        {"actor": ""},
        {"subject": None},
        {"kind": "Change"},
        {"kind": "change..x"},
        {"body": None},
        {"body": {"a": 1.5}},
        {"body": {"a": 2**53}},
        {"body": {1: "a"}},
        {"body": {"a": b"octets"}},
        {"body": {"a": "\ud800"}},
        {"body": json.loads("[" * 40 + "]" * 40) and {"a": json.loads("[" * 40 + "]" * 40)}},
    ],
    ids=lambda change: repr(change)[:40],
)
def test_what_cannot_be_an_entry(change: dict[str, Any]) -> None:
    fields: dict[str, Any] = {
        "at": 1,
        "actor": "alice",
        "kind": "change.approved",
        "subject": "example.com",
        "body": {},
    }
    with pytest.raises(InputError) as caught:
        Entry(**fields | change).encode()
    assert caught.value.where.startswith("entry")


def test_an_entry_is_bounded() -> None:
    with pytest.raises(LimitError):
        Entry(1, "alice", "note", "a", {"text": "a" * ENTRY_OCTETS}).encode()
    with pytest.raises(LimitError):
        parse(b" " * (ENTRY_OCTETS + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        BYTES.replace(b'"at":1795521600', b'"at": 1795521600'),
        BYTES.replace(b"entry/1", b"entry/2"),
        BYTES.replace(b'{"actor"', b'{"acting":1,"actor"'),
        BYTES.replace(b'"actor":"alice"', b'"actor":"mallory","actor":"alice"'),
        BYTES.replace("é".encode(), b"\\u00e9"),
    ],
    ids=["empty", "list", "octets", "deep", "keys", "space", "schema", "more", "twice", "escape"],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse(data)
