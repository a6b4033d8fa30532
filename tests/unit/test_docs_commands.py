"""Every command that a page shows exists with its options; those on the example estate are run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from commandline import trustpath
from shared import REPOSITORY
from trustpath.app.application import TrustpathApplication
from trustpath.cli import build

PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
TREE = typer.main.get_command(build(TrustpathApplication()))
_BLOCK = re.compile(r"^ *```(?:sh|console|bash|yaml)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w*\n((?:.*\n)*?)```$", re.MULTILINE)
_END = {"|", "||", "&&", ";", ">", ">>", "<", "&", "2>"}


def lines(page: Path) -> Iterator[str]:
    """Yield every line of a page's examples that calls the command line."""
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            called = re.match(r"^\s*(?:- |run: |\$ )*(?:\S*/)?(trustpath [a-z-].*)$", line)
            if called:
                yield called[1]


def words(line: str) -> list[str]:
    """Return the arguments of a line up to a pipe, a redirection or a comment."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[str] = []
    for word in list(lexer)[1:]:
        if word in _END:
            break
        found.append(word)
    return found


SHOWN = sorted(
    {(page.relative_to(REPOSITORY).as_posix(), line) for page in PAGES for line in lines(page)}
)


def command_of(arguments: list[str]) -> tuple[Any, list[str]]:
    """Return the command that the first arguments name, and what is left of them."""
    command: Any = TREE
    rest = list(arguments)
    while rest and (children := getattr(command, "commands", {})):
        assert rest[0] in children, f"no command {rest[0]!r}"
        command = children[rest.pop(0)]
    return command, rest


def test_commands_are_found_on_many_pages() -> None:
    """The pattern sees what people see."""
    assert len({page for page, _ in SHOWN}) >= 8
    assert len(SHOWN) > 40


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_a_command_that_a_page_shows_exists_with_its_options(page: str, line: str) -> None:
    """What is copied from a page is no usage error."""
    command, rest = command_of(words(line))
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")}
    used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert used - known - {"--help", "-h"} == set(), f"{page}: {line}"


ON_THE_EXAMPLE = [
    (page, line) for page, line in SHOWN if "examples/estate.yaml" in line and "init" not in line
]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the examples and the files that pages show, as a reader has it."""
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    for page in PAGES:
        for name, content in _FILE.findall(page.read_text(encoding="utf-8")):
            (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize(("page", "line"), ON_THE_EXAMPLE)
def test_a_command_on_the_example_estate_runs(
    page: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It judges: neither an error nor wrong usage."""
    ran = trustpath(capsys, *words(line))
    assert ran.code in (0, 3, 4), f"{page}: {line}: {ran.err}"
    assert ran.out


def test_pages_show_what_is_printed() -> None:
    """Run scripts/page-outputs.py after changing what a command prints."""
    command = [sys.executable, "scripts/page-outputs.py", "--check"]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
