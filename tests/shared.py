"""Where the optional real estate lies: production DNS zones that are too large for this repository.

``TRUSTPATH_SHARED`` names the folder; without it ``../shared`` beside the repository is tried.
Tests that use it skip, with the reason, where it is absent.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def shared_folder() -> Path | None:
    """Return the folder of shared data, or None where there is none."""
    named = os.environ.get("TRUSTPATH_SHARED")
    folder = Path(named) if named else REPOSITORY.parent / "shared"
    return folder if folder.is_dir() else None


def shared_path(*pieces: str) -> Path:
    """Return a path inside the shared data; skip the calling test where it does not exist."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("no shared data: set TRUSTPATH_SHARED to the folder that holds it")
    path = folder.joinpath(*pieces)
    if not path.exists():
        pytest.skip(f"shared data lacks {'/'.join(pieces)}")
    return path


def real_zones() -> Path:
    """Return the folder of the real estate's octoDNS zone files, or skip."""
    return shared_path("data", "moj-dns", "hostedzones")
