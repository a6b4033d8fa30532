"""The narrow engine's database: tables, links and rules made once, so that all stay prepared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trustpath.base.errors import RuleError
from trustpath.facts.links import Link, in_order
from trustpath.rules.rule import Rule
from trustpath.store.columns import Columns, Shapes
from trustpath.store.cone_reader import CUT_RELATIONS, ConeReader
from trustpath.store.held import NOTHING, Held, Table
from trustpath.store.parts import DEFINITION, PartRows, insert_parts
from trustpath.store.required import required
from trustpath.store.snapshot import PART_COLUMNS, RELATIONS
from trustpath.store.sqlite_judge import only_reading

MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Made:
    """A link or rule ready to run.

    Its statement, what it reads and the tables of that, what it gives nothing without: of each
    clause something must have rows (facts first, which cost nothing to look at). All that it stands
    on, and above how many links; ``moves``: with time.
    """

    name: str
    sql: str
    needs: tuple[str, ...]
    reads: Reads
    tables: tuple[Table, ...]
    required: tuple[tuple[str, ...], ...]
    depends: frozenset[str]
    depth: int
    moves: bool


_MOMENTS = ("now", "as_of", "history_since")
_MOVING = {0, 1}
"""Places of what is another at a later instant."""
_NO_LOOK = -1

Reads = tuple[tuple[str, int | None], ...]
"""Relations and links with the number of the look that is taken at them; None: at all columns."""


class Prepared:
    """Empty tables for facts and links, and the statements over them; raises RuleError."""

    def __init__(
        self, reader: ConeReader, parts: PartRows, rules: Sequence[Rule], extra: frozenset[str]
    ) -> None:
        self._reader = reader
        self.database = sqlite3.connect(
            ":memory:", isolation_level=None, cached_statements=4096, check_same_thread=False
        )
        self.database.execute("PRAGMA journal_mode = OFF")
        # Else each table that a statement needs in between takes and frees a page cache of its own,
        # which costs many times what is done with so few rows.
        self.database.execute("PRAGMA temp_store = MEMORY")
        self.database.execute(f"CREATE TABLE part ({DEFINITION})")
        insert_parts(self.database, parts)
        self.database.execute(
            f"CREATE TABLE {MOMENT} ({', '.join(f'{name} BIGINT' for name in _MOMENTS)})"
        )
        self.tables = {MOMENT: Table(self.database, MOMENT)}
        self._shapes = Shapes()
        self.looks: list[tuple[int, ...]] = []
        """The columns of a relation that somebody reads, by number."""
        self._numbers: dict[tuple[str, tuple[int, ...]], int] = {}
        self._shapes.add(MOMENT, _MOMENTS)
        self._shapes.add("part", (name for name, _kind in PART_COLUMNS))
        self.resident: dict[str, Held] = {}
        """The relations that are whole in every cone."""
        wanted = extra.union(*(rule.needs for rule in rules))
        links = list(in_order(wanted))
        self._relations(set(wanted).union(*(link.needs for link in links)) & RELATIONS.keys())
        self.links: dict[str, Made] = {}
        for link in links:
            self.links[link.name] = self._link(link)
        self.rules = [(rule, self._rule(rule)) for rule in rules]
        # One transaction for good: else each write is one of its own.
        self.database.execute("BEGIN")

    def _relations(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            columns = self._reader.columns(name)
            types = RELATIONS[name].types
            listed = ", ".join(f'"{column}" {types.get(column, "")}' for column in columns)
            self.database.execute(f'CREATE TABLE "{name}" ({listed})')
            self._index(name, RELATIONS[name].indexes)
            self.tables[name] = Table(self.database, name)
            self._shapes.add(name, columns)
            if name not in CUT_RELATIONS:
                rows = set(self._reader.whole(name))
                self.resident[name] = Held(rows) if rows else NOTHING

    def _link(self, link: Link) -> Made:
        self.database.execute(f'CREATE TABLE "{link.name}" AS SELECT * FROM ({link.sql}) LIMIT 0')
        self._index(link.name, link.indexes)
        made = self._made(link.name, link.sql, link.needs)
        table = self.tables[link.name] = Table(self.database, link.name)
        self._shapes.add(link.name, table.columns)
        return made

    def _rule(self, rule: Rule) -> Made:
        self.database.set_authorizer(only_reading)
        try:
            self.database.execute(f"EXPLAIN {rule.sql}").close()
        except sqlite3.Error as error:
            raise RuleError(
                f"{rule.id}: SQLite refuses the SELECT: {error}", where=rule.where
            ) from error
        finally:
            self.database.set_authorizer(None)
        return self._made(rule.id, rule.sql, rule.needs)

    def _made(self, name: str, sql: str, names: frozenset[str]) -> Made:
        """Return a link or rule with all that it stands on."""
        needs = self.ours(names)
        links = [self.links[need] for need in needs if need in self.links]
        below = frozenset(needs).union(*(link.depends for link in links))
        clauses = [
            tuple(sorted(clause, key=lambda need: (need in self.links, need)))
            for clause in required(sql)
            if clause <= self.tables.keys()
        ]
        clauses.sort(key=lambda clause: (clause[-1] in self.links, clause))
        reads = self.reads(sql, needs)
        return Made(
            name,
            sql,
            needs,
            reads,
            tuple(self.tables[need] for need in needs),
            tuple(clauses),
            below,
            1 + max((link.depth for link in links), default=0),
            any(link.moves for link in links) or self._of_time(reads),
        )

    def reads(self, sql: str, needs: Iterable[str], parameters: int = 0) -> Reads:
        """Return what a SELECT reads of relations; one that SQLite does not name counts whole."""
        read = self._shapes.read(sql, parameters)
        return tuple((need, self._look(need, read.get(need))) for need in needs)

    def _look(self, name: str, columns: Columns) -> int | None:
        if columns is None:
            return None
        look = self._numbers.setdefault((name, columns), len(self.looks))
        if look == len(self.looks):
            self.looks.append(columns)
        return look

    def _of_time(self, reads: Reads) -> bool:
        look = dict(reads).get(MOMENT, _NO_LOOK)
        return look is None or (look != _NO_LOOK and not _MOVING.isdisjoint(self.looks[look]))

    def ours(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return which of the names are tables whose rows may change."""
        return tuple(sorted(name for name in names if name in self.tables))

    def close(self) -> None:
        """Forget everything."""
        self.database.close()
        self._shapes.close()

    def _index(self, name: str, indexes: Sequence[Sequence[str]]) -> None:
        for number, columns in enumerate(indexes):
            listed = ", ".join(f'"{column}"' for column in columns)
            self.database.execute(f'CREATE INDEX "ix_{name}_{number}" ON "{name}" ({listed})')
