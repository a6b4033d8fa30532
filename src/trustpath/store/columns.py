"""Which columns of its relations a SELECT reads, as SQLite itself says when it prepares it."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping

Columns = tuple[int, ...] | None
"""Places of columns in a row; None: all of them."""

_UNTOLD = re.compile(r"\b(?:USING|NATURAL)\b", re.IGNORECASE)
"""What is joined by equal names SQLite looks up without asking an authorizer."""


class Shapes:
    """The tables of a database without rows: preparing here leaves its own statements prepared."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._places: dict[str, dict[str, int]] = {}

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def add(self, name: str, columns: Iterable[str]) -> None:
        """Make a table known."""
        columns = list(columns)
        listed = ", ".join(f'"{column}"' for column in columns)
        self._database.execute(f'CREATE TABLE "{name}" ({listed})')
        self._places[name] = {column.lower(): place for place, column in enumerate(columns)}

    def read(self, sql: str, parameters: int = 0) -> Mapping[str, Columns]:
        """Return the columns that a SELECT reads, by table; a table that is not named has none.

        Raises sqlite3.Error where SQLite refuses the statement.
        """
        found: dict[str, set[int]] = defaultdict(set)

        def hear(action: int, table: str | None, column: str | None, *_rest: object) -> int:
            if action == sqlite3.SQLITE_READ and table in self._places:
                places = self._places[table]
                if column and column.lower() in places:
                    found[table].add(places[column.lower()])
                elif column:
                    found[table].update(places.values())
                else:  # only that there are rows, and how many
                    found[table].update()
            return sqlite3.SQLITE_OK

        self._database.set_authorizer(hear)
        try:
            self._database.execute(f"EXPLAIN {sql}", (None,) * parameters).close()
        finally:
            self._database.set_authorizer(None)
        everything = _UNTOLD.search(sql) is not None
        return {
            table: None
            if everything or len(places) == len(self._places[table])
            else tuple(sorted(places))
            for table, places in found.items()
        }
