"""Ownership patterns, as every source of ownership writes them."""

from __future__ import annotations

from typing import Final

from trustpath.base import names
from trustpath.base.errors import NameSyntaxError
from trustpath.facts.relations.declaration import Ownership

KINDS: Final = ("zone", "record", "name", "certificate")


def split_pattern(pattern: str) -> tuple[str, str]:
    """Return (base, match) of a pattern; ``match`` as in the relation Ownership.

    ``example.com`` is the name and all below it, ``=www.example.com`` that name only,
    ``*.example.com`` only what is below, and ``*`` everything. Raises NameSyntaxError.
    """
    text = pattern.strip()
    if text in ("*", "."):
        return "", "subtree"
    if text in ("", "=", "*."):
        raise NameSyntaxError(f"{pattern!r} names nothing", hint="write example.com")
    if text.startswith("="):
        return names.canonical(text[1:].strip()), "exact"
    if text.startswith("*."):
        return names.canonical(text[2:]), "below"
    return names.canonical(text), "subtree"


def ownership(kind: str, pattern: str, owner: str, attested_at: int | None) -> Ownership:
    """Return the row for a pattern; raises NameSyntaxError."""
    base, match = split_pattern(pattern)
    return Ownership(kind, pattern.strip(), base, match, owner, attested_at)
