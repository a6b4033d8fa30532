"""Zones changed by dynamic update (RFC 2136), signed with TSIG (RFC 8945)."""

from trustpath.connectors.writers.rfc2136.writer import UpdateWriter, make

__all__ = ["UpdateWriter", "make"]
