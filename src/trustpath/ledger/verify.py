"""Verifies a ledger from its export and a public key: this one file needs nothing of Trustpath.

An outsider copies it and runs it with Python and ``cryptography`` alone::

    python verify.py EXPORT VKEY [OLD_CHECKPOINT ...]

EXPORT is what ``trustpath ledger export`` wrote, VKEY the log's public key, and each
OLD_CHECKPOINT a checkpoint that somebody kept: the export must extend it. Exit 0: all of it
matches; 3: something does not, and the first such thing is named; 1: a file cannot be read.

Hashing and proofs are those of RFC 6962 section 2.1, verified as in RFC 9162 section 2.1; notes
and keys follow C2SP signed-note v1, checkpoints tlog-checkpoint v1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hmac import compare_digest
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EXPORT_SCHEMA = "trustpath/ledger-export/1"
ENTRY_SCHEMA = "trustpath/entry/1"
EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_OCTETS = 32
ED25519 = 1
NOTE_OCTETS, NOTE_SIGNATURES = 1 << 20, 100
_DASH = "\u2014 "


class Mismatch(Exception):  # noqa: N818  it is a finding, not a failure
    """The first thing that does not match: ``where`` names it, ``message`` says how."""

    def __init__(self, where: str, message: str) -> None:
        self.where = where
        self.message = message
        super().__init__(f"{where}: {message}")


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, the largest (leftmost) first (RFC 6962 2.1)."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def push(peaks: list[bytes], size: int, hashed: bytes) -> list[bytes]:
    """Add leaf number ``size`` to the peaks of a tree; return the roots it completes."""
    made = []
    while size & 1:
        hashed = node_hash(peaks.pop(), hashed)
        made.append(hashed)
        size >>= 1
    peaks.append(hashed)
    return made


class Head(NamedTuple):
    """What a checkpoint says: the log's origin, the number of entries, and their root hash."""

    origin: str
    size: int
    root: bytes


def _check_head(head: Head, where: str) -> None:
    """Check what holds for every tree: one hash is its root, the empty one that of no entries."""
    if head.size < 0:
        raise Mismatch(where, f"there is no tree of {head.size} entries")
    _check_hashes([head.root], where)
    if (head.size == 0) != compare_digest(head.root, EMPTY_ROOT):
        raise Mismatch(where, f"its root is none of a tree of {head.size} entries")


def _check_hashes(items: Sequence[bytes], where: str) -> None:
    # Nothing but the length keeps two neighbours apart in a node: 31 and 33 octets hash alike.
    if any(len(item) != HASH_OCTETS for item in items):
        raise Mismatch(where, f"a hash has {HASH_OCTETS} octets")


def check_inclusion(index: int, leaf: bytes, proof: Sequence[bytes], head: Head) -> None:
    """Check that the tree of a head has that leaf hash at ``index`` (RFC 9162 2.1.3.2).

    The size of the head must be known to be true, from a signature: proofs do not bind it.
    """
    where = f"entry {index}"
    if not 0 <= index < head.size:
        raise Mismatch(where, f"the checkpoint covers {head.size} entries")
    if len(proof) > (head.size - 1).bit_length():
        raise Mismatch(where, "the inclusion proof is too long")
    _check_hashes([leaf, *proof], where)
    _check_head(head, where)
    at, last, root = index, head.size - 1, leaf
    for node in proof:
        if last == 0:
            raise Mismatch(where, "the inclusion proof is too long")
        if at & 1 or at == last:
            root = node_hash(node, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, node)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise Mismatch(where, "the inclusion proof is too short")
    if not compare_digest(root, head.root):
        raise Mismatch(where, f"it is not in the tree of checkpoint {head.size}")


def _check_pair(old: Head, new: Head, where: str) -> None:
    """Check what two heads of one log must be before any proof is looked at."""
    if old.origin != new.origin:
        raise Mismatch(where, f"of the log {new.origin}, not {old.origin}")
    _check_head(old, f"checkpoint {old.size}")
    _check_head(new, where)
    if old.size > new.size:
        raise Mismatch(where, f"a tree of {new.size} entries cannot extend one of {old.size}")
    if old.size == new.size and not compare_digest(old.root, new.root):
        raise Mismatch(where, f"there are two roots for {old.size} entries")


def check_consistency(old: Head, new: Head, proof: Sequence[bytes]) -> None:
    """Check that the tree of one head extends that of an older one (RFC 9162 2.1.4.2).

    Every tree extends the one of no entries, and itself; either needs no proof.
    """
    where = f"checkpoint {new.size}"
    _check_pair(old, new, where)
    direct = old.size in (0, new.size)
    if len(proof) > (0 if direct else (new.size - 1).bit_length() + 1):
        raise Mismatch(where, "the consistency proof is too long")
    _check_hashes(proof, where)
    if direct:
        return
    nodes = iter(proof if old.size & (old.size - 1) else (old.root, *proof))
    at, last = old.size - 1, new.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = next(nodes, EMPTY_ROOT)
    for node in nodes:
        if last == 0:
            raise Mismatch(where, "the consistency proof is too long")
        if at & 1 or at == last:
            before, after = node_hash(node, before), node_hash(node, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, node)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise Mismatch(where, "the consistency proof is too short")
    if not compare_digest(before, old.root) or not compare_digest(after, new.root):
        raise Mismatch(where, f"it does not extend checkpoint {old.size}")


