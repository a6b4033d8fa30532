"""The estate file on disk."""

from __future__ import annotations

from trustpath.connectors.estate.read import read_estate

__all__ = ["read_estate"]
