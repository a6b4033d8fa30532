"""``trustpath rules`` and ``trustpath init``: vectors judge the judge, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import check, trustpath
from shared import REPOSITORY

VECTORS = """rule: EXP-001
world:
  estate:
    services: [{{id: shop, tier: public, names: [shop.example.com], ports: [443]}}]
  zones:
    example.com: |
      shop A 192.0.2.10
cases:
  - name: nobody looked
    expect: {{"shop.example.com 192.0.2.10:443": {status}}}
"""

Capture = pytest.CaptureFixture[str]


def vectors(folder: Path, status: str) -> Path:
    (folder / "EXP-001.yaml").write_text(VECTORS.format(status=status))
    return folder


def test_vectors_that_come_out_as_expected_exit_0(tmp_path: Path, capsys: Capture) -> None:
    ran = trustpath(capsys, "rules", "test", vectors(tmp_path, "unknown"))
    assert (ran.code, ran.out) == (0, "1 passed, 0 failed\n")


def test_a_vector_that_does_not_exits_3_and_names_the_difference(
    tmp_path: Path, capsys: Capture
) -> None:
    ran = trustpath(capsys, "rules", "test", vectors(tmp_path, "pass"))
    assert ran.code == 3
    assert "EXP-001.yaml" in ran.out
    assert "shop.example.com 192.0.2.10:443: expected pass, is unknown" in ran.out
    assert ran.out.endswith("0 passed, 1 failed\n")


def test_a_folder_that_tests_nothing_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    """A test that ran nothing has not passed."""
    assert trustpath(capsys, "rules", "test", tmp_path).code == 1
    ran = trustpath(capsys, "rules", "test", tmp_path / "none")
    assert ran.code == 1
    assert "no such folder" in ran.err


def test_broken_vectors_name_file_and_line(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "broken.yaml").write_text("rule: EXP-001\ncases: [\n")
    ran = trustpath(capsys, "rules", "test", tmp_path)
    assert ran.code == 1
    assert "broken.yaml" in ran.err
    assert "Traceback" not in ran.err


def test_every_rule_is_listed_and_can_be_explained(capsys: Capture) -> None:
    rows = trustpath(capsys, "rules", "list", "--format", "json").document["rows"]
    assert len(rows) > 100
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows[:: len(rows) // 8]:
        ran = trustpath(capsys, "rules", "explain", row["id"].lower())
        assert ran.code == 0
        assert row["title"] in ran.out
        assert "SELECT" in ran.out


def test_a_rule_that_does_not_exist_names_its_neighbours(capsys: Capture) -> None:
    ran = trustpath(capsys, "rules", "explain", "EXP-999")
    assert ran.code == 1
    assert "EXP-001" in ran.err


def test_a_list_is_no_sarif(capsys: Capture) -> None:
    ran = trustpath(capsys, "rules", "list", "--format", "sarif")
    assert ran.code == 2
    assert "json" in ran.err


def test_init_writes_an_estate_that_can_be_checked(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "new" / "estate"
    assert trustpath(capsys, "init", folder).code == 0
    assert (
        "these sources failed or gave nothing: files, certs"
        in check(capsys, folder / "estate.yaml").err
    )
    ran = check(capsys, folder / "estate.yaml", "--allow-source-errors")
    assert ran.code in (0, 3), ran.err
    assert ran.document["schema"] == "trustpath/check/1"


def test_init_writes_the_schema_that_its_file_names(tmp_path: Path, capsys: Capture) -> None:
    assert trustpath(capsys, "init", tmp_path).code == 0
    written = (tmp_path / "estate.yaml").read_text()
    named = written.partition("$schema=")[2].split()[0]
    assert (tmp_path / named).read_text() == (REPOSITORY / "docs" / named).read_text()


def test_init_never_overwrites(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "estate.yaml").write_text("mine")
    ran = trustpath(capsys, "init", tmp_path)
    assert ran.code == 1
    assert "exists already" in ran.err
    assert (tmp_path / "estate.yaml").read_text() == "mine"


def test_init_does_not_write_through_a_link(tmp_path: Path, capsys: Capture) -> None:
    """A dangling link names a file elsewhere; that is not an invitation to make it."""
    (tmp_path / "estate.yaml").symlink_to(tmp_path / "elsewhere")
    assert trustpath(capsys, "init", tmp_path).code == 1
    assert not (tmp_path / "elsewhere").exists()
