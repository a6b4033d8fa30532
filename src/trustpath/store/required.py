"""Which relations must have rows for a SELECT to give any: what is empty need not be asked."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"--[^\n]*")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|[^\w\s]")
_AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "TOTAL", "GROUP_CONCAT"})
_ALONE = frozenset({"WITH", "UNION", "EXCEPT", "INTERSECT", "VALUES"})


def required(sql: str) -> frozenset[str]:
    """Return relations without whose rows the SELECT gives none; a cautious subset of them.

    Only names after FROM and inner JOIN at the outermost level count. Empty for what has table
    expressions or set operations, and for an aggregate without GROUP BY, which gives a row always.
    """
    tokens = _outermost(sql)
    words = [word.upper() for word in tokens]
    if not _ALONE.isdisjoint(words):
        return frozenset()
    if "GROUP" not in words and not _AGGREGATES.isdisjoint(words):
        return frozenset()
    found = set()
    for index, word in enumerate(words[:-1]):
        if word not in ("FROM", "JOIN") or tokens[index + 1] == "(":
            continue
        if word == "JOIN" and words[index - 1] in ("LEFT", "RIGHT", "FULL", "OUTER"):
            continue
        found.add(tokens[index + 1].strip('"').lower())
    return frozenset(found)


def _outermost(sql: str) -> list[str]:
    depth = 0
    kept = []
    for word in _TOKEN.findall(_COMMENT.sub("", sql)):
        depth -= word == ")"
        if depth == 0 and word != ")":
            kept.append(word)
        depth += word == "("
    return kept
