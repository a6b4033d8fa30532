"""Every command and option of the command line is documented, and every exit code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from shared import REPOSITORY
from trustpath.app.application import TrustpathApplication
from trustpath.cli import build
from trustpath.cli.main import ERROR, FINDINGS, FINE, HOLD, USAGE

PAGE = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8")
TREE = typer.main.get_command(build(TrustpathApplication()))


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield (words after ``trustpath``, command) for a command and everything below it."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, (*path, name))


def test_every_command_has_its_section_or_row() -> None:
    """A command without documentation does not exist for its users."""
    paths = [path for path, _ in walk(TREE) if path]
    assert len(paths) > 10
    for path in paths:
        words = " ".join(path)
        pattern = rf"^## trustpath {words}$" if len(path) == 1 else rf"^\| `{words}( [A-Z]+)?` \|"
        assert re.search(pattern, PAGE, re.MULTILINE), words


def test_every_option_is_on_the_page_and_every_option_there_exists() -> None:
    """Nothing is left out, and nothing is promised that is gone."""
    options = {
        option
        for _, command in walk(TREE)
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-")
    }
    options |= {"--help", "-h"}
    written = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", PAGE))
    assert options - written == set()
    assert written - options == set()


def test_every_exit_code_is_on_the_page() -> None:
    """The numbers of the code and of the page are the same ones."""
    rows = {int(code) for code in re.findall(r"^\| ([0-9]+) \|", PAGE, re.MULTILINE)}
    assert rows == {FINE, ERROR, USAGE, FINDINGS, HOLD}
