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
    code = trustpath("check", "-e", str(ESTATE), "--now", NOW, "--format", "json", "-v", *options)
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, document


def text(finding: dict[str, object]) -> str:
    """Return the words by which a finding is recognised."""
    return f"{finding['subject']} {finding['evidence']}"


def standing(
    document: dict[str, object], above: tuple[str, ...] = ("unknown",)
) -> list[dict[str, object]]:
    """Return the findings at low or worse that no exception excuses."""
    findings = document["findings"]
    assert isinstance(findings, list)
    return [f for f in findings if f["status"] not in above and "exception" not in f]


# Rule, what is wrong, and its neighbour that is in order (words of the evidence or the subject).
TWINS = [
    ("ACME-004", "_validation-persist.shop", "_validation-persist.www"),
    ("BIND-003", "gone.example.com", "www.example.com"),
    ("BIND-004", "moved.example.com", "www.example.com"),
    ("BIND-007", "*.example.com", "*.lab.example.net"),
    ("BIND-010", "api.example.com", "*.lab.example.net"),
    ("CAA-002", "job shop shop.example.com", "job site www.example.com"),
    ("CT-001", "4d2 of Unexpected CA", "1001 of Example"),
    ("DANE-006", "_443._tcp.shop.example.com", "_443._tcp.www.example.com"),
    ("DANGLE-001", "old.example.com", "new.example.com"),
    ("EXP-003", "shop.example.com", "www.example.com"),
    ("EXP-008", "vpn.example.net", "wiki.example.net"),
    ("EXP-011", "job mail", "job api"),
    ("KEY-001", "legacy.example.net", "wiki.example.net"),
    ("KEY-003", "'mail'", "'vpn'"),
    ("OWN-003", "shop.example.com", "www.example.com"),
    ("POL-003", "slow.example.com", "www.example.com"),
    ("POL-004", "x2", "x1"),
    ("REV-005", "fair", "forum"),
]


def test_a_dozen_different_findings_and_more(capsys: pytest.CaptureFixture[str]) -> None:
    """Many rules fail, nothing unknown or excused counted."""
    code, document = report(capsys)
    assert code == 3
    assert len({finding["rule"] for finding in standing(document)}) >= 25


@pytest.mark.parametrize(("rule", "wrong", "healthy"), TWINS)
def test_every_finding_has_a_twin_that_is_in_order(
    rule: str, wrong: str, healthy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is found, and its neighbour is left in peace."""
    _, document = report(capsys, "--rule", rule, "--min-status", "pass")
    findings = document["findings"]
    assert isinstance(findings, list)
    failed = standing(document, above=("pass", "unknown"))
    assert any(wrong in text(finding) for finding in failed)
    assert not any(healthy in text(finding) for finding in failed)
    assert any(healthy in text(finding) for finding in findings)


def test_the_private_keys_of_the_certificates_are_nowhere() -> None:
    """Certificates are fixed files; nobody needs their keys again."""
    files = [path for path in ESTATE.parent.rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix == ".pem"]) > 10
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in files)


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
