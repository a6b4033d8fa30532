"""Single questions to a resolver of the estate: a real Unbound over a real BIND."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resolvers import LOOPBACK, bind, free_dns_port, unbound, write_zone
from trustpath.connectors.resolve.lookup import resolved
from trustpath.facts.edits import RecordSet
from trustpath.facts.source import SourceSpec

pytestmark = pytest.mark.peer
ZONE = "far.test"
BODY = """
edge 60 CAA 0 issue "ca.example"
alias CNAME edge
plain A 192.0.2.1
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("lookup")
    for name in ("bind", "unbound"):
        (folder / name).mkdir()
    zone = write_zone(folder, ZONE, BODY)
    with (
        bind(folder / "bind", {ZONE: zone}) as authoritative,
        unbound(folder / "unbound", {ZONE: authoritative}) as started,
    ):
        yield started


def source(*ports: int, kind: str = "recursive") -> SourceSpec:
    """Return a source that names servers on the loopback address."""
    servers = [{"address": f"{LOOPBACK}:{port}", "kind": kind} for port in ports]
    options = {"servers": servers, "names": ["unused.test"], "timeout": 1, "tries": 2}
    return SourceSpec("resolvers", "resolve", options, Path(), "estate.yaml:1")


def test_the_end_of_the_aliases_has_the_records(port: int) -> None:
    (view,) = resolved(source(port), f"alias.{ZONE}", "CAA")
    ((key, held),) = view.content.items()
    assert (view.problem, key) == ("", (f"edge.{ZONE}", "CAA"))
    assert isinstance(held, RecordSet)
    assert held.rdatas == ('0 issue "ca.example"',)


@pytest.mark.parametrize("name", ["plain", "nowhere"])
def test_what_is_not_there_is_none(port: int, name: str) -> None:
    (view,) = resolved(source(port), f"{name}.{ZONE}", "CAA")
    assert (view.problem, view.content) == ("", {(f"{name}.{ZONE}", "CAA"): None})


def test_a_resolver_that_says_nothing_is_a_problem(port: int) -> None:
    views = resolved(source(free_dns_port(), port), f"plain.{ZONE}", "CAA")
    assert [bool(view.problem) for view in views] == [True, False]
    assert not views[0].content


def test_only_resolvers_are_asked(port: int) -> None:
    assert resolved(source(port, kind="authoritative"), f"plain.{ZONE}", "CAA") == ()
