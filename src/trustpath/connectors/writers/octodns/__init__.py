"""Zones changed through any provider of octoDNS, by plans that are made here."""

from trustpath.connectors.writers.octodns.writer import OctodnsWriter, make

__all__ = ["OctodnsWriter", "make"]
