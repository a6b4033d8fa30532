"""Just enough DER (X.690) to step over elements; lengths must be minimal and definite."""

from __future__ import annotations


class OddDerError(ValueError):
    """The bytes are not the plain DER that a reader expects; a fuller parser must decide."""


def element(data: bytes, at: int, tag: int, limit: int) -> tuple[int, int]:
    """Return (start, end) of the content of the element at ``at``; raises OddDerError.

    The element must have that tag and end at or before ``limit``.
    """
    if at + 2 > limit or data[at] != tag:
        raise OddDerError
    length = data[at + 1]
    start = at + 2
    if length > 0x7F:
        octets = length & 0x7F
        if not 1 <= octets <= 3 or start + octets > limit:
            raise OddDerError
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
        if length < 0x80 or length >> 8 * (octets - 1) == 0:
            raise OddDerError
    end = start + length
    if end > limit:
        raise OddDerError
    return start, end


def unsigned(data: bytes, start: int, end: int) -> int:
    """Return the value of a minimal, non-negative INTEGER content; raises OddDerError."""
    if start >= end or data[start] > 0x7F:
        raise OddDerError
    if data[start] == 0 and end - start > 1 and data[start + 1] < 0x80:
        raise OddDerError
    return int.from_bytes(data[start:end], "big")
