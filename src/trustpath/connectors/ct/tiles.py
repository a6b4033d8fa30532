"""Tiles of static-ct-api logs: where they are, and what a data tile holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustpath.base.errors import InputError
from trustpath.connectors.ct.tree import HASH_OCTETS

WIDTH: Final = 256
HASHES_OCTETS: Final = WIDTH * HASH_OCTETS
_X509, _PRECERT = 0, 1
_INDEX_EXTENSION = 0


@dataclass(frozen=True, slots=True)
class TiledEntry:
    """One entry of a data tile.

    ``leaf`` are the octets that the tree hashes (RFC 6962 3.4); ``key_hash`` is the hash of the
    issuer's key in a precertificate's leaf. ``chain`` are fingerprints of issuers, which the tree
    does not hash.
    """

    leaf: bytes
    key_hash: bytes | None
    chain: tuple[bytes, ...]
    extensions: bytes


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An entry that a names tile shows to concern nobody: only its leaf's hash was taken."""

    hashed: bytes


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Return the path of a tile; a ``width`` below 256 makes it a partial one."""
    path = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        path = f"x{index % 1000:03d}/{path}"
    return f"tile/{level}/{path}" + ("" if width == WIDTH else f".p/{width}")


class _Cursor:
    """Steps over the structures of TLS (RFC 8446 3) in some octets."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.data):
            raise InputError("the data tile is cut")
        found = self.data[self.at : end]
        self.at = end
        return found

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        return self.take(self.number(size))


def read_entries(data: bytes, width: int) -> list[TiledEntry]:
    """Return the first ``width`` entries of a data tile.

    Raises InputError where there are fewer, or more than a tile holds.
    """
    cursor = _Cursor(data)
    found = [_entry(cursor) for _ in range(width)]
    if width == WIDTH and cursor.at != len(data):
        raise InputError("the data tile goes on after its last entry")
    return found


def _entry(cursor: _Cursor) -> TiledEntry:
    start = cursor.at
    cursor.take(8)
    kind = cursor.number(2)
    if kind not in (_X509, _PRECERT):
        raise InputError(f"an entry of type {kind} in the data tile")
    key_hash = cursor.take(HASH_OCTETS) if kind == _PRECERT else None
    cursor.vector(3)
    extensions = cursor.vector(2)
    # Version and leaf type come before the entry in what is hashed; both are zero.
    leaf = b"\x00\x00" + cursor.data[start : cursor.at]
    if kind == _PRECERT:
        cursor.vector(3)
    chain = cursor.vector(2)
    if len(chain) % HASH_OCTETS:
        raise InputError("a chain in the data tile is no list of fingerprints")
    prints = tuple(chain[at : at + HASH_OCTETS] for at in range(0, len(chain), HASH_OCTETS))
    return TiledEntry(leaf, key_hash, prints, extensions)


def leaf_index(extensions: bytes) -> int | None:
    """Return the index that an entry says it has, None where it says none; raises InputError."""
    cursor, found = _Cursor(extensions), None
    while cursor.at < len(extensions):
        kind, value = cursor.number(1), cursor.vector(2)
        if kind == _INDEX_EXTENSION:
            if found is not None or len(value) != 5:
                raise InputError("the leaf_index extension of an entry is malformed")
            found = int.from_bytes(value, "big")
    return found
