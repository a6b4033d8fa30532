"""A static-ct-api log: the same tree as RFC 6962, served as files.

``StaticClient`` answers the questions that following a log asks: proofs are computed from hash
tiles, so that what verifies a tree does not care how it came. Tiles themselves are not trusted: a
wrong one gives a proof or a root that does not fit the signed head.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.ct.checkpoint import CHECKPOINT_OCTETS, read_checkpoint
from trustpath.connectors.ct.tiles import (
    HASHES_OCTETS,
    WIDTH,
    PassedOver,
    TiledEntry,
    leaf_index,
    read_entries,
    tile_path,
)
from trustpath.connectors.ct.tree import HASH_OCTETS, Node, proof_nodes
from trustpath.connectors.ct.watch import WatchList
from trustpath.connectors.ct.web import ANSWER_OCTETS, Web
from trustpath.connectors.ct.wire import Leaf, TreeHead
from trustpath.facts.ct_log import LogKey

_TILES = 1024
_ISSUERS = 1024
_ISSUER_OCTETS = 64 * 1024


class StaticClient:
    """Asks one log for its files. Every method raises SourceError, ``check`` InputError too.

    ``origin`` is the name that the checkpoint must carry, empty where it is not known. With
    ``names`` the data tile is left out where the names tile, an extension that some logs offer,
    has nothing that is watched; its hashes are taken from the hash tile then.
    """

    def __init__(
        self, web: Web, origin: str, key: LogKey | None, names: WatchList | None = None
    ) -> None:
        self._names = names
        self._web = web
        self._origin = origin
        self._key = key
        self._size = 0
        self._hashes: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._data: tuple[int, Sequence[TiledEntry | PassedOver]] = (-1, ())
        self._issuers: dict[bytes, bytes] = {}

    def tree_head(self) -> TreeHead:
        """Return the newest tree head, its signature not yet verified."""
        data = self._web.get("checkpoint", "checkpoint", limit=CHECKPOINT_OCTETS)
        try:
            head = read_checkpoint(data, self._origin, self._key)
        except InputError as error:
            raise SourceError(error.message, where=self._web.place, hint=error.hint) from error
        self._size = head.size
        return head

    def entries(self, start: int, end: int) -> list[Any]:
        """Return one or more entries from ``start`` on, none of them at or after ``end``."""
        index, first = divmod(start, WIDTH)
        if self._data[0] != index:
            self._web.within()
            width = min(WIDTH, self._size - index * WIDTH)
            self._data = (index, self._passed_over(index, width) or self._read(index, width))
        return list(self._data[1][first : end - index * WIDTH])

    def _read(self, index: int, width: int) -> Sequence[TiledEntry]:
        data = self._tile("data", index, width, ANSWER_OCTETS)
        try:
            return read_entries(data, width)
        except InputError as error:
            raise SourceError(
                error.message, where=f"{self._web.place}/{tile_path('data', index, width)}"
            ) from error

    def _passed_over(self, index: int, width: int) -> Sequence[PassedOver]:
        """Return the hashes of a tile whose names concern nobody, nothing where it has to be read.

        A names tile has a line for each entry; it is searched as it is.
        """
        if self._names is None:
            return ()
        path = tile_path("names", index, width)
        names = self._web.find(path, path)
        if names is None or names.count(b"\n") < width or self._names.may_concern(names):
            return ()
        tile = self._hash_tile(0, index)
        return [
            PassedOver(tile[at : at + HASH_OCTETS])
            for at in range(0, width * HASH_OCTETS, HASH_OCTETS)
        ]

    def passed_over(self, entry: TiledEntry | PassedOver) -> bytes | None:
        """Return the hash of an entry that was left out, None for one that is here."""
        return entry.hashed if isinstance(entry, PassedOver) else None

    def leaf(self, entry: TiledEntry) -> bytes:
        """Return the octets of the leaf of an entry."""
        return entry.leaf

    def check(self, index: int, entry: TiledEntry, leaf: Leaf) -> None:
        """Check that an entry is in its place and that its issuer is the one it names.

        Raises InputError where not, SourceError where the issuer cannot be had.
        """
        said = leaf_index(entry.extensions)
        if said != index:
            raise InputError(f"the entry says that its index is {said}")
        if not entry.chain:
            return
        issuer = self._issuer(entry.chain[0])
        try:
            certificate = x509.load_der_x509_certificate(issuer)
            spki = certificate.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise InputError("the issuer of the entry is no certificate") from error
        if leaf.precertificate and hashlib.sha256(spki).digest() != entry.key_hash:
            raise InputError("the issuer of the entry has another key than the tree commits to")

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the nodes of the proof between two tree sizes (RFC 6962 2.1.2), from tiles."""
        return proof_nodes(first, second, self._node)

    def _node(self, at: Node) -> bytes:
        """Return the root of a perfect subtree: a hash of a tile, or what several give."""
        level, within = divmod(at.height, 8)
        count = 1 << within
        index, first = divmod(at.index * count, WIDTH)
        tile = self._hash_tile(level, index)
        hashes = tile[first * HASH_OCTETS : (first + count) * HASH_OCTETS]
        row = [hashes[o : o + HASH_OCTETS] for o in range(0, len(hashes), HASH_OCTETS)]
        while len(row) > 1:
            row = [
                hashlib.sha256(b"\x01" + left + right).digest()
                for left, right in zip(row[::2], row[1::2], strict=True)
            ]
        return row[0]

    def _hash_tile(self, level: int, index: int) -> bytes:
        found = self._hashes.get((level, index))
        if found is None:
            width = min(WIDTH, (self._size >> 8 * level) - index * WIDTH)
            found = self._tile(level, index, width, HASHES_OCTETS)
            whole = len(found) in (width * HASH_OCTETS, HASHES_OCTETS)
            if width < 1 or not whole:
                raise SourceError(
                    f"a tile of {len(found)} octets, {width * HASH_OCTETS} are expected",
                    where=f"{self._web.place}/{tile_path(level, index, width)}",
                )
            self._hashes[level, index] = found = found[: width * HASH_OCTETS]
            while len(self._hashes) > _TILES:
                self._hashes.popitem(last=False)
        return found

    def _tile(self, level: int | str, index: int, width: int, limit: int) -> bytes:
        """Return a tile; the full one where a partial one is no longer served."""
        path = tile_path(level, index, width)
        found = self._web.find(path, path, limit=limit)
        if found is None and width < WIDTH:
            path = tile_path(level, index)
            found = self._web.find(path, path, limit=limit)
        if found is None:
            raise SourceError(
                f"{path} is missing although the checkpoint has it", where=self._web.place
            )
        return found

    def _issuer(self, fingerprint: bytes) -> bytes:
        if fingerprint not in self._issuers:
            if len(self._issuers) >= _ISSUERS:
                self._issuers.clear()
            path = f"issuer/{fingerprint.hex()}"
            found = self._web.get(path, path, limit=_ISSUER_OCTETS)
            if hashlib.sha256(found).digest() != fingerprint:
                raise InputError(f"{path} is another certificate")
            self._issuers[fingerprint] = found
        return self._issuers[fingerprint]
