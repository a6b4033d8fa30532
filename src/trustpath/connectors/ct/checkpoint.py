"""Checkpoints of static-ct-api logs: signed notes with a tree head of RFC 6962 in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from trustpath.base.errors import InputError
from trustpath.connectors.ct.tree import HASH_OCTETS
from trustpath.connectors.ct.wire import TreeHead
from trustpath.facts.ct_log import LogKey, id_of

CHECKPOINT_OCTETS = 64 * 1024
_SIZE_AT_MOST = 1 << 40
"""A leaf index has 40 bits."""
_RFC6962_NOTE = b"\x05"
_TIMESTAMP = struct.Struct(">Q")
_SIGNATURES_AT_MOST = 64


def key_id(origin: str, key: LogKey) -> bytes:
    """Return the id under which a log signs notes: it binds the key to the origin."""
    return hashlib.sha256(origin.encode() + b"\n" + _RFC6962_NOTE + id_of(key)).digest()[:4]


def read_checkpoint(data: bytes, origin: str, key: LogKey | None) -> TreeHead:
    """Return the tree head of a checkpoint, with the signature of ``key`` not yet verified.

    ``origin`` is the expected first line, empty where it is not known. Without a key, or without a
    signature of it, the signature and the time of the head are empty. Raises InputError for what is
    no checkpoint or that of another log.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError("the checkpoint is not UTF-8") from error
    body, gap, signatures = text.partition("\n\n")
    lines = body.split("\n")
    if not gap or len(lines) != 3 or not signatures.endswith("\n"):
        raise InputError("no checkpoint: three lines, an empty one and signatures are expected")
    name, size_text, root_text = lines
    if origin and name != origin:
        raise InputError(f"the checkpoint is that of {name[:200]!r}, not of {origin!r}")
    size = _size(size_text)
    root = _decoded(root_text, "the root of the checkpoint")
    if len(root) != HASH_OCTETS:
        raise InputError("the root of the checkpoint is not 32 octets long")
    timestamp, signature = 0, b""
    if key is not None:
        timestamp, signature = _signature(signatures, name, key)
    return TreeHead(size, timestamp, root, signature)


def _size(text: str) -> int:
    plain = text.isascii() and text.isdigit() and len(text) <= 13
    if not plain or (text[0] == "0" and text != "0") or int(text) >= _SIZE_AT_MOST:
        raise InputError("the size in the checkpoint is no number in range")
    return int(text)


def _signature(signatures: str, name: str, key: LogKey) -> tuple[int, bytes]:
    """Return time and signature of the line of a key; other keys, witnesses say, are ignored."""
    wanted = key_id(name, key)
    for line in signatures.split("\n")[:_SIGNATURES_AT_MOST]:
        start = f"\u2014 {name} "
        if not line.startswith(start):
            continue
        octets = _decoded(line[len(start) :], "a signature of the checkpoint")
        if octets[:4] == wanted and len(octets) > 12:
            return _TIMESTAMP.unpack_from(octets, 4)[0], octets[12:]
    return 0, b""


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{what} is not base64") from error