class Key(NamedTuple):
    """An Ed25519 verifier key: its name, its id (4 octets) and the public key (32 octets)."""

    name: str
    id: bytes
    public: bytes


def key_id(name: str, public: bytes) -> bytes:
    """Return the id of an Ed25519 key (signed-note, Signatures)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]


def valid_key_name(name: str) -> bool:
    """Say whether a key may have that name: not empty, no space, no plus sign."""
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def parse_vkey(text: str) -> Key:
    """Return the key that ``name+hex(id)+base64(type || key)`` writes; raises Mismatch."""
    name, _, rest = text.strip().partition("+")
    hexadecimal, _, encoded = rest.partition("+")
    raw = _base64(encoded)
    if not valid_key_name(name) or raw is None or len(raw) != 33 or raw[0] != ED25519:
        raise Mismatch("key", f"{text[:120]!r} is no Ed25519 verifier key (name+id+base64)")
    identity = key_id(name, raw[1:])
    if hexadecimal != identity.hex():
        raise Mismatch("key", f"the id of {name} is {identity.hex()}, not {hexadecimal[:16]!r}")
    return Key(name, identity, raw[1:])


def open_note(note: bytes, keys: Sequence[Key], where: str = "note") -> str:
    """Return the text of a note that at least one of the keys signed; raises Mismatch.

    Signatures of unknown keys are ignored; a bad one of a known key rejects the note.
    """
    text, lines = _split(note, where)
    known = {(key.name, key.id): key for key in keys}
    verified = False
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        raw = _base64(encoded)
        if not line.startswith(_DASH) or not valid_key_name(name) or not raw or len(raw) < 5:
            raise Mismatch(where, f"{line[:80]!r} is no signature line")
        # The first signature of a key decides.
        key = known.pop((name, raw[:4]), None)
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text.encode())
        except (InvalidSignature, ValueError) as error:
            raise Mismatch(where, f"the signature of {name} is wrong") from error
        verified = True
    if not verified:
        wanted = ", ".join(f"{key.name}+{key.id.hex()}" for key in keys)
        raise Mismatch(where, f"no signature of {wanted}")
    return text


def _split(note: bytes, where: str) -> tuple[str, list[str]]:
    if len(note) > NOTE_OCTETS:
        raise Mismatch(where, f"larger than {NOTE_OCTETS} octets")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise Mismatch(where, "not UTF-8") from error
    text, found, rest = whole.rpartition("\n\n")
    lines = rest.split("\n")
    if not found or lines.pop() != "" or not lines or not text:
        raise Mismatch(where, "no signed note: text, an empty line, signature lines")
    if any(sign < " " and sign != "\n" for sign in whole):
        raise Mismatch(where, "a note has no control characters")
    if len(lines) > NOTE_SIGNATURES:
        raise Mismatch(where, f"more than {NOTE_SIGNATURES} signatures")
    return text + "\n", lines


def open_checkpoint(note: bytes, keys: Sequence[Key], where: str = "checkpoint") -> Head:
    """Return what a checkpoint says that one of the keys signed (tlog-checkpoint); or Mismatch."""
    text = open_note(note, keys, where)
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise Mismatch(where, "a checkpoint has the lines origin, size and root")
    origin, size, encoded = lines[:3]
    root = _base64(encoded)
    if not (size.isascii() and size.isdecimal() and len(size) < 19) or str(int(size)) != size:
        raise Mismatch(where, f"{size[:40]!r} is no size")
    if root is None or len(root) != HASH_OCTETS:
        raise Mismatch(where, f"{encoded[:60]!r} is no root hash")
    head = Head(origin, int(size), root)
    _check_head(head, where)
    return head


def _base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


class Verified(NamedTuple):
    """What was proven: the log, its size and root, and the sizes of checkpoints that match.

    ``held`` are those that the caller brought.
    """

    origin: str
    size: int
    root: bytes
    checkpoints: tuple[int, ...]
    held: tuple[int, ...]


Held = tuple[str, bytes]
"""A checkpoint that somebody kept: what to call it, and the signed note."""


def check_export(
    lines: Iterable[bytes], keys: Sequence[Key], held: Sequence[Held] = ()
) -> Verified:
    """Check a whole export and the checkpoints that somebody kept against it; raises Mismatch.

    Every entry must have its leaf hash and place, every checkpoint a signature of one of the keys
    and the root of the entries it covers, every checkpoint must extend the one before, and the
    last must cover every entry: what nobody signed proves nothing.
    """
    numbered = enumerate((line.rstrip(b"\n") for line in lines), 1)
    header = _object(next(numbered, (1, b"")))
    origin, size = header.get("origin"), header.get("size")
    if header.get("schema") != EXPORT_SCHEMA or type(size) is not int or size < 0:
        raise Mismatch("line 1", f"not the header of a ledger export ({EXPORT_SCHEMA})")
    own = _heads(numbered, header, keys)
    kept = [(where, open_checkpoint(note, keys, where)) for where, note in held]
    for where, head in (*own, *kept):
        if head.origin != origin:
            raise Mismatch(where, f"of the log {head.origin}, not {origin}")
        if head.size > size:
            raise Mismatch(where, f"covers {head.size} entries, and there are only {size}")
    if not own or own[-1][1].size != size:
        raise Mismatch("line 1", f"no checkpoint covers all {size} entries")
    root = _entries(numbered, size, sorted((*own, *kept), key=lambda item: item[1].size))
    return Verified(
        str(origin), size, root, tuple(h.size for _, h in own), tuple(h.size for _, h in kept)
    )


def _heads(
    numbered: Iterator[tuple[int, bytes]], header: Mapping[str, Any], keys: Sequence[Key]
) -> list[tuple[str, Head]]:
    """Read the checkpoints after the header, each with the proof that it extends the last."""
    heads: list[tuple[str, Head]] = []
    count = header.get("checkpoints")
    if type(count) is not int:
        raise Mismatch("line 1", "the header does not say how many checkpoints follow")
    for _ in range(count):
        number, line = next(numbered, (0, b""))
        document = _object((number, line))
        note = document.get("checkpoint")
        if not isinstance(note, str):
            raise Mismatch(f"line {number}", "a checkpoint is missing")
        head = open_checkpoint(note.encode(errors="replace"), keys, f"line {number}: checkpoint")
        where = f"checkpoint {head.size}"
        proof = hashes(document.get("consistency"), where)
        before = heads[-1][1] if heads else Head(head.origin, 0, EMPTY_ROOT)
        check_consistency(before, head, proof)
        heads.append((where, head))
    return heads


def _entries(
    numbered: Iterator[tuple[int, bytes]], size: int, heads: Sequence[tuple[str, Head]]
) -> bytes:
    """Hash the entries one by one and compare the roots where a checkpoint says one."""
    due = list(reversed(heads))
    peaks: list[bytes] = []
    index = covered = 0
    while True:
        while due and due[-1][1].size == index:
            where, head = due.pop()
            if not compare_digest(fold(peaks), head.root):
                raise Mismatch(
                    where, f"entries {covered} to {index - 1} are not those it was signed over"
                )
            covered = index
        number, line = next(numbered, (0, b""))
        if number == 0:
            break
        push(peaks, index, _leaf(line, index))
        index += 1
    if index != size:
        raise Mismatch(f"entry {index}", f"the header says that there are {size} entries")
    return fold(peaks)


def _leaf(line: bytes, index: int) -> bytes:
    """Return the leaf hash of an entry's line: ``{"entry":{...},"hash":"...","index":N}``."""
    tail = len(str(index)) + 84
    entry = line[9:-tail]
    hashed = leaf_hash(entry)
    if line != b'{"entry":%b,"hash":"%b","index":%d}' % (entry, hashed.hex().encode(), index):
        raise Mismatch(
            f"entry {index}", "its place or its leaf hash is not the one that is written"
        )
    check_entry(entry, index)
    return hashed


