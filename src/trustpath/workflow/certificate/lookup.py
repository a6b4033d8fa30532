"""Looking an RRset up at the authoritative servers, as a resolver with empty caches would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from trustpath.base import names
from trustpath.base.errors import SourceError
from trustpath.facts.edits import RecordSet
from trustpath.facts.writer import ServerView
from trustpath.workflow.certificate.ports import Authorities

HOPS: Final = 16
"""Aliases that are followed for one lookup."""


class UnknownError(SourceError):
    """A name could not be looked up: nothing may be concluded."""


def look(authorities: Authorities, name: str, rdtype: str) -> tuple[str, RecordSet] | None:
    """Return where the RRset of a name is, at the end of its aliases, and what it holds.

    None: there is none. All servers have to agree. What an alias leads to beyond our zones is asked
    of the estate's resolvers. Raises UnknownError where it cannot be told.
    """
    seen, here = {name}, name
    for _ in range(HOPS):
        zone = authorities.zone_of(here)
        if zone is None:
            if authorities.above(here):
                return None
            return _outside(authorities, here, rdtype)
        records, target = _ask(authorities, zone, here, rdtype)
        if records is not None:
            return here, records
        if target is None:
            return None
        if target in seen:
            raise UnknownError("its aliases lead in a circle", where=name)
        seen.add(target)
        here = target
    raise UnknownError(f"more than {HOPS} aliases follow each other", where=name)


def _outside(authorities: Authorities, name: str, rdtype: str) -> tuple[str, RecordSet] | None:
    views = authorities.resolved(name, rdtype)
    if not views:
        raise UnknownError(
            "it lies in no zone of ours, and the estate names no resolver to ask",
            where=name,
            hint="name one in a source of kind resolve",
        )
    answers = set()
    for view in views:
        if view.problem:
            raise UnknownError(view.problem, where=f"{name} {rdtype} at {view.server}")
        found = [(key[0], held) for key, held in view.content.items() if held is not None]
        answers.add((found[0][0], found[0][1]._replace(ttl=None)) if found else None)
    if len(answers) > 1:
        raise UnknownError(f"the resolvers do not agree on {rdtype}", where=name)
    return answers.pop()


def _ask(
    authorities: Authorities, zone: str, name: str, rdtype: str
) -> tuple[RecordSet | None, str | None]:
    """Return the RRset of one name, or where an alias leads; all servers have to agree."""
    above = list(_between(name, zone))
    keys = [(name, rdtype), (name, "CNAME"), *((here, "DNAME") for here in above)]
    views = authorities.served(zone, keys)
    if not views:
        raise UnknownError("no authoritative server is known", where=zone or ".")
    answers = {_meaning(view, name, rdtype, above) for view in views}
    if len(answers) > 1:
        raise UnknownError(f"the authoritative servers do not agree on {rdtype}", where=name)
    return answers.pop()


def _meaning(
    view: ServerView, name: str, rdtype: str, above: Sequence[str]
) -> tuple[RecordSet | None, str | None]:
    if view.problem:
        raise UnknownError(view.problem, where=f"{name} {rdtype} at {view.server}")
    for here in above:
        moved = view.content.get((here, "DNAME"))
        if moved is not None:
            head = name[: -len(here)] if here else f"{name}."
            return None, names.canonical(head + moved.rdatas[0])
    alias = view.content.get((name, "CNAME"))
    if alias is not None:
        return None, names.canonical(alias.rdatas[0])
    found = view.content.get((name, rdtype))
    # The TTL counts down in nobody's favour: only data decides.
    return (None if found is None else found._replace(ttl=None)), None


def _between(name: str, zone: str) -> Iterator[str]:
    """Yield the ancestors of a name within a zone, the apex last."""
    here = name
    while here != zone:
        here = names.parent(here)
        yield here
