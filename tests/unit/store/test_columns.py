"""Which columns a SELECT reads, and when rows look the same in them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from trustpath.store.columns import Columns, Shapes
from trustpath.store.held import Held


@pytest.fixture
def shapes() -> Shapes:
    found = Shapes()
    found.add("x", ["a", "b", "c"])
    found.add("y", ["a", "d"])
    found.add("y2", ["a"])
    return found


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT a FROM x WHERE b = 1", {"x": (0, 1)}),
        ("SELECT * FROM x", {"x": None}),
        ("SELECT COUNT(*) FROM x", {"x": ()}),
        ("SELECT 1 FROM y WHERE EXISTS (SELECT 1 FROM x WHERE x.c = y.d)", {"x": (2,), "y": (1,)}),
        ("WITH t AS (SELECT a, b FROM x) SELECT t.a FROM t ORDER BY t.b", {"x": (0, 1)}),
        ("SELECT rowid FROM x", {"x": None}),
        ("SELECT x.a FROM x WHERE x.a IN y2", {"x": (0,), "y2": None}),
        ("SELECT d FROM x JOIN y USING (a)", {"x": None, "y": None}),
        ("SELECT d FROM x NATURAL JOIN y", {"x": None, "y": None}),
        ("SELECT A FROM X", {"x": (0,)}),
    ],
)
def test_columns_that_a_select_reads(
    shapes: Shapes, sql: str, wanted: Mapping[str, Columns]
) -> None:
    read = shapes.read(sql)
    assert {name: read.get(name) for name in wanted} == wanted


def test_rows_look_the_same_in_columns_however_often_each() -> None:
    one = Held([("a", 1), ("a", 2), ("b", 3)])
    assert one.alike(Held([("a", 7), ("b", 8), ("a", 9)]), (0,))
    assert not one.alike(Held([("a", 7), ("b", 8), ("b", 9)]), (0,))
    assert not one.alike(Held([("a", 1), ("a", 2), ("b", 4)]), (0, 1))
    assert one.alike(Held([("x", 0)] * 3), ())
    assert not one.alike(Held([("a", 1), ("b", 3)]), ())
    assert Held([("a", 1), ("a", 1), ("b", 1)]).alike(Held([("a", 2), ("a", 2), ("b", 2)]), (0,))
    assert not Held([("a", 1), ("a", 1), ("b", 1)]).alike(
        Held([("a", 1), ("b", 1), ("b", 1)]), (0,)
    )
