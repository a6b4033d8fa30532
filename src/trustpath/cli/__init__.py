"""The command line: renders what the workflow returns; decides nothing.

Exit codes: 0 fine, 1 error, 2 usage, 3 findings or deny, 4 hold.
"""

from __future__ import annotations

from trustpath.cli.main import build, run

__all__ = ["build", "run"]
