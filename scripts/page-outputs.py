#!/usr/bin/env python3
"""Write into the pages what the commands in their console blocks print.

A block of language ``console`` that begins with ``$ trustpath`` shows a command on the example
estate and its output. Files that commands read are blocks after a line ``<!-- file: NAME -->``.
With ``--check`` nothing is written and a page that is out of date is an error.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
_CONSOLE = re.compile(r"^```console\n\$ (trustpath .*)\n(?:.*\n)*?```$", re.MULTILINE)
_FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w*\n((?:.*\n)*?)```$", re.MULTILINE)


def output(command: str, folder: Path) -> str:
    """Return what a command prints in a folder; raises SystemExit when it ends in an error."""
    arguments = [sys.executable, "-m", "trustpath", *shlex.split(command)[1:]]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "COLUMNS": "132"}
    ran = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode not in (0, 3, 4):
        raise SystemExit(f"{command}: {ran.stderr}")
    return "\n".join(line.rstrip() for line in ran.stdout.splitlines())


def rewritten(text: str) -> str:
    """Return a page with what its commands print today."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "examples").symlink_to(REPOSITORY / "examples")
        for name, content in _FILE.findall(text):
            (folder / Path(name).name).write_text(content)
        return _CONSOLE.sub(
            lambda found: f"```console\n$ {found[1]}\n{output(found[1], folder)}\n```", text
        )


def main() -> None:
    """Bring every page up to date, or say which are not."""
    stale = []
    for page in sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]):
        text = page.read_text(encoding="utf-8")
        new = rewritten(text)
        if new == text:
            continue
        stale.append(page.name)
        if "--check" not in sys.argv:
            page.write_text(new, encoding="utf-8")
    if stale and "--check" in sys.argv:
        raise SystemExit(f"scripts/page-outputs.py is due: {', '.join(stale)}")


if __name__ == "__main__":
    main()
