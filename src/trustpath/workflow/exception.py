"""Exceptions from rules: granted with an end, kept in the store, honoured by every judgement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from trustpath.base.clock import Clock
from trustpath.base.errors import InputError
from trustpath.facts.change import Grant, plain
from trustpath.facts.consent import Actor
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.declaration import Waiver
from trustpath.facts.source import SourceSpec
from trustpath.ledger.entry import Entry
from trustpath.workflow.session import EXCEPTIONS_SOURCE

_MAY_GRANT = frozenset(("approver", "admin"))


class GrantAct(Protocol):
    """One act: the exception and its entry stand or fall together."""

    def next_exception(self) -> str:
        """Return the id of the next exception."""
        ...

    def put_grant(self, grant: Grant) -> None:
        """Write an exception."""
        ...

    def record(self, entry: Entry) -> None:
        """Append an entry to the ledger."""
        ...


class GrantStore(Protocol):
    """Where exceptions are kept."""

    def act(self) -> AbstractContextManager[GrantAct]:
        """Open one act under the store's write lock."""
        ...

    def grants(self) -> Sequence[Grant]:
        """Return every exception that was ever granted, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What an exception excuses, who answers, why, what protects meanwhile, and until when."""

    rule: str
    subject: str | None
    owner: str
    reason: str
    control: str
    until: int


def grant(
    store: GrantStore, actor: Actor, terms: Terms, owners: Collection[str], now: int
) -> Grant:
    """Grant an exception; raises InputError for one without reason, control, owner or end."""
    _may(actor)
    for option in ("reason", "control"):
        if not getattr(terms, option).strip():
            raise InputError("an exception without it is none", where=f"--{option}")
    if owners and terms.owner not in owners:
        raise InputError(
            f"{terms.owner!r} is no owner of the estate", where="--owner", hint="see owners"
        )
    if terms.until <= now:
        raise InputError("an exception ends after it begins", where="--until")
    with store.act() as act:
        given = Grant(id=act.next_exception(), granted_by=actor.id, granted_at=now, **plain(terms))
        act.put_grant(given)
        act.record(_entry(given, "granted", actor, now))
    return given


def revoke(store: GrantStore, actor: Actor, exception: str, reason: str, now: int) -> Grant:
    """Take an exception back at once; raises InputError where there is none that stands."""
    _may(actor)
    found = {item.id: item for item in store.grants()}.get(exception.upper())
    if found is None or found.revoked_at is not None:
        raise InputError(
            f"there is no exception {exception!r} that stands",
            where=exception,
            hint="see trustpath exception list",
        )
    taken = replace(found, revoked_by=actor.id, revoked_at=now)
    with store.act() as act:
        act.put_grant(taken)
        act.record(_entry(taken, "revoked", actor, now, why=reason))
    return taken


def _may(actor: Actor) -> None:
    if not actor.roles & _MAY_GRANT:
        raise InputError(
            f"{actor.id} grants no exceptions",
            where="--actor",
            hint="it takes one of the roles " + ", ".join(sorted(_MAY_GRANT)),
        )


def _entry(given: Grant, kind: str, actor: Actor, now: int, **more: Any) -> Entry:
    return Entry(now, actor.id, f"exception.{kind}", given.id, {**plain(given), **more})


def state_of(given: Grant, now: int) -> str:
    """Return ``revoked``, ``expired`` or ``valid``."""
    if given.revoked_at is not None:
        return "revoked"
    return "expired" if given.until < now else "valid"


@dataclass(frozen=True, slots=True)
class GrantSource:
    """The granted exceptions as a source of facts: one part of declarations.

    What has expired stays in it, so that the rule on expired exceptions sees it; what was revoked
    does not.
    """

    store: GrantStore
    clock: Clock
    folder: Path

    @property
    def spec(self) -> SourceSpec:
        """The description under which the facts are recorded."""
        return SourceSpec(
            EXCEPTIONS_SOURCE, EXCEPTIONS_SOURCE, {}, self.folder, "exceptions in the store"
        )

    def collect(self) -> Iterator[Part]:
        """Yield the exceptions that nobody took back."""
        waivers = tuple(
            Waiver(g.id, g.rule, g.subject, g.owner, g.reason, g.control, g.until)
            for g in self.store.grants()
            if g.revoked_at is None
        )
        yield Part(EXCEPTIONS_SOURCE, Grade.DECLARATION, Coverage.FULL, self.clock.now(), waivers)
