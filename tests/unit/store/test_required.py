"""What a SELECT cannot do without, read from its text, and whether that is so."""

from __future__ import annotations

import pytest

from trustpath.facts.links import all_links
from trustpath.store.required import required


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT a FROM x", "x"),
        ("SELECT a FROM x JOIN y ON TRUE LEFT JOIN z ON TRUE CROSS JOIN w", "x y w"),
        ("SELECT a FROM x LEFT JOIN y ON TRUE JOIN z ON TRUE WHERE a IN (SELECT b FROM v)", "x z"),
        ("SELECT a FROM (SELECT b, MIN(c) FROM x GROUP BY b) AS t JOIN y ON TRUE", "x y"),
        ("SELECT COUNT(*) FROM x", ""),
        ("SELECT COALESCE(MAX(a), 0) FROM x", ""),
        ("SELECT b, MAX(a) FROM x GROUP BY b", "x"),
        ("SELECT a FROM x JOIN (SELECT COUNT(*) AS n FROM y) AS t ON TRUE", "x"),
        ("SELECT a, (SELECT MAX(b) FROM y) FROM x", "x"),
        ("SELECT a FROM x UNION SELECT a FROM y", "x|y"),
        ("SELECT a FROM x JOIN v ON TRUE UNION SELECT a FROM y", "x|y v|y"),
        ("WITH t AS (SELECT a FROM x UNION SELECT a FROM y) SELECT a FROM t JOIN x ON TRUE", "x x|y"),
        ("SELECT a FROM x UNION SELECT COUNT(*) FROM y", ""),
        ("SELECT a FROM x JOIN z ON TRUE UNION ALL SELECT a FROM y JOIN z ON TRUE", "z x|y"),
        ("SELECT a FROM x EXCEPT SELECT a FROM y", ""),
        ("WITH t AS (SELECT a FROM x), u AS (SELECT a FROM t JOIN y ON TRUE) SELECT a FROM u", "x y"),
        ("WITH t AS (SELECT a FROM x) SELECT a FROM y LEFT JOIN t ON TRUE", "y"),
        ("WITH RECURSIVE t(a) AS (SELECT a FROM x UNION SELECT b FROM t JOIN y ON TRUE) SELECT a FROM t", "x"),
        ("WITH RECURSIVE t(a) AS (SELECT 1 UNION SELECT a + 1 FROM t) SELECT a FROM t JOIN y ON TRUE", "y"),
        ("SELECT a FROM x RIGHT JOIN y ON TRUE", ""),
        ("SELECT 'FROM z' AS a FROM \"x\" -- JOIN w\n", "x"),
        ("SELECT a FROM x, y", "x y"),
    ],
)  # fmt: skip
def test_what_a_select_requires(sql: str, wanted: str) -> None:
    """Words are clauses; of what a bar separates one is enough."""
    assert required(sql) == {frozenset(clause.split("|")) for clause in wanted.split()}


def test_most_links_require_something() -> None:
    links = all_links()
    found = {name: required(link.sql) for name, link in links.items()}
    assert all(frozenset().union(*needs) <= links[name].needs for name, needs in found.items())
    assert sum(map(bool, found.values())) > len(found) // 2
