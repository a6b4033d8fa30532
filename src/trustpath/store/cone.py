"""Cutting a cone out of the store: the rows that judging a change needs, and no others.

``facts.reach`` says which rows those are; here they are read, level by level, over indexes that
are made on first use and stay in the store.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts import schema
from trustpath.facts.edits import Key, RecordSet, record_set
from trustpath.facts.reach import (
    AFFECTED,
    CERTIFICATE,
    CONTEXT,
    CUTS,
    LEADS,
    NAME,
    SUPPORT,
    Cut,
)
from trustpath.store.snapshot import RELATIONS

Row = tuple[object, ...]
Rows = dict[str, set[Row]]
"""Rows of a world by relation."""

RRSET = schema.BY_NAME["rrset"]
_COLUMNS = [column.name for column in RRSET.columns]
_NAME, _TYPE, _RNAME = (_COLUMNS.index(c) for c in ("name", "type", "rname"))

CUT_RELATIONS = frozenset(cut.relation for cut in CUTS) | {"rrset"}
"""Relations that a cone holds in part; all others are whole in it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A cut made ready: its SELECT, and where the keys that it leads to stand in its rows.

    ``leads``: (column, kind, the level to give for each level of the key that cut the row out).
    """

    cut: Cut
    sql: str
    leads: tuple[tuple[int, str, tuple[int | None, ...]], ...]


class Cone:
    """The rows in reach of some keys, growing as keys are added."""

    def __init__(self, reader: ConeReader, edits: int = 0) -> None:
        self.rows: Rows = defaultdict(set)
        self._reader = reader
        self._spare = edits + 1  # as many may be gone after the change
        self._done: dict[str, dict[object, int]] = defaultdict(dict)
        self._next: dict[str, dict[object, int]] = defaultdict(dict)
        self._types: dict[str, set[str]] = defaultdict(set)

    def add(self, kind: str, key: object, level: int) -> None:
        """Bring a key into reach, with what is above and beside it if it is a name."""
        if key is None or key == "" or self._done[kind].get(key, CONTEXT + 1) <= level:
            return
        if self._next[kind].get(key, CONTEXT + 1) <= level:
            return
        self._next[kind][key] = level
        if kind != NAME:
            return
        name = str(key)
        while "." in name:
            name = names.parent(name)
            known = self._done[NAME]
            for near in (name, f"*.{name}"):
                if near not in known:
                    self._next[NAME].setdefault(near, CONTEXT)

    def put(self, relation: str, rows: Iterable[Row], level: int) -> None:
        """Take rows that are proposed and follow where they lead."""
        for row in rows:
            self._follow(relation, row, level)
            if relation == "rrset":
                self._types[str(row[_NAME])].add(str(row[_TYPE]))

    def _follow(self, relation: str, row: Row, level: int) -> None:
        for column, kind, levels in self._reader.leads(relation):
            to = levels[level]
            if to is not None:
                self.add(kind, row[column], to)

    def keys(self, kind: str, level: int) -> set[object]:
        """Return the keys of a kind within a level."""
        return {key for key, at in self._done[kind].items() if at <= level}

    def grow(self) -> None:
        """Read until nothing new is in reach."""
        while any(self._next.values()):
            frontier, self._next = self._next, defaultdict(dict)
            for kind, keys in frontier.items():
                fresh = {
                    key: level
                    for key, level in keys.items()
                    if self._done[kind].get(key, CONTEXT + 1) > level
                }
                if fresh:
                    self._read(kind, fresh)

    def _read(self, kind: str, keys: Mapping[object, int]) -> None:
        known = self._done[kind]
        before = {key: known.get(key, CONTEXT + 1) for key in keys}
        known.update(keys)
        if kind == NAME:
            self._rrsets(keys, before)
            self._below(keys)
        for step in self._reader.steps(kind):
            for level in range(step.cut.level + 1):
                wanted = [
                    key
                    for key, at in keys.items()
                    if at == level and before[key] > step.cut.level and self._has(step, key)
                ]
                if wanted:
                    self._take(step, wanted, level)
            again = [k for k, at in keys.items() if at < before[k] <= step.cut.level]
            if again and step.leads:
                self._lead_again(step, again, keys)

    def _has(self, step: _Step, key: object) -> bool:
        return not step.cut.types or not self._types.get(str(key), set()).isdisjoint(step.cut.types)

    def _take(self, step: _Step, wanted: list[object], level: int) -> None:
        rows = self._reader.fetch(step.sql, wanted)
        self.rows[step.cut.relation].update(rows)
        for column, kind, levels in step.leads:
            to = levels[level]
            if to is not None:
                for row in rows:
                    self.add(kind, row[column], to)

    def _lead_again(self, step: _Step, keys: list[object], levels: Mapping[object, int]) -> None:
        """Follow known rows once more for keys that came nearer."""
        for key in keys:
            if self._has(step, key):
                for row in self._reader.fetch(step.sql, [key]):
                    self._follow(step.cut.relation, row, levels[key])

    def _rrsets(self, keys: Mapping[object, int], before: Mapping[object, int]) -> None:
        fresh = [key for key in keys if before[key] > CONTEXT]
        rows = self._reader.fetch(self._reader.rrset_by_name, fresh)
        self.rows["rrset"].update(rows)
        for row in rows:
            self._types[str(row[_NAME])].add(str(row[_TYPE]))

    def _below(self, keys: Mapping[object, int]) -> None:
        """Bring in the underscore names of each name, and names below one that owns nothing.

        They tell whether it is an empty non-terminal (RFC 4592 2.2.2).
        """
        for key, level in keys.items():
            name = str(key)
            if name.startswith("*"):
                continue
            rname = names.reverse(name)
            if level <= SUPPORT:
                for row in self._reader.range(f"{rname}._", f"{rname}.`"):
                    self.add(NAME, row[_NAME], CONTEXT)
                if f"_mta-sts.{name}" in self._next[NAME]:
                    self.add(NAME, f"mta-sts.{name}", SUPPORT)
            if level == AFFECTED or name not in self._types:
                self.rows["rrset"].update(self._reader.some_below(rname, self._spare))


class ConeReader:
    """Reads cones out of a store at one snapshot; ``part`` is a temporary table of it."""

    def __init__(self, connection: sqlite3.Connection, as_of: int) -> None:
        self._connection = connection
        self._as_of = as_of
        held = {name for name in RELATIONS if self._holds(name)}
        self._leads = {name: tuple(_leads(name)) for name in CUT_RELATIONS}
        self._steps: dict[str, tuple[_Step, ...]] = {}
        cuts: dict[str, list[_Step]] = defaultdict(list)
        for cut in CUTS:
            if cut.relation in held:
                self._index(cut.relation, cut.column)
                cuts[cut.kind].append(self._step(cut))
        self._steps = {kind: tuple(steps) for kind, steps in cuts.items()}
        for column in ("name", "rname"):
            self._index("rrset", column)
        self._index("rdata", "target")
        self._index("certificate_name", "rname")
        self.rrset_by_name = self._select("rrset", "name")
        self._range = RELATIONS["rrset"].select(as_of, only="f.rname >= ? AND f.rname < ?")
        self._some = self._range + " LIMIT ?"

    def steps(self, kind: str) -> tuple[_Step, ...]:
        """Return the cuts of a kind of key."""
        return self._steps.get(kind, ())

    def leads(self, relation: str) -> tuple[tuple[int, str, tuple[int | None, ...]], ...]:
        """Return where rows of a relation lead."""
        return self._leads.get(relation, ())

    def fetch(self, sql: str, keys: list[object]) -> list[Row]:
        """Run a SELECT of ``_select`` for keys."""
        return self._connection.execute(sql, (json.dumps(keys),)).fetchall() if keys else []

    def range(self, low: str, high: str) -> list[Row]:
        """Return the RRsets whose reversed owner name lies in [low, high)."""
        return self._connection.execute(self._range, (low, high)).fetchall()

    def some_below(self, rname: str, limit: int) -> list[Row]:
        """Return a few RRsets below a name, if there are any."""
        return self._connection.execute(self._some, (rname + ".", rname + "/", limit)).fetchall()

    def below(self, name: str) -> set[str]:
        """Return the names below a name that any fact in the store speaks of."""
        low, high = names.reverse(name) + ".", names.reverse(name) + "/"
        found = {str(row[_NAME]) for row in self.range(low, high)}
        for relation, column, key in (("certificate_name", "base", "rname"),):
            sql = f"SELECT DISTINCT {column} FROM fact_{relation} WHERE {key} >= ? AND {key} < ?"
            found.update(str(row[0]) for row in self._connection.execute(sql, (low, high)))
        suffix = f".{name}"
        for relation in ("service_name", "job_name", "ct_name"):
            sql = f"SELECT DISTINCT base FROM fact_{relation} WHERE substr(base, -?) = ?"
            found.update(
                str(row[0]) for row in self._connection.execute(sql, (len(suffix), suffix))
            )
        return found

    def leading_to(self, name: str) -> list[tuple[str, str]]:
        """Return (owner name, type) of the records whose target is that name."""
        rows = self._connection.execute(
            RELATIONS["rdata"].select(self._as_of, only="f.target = ?"), (name,)
        )
        return [(str(row[1]), str(row[2])) for row in rows]

    def names_of(self, kind: str, key: str) -> set[str]:
        """Return the base names of a certificate, a job or a service."""
        relation = f"{kind}_name"
        sql = self._select(relation, kind)
        at = [column.name for column in schema.BY_NAME[relation].columns].index("base")
        return {str(row[at]) for row in self.fetch(sql, [key])}

    def zone_of(self, name: str) -> str | None:
        """Return the apex of the closest zone at or above a name."""
        here = name
        while here:
            if self.fetch(self._select("zone", "apex"), [here]):
                return here
            here = names.parent(here)
        return None

    def zone_content(self, zone: str) -> dict[Key, RecordSet]:
        """Return everything that a zone holds."""
        ttls = {
            (str(row[1]), str(row[2])): row[3]
            for row in self._connection.execute(
                RELATIONS["rrset"].select(self._as_of, only="f.zone = ?"), (zone,)
            )
        }
        texts: dict[Key, list[str]] = defaultdict(list)
        for row in self._connection.execute(
            RELATIONS["rdata"].select(self._as_of, only="f.zone = ?"), (zone,)
        ):
            texts[str(row[1]), str(row[2])].append(str(row[3]))
        return {key: record_set(ttl, texts[key]) for key, ttl in ttls.items()}

    def whole(self, relation: str) -> tuple[list[str], list[Row]]:
        """Return the columns and all rows of a relation that cones hold whole."""
        cursor = self._connection.execute(RELATIONS[relation].select(self._as_of))
        return [item[0] for item in cursor.description], cursor.fetchall()

    def columns(self, relation: str) -> list[str]:
        """Return the columns of a relation."""
        cursor = self._connection.execute(RELATIONS[relation].select(self._as_of) + " LIMIT 0")
        return [item[0] for item in cursor.description]

    def _step(self, cut: Cut) -> _Step:
        leads = tuple(_leads(cut.relation))
        return _Step(cut, self._select(cut.relation, cut.column, cut.only), leads)

    def _select(self, relation: str, column: str, only: str = "") -> str:
        stored = _STORED.get((relation, column), column)
        condition = f'f."{stored}" IN (SELECT value FROM json_each(?))'
        if only:
            condition += f" AND {only}"
        return RELATIONS[relation].select(self._as_of, only=condition)

    def _holds(self, relation: str) -> bool:
        table = _table(relation)
        return bool(
            self._connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]
        )

    def _index(self, relation: str, column: str) -> None:
        stored = _STORED.get((relation, column), column)
        table = _table(relation)
        for each in ("fact_mail_policy", "fact_mail_policy_host") if "(" in table else (table,):
            self._connection.execute(
                f'CREATE INDEX IF NOT EXISTS "cut_{each}_{stored}" ON {each} ("{stored}")'
            )


# Relations made from another's rows: the table behind them, and a column's name there.
_BEHIND = {
    "certificate_history": "certificate",
    "service_name_history": "service_name",
    "mail_policy_history": "mail_policy",
}
_STORED = {("certificate_history", "certificate"): "fingerprint"}


def _table(relation: str) -> str:
    base = _BEHIND.get(relation, relation)
    for suffix in ("_history", "_part", "_copy"):
        base = base.removesuffix(suffix) if relation not in schema.BY_NAME else base
    return f"fact_{base}"


def _leads(relation: str) -> Iterator[tuple[int, str, tuple[int | None, ...]]]:
    table = schema.BY_NAME.get(relation)
    if table is None:
        return
    columns = [column.name for column in table.columns]
    grouped: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for lead in LEADS:
        if lead.relation == relation:
            grouped[columns.index(lead.column), lead.kind].append((lead.level, lead.to))
    for (column, kind), steps in grouped.items():
        steps.sort()
        levels = tuple(
            next((to for level, to in steps if at <= level), None)
            for at in (AFFECTED, SUPPORT, CONTEXT)
        )
        yield column, kind, levels


__all__ = ["CERTIFICATE", "CUT_RELATIONS", "Cone", "ConeReader", "Row", "Rows"]
