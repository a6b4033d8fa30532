"""Exports and proof bundles: what was not changed verifies; every change is found and named."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.ledger import checkpoint, export, tree, verify
from trustpath.ledger.entry import Entry
from trustpath.ledger.note import signer, vkey
from trustpath.ledger.verify import Head, Held, Mismatch, check_export

ORIGIN = "example.com/log"
SIGNER = signer(ORIGIN, bytes(range(32)))
KEYS = [SIGNER.key]
ENTRIES = [Entry(n, "alice", "change.applied", f"{n}.example", {}).encode() for n in range(40)]


class Log:
    """A log in memory, with all that its keeper can do: the private key too."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.entries = list(entries)
        self.nodes = list(tree.grow(0, [], entries))

    def fetch(self, wanted: Sequence[tree.Node]) -> list[bytes]:
        return [self.nodes[tree.position(node)] for node in wanted]

    def checkpoint(self, size: int) -> tuple[int, str]:
        head = Head(ORIGIN, size, tree.root(size, self.fetch))
        return size, checkpoint.signed(head, SIGNER)

    def held(self, size: int) -> Held:
        return f"held {size}", self.checkpoint(size)[1].encode()

    def export(self, *sizes: int) -> list[bytes]:
        heads = [self.checkpoint(size) for size in (*sizes, len(self.entries))]
        lines = export.lines(ORIGIN, [vkey(SIGNER.key)], heads, self.entries, self.fetch)
        return list(lines)


LOG = Log(ENTRIES[:12])


def test_an_export_verifies_with_checkpoints_that_were_kept() -> None:
    found = check_export(LOG.export(0, 5, 7), KEYS, [LOG.held(3), LOG.held(12), LOG.held(0)])
    assert found.size == 12
    assert found.root == tree.root(12, LOG.fetch)
    assert found.checkpoints == (0, 5, 7, 12)
    assert found.held == (3, 12, 0)


def test_an_empty_log_verifies() -> None:
    assert check_export(Log([]).export(), KEYS).size == 0


@given(st.integers(1, 30), st.data())
def test_who_holds_a_checkpoint_finds_every_rewriting(size: int, data: st.DataObject) -> None:
    """The keeper changes what is covered, rebuilds the tree, signs all of it anew: it is found."""
    log = Log(ENTRIES[:size])
    covered = data.draw(st.integers(1, size))
    held = log.held(covered)
    place = data.draw(st.integers(0, covered - 1))
    entries = list(log.entries)
    match data.draw(st.sampled_from(["change", "drop", "insert", "swap", "cut"])):
        case "change":
            entries[place] = ENTRIES[39]
        case "drop":
            del entries[place]
        case "insert":
            entries.insert(place, ENTRIES[39])
        case "swap":
            entries[place], entries[place - 1] = entries[place - 1], entries[place]
        case _:
            del entries[place:]
    other = Log(entries)
    if entries[:covered] == log.entries[:covered]:  # one entry swapped with itself
        check_export(other.export(), KEYS, [held])
        return
    check_export(other.export(), KEYS)
    with pytest.raises(Mismatch) as caught:
        check_export(other.export(), KEYS, [held])
    assert caught.value.where == f"held {covered}"


@given(st.integers(0, 30), st.integers(0, 30))
def test_what_only_grew_stays_consistent(first: int, more: int) -> None:
    held = Log(ENTRIES[:first]).held(first)
    assert check_export(Log(ENTRIES[: min(first + more, 40)]).export(first), KEYS, [held]).held


@given(st.data())
def test_no_octet_of_an_export_can_be_changed(data: st.DataObject) -> None:
    """But for the header's own copy of the key and insignificant writing of its JSON."""
    lines = LOG.export(5)
    number = data.draw(st.integers(1, len(lines) - 1))
    line = bytearray(lines[number])
    at = data.draw(st.integers(0, len(line) - 2))
    line[at] ^= data.draw(st.integers(1, 255))
    if b'"checkpoint"' in lines[number]:
        try:
            same = json.loads(bytes(line)) == json.loads(lines[number])
        except ValueError:
            same = False
        if same or b"consistency" not in line:
            return
    lines[number] = bytes(line)
    with pytest.raises(Mismatch):
        check_export(lines, KEYS)


def changed(line: bytes, **values: Any) -> bytes:
    return json.dumps(json.loads(line) | values, sort_keys=True, separators=(",", ":")).encode()


GOOD = LOG.export(5)
HEADER, FIRST, SECOND, *BODY = GOOD
OTHER = Log(ENTRIES[1:13]).export(5)

