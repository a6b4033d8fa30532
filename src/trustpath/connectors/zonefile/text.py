"""Zone file text as lines and logical lines (RFC 1035 5.1): parentheses, quotes, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trustpath.base.errors import InputError, LimitError
from trustpath.base.files import open_regular
from trustpath.connectors.zonefile.limits import Limits

_CHUNK = 1 << 20
_PIECE = re.compile(r'[ \t]+|;.*|[()]|"(?:[^"\\]|\\.)*"|(?:[^ \t;()"\\]|\\.)+', re.DOTALL)

_ABOVE_ASCII = re.compile(r"\\(.)|([^\x00-\x7f]+)", re.DOTALL)

Numbered = Iterator[tuple[int, str]]


class UnclosedError(InputError):
    """A parenthesis that nothing closes; ``lines`` were taken while looking for the end."""

    def __init__(self, message: str, lines: list[tuple[int, str]]) -> None:
        super().__init__(message, hint="close the parenthesis")
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Logical:
    """One record or directive: blank start of line (the owner is the last one), raw tokens.

    ``octets``: some stood outside of quotes that are not ASCII.
    """

    blank: bool
    tokens: tuple[str, ...]
    octets: bool = False


def file_lines(path: Path, limit: int) -> Iterator[str]:
    """Yield the lines of a file without their ends; octets that are no UTF-8 as surrogates.

    Raises LimitError for a line above ``limit`` octets and OSError from reading.
    """
    carry, number = b"", 1
    with open_regular(path) as file:
        while chunk := file.read(_CHUNK):
            cut = chunk.rfind(b"\n")
            if cut < 0:
                carry += chunk
                if len(carry) > limit:
                    raise LimitError(
                        f"a line is longer than {limit} octets",
                        where=f"{path}:{number}",
                        hint="nothing after this line was read",
                    )
                continue
            block = carry + chunk[:cut]
            carry = chunk[cut + 1 :]
            number += block.count(b"\n") + 1
            yield from _decode(block).split("\n")
    if carry:
        yield from _decode(carry).split("\n")


def _decode(block: bytes) -> str:
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").removesuffix(b"\r")
    return block.decode("utf-8", "surrogateescape")


def logical_line(first: str, following: Numbered, limits: Limits) -> Logical:
    """Return the record that starts at ``first``, taking further lines while parentheses are open.

    Tokens keep their quotes and escapes; pieces without space between them are one token. Raises
    UnclosedError, LimitError, and InputError for an open quote or a stray parenthesis.
    """
    scan = _Scan()
    scan.line(first)
    length = len(first)
    taken: list[tuple[int, str]] = []
    while scan.depth:
        item = next(following, None)
        if item is None:
            raise UnclosedError("a parenthesis is opened here and never closed", taken)
        taken.append(item)
        length += len(item[1])
        if length > limits.line or len(taken) >= limits.lines:
            raise UnclosedError(
                f"a parenthesis is opened here and not closed within {limits.lines} lines and "
                f"{limits.line} characters",
                taken,
            )
        scan.line(item[1])
    return Logical(first[:1] in (" ", "\t"), tuple(scan.tokens), scan.octets)


class _Scan:
    def __init__(self) -> None:
        self.depth = 0
        self.tokens: list[str] = []
        self.octets = False

    def line(self, text: str) -> None:
        position = 0
        apart = True
        while position < len(text):
            match = _PIECE.match(text, position)
            if match is None:
                what = "a quote is not closed" if text[position] == '"' else "a lone backslash"
                raise InputError(f"{what} at column {position + 1}")
            piece = match[0]
            position = match.end()
            if piece[0] in " \t;()":
                apart = True
                self._bracket(piece)
                continue
            if not piece.isascii():
                self.octets |= piece[0] != '"'
                piece = _escaped(piece)
            if apart:
                self.tokens.append(piece)
            else:
                self.tokens[-1] += piece
            apart = False

    def _bracket(self, piece: str) -> None:
        if piece == "(":
            self.depth += 1
        elif piece == ")":
            self.depth -= 1
            if self.depth < 0:
                self.depth = 0
                raise InputError("a closing parenthesis has no opening one")


def _escaped(piece: str) -> str:
    r"""Return a token with each octet above 127 as ``\\DDD``, which is how servers take it.

    A backslash before such an octet means nothing, as before any other character that is no digit.
    """

    def octets(match: re.Match[str]) -> str:
        text = match[1] or match[2]
        if text.isascii():
            return match[0]
        return "".join(f"\\{octet:03d}" for octet in text.encode("utf-8", "surrogateescape"))

    return _ABOVE_ASCII.sub(octets, piece)
