"""Owners, ownership and services from a Backstage software catalogue."""

from trustpath.connectors.backstage.source import BackstageSource, make

__all__ = ["BackstageSource", "make"]
