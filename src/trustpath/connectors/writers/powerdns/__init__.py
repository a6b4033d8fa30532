"""Zones changed through the HTTP API of PowerDNS."""

from trustpath.connectors.writers.powerdns.writer import PowerDnsWriter, make

__all__ = ["PowerDnsWriter", "make"]
