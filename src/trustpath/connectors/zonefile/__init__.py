"""Zone files in master format (RFC 1035 5) as a source of authoritative DNS facts."""

from trustpath.connectors.zonefile.source import ZonefileSource, make

__all__ = ["ZonefileSource", "make"]
