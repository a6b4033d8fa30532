"""Answers that are read piece by piece, within bounds of size and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from trustpath.base.errors import SourceError

PIECE_OCTETS: Final = 65536
"""How much of an answer is asked for at a time."""


def whole(pieces: Iterable[bytes], largest: int, late: Callable[[], bool], where: str) -> bytes:
    """Return an answer in one; raises SourceError beyond ``largest`` octets, or once it is late.

    A piece has to be what has come by now, not all that was asked for: else one that drips keeps
    its reader for as long as it likes.
    """
    received = bytearray()
    for piece in pieces:
        received += piece
        if len(received) > largest:
            raise SourceError(f"the answer has more than {largest} octets", where=where)
        if late():
            raise SourceError("the answer was not complete in time", where=where)
    return bytes(received)
