"""What is kept of a log between runs: the tree that was verified, and the entries found in it.

A run replaces what the one before gave, so everything that was found is kept along with the place
from which to go on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trustpath.base.errors import InputError, SourceError
from trustpath.base.files import open_regular
from trustpath.connectors.ct.follow import Anchor, Followed, Request
from trustpath.connectors.ct.tree import HASH_OCTETS
from trustpath.facts.relations import Fact
from trustpath.facts.relations.transparency import CtEntry, CtName

STATE_OCTETS: Final = 256 * 1024 * 1024
_FORMAT: Final = "trustpath/ct-state/1"
_KINDS: Final[Mapping[str, type[CtEntry] | type[CtName]]] = {"entry": CtEntry, "name": CtName}


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a log was left.

    ``anchor`` is the largest tree that was verified; ``first`` the first entry that was ever read
    and ``next`` the one to read now; ``facts`` are the rows of the entries in between. ``unread``
    of these were passed over by names tiles.
    """

    anchor: Anchor
    first: int
    next: int
    facts: tuple[Fact, ...]
    unread: int = 0


def load(path: Path, request: Request) -> Kept | None:
    """Return what was kept of this log, None where there is nothing yet.

    With other domains to watch the tree is kept and its entries are read again. Raises SourceError
    for a file that cannot be used: what was verified before must not be forgotten in silence.
    """
    try:
        with open_regular(path) as file:
            data = file.read(STATE_OCTETS + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be read") from error
    try:
        document = json.loads(data[: STATE_OCTETS + 1])
        return _kept(document, request)
    except (ValueError, TypeError, KeyError, RecursionError, InputError) as error:
        raise _unusable(path, str(error) or "it is damaged") from error


def _unusable(path: Path, reason: str) -> SourceError:
    return SourceError(
        f"the state of the log cannot be used: {reason}",
        where=str(path),
        hint="bring the file back, or remove it to begin anew without what was verified before",
    )


def _kept(document: Any, request: Request) -> Kept:
    if document["format"] != _FORMAT:
        raise InputError("it is of another format")
    if document["log"] != request.log:
        raise InputError(f"it belongs to {document['log']}")
    root = bytes.fromhex(document["root"])
    first, following, size = (int(document[key]) for key in ("first", "next", "size"))
    if len(root) != HASH_OCTETS or not 0 <= first <= following <= size or not size:
        raise InputError("its tree is none")
    anchor = Anchor(size, root)
    if document["domains"] != sorted(request.watched.domains):
        start = size if request.newest else request.start
        return Kept(anchor, start, start, ())
    facts = tuple(_KINDS[kind](*row) for kind, row in document["facts"])
    return Kept(anchor, first, following, facts, int(document["unread"]))


def following(request: Request, found: Followed, before: Kept | None) -> Kept | None:
    """Return what to keep after a run, None where nothing new is proven."""
    if found.signed is not True or found.consistent is False:
        return None
    old = before.anchor if before else None
    if found.read is None or found.read.size == 0:
        return None
    anchor = found.read if old is None or found.read.size >= old.size else old
    start = found.downloaded if request.newest else request.start
    first = before.first if before else start
    facts = (*(before.facts if before else ()), *found.facts)
    unread = found.unread + (before.unread if before else 0)
    return Kept(anchor, first, found.read.size, facts, unread)


def save(path: Path, request: Request, kept: Kept) -> None:
    """Write the state in place of the former; raises SourceError where that fails."""
    document = {
        "format": _FORMAT,
        "log": request.log,
        "domains": sorted(request.watched.domains),
        "first": kept.first,
        "next": kept.next,
        "unread": kept.unread,
        "size": kept.anchor.size,
        "root": kept.anchor.root.hex(),
        "facts": [
            ["entry" if isinstance(fact, CtEntry) else "name", list(fact)] for fact in kept.facts
        ],
    }
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise SourceError(
            f"the state of the log cannot be written: {error.strerror}",
            where=str(path),
            hint="name a file in a folder that may be written to as state",
        ) from error