TAMPERED: dict[str, tuple[list[bytes], str]] = {
    "empty": ([], "line 1"),
    "no header": (GOOD[1:], "line 1"),
    "other schema": ([changed(HEADER, schema="x"), *GOOD[1:]], "line 1"),
    "size is no number": ([changed(HEADER, size=True), *GOOD[1:]], "line 1"),
    "other origin": ([changed(HEADER, origin="example.net/log"), *GOOD[1:]], "checkpoint 5"),
    "no count": ([changed(HEADER, checkpoints="2"), *GOOD[1:]], "line 1"),
    "no checkpoint": ([changed(HEADER, checkpoints=0), *BODY], "line 1"),
    "last checkpoint gone": ([changed(HEADER, checkpoints=1), FIRST, *BODY], "line 1"),
    "checkpoints in the other order": (
        [HEADER, changed(SECOND, consistency=[]), FIRST, *BODY],
        "checkpoint 5",
    ),
    "checkpoint without note": ([HEADER, FIRST, b"{}", *BODY], "line 3"),
    "no proof": ([HEADER, FIRST, changed(SECOND, consistency=[]), *BODY], "checkpoint 12"),
    "proof is no list": ([HEADER, FIRST, changed(SECOND, consistency=1), *BODY], "checkpoint 12"),
    "proof of short hashes": (
        [HEADER, FIRST, changed(SECOND, consistency=["AAAA"]), *BODY],
        "checkpoint 12",
    ),
    "surrogate in a note": ([HEADER, changed(FIRST, checkpoint="\ud800"), *BODY], "line 2: check"),
    "checkpoint of another log": ([HEADER, FIRST, OTHER[2], *BODY], "checkpoint 12"),
    "last entry missing": (GOOD[:-1], "entry 11"),
    "one entry missing": ([*GOOD[:6], *GOOD[7:]], "entry 3"),
    "two entries swapped": ([*GOOD[:6], GOOD[7], GOOD[6], *GOOD[8:]], "entry 3"),
    "entry twice": ([*GOOD[:7], *GOOD[6:]], "entry 4"),
    "one too many": ([*GOOD, GOOD[-1].replace(b'"index":11', b'"index":12')], "entry 13"),
    "a blank line": ([*GOOD[:6], b"\n", *GOOD[6:]], "entry 3"),
    "other entries": ([*GOOD[:3], *OTHER[3:]], "checkpoint 5"),
    "other entries after a checkpoint": ([*GOOD[:9], *OTHER[9:]], "checkpoint 12"),
}


@pytest.mark.parametrize("lines, where", TAMPERED.values(), ids=TAMPERED.keys())
def test_the_first_thing_that_does_not_match_is_named(lines: list[bytes], where: str) -> None:
    with pytest.raises(Mismatch) as caught:
        check_export(lines, KEYS)
    assert caught.value.where.startswith(where)


def test_an_entry_that_is_none_is_named_even_if_it_was_signed() -> None:
    for leaf in (b"[]", b"{}", b'1,"entry":{}', '{"schema":"trustpath/entry/1"}'.encode("utf-16")):
        with pytest.raises(Mismatch, match="entry 1"):
            check_export(Log([ENTRIES[0], leaf]).export(), KEYS)


def test_signatures_of_other_keys_do_not_count() -> None:
    other = signer(ORIGIN, bytes(32))
    with pytest.raises(Mismatch, match="no signature of"):
        check_export(GOOD, [other.key])
    with pytest.raises(Mismatch, match="no signature of"):
        check_export(
            GOOD, KEYS, [("held", checkpoint.signed(Head(ORIGIN, 0, b""), other).encode())]
        )
    assert check_export(GOOD, [other.key, *KEYS]).size == 12


def test_a_checkpoint_of_more_entries_than_there_are_is_a_loss() -> None:
    with pytest.raises(Mismatch, match="held 20: covers 20 entries, and there are only 12"):
        check_export(GOOD, KEYS, [Log(ENTRIES[:20]).held(20)])


def bundle(of: int = 3, **values: Any) -> bytes:
    made = export.proof_bundle(of, ENTRIES[of], LOG.checkpoint(12), LOG.fetch)
    return changed(made, **values)


def test_a_proof_bundle_verifies_alone() -> None:
    for index in range(12):
        head, entry = export.check_proof(bundle(index), KEYS)
        assert (head.size, entry) == (12, ENTRIES[index])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        bundle(schema="x"),
        bundle(index=4),
        bundle(index=-1),
        bundle(index=12),
        bundle(index=True),
        bundle(entry=ENTRIES[4].decode()),
        bundle(entry=None),
        bundle(inclusion=[]),
        bundle(inclusion=None),
        bundle(checkpoint=LOG.checkpoint(11)[1]),
        bundle(checkpoint=Log(ENTRIES[1:13]).checkpoint(12)[1]),
        bundle(checkpoint=""),
    ],
    ids=lambda data: data[-40:].decode("ascii", "replace") if data else "empty",
)
def test_a_proof_bundle_that_was_changed_does_not(data: bytes) -> None:
    with pytest.raises(Mismatch):
        export.check_proof(data, KEYS)


def test_the_verifier_stands_alone() -> None:
    """One file to copy: it imports the standard library and ``cryptography``, nothing of ours."""
    nodes = ast.walk(ast.parse(Path(verify.__file__).read_text("utf-8")))
    names = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    nodes = ast.walk(ast.parse(Path(verify.__file__).read_text("utf-8")))
    names |= {str(n.module) for n in nodes if isinstance(n, ast.ImportFrom)}
    assert not any(name.startswith("trustpath") for name in names)
