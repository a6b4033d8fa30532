from __future__ import annotations

from pathlib import Path

from certs import NOW, intermediate, leaf, pem_bundle, root
from trustpath.connectors.certificates import load_roots, read_roots
from trustpath.facts.source import RootSet
from trustpath.facts.trust import PathBuilder

TOP, OTHER = root(), root("Other")


def test_roots_of_files_in_any_container_without_repetitions(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(pem_bundle(TOP, OTHER, TOP))
    (tmp_path / "b.der").write_bytes(TOP.der)
    found = read_roots([tmp_path / "a.pem", tmp_path / "b.der"], public=False)
    assert found.set == RootSet(private=(TOP.der, OTHER.der))
    assert found.problems == ()


def test_what_is_unreadable_is_said_and_the_rest_is_used(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + TOP.pem
    )
    (tmp_path / "empty.pem").write_bytes(b"")
    found = read_roots(
        [tmp_path / "a.pem", tmp_path / "empty.pem", tmp_path / "gone.pem"], public=True
    )
    assert found.set == RootSet(public=(TOP.der,))
    assert [problem.where for problem in found.problems] == [
        f"{tmp_path}/a.pem:1",
        f"{tmp_path}/empty.pem",
        f"{tmp_path}/gone.pem",
    ]


def test_the_public_set_is_that_of_certifi_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "ours.pem").write_bytes(TOP.pem)
    roots = load_roots([tmp_path / "ours.pem"])
    assert len(roots.set.public) > 50
    assert roots.set.private == (TOP.der,)
    assert roots.problems == ()
    assert PathBuilder(roots.set, NOW).unreadable == []
    only = load_roots([tmp_path / "ours.pem"], public=())
    assert only.set == RootSet(private=(TOP.der,))


def test_trust_is_decided_against_the_loaded_set(tmp_path: Path) -> None:
    (tmp_path / "ours.pem").write_bytes(TOP.pem)
    mid = intermediate(TOP)
    paths = PathBuilder(load_roots([tmp_path / "ours.pem"]).set, NOW)
    path = paths.best_path(leaf(mid, "a.example").der, [mid.der])
    assert (path.publicly_trusted, path.privately_trusted) == (False, True)
