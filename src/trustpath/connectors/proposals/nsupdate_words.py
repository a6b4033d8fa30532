"""The words of a line as nsupdate splits and understands them."""

from __future__ import annotations

import re

import dns.exception
import dns.rdatatype

from trustpath.base.errors import InputError
from trustpath.facts.records.wireforms import numbered

_WORD = re.compile(r"[ \t\r]*([^ \t\r]*)(.*)", re.DOTALL)
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[^"\\]', re.DOTALL)
_OTHER_CLASSES = frozenset({"CH", "CHAOS", "HS", "HESIOD", "CS", "NONE", "RESERVED0"})
_CLASS_NUMBER = re.compile(r"CLASS\d+", re.ASCII)


def visible(octets: bytes) -> str:
    r"""Return a line as text, what is no ASCII as ``\DDD``; raises InputError for a NUL octet."""
    if b"\0" in octets:
        raise InputError("a NUL octet", hint="this is no nsupdate script")
    text = octets.decode("latin-1")
    return text if text.isascii() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    return character if character < "\x80" else f"\\{ord(character):03d}"


def take_word(text: str) -> tuple[str, str]:
    """Return the next word, empty at the end, and the rest."""
    match = _WORD.match(text)
    return (match[1], match[2]) if match else ("", "")


def is_class(word: str) -> bool:
    """Say whether a word is class IN; raises InputError for another class."""
    upper = word.upper()
    if upper in ("IN", "CLASS1"):
        return True
    if upper in _OTHER_CLASSES or _CLASS_NUMBER.fullmatch(upper):
        raise InputError(f"class {upper[:40]} is not read", hint="zones of class IN only")
    return False


def record_type(word: str) -> str:
    """Return the mnemonic of a type; raises InputError for what is no type of records but ANY."""
    try:
        kind = dns.rdatatype.from_text(numbered(word))
    except (dns.exception.DNSException, ValueError) as error:
        raise InputError(
            f"{word[:40]!r} is no record type", hint="unknown types are written TYPEn (RFC 3597)"
        ) from error
    if kind != dns.rdatatype.ANY and dns.rdatatype.is_metatype(kind):
        raise InputError(f"{word[:40]!r} is no type of stored records")
    return dns.rdatatype.to_text(kind)


def data_text(text: str) -> str:
    """Return record data for a reader of master files, to which more characters are special.

    Outside of quotes, ``;`` starts no comment and parentheses join no lines here; a quote inside
    of a word is part of it.
    """
    stripped = text.strip(" \t\r")
    pieces = []
    apart = True
    position = 0
    while position < len(stripped):
        if stripped[position] == '"' and not apart:
            pieces.append('\\"')
            position += 1
            continue
        match = _PIECE.match(stripped, position)
        if match is None:
            raise InputError("a quote or an escape is not closed")
        piece = match[0]
        pieces.append(f"\\{piece}" if piece in (";", "(", ")") else piece)
        position = match.end()
        apart = piece in (" ", "\t", "\r") or (len(piece) > 1 and piece[0] == '"')
    return "".join(pieces)
