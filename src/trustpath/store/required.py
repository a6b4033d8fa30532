"""Which relations must have rows for a SELECT to give any: what is empty need not be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_COMMENT = re.compile(r"--[^\n]*")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|[^\w\s]")
_AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "TOTAL", "GROUP_CONCAT"})
_QUERY = frozenset({"SELECT", "WITH", "VALUES"})
_COMPOUND = frozenset({"UNION", "EXCEPT", "INTERSECT"})
_AFTER_FROM = frozenset({"WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT"})

_Nested = list["str | _Nested"]
"""Tokens of a level; what stands in parentheses is a level of its own."""

Clauses = frozenset[frozenset[str]]
"""Of each clause one relation at least must have rows."""

_Found = Clauses | None
"""None: only what a table expression says of itself, which needs its other SELECTs anyway."""

_NONE: Clauses = frozenset()
_WIDEST = 4
"""How many relations a clause has at most; a wider one is hardly ever empty."""


def required(sql: str) -> Clauses:
    """Return what must have rows for the SELECT to give any.

    Cautious: not all of it. Counted are relations after FROM and inner JOIN, in subqueries and
    table expressions there too; of a UNION something that each of its SELECTs needs. An aggregate
    without GROUP BY gives a row always.
    """
    tokens = iter(_TOKEN.findall(_COMMENT.sub("", sql)))
    return _query(list(_nested(tokens)), {}) or _NONE


def _nested(tokens: Iterator[str]) -> Iterator[str | _Nested]:
    for word in tokens:
        if word == ")":
            return
        yield list(_nested(tokens)) if word == "(" else word


def _word(token: str | _Nested) -> str:
    return token.upper() if isinstance(token, str) else ""


def _query(tokens: Sequence[str | _Nested], known: Mapping[str, _Found]) -> _Found:
    """Return what a query needs; ``known`` has what the table expressions around it need."""
    tables = dict(known)
    place = 0
    if _word(tokens[0]) == "WITH":
        place = 2 if _word(tokens[1]) == "RECURSIVE" else 1
        while _word(tokens[place]) != "SELECT":
            place = _expression(tokens, place, tables)
    found: _Found = None
    start = place
    for end in range(place, len(tokens) + 1):
        word = _word(tokens[end]) if end < len(tokens) else "UNION"
        if word in _COMPOUND:
            needs = _select([t for t in tokens[start:end] if _word(t) != "ALL"], tables)
            found = needs if found is None else found if needs is None else _either(found, needs)
            if word != "UNION":
                return _NONE
            start = end + 1
    return found


def _expression(tokens: Sequence[str | _Nested], place: int, tables: dict[str, _Found]) -> int:
    """Read a table expression, ``name (columns) AS (query)``; returns where it ends."""
    name = _name(tokens[place])
    while _word(tokens[place]) != "AS":
        place += 1
    body = next(token for token in tokens[place:] if isinstance(token, list))
    tables[name] = None
    tables[name] = _query(body, tables) or _NONE
    while tokens[place] is not body:
        place += 1
    return place + 2 if tokens[place + 1] == "," else place + 1


def _either(some: Clauses, others: Clauses) -> Clauses:
    """Return what must have rows where one of two queries gives some; the narrowest clauses."""
    both = {one | other for one in some for other in others if len(one | other) <= _WIDEST}
    return frozenset(one for one in both if not any(other < one for other in both))


def _select(tokens: Sequence[str | _Nested], tables: Mapping[str, _Found]) -> _Found:
    words = [_word(token) for token in tokens]
    if "FROM" not in words or "RIGHT" in words or "FULL" in words:
        return _NONE
    begin = words.index("FROM") + 1
    one = "HAVING" in words or not _AGGREGATES.isdisjoint(_flat(tokens[:begin]))
    if one and "GROUP" not in words:
        return _NONE
    end = next((i for i in range(begin, len(words)) if words[i] in _AFTER_FROM), len(words))
    found: set[frozenset[str]] = set()
    for place in range(begin, end):
        if place > begin and words[place - 1] not in ("JOIN", ","):
            continue
        if place > begin and words[place - 2] in ("LEFT", "OUTER"):
            continue
        needs = _table(tokens[place], tables)
        if needs is None:
            return None
        found |= needs
    return frozenset(found)


def _table(token: str | _Nested, tables: Mapping[str, _Found]) -> _Found:
    if isinstance(token, str):
        name = _name(token)
        return tables[name] if name in tables else frozenset({frozenset({name})})
    return _query(token, tables) if _word(token[0]) in _QUERY else _NONE


def _name(token: str | _Nested) -> str:
    return str(token).strip('"').lower()


def _flat(tokens: Sequence[str | _Nested]) -> Iterator[str]:
    """Yield the words of an expression, without those of subqueries in it."""
    for token in tokens:
        if isinstance(token, str):
            yield token.upper()
        elif token and _word(token[0]) not in _QUERY:
            yield from _flat(token)
