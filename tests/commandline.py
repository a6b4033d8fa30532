"""The command line in this process: its exit code, and what it printed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trustpath.app.application import TrustpathApplication
from trustpath.cli import build, run


@dataclass(frozen=True, slots=True)
class Ran:
    """How one run ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed, read as JSON."""
        assert self.out, f"nothing printed, exit code {self.code}: {self.err}"
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def findings(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The findings of a report by rule and subject."""
        return {(f["rule"], f["subject"]): f for f in self.document["findings"]}

    def statuses(self, rule: str) -> dict[str, str]:
        """Return status by subject of the findings of one rule."""
        return {s: f["status"] for (r, s), f in self.findings.items() if r == rule}


def trustpath(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ran:
    """Run ``trustpath`` with these arguments."""
    capsys.readouterr()
    before = sys.argv
    sys.argv = ["trustpath", *map(str, arguments)]
    try:
        code = run(build(TrustpathApplication()))
    finally:
        sys.argv = before
    printed = capsys.readouterr()
    return Ran(code, printed.out, printed.err)


def check(capsys: pytest.CaptureFixture[str], estate: Path, *options: str | Path) -> Ran:
    """Judge an estate; the report comes as JSON."""
    return trustpath(capsys, "check", "-e", estate, "--format", "json", "-v", *options)
