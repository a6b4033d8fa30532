"""PEM (RFC 7468) with anything between the blocks."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from typing import NamedTuple

_BEGIN = b"-----BEGIN "
_DASHES = b"-----"
_LABEL_OCTETS = 64


class Block(NamedTuple):
    """One block: its label, the line of its first line, and its content or what is wrong.

    Private keys are not decoded: their content is empty.
    """

    label: str
    line: int
    content: bytes
    error: str | None


def blocks(data: bytes, max_octets: int) -> Iterator[Block]:
    """Yield the blocks of a file; a broken one has an error and does not hide the next."""
    line, counted = 1, 0
    at = data.find(_BEGIN)
    while at >= 0:
        line += data.count(b"\n", counted, at)
        counted = at
        following = data.find(_BEGIN, at + len(_BEGIN))
        stop = following if following >= 0 else len(data)
        yield _block(data, at, stop, line, max_octets)
        at = following


def _block(data: bytes, at: int, stop: int, line: int, max_octets: int) -> Block:
    start = at + len(_BEGIN)
    label_end = data.find(_DASHES, start, min(stop, start + _LABEL_OCTETS))
    if label_end < 0:
        return Block("", line, b"", "a BEGIN line that does not end")
    name = data[start:label_end]
    label = name.decode("ascii", "replace")
    body = label_end + len(_DASHES)
    end = data.find(b"-----END " + name + _DASHES, body, stop)
    if label.endswith("PRIVATE KEY"):
        return Block(label, line, b"", None)
    if end < 0:
        return Block(label, line, b"", f"{label} block without its END line")
    if end - body > max_octets:
        return Block(label, line, b"", f"{label} block above {max_octets} octets")
    encoded = data[body:end].translate(None, b" \t\r\n")
    try:
        return Block(label, line, binascii.a2b_base64(encoded, strict_mode=True), None)
    except binascii.Error as error:
        return Block(label, line, b"", f"{label} block is not base64: {error}")
