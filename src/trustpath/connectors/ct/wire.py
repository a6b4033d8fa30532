"""Structures of RFC 6962: leaves of the tree and signed tree heads."""

from __future__ import annotations

import binascii
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from trustpath.base.errors import InputError
from trustpath.connectors.ct.tree import HASH_OCTETS
from trustpath.facts.ct_log import LogKey, check_signature

X509_ENTRY: Final = 0
PRECERT_ENTRY: Final = 1
_HEAD = struct.Struct(">BBQH")
_TREE_AT_MOST = 1 << 48


@dataclass(frozen=True, slots=True)
class Leaf:
    """A timestamped entry (3.4): ``body`` is a certificate, or the TBS of a precertificate."""

    timestamp: int
    precertificate: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A signed tree head (4.3); ``timestamp`` in milliseconds."""

    size: int
    timestamp: int
    root: bytes
    signature: bytes

    def verify(self, key: LogKey) -> None:
        """Check the signature (3.5); raises InputError."""
        if not self.signature:
            raise InputError("the tree head has no signature of the log's key")
        signed = struct.pack(">BBQQ", 0, 1, self.timestamp, self.size) + self.root
        check_signature(key, self.signature, signed, "the tree head")


def tree_head(document: Any) -> TreeHead:
    """Return the answer to get-sth (4.3); raises InputError."""
    if not isinstance(document, Mapping):
        raise InputError("no tree head: not an object")
    return TreeHead(
        size=_number(document, "tree_size", _TREE_AT_MOST),
        timestamp=_number(document, "timestamp", 1 << 63),
        root=_hash(document.get("sha256_root_hash")),
        signature=_octets(document.get("tree_head_signature")),
    )


def entries(document: Any) -> list[Any]:
    """Return the raw entries in the answer to get-entries (4.6); raises InputError."""
    found = document.get("entries") if isinstance(document, Mapping) else None
    if not isinstance(found, list):
        raise InputError("no entries in the answer")
    return found


def leaf_input(entry: Any) -> bytes:
    """Return the octets of a leaf from a raw entry; raises InputError."""
    try:
        text = entry["leaf_input"]
        return binascii.a2b_base64(text, strict_mode=True)
    except (TypeError, KeyError, ValueError) as error:
        raise InputError("leaf_input is missing or no base64") from error


def leaf(octets: bytes) -> Leaf:
    """Return the parsed leaf (3.4); raises InputError for any other structure."""
    if len(octets) < _HEAD.size:
        raise InputError("the leaf is cut")
    version, kind, timestamp, entry_type = _HEAD.unpack_from(octets)
    if version != 0 or kind != 0 or entry_type not in (X509_ENTRY, PRECERT_ENTRY):
        raise InputError(f"a leaf of version {version}, type {kind}, entry type {entry_type}")
    at = _HEAD.size + (HASH_OCTETS if entry_type == PRECERT_ENTRY else 0)
    start = at + 3
    end = start + int.from_bytes(octets[at:start], "big")
    extensions = end + 2
    if (
        start > len(octets)
        or extensions + int.from_bytes(octets[end:extensions], "big") != len(octets)
        or extensions > len(octets)
    ):
        raise InputError("the lengths in the leaf do not add up")
    return Leaf(timestamp, entry_type == PRECERT_ENTRY, octets[start:end])


def proof(document: Any) -> list[bytes]:
    """Return the nodes in the answer to get-sth-consistency (4.4); raises InputError."""
    nodes = document.get("consistency") if isinstance(document, Mapping) else None
    if not isinstance(nodes, list) or len(nodes) > 128:
        raise InputError("no consistency proof in the answer")
    return [_hash(node) for node in nodes]


def parse_json(data: bytes) -> Any:
    """Return the value of a JSON document; raises InputError."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError("the answer is no JSON", hint="does the URL lead to a log?") from error


def _number(document: Mapping[str, Any], key: str, limit: int) -> int:
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < limit:
        raise InputError(f"no tree head: {key} is no number in range")
    return value


def _octets(value: Any) -> bytes:
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except (TypeError, ValueError) as error:
        raise InputError("a value in the answer is not base64") from error


def _hash(value: Any) -> bytes:
    octets = _octets(value)
    if len(octets) != HASH_OCTETS:
        raise InputError("a hash in the answer is not 32 octets long")
    return octets
