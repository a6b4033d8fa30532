"""Real servers and tools that tests need: found on PATH, or skipped for a stated reason."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def require(binary: str) -> str:
    """Return the path of a binary; without it fail under ``CI=true`` and skip elsewhere."""
    # Debian keeps PostgreSQL's server programs out of PATH, one folder a major version.
    postgres = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    folders = [os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *postgres]
    found = shutil.which(binary, path=os.pathsep.join(folders))
    if found:
        return found
    reason = f"{binary} is not installed, so nothing was tested against it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
