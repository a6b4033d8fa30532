"""A source of which every part arrived whole is whole, whatever is remarked on its files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from commandline import check, trustpath

Capture = pytest.CaptureFixture[str]

CONFIG = """
providers: {config: {class: octodns.provider.yaml.YamlProvider, directory: .}}
zones: {'*': {sources: [config], targets: [config]}}
"""
GOOD = "'': {type: NS, values: [ns1.example.net.]}\nwww: {type: A, value: 192.0.2.1}\n"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "zones"
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "other.com.yml").write_text(GOOD)
    (folder / "example.com.yaml").write_text(GOOD)
    path = tmp_path / "estate.yaml"
    sources = [{"id": "repo", "kind": "octodns", "path": "zones"}]
    path.write_text(yaml.safe_dump({"organisation": {"name": "Example"}, "sources": sources}))
    return path


def test_a_file_that_is_passed_over_is_a_remark(capsys: Capture, estate: Path) -> None:
    ran = check(capsys, estate)
    repo = ran.document["coverage"]["repo"]
    assert (repo["coverage"], repo["errors"]) == ("full", [])
    (remark,) = repo["remarks"]
    assert "octoDNS reads only .yaml" in remark["message"]
    assert ran.code in (0, 3)
    table = trustpath(capsys, "check", "-e", estate).out
    assert "full" in table
    assert "remark: zones/other.com.yml" in table


def test_a_zone_that_did_not_come_is_no_remark(capsys: Capture, estate: Path) -> None:
    (estate.parent / "zones" / "other.com.yaml").write_text("www: {type: A, value: [\n")
    repo = check(capsys, estate).document["coverage"]["repo"]
    assert repo["coverage"] == "partial"
    assert [error["where"].partition(":")[0] for error in repo["errors"]] == [
        "zones/other.com.yaml"
    ]
    assert len(repo["remarks"]) == 1


def test_a_record_that_cannot_be_read_is_no_remark(capsys: Capture, estate: Path) -> None:
    bad = GOOD + "bad: {type: A, value: 300.0.0.1}\n"
    (estate.parent / "zones" / "example.com.yaml").write_text(bad)
    repo = check(capsys, estate).document["coverage"]["repo"]
    assert repo["coverage"] == "partial"
    assert (len(repo["errors"]), len(repo["remarks"])) == (1, 1)
