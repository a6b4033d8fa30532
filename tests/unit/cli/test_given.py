"""A file argument that is a FIFO or a folder is an error at once, not a wait."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from commandline import trustpath
from trustpath.base.errors import InputError
from trustpath.cli.given import read_given


@pytest.mark.parametrize("kind", ["fifo", "folder", "nothing"])
def test_what_is_no_file_is_an_error_at_once(kind: str, tmp_path: Path) -> None:
    """Nobody writes the FIFO; opening it as a plain file would hang for ever."""
    path = tmp_path / "export.json"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(InputError, match=r"export\.json") as raised:
        read_given(path, "--export")
    assert raised.value.where == "--export"


@pytest.mark.parametrize("place", ["replay", "vectors"])
def test_folders_with_a_fifo_in_them_do_not_wait(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies in a folder of incidents or vectors is read the same way."""
    os.mkfifo(tmp_path / "a.yaml")
    command = ("replay", tmp_path) if place == "replay" else ("rules", "test", tmp_path)
    ran = trustpath(capsys, *command)
    assert ran.code == 1
    assert "not a regular file" in ran.err
