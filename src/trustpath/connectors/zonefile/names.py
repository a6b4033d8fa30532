"""The plain domain names that the fast way takes, how relative ones are completed, and types."""

from __future__ import annotations

import dns.exception
import dns.rdatatype

from trustpath.base.errors import InputError
from trustpath.facts.records import wireforms

_LABEL = r"[A-Za-z0-9_*-]{1,63}+"
NAME = rf"{_LABEL}(?:\.{_LABEL})*+"
END = r"[ \t]*+(?:;.*)?"  # what may follow the data on its line
MAX_NAME = 253


def complete(name: str, suffix: str) -> str | None:
    """Return an absolute, lower-case name with its final dot; ``suffix`` is ``.origin.``."""
    text = name.lower() if name.endswith(".") else name.lower() + suffix
    return text if len(text) <= MAX_NAME + 1 else None


def fast_owner(text: str, origin: str | None, suffix: str) -> str | None:
    """Return the canonical owner, or None where the careful way has to decide."""
    if text == "@":
        return origin
    name = text[:-1].lower() if text.endswith(".") else (text.lower() + suffix)[:-1]
    return name if len(name) <= MAX_NAME else None


def record_type(token: str) -> str:
    """Return the mnemonic of a record type; raises InputError."""
    try:
        return dns.rdatatype.to_text(dns.rdatatype.from_text(wireforms.numbered(token)))
    except (dns.exception.DNSException, ValueError) as error:
        raise InputError(
            f"{token[:40]!r} is no record type", hint="unknown types are written TYPEn (RFC 3597)"
        ) from error
