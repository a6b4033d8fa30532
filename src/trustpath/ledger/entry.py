"""One entry of the log: who did or decided what about what, when, as canonical bytes.

The bytes of an entry are JSON with sorted keys (``base.canonical``)::

    {"actor":"alice","at":1795521600,"body":{...},"kind":"change.approved",
     "schema":"trustpath/entry/1","subject":"example.com"}

``at`` is an instant in seconds (UTC). What stands in ``body`` is up to the kind. Numbers are whole:
a float has no single text that all readers agree on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trustpath.base.canonical import canonical_bytes
from trustpath.base.errors import InputError, LimitError
from trustpath.ledger.verify import ENTRY_SCHEMA

ENTRY_OCTETS = 1 << 20
"""The largest entry; what is larger belongs elsewhere, with its digest in the entry."""

DEPTH = 32
"""How deep a body may nest."""

_KIND = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*", re.ASCII)
_KEYS = frozenset(("schema", "at", "actor", "kind", "subject", "body"))
_SAFE = 1 << 53


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done or decided: an instant, who, the kind of act, what it is about, details."""

    at: int
    actor: str
    kind: str
    subject: str
    body: Mapping[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the canonical bytes; raises InputError or LimitError for what cannot be one."""
        _check(self)
        try:
            data = canonical_bytes(
                {
                    "schema": ENTRY_SCHEMA,
                    "at": self.at,
                    "actor": self.actor,
                    "kind": self.kind,
                    "subject": self.subject,
                    "body": self.body,
                }
            )
        except UnicodeEncodeError as error:
            raise InputError("a text of the entry is no Unicode text", where="entry") from error
        if len(data) > ENTRY_OCTETS:
            raise LimitError(f"an entry has at most {ENTRY_OCTETS} octets", where="entry")
        return data


def parse(data: bytes, where: str = "entry") -> Entry:
    """Return the entry that bytes hold; raises InputError unless they are its canonical bytes."""
    if len(data) > ENTRY_OCTETS:
        raise LimitError(f"an entry has at most {ENTRY_OCTETS} octets", where=where)
    try:
        document = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise InputError("an entry is JSON", where=where) from error
    if not isinstance(document, dict) or document.keys() != _KEYS:
        raise InputError("an entry has the keys " + ", ".join(sorted(_KEYS)), where=where)
    if document.pop("schema") != ENTRY_SCHEMA:
        raise InputError(f"not an entry ({ENTRY_SCHEMA})", where=where)
    found = Entry(**document)
    if found.encode() != data:
        raise InputError("not the canonical bytes of the entry", where=where)
    return found


def _check(entry: Entry) -> None:
    if type(entry.at) is not int or not 0 <= entry.at < _SAFE:
        raise InputError(f"{entry.at!r} is no instant", where="entry: at")
    for key in ("actor", "kind", "subject"):
        value = getattr(entry, key)
        if not isinstance(value, str) or not value:
            raise InputError("a text that is not empty", where=f"entry: {key}")
    if not _KIND.fullmatch(entry.kind):
        raise InputError(
            f"{entry.kind[:80]!r} is no kind", where="entry: kind", hint="write change.approved"
        )
    if not isinstance(entry.body, Mapping):
        raise InputError("a mapping", where="entry: body")
    _check_value(entry.body, "entry: body", DEPTH)


def _check_value(value: object, where: str, depth: int) -> None:
    if depth == 0:
        raise LimitError(f"nested more than {DEPTH} deep", where=where)
    match value:
        case None | bool() | str():
            return
        case int() if abs(value) < _SAFE:
            return
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise InputError(f"the key {key!r} is no text", where=where)
                _check_value(item, f"{where}.{key}", depth - 1)
        case list() | tuple():
            for item in value:
                _check_value(item, where, depth - 1)
        case _:
            raise InputError(
                f"{value!r:.80} cannot stand in an entry",
                where=where,
                hint="texts, whole numbers below 2^53, true, false, null, lists and mappings",
            )