def check_entry(entry: bytes, index: int) -> None:
    """Check that the leaf at a place is an entry at all; raises Mismatch."""
    try:
        document = json.loads(entry.decode())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("schema") != ENTRY_SCHEMA:
        raise Mismatch(f"entry {index}", f"not an entry ({ENTRY_SCHEMA})")


def hashes(value: object, where: str) -> list[bytes]:
    """Return the hashes of a proof from their base64 texts; raises Mismatch."""
    texts = value if isinstance(value, list) else [None]
    found = [_base64(text) if isinstance(text, str) else None for text in texts]
    if any(item is None or len(item) != HASH_OCTETS for item in found):
        raise Mismatch(where, "its proof is missing or no list of hashes")
    return [item for item in found if item is not None]


def _object(numbered: tuple[int, bytes]) -> dict[str, Any]:
    number, line = numbered
    try:
        document = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise Mismatch(f"line {number}", "not JSON") from error
    if not isinstance(document, dict):
        raise Mismatch(f"line {number}", "not a JSON object")
    return document


def main(arguments: Sequence[str]) -> int:
    """Run as a program; return the exit code."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        kept = [(name, Path(name).read_bytes()) for name in arguments[2:]]
        with Path(arguments[0]).open("rb") as file:
            found = check_export(file, [parse_vkey(arguments[1])], kept)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except Mismatch as mismatch:
        print(f"does not match: {mismatch}", file=sys.stderr)
        return 3
    print(f"{found.origin}: {found.size} entries, root {base64.b64encode(found.root).decode()}")
    print(f"checkpoints that match: {len(found.checkpoints)} of the log, {len(found.held)} held")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
