"""Real servers and tools that tests need: found on PATH, or skipped for a stated reason."""

from __future__ import annotations

import os
import shutil

import pytest


def require(binary: str) -> str:
    """Return the path of a binary; without it fail under ``CI=true`` and skip elsewhere."""
    found = shutil.which(binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found:
        return found
    reason = f"{binary} is not installed, so nothing was tested against it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
