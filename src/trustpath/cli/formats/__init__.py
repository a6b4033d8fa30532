"""How results are shown: table, JSON, SARIF 2.1.0 or CSV."""

from __future__ import annotations

from trustpath.cli.formats.report import show_report
from trustpath.cli.formats.rows import counted, show_rows

__all__ = ["counted", "show_report", "show_rows"]
