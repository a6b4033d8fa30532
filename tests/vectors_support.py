"""Finds the vector files and the rules they speak of."""

from __future__ import annotations

from pathlib import Path

from trustpath.rules.catalogue import Catalogue, build, shipped
from trustpath.workflow.vectors import VectorFile, read_vectors

FOLDER = Path(__file__).parent / "vectors"


def catalogue() -> Catalogue:
    """Return the shipped catalogue."""
    return build(shipped())


def vector_files() -> list[VectorFile]:
    """Read every file below the vectors folder, whatever its name."""
    return [
        read_vectors(path.read_bytes(), str(path.relative_to(FOLDER)))
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    ]
