"""The key ``writers`` of the estate file: what is read from it, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trustpath.base.errors import EstateError
from trustpath.facts.edits import RecordSet
from trustpath.facts.estate import build
from trustpath.facts.writer import WriterSpec, agrees

BASE = {"organisation": {"name": "Example"}}


def described(*writers: Any) -> tuple[WriterSpec, ...]:
    return build({**BASE, "writers": list(writers)}, Path("folder"), "estate.yaml").writers


def test_a_writer_keeps_its_options_as_written() -> None:
    tsig = {"name": "k", "secret": "env:K"}
    entry = {"id": "w", "kind": "rfc2136", "zones": ["Example.TEST."], "server": "192.0.2.1"}
    found = described({**entry, "tsig": tsig})
    options = {"server": "192.0.2.1", "tsig": tsig}
    assert found == (
        WriterSpec("w", "rfc2136", ("example.test",), options, Path("folder"), "estate.yaml"),
    )
    assert described() == ()


@pytest.mark.parametrize(
    ("writers", "told"),
    [
        ([{"id": "a", "kind": "rfc2136"}], "server is missing"),
        ([{"id": "a", "kind": "bind", "server": "192.0.2.1"}], "'bind' is not known here"),
        ([{"id": "a", "kind": "powerdns", "url": "http://127.0.0.1"}], "key is missing"),
        ([{"id": "a", "kind": "octodns", "class": "x.Y"}], "servers is missing"),
        (
            [{"id": "a", "kind": "rfc2136", "server": "192.0.2.1", "sever": 1}],
            "unknown key 'sever'",
        ),
        (
            [{"id": i, "kind": "rfc2136", "server": "192.0.2.1"} for i in "ab"],
            "every other zone is already written by a",
        ),
        (
            [
                {"id": i, "kind": "rfc2136", "server": "192.0.2.1", "zones": ["example.test"]}
                for i in "ab"
            ],
            "example.test is already written by a",
        ),
    ],
    ids=["server", "kind", "key", "servers", "unknown", "two-for-all", "two-for-one"],
)
def test_a_faulty_writer_is_told(writers: list[Any], told: str) -> None:
    with pytest.raises(EstateError, match=told) as caught:
        described(*writers)
    assert "writers[" in str(caught.value)


def test_the_serial_of_a_soa_does_not_count() -> None:
    one, two = (RecordSet(60, (f"ns.x. h.x. {n} 2 3 4 5",)) for n in (1, 9))
    assert agrees("SOA", one, two)
    assert not agrees("SOA", one, RecordSet(60, ("ns.x. h.x. 1 2 3 4 6",)))
    assert not agrees("SOA", one, RecordSet(61, one.rdatas))
    assert not agrees("SOA", one, None)
    assert not agrees("TXT", one, two)
    assert agrees("A", None, None)
