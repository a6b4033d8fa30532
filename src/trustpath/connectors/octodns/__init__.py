"""Zones kept in YAML for octoDNS."""

from trustpath.connectors.octodns.source import OctodnsSource
from trustpath.facts.source import SourceFactory

make: SourceFactory = OctodnsSource

__all__ = ["OctodnsSource", "make"]
