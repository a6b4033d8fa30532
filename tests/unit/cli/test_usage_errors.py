"""Wrong usage and wrong declarations: the message names the place and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import trustpath
from shared import REPOSITORY

NOW = "2026-11-24T12:00:00Z"
ESTATE = "organisation: {name: Example}\n"


def said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, *arguments: str
) -> tuple[int, str]:
    """Return exit code and stderr of a command on an estate."""
    estate = tmp_path / "estate.yaml"
    estate.write_text(content)
    ran = trustpath(capsys, *(arguments or ("check",)), "-e", estate)
    return ran.code, ran.err


def test_a_rule_that_is_like_none_gets_the_families(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """XYZ is near no rule; ACME-001 is no help."""
    code, text = said(tmp_path, capsys, ESTATE, "check", "--rule", "XYZ")
    assert code == 1
    assert "no rule 'XYZ' (trustpath rules list shows them; families: ACME, " in text
    assert "ACME-001" not in text


def test_a_rule_that_is_nearly_one_gets_those(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A letter or a digit is wrong, or the number is none of the family."""
    assert "near: CAA-001" in said(tmp_path, capsys, ESTATE, "check", "--rule", "CCA-001")[1]
    assert "near: ACME-0" in said(tmp_path, capsys, ESTATE, "check", "--rule", "ACME-999")[1]


def test_a_choice_that_does_not_exist_is_told_plainly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No words of the library that reads values."""
    code, text = said(tmp_path, capsys, ESTATE, "check", "--format", "xml")
    assert code == 2
    assert "Value error" not in text
    assert "'xml' is not one of 'table', 'json', 'sarif', 'csv'" in text


@pytest.mark.parametrize("arguments", [["--nope"], ["nope"], ["check", "--nope"], ["show"]])
def test_usage_errors_keep_their_exit_code(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Exit code 2, and the usage on stderr."""
    ran = trustpath(capsys, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: trustpath" in ran.err


def test_a_certificate_request_without_a_job_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is named, and --all is not to blame for it."""
    content = f"{ESTATE}store: sqlite:///t.db\n"
    code, text = said(tmp_path, capsys, content, "cert", "request")
    assert code == 2
    assert text == "trustpath: nothing is named to do this for (name ids or jobs, or give --all)\n"


@pytest.mark.parametrize("name", ["ex ample", "a..b", "", "über stadt.de", "a\\.b.example"])
def test_residual_of_what_is_no_host_name_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Zero powers over it would read like good news."""
    code, text = said(tmp_path, capsys, ESTATE, "residual", name)
    assert code == 1
    assert text.startswith("trustpath: ")


@pytest.mark.parametrize("url", ["mysql://db/x", "postgresql://db/x", "trustpath.db", "sqlite://"])
def test_a_store_is_a_sqlite_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """The message says what a store is, and nothing of mailto."""
    code, text = said(tmp_path, capsys, f"{ESTATE}store: {url!r}\n")
    assert code == 1
    assert "estate.yaml:2: store: " in text
    assert "(expected a database file such as sqlite:///trustpath.db)" in text


def test_a_duplicate_names_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Alone, and in a list of faults."""
    owners = f"{ESTATE}owners:\n  - id: a\n  - id: b\n  - id: a\n"
    first = f"{tmp_path / 'estate.yaml'}:3"
    assert f"owner 'a' is declared twice; first at {first} (" in said(tmp_path, capsys, owners)[1]
    more = f"{owners}unknown: 1\n"
    assert f"owner 'a' is declared twice; first at {first} (" in said(tmp_path, capsys, more)[1]


def test_one_wrong_pattern_is_one_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That nothing could be read there is no second fault."""
    content = (
        f"{ESTATE}owners: [{{id: web}}]\nactors: [{{id: ada, owners: [web]}}]\n"
        "standing:\n"
        "  - {id: s, by: ada, names: example.com, types: [TXT], value: {pattern: '[a-z'}}\n"
    )
    text = said(tmp_path, capsys, content)[1]
    assert "value.pattern" in text
    assert "neither or both" not in text


FAILING = f"{ESTATE}sources: [{{id: z, kind: zonefile, path: gone}}]\n"


def test_a_source_that_gives_nothing_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check that saw nothing is not green."""
    code, text = said(tmp_path, capsys, FAILING)
    assert code == 1
    assert "these sources failed or gave nothing: z" in text
    assert said(tmp_path, capsys, FAILING, "check", "--allow-source-errors") == (0, "")


def test_a_source_that_fails_later_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it gave before is kept, and the run says that it gave nothing now."""
    zone = tmp_path / "example.com.zone"
    zone.write_text(
        "@ 60 IN SOA ns.example.net. h.example.net. 1 2 3 4 5\n@ 60 IN NS ns.example.net.\n"
    )
    content = (
        f"{ESTATE}store: sqlite:///t.db\n"
        "sources: [{id: z, kind: zonefile, path: example.com.zone, origin: example.com}]\n"
    )
    assert "nothing came" not in said(tmp_path, capsys, content)[1]
    zone.unlink()
    code, text = said(tmp_path, capsys, content, "check", "--fail-on", "critical")
    assert code == 1
    assert "these sources failed or gave nothing: z" in text


def test_every_unknown_can_be_exported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some of a rule are listed, and all of them when asked for."""
    monkeypatch.setattr("trustpath.workflow.check.UNKNOWN_LISTED", 1)
    options = ("check", "-e", REPOSITORY / "examples" / "estate.yaml", "-f", "json", "--now", NOW)
    few = trustpath(capsys, *options).document
    assert few["unlisted"]
    every = trustpath(capsys, *options, "--all-unknowns", "-v").document
    assert every["unlisted"] == {}
    assert every["summary"] == few["summary"]
    listed = [f for f in every["findings"] if f["status"] == "unknown"]
    assert len(listed) == every["summary"]["unknown"]
