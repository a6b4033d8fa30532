"""The example estate shows what it promises, through the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from trustpath.app.application import TrustpathApplication
from trustpath.cli import build, run

ESTATE = Path(__file__).parent.parent.parent / "examples" / "estate.yaml"
NOW = "2026-11-24T12:00:00Z"


def trustpath(*arguments: str) -> int:
    """Run the command line in this process."""
    before = sys.argv
    sys.argv = ["trustpath", *arguments]
    try:
        return run(build(TrustpathApplication()))
    finally:
        sys.argv = before


def report(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, object]]:
    """Judge the example and return exit code and JSON document."""
    capsys.readouterr()
    code = trustpath("check", "-e", str(ESTATE), "--now", NOW, "--format", "json", *options)
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, document


def test_a_dozen_different_findings_and_their_silent_twins(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every finding has a neighbour that is in order."""
    code, document = report(capsys)
    findings = document["findings"]
    assert isinstance(findings, list)
    standing = [f for f in findings if f["status"] != "unknown" and "exception" not in f]
    assert code == 3
    assert len({finding["rule"] for finding in standing}) >= 12
    about = {(finding["rule"], finding["subject"]) for finding in standing}
    assert ("DANGLE-001", "old.example.com") in about
    assert ("DANGLE-001", "new.example.com") not in about
    assert ("CAA-002", "job shop shop.example.com") in about
    assert ("CAA-002", "job site www.example.com") not in about
    assert any(rule == "BIND-004" and "moved" in subject for rule, subject in about)
    assert not any(rule == "BIND-004" and "www" in subject for rule, subject in about)


def test_the_document_has_the_published_keys(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts rely on trustpath/check/1."""
    _, document = report(capsys)
    assert document["schema"] == "trustpath/check/1"
    assert {"now", "counts", "coverage", "summary", "findings"} <= set(document)
    counts = document["counts"]
    assert isinstance(counts, dict)
    assert set(counts) == {
        "zones",
        "rrsets",
        "names",
        "certificates",
        "presentations",
        "services",
        "owners",
    }
    findings = document["findings"]
    assert isinstance(findings, list)
    keys = {"id", "rule", "title", "subject", "status", "tier", "owner", "evidence"}
    assert all(keys | {"remediation", "references"} <= set(finding) for finding in findings)


def test_two_runs_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Order and ids are stable."""
    assert report(capsys) == report(capsys)


def test_the_bar_moves_with_fail_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 3 only when something at or above the bar stands."""
    code, _ = report(capsys, "--fail-on", "critical", "--rule", "POL-003")
    assert code == 0
    code, _ = report(capsys, "--fail-on", "low", "--rule", "POL-003")
    assert code == 3


def test_passes_are_listed_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """--min-status pass shows what holds."""
    _, document = report(capsys, "--min-status", "pass", "--rule", "CAA-002")
    findings = document["findings"]
    assert isinstance(findings, list)
    assert {finding["status"] for finding in findings} >= {"pass", "high"}


@pytest.mark.parametrize("how", ["table", "sarif", "csv"])
def test_every_format_has_something_to_show(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    """SARIF is JSON with results, CSV has a header, the table names rules."""
    capsys.readouterr()
    assert trustpath("check", "-e", str(ESTATE), "--now", NOW, "--format", how) == 3
    out = capsys.readouterr().out
    if how == "sarif":
        log = json.loads(out)
        assert log["version"] == "2.1.0"
        assert log["runs"][0]["results"]
    else:
        assert "CAA-002" in out


def test_a_path_and_the_inventory_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """show and inventory work on the same estate."""
    capsys.readouterr()
    base = ("-e", str(ESTATE), "--now", NOW, "--format", "json")
    assert trustpath("show", "shop.example.com", *base) == 0
    path = json.loads(capsys.readouterr().out)
    assert path["owner"] == "web"
    assert path["record_owner"] == "dns"
    assert {"zone", "records", "address", "caa"} <= {link["kind"] for link in path["links"]}
    for kind in ("certificates", "names", "zones", "owners", "unowned", "reconcile"):
        assert trustpath("inventory", kind, *base) == 0
        assert json.loads(capsys.readouterr().out)["schema"] == f"trustpath/inventory-{kind}/1"


def test_errors_are_one_message_with_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 for an estate that cannot be read, 2 for usage."""
    assert trustpath("check", "-e", str(tmp_path / "none.yaml")) == 1
    assert trustpath("check", "-e", str(ESTATE), "--now", "yesterday") == 2
    assert trustpath("check", "-e", str(ESTATE), "--as-of", "2026-01-01") == 2
    assert trustpath("check", "-e", str(ESTATE), "--rule", "NO-999") == 1
    assert trustpath("check", "--no-such-option") == 2
    assert "trustpath:" in capsys.readouterr().err


def test_init_writes_once(tmp_path: Path) -> None:
    """An estate file is never overwritten."""
    assert trustpath("init", str(tmp_path)) == 0
    written = (tmp_path / "estate.yaml").read_text()
    assert trustpath("init", str(tmp_path)) == 1
    assert (tmp_path / "estate.yaml").read_text() == written
