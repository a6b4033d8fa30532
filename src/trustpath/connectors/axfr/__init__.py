"""Whole zones read by AXFR (RFC 5936) over TCP, with TSIG (RFC 8945) where a key is given."""

from trustpath.connectors.axfr.source import AxfrSource, make

__all__ = ["AxfrSource", "make"]
