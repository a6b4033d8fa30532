r"""The export of a log and the proof bundle of one entry; ``verify`` reads exports back.

An export is JSON lines. First a header, then every checkpoint with the proof that it extends the
one before, then every entry with its leaf hash::

    {"checkpoints":2,"origin":"example.com/log","schema":"trustpath/ledger-export/1","size":2,...}
    {"checkpoint":"example.com/log\n1\n...","consistency":[]}
    {"checkpoint":"example.com/log\n2\n...","consistency":["..."]}
    {"entry":{...},"hash":"...","index":0}
    {"entry":{...},"hash":"...","index":1}

The bytes between ``{"entry":`` and ``,"hash"`` are the leaf. Checkpoints come first, so that one
pass over the entries compares each root where it is due.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence

from trustpath.base.canonical import canonical_bytes
from trustpath.ledger.tree import Fetch, consistency_proof, inclusion_proof
from trustpath.ledger.verify import (
    EXPORT_SCHEMA,
    Head,
    Key,
    Mismatch,
    check_entry,
    check_inclusion,
    hashes,
    leaf_hash,
    open_checkpoint,
)

PROOF_SCHEMA = "trustpath/ledger-proof/1"


def lines(
    origin: str,
    vkeys: Sequence[str],
    checkpoints: Sequence[tuple[int, str]],
    entries: Iterable[bytes],
    fetch: Fetch,
) -> Iterator[bytes]:
    """Yield the lines of an export, each with its newline.

    ``checkpoints`` are (size, signed note) in order of size, and ``entries`` those that the last
    one covers. ``vkeys`` are there for information: a verifier brings its own.
    """
    size = checkpoints[-1][0]
    header = {
        "schema": EXPORT_SCHEMA,
        "origin": origin,
        "vkeys": list(vkeys),
        "size": size,
        "checkpoints": len(checkpoints),
    }
    yield canonical_bytes(header) + b"\n"
    before = 0
    for covered, note in checkpoints:
        proof = _texts(consistency_proof(before, covered, fetch))
        yield canonical_bytes({"checkpoint": note, "consistency": proof}) + b"\n"
        before = covered
    for index, entry in enumerate(entries):
        digest = leaf_hash(entry).hex().encode()
        yield b'{"entry":%b,"hash":"%b","index":%d}\n' % (entry, digest, index)


def proof_bundle(index: int, entry: bytes, checkpoint: tuple[int, str], fetch: Fetch) -> bytes:
    """Return the document that proves one entry against a signed checkpoint (size, note).

    It is one line of JSON; ``entry`` is a text in it, so that its bytes stay what they were.
    """
    size, note = checkpoint
    return canonical_bytes(
        {
            "schema": PROOF_SCHEMA,
            "index": index,
            "entry": entry.decode(),
            "inclusion": _texts(inclusion_proof(index, size, fetch)),
            "checkpoint": note,
        }
    )


def check_proof(data: bytes, keys: Sequence[Key]) -> tuple[Head, bytes]:
    """Check a proof bundle (JSON) and return the head and the entry's bytes; raises Mismatch."""
    try:
        document = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise Mismatch("proof", "not JSON") from error
    if not isinstance(document, dict) or document.get("schema") != PROOF_SCHEMA:
        raise Mismatch("proof", f"not a proof bundle ({PROOF_SCHEMA})")
    entry, index, note = (document.get(key) for key in ("entry", "index", "checkpoint"))
    if not isinstance(entry, str) or not isinstance(note, str) or type(index) is not int:
        raise Mismatch("proof", "its entry, place or checkpoint is missing")
    head = open_checkpoint(note.encode(errors="replace"), keys)
    leaf = entry.encode(errors="replace")
    check_inclusion(index, leaf_hash(leaf), hashes(document.get("inclusion"), "inclusion"), head)
    check_entry(leaf, index)
    return head, leaf


def _texts(proof: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(item).decode() for item in proof]
