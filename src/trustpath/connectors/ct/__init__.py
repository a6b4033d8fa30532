"""Certificate transparency: search exports, and RFC 6962 logs read and verified."""

from trustpath.connectors.ct.source import CtSource, make

__all__ = ["CtSource", "make"]
