"""Where checkpoints of the ledger are published: a file, or an HTTP endpoint."""

from __future__ import annotations

from pathlib import Path

from trustpath.connectors.publishing.file import FilePublisher
from trustpath.connectors.publishing.http import HttpPublisher
from trustpath.facts.estate.ledger import Publication


def make(place: Publication, folder: Path) -> FilePublisher | HttpPublisher:
    """Return the publisher of a place; nothing is touched yet. Paths are relative to ``folder``."""
    return HttpPublisher(place) if place.url else FilePublisher(folder / place.to)


__all__ = ["make"]
