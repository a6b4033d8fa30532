"""Composition root: the only place that names concrete connectors."""

from __future__ import annotations

import sys
import warnings


def main() -> None:
    """Run the command line and exit with its documented code."""
    # Odd certificates are described, not complained about beside the report.
    warnings.filterwarnings("ignore", module=r"trustpath\.(facts|connectors)")
    from trustpath.app.application import TrustpathApplication
    from trustpath.cli import build, run

    sys.exit(run(build(TrustpathApplication())))


__all__ = ["main"]
