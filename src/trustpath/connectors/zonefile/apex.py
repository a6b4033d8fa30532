"""Which zone a file holds: by option, by its SOA, or by its name."""

from __future__ import annotations

import re

from trustpath.base import names
from trustpath.base.errors import NameSyntaxError

_PREFIXES = ("db.", "pri.", "named.", "zone.")
_SUFFIXES = (".zone", ".db", ".hosts", ".zonefile", ".signed", ".txt", ".fwd", ".rev")
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)


def from_file_name(name: str) -> tuple[str | None, bool]:
    """Return the zone that a file name suggests and whether the name follows a known pattern.

    ``db.example.com``, ``example.com.zone`` and ``example.com.db`` follow one; plain
    ``example.com`` is taken as it is and could be something else.
    """
    text = name.lower()
    known = False
    for prefix in _PREFIXES:
        if text.startswith(prefix):
            text, known = text.removeprefix(prefix), True
            break
    stripping = True
    while stripping:
        stripping = False
        for suffix in _SUFFIXES:
            if text.endswith(suffix) and len(text) > len(suffix):
                text, known, stripping = text.removesuffix(suffix), True, True
    if not _DOMAIN.fullmatch(text):
        return None, False
    try:
        return names.canonical(text), known
    except NameSyntaxError:
        return None, False
