"""Tables of ownership: separators, byte order marks, bad rows one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.clock import FixedClock, parse_instant
from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.connectors.ownership_csv import make
from trustpath.connectors.ownership_csv.table import read_table
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.declaration import Owner, OwnerContact, Ownership
from trustpath.facts.source import Context, SourceSpec


def collect(folder: Path, **options: Any) -> list[Part]:
    spec = SourceSpec("sheet", "csv", options, folder, "estate.yaml:9")
    return list(make(spec, Context(FixedClock(1000))).collect())


WEB = Ownership("zone", "example.com", "example.com", "subtree", "web", None)


@pytest.mark.parametrize(
    "data",
    [
        b"kind,pattern,owner\nzone,example.com,web\n",
        b"\xef\xbb\xbfkind;pattern;owner\r\nzone;example.com;web\r\n",
        b"Owner\tKind\tPattern\nweb\tzone\tExample.COM.\n".replace(b"Example.COM.", b"example.com"),
        b"# a comment\n\nkind,pattern,owner\n\n# more\nzone,example.com,web",
        b'"kind","pattern","owner"\r"zone","example.com","web"\r',
        b"kind,pattern,owner,\nzone , example.com , web,\n,,,\n",
    ],
)
def test_one_row_however_it_is_written(data: bytes) -> None:
    table = read_table(data, "t.csv")
    assert table.problems == []
    assert list(table.facts()) == [WEB]


def test_contacts_and_attestation() -> None:
    table = read_table(
        b"kind,pattern,owner,contact,attested\n"
        b"zone,example.com,web,web@example.com,2026-10-01\n"
        b"name,*.example.com,web,tel:+1-555-0100,\n"
        b"record,=a.example.com,dns,,\n",
        "t.csv",
    )
    assert list(table.facts()) == [
        WEB._replace(attested_at=parse_instant("2026-10-01")),
        Ownership("name", "*.example.com", "example.com", "below", "web", None),
        Ownership("record", "=a.example.com", "a.example.com", "exact", "dns", None),
        Owner("web", "team", True, 2, None, None, None),
        OwnerContact("web", "mailto:web@example.com"),
        OwnerContact("web", "tel:+1-555-0100"),
    ]


def test_each_bad_row_is_a_problem_with_its_line_and_the_rest_stays() -> None:
    bad = [
        b"zone,,web",
        b"host,a.example,web",
        b"zone,a..b,web",
        b"zone,a.example,web,not a contact",
        b"zone,a.example,web,,yesterday",
        b"zone,a.example,web,,,extra",
        b'zone,"a.example"x,web',
        b"zone,\xff.example,web",
        b'zone,"never closed,web',
    ]
    lines = [b"kind,pattern,owner,contact,attested"]
    for row in bad:
        lines += [row, b"zone,example.com,web"]
    table = read_table(b"\n".join(lines), "t.csv")
    assert table.rows == [WEB] * len(bad)
    assert [problem.where for problem in table.problems] == [
        f"t.csv:{2 + 2 * index}" for index in range(len(bad))
    ]
    assert all(problem.message for problem in table.problems)


def test_a_quoted_cell_may_span_lines() -> None:
    table = read_table(
        b'kind,pattern,owner\n"zone","example.com","web\nteam"\nzone,b..,x\n', "t.csv"
    )
    assert [row.owner for row in table.rows] == ["web\nteam"]
    assert [problem.where for problem in table.problems] == ["t.csv:4"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"# only\n", "empty"),
        (b"zone,example.com,web\n", "column kind is missing"),
        (b"kind,pattern,owner,color\n", "unknown column 'color'"),
        (b"kind,pattern,owner,owner\n", "stands twice"),
        (b'kind,"pattern,owner\n', "not closed"),
    ],
)
def test_a_bad_header_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_table(data, "t.csv")


def test_very_many_problems_are_bounded() -> None:
    table = read_table(b"kind,pattern,owner\n" + b"x,y,z\n" * 5000, "t.csv")
    assert len(table.problems) == 1001
    assert "4000 more" in table.problems[-1].message


def test_parts(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_bytes(b"kind,pattern,owner\nzone,example.com,web\n")
    (tmp_path / "half.csv").write_bytes(b"kind,pattern,owner\nzone,example.com,web\nno\n")
    (tmp_path / "none.csv").write_bytes(b"nothing here\n")
    parts = collect(tmp_path, path="*.csv")
    assert [(part.name, part.coverage) for part in parts] == [
        ("good.csv", Coverage.FULL),
        ("half.csv", Coverage.PARTIAL),
        ("none.csv", Coverage.NONE),
    ]
    assert {part.grade for part in parts} == {Grade.DECLARATION}
    assert [len(list(part.facts)) for part in parts] == [1, 1, 0]
    assert parts[1].problems[0].where == "half.csv:3"
    assert [part.name for part in collect(tmp_path, path=".")] == [part.name for part in parts]
    assert [part.name for part in collect(tmp_path, path="good.csv")] == ["good.csv"]


def test_missing_files_and_wrong_options(tmp_path: Path) -> None:
    for path in ("nothing.csv", "*.csv", "/abs/*.csv", "a\0b"):
        with pytest.raises(SourceError):
            collect(tmp_path, path=path)
    with pytest.raises(EstateError, match="unknown option"):
        collect(tmp_path, path="x", sep=";")
    with pytest.raises(EstateError, match="no path"):
        collect(tmp_path)


@given(st.binary(max_size=200))
def test_any_octets_after_a_header_give_rows_or_problems(data: bytes) -> None:
    table = read_table(b"kind,pattern,owner\nzone,example.com,web\n" + data, "t.csv")
    assert table.rows[:1] == [WEB]


@given(st.text(max_size=100))
def test_any_text_is_a_table_or_an_input_error(text: str) -> None:
    try:
        read_table(text.encode("utf-8", "surrogatepass"), "t.csv")
    except InputError as error:
        assert error.message  # noqa: PT017
