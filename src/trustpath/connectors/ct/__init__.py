"""Certificate transparency: search exports, and logs read and verified, by RFC 6962 or as tiles."""

from trustpath.connectors.ct.source import CtSource, make

__all__ = ["CtSource", "make"]
