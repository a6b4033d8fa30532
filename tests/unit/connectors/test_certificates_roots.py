from __future__ import annotations

from pathlib import Path

from certs import NOW, intermediate, leaf, pem_bundle, root
from trustpath.connectors.certificates import read_roots
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


def test_every_root_of_the_usual_public_set_is_read() -> None:
    import certifi

    found = read_roots([Path(certifi.where())], public=True)
    assert len(found.set.public) > 50
    assert found.problems == ()
    assert PathBuilder(found.set, NOW).unreadable == []


def test_trust_is_decided_against_the_set_that_was_read(tmp_path: Path) -> None:
    (tmp_path / "ours.pem").write_bytes(TOP.pem)
    mid = intermediate(TOP)
    paths = PathBuilder(read_roots([tmp_path / "ours.pem"], public=False).set, NOW)
    path = paths.best_path(leaf(mid, "a.example").der, [mid.der])
    assert (path.publicly_trusted, path.privately_trusted) == (False, True)
