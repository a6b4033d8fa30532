"""Where output cannot go, and files that cannot be read: one line or none, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commandline import trustpath

FULL = Path("/dev/full")


def run(command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which ``$TP`` is the command line."""
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "TP": f"{sys.executable} -m trustpath"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", ["--version", "rules list", "rules list -f json"])
def test_a_full_disk_is_told_and_is_an_error(arguments: str) -> None:
    """Small output, which is written only at the end, as well as large output."""
    done = run(f"$TP {arguments} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == ("trustpath: No space left on device (free some, or write elsewhere)\n")


@pytest.mark.parametrize("arguments", ["--version", "rules list", "rules list -f json"])
def test_a_reader_that_goes_away_ends_the_run_without_a_word(arguments: str) -> None:
    """``trustpath … | head`` prints no traceback and no complaint at the end."""
    done = run(f"set -o pipefail; $TP {arguments} | true")
    assert done.stderr == ""
    assert done.returncode in (0, 1)


def test_a_closed_stdout_is_no_traceback() -> None:
    """Started with stdout closed, nothing is printed and nothing breaks."""
    done = run("$TP rules list -f json >&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_fifo_as_estate_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody writes it, so reading would wait for ever."""
    fifo = tmp_path / "estate.yaml"
    os.mkfifo(fifo)
    ran = trustpath(capsys, "check", "-e", fifo)
    assert ran.code == 1
    assert f"{fifo}: is not a regular file" in ran.err


@pytest.mark.parametrize("option", ["--dns", "--nsupdate", "--terraform", "--cert-event"])
def test_a_fifo_as_a_proposal_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """A file that a person names is looked at before it is read."""
    os.mkfifo(tmp_path / "example.com")
    estate = tmp_path / "estate.yaml"
    estate.write_text("organisation: {name: Example}\n")
    ran = trustpath(capsys, "plan", "-e", estate, option, tmp_path / "example.com")
    assert ran.code in (1, 2)
    assert "not a regular file" in ran.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("owners:\n\t- id: web\n", ":2: indented by a tab, which YAML does not allow"),
        ("owners:\n  \t- id: web\n", ":2: indented by a tab, which YAML does not allow"),
        ("", ": is empty (write one with trustpath init"),
        ("# nothing\n", ": is empty (write one with trustpath init"),
        (
            "organisation: {name: E}\nattested: 2026-13-45\n",
            ":2: '2026-13-45' is no date of the calendar (correct it, such as 2026-11-24",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    """In words of the file, not of the parser."""
    estate = tmp_path / "e.yaml"
    estate.write_text(content)
    ran = trustpath(capsys, "check", "-e", estate)
    assert ran.code == 1
    assert f"{estate}{message}" in ran.err


def test_a_missing_file_and_a_folder_are_named_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The path stands once, with what is wrong with it."""
    missing = tmp_path / "missing.yaml"
    assert trustpath(capsys, "check", "-e", missing).err.startswith(
        f"trustpath: {missing}: No such file or directory ("
    )
    assert trustpath(capsys, "check", "-e", tmp_path).err.startswith(
        f"trustpath: {tmp_path}: is a folder, not a file ("
    )
