r"""Character strings (RFC 1035 5.1) in canonical text: ``"a b" "c\"d"``, ``\DDD`` for octets."""

from __future__ import annotations

import re

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_ESCAPE = re.compile(r"\\(?:(\d{3})|(.))", re.ASCII | re.DOTALL)


def split_strings(text: str) -> list[str]:
    """Return the strings of a canonical TXT text, still escaped."""
    return [quoted or bare for quoted, bare in _STRING.findall(text)]


def unescape(text: str) -> str:
    """Return the octets of an escaped string, one character per octet (latin-1)."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: chr(int(m[1]) & 255) if m[1] else m[2], text)


def joined(text: str) -> str:
    """Return the concatenated content of a TXT text, one character per octet."""
    return "".join(unescape(piece) for piece in split_strings(text))


def printable(text: str) -> str:
    r"""Return octets as storable text: ``\DDD`` for what is not printable ASCII."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if " " <= c <= "~" else f"\\{ord(c):03d}" for c in text)
