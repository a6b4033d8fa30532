"""The tables of consent as values: rows for records, events, tiers and waits (standards G)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from trustpath.base.clock import parse_duration
from trustpath.base.documents import load_yaml
from trustpath.base.errors import InputError

ROLES = ("record", "zone", "mail", "certificate", "service", "pki")
"""The roles that consent, in the order in which they are named."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of standards G.1 or G.2: whom it fits, who consents, what is looked at.

    ``types`` is empty where any type fits, ``kind`` empty for records. ``conditional`` maps a
    word to roles that consent where it is true of the change. ``neutral`` says why nobody is asked.
    """

    id: str
    source: str
    says: str
    kind: str
    types: frozenset[str]
    words: frozenset[str]
    approve: tuple[str, ...]
    conditional: Mapping[str, tuple[str, ...]]
    below: bool
    alone: bool
    single: bool
    neutral: str
    validate: tuple[str, ...]
    waits: tuple[str, ...]

    def fits(self, kind: str, words: frozenset[str]) -> bool:
        """Say whether the row speaks of a change of that type or kind with those words."""
        wanted = not self.kind or self.kind == kind
        return wanted and (not self.types or kind in self.types) and self.words <= words


@dataclass(frozen=True, slots=True)
class EmergencyTerms:
    """How a tier lets a change through without its consents (standards G.5); ``days`` to review."""

    before: int
    review: int
    teams: int
    days: int
    working: bool
    rollback: bool
    freeze: bool
    who: str
    then: str


@dataclass(frozen=True, slots=True)
class Tier:
    """What a tier asks beyond the rows (standards G.5)."""

    name: str
    sides: tuple[frozenset[str], ...]
    default: tuple[str, ...]
    pki_flags: frozenset[str]
    pki_except: frozenset[str]
    pki_words: frozenset[str]
    people: int
    merge: bool
    pattern: bool
    notice: bool
    emergency: EmergencyTerms


@dataclass(frozen=True, slots=True)
class Formula:
    """``times * (longest of some terms + sum of others)``, in seconds (standards G.3).

    ``before`` marks a wait that precedes the change and names the RRset that it counts from, with
    ``{name}`` and ``{type}`` of the edit. ``when`` is a word that must be true of the edit, ``new``
    the formula that takes its place for an RRset that did not exist, ``leaving`` for one that goes.
    """

    name: str
    longest: tuple[str, ...]
    plus: tuple[str, ...]
    times: int
    until: str
    before: str | None
    when: str | None
    new: str | None
    leaving: str | None


@cache
def _file(name: str) -> Any:
    content = resources.files(__package__ or "").joinpath(name).read_bytes()
    return load_yaml(content, name)[0]


def _checked(entry: Mapping[str, Any], allowed: Sequence[str], where: str) -> Mapping[str, Any]:
    odd = sorted(set(entry) - set(allowed))
    if odd:
        raise InputError(f"unknown keys {', '.join(odd)}", where=where)
    return entry


_KEYS = (
    "id", "source", "says", "kind", "types", "all", "approve", "if", "reach", "alone", "single",
    "neutral", "validate", "waits",
)  # fmt: skip


def _row(entry: Mapping[str, Any], file: str) -> Row:
    where = f"{file}: {entry.get('id')}"
    _checked(entry, _KEYS, where)
    conditional = {word: tuple(roles) for word, roles in (entry.get("if") or {}).items()}
    named = {*entry["approve"], *(role for roles in conditional.values() for role in roles)}
    if not named <= set(ROLES):
        raise InputError(f"unknown roles {sorted(named - set(ROLES))}", where=where)
    return Row(
        entry["id"],
        entry["source"],
        entry["says"],
        entry.get("kind", ""),
        frozenset(entry.get("types", ())),
        frozenset(entry.get("all", ())),
        tuple(entry["approve"]),
        conditional,
        entry.get("reach") == "below",
        entry.get("alone", False),
        entry.get("single", False),
        entry.get("neutral", ""),
        tuple(entry.get("validate", ())),
        tuple(entry.get("waits", ())),
    )


@cache
def record_rows() -> tuple[Row, ...]:
    """Return the rows for changes of records, in the order in which they are tried."""
    return tuple(_row(entry, "records.yaml") for entry in _file("records.yaml"))


@cache
def event_rows() -> tuple[Row, ...]:
    """Return the rows for certificate events, in the order in which they are tried."""
    return tuple(_row(entry, "events.yaml") for entry in _file("events.yaml"))


@cache
def tiers() -> Mapping[str, Tier]:
    """Return the tiers by name."""
    return {name: _tier(name, entry) for name, entry in _file("tiers.yaml").items()}


def _tier(name: str, entry: Mapping[str, Any]) -> Tier:
    allowed = ("sides", "pki", "people", "merge", "pattern", "notice", "emergency")
    _checked(entry, allowed, f"tiers.yaml: {name}")
    pki, terms = entry.get("pki") or {}, entry["emergency"]
    return Tier(
        name,
        tuple(frozenset(side) for side in entry["sides"]),
        tuple(side[0] for side in entry["sides"]),
        frozenset(pki.get("flags", "")),
        frozenset(pki.get("except", ())),
        frozenset(pki.get("words", ())),
        entry["people"],
        entry.get("merge", False),
        entry.get("pattern", False),
        entry.get("notice", False),
        EmergencyTerms(
            terms.get("before", 0),
            terms.get("review", 0),
            terms.get("teams", 0),
            terms.get("days", 0),
            terms.get("working", False),
            terms.get("rollback", False),
            terms.get("freeze", False),
            terms["who"],
            terms["then"],
        ),
    )


@cache
def formulas() -> Mapping[str, Formula]:
    """Return the wait formulas by name."""
    found = {name: _formula(name, entry) for name, entry in _file("waits.yaml").items()}
    for formula in found.values():
        for other in (formula.new, formula.leaving):
            if other is not None and other not in found:
                raise InputError(f"no formula {other!r}", where=f"waits.yaml: {formula.name}")
    return found


def _formula(name: str, entry: Mapping[str, Any]) -> Formula:
    allowed = ("longest", "plus", "times", "until", "before", "when", "new", "leaving")
    _checked(entry, allowed, f"waits.yaml: {name}")
    return Formula(
        name,
        tuple(entry.get("longest", ())),
        tuple(entry.get("plus", ())),
        entry.get("times", 1),
        entry["until"],
        entry.get("before"),
        entry.get("when"),
        entry.get("new"),
        entry.get("leaving"),
    )


def constant(term: str) -> int | None:
    """Return the seconds of a term that is a duration (``8h``), None for a symbol."""
    return parse_duration(term) if term[0].isdigit() else None


def row_of(kind: str, words: frozenset[str], rows: Sequence[Row]) -> Row:
    """Return the first row that fits; the last one of a table fits everything."""
    return next(row for row in rows if row.fits(kind, words))
