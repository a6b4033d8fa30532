"""How a world's short notation becomes column values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from trustpath.base.clock import parse_duration, parse_instant
from trustpath.base.errors import RuleError
from trustpath.facts import schema
from trustpath.facts.relations import Fact

_ZERO: dict[str, object] = {"TEXT": "", "BIGINT": 0, "BOOLEAN": False}


def instant(value: Any, now: int, where: str) -> int | None:
    """Return seconds for ``+30d``, ``-1h``, ``now``, a timestamp or a plain number."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, datetime.datetime | datetime.date):
        return parse_instant(value.isoformat(), where=where)
    text = str(value).strip()
    if text == "now":
        return now
    if text[:1] in "+-":
        offset = parse_duration(text[1:], where=where)
        return now + offset if text[0] == "+" else now - offset
    return parse_instant(text, where=where)


def row(relation: str, given: Mapping[str, Any], now: int, where: str) -> Fact:
    """Make a row of a relation; columns left out are NULL, or empty where NULL is not allowed."""
    table = schema.BY_NAME.get(relation)
    if table is None:
        raise RuleError(f"there is no relation {relation!r}", where=where)
    known = {column.name: column for column in table.columns}
    for name in given:
        if name not in known:
            raise RuleError(
                f"{relation} has no column {name!r}", where=where, hint=", ".join(known)
            )
    values = []
    for name, column in known.items():
        value = given.get(name, None if column.nullable else _ZERO[column.type])
        if column.type == "BIGINT" and isinstance(value, str | datetime.date):
            value = instant(value, now, where)
        values.append(value)
    made: Fact = table.relation(*values)
    return made
