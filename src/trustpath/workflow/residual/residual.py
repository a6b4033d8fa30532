"""Residual authority: who can still authenticate as a name, or obtain a certificate for it.

Each power says through what it is held, until when, and what ends it. What is not known is said as
well: a list that is short because nobody looked must not read like one that is short.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.consent import StandingApproval
from trustpath.rules.judge import Engine
from trustpath.rules.value import Value
from trustpath.workflow.headed import headed
from trustpath.workflow.residual.power import Power
from trustpath.workflow.residual.secrets import credentials
from trustpath.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Residual:
    """All powers over one name, and what nobody looked at."""

    name: str
    now: int
    powers: tuple[Power, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Ask:
    """A SELECT of (through, until, owner, outside, certain) and what it means.

    ``{name}`` stands for the name, ``{above}`` for it and its ancestors, ``{covering}`` for what a
    certificate may list to cover it, ``{challenges}`` for the validation names of all above.
    """

    may: str
    kind: str
    sql: str
    ends_by: str


@cache
def _asks() -> tuple[_Ask, ...]:
    """Return the SELECTs of ``powers/``, each with what its header says of it."""
    return tuple(
        _Ask(one.head["may"], one.head["kind"], one.sql, one.head["ends by"])
        for one in headed(__package__, "powers")
    )


_UNSEEN: Final = {
    "certificates": "certificates that are stored nowhere a source reads, and their keys",
    "ct": "certificates in CT: no log is read",
    "jobs": "renewal jobs that nobody declared, and the validations behind them",
}
"""What a claim of completeness would have to cover, and what its absence leaves open."""

_SEEN = "SELECT kind FROM closed WHERE closed"
_HELD = "SELECT name FROM node WHERE name = ? AND held"
_COUNTED = "SELECT COUNT(*) FROM ct_log"


def residual(session: Session, name: str) -> Residual:
    """Return who holds power over a name; raises InputError for a wildcard or no name."""
    wanted = names.canonical(name)
    if not wanted or "\\" in wanted:
        raise InputError(
            f"{name!r} is no name that a certificate can hold",
            where="NAME",
            hint="letters, digits, hyphens and underscores, with dots between",
        )
    if names.is_wildcard(wanted):
        raise InputError(
            "residual authority is about one name", where=name, hint=names.base(wanted)
        )
    with session.judging() as engine:
        powers = [power for ask in _asks() for power in _powers(engine, ask, wanted)]
        unknown = tuple(_unknown(engine, wanted))
    powers += _standing(session.estate.standing, wanted)
    powers += credentials(session.estate, wanted)
    return Residual(wanted, session.clock.now(), tuple(powers), unknown)


def _powers(engine: Engine, ask: _Ask, name: str) -> Iterator[Power]:
    sql, parameters = _filled(ask.sql, name)
    for through, until, owner, outside, certain in sorted(
        engine.query(sql, parameters), key=lambda row: str(row[0])
    ):
        yield Power(
            ask.may,
            ask.kind,
            str(through),
            None if until is None else int(str(until)),
            ask.ends_by,
            None if owner is None else str(owner),
            bool(outside),
            bool(certain),
        )


def _filled(sql: str, name: str) -> tuple[str, list[Value]]:
    """Return the SELECT with its marks, and their values in the order in which they stand."""
    above = _above(name)
    groups: dict[str, Sequence[str]] = {
        "name": (name,),
        "above": above,
        "covering": (name, f"*.{names.parent(name)}"),
        "challenges": [f"_acme-challenge.{base}" for base in above],
    }
    parameters: list[Value] = []
    text = ""
    for piece in sql.split("{"):
        word, closed, rest = piece.partition("}")
        if closed and word in groups:
            parameters += groups[word]
            text += ", ".join("?" * len(groups[word])) + rest
        else:
            text += piece
    return text, parameters


def _above(name: str) -> list[str]:
    found = [name]
    while names.parent(found[-1]):
        found.append(names.parent(found[-1]))
    return found


def _standing(approvals: Sequence[StandingApproval], name: str) -> Iterator[Power]:
    for item in approvals:
        covers = any(p.covers(name) or p.covers(f"_acme-challenge.{name}") for p in item.names)
        if covers:
            yield Power(
                "write",
                "standing approval",
                f"{item.id} of {item.actor}: {', '.join(sorted(item.types))}",
                item.until,
                "take it out of the estate file",
            )


def _unknown(engine: Engine, name: str) -> Iterator[str]:
    if not engine.query(_HELD, (name,)):
        yield "records: no zone that is held in full says what is at the name"
    closed = {str(row[0]) for row in engine.query(_SEEN)}
    for kind, what in _UNSEEN.items():
        if kind == "ct" and engine.query(_COUNTED)[0][0]:
            continue
        if kind not in closed:
            yield what


def as_document(found: Residual) -> dict[str, Any]:
    """Return it as plain values, for JSON."""
    return {
        "name": found.name,
        "powers": [
            {
                "may": power.may,
                "kind": power.kind,
                "through": power.through,
                "until": power.until,
                "owner": power.owner,
                "outside": power.outside,
                "certain": power.certain,
                "ends_by": power.ends_by,
            }
            for power in found.powers
        ],
        "unknown": list(found.unknown),
    }
